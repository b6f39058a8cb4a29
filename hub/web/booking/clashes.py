"""Where a slot meets a booking that the patient has already, as far as the banner knows them. The desk has the rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.web import clock_words as clock
from hub.web.booking.on_the_phone import OnThePhone, UpcomingBooking, booking_line
from scheduling.problems import PatientClash
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.times import Window

_OVER = frozenset({BookingState.REFUSED, BookingState.CANCELLED})


def known_bookings(patient: OnThePhone | None, moving: BookingRef | None) -> tuple[UpcomingBooking, ...]:
    """The bookings that take the patient's time, without the one that is being moved."""
    lines = patient.bookings if patient else ()
    return tuple(
        line for line in lines if BookingState(line.state) not in _OVER and (moving is None or line.ref != moving.value)
    )


def overlapping(window: Window, bookings: Iterable[UpcomingBooking]) -> UpcomingBooking | None:
    """The booking that overlaps this time: the desk refuses such a second one."""
    return next((line for line in bookings if line.window and line.window.overlaps(window)), None)


def overlap_words(window: Window, bookings: Iterable[UpcomingBooking]) -> str:
    """For a row of the results: Overlaps the patient’s booking at 6.40pm."""
    found = overlapping(window, bookings)
    return f"Overlaps the patient’s booking at {clock.time_words(found.window.start)}" if found and found.window else ""


@dataclass(frozen=True, slots=True)
class InTheWay:
    """The booking that a clash is about, and what can be done about it."""

    line: UpcomingBooking
    overlaps: bool
    unknown: bool  # whether it is booked is not known: it can be neither moved nor cancelled
    cancelling: bool
    known_by: datetime | None  # when the hub will know, if the host answers
    phone: str


def in_the_way(clash: PatientClash, *, now: datetime, patience: timedelta) -> InTheWay:
    """What the hold's page says of a clash before the form is filled in, or again when it was."""
    other = clash.other
    known_by = other.requested_at + patience
    return InTheWay(
        line=booking_line(other),
        overlaps=not clash.overridable,
        unknown=other.state in (BookingState.REQUESTED, BookingState.IN_DOUBT),
        cancelling=other.state is BookingState.CANCELLING,
        known_by=known_by if known_by > now else None,
        phone=other.facts.host_bypass_phone or other.facts.host_phone,
    )
