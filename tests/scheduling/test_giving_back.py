"""Giving a slot back when the agreement it was booked under no longer lets anybody in: always, and on record."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from connectors.mock.script import Mishap
from scheduling import booking, cancelling, holding
from scheduling.commands import CancelBooking, TakeHold
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from sharing_agreements.problems import NotPermitted
from tests.scheduling.agreeing import check_claims, check_hosts
from tests.scheduling.world import ANN, HOME, HOST, OTHER, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller

pytestmark = pytest.mark.database


def _booked(world: World) -> BookingView:
    world.clinic()
    world.see()
    return world.book()


def _cancel(world: World, ref: BookingRef, who: Caller | None = None) -> BookingView:
    return cancelling.cancel(world.desk, CancelBooking(ref, CancellationReason.PATIENT_ASKED), who or caller())


def _end(world: World) -> None:
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement SET ends_at = :at"), {"at": world.clock.now()})


def _methods(world: World) -> list[str]:
    """What the host was asked, in order."""
    return [call.method for call in world.network.script(HOST).calls]


@pytest.mark.parametrize(("stop", "why"), [(World.suspend, "suspended"), (_end, "ended")])
def test_a_booking_is_cancelled_although_its_agreement_no_longer_holds(
    world: World, stop: Callable[[World], None], why: str
) -> None:
    found = _booked(world)
    stop(world)
    assert _cancel(world, found.ref).state is BookingState.CANCELLED
    check_hosts(world)
    check_claims(world)
    permit = world.ledger(act="permit.book")[-1]
    assert (permit.outcome, permit.reason, permit.detail) == ("allowed", "giving-back", {"despite": why})
    assert (permit.agreement, permit.clause, permit.nhs_number) == ("DSA-1 v1", "", ANN.value)
    assert (permit.booking_ref, permit.host_ods) == (found.ref.value, HOST.value)


def test_the_slot_given_back_is_neither_looked_at_nor_to_be_had_again(world: World) -> None:
    found = _booked(world)
    offer = world.offers()[0]
    world.suspend()
    asked = len(_methods(world))
    _cancel(world, found.ref)
    assert _methods(world)[asked:].count("cancel") == 1
    assert "free_slots" not in _methods(world)[asked:], "the hub may not look into that diary any more"
    assert world.offers() == ()
    with pytest.raises(NotPermitted, match="suspended"):
        holding.take(world.desk, TakeHold(offer.slot_ids), caller())


def test_a_cancellation_that_the_host_did_not_answer_is_carried_out_after_the_suspension(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.UNREACHABLE)
    assert _cancel(world, found.ref).state is BookingState.CANCELLING
    world.suspend()
    world.sweep(minutes=2)
    assert world.state(found.ref) is BookingState.CANCELLED
    check_hosts(world)


def test_a_move_gives_back_at_a_suspended_host_and_books_where_an_agreement_holds(world: World) -> None:
    old = _booked(world)
    world.agree({HOME, OTHER}, code="DSA-2")
    world.clinic(OTHER)
    world.see(host=OTHER)
    world.suspend()
    new = world.book(replaces=old.ref)
    assert (new.facts.host, new.state) == (OTHER, BookingState.BOOKED)
    assert world.state(old.ref) is BookingState.CANCELLED
    booked, given_back = world.ledger(act="permit.book")[-2:]
    assert (booked.agreement, booked.reason, booked.host_ods) == ("DSA-2 v1", "granted", OTHER.value)
    assert (given_back.agreement, given_back.reason, given_back.host_ods) == ("DSA-1 v1", "giving-back", HOST.value)
    assert (given_back.booking_ref, given_back.detail) == (old.ref.value, {"despite": "suspended"})


def test_a_move_to_a_suspended_host_changes_nothing(world: World) -> None:
    old = _booked(world)
    held = world.hold()
    world.suspend()
    with pytest.raises(NotPermitted, match="suspended"):
        booking.book(world.desk, world.form(held.ref, replaces=old.ref), caller())
    assert world.state(old.ref) is BookingState.BOOKED
    assert world.acts()[-1] == "permit.book", "the old booking was not given up on the way"
    assert world.ledger()[-1].booking_ref == held.ref.value


def test_who_has_no_part_in_a_booking_gets_no_permit_to_give_it_back(world: World) -> None:
    old = _booked(world)
    world.see(who=OTHER)
    stranger = caller(OTHER, user="otto")
    held = world.hold(stranger)
    with pytest.raises(BookingUnknown):
        booking.book(world.desk, world.form(held.ref, replaces=old.ref, clash_reason="x"), stranger)
    with pytest.raises(BookingUnknown):
        _cancel(world, old.ref, stranger)
    permits = [row for row in world.ledger(act="permit.book") if row.acting_for == OTHER.value]
    assert old.ref.value not in [row.booking_ref for row in permits]
