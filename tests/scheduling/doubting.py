"""Bringing bookings into doubt and out of it again: steps that the tests of resolving share."""

from datetime import timedelta

from connectors.mock.script import Mishap
from scheduling import cancelling
from scheduling.commands import CancelBooking
from scheduling.results import BookingView
from tests.scheduling.world import HOST, NOW, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller

SILENT, SILENT_DONE = Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.NO_ANSWER_AFTER_COMMIT


class Killed(BaseException):
    """The process dies here."""


def _in_doubt(world: World, mishap: Mishap = SILENT, *, look: Mishap | None = None, **more: object) -> BookingView:
    """Book, without an answer; with `look`, no look is answered either, until the script is cleared."""
    world.clinic()
    world.see()
    world.network.script(HOST).inject("book", mishap)
    if look is not None:
        world.network.script(HOST).inject("find_booking", look, times=None)
    found = world.book(**more)
    assert found.state is BookingState.IN_DOUBT
    return found


def _at(world: World, *, seconds: float) -> int:
    """Sweep so many seconds after the start of the story."""
    world.clock.at = NOW + timedelta(seconds=seconds)
    return world.sweep()


def _looks(world: World) -> int:
    return sum(call.method == "find_booking" for call in world.network.script(HOST).calls)


def _cancel(world: World, ref: BookingRef, who: Caller | None = None) -> BookingView:
    return cancelling.cancel(world.desk, CancelBooking(ref, CancellationReason.PATIENT_ASKED), who or caller())


def _booked(world: World) -> BookingView:
    world.clinic()
    world.see()
    return world.book()
