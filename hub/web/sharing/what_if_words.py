"""What a change of agreements would do, as a page tells it: a headline, figures by day and practice, who loses what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from hub.web import clock_words as clock
from hub.web.sharing.answer_words import role_words
from hub.web.sharing.matrix import NAMES
from scheduling.consequences import AffectedBooking, Consequences
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.terms import Terms
from vocabulary.times import london_date

KINDS: Mapping[ProposalKind, str] = {
    ProposalKind.END: "It ends for everybody",
    ProposalKind.SUSPEND: "It is suspended",
    ProposalKind.LEAVE: "A practice leaves",
    ProposalKind.DROP: "Clauses are taken out",
    ProposalKind.REPLACE: "Its next version, drafted, replaces it",
}


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day: how many free times go, how many bookings stand there; the bar is in per cent of the busiest day."""

    words: str
    slots: int
    minutes: int
    bookings: int
    bar: float


@dataclass(frozen=True, slots=True)
class MinutesLine:
    """One practice's week against its contract; places in per cent of the longest bar."""

    name: str
    list_size: int
    needed: int
    before: int
    then: int
    short: int
    bar_before: float
    bar_then: float
    mark: float


@dataclass(frozen=True, slots=True)
class PeopleLine:
    """Who loses what."""

    practice: str
    role: str
    what: str
    hosts: int
    lately: int


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One booking still to come."""

    ref: str
    spoken: str
    when: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """The bookings of one practice at one host."""

    key: str
    booker: str
    host: str
    bookings: tuple[BookingLine, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Everything the page shows."""

    sentence: str
    harmless: bool
    bookings: int
    slots: int
    people: int
    short: int
    days: tuple[DayLine, ...]
    minutes: tuple[MinutesLine, ...]
    people_lines: tuple[PeopleLine, ...]
    groups: tuple[GroupLine, ...]
    week: str


def told(found: Consequences, terms: Terms | None, names: Mapping[str, str], now: datetime) -> WhatIf:
    """The consequences in words."""

    def name(ods: object) -> str:
        return names.get(str(ods), str(ods))

    longest = max((max(one.before, one.then, one.needed) for one in found.contract), default=1) or 1
    return WhatIf(
        sentence=sentence(found.proposal, terms, names, now),
        harmless=found.harmless,
        bookings=len(found.bookings),
        slots=found.slots,
        people=sum(one.used_lately for one in found.people),
        short=sum(one.short > 0 and one.then < one.before for one in found.contract),
        days=_days(found),
        minutes=tuple(
            MinutesLine(
                name(one.practice),
                one.list_size,
                one.needed,
                one.before,
                one.then,
                one.short,
                round(one.before / longest * 100, 1),
                round(one.then / longest * 100, 1),
                round(one.needed / longest * 100, 1),
            )
            for one in found.contract
        ),
        people_lines=tuple(
            PeopleLine(
                name(one.practice),
                f"{role_words(one.role)}s"[0].upper() + f"{role_words(one.role)}s"[1:],
                ", ".join(NAMES[scope].lower() for scope in one.scopes),
                one.hosts,
                one.used_lately,
            )
            for one in found.people
        ),
        groups=tuple(
            GroupLine(
                group.key,
                name(group.booking_practice),
                name(group.host),
                booking_lines(group.bookings, now),
            )
            for group in found.groups
        ),
        week=f"the seven days from {clock.short_date_words(london_date(found.week[0]))}",
    )


def sentence(proposal: Proposal, terms: Terms | None, names: Mapping[str, str], now: datetime) -> str:
    """If DSA-AVON-01 v1 ended now."""
    what = terms.label if terms else "every agreement"
    when = "now" if proposal.at <= now else f"on {clock.second_words(proposal.at)}"
    who = names.get(proposal.practice.value, proposal.practice.value) if proposal.practice else ""
    return {
        ProposalKind.END: f"If {what} ended {when}",
        ProposalKind.SUSPEND: f"If {what} were suspended {when}",
        ProposalKind.LEAVE: f"If {who} left {what} {when}",
        ProposalKind.DROP: f"If clause {', '.join(sorted(proposal.clauses))} of {what} were taken out {when}",
        ProposalKind.REPLACE: f"If the next version of {what} replaced it {when}",
    }[proposal.kind]


def done(proposal: Proposal, terms: Terms | None, now: datetime) -> str:
    """What was done, for the page after it."""
    if terms is None:
        return "Your practice has left all of its agreements"
    when = "now" if proposal.at <= now else f"on {clock.second_words(proposal.at)}"
    return {
        ProposalKind.END: f"{terms.label} ends {when}",
        ProposalKind.SUSPEND: f"{terms.label} is suspended",
        ProposalKind.LEAVE: f"Your practice has left {terms.label}",
    }.get(proposal.kind, terms.label)


def booking_lines(bookings: Iterable[AffectedBooking], now: datetime) -> tuple[BookingLine, ...]:
    """Bookings by reference and time."""
    return tuple(
        BookingLine(one.ref.value, one.ref.spoken, clock.short_moment_words(one.starts, now)) for one in bookings
    )


def _days(found: Consequences) -> tuple[DayLine, ...]:
    bookings: dict[date, int] = {}
    for booking in found.bookings:
        day = london_date(booking.starts)
        bookings[day] = bookings.get(day, 0) + 1
    free = {day.day: day for day in found.days}
    most = max((day.slots for day in found.days), default=1) or 1
    lines = []
    for day in sorted({*free, *bookings}):
        slots, minutes = (free[day].slots, free[day].minutes) if day in free else (0, 0)
        words = clock.short_date_words(day)
        lines.append(DayLine(words, slots, minutes, bookings.get(day, 0), round(slots / most * 100, 1)))
    return tuple(lines)


def people_words(number: int) -> str:
    """1 person, 7 people."""
    return "1 person" if number == 1 else f"{number} people"
