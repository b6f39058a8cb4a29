"""Rules about the code that no linter of ours knows."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).parents[2]
_ROOMS = (
    "vocabulary",
    "gp_connect",
    "connectors",
    "storage",
    "practices",
    "sharing_agreements",
    "scheduling",
    "accountability",
    "messaging",
    "records",
    "hub",
    "demo",
)
LONGEST_FILE = 450


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=_CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := _CHECKOUT / name).is_file()]


@cache
def modules() -> tuple[tuple[Path, ast.Module], ...]:
    ours = [path for path in tracked("*.py") if path.relative_to(_CHECKOUT).parts[0] in _ROOMS]
    return tuple((path, ast.parse(path.read_text())) for path in ours)


def test_rooms_are_imported_downward_only() -> None:
    kept = subprocess.run(
        ["lint-imports", "--no-cache"],
        cwd=_CHECKOUT,
        env={"PATH": f"{_CHECKOUT}/.venv/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert kept.returncode == 0, kept.stdout[-3000:]


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(_CHECKOUT)): lines
        for path in tracked("*.py", "*.html", "*.css", "*.js", "*.jinja")
        if "migrations/versions" not in str(path)
        and "/static/vendor" not in str(path)
        and "/vendored/" not in str(path)
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long, f"split these: {long}"


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(_CHECKOUT)) for path, tree in modules() if tree.body and not ast.get_docstring(tree)]
    assert not silent


def test_no_orm_relationships() -> None:
    found = [
        f"{path.relative_to(_CHECKOUT)}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in ("relationship", "backref", "association_proxy")
    ]
    assert not found, "rows stay in their room; join instead"


def test_rules_take_the_time_and_never_ask_for_it() -> None:
    found = [
        f"{path.relative_to(_CHECKOUT)}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("datetime.now", "datetime.utcnow", "date.today")
        if path.relative_to(_CHECKOUT).parts[0] not in ("demo", "connectors") and path.name != "times.py"
    ]
    assert not found, "pass a clock in"


def test_there_is_no_room_for_odds_and_ends() -> None:
    lumber = {"utils", "util", "helpers", "helper", "common", "core", "misc"}
    found = [path for path, _ in modules() if lumber & {*path.relative_to(_CHECKOUT).with_suffix("").parts}]
    assert not found


def test_no_commit_names_a_machine() -> None:
    telling = re.compile(r"(?:^|[\s'\"(=:])/(?:work|root|home)/", re.MULTILINE)
    found = [
        str(path.relative_to(_CHECKOUT))
        for path in tracked()
        if path.suffix in (".py", ".md", ".toml", ".txt", ".html", ".ini", ".yml", ".sh", "")
        and telling.search(_text(path))
    ]
    assert not found


@pytest.mark.parametrize("word", ["|safe", "| safe", "autoescape false", "Markup("])
def test_nothing_switches_escaping_off(word: str) -> None:
    allowed = {"hub/web/templating.py"}
    found = {
        str(path.relative_to(_CHECKOUT))
        for path in tracked("hub/*.py", "hub/*.html", "hub/*.jinja", "demo/*.html", "connectors/*.html")
        if word in path.read_text()
    }
    assert found <= allowed


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""
