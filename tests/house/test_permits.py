"""Permits are minted in one place, systems are opened in one place, and the guard stands before every one of them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.test_code import tracked

_GATE = "sharing_agreements/gate.py"
_CHECKOUT = Path(__file__).parents[2]


@cache
def product() -> tuple[tuple[str, ast.AST], ...]:
    """Every node that matters here, of every file that is neither a test nor a tool."""
    return tuple(_nodes())


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in tracked("*.py"):
        name = str(path.relative_to(_CHECKOUT))
        if not name.startswith(("tests/", "migrations/", "docs/")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call | ast.Name | ast.ImportFrom):
                    yield name, node


def called(node: ast.AST) -> str:
    """The name that a call calls, without what stands before the last dot."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def where(name: str) -> set[str]:
    """The files in which something of this name is called."""
    return {path for path, node in product() if called(node) == name}


def test_a_permit_is_made_by_the_gate_and_by_nobody_else() -> None:
    assert where("Permit") == {_GATE}
    mints = {path for path, node in product() if isinstance(node, ast.Name) and node.id == "_MINT"}
    assert mints == {_GATE}
    imported = {
        path
        for path, node in product()
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.name == "_MINT"
    }
    assert not imported
    for path, node in product():  # and nobody makes or changes one behind its constructor's back
        if called(node) in ("__new__", "__setattr__", "__reduce__") and path.startswith(
            ("hub/", "scheduling/", "records/")
        ):
            assert "Permit" not in ast.dump(node), path


def test_systems_are_opened_by_the_wiring_alone_and_behind_the_guard() -> None:
    assert where("factory_for") == {"hub/wiring.py"}
    assert where("GuardedSystem") == {"connectors/guard.py"}
    assert where("Guard") == {"hub/wiring.py"}
    (guard,) = [node for path, node in product() if path == "hub/wiring.py" and called(node) == "Guard"]
    assert isinstance(guard, ast.Call)
    admits = {each.arg: ast.unparse(each.value) for each in guard.keywords}
    assert admits["admit"] == "gate.admit"


def test_a_system_is_opened_with_a_permit_and_nothing_else() -> None:
    opened = [
        (path, node)
        for path, node in product()
        if isinstance(node, ast.Call)
        and called(node) == "connect"
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) in ("desk", "hub", "visit.hub.desk", "self.desk")
    ]
    assert len(opened) >= 10
    for path, node in opened:
        assert len(node.args) == 1 and not node.keywords, (path, ast.unparse(node))
