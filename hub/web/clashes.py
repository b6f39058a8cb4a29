"""Where a slot meets a booking that the patient has already, as far as the banner knows them. The desk has the rule."""

from collections.abc import Iterable

from hub.web import clock_words as clock
from hub.web.on_the_phone import OnThePhone, UpcomingBooking
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.times import Window, london_date

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


def same_day(window: Window, bookings: Iterable[UpcomingBooking]) -> UpcomingBooking | None:
    """A booking on the same day: the desk wants to know why a second one is needed."""
    day = london_date(window.start)
    return next((line for line in bookings if line.window and london_date(line.window.start) == day), None)


def overlap_words(window: Window, bookings: Iterable[UpcomingBooking]) -> str:
    """For a row of the results: Overlaps the patient’s booking at 6.40pm."""
    found = overlapping(window, bookings)
    return f"Overlaps the patient’s booking at {clock.time_words(found.window.start)}" if found and found.window else ""
