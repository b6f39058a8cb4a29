"""Time: aware UTC inside, Europe/London at the edges, windows half-open, the clock passed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """Tells the time; rules never ask the machine."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests and rehearsals."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.at


def aware_utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises ValueError for a time without an offset: guessing one moves appointments."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC)


def london(moment: datetime) -> datetime:
    """The same moment on a wall clock in England."""
    return aware_utc(moment).astimezone(LONDON)


def at_london(day: date, clock_time: time) -> datetime:
    """The UTC moment of a wall-clock time in England; an hour that the clock repeats is read as its first pass."""
    return datetime.combine(day, clock_time, tzinfo=LONDON).astimezone(UTC)


def moments_in_london(day: date, clock_time: time) -> tuple[datetime, ...]:
    """Every UTC moment at which clocks in England show this: one, none in the hour that spring leaves out, two in the
    hour that autumn repeats."""
    shown = datetime.combine(day, clock_time)
    passes = {shown.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(moment for moment in passes if moment.astimezone(LONDON).replace(tzinfo=None, fold=0) == shown))


def london_date(moment: datetime) -> date:
    """The calendar day in England."""
    return london(moment).date()


def time_words(moment: datetime) -> str:
    """The wall clock in England, as people there write it: 6.50pm, 9am, midday."""
    at = london(moment)
    if (at.hour, at.minute) == (12, 0):
        return "midday"
    if (at.hour, at.minute) == (0, 0):
        return "midnight"
    hour, half = at.hour % 12 or 12, "am" if at.hour < 12 else "pm"
    return f"{hour}.{at.minute:02d}{half}" if at.minute else f"{hour}{half}"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span [start, end) of time, aware, kept in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", aware_utc(self.start))
        object.__setattr__(self, "end", aware_utc(self.end))
        if self.start >= self.end:
            raise ValueError("a window must end after it starts")

    @property
    def length(self) -> timedelta:
        """How long it lasts, in real (not wall-clock) time."""
        return self.end - self.start

    def contains(self, other: "Window") -> bool:
        """True when the other window lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Window") -> bool:
        """True when the two share any moment; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def split(self, longest: timedelta) -> Iterator["Window"]:
        """Consecutive windows of at most `longest` that cover this one (GP Connect searches take 14 days at most)."""
        start = self.start
        while start < self.end:
            end = min(start + longest, self.end)
            yield Window(start, end)
            start = end

    @classmethod
    def of_days(cls, first: date, last: date) -> "Window":
        """From midnight on the first day to midnight after the last, in England (23 or 25 hours on change days)."""
        return cls(at_london(first, time()), at_london(last + timedelta(days=1), time()))
