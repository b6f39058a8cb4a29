"""The list-size file (patients registered at each practice), with a header, as published."""

from dataclasses import dataclass

from practices.importing.lines import Lines
from practices.importing.notes import Outcome
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue

KIND = "list-size"
_COLUMNS = ("CODE", "CCG_CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS")


@dataclass(frozen=True, slots=True)
class ListSize:
    """How many patients a practice has, and on which line it says so."""

    line: int
    patients: int
    commissioner: str


def read_list_sizes(lines: Lines) -> dict[OdsCode, ListSize]:
    """List sizes by practice; the published file's breakdowns by sex and age, where it has them, are passed over."""
    found: dict[OdsCode, ListSize] = {}
    for line, cells in lines.by_header(_COLUMNS):
        if (cells["SEX"], cells["AGE"]) != ("ALL", "ALL"):
            continue
        try:
            ods = OdsCode.parse(cells["CODE"])
        except InvalidValue:
            lines.note(line, cells["CODE"][:20], Outcome.SKIPPED, "not an ODS code (3 to 12 letters and digits)")
            continue
        number = cells["NUMBER_OF_PATIENTS"]
        if not (number.isascii() and number.isdigit() and len(number) <= 7):
            words = f"the number of patients is {number[:20]!r}, not a whole number"
            lines.note(line, ods.value, Outcome.SKIPPED, words)
        elif ods in found:
            words = f"duplicate: the code is already on line {found[ods].line}, which was used"
            lines.note(line, ods.value, Outcome.SKIPPED, words)
        else:
            found[ods] = ListSize(line, int(number), cells["CCG_CODE"])
    return found
