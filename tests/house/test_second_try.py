"""A browser test gets one more try, said aloud; any other test gets none."""

import subprocess
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]
_TESTS = """
import pathlib
import pytest

def fail(times, name):
    tried = pathlib.Path(__file__).with_name(name)
    tried.write_text(tried.read_text() + "x" if tried.exists() else "x")
    assert len(tried.read_text()) > times, f"{name} was not ready"

@pytest.mark.browser
def test_once():
    fail(1, "once")

@pytest.mark.browser
def test_twice():
    fail(2, "twice")

def test_no_browser():
    fail(1, "no browser")
"""


def test_a_second_try_is_for_browser_tests_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "test_them.py").write_text(_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.second_try",
        "-p",
        "no:cacheprovider",
        "-n",
        "1",
        str(tmp_path),
    ]
    ran = subprocess.run(
        command,
        cwd=_CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(_CHECKOUT)},
    )
    said = ran.stdout
    assert ran.returncode == 1, said + ran.stderr
    assert "2 failed, 1 passed, 2 rerun" in said
    assert "2 browser tests were tried twice" in said
    assert "once was not ready" in said
    assert "flaky: test_them.py::test_once (passed the second time: mend it)" in said
    assert "flaky: test_them.py::test_twice (failed again)" in said
    assert "flaky: test_them.py::test_no_browser" not in said
