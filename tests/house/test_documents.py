"""What the documents promise exists, and what exists is documented."""

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import accountability
import hub
import messaging
import practices
import records
import scheduling
import sharing_agreements
import vocabulary
from hub.errors import KINDS
from storage.base import Base
from tests.house.app import application
from tests.house.test_code import tracked
from vocabulary.identifiers import _REF_ALPHABET, BookingRef
from vocabulary.problems import Problem

_CHECKOUT = Path(__file__).parents[2]
_DOCS = _CHECKOUT / "docs"
_SETTING = re.compile(r"(HUB|OIDC|API|PDS|SDS|SPINE|DATABASE|SECRET|PROMETHEUS)_[A-Z_]*[A-Z]")
_READ_ELSEWHERE = {"PATH", "CI", "PYTHONUNBUFFERED", "LC_ALL", "TZ", "FLASK_APP", "SIMULATOR_URL"}


def kinds(base: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.fixture(scope="module")
def problems() -> list[type[Problem]]:
    for room in (accountability, vocabulary, practices, sharing_agreements, scheduling, records, messaging, hub):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    return [kind for kind in kinds() if not kind.__module__.startswith("tests.")]


def test_problem_codes_are_unique_and_never_inherited(problems: list[type[Problem]]) -> None:
    codes = [kind.code for kind in problems]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_every_problem_code_is_documented_with_its_status(problems: list[type[Problem]]) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$", (_DOCS / "problems.md").read_text(), re.MULTILINE)
    documented = {code: int(status) for code, status, _ in rows}
    raised = {kind.code: KINDS[kind.kind].status for kind in problems}
    assert documented == documented | raised, "docs/problems.md lacks codes or has another status"
    assert not {code for code in documented if code not in raised} - _of_the_server(), "these codes exist no more"


def _of_the_server() -> set[str]:
    """Codes that come from HTTP itself (hub/errors.py makes them from the status)."""
    return {
        "bad-request",
        "not-found",
        "method-not-allowed",
        "request-entity-too-large",
        "unsupported-media-type",
        "internal-server-error",
        "mistake",
    }


def settings() -> set[str]:
    """Every name read from the environment by the product."""
    names = set()
    for path in [*tracked("hub/*.py", "gunicorn.conf.py", "wsgi.py"), _CHECKOUT / "gunicorn.conf.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SETTING.fullmatch(node.value):
                names.add(node.value)
    return names - _READ_ELSEWHERE


@pytest.mark.parametrize("document", [".env.example", "docs/operations.md"])
def test_every_setting_is_documented(document: str) -> None:
    text = (_CHECKOUT / document).read_text()
    missing = sorted(name for name in settings() if name not in text)
    assert settings() >= {"DATABASE_URL", "SECRET_KEY", "HUB_URL"}
    assert not missing


def test_every_documented_setting_is_read() -> None:
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (_CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    known = settings() | {name for name in named if name.startswith("HUB_SECRET_")}
    assert not sorted(named - known)


_COMMAND = re.compile(
    r"^(?:\$ )?(?:\.venv/bin/)?flask (?:--app wsgi )?([a-z][a-z -]*?[a-z])(?=\s+[-A-Z<\[./\"']|\s*$)", re.MULTILINE
)


def documents() -> list[Path]:
    found = tracked("docs/*.md", "README.md")
    assert found
    return found


def test_every_command_in_the_documents_exists() -> None:
    cli = application().cli
    for path in documents():
        for block in re.findall(r"```[a-z]*\n(.*?)```", path.read_text(), re.DOTALL):
            for words in _COMMAND.findall(block):
                assert _exists(cli, words.split()), f"{path.name}: flask {words}"


def test_every_other_command_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (_CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    for path in documents():
        for block in re.findall(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", path.read_text(), re.DOTALL):
            for text in block:
                assert set(re.findall(r"^make ([a-z]+)", text, re.MULTILINE)) <= targets, path.name
                for script in re.findall(r"^\./(\w+)", text, re.MULTILINE):
                    assert (_CHECKOUT / script).stat().st_mode & 0o111, f"{path.name}: ./{script}"
    readme = (_CHECKOUT / "README.md").read_text()
    assert "```sh\n./run\n```" in readme and "```sh\n./test\n```" in readme


def _exists(group: click.Group, words: list[str]) -> bool:
    context = click.Context(group)
    for word in words:
        found = group.get_command(context, word) if isinstance(group, click.Group) else None
        if found is None:
            return not isinstance(group, click.Group)  # the rest are arguments
        group = found  # type: ignore[assignment]
    return True


def test_every_link_between_documents_leads_somewhere() -> None:
    for path in documents():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} → {target}"


def test_every_table_has_its_controller_and_retention() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", _first_columns(_DOCS / "data-protection.md")))
    assert not {table.name for table in Base.metadata.sorted_tables} - documented


def _first_columns(path: Path) -> str:
    return "\n".join(line.split("|")[1] for line in path.read_text().splitlines() if line.startswith("|"))


def test_the_dependencies_are_explained() -> None:
    source = (_CHECKOUT / "pyproject.toml").read_text()
    for name in tomllib.loads(source)["project"]["dependencies"]:
        (line,) = [line for line in source.splitlines() if f'"{name}"' in line]
        assert "#" in line, f"say what {name} is for"


def test_every_reference_that_is_shown_as_an_example_is_one() -> None:
    """People type in what they read: an example that is refused teaches that references do not work."""
    shown = re.compile(rf"(?<![\w-])[{_REF_ALPHABET}]{{4}}-[{_REF_ALPHABET}]{{4}}(?![\w-])")
    examples = {
        (file.name, example)
        for file in tracked("*.md", "*.py", "*.html", "*.js")
        if not file.is_relative_to(_CHECKOUT / "tests")  # those show wrong ones on purpose
        for example in shown.findall(file.read_text(encoding="utf-8"))
        if example != "XXXX-XXXX"
    }
    assert len(examples) >= 5
    for file, example in examples:
        assert BookingRef.parse(example).spoken == example, file
