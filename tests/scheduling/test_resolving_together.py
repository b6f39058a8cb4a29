"""Several workers at once, cancellations that get no answer, and settling twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from connectors.admission import Pass
from connectors.faults import Unsupported
from connectors.mock.script import Mishap
from connectors.port import GPSystem
from scheduling import asking, cancelling, resolving, views
from scheduling.commands import SettleByHand
from scheduling.outcomes import (
    Absent,
    Booked,
    Cancelled,
    CancelUnanswered,
    Declined,
    Doubtful,
    NotCancelled,
    Outcome,
    Unanswered,
)
from scheduling.settling import settle
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.doubting import SILENT, SILENT_DONE, Killed, _booked, _cancel, _in_doubt, _looks
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, TONIGHT, World, caller
from vocabulary.appointments import BookingRequest, BookingState, Receipt
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import UserRole

pytestmark = pytest.mark.database


# Several workers


def test_two_sweeps_at_once_look_at_each_booking_once(world: World) -> None:
    world.clinic(slots=6)
    world.see()
    for place, number in enumerate([ANN, BOB]):
        world.network.script(HOST).inject("book", SILENT_DONE)
        world.book(nhs_number=number)
        assert len(live(world)) == place + 1
    world.network.script(HOST).inject("find_booking", Mishap.SLOW, times=None, seconds=0.05)
    world.clock.forward(seconds=15)
    start = Barrier(4)

    def sweep() -> int:
        start.wait(timeout=10)
        return resolving.sweep(world.desk)

    with ThreadPoolExecutor(4) as pool:
        taken = [each.result(timeout=30) for each in [pool.submit(sweep) for _ in range(4)]]
    assert sum(taken) == 2
    assert _looks(world) == 2
    check_accounts(world)
    check_hosts(world)


def test_what_a_dead_sweeper_had_taken_is_taken_again_when_its_lease_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _in_doubt(world, SILENT_DONE)

    def die() -> None:
        raise Killed

    world.network.script(HOST).interleave("find_booking", die)
    with pytest.raises(Killed):
        world.sweep(seconds=15)
    assert world.sweep(seconds=44) == 0
    assert world.sweep(seconds=2) == 1
    assert world.state(found.ref) is BookingState.BOOKED
    check_accounts(world)


@pytest.mark.parametrize("state", [BookingState.IN_DOUBT, BookingState.CANCELLING])
def test_a_host_without_a_connection_holds_nobody_up(world: World, state: BookingState) -> None:
    world.clinic()
    world.clinic(OTHER)
    for host in (HOST, OTHER):
        world.see(host=host)
    script = world.network.script(HOST)
    script.inject("cancel" if state is BookingState.CANCELLING else "book", SILENT)
    stuck = world.book(index=_place(world, HOST))
    if state is BookingState.CANCELLING:
        _cancel(world, stuck.ref)
    assert world.state(stuck.ref) is state
    world.network.script(OTHER).inject("book", SILENT_DONE)
    other = world.book(index=_place(world, OTHER), nhs_number=BOB)
    assert other.facts.host == OTHER
    connect = world.desk.connect

    def cut_off(permit: Pass) -> GPSystem:
        if permit.host == HOST:
            raise Unsupported("The hub has no connection to them.")
        return connect(permit)

    world.desk = replace(world.desk, connect=cut_off)
    assert world.sweep(seconds=60) == 2
    assert world.state(stuck.ref) is state
    assert world.state(other.ref) is BookingState.BOOKED
    for _ in range(10):
        world.sweep(minutes=2)
    assert [item.booking_ref for item in world.attention()] == [stuck.ref.value]
    check_accounts(world)


def _place(world: World, host: OdsCode) -> int:
    return [offer.facts.host for offer in world.offers()].index(host)


def test_one_booking_that_cannot_be_resolved_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _in_doubt(world, SILENT_DONE)
    world.clock.forward(seconds=1)
    world.network.script(HOST).inject("book", SILENT_DONE)
    sound = world.book(nhs_number=BOB)
    look = asking.look

    def fall(system: GPSystem, request: BookingRequest, host_name: str) -> Outcome:
        if request.ref == broken.ref:
            raise ZeroDivisionError
        return look(system, request, host_name)

    monkeypatch.setattr(asking, "look", fall)
    world.clock.forward(seconds=16)
    with pytest.raises(ZeroDivisionError):
        resolving.sweep(world.desk)
    assert world.state(sound.ref) is BookingState.BOOKED
    assert world.state(broken.ref) is BookingState.IN_DOUBT
    monkeypatch.undo()
    assert world.sweep(seconds=46) == 1
    assert world.state(broken.ref) is BookingState.BOOKED


# Cancelling


def test_a_cancellation_without_an_answer_keeps_its_claim_and_is_asked_again(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT, times=3)
    assert _cancel(world, found.ref).state is BookingState.CANCELLING
    check_claims(world)
    assert [world.sweep(seconds=wait) for wait in (14, 1, 15, 20)] == [0, 1, 1, 1]
    assert world.state(found.ref) is BookingState.CANCELLED
    check_claims(world)
    check_hosts(world)
    check_accounts(world)


def test_a_cancellation_nobody_answers_reaches_a_person_once_and_ends_with_the_start(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT, times=None)
    _cancel(world, found.ref)
    for _ in range(40):
        world.sweep(minutes=5)
    (item,) = world.attention()
    assert (item.kind, item.owner_ods, item.booking_ref) == ("cancel-stuck", HOME.value, found.ref.value)
    world.clock.at = TONIGHT + timedelta(minutes=11)
    world.sweep()
    assert world.sweep(hours=1) == 0
    assert world.state(found.ref) is BookingState.CANCELLING


@pytest.mark.parametrize(
    ("stands", "state"), [(True, BookingState.BOOKED), (False, BookingState.CANCELLED)], ids=["stands", "is gone"]
)
def test_a_person_may_settle_a_cancellation_nobody_answers(world: World, stands: bool, state: BookingState) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT, times=None)
    _cancel(world, found.ref)
    for _ in range(5):
        world.sweep(minutes=5)
    assert world.attention()
    command = SettleByHand(found.ref, was_booked=stands, why="Rang Grace")
    settled = resolving.settle_by_hand(world.desk, command, caller())
    assert settled.state is state
    assert settled.host_reference == found.host_reference
    assert world.attention() == []
    assert world.sweep(hours=1) == 0
    check_claims(world)
    check_accounts(world)


def test_a_cancellation_asked_for_before_a_crash_is_carried_out_by_the_sweep(world: World) -> None:
    found = _booked(world)

    def die() -> None:
        raise Killed

    world.network.script(HOST).interleave("cancel", die)
    with pytest.raises(Killed):
        _cancel(world, found.ref)
    assert world.state(found.ref) is BookingState.CANCELLING
    assert world.sweep(seconds=59) == 0
    assert world.sweep(seconds=1) == 1
    assert world.state(found.ref) is BookingState.CANCELLED
    check_hosts(world)


def test_who_asked_sees_a_refused_cancellation_and_nobody_else_is_called(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.REFUSED)
    after = _cancel(world, found.ref)
    assert (after.state, after.cancel_reason, after.cancel_asked_at) == (BookingState.BOOKED, None, None)
    assert world.attention() == []
    assert "has not cancelled it" in views.history(world.desk, found.ref, caller())[-1].words


def test_a_refusal_that_only_the_sweep_heard_reaches_a_person(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT)
    world.network.script(HOST).inject("cancel", Mishap.REFUSED)
    _cancel(world, found.ref)
    world.sweep(seconds=60)
    assert world.state(found.ref) is BookingState.BOOKED
    (item,) = world.attention()
    assert (item.kind, item.booking_ref) == ("cancel-stuck", found.ref.value)
    assert "still stands" in item.words


def test_a_moved_booking_that_the_host_will_not_cancel_reaches_a_person(world: World) -> None:
    old = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.REFUSED)
    new = world.book(replaces=old.ref)
    assert (world.state(old.ref), new.state) == (BookingState.BOOKED, BookingState.BOOKED)
    (item,) = world.attention()
    assert (item.kind, item.booking_ref, item.owner_ods) == ("cancel-stuck", old.ref.value, HOME.value)
    check_hosts(world)
    check_accounts(world)


# Settling twice

RECEIPT = Receipt(HOST, "a-99", "1")
OUTCOMES: tuple[Outcome, ...] = (
    Booked(RECEIPT),
    Declined("no", "No."),
    Doubtful("Hm."),
    Absent(),
    Unanswered("Hm."),
    Cancelled("9"),
    NotCancelled("No."),
    CancelUnanswered("Hm."),
)


def _to_booked(world: World) -> BookingRef:
    return _booked(world).ref


def _to_refused(world: World) -> BookingRef:
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    return _booked(world).ref


def _to_cancelled(world: World) -> BookingRef:
    found = _booked(world)
    return _cancel(world, found.ref).ref


@pytest.mark.parametrize("reach", [_to_booked, _to_refused, _to_cancelled])
def test_nothing_that_is_settled_is_settled_again(world: World, reach: Callable[[World], BookingRef]) -> None:
    ref = reach(world)
    before = world.view(ref), world.acts(), world.claimed(), world.attention()
    for outcome in OUTCOMES:
        assert settle(world.desk, ref, outcome, caller=caller()) is None
    assert (world.view(ref), world.acts(), world.claimed(), world.attention()) == before


@pytest.mark.parametrize("outcome", OUTCOMES[:5], ids=lambda outcome: type(outcome).__name__)
def test_a_look_that_comes_late_does_not_disturb_a_cancellation(world: World, outcome: Outcome) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT)
    _cancel(world, found.ref)
    before = world.view(found.ref), world.acts()
    assert settle(world.desk, found.ref, outcome, caller=caller()) is None
    assert (world.view(found.ref), world.acts()) == before


@pytest.mark.parametrize("outcome", OUTCOMES[5:], ids=lambda outcome: type(outcome).__name__)
def test_what_only_a_cancellation_can_bring_is_a_mistake_while_booking(world: World, outcome: Outcome) -> None:
    found = _in_doubt(world)
    with pytest.raises(RuntimeError, match="does not settle"):
        settle(world.desk, found.ref, outcome, caller=caller())
    assert world.state(found.ref) is BookingState.IN_DOUBT


def test_settling_the_same_answer_twice_is_settling_once(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    (there,) = live(world)
    for _ in range(2):
        settle(world.desk, found.ref, Booked(there.receipt), caller=caller())
    assert world.state(found.ref) is BookingState.BOOKED
    check_accounts(world)
    check_hosts(world)


def test_a_booking_nobody_knows_is_not_settled(world: World) -> None:
    assert settle(world.desk, BookingRef.from_number(9), Absent(), caller=caller()) is None
    cancelling.carry_out(world.desk, BookingRef.from_number(9), caller())
    assert world.ledger() == []


def test_the_sweep_speaks_for_the_person_and_practice_that_booked(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    world.sweep(seconds=15)
    last = world.ledger(act="booking.booked")[-1]
    assert (last.user_id, last.acting_for, last.user_role, last.via, last.trace_id) == (
        caller().user_id,
        HOME.value,
        UserRole.SYSTEM.value,
        "job",
        caller().trace_id,
    )
    asked = world.network.script(HOST).calls[-1]
    assert (asked.method, asked.caller.practice) == ("find_booking", HOME)
    assert world.state(found.ref) is BookingState.BOOKED
