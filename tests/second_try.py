"""A pytest plugin: a browser test that failed gets one more try, and is named at the end (docs/adr/0014).

Only those marked `browser`: no other test has anything in it that may fail by chance.
"""

import pytest
from _pytest.terminal import TerminalReporter


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them for pytest-rerunfailures."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say which, and why: a second try hides nothing, and each is a mistake to be mended."""
    failed_first: list[pytest.TestReport] = terminalreporter.stats.get("rerun", [])
    if not failed_first:
        return
    failed_again = {report.nodeid for how in ("failed", "error") for report in terminalreporter.stats.get(how, [])}
    terminalreporter.section(f"{len(failed_first)} browser tests were tried twice", sep="*", red=True, bold=True)
    for report in failed_first:
        terminalreporter.line(report.longreprtext)
    for report in failed_first:
        outcome = "failed again" if report.nodeid in failed_again else "passed the second time: mend it"
        terminalreporter.line(f"flaky: {report.nodeid} ({outcome})", red=True)
