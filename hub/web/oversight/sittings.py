"""An account with its weights: what one person did about one patient at one time stands together, what matters first.

What is told in the same words is one row with how often, and what is small is in one row that opens. Nothing is left
out, and the file has each act by itself. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, auto

from accountability.lines import Line
from hub.web.oversight.account_words import LineWords, line_words
from vocabulary.choices import Permission

LASTS = timedelta(minutes=15)  # from one act to the next
_LIGHT = frozenset(
    {
        "access.own-asked",
        "booking.followed",
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


class Weight(IntEnum):
    """What is told first. Up to RECORD it is set off from the rest."""

    EMERGENCY = auto()
    REFUSED = auto()
    NOT_ASKED = auto()  # a record, of somebody who could not be asked
    RECORD = auto()
    PERMISSION = auto()
    BOOKING = auto()
    MESSAGE = auto()
    OTHER = auto()
    SMALL = auto()


_WEIGHTS = {
    "access.mistake-said": Weight.EMERGENCY,
    "audit.exported": Weight.RECORD,
    "evidence.taken": Weight.RECORD,
    "patient.shown": Weight.RECORD,
    "permit.view-record": Weight.PERMISSION,
}
_FAMILIES = {
    "booking": Weight.BOOKING,
    "glass": Weight.EMERGENCY,
    "message": Weight.MESSAGE,
    "permit": Weight.SMALL,  # what is done is told by itself, and says that it was allowed
    "record": Weight.RECORD,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One row: an act, or several that are told in the same words. `line` is the latest of them."""

    line: LineWords
    first: LineWords
    times: int
    weight: Weight

    @property
    def heavy(self) -> bool:
        """Whether it is set off."""
        return self.weight <= Weight.RECORD

    @property
    def when(self) -> str:
        """The time, or from when to when; the sitting has the day."""
        first, last = _clock(self.first), _clock(self.line)
        return last if self.times == 1 or first == last else f"{first} to {last}"


@dataclass(frozen=True, slots=True)
class Sitting:
    """What one person did about one patient at one time: by weight, and small things apart, both the latest first."""

    last: LineWords
    first: LineWords
    devices: tuple[str, ...]
    rows: tuple[Told, ...]
    small: tuple[Told, ...]
    flag: LineWords | None = None  # the act beside which a mistake can be said
    mistake_said: bool = False

    @property
    def when(self) -> str:
        """The day and the times."""
        if self.first.at == self.last.at:
            return self.last.at
        same_day = self.first.at.partition(",")[0] == self.last.at.partition(",")[0]
        return f"{self.first.at} to {_clock(self.last) if same_day else self.last.at}"

    @property
    def how_many_small(self) -> int:
        """Small things, each counted."""
        return sum(row.times for row in self.small)


def in_sittings(
    lines: Sequence[Line], names: Mapping[str, str], *, fold: bool = True, of_one_patient: bool = False
) -> tuple[Sitting, ...]:
    """The sittings of an account whose lines came the latest first; the one that ended last is the first.

    `fold` False: each act is a row, in its turn. `of_one_patient` for an account of one patient, where a line that
    names only their booking, or their former number, is about them as well.
    """
    said = {line.detail.get("event") for line in lines if line.act == "access.mistake-said"}
    gathered = _gathered(lines, of_one_patient=of_one_patient)
    return tuple(_sitting(each, names, said, fold=fold) for each in gathered)


def _gathered(lines: Iterable[Line], *, of_one_patient: bool) -> list[list[Line]]:
    found: list[list[Line]] = []
    latest: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        key = (line.user_id, line.acting_for.value, "" if of_one_patient else _whose(line))
        sitting = latest.get(key)
        if sitting is None or sitting[-1].at - line.at > LASTS:
            sitting = latest[key] = []
            found.append(sitting)
        sitting.append(line)
    return found


def _whose(line: Line) -> str:
    if line.nhs_number is not None:
        return line.nhs_number.value
    return line.booking_ref or ("somebody" if line.about_a_patient else "")


def _sitting(lines: Sequence[Line], names: Mapping[str, str], said: set[object], *, fold: bool) -> Sitting:
    told = [(line, line_words(line, names)) for line in lines]
    rows = _folded(told) if fold else [Told(words, words, 1, _weight(line)) for line, words in told]
    apart = [row for row in rows if row.weight is Weight.SMALL] if fold else []
    if len(rows) == 1:
        apart = []  # it stands behind nothing
    shown = [row for row in rows if row not in apart]
    if fold:
        shown.sort(key=lambda row: row.weight)
    mistake_said = any(line.id in said for line in lines)
    return Sitting(
        last=told[0][1],
        first=told[-1][1],
        devices=tuple(dict.fromkeys(words.device for _, words in told)),
        rows=tuple(shown),
        small=tuple(apart),
        flag=None if mistake_said else _flag([*shown, *apart]),
        mistake_said=mistake_said,
    )


def _folded(told: Iterable[tuple[Line, LineWords]]) -> list[Told]:
    """Acts in the same words about the same thing are one row, which stands where the latest of them was."""
    found: dict[tuple[object, ...], Told] = {}
    for line, words in told:
        thing = line.detail.get("message") or line.detail.get("document")
        key = (words.what, words.outcome, words.where, words.why, words.under, words.booking, thing)
        latest = found.get(key)
        if latest is None:
            found[key] = Told(words, words, 1, _weight(line))
        else:
            found[key] = Told(latest.line, words, latest.times + 1, latest.weight)
    return list(found.values())


def _flag(rows: Iterable[Told]) -> LineWords | None:
    """The weightiest look."""
    looks = [row for row in rows if row.line.may_flag]
    return min(looks, key=lambda row: row.weight).line if looks else None


def _weight(line: Line) -> Weight:
    family = line.act.partition(".")[0]
    if family == "glass":
        return Weight.EMERGENCY
    if line.outcome == "refused":
        return Weight.REFUSED
    if line.act == "message.opened" and line.detail.get("text") is False:
        return Weight.SMALL  # nothing was there to be read any more
    if family == "record" and line.reason == Permission.CANNOT_ASK.value:
        return Weight.NOT_ASKED
    return Weight.SMALL if line.act in _LIGHT else _WEIGHTS.get(line.act, _FAMILIES.get(family, Weight.OTHER))


def _clock(line: LineWords) -> str:
    return line.at.rpartition(", ")[2]
