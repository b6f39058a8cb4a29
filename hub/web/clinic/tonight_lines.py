"""Tonight's list in lines: what reception needs at the door, nothing more, fit for paper and for a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from hub.web import clock_words as clock
from hub.web import wording
from hub.web.clinic.session_words import (
    host_notice,
    is_gone,
    mode_words,
    namesakes,
    shown_window,
    since_words,
    status,
    was_at,
)
from hub.web.presenters import full_name, spaced
from scheduling.results import BookingView
from scheduling.visit_rules import SPOKEN_OF, Visit
from scheduling.visiting import ExpectedVisit
from vocabulary.appointments import BookingState
from vocabulary.visits import VisitStatus


@dataclass(frozen=True, slots=True)
class TonightLine:
    """One patient expected."""

    ref: str
    spoken: str
    time: str
    minutes: int
    patient: str
    born: str
    nhs_number: str
    home_practice: str
    phone: str
    role: str
    clinician: str
    site: str
    channel: str
    reason: str
    needs: tuple[str, ...]
    state: str
    colour: str
    booked: bool
    # A copy kept by an older hub has none of what follows.
    note: str = ""
    was_at: str = ""  # the time the patient was told, where the host has another
    gone: bool = False  # cancelled: struck through, for somebody may still come
    notice: str = ""  # who cancelled it, and when
    namesake: str = ""  # who might be taken for whom

    def __repr__(self) -> str:
        return f"TonightLine({self.ref})"


def tonight_lines(
    visits: Iterable[ExpectedVisit], day: date, now: datetime, home_names: Mapping[str, str]
) -> tuple[TonightLine, ...]:
    """The list, by time and then by name."""
    expected = tuple(visits)
    alike = namesakes(one.booking for one in expected)
    ordered = sorted(
        expected, key=lambda one: (shown_window(one.booking, day).start, one.booking.family, one.booking.given)
    )
    return tuple(replace(_line(one, day, now, home_names), namesake=alike.get(one.booking.ref, "")) for one in ordered)


def _line(one: ExpectedVisit, day: date, now: datetime, home_names: Mapping[str, str]) -> TonightLine:
    booking, visit = one.booking, one.visit
    facts, shown = booking.facts, shown_window(booking, day)
    words, colour = _state(booking, visit)
    needs = [wording.access_words(need) for need in booking.access_needs]
    if booking.interpreter:
        needs.insert(0, f"Interpreter: {booking.interpreter}")
    home = str(booking.home_practice or "")
    gone = is_gone(booking, visit)
    notice = host_notice(booking, now, visit=visit) if booking.state is BookingState.CANCELLED else None
    return TonightLine(
        ref=booking.ref.value,
        spoken=booking.ref.spoken,
        time=clock.time_words(shown.start),
        minutes=facts.minutes,
        patient=full_name(booking.family, booking.given),
        born=clock.birth_date_words(booking.birth_date),
        nhs_number=spaced(booking.nhs_number.value),
        home_practice=home_names.get(home, home) or "not known",
        phone=booking.phone,
        role=wording.ROLES[facts.role],
        clinician=facts.practitioner_name,
        site=facts.site_name or facts.host_name,
        channel=mode_words(booking, visit),
        reason=booking.description,
        needs=tuple(needs),
        state=words,
        colour=colour,
        booked=booking.state is BookingState.BOOKED
        and booking.at_host is None
        and visit.status is VisitStatus.EXPECTED
        and not visit.calls,
        note=booking.comment,
        was_at=was_at(booking, shown),
        gone=gone,
        notice=f"{notice.words} {notice.more}".strip() if notice else "",
    )


def _state(booking: BookingView, visit: Visit) -> tuple[str, str]:
    """Where the patient is; of whom nothing was said, what the practice changed in its own system."""
    if is_gone(booking, visit) or booking.state not in (*SPOKEN_OF, BookingState.CANCELLED):
        return wording.STATES[booking.state]
    words, colour = status(booking, visit)
    if visit.status is VisitStatus.ARRIVED and visit.since is not None:
        return f"Here since {since_words(visit)}", colour
    if visit.since is not None:
        return f"{words}, {since_words(visit)}", colour
    if visit.calls:
        return f"{words}, {clock.time_words(visit.calls[-1].at)}", colour
    if booking.at_host is not None and booking.at_host.window is not None:
        return f"You moved it to {clock.time_words(booking.at_host.window.start)}", "orange"
    if booking.at_host is not None:
        return "No longer in your own system", "orange"
    return words, colour
