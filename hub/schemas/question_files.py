"""Many questions at once: a CSV file in, each line read by itself, so that a wrong one spoils no other."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.schemas.asking import Typed, names_a_patient, question_of, yes_or_no
from hub.schemas.fields import FormFault
from sharing_agreements.simulator import Asked

COLUMNS = ("role", "practice", "act", "host", "home", "date", "choices", "permission", "care_link", "restricted")
NEEDED = COLUMNS[:3]
MOST_LINES = 500
MOST_BYTES = 200_000
EXAMPLE = (
    "role,practice,act,host,home,date,choices,permission,care_link,restricted\n"
    "receptionist,Y90001,book,Y90002,Y90001,,,,,\n"
    "clinician,Y90001,view-record,,Y90002,1/4/2027,dissent-to-sharing,given,yes,no\n"
)


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line: the question it asks, or what is wrong with it."""

    number: int
    cells: tuple[str, ...]
    asked: Asked | None
    faults: tuple[FormFault, ...] = ()


class UnreadableFile(Exception):
    """The file as a whole cannot be used; the message says why and what to do."""


def read_questions(content: bytes, *, known: frozenset[str], now: datetime) -> tuple[FileLine, ...]:
    """Every line of the file. Raises UnreadableFile for one that is too large, no CSV, or without its columns."""
    if len(content) > MOST_BYTES:
        raise UnreadableFile(f"The file is larger than {MOST_BYTES // 1000:,} kB. Split it and send the parts in turn.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("The file is not text in UTF-8. Save it as “CSV UTF-8” and send it again.") from None
    try:
        rows = list(_rows(text))
    except csv.Error:
        raise UnreadableFile("The file is no CSV: check its quotation marks, and send it again.") from None
    if not rows:
        raise UnreadableFile("The file is empty. Its first line must name the columns, as in the example.")
    (_, head), *lines = rows
    order = [name.strip().lower().replace(" ", "_") for name in head]
    missing = [name for name in NEEDED if name not in order]
    if missing:
        raise UnreadableFile(f"The first line lacks the columns {', '.join(missing)}. Compare it with the example.")
    unknown = [name for name in order if name not in COLUMNS]
    if unknown:
        raise UnreadableFile(f"The hub knows no column “{unknown[0][:40]}”. Compare the first line with the example.")
    if len(lines) > MOST_LINES:
        raise UnreadableFile(f"There are {len(lines):,} questions; at most {MOST_LINES} can be asked at once.")
    return tuple(_line(number, order, cells, known=known, now=now) for number, cells in lines)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _line(number: int, order: Sequence[str], cells: list[str], *, known: frozenset[str], now: datetime) -> FileLine:
    if any(names_a_patient(cell) for cell in cells):
        fault = FormFault("line", "An NHS number stands here. Take it out: these questions are about made-up patients.")
        return FileLine(number, ("",) * len(COLUMNS), None, (fault,))
    if len(cells) != len(order):
        fault = FormFault("line", f"{len(cells)} cells where the first line has {len(order)}.")
        return FileLine(number, tuple(cells[: len(COLUMNS)]), None, (fault,))
    said = {name: cell.strip() for name, cell in zip(order, cells, strict=True)}
    shown = tuple(said.get(name, "") for name in COLUMNS)
    faults: list[FormFault] = []
    typed = Typed(
        role=said["role"].lower().replace(" ", "-"),
        practice=said["practice"],
        act=said["act"].lower().replace(" ", "-"),
        host=said.get("host", ""),
        home=said.get("home", ""),
        on=said.get("date", ""),
        choices=tuple(
            choice.strip() for choice in said.get("choices", "").replace("|", ";").split(";") if choice.strip()
        ),
        permission=said.get("permission", "").lower().replace(" ", "-"),
        care_link=yes_or_no(said.get("care_link", ""), "care_link", faults),
        restricted=yes_or_no(said.get("restricted", ""), "restricted", faults),
    )
    asked, wrong = question_of(typed, known=known, now=now)
    return FileLine(number, shown, asked if not faults else None, (*faults, *wrong))
