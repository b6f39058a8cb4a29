"""A move is a booking with `replaces`: the new time first, then the old is given up, and both are shown until then."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from connectors.mock.script import Mishap
from scheduling import booking, cancelling, views
from scheduling.commands import CancelBooking
from scheduling.problems import BookingUnknown, WrongState
from scheduling.results import BookingView
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.world import HOST, OTHER, TONIGHT, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef

pytestmark = pytest.mark.database


def _old(world: World) -> BookingView:
    world.clinic()
    world.clinic(starts=TONIGHT + timedelta(days=1))
    world.see()
    return world.book()


def _tomorrow(world: World) -> int:
    """The place of the first offer of tomorrow's."""
    return next(
        place for place, offer in enumerate(world.offers()) if offer.facts.window.start > TONIGHT + timedelta(hours=12)
    )


def test_moving_to_the_same_evening_needs_no_reason(world: World) -> None:
    old = _old(world)
    new = world.book(replaces=old.ref)
    assert (new.state, world.state(old.ref)) == (BookingState.BOOKED, BookingState.CANCELLED)
    check_hosts(world)


def test_while_a_move_is_in_doubt_both_are_shown_and_the_old_may_not_be_moved_again(world: World) -> None:
    old = _old(world)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    new = world.book(index=_tomorrow(world), replaces=old.ref)
    assert new.state is BookingState.IN_DOUBT
    shown = views.booking(world.desk, old.ref, caller())
    assert (shown.state, shown.replaced_by) == (BookingState.BOOKED, new.ref)
    held = world.hold(index=_tomorrow(world))
    with pytest.raises(WrongState, match="being moved"):
        booking.book(world.desk, world.form(held.ref, replaces=old.ref, clash_reason="Another day"), caller())
    world.sweep(seconds=15)
    assert (world.state(new.ref), world.state(old.ref)) == (BookingState.BOOKED, BookingState.CANCELLED)
    check_hosts(world)
    check_accounts(world)


def test_after_a_refused_move_another_may_be_tried(world: World) -> None:
    old = _old(world)
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    assert world.book(index=_tomorrow(world), replaces=old.ref).state is BookingState.REFUSED
    shown = world.view(old.ref)
    assert shown
    assert shown.replaced_by is None
    new = world.book(index=_tomorrow(world), replaces=old.ref)
    assert new.state is BookingState.BOOKED
    check_hosts(world)


def test_two_moves_of_one_booking_at_once_leave_one(world: World) -> None:
    old = _old(world)
    forms = [world.form(world.hold(index=place).ref, replaces=old.ref, clash_reason="x") for place in (1, 2)]
    start = Barrier(2)

    def move(place: int) -> bool:
        start.wait(timeout=10)
        try:
            return booking.book(world.desk, forms[place], caller()).state is BookingState.BOOKED
        except WrongState:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(move, (0, 1))) == 1
    assert len(live(world)) == 1
    check_hosts(world)
    check_claims(world, holds=1)


def test_what_was_cancelled_while_its_move_was_in_doubt_is_cancelled_once(world: World) -> None:
    old = _old(world)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    new = world.book(index=_tomorrow(world), replaces=old.ref)
    cancelling.cancel(world.desk, CancelBooking(old.ref, CancellationReason.PATIENT_ASKED), caller())
    world.sweep(seconds=15)
    assert world.state(new.ref) is BookingState.BOOKED
    gone = world.view(old.ref)
    assert gone
    assert (gone.state, gone.cancel_reason) == (BookingState.CANCELLED, CancellationReason.PATIENT_ASKED)
    check_accounts(world)
    check_hosts(world)


def test_only_a_booked_booking_still_ahead_is_moved(world: World) -> None:
    old = _old(world)
    cancelled = cancelling.cancel(world.desk, CancelBooking(old.ref, CancellationReason.PATIENT_ASKED), caller())
    held = world.hold(index=_tomorrow(world))
    with pytest.raises(WrongState, match="cancelled"):
        booking.book(world.desk, world.form(held.ref, replaces=cancelled.ref), caller())
    begun = world.book()
    world.clock.at = TONIGHT + timedelta(minutes=1)
    with pytest.raises(WrongState, match="already started"):
        booking.book(world.desk, world.form(held.ref, replaces=begun.ref, clash_reason="x"), caller())
    assert world.state(begun.ref) is BookingState.BOOKED
    assert world.state(held.ref) is None


def test_a_strangers_booking_cannot_be_moved(world: World) -> None:
    old = _old(world)
    world.see(who=OTHER)
    stranger = caller(OTHER, user="otto")
    held = world.hold(stranger)
    with pytest.raises(BookingUnknown):
        booking.book(world.desk, world.form(held.ref, replaces=old.ref, clash_reason="x"), stranger)
    with pytest.raises(BookingUnknown):
        booking.book(world.desk, world.form(held.ref, replaces=BookingRef.from_number(3), clash_reason="x"), stranger)
    assert world.state(old.ref) is BookingState.BOOKED


def test_a_move_between_hosts_leaves_the_old_host_free(world: World) -> None:
    slots = world.clinic()
    world.clinic(OTHER, starts=TONIGHT + timedelta(days=1))
    for host in (HOST, OTHER):
        world.see(host=host)
    old = world.book()
    assert old.facts.host == HOST
    new = world.book(index=_tomorrow(world), replaces=old.ref)
    assert (new.facts.host, new.state) == (OTHER, BookingState.BOOKED)
    assert all(world.network.diary(HOST).is_free(slot) for slot in slots)
    assert [event.to_state for event in views.history(world.desk, old.ref, caller())] == [
        BookingState.REQUESTED,
        BookingState.BOOKED,
        BookingState.CANCELLING,
        BookingState.CANCELLED,
    ]
    check_hosts(world)
