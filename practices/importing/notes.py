"""What an import says: one note a line that mattered, and a summary fit for people and for `--json`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from practices.results import FutureBooking
from vocabulary.problems import Problem, ProblemKind


class CannotImport(Problem):
    """The file as a whole cannot be read as what it should be: nothing was written."""

    code = "cannot-import"
    kind = ProblemKind.INVALID


class Outcome(StrEnum):
    """What became of a line."""

    CREATED = "created"
    CHANGED = "changed"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    WARNING = "warning"  # imported (or left), but somebody should look


@dataclass(frozen=True, slots=True)
class Note:
    """One line of one file: what happened to it and why. Line 0 is about something that no line says."""

    file: str
    line: int
    code: str
    outcome: Outcome
    words: str

    def __str__(self) -> str:
        where = f"{self.file} line {self.line}" if self.line else self.file
        return f"{where}: {self.code + ': ' if self.code else ''}{self.outcome}: {self.words}"


def count(notes: Iterable[Note], outcome: Outcome) -> int:
    """How many notes have this outcome."""
    return sum(1 for note in notes if note.outcome is outcome)


@dataclass(frozen=True, slots=True)
class PracticeSummary:
    """What an import of practices did, or (when not `applied`) would do."""

    applied: bool
    only: str
    created: int
    changed: int  # the closed ones not included
    closed: int
    unchanged: int
    skipped: int
    warnings: int
    elsewhere: int  # lines of other commissioners, not looked at further
    open_practices: int  # of the selection, after the import
    patients: int  # on the lists of those
    places_created: int
    places_changed: int
    notes: tuple[Note, ...]
    future_bookings: tuple[tuple[str, tuple[FutureBooking, ...]], ...]  # of practices closed here, by ODS code

    @property
    def changes_nothing(self) -> bool:
        """True when the address book already says all this."""
        return not (self.created or self.changed or self.closed or self.places_created or self.places_changed)

    def as_json(self) -> dict[str, Any]:
        """The summary as plain values for `--json`."""
        plain = asdict(self)
        plain["notes"] = [{**asdict(note), "outcome": note.outcome.value} for note in self.notes]
        plain["future_bookings"] = {
            ods: [
                {
                    "ref": booking.ref.spoken,
                    "starts": booking.starts.isoformat(),
                    "booking_practice": booking.booking_practice.value,
                }
                for booking in bookings
            ]
            for ods, bookings in self.future_bookings
        }
        return plain | {"changes_nothing": self.changes_nothing}


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """What an import of clusters did, or (when not `applied`) would do."""

    applied: bool
    created: int  # clusters
    renamed: int  # clusters
    joined: int  # practices that had no cluster
    moved: int  # practices that came from another cluster
    unchanged: int  # practices
    skipped: int
    warnings: int
    clusters: int  # named in the file
    practices: int  # placed by the file
    notes: tuple[Note, ...]

    @property
    def changes_nothing(self) -> bool:
        """True when the address book already says all this."""
        return not (self.created or self.renamed or self.joined or self.moved)

    def as_json(self) -> dict[str, Any]:
        """The summary as plain values for `--json`."""
        plain = asdict(self)
        plain["notes"] = [{**asdict(note), "outcome": note.outcome.value} for note in self.notes]
        return plain | {"changes_nothing": self.changes_nothing}
