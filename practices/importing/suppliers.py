"""The supplier file (which clinical system each practice runs), with a header, as published."""

from dataclasses import dataclass

from practices.importing.lines import Lines
from practices.importing.notes import Outcome
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue

KIND = "supplier"
_COLUMNS = ("ODSCode", "Supplier")


@dataclass(frozen=True, slots=True)
class Supplier:
    """Which clinical system a practice runs, and on which line it says so."""

    line: int
    name: str


def read_suppliers(lines: Lines) -> dict[OdsCode, Supplier]:
    """Suppliers by practice."""
    found: dict[OdsCode, Supplier] = {}
    for line, cells in lines.by_header(_COLUMNS):
        try:
            ods = OdsCode.parse(cells["ODSCode"])
        except InvalidValue:
            lines.note(line, cells["ODSCode"][:20], Outcome.SKIPPED, "not an ODS code (3 to 12 letters and digits)")
            continue
        if not cells["Supplier"]:
            lines.note(line, ods.value, Outcome.SKIPPED, "no supplier is named")
        elif ods in found:
            words = f"duplicate: the code is already on line {found[ods].line}, which was used"
            lines.note(line, ods.value, Outcome.SKIPPED, words)
        else:
            found[ods] = Supplier(line, cells["Supplier"])
    return found
