"""From results to what a page says: pure functions, no template, no clock of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from hub.web import clock_words as clock
from hub.web import wording
from practices.slot_types import Service
from scheduling.commands import FindSlots
from scheduling.results import BookingView, Freshness, HostAnswer, Offer, SlotFacts
from sharing_agreements.terms import Why
from vocabulary.appointments import BookingState
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole
from vocabulary.times import london_date

_NO_AGREEMENT = frozenset(Why) - {Why.OWN_PRACTICE, Why.GRANTED}


def spaced(nhs_number: str) -> str:
    """An NHS number in groups of 3, 3 and 4."""
    return f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"


def miles_words(miles: float | None) -> str:
    """2.1 miles, under half a mile, or nothing when it is not known."""
    if miles is None:
        return ""
    if miles < 0.5:
        return "under ½ mile"
    return f"{miles:.1f} miles" if miles < 9.95 else f"{miles:.0f} miles"


def full_name(family: str, given: str) -> str:
    """PRITCHARD, Joan: the family name in capitals, as the NHS writes it."""
    return f"{family.upper()}, {given}" if given else family.upper()


def address_words(facts: SlotFacts) -> str:
    """The site's address on one line."""
    parts = [*facts.site_address, facts.site_postcode]
    return ", ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One row of the results."""

    value: str  # what the form sends: slot ids and when it starts
    time: str
    day: str
    minutes: int
    role: str
    service: str
    channel: str
    place: str
    practice: str
    miles: str
    count: int
    age: str
    stale: bool
    label: str


@dataclass(frozen=True, slots=True)
class OfferDay:
    """One day of the results."""

    near: str  # Today, Tomorrow or nothing
    words: str
    lines: tuple[OfferLine, ...]


def offer_line(offer: Offer, now: datetime) -> OfferLine:
    """A row for one offer."""
    facts = offer.facts
    role, channel = wording.ROLES[facts.role], wording.CHANNELS[facts.channel]
    time = clock.time_words(facts.window.start)
    place = facts.site_name or facts.host_name
    miles = miles_words(offer.miles)
    label = ", ".join(part for part in (time, f"{facts.minutes} minutes", role, channel.lower(), place, miles) if part)
    return OfferLine(
        value=hold_value(offer),
        time=time,
        day=clock.short_day_words(london_date(facts.window.start), now),
        minutes=facts.minutes,
        role=role,
        service=_service_words(facts),
        channel=channel,
        place=place,
        practice=facts.host_name if place.casefold() != facts.host_name.casefold() else "",
        miles=miles,
        count=offer.count,
        age=clock.ago_words(offer.seen_at, now),
        stale=(now - offer.seen_at).total_seconds() > 15 * 60,
        label=label,
    )


_USUAL = {
    PractitionerRole.GP: Service.GENERAL_CONSULTATION,
    PractitionerRole.NURSE: Service.NURSE_CLINIC,
    PractitionerRole.PHYSIOTHERAPIST: Service.FIRST_CONTACT_PHYSIOTHERAPY,
    PractitionerRole.PHARMACIST: Service.MEDICATION_REVIEW,
    PractitionerRole.MENTAL_HEALTH_NURSE: Service.MENTAL_HEALTH_SUPPORT,
    PractitionerRole.HEALTHCARE_ASSISTANT: Service.HEALTH_CHECK,
}


def _service_words(facts: SlotFacts) -> str:
    """The service where it says more than the role does; a slot nobody mapped shows the practice's own wording."""
    if not facts.service:
        return facts.slot_type
    if facts.service not in set(Service):
        return facts.service.replace("-", " ").capitalize()
    service = Service(facts.service)
    return "" if _USUAL.get(facts.role) is service else service.words


def offer_days(offers: Iterable[Offer], now: datetime) -> tuple[OfferDay, ...]:
    """Offers by day, in the order they came."""
    days = []
    for day, of_day in groupby(offers, key=lambda offer: london_date(offer.facts.window.start)):
        lines = tuple(offer_line(offer, now) for offer in of_day)
        words = clock.date_words(day, today=london_date(now))
        days.append(OfferDay(clock.near_day_words(day, now), words, lines))
    return tuple(days)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the button of an offer sent: which slots, and what they were, so that the like can be offered instead."""

    slot_ids: tuple[int, ...]
    start: float = 0.0
    role: str = ""
    channel: str = ""


def hold_value(offer: Offer) -> str:
    """What the button of an offer sends: `12.13@1795547400@gp@in-person`."""
    facts = offer.facts
    ids = ".".join(str(slot_id) for slot_id in offer.slot_ids)
    return f"{ids}@{int(facts.window.start.timestamp())}@{facts.role.value}@{facts.channel.value}"


def chosen(value: str) -> Chosen:
    """Read it back; whatever does not fit is nothing."""
    ids, start, role, channel = (*value.split("@"), "", "", "", "")[:4]
    slot_ids = tuple(int(part) for part in ids.split(".") if part.isdecimal() and len(part) < 19)
    return Chosen(slot_ids, float(start) if start.isdecimal() and len(start) < 12 else 0.0, role, channel)


def nearest(offers: Sequence[Offer], lost: Chosen, *, count: int = 3) -> tuple[Offer, ...]:
    """The offers most like one that was lost: the same role and channel first, then nearest in time."""

    def unlike(offer: Offer) -> tuple[bool, float]:
        facts = offer.facts
        same = (facts.role.value, facts.channel.value) == (lost.role, lost.channel)
        return not same, abs(facts.window.start.timestamp() - lost.start)

    others = [offer for offer in offers if not set(offer.slot_ids) & set(lost.slot_ids)]
    return tuple(sorted(others, key=unlike)[:count])


def searched_words(command: FindSlots, first: date, last: date, now: datetime, *, host_name: str = "") -> str:
    """What was searched, as one phrase: never a bare "none"."""
    who = " or ".join(sorted(wording.ROLES[role] for role in command.roles)) or "any clinician"
    how = " or ".join(sorted(wording.CHANNELS[channel].lower() for channel in command.channels))
    parts = [who]
    if how:
        parts.append(how)
    if command.minutes:
        parts.append(f"{command.minutes} minutes or longer")
    parts.append(clock.days_words(first, last, now))
    if command.within_miles is not None:
        parts.append(f"within {command.within_miles:g} miles")
    if host_name:
        parts.append(f"at {host_name}")
    if command.access_needs:
        parts.append(
            "with " + " and ".join(sorted(wording.access_words(need).lower() for need in command.access_needs))
        )
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class HostsBelow:
    """The hosts under the results: those that do not answer well, and those that have nothing, each with the reason."""

    silent: tuple[HostAnswer, ...]
    empty: tuple[HostAnswer, ...]
    closed_to_us: tuple[HostAnswer, ...]
    answering: int


def hosts_below(hosts: Iterable[HostAnswer]) -> HostsBelow:
    """Sort the hosts' answers for the page."""
    silent, empty, closed, answering = [], [], [], 0
    for host in hosts:
        if host.why in _NO_AGREEMENT:
            closed.append(host)
        elif host.freshness is not Freshness.FRESH:
            silent.append(host)
        else:
            answering += 1
            if not host.offered:
                empty.append(host)
    return HostsBelow(tuple(silent), tuple(empty), tuple(closed), answering)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a summary list."""

    name: str
    value: str


def slot_facts(facts: SlotFacts, now: datetime) -> tuple[Fact, ...]:
    """Everything GP Connect requires on display before a slot is booked, and where it is."""
    lines = [
        Fact("When", f"{clock.moment_words(facts.window.start, now)} to {clock.time_words(facts.window.end)}"),
        Fact("Length", f"{facts.minutes} minutes"),
        Fact("How", wording.CHANNELS[facts.channel]),
        Fact("Who", ", ".join(part for part in (facts.practitioner_name, wording.ROLES[facts.role]) if part)),
        Fact("Their gender", wording.GENDERS[facts.practitioner_gender or Gender.UNKNOWN]),
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
    """A reference to be read out sign by sign: B Z M R, 3 2 2 N."""
    return ", ".join(" ".join(half) for half in spoken.split("-"))


def read_out(booking: BookingView) -> tuple[str, ...]:
    """What to say to the patient: sentences to be read aloud."""
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
    third = f"Your reference is {spelt(booking.ref.spoken)}."
    last = "If you cannot come, please ring us as soon as you can, so that somebody else can have the time."
    return tuple(sentence for sentence in (first, second, third, last) if sentence)


@dataclass(frozen=True, slots=True)
class StateTag:
    """A state's tag: words and colour."""

    words: str
    colour: str


def state_tag(state: BookingState) -> StateTag:
    """The tag for a booking's state."""
    return StateTag(*wording.STATES[state])


def hold_words(facts: SlotFacts, now: datetime) -> str:
    """A hold in one line: Today 6.50pm, GP, Fallodon Way."""
    when = clock.short_moment_words(facts.window.start, now)
    return f"{when}, {wording.ROLES[facts.role]}, {facts.site_name or facts.host_name}"


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One booking in a list."""

    ref: str
    spoken: str
    when: str
    past: bool
    patient: str
    born: str
    where: str
    role: str
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
        past=facts.window.end <= now,
        patient=full_name(booking.family, booking.given),
        born=clock.birth_date_words(booking.birth_date),
        where=facts.site_name or facts.host_name,
        role=wording.ROLES[facts.role],
        channel=wording.CHANNELS[facts.channel],
        by=booking.booking_practice_name,
        tag=state_tag(booking.state),
    )


def booking_lines(bookings: Iterable[BookingView], now: datetime) -> tuple[BookingLine, ...]:
    """Bookings to come first, soonest first; then the past, latest first."""
    ordered = sorted(bookings, key=lambda booking: booking.facts.window.start)
    ahead = [booking for booking in ordered if booking.facts.window.end > now]
    behind = [booking for booking in reversed(ordered) if booking.facts.window.end <= now]
    return tuple(booking_line(booking, now) for booking in (*ahead, *behind))


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


def why_words(answer: HostAnswer, now: datetime) -> str:
    """Why a practice can or cannot be seen, in a sentence or two."""
    asked = f" It was last asked {clock.ago_words(answer.asked_at, now)}." if answer.asked_at else ""
    if answer.offered:
        plural = "s" if answer.offered > 1 else ""
        return f"You can see it: it offers {answer.offered} free time{plural} in the next 14 days.{asked}"
    return f"{answer.explanation}{asked}"
