"""Offers and hosts as the search shows them: pure functions, no template, no clock of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from hub.web import clock_words as clock
from hub.web import wording
from hub.web.booking import clashes
from hub.web.booking.on_the_phone import UpcomingBooking
from hub.web.presenters import miles_words
from practices.slot_types import Service
from scheduling.commands import FindSlots
from scheduling.results import Freshness, HostAnswer, Offer, SlotFacts
from sharing_agreements.terms import Why
from vocabulary.slots import PractitionerRole
from vocabulary.times import london_date

_NO_AGREEMENT = frozenset(Why) - {Why.OWN_PRACTICE, Why.GRANTED}


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
    overlap: str = ""  # which booking of the patient's it overlaps


@dataclass(frozen=True, slots=True)
class OfferDay:
    """One day of the results."""

    near: str  # Today, Tomorrow or nothing
    words: str
    lines: tuple[OfferLine, ...]


def offer_line(offer: Offer, now: datetime, taken: Sequence[UpcomingBooking] = ()) -> OfferLine:
    """A row for one offer; `taken`: bookings that the patient has already."""
    facts = offer.facts
    role, channel = wording.ROLES[facts.role], wording.CHANNELS[facts.channel]
    time = clock.time_words(facts.window.start)
    place = facts.site_name or facts.host_name
    miles = miles_words(offer.miles)
    overlap = clashes.overlap_words(facts.window, taken)
    away = f"{miles} from home" if miles else ""
    said = (time, wording.counted(facts.minutes, "minute"), role, channel.lower(), place, away, overlap)
    label = ", ".join(part for part in said if part)
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
        overlap=overlap,
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


def offer_days(offers: Iterable[Offer], now: datetime, taken: Sequence[UpcomingBooking] = ()) -> tuple[OfferDay, ...]:
    """Offers by day, in the order they came."""
    days = []
    for day, of_day in groupby(offers, key=lambda offer: london_date(offer.facts.window.start)):
        lines = tuple(offer_line(offer, now, taken) for offer in of_day)
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
        parts.append(f"{wording.counted(command.minutes, 'minute')} or longer")
    parts.append(clock.days_words(first, last, now))
    if command.within_miles is not None:
        parts.append(f"within {wording.counted(command.within_miles, 'mile')}")
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


def why_words(answer: HostAnswer, now: datetime) -> str:
    """Why a practice can or cannot be seen, in a sentence or two."""
    asked = f" It was last asked {clock.ago_words(answer.asked_at, now)}." if answer.asked_at else ""
    if answer.offered:
        times = wording.counted(answer.offered, "free time")
        return f"You can see it: it offers {times} in the next 14 days.{asked}"
    return f"{answer.explanation}{asked}"
