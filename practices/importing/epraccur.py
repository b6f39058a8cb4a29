"""The practice file (epraccur): every GP prescribing cost centre, 27 columns and no header, as published."""

from dataclasses import dataclass
from datetime import date, datetime

from practices.importing.lines import Lines, Record
from practices.importing.notes import Outcome
from practices.importing.readable import readable
from practices.places import tidy_postcode
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue

KIND = "practice"
COLUMNS = 27
GP_PRACTICE = "4"  # prescribing setting
_CODE, _NAME, _ADDRESS, _POSTCODE, _OPENED, _CLOSED = 0, 1, slice(4, 9), 9, 10, 11
_STATUS, _COMMISSIONER, _PHONE, _SETTING = 12, 14, 17, 25
_STATUSES = {"A": "open", "C": "closed", "D": "dormant", "P": "proposed"}


@dataclass(frozen=True, slots=True)
class PublishedPractice:
    """A line of the practice file. `status` is open, closed, dormant or proposed."""

    line: int
    ods: OdsCode
    name: str
    address: tuple[str, ...]
    postcode: str
    status: str
    opened_on: date | None
    closed_on: date | None
    commissioner: str
    phone: str
    setting: str


def read_practices(lines: Lines) -> dict[OdsCode, PublishedPractice]:
    """Every practice in the file by its code, in the file's order; lines that cannot be used are noted."""
    found: dict[OdsCode, PublishedPractice] = {}
    for record in lines.records(columns=COLUMNS):
        read = _practice(record, lines)
        if read is None:
            continue
        if read.ods in found:
            words = f"duplicate: the code is already on line {found[read.ods].line}, which was used"
            lines.note(record.line, read.ods.value, Outcome.SKIPPED, words)
        else:
            found[read.ods] = read
    return found


def _practice(record: Record, lines: Lines) -> PublishedPractice | None:
    cells = record.cells
    try:
        ods = OdsCode.parse(cells[_CODE])
    except InvalidValue:
        words = "not an ODS code (3 to 12 letters and digits)"
        lines.note(record.line, cells[_CODE][:20], Outcome.SKIPPED, words)
        return None
    status = _STATUSES.get(cells[_STATUS])
    if status is None or not cells[_NAME]:
        words = "no name" if status else f"unknown status {cells[_STATUS]!r} (A, C, D or P expected)"
        lines.note(record.line, ods.value, Outcome.SKIPPED, words)
        return None
    return PublishedPractice(
        line=record.line,
        ods=ods,
        name=readable(cells[_NAME]),
        address=tuple(readable(line) for line in cells[_ADDRESS] if line),
        postcode=tidy_postcode(cells[_POSTCODE]) or cells[_POSTCODE],
        status=status,
        opened_on=_day(cells[_OPENED]),
        closed_on=_day(cells[_CLOSED]),
        commissioner=cells[_COMMISSIONER],
        phone=cells[_PHONE],
        setting=cells[_SETTING],
    )


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 -- a calendar day has no zone
    except ValueError:
        return None
