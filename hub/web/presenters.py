"""Slots and bookings as pages tell them: pure functions, no template, no clock of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.web import clock_words as clock
from hub.web import wording
from scheduling.results import BookingView, SlotFacts
from vocabulary.appointments import BookingState
from vocabulary.slots import DeliveryChannel, Gender
from vocabulary.times import london_date


def spaced(nhs_number: str) -> str:
    """An NHS number in groups of 3, 3 and 4."""
    return f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"


def miles_words(miles: float | None) -> str:
    """2.1 miles, under half a mile, or nothing when it is not known."""
    if miles is None:
        return ""
    if miles < 0.5:
        return "under ½ mile"
    return wording.counted(round(miles, 1 if miles < 9.95 else 0), "mile")


def took_words(milliseconds: int) -> str:
    """Answered in 0.4 seconds; at once, when it was hardly measurable."""
    seconds = round(milliseconds / 1000, 1)
    return f"answered in {wording.counted(seconds, 'second')}" if milliseconds >= 100 else "answered at once"


def full_name(family: str, given: str) -> str:
    """PRITCHARD, Joan: the family name in capitals, as the NHS writes it."""
    return f"{family.upper()}, {given}" if given else family.upper()


def address_words(facts: SlotFacts) -> str:
    """The site's address on one line."""
    parts = [*facts.site_address, facts.site_postcode]
    return ", ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a summary list."""

    name: str
    value: str


def slot_facts(facts: SlotFacts, now: datetime) -> tuple[Fact, ...]:
    """Everything GP Connect requires on display before a slot is booked, and where it is."""
    lines = [
        Fact("When", f"{clock.moment_words(facts.window.start, now)} to {clock.time_words(facts.window.end)}"),
        Fact("Length", wording.counted(facts.minutes, "minute")),
        Fact("How", wording.CHANNELS[facts.channel]),
        Fact("Who", ", ".join(part for part in (facts.practitioner_name, wording.ROLES[facts.role]) if part)),
        Fact("Clinician’s gender", wording.GENDERS[facts.practitioner_gender or Gender.UNKNOWN]),
        Fact("Slot type", facts.slot_type),
        Fact("Clinic", facts.session_name),
        Fact("Where", ", ".join(part for part in (facts.site_name or facts.host_name, address_words(facts)) if part)),
        Fact("Practice", f"{facts.host_name}, {facts.host_phone}" if facts.host_phone else facts.host_name),
        Fact("Staff line", facts.host_bypass_phone),
        Fact("At the site", ", ".join(sorted(wording.access_words(code) for code in facts.site_access))),
        Fact("Finding it", facts.site_directions),
    ]
    return tuple(line for line in lines if line.value)


def spelt(spoken: str) -> str:
    """A reference to be read out letter by letter: B Z M R, 3 2 2 N."""
    return ", ".join(" ".join(half) for half in spoken.split("-"))


def read_out(booking: BookingView, old: BookingView | None = None) -> tuple[str, ...]:
    """What to say to the patient: sentences to be read aloud; of the `old` appointment too, when it was moved."""
    facts = booking.facts
    day, at = clock.spoken_date(london_date(facts.window.start)), clock.spoken_time(facts.window.start)
    who = wording.ROLES[facts.role]
    article = "an" if who[0] in "AEIOU" else "a"
    who = who if facts.role.value == "gp" else who.lower()
    if facts.channel is DeliveryChannel.TELEPHONE:
        first = f"{article.capitalize()} {who} from {facts.host_name} will ring you on {day}, at {at}."
        second = f"They will ring {booking.phone}. The number may be withheld." if booking.phone else ""
    elif facts.channel is DeliveryChannel.VIDEO:
        first = f"You have a video appointment with {article} {who} from {facts.host_name} on {day}, at {at}."
        second = ""
    else:
        place = facts.site_name or facts.host_name
        first = f"You have an appointment with {article} {who} on {day}, at {at}, at {place}."
        address = address_words(facts)
        second = f"That is at {address}." if address else ""
    more = _on_the_way(facts) if facts.channel is DeliveryChannel.IN_PERSON else ()
    interpreter = (
        f"We have told them that you need an interpreter for {booking.interpreter}." if booking.interpreter else ""
    )
    reference = f"Your reference is {spelt(booking.ref.spoken)}."
    last = "If you cannot come, please ring us as soon as you can, so that somebody else can have the time."
    said = (first, second, *more, _instead(old), interpreter, reference, last)
    return tuple(sentence for sentence in said if sentence)


def _instead(old: BookingView | None) -> str:
    """The old appointment, so that nobody comes to both."""
    if old is None:
        return ""
    start, host = old.facts.window.start, old.facts.host_name
    gone = "is cancelled" if old.state is BookingState.CANCELLED else "is being cancelled: please do not keep it"
    return (
        f"Your old appointment, on {clock.spoken_date(london_date(start))}, at {clock.spoken_time(start)}, "
        f"with {host}, {gone}."
    )


def cancelled_words(booking: BookingView) -> str:
    """What the patient is to be told once it is cancelled; of a moved one the new one's script speaks, and who came all
    the same is told nothing."""
    told_otherwise = booking.replaced_by is not None or booking.came_at is not None
    if booking.state is not BookingState.CANCELLED or told_otherwise:
        return ""
    start = booking.facts.window.start
    day, at = clock.spoken_date(london_date(start)), clock.spoken_time(start)
    return f"Your appointment on {day}, at {at}, with {booking.facts.host_name}, is cancelled."


ARRIVE = "five minutes early"


def _on_the_way(facts: SlotFacts) -> tuple[str, ...]:
    """How to find the way in, where the practice has said so, and when to be there."""
    directions = facts.site_directions.strip()
    if directions and directions[-1] not in ".!?":
        directions += "."
    return directions, f"Please come {ARRIVE}, and bring a list of your medicines."


@dataclass(frozen=True, slots=True)
class StateTag:
    """A state's tag: words and colour."""

    words: str
    colour: str


def state_tag(state: BookingState) -> StateTag:
    """The tag for a booking's state."""
    return StateTag(*wording.STATES[state])


def booking_tag(booking: BookingView) -> StateTag:
    """The same; of a booking that stands, that its host says otherwise."""
    if booking.state is BookingState.BOOKED and booking.at_host is not None:
        return StateTag("Moved by the practice" if booking.at_host.window else "Not at the practice", "orange")
    return state_tag(booking.state)


def hold_words(facts: SlotFacts, now: datetime) -> str:
    """A hold in one line: Today 6.50pm, GP, Fallodon Way."""
    when = clock.short_moment_words(facts.window.start, now)
    return f"{when}, {wording.ROLES[facts.role]}, {facts.site_name or facts.host_name}"


_OVER = frozenset({BookingState.CANCELLED, BookingState.REFUSED})


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One booking in a list."""

    ref: str
    spoken: str
    when: str
    ahead: bool  # still to come, and not cancelled or refused
    patient: str
    born: str
    nhs_number: str
    where: str
    role: str
    reason: str
    note: str
    channel: str
    by: str
    tag: StateTag


def booking_line(booking: BookingView, now: datetime) -> BookingLine:
    """A line for one booking."""
    facts = booking.facts
    return BookingLine(
        ref=booking.ref.value,
        spoken=booking.ref.spoken,
        when=clock.short_moment_words(facts.window.start, now),
        ahead=facts.window.end > now and booking.state not in _OVER,
        patient=full_name(booking.family, booking.given),
        born=clock.birth_date_words(booking.birth_date),
        nhs_number=booking.nhs_number.spaced,
        where=facts.site_name or facts.host_name,
        role=wording.ROLES[facts.role],
        reason=booking.description,
        note=booking.comment,
        channel=wording.CHANNELS[facts.channel],
        by=booking.booking_practice_name,
        tag=booking_tag(booking),
    )


@dataclass(frozen=True, slots=True)
class BookingLists:
    """Bookings in two lists: those that still count, and those that are over."""

    ahead: tuple[BookingLine, ...]
    over: tuple[BookingLine, ...]


def booking_lists(bookings: Iterable[BookingView], now: datetime) -> BookingLists:
    """Those to come, soonest first; apart from them the past, cancelled and refused ones, latest first."""
    ordered = [booking_line(one, now) for one in sorted(bookings, key=lambda booking: booking.facts.window.start)]
    ahead = tuple(line for line in ordered if line.ahead)
    return BookingLists(ahead, tuple(line for line in reversed(ordered) if not line.ahead))


def booking_facts(booking: BookingView, now: datetime) -> tuple[Fact, ...]:
    """What was agreed around the slot: reason, note, who booked, under which agreement."""
    cancelled = wording.CANCELLATIONS[booking.cancel_reason] if booking.cancel_reason else ""
    lines = [
        Fact("Reason", booking.description),
        Fact("Note", booking.comment),
        Fact("Number to ring", booking.phone),
        Fact("Interpreter", booking.interpreter),
        Fact("Access needs", ", ".join(wording.access_words(need) for need in booking.access_needs)),
        Fact("Second booking that day", booking.clash_reason),
        Fact("Booked by", f"{booking.created_by_name}, {booking.booking_practice_name}"),
        Fact("Asked for", clock.short_moment_words(booking.requested_at, now)),
        Fact("Their reference", booking.host_reference),
        Fact("Agreement", f"{booking.agreement}, clause {booking.clause}" if booking.clause else booking.agreement),
        Fact("Cancelled because", cancelled),
    ]
    return tuple(line for line in lines if line.value)
