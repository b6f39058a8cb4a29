"""Every act that the ledger can hold is explained to those who audit it, and nothing that cannot happen is."""

import ast
import re
from pathlib import Path

from practices.admin import Switch
from tests.house.test_code import tracked
from vocabulary.appointments import BookingState
from vocabulary.purposes import Scope

_PRODUCT = (
    "accountability/*.py",
    "hub/*.py",
    "messaging/*.py",
    "practices/*.py",
    "records/*.py",
    "scheduling/*.py",
    "sharing_agreements/*.py",
    "storage/*.py",
)
_ACT = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
_MADE_UP = {
    *(f"permit.{scope.value}" for scope in Scope),
    *(f"booking.{state.value}" for state in BookingState),
    *(f"practice.{switch.value}-{way}" for switch in Switch for way in ("on", "off")),
}


def documented() -> set[str]:
    text = (Path(__file__).parents[2] / "docs" / "data-protection.md").read_text()
    table = text.split("## What the ledger says")[1].split("\n## ")[0]
    first_column = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    return set(re.findall(r"`([a-z-]+\.[a-z-]+)`", first_column))


def words_in(path: Path) -> set[str]:
    """Quoted words shaped like an act."""
    constants = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str) and _ACT.fullmatch(node.value)}


def test_every_act_is_explained() -> None:
    recording = [path for path in tracked(*_PRODUCT) if "LedgerEvent" in path.read_text()]
    assert len(recording) > 10
    named = set().union(*(words_in(path) for path in recording)) | _MADE_UP
    assert {"list.copied", "permit.book", "hold.taken"} <= named
    assert not sorted(named - documented())


def test_every_act_explained_can_happen() -> None:
    known = set().union(*(words_in(path) for path in tracked(*_PRODUCT))) | _MADE_UP
    assert "practice.tested" in documented()
    assert not sorted(documented() - known)
