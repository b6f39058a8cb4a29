"""Tonight's list in lines: what reception needs at the door, nothing more, fit for paper and for a file."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.web import clock_words as clock
from hub.web import wording
from hub.web.presenters import full_name, spaced
from scheduling.results import BookingView
from vocabulary.appointments import BookingState


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
    note: str = ""  # a copy kept by an older hub has none

    def __repr__(self) -> str:
        return f"TonightLine({self.ref})"


def tonight_lines(bookings: Iterable[BookingView], home_names: dict[str, str]) -> tuple[TonightLine, ...]:
    """The list, by time and then by name."""
    ordered = sorted(bookings, key=lambda booking: (booking.facts.window.start, booking.family, booking.given))
    return tuple(_line(booking, home_names) for booking in ordered)


def _line(booking: BookingView, home_names: dict[str, str]) -> TonightLine:
    facts = booking.facts
    words, colour = _state(booking)
    needs = [wording.access_words(need) for need in booking.access_needs]
    if booking.interpreter:
        needs.insert(0, f"Interpreter: {booking.interpreter}")
    home = str(booking.home_practice or "")
    return TonightLine(
        ref=booking.ref.value,
        spoken=booking.ref.spoken,
        time=clock.time_words(facts.window.start),
        minutes=facts.minutes,
        patient=full_name(booking.family, booking.given),
        born=clock.birth_date_words(booking.birth_date),
        nhs_number=spaced(booking.nhs_number.value),
        home_practice=home_names.get(home, home) or booking.booking_practice_name,
        phone=booking.phone,
        role=wording.ROLES[facts.role],
        clinician=facts.practitioner_name,
        site=facts.site_name or facts.host_name,
        channel=wording.CHANNELS[facts.channel],
        reason=booking.description,
        needs=tuple(needs),
        state=words,
        colour=colour,
        booked=booking.state is BookingState.BOOKED and booking.at_host is None,
        note=booking.comment,
    )


def _state(booking: BookingView) -> tuple[str, str]:
    """As booked; or what the practice changed in its own system, when somebody may still come."""
    at_host = booking.at_host
    if booking.state is BookingState.BOOKED and at_host is not None:
        if at_host.window is not None:
            return f"You moved it to {clock.time_words(at_host.window.start)}", "orange"
        return "No longer in your own system", "orange"
    return wording.STATES[booking.state]
