"""Reading a published CSV file line by line, so that one bad line costs one line and is named.

Published files have one record a line; a quoted line break would show as a wrong number of columns.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from practices.importing.notes import CannotImport, Note, Outcome

Progress = Callable[[str, int, int], None]
"""Told now and then: the file, lines read so far, lines in all."""

_TELL_EVERY = 2_000
_LOOKS_LIKE = (
    (b"PK\x03\x04", "a zip file or an Excel workbook", "Unpack it, or save it as CSV (UTF-8), and import that."),
    (b"\xff\xfe", "UTF-16 text", "Save it as CSV (UTF-8) and import that."),
    (b"\xfe\xff", "UTF-16 text", "Save it as CSV (UTF-8) and import that."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save it as CSV (UTF-8) and import that."),
    (b"%PDF", "a PDF document", "Import the CSV file it was made from."),
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def silently(_file: str, _done: int, _total: int) -> None:
    """For callers who need no progress."""


@dataclass(frozen=True, slots=True)
class Record:
    """One readable line: its number in the file and its cells, outer spaces gone."""

    line: int
    cells: tuple[str, ...]


class Lines:
    """The lines of one file; `notes` gathers those that cannot be read."""

    def __init__(self, path: Path, kind: str, *, progress: Progress = silently) -> None:
        self.kind = kind
        self.notes: list[Note] = []
        self._progress = progress
        self._lines = _read(path, kind)

    def note(self, line: int, code: str, outcome: Outcome, words: str) -> None:
        """Say something about a line."""
        self.notes.append(Note(self.kind, line, code, outcome, words))

    def records(self, *, columns: int) -> Iterator[Record]:
        """The lines with exactly so many columns, for files without a header. Raises CannotImport if none has."""
        readable = 0
        for record in self._parsed(first=0):
            if len(record.cells) == columns:
                readable += 1
                yield record
            else:
                self._wrong_columns(record, columns)
        if not readable:
            raise CannotImport(
                f"Not one line of the {self.kind} file has the {columns} columns it should have.",
                next_step="Check that this is the file as published, and that no other file was named in its place.",
            )

    def by_header(self, wanted: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Line number and the wanted columns of each line, for files with a header. Raises CannotImport."""
        header = next(self._parsed(first=0, last=1), Record(1, ()))
        names = [name.casefold() for name in header.cells]
        missing = [name for name in wanted if name.casefold() not in names]
        if missing:
            shown = ", ".join(header.cells[:12]) or "nothing readable"
            raise CannotImport(
                f"The {self.kind} file has no column {' and no column '.join(missing)}; its first line has: {shown}.",
                next_step="Check that this is the file as published, with its header line.",
            )
        places = {name: names.index(name.casefold()) for name in wanted}
        for record in self._parsed(first=1):
            if len(record.cells) == len(names):
                yield record.line, {name: record.cells[place] for name, place in places.items()}
            else:
                self._wrong_columns(record, len(names))

    def plain(self) -> Iterator[Record]:
        """Every readable line, whatever its number of columns."""
        return self._parsed(first=0)

    def _parsed(self, *, first: int, last: int | None = None) -> Iterator[Record]:
        total = len(self._lines)
        for number, raw in enumerate(self._lines[first:last], start=first + 1):
            if number % _TELL_EVERY == 0 or (number == total and last is None):
                self._progress(self.kind, number, total)
            if not raw.strip():
                continue
            if b"\0" in raw:
                self.note(number, "", Outcome.SKIPPED, "a NUL byte stands in it: the line is damaged")
                continue
            try:
                cells = next(csv.reader([raw.decode("utf-8")], strict=True))
            except UnicodeDecodeError as error:
                self.note(number, "", Outcome.SKIPPED, f"not UTF-8 text (byte {error.start + 1} of the line)")
            except (csv.Error, StopIteration):
                self.note(number, "", Outcome.SKIPPED, "a quotation mark is out of place, so the columns are unclear")
            else:
                yield Record(number, tuple(" ".join(cell.split()) for cell in cells))

    def _wrong_columns(self, record: Record, wanted: int) -> None:
        code = record.cells[0] if record.cells else ""
        words = f"wrong number of columns: {len(record.cells)} where there should be {wanted}"
        self.note(record.line, code[:12], Outcome.SKIPPED, words)


def _read(path: Path, kind: str) -> list[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CannotImport(f"There is no {kind} file at {path}.", next_step="Check the path.") from None
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise CannotImport(f"The {kind} file at {path} cannot be read: {reason}.", next_step="Check it.") from None
    for start, what, mend in _LOOKS_LIKE:
        if content.startswith(start):
            raise CannotImport(f"The {kind} file is {what}, not CSV.", next_step=mend)
    if not content.strip():
        raise CannotImport(f"The {kind} file is empty.", next_step="Fetch it again.")
    if content.count(0) * 20 > len(content):
        raise CannotImport(f"The {kind} file is not text.", next_step="Check that this is the CSV file as published.")
    return content.removeprefix(_BYTE_ORDER_MARK).splitlines()
