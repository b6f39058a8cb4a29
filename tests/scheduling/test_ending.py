"""What was foreseen is carried out: new acts stop, and each booking is kept or listed to be moved."""

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text

from scheduling import attention, booking, cancelling, ending
from scheduling.commands import CancelBooking
from scheduling.consequences import foresee
from scheduling.ending import Carried, carry_out, lists_bookings
from scheduling.problems import NoSuchAgreement
from sharing_agreements import stopping, switches
from sharing_agreements.deeds import Deed, DeedRefused, NotYourAgreement
from sharing_agreements.drafting import Ref
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.problems import NotPermitted
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.register import Register
from sharing_agreements.stopping import Ending
from storage.work import Tx
from tests.scheduling.test_consequences import busy
from tests.scheduling.world import BOB, HOME, HOST, NOW, OTHER, TONIGHT, World, caller
from vocabulary.agreements import AtEnd
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
FARAH = caller(HOME, user="farah", role=UserRole.FEDERATION_ADMIN)
RUTH = caller(HOME, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
REF = Ref("DSA-1", 1)


def propose(world: World, kind: ProposalKind = ProposalKind.END, **changes: object) -> Proposal:
    return Proposal(**{"kind": kind, "at": NOW, "agreement_id": world.agreement, **changes})  # type: ignore[arg-type]


def do(world: World, proposal: Proposal, *, moves: Collection[str] = (), who: Caller = FARAH) -> Carried:
    return carry_out(world.desk, proposal, REF, reason="We part.", moves=moves, caller=who)


def test_kept_bookings_take_place_and_new_ones_are_refused(world: World) -> None:
    busy(world)
    done = do(world, propose(world))
    (kept,) = done.kept
    assert world.state(kept.ref) is BookingState.BOOKED and world.attention() == []
    assert world.offers() == ()
    with pytest.raises(NotPermitted):
        world.desk.gate.permit(caller(), HOST, Scope.BOOK)
    (told,) = world.ledger(act="agreement.booking-chosen")
    assert (told.booking_ref, told.detail, told.nhs_number) == (kept.ref.value, {"choice": "keep"}, "")


def test_bookings_to_be_moved_are_on_the_list_of_who_booked_them_and_can_be_cancelled(world: World) -> None:
    busy(world)
    done = do(world, propose(world), moves={f"{HOME}-{HOST}"})
    (moved,) = done.to_move
    (item,) = world.attention()
    assert (item.kind, item.owner_ods, item.booking_ref) == ("agreement-stops", HOME.value, moved.ref.value)
    assert item.words.startswith("The appointment on 24/11/2026 at 18:")
    assert "DSA-1 v1, which allows it, stops on 24/11/2026. Book another time" in item.words
    cancelling.cancel(world.desk, CancelBooking(moved.ref, CancellationReason.PATIENT_ASKED), caller())
    assert world.state(moved.ref) is BookingState.CANCELLED


def test_a_later_end_is_planned_and_touches_only_what_comes_after(world: World) -> None:
    busy(world)
    done = do(world, propose(world, at=NOW + timedelta(days=1)))
    assert done.kept == done.to_move == ()
    with world.work.read() as tx:
        status, ends = tx.execute(text("SELECT status, ends_at FROM agreement")).one()
    assert status == "in-force" and ends == NOW + timedelta(days=1)
    assert world.offers()


def test_a_practice_leaves_by_its_own_guardian(world: World) -> None:
    busy(world)
    done = do(world, propose(world, ProposalKind.LEAVE, practice=HOME), who=RUTH, moves={f"{HOME}-{HOST}"})
    assert len(done.to_move) == 1
    assert foresee(world.desk, propose(world, ProposalKind.LEAVE, practice=OTHER), FARAH).groups == ()


def test_who_may_not_changes_nothing(world: World) -> None:
    busy(world)
    with pytest.raises(NotYourAgreement):
        do(world, propose(world), who=RUTH, moves={f"{HOME}-{HOST}"})
    with pytest.raises(NoSuchAgreement):
        do(world, propose(world, ProposalKind.DROP, clauses=frozenset({"2.1"})))
    assert world.attention() == [] and world.ledger(act="agreement.booking-chosen") == []


# --- One transaction: what stops and what is listed because of it are one.


def status(world: World) -> str:
    with world.work.read() as tx:
        return str(tx.scalar(text("SELECT status FROM agreement WHERE code = 'DSA-1'")))


def wired(world: World) -> Register:
    """The register as the hub has it."""
    return Register(world.work, world.clock, lists_bookings(world.desk.gate))


def test_a_crash_after_listing_leaves_nothing_half_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(world)
    really = attention.raise_for_bookings

    def dies(*args: object, **more: object) -> None:
        really(*args, **more)  # type: ignore[arg-type]
        raise MemoryError

    monkeypatch.setattr(attention, "raise_for_bookings", dies)
    with pytest.raises(MemoryError):
        do(world, propose(world), moves={f"{HOME}-{HOST}"})
    assert status(world) == "in-force" and world.attention() == [] and world.offers()
    monkeypatch.undo()
    assert len(do(world, propose(world), moves={f"{HOME}-{HOST}"}).to_move) == 1
    assert status(world) == "ended" and len(world.attention()) == 1


def test_a_reason_that_is_none_lists_nothing(world: World) -> None:
    busy(world)
    with pytest.raises(DeedRefused):
        carry_out(world.desk, propose(world), REF, reason=" ", moves={f"{HOME}-{HOST}"}, caller=FARAH)
    assert status(world) == "in-force" and world.attention() == []


def test_what_is_ended_without_a_page_is_listed_too(world: World) -> None:
    busy(world)
    wired(world).end(REF, Ending("We part.", AtEnd.MOVE), caller=FARAH)
    (item,) = world.attention()
    assert item.kind == attention.AGREEMENT_STOPS


def test_at_its_last_second_what_was_booked_until_then_is_listed_once(world: World) -> None:
    """The choice was recorded beforehand; nobody is there at the time, and the timetable may run twice."""
    world.clinic(slots=4, starts=TONIGHT + timedelta(days=2))
    world.see(stretch="near")
    first = world.book().ref
    stops = NOW + timedelta(days=1)
    planned = Ending("We part.", AtEnd.MOVE, stops)
    wired(world).end(REF, planned, caller=FARAH)
    assert [item.booking_ref for item in world.attention()] == [first.value]
    with world.work.begin() as tx:
        attention.settle_for(tx, first.value, by="joan", settlement="Patient told", at=NOW)
    second = world.book(nhs_number=BOB, index=1).ref
    world.clock.at = stops
    assert wired(world).expire_due(caller=FARAH) == 1
    assert wired(world).expire_due(caller=FARAH) == 0
    assert [item.booking_ref for item in world.attention()] == [second.value], "what was dealt with stays so"
    assert status(world) == "ended"


def test_one_that_is_replaced_at_its_last_second_leaves_nothing_behind(world: World) -> None:
    busy(world)
    world.agree({HOME, HOST, OTHER}, code="DSA-2")
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement SET ends_at = :now, at_end = 'move' WHERE code = 'DSA-1'"), {"now": NOW})
    assert wired(world).expire_due(caller=FARAH) == 1
    assert world.attention() == [] and world.ledger(act="agreement.booking-chosen") == []


def test_no_booking_slips_in_between_the_list_and_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A booking under way while the list is made waits for the end to commit, and finds that it stands no more."""
    world.clinic()
    world.see()
    held = world.hold()
    really = ending.stranded
    with ThreadPoolExecutor(1) as pool:
        under_way: list[Future[object]] = []

        def meanwhile(tx: Tx, *rest: Any, **more: Any) -> object:
            under_way.append(pool.submit(booking.book, world.desk, world.form(held.ref), caller()))
            waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            until = monotonic() + 10
            while not tx.scalar(waits) and monotonic() < until:
                tx.execute(text("SELECT pg_stat_clear_snapshot()"))
            assert tx.scalar(waits), "the booking never came as far as the agreement"
            return really(tx, *rest, **more)

        monkeypatch.setattr(ending, "stranded", meanwhile)
        done = do(world, propose(world), moves={f"{HOME}-{HOST}"})
        with pytest.raises(Problem):
            under_way[0].result(timeout=10)
    assert done == Carried((), ()) and world.attention() == []
    assert status(world) == "ended" and world.view(held.ref) is None


# --- Who acts for whom.


def test_nobody_takes_another_practice_out_by_a_typed_address(world: World) -> None:
    busy(world)
    for who, practice in ((RUTH, OTHER), (FARAH, HOST)):
        with pytest.raises(NoSuchAgreement, match="by its own manager"):
            do(world, propose(world, ProposalKind.LEAVE, practice=practice), who=who)
    with pytest.raises(NotYourAgreement):  # a federation admin sits at a practice, and does not answer for it
        do(world, propose(world, ProposalKind.LEAVE, practice=HOME), who=FARAH)
    assert world.ledger(act="agreement.left")[0].outcome == "refused"
    assert len(world.ledger(act="agreement.left")) == 1 and world.offers()


@pytest.mark.parametrize("kind", [ProposalKind.SUSPEND, ProposalKind.LEAVE])
def test_only_an_end_can_be_set_for_later(world: World, kind: ProposalKind) -> None:
    busy(world)
    with pytest.raises(NoSuchAgreement, match="take effect at once"):
        do(world, propose(world, kind, at=NOW + timedelta(days=1), practice=HOME), who=RUTH)
    assert status(world) == "in-force"


# --- A practice leaves everything.


def everything(world: World) -> Proposal:
    return Proposal(ProposalKind.LEAVE, NOW, practice=HOME)


def leave_all(world: World, *, who: Caller = RUTH, moves: Collection[str] = ()) -> Carried:
    return carry_out(world.desk, everything(world), None, reason="We leave.", moves=moves, caller=who)


def test_a_practice_leaves_all_its_agreements_at_once(world: World) -> None:
    busy(world)
    world.agree({HOME, HOST}, code="DSA-2")
    world.agree({HOST, OTHER}, code="DSA-3")
    foreseen = foresee(world.desk, everything(world), RUTH)
    done = leave_all(world, moves={f"{HOME}-{HOST}"})
    assert [booking.ref for booking in done.to_move] == [booking.ref for booking in foreseen.bookings]
    assert len(done.to_move) == 1, "once, though two agreements granted it"
    left = [event.agreement for event in world.ledger(act="agreement.left")]
    assert left == ["DSA-1 v1", "DSA-2 v1"], "each has its own account"
    with pytest.raises(NotPermitted):
        world.desk.gate.permit(caller(), HOST, Scope.BOOK)
    world.desk.gate.permit(caller(OTHER), HOST, Scope.BOOK)


def test_it_leaves_all_or_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(world)
    world.agree({HOME, HOST}, code="DSA-2")
    really, left = stopping.leave, []

    def dies(deed: Deed, code: str, *rest: Any, **more: Any) -> object:
        left.append(code)
        if len(left) == 2:
            raise MemoryError
        return really(deed, code, *rest, **more)

    monkeypatch.setattr(stopping, "leave", dies)
    with pytest.raises(MemoryError):
        leave_all(world, moves={f"{HOME}-{HOST}"})
    assert len(left) == 2 and world.ledger(act="agreement.left") == [] and world.attention() == []
    world.desk.gate.permit(caller(), HOST, Scope.BOOK)


def test_only_its_own_manager_or_guardian_takes_a_practice_out_of_everything(world: World) -> None:
    busy(world)
    for who in (FARAH, caller()):
        with pytest.raises(NotYourAgreement):
            leave_all(world, who=who)
    leave_all(world)
    with pytest.raises(NotNow, match="no agreement that your practice could leave"):
        leave_all(world)


# --- Whatever is paused: after an incident patients are forgotten most easily.


def paused(world: World, how: str) -> None:
    if how == "suspended":
        world.suspend()
    else:
        switches.pull(world.work, HOME, Scope.BOOK, "A breach is looked into.", caller=RUTH, clock=world.clock)


@pytest.mark.parametrize("how", ["suspended", "switched off"])
def test_what_is_booked_is_counted_and_moved_whatever_is_paused(world: World, how: str) -> None:
    busy(world)
    paused(world, how)
    found = foresee(world.desk, propose(world), FARAH)
    assert [len(group.bookings) for group in found.groups] == [1] and not found.harmless
    done = do(world, propose(world), moves={f"{HOME}-{HOST}"})
    assert [booking.ref for booking in done.to_move] == [found.bookings[0].ref] and len(world.attention()) == 1


def test_what_another_agreement_still_allows_is_not_left_behind(world: World) -> None:
    busy(world)
    world.agree({HOME, HOST, OTHER}, code="DSA-2")
    world.suspend()
    assert foresee(world.desk, propose(world), FARAH).groups == ()
    assert do(world, propose(world)).kept == ()
