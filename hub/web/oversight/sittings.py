"""An account with its weights: what one person did about one patient at one time stands together, what matters first.

Opening a list four times in a minute is told as one line that opens; to have read a record is told by itself. Nothing
is left out, here or in the file. Pure.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from accountability.accounts import Line
from hub.web.oversight.account_words import LineWords, line_words

LASTS = timedelta(minutes=15)  # from one act to the next
_LIGHT = frozenset(
    {
        "access.own-asked",
        "booking.viewed",
        "hold.released",
        "hold.taken",
        "list.copied",
        "message.listed",
        "message.seen",  # its reading is a line of its own
        "slots.searched",
        "visit.called",
        "visit.noted",
        "visit.taken-back",
    }
)
_HEAVY = frozenset(
    {
        "access.mistake-said",
        "audit.exported",
        "evidence.taken",
        "glass.broken",
        "message.opened",
        "patient.shown",
        "record.shown",
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """One row: an act, or several small ones of one sitting, the latest first."""

    line: LineWords
    heavy: bool = False
    small: tuple[LineWords, ...] = ()
    flag: LineWords | None = None  # the line beside which a mistake can be said

    @property
    def between(self) -> str:
        """From when to when the small ones were."""
        return f"{self.small[-1].at} to {self.small[0].at.rpartition(', ')[2]}" if self.small else ""

    @property
    def kinds(self) -> str:
        """What the small ones were, each kind once, with how often."""
        counted = Counter(line.what for line in self.small)
        return "; ".join(f"{what} ({times} times)" if times > 1 else what for what, times in counted.items())


def in_sittings(lines: Sequence[Line], names: Mapping[str, str], *, fold: bool = True) -> list[Told]:
    """The rows of an account, as its lines came: the latest first. `fold` False: each line by itself."""
    if not fold:
        return [_row(line, names) for line in lines]
    return [row for sitting in _sittings(lines) for row in _rows(sitting, names)]


def _sittings(lines: Sequence[Line]) -> list[list[Line]]:
    found: list[list[Line]] = []
    latest: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        key = (line.user_id, line.acting_for.value, line.nhs_number.value if line.nhs_number else line.booking_ref)
        sitting = latest.get(key)
        if sitting is None or sitting[-1].at - line.at > LASTS:
            sitting = latest[key] = []
            found.append(sitting)
        sitting.append(line)
    return found


def _rows(sitting: Sequence[Line], names: Mapping[str, str]) -> Iterator[Told]:
    small = [line for line in sitting if _is_light(line)]
    asked_first = len(sitting) > len(small) == 1 and small[0].act.startswith("permit.")
    if len(small) < 2 and not asked_first:
        yield from (_row(line, names) for line in sitting)
        return
    rest = [_row(line, names) for line in sitting if not _is_light(line)]
    told = tuple(line_words(line, names) for line in small)
    said_beside = any(row.flag for row in rest)
    flag = None if said_beside else next((line for line in told if line.may_flag), None)
    # About nobody in particular there is nothing to be put first: the small things stand where the latest of them was.
    later = sum(line.at > small[0].at for line in sitting) if not sitting[0].about_a_patient else len(rest)
    yield from (*rest[:later], Told(told[0], small=told, flag=flag), *rest[later:])


def _row(line: Line, names: Mapping[str, str]) -> Told:
    words = line_words(line, names)
    heavy = line.outcome == "refused" or line.act in _HEAVY
    return Told(words, heavy=heavy, flag=words if words.may_flag else None)


def _is_light(line: Line) -> bool:
    """What is allowed comes before what is done, which is told by itself."""
    gone = line.act == "message.opened" and line.detail.get("text") is False  # nothing was there to be read any more
    return line.outcome != "refused" and (gone or line.act in _LIGHT or line.act.startswith("permit."))
