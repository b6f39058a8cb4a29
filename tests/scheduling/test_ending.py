"""What was foreseen is carried out: new acts stop, and each booking is kept or listed to be moved."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduling import cancelling
from scheduling.commands import CancelBooking
from scheduling.consequences import foresee
from scheduling.ending import Carried, carry_out
from scheduling.problems import NoSuchAgreement
from sharing_agreements.deeds import NotYourAgreement
from sharing_agreements.drafting import Ref
from sharing_agreements.problems import NotPermitted
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.register import Register
from tests.scheduling.test_consequences import busy
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
FARAH = caller(HOME, user="farah", role=UserRole.FEDERATION_ADMIN)
RUTH = caller(HOME, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
REF = Ref("DSA-1", 1)


def propose(world: World, kind: ProposalKind = ProposalKind.END, **changes: object) -> Proposal:
    return Proposal(**{"kind": kind, "at": NOW, "agreement_id": world.agreement, **changes})  # type: ignore[arg-type]


def do(world: World, proposal: Proposal, *, moves: Collection[str] = (), who: Caller = FARAH) -> Carried:
    register = Register(world.work, world.clock)
    return carry_out(world.desk, register, proposal, REF, reason="We part.", moves=moves, caller=who)


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
    assert "DSA-1 v1, under which this was booked, stops on 24/11/2026." in item.words
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
