"""Problems and medication over the years, as places on a line for SVG; the tables on the page say the same. Pure.

One row for everything of one name, so that seven courses of an antibiotic are one row with seven marks. Places are in
hundredths of the width: the drawing fits a desk's screen and a telephone alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from records.trimming import Trimmed
from vocabulary.record_parts import (
    Entry,
    EntryStatus,
    Hidden,
    Medication,
    MedicationKind,
    Problem,
    RecordDate,
    RecordSection,
)
from vocabulary.records import SectionState

MOST_YEARS = 12
"""How far back the drawing goes; what began earlier comes in from the edge, with its year."""
MOST_IN_SIGHT = 14
"""With more rows than this, those of which nothing is in force are folded away."""
_END = 97.0  # today stands here, so that what goes on can be seen to go on
_SHORTEST = 0.8
_YEAR_WIDTH = 9.0  # what a year's figures need on a telephone
_GROUPS = ((RecordSection.PROBLEMS, "Problems"), (RecordSection.MEDICATION, "Medication"))
_LASTING = frozenset({EntryStatus.ACTIVE, EntryStatus.UNKNOWN})


@dataclass(frozen=True, slots=True, repr=False)
class Bar(Hidden):
    """One entry: from `start` to `end`; `sure_from` is where its first day must have come, if that is not `start`."""

    start: float
    end: float
    kind: str  # now | over | unsaid
    sure_from: float
    issued: float | None = None  # the last issue of a medicine


@dataclass(frozen=True, slots=True, repr=False)
class Row(Hidden):
    """Everything of one name."""

    label: str
    kind: str  # that of the entry most in force
    bars: tuple[Bar, ...]
    times: int = 1  # how many of this name are in force: two plans for one medicine are worth a look
    since: str = ""  # the year, of what began before the drawing does
    undated: bool = False  # something of this name has no date that can be drawn


@dataclass(frozen=True, slots=True, repr=False)
class Group(Hidden):
    """The rows of one part of the record."""

    title: str
    rows: tuple[Row, ...]
    folded: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Timeline(Hidden):
    """The whole drawing."""

    first_year: int
    years: tuple[tuple[float, str], ...]  # where each year begins, and its figures where there is room for them
    today: float
    groups: tuple[Group, ...]
    missing: tuple[str, ...] = ()  # parts of which not all is drawn, or nothing, because it did not come

    @property
    def folded(self) -> int:
        """How many rows are folded away."""
        return sum(len(group.folded) for group in self.groups)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Days to places."""

    first: date
    today: date

    def place(self, day: date) -> float:
        """Where a day stands; what lies outside stands at the edge."""
        whole = (self.today - self.first).days
        return round(min(max((day - self.first).days / whole * _END, 0.0), 100.0), 2)

    def years(self) -> tuple[tuple[float, str], ...]:
        """The first of January of each year, with figures as often as there is room."""
        number = self.today.year - self.first.year + 1
        every = max(1, round(_YEAR_WIDTH * number / _END + 0.49))
        found = []
        for year in range(self.first.year, self.today.year + 1):
            place = self.place(date(year, 1, 1))
            written = (self.today.year - year) % every == 0 and place < _END - _YEAR_WIDTH
            found.append((place, str(year) if written else ""))
        return tuple(found)


def timeline(trimmed: Trimmed, *, today: date) -> Timeline | None:
    """The drawing; None when there is nothing that could be drawn. What was entered in error is in the tables only."""
    found = {name: _drawable(trimmed, name) for name, _ in _GROUPS}
    begun = [when.first_day for entries in found.values() for each in entries if (when := _known(each.date))]
    if not begun:
        return None
    year = max(min(min(begun).year, today.year - 1), today.year - MOST_YEARS)
    scale = _Scale(date(year, 1, 1), today)
    rows = {name: _rows(entries, scale) for name, entries in found.items()}
    fold = sum(map(len, rows.values())) > MOST_IN_SIGHT
    groups = tuple(
        Group(
            title,
            tuple(row for row in rows[name] if not fold or row.kind != "over"),
            tuple(row for row in rows[name] if fold and row.kind == "over"),
        )
        for name, title in _GROUPS
    )
    filled = tuple(group for group in groups if group.rows or group.folded)
    missing = tuple(title for name, title in _GROUPS if _is_missing(trimmed, name))
    return Timeline(year, scale.years(), _END, filled, missing)


def _drawable(trimmed: Trimmed, name: RecordSection) -> list[Problem | Medication]:
    return [
        entry
        for entry in trimmed.record.section(name).entries
        if isinstance(entry, Problem | Medication) and entry.status is not EntryStatus.ENTERED_IN_ERROR
    ]


def _is_missing(trimmed: Trimmed, name: RecordSection) -> bool:
    section = trimmed.record.section(name)
    left_out = any(omission.section is name for omission in trimmed.omissions)
    came = section.state in (SectionState.PRESENT, SectionState.EMPTY)
    return bool(left_out or section.warnings or section.not_shown or not came)


def _rows(entries: Iterable[Problem | Medication], scale: _Scale) -> tuple[Row, ...]:
    """What is in force first, and of that what has lasted longest; then the rest, the latest first."""
    named: dict[str, list[Problem | Medication]] = {}
    for entry in entries:
        named.setdefault(" ".join(entry.what.words.casefold().split()), []).append(entry)
    return tuple(_row(each, scale) for each in sorted(named.values(), key=_order))


def _order(entries: list[Problem | Medication]) -> tuple[int, int, str]:
    kinds = {_kind(each) for each in entries}
    starts = [when.first_day.toordinal() for each in entries if (when := _known(each.date))] or [0]
    over = kinds == {"over"}
    return (int(over), -max(starts) if over else min(starts), entries[0].what.words)


def _row(entries: list[Problem | Medication], scale: _Scale) -> Row:
    kinds = {_kind(each) for each in entries}
    known = [when for each in entries if (when := _known(each.date))]
    first = min((when.first_day for when in known), default=scale.today)
    return Row(
        label=entries[0].what.words,
        kind=next(kind for kind in ("now", "unsaid", "over") if kind in kinds),
        bars=tuple(_bar(each, scale) for each in sorted(entries, key=_on_top) if _known(each.date)),
        times=max(1, sum(_kind(each) == "now" for each in entries)),
        since=str(first.year) if first < scale.first else "",
        undated=len(known) < len(entries),
    )


def _on_top(entry: Problem | Medication) -> int:
    """What is drawn later lies on what was drawn before."""
    return ("over", "unsaid", "now").index(_kind(entry))


def _bar(entry: Problem | Medication, scale: _Scale) -> Bar:
    begun = _known(entry.date)
    assert begun is not None  # noqa: S101 - the caller has looked
    kind, start = _kind(entry), scale.place(begun.first_day)
    ended = _known(entry.ended)
    issued = _known(entry.last_issued) if isinstance(entry, Medication) else None
    if ended is not None:
        end = scale.place(ended.last_day)
    elif kind == "over" or _is_acute(entry):
        end = scale.place(issued.last_day if issued else begun.last_day)
    else:
        end = 100.0
    end = max(end, min(start + _SHORTEST, 100.0))
    sure = min(scale.place(begun.last_day), end)
    mark = scale.place(issued.last_day) if issued and kind == "now" else None
    return Bar(start, end, kind, sure if sure - start > _SHORTEST else start, mark)


def _is_acute(entry: Entry) -> bool:
    """One course: without an end of its own it is not drawn as if it went on."""
    return isinstance(entry, Medication) and entry.kind is MedicationKind.ACUTE


def _kind(entry: Problem | Medication) -> str:
    if entry.status not in _LASTING or (entry.ended is not None and entry.status is not EntryStatus.ACTIVE):
        return "over"
    return "now" if entry.status is EntryStatus.ACTIVE else "unsaid"


def _known(when: RecordDate | None) -> RecordDate | None:
    """A date that can be drawn."""
    return when if when is not None and when.year else None
