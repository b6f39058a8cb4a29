"""What a change of agreements would do is told before it is made, and is what then happens."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduling.consequences import Consequences, ContractRule, foresee
from scheduling.problems import NoSuchAgreement
from sharing_agreements.gate import Gate
from sharing_agreements.problems import NotPermitted
from sharing_agreements.proposals import Proposal, ProposalKind
from tests.scheduling.world import HOME, HOST, NOW, OTHER, RITA, TONIGHT, World, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
MINA = caller(HOME, user="mina", role=UserRole.PRACTICE_MANAGER)
ADMIN = caller(OdsCode("Y90099"), user="farah", role=UserRole.FEDERATION_ADMIN)


def busy(world: World) -> World:
    """Two evenings at the host, one slot of which is booked; list sizes known."""
    world.clinic(slots=4)
    world.clinic(slots=2, starts=TONIGHT + timedelta(days=2))
    world.see()
    world.see(host=HOST, who=OTHER)
    world.book()
    with world.work.begin() as tx:
        tx.execute(text("UPDATE practice SET list_size = 5000"))
    return world


def ending(world: World, **changes: object) -> Proposal:
    return Proposal(**{"kind": ProposalKind.END, "at": NOW, "agreement_id": world.agreement, **changes})  # type: ignore[arg-type]


def pairs(found: Consequences, scope: Scope) -> set[tuple[OdsCode, OdsCode]]:
    return {(loss.asker, loss.giver) for loss in found.lost if loss.scope is scope}


def test_everything_that_would_be_lost_is_told(world: World) -> None:
    busy(world)
    found = foresee(world.desk, ending(world), MINA)
    assert len(pairs(found, Scope.BOOK)) == 6 and not found.harmless
    (group,) = found.groups
    (booking,) = group.bookings
    assert (group.booking_practice, group.host, group.key) == (HOME, HOST, f"{HOME}-{HOST}")
    assert booking.starts == TONIGHT and booking.minutes == 15
    assert found.bookings == (booking,)
    # Both neighbours are shown the same slots: each counts once. The booked one is no longer offered to anybody.
    by_day = {day.day.isoformat(): (day.slots, day.minutes) for day in found.days}
    assert by_day == {"2026-11-24": (3, 45), "2026-11-26": (2, 30)}
    assert (found.slots, found.slot_minutes) == (5, 75)


def test_the_contract_is_held_against_what_is_left(world: World) -> None:
    busy(world)
    found = foresee(world.desk, ending(world), MINA, rule=ContractRule(minutes_per_thousand=10, basis="for the test"))
    minutes = {one.practice: one for one in found.contract}
    assert (minutes[HOME].needed, minutes[HOME].before, minutes[HOME].then, minutes[HOME].short) == (50, 90, 0, 50)
    assert (minutes[HOST].before, minutes[HOST].then, minutes[HOST].short) == (90, 90, 0)


def test_who_loses_what_is_counted_by_role_with_who_used_it_lately(world: World) -> None:
    busy(world)
    found = foresee(world.desk, ending(world), MINA)
    people = {(one.practice, one.role): one for one in found.people}
    assert people[HOME, UserRole.RECEPTIONIST].scopes == (Scope.SEE_SLOTS, Scope.BOOK)
    assert people[HOME, UserRole.RECEPTIONIST].hosts == 2
    assert people[HOME, UserRole.RECEPTIONIST].used_lately == 1
    assert people[OTHER, UserRole.RECEPTIONIST].used_lately == 0
    assert not [role for _, role in people if role is UserRole.SYSTEM]


def test_what_a_second_agreement_grants_is_not_lost(world: World) -> None:
    busy(world)
    world.agree({HOME, HOST}, code="DSA-2")
    found = foresee(world.desk, ending(world), MINA)
    assert (HOME, HOST) not in pairs(found, Scope.BOOK) and (HOME, OTHER) in pairs(found, Scope.BOOK)
    assert found.groups == ()


def test_a_later_end_leaves_what_comes_before_it(world: World) -> None:
    busy(world)
    found = foresee(world.desk, ending(world, at=NOW + timedelta(days=1)), MINA)
    assert found.groups == () and {day.day.isoformat() for day in found.days} == {"2026-11-26"}
    assert foresee(world.desk, ending(world, at=NOW + timedelta(days=999)), MINA).harmless


@pytest.mark.parametrize(
    ("who", "kept"), [(OTHER, {(HOME, HOST), (HOST, HOME)}), (HOST, {(HOME, OTHER), (OTHER, HOME)})]
)
def test_when_a_practice_leaves_the_others_go_on(
    world: World, who: OdsCode, kept: set[tuple[OdsCode, OdsCode]]
) -> None:
    busy(world)
    found = foresee(world.desk, Proposal(ProposalKind.LEAVE, NOW, practice=who), ADMIN)
    assert pairs(found, Scope.BOOK).isdisjoint(kept) and len(pairs(found, Scope.BOOK)) == 4
    assert bool(found.groups) == (who == HOST)


def test_taking_one_clause_out_takes_only_its_own(world: World) -> None:
    busy(world)
    found = foresee(world.desk, ending(world, kind=ProposalKind.DROP, clauses=frozenset({"2.1"})), MINA)
    assert {loss.scope for loss in found.lost} == {Scope.SEE_SLOTS}
    assert found.groups == () and found.slots > 0


def test_a_drafted_version_is_held_against_the_present_one(world: World) -> None:
    busy(world)
    drafted = world.agree({HOME, HOST, OTHER}, code="DSA-1-DRAFT")
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement SET status = 'draft' WHERE id = :id"), {"id": drafted})
        tx.execute(
            text("UPDATE agreement_grant SET roles = '{clinician}' WHERE agreement_id = :id AND scope = 'book'"),
            {"id": drafted},
        )
    replacing = ending(world, kind=ProposalKind.REPLACE, replacement_id=drafted)
    found = foresee(world.desk, replacing, MINA)
    assert {loss.scope for loss in found.lost} == {Scope.BOOK} and found.groups == ()
    assert {one.role for one in found.people} == set(UserRole) - {UserRole.CLINICIAN, UserRole.SYSTEM}


def test_what_was_foreseen_is_what_the_gate_then_refuses(world: World) -> None:
    busy(world)
    found = foresee(world.desk, ending(world, kind=ProposalKind.SUSPEND), MINA)
    world.suspend()
    gate = Gate(world.work, world.clock)
    for loss in found.lost:
        for role in loss.roles - {UserRole.SYSTEM}:
            with pytest.raises(NotPermitted):
                gate.permit(caller(loss.asker, role=role), loss.giver, loss.scope)


def test_it_was_asked_is_in_the_ledger_and_names_no_patient(world: World) -> None:
    busy(world)
    foresee(world.desk, ending(world), MINA)
    (event,) = world.ledger(act="agreement.foreseen")
    assert (event.user_id, event.agreement, event.nhs_number, event.detail["kind"]) == ("mina", "DSA-1 v1", "", "end")
    assert event.detail["bookings"] == 1


def test_nobody_asks_about_an_agreement_of_others(world: World) -> None:
    stranger = caller(OdsCode("Y90099"), user=RITA, role=UserRole.PRACTICE_MANAGER)
    for proposal in (ending(world), ending(world, agreement_id=999), Proposal(ProposalKind.LEAVE, NOW, practice=HOST)):
        with pytest.raises(NoSuchAgreement):
            foresee(world.desk, proposal, stranger)
    with pytest.raises(NoSuchAgreement):
        foresee(world.desk, ending(world, agreement_id=999), ADMIN)
