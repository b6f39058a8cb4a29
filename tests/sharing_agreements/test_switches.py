"""Kill switches: who may pull them, what is kept of it, and that they hold everywhere from their commit on."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from threading import Event

import pytest

from practices.admin import NotYourPractice, UnknownPractice
from scheduling import booking, cancelling, claims, holding, syncing
from scheduling.commands import CancelBooking, TakeHold
from sharing_agreements import switches
from sharing_agreements.gate import Gate
from sharing_agreements.problems import NotPermitted
from sharing_agreements.switches import Pulled, ReasonNeeded
from sharing_agreements.terms import Why
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database

THEIRS = caller(HOST, user="mina.manager", role=UserRole.PRACTICE_MANAGER)


def pull(
    world: World, scope: Scope, *, who: Caller = THEIRS, ods: OdsCode = HOST, reason: str = "Two staff ill"
) -> None:
    switches.pull(world.work, ods, scope, reason, caller=who, clock=world.clock)


def release(world: World, scope: Scope, *, who: Caller = THEIRS, ods: OdsCode = HOST, reason: str = "All well") -> None:
    switches.release(world.work, ods, scope, reason, caller=who, clock=world.clock)


def pulled(world: World, ods: OdsCode = HOST) -> tuple[Pulled, ...]:
    with world.work.read() as tx:
        return switches.pulled(tx, ods)


def test_none_is_pulled_until_somebody_does_and_who_and_why_is_kept(world: World) -> None:
    assert pulled(world) == ()
    pull(world, Scope.BOOK, reason="  Two   staff ill ")
    pull(world, Scope.BOOK, reason="again")
    assert pulled(world) == (Pulled(Scope.BOOK, NOW, "Rita Reception", "Two staff ill"),)
    (told,) = world.ledger(act="switch.pulled")
    assert (told.acting_for, told.host_ods, told.reason, told.detail) == (
        HOST.value,
        HOST.value,
        "Two staff ill",
        {"scope": "book"},
    )
    release(world, Scope.BOOK)
    release(world, Scope.BOOK)
    assert pulled(world) == ()
    assert [row.reason for row in world.ledger(act="switch.released")] == ["All well"]
    pull(world, Scope.BOOK)
    assert len(world.ledger(act="switch.pulled")) == 2


@pytest.mark.parametrize("role", UserRole)
def test_its_own_manager_and_guardian_and_a_federation_admin_may(world: World, role: UserRole) -> None:
    may_at_home = role in (UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN, UserRole.FEDERATION_ADMIN)
    for ods, may in ((HOST, may_at_home), (OTHER, role is UserRole.FEDERATION_ADMIN)):
        who = caller(HOST, role=role)
        if may:
            pull(world, Scope.BOOK, who=who, ods=ods)
        else:
            with pytest.raises(NotYourPractice):
                pull(world, Scope.BOOK, who=who, ods=ods)
        assert bool(pulled(world, ods)) == may


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_needed_and_fits_in_a_sentence(world: World, reason: str) -> None:
    with pytest.raises(ReasonNeeded):
        pull(world, Scope.BOOK, reason=reason)
    with pytest.raises(ReasonNeeded):
        release(world, Scope.BOOK, reason=reason)
    assert pulled(world) == ()


def test_a_practice_that_nobody_knows_has_no_switches(world: World) -> None:
    with pytest.raises(UnknownPractice):
        pull(world, Scope.BOOK, who=caller(role=UserRole.FEDERATION_ADMIN), ods=OdsCode("Y99999"))


def test_a_pulled_switch_is_seen_by_every_gate_at_its_commit_and_stops_both_ways(world: World) -> None:
    gates = [world.desk.gate, Gate(world.work, world.clock)]
    for gate in gates:
        assert gate.permit(caller(), HOST, Scope.BOOK).decision.why is Why.GRANTED
    pull(world, Scope.BOOK)
    for gate in gates:
        with pytest.raises(NotPermitted, match="has switched booking off for all other practices") as theirs:
            gate.permit(caller(), HOST, Scope.BOOK)
        with pytest.raises(NotPermitted, match="Your practice has switched booking off") as yours:
            gate.permit(caller(HOST), HOME, Scope.BOOK)
        assert (theirs.value.decision.why, yours.value.decision.why) == (Why.KILL_SWITCH_THEIRS, Why.KILL_SWITCH_YOURS)
        assert gate.permit(caller(HOST), HOST, Scope.BOOK).decision.why is Why.OWN_PRACTICE
        assert gate.permit(caller(), HOST, Scope.SEE_SLOTS).decision.allowed, "each switch is of one kind of access"
        assert gate.permit(caller(), OTHER, Scope.BOOK).decision.allowed
    release(world, Scope.BOOK)
    for gate in gates:
        assert gate.permit(caller(), HOST, Scope.BOOK).decision.allowed


def test_while_seeing_is_stopped_nothing_is_shown_and_nothing_asked(world: World) -> None:
    world.clinic()
    world.see()
    assert world.offers()
    pull(world, Scope.SEE_SLOTS)
    assert world.offers() == ()
    asked = len(world.network.script(HOST).calls)
    assert syncing.sync_one(world.desk, HOST, HOME, "near") is False
    assert len(world.network.script(HOST).calls) == asked
    release(world, Scope.SEE_SLOTS)
    assert world.sync() and world.offers()


def test_what_was_booked_can_be_given_back_while_booking_is_stopped(world: World) -> None:
    world.clinic()
    world.see()
    made, seen = world.book(), world.offers()[0]
    pull(world, Scope.BOOK)
    assert world.offers() == (), "what nobody can be given is not offered"
    with pytest.raises(NotPermitted):
        holding.take(world.desk, TakeHold(seen.slot_ids), caller())
    cancelled = cancelling.cancel(world.desk, CancelBooking(made.ref, CancellationReason.PATIENT_ASKED), caller())
    assert cancelled.state is BookingState.CANCELLED
    told = world.ledger(act="permit.book")[-1]
    assert (told.reason, told.detail) == ("giving-back", {"despite": "kill-switch-theirs"})


@pytest.mark.parametrize("act", ["hold", "book"])
def test_a_claim_waits_for_a_switch_being_pulled_and_is_then_refused(
    world: World, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clinic(slots=1)
    world.see()
    offer = world.offers()[0]
    held = world.hold() if act == "book" else None
    written, go_on = Event(), Event()
    account = switches._account

    def slowly(*args: object) -> None:
        written.set()
        assert go_on.wait(timeout=10)
        account(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(switches, "_account", slowly)

    def go() -> object:
        if held:
            return booking.book(world.desk, world.form(held.ref), caller())
        return holding.take(world.desk, TakeHold(offer.slot_ids), caller())

    with ThreadPoolExecutor(2) as pool:
        pulling = pool.submit(pull, world, Scope.BOOK)
        assert written.wait(timeout=10)
        acting = pool.submit(go)
        with pytest.raises(StillWaiting):
            acting.result(timeout=0.2)
        go_on.set()
        pulling.result(timeout=10)
        with pytest.raises(NotPermitted, match="withdrawn a moment ago"):
            acting.result(timeout=10)
    assert world.network.diary(HOST).appointments == ()


def test_a_switch_being_pulled_waits_for_a_claim_that_has_been_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clinic(slots=1)
    world.see()
    let_in, go_on = Event(), Event()
    take = claims.take

    def slowly(*args: object, **more: object) -> bool:
        let_in.set()
        assert go_on.wait(timeout=10)
        return take(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "take", slowly)
    offer = world.offers()[0]
    with ThreadPoolExecutor(2) as pool:
        holding_it = pool.submit(holding.take, world.desk, TakeHold(offer.slot_ids), caller())
        assert let_in.wait(timeout=10)
        pulling = pool.submit(pull, world, Scope.BOOK)
        with pytest.raises(StillWaiting):
            pulling.result(timeout=0.15)
        go_on.set()
        assert holding_it.result(timeout=10).facts.host == HOST
        pulling.result(timeout=10)
