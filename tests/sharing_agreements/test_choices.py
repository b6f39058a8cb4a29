"""Patients' choices: written down at any desk, withdrawn only where the patient is registered, read by the gate."""

import pytest

from connectors.mock.script import Mishap
from sharing_agreements import choices
from sharing_agreements.choices import ChoiceNotYours, HomeUnknown, Recorded
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import PatientFacts, Why
from tests.scheduling.world import ANN, BOB, HOME, HOST, NOW, OTHER, World, caller
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database

DISSENT = PatientChoice.DISSENT_TO_SHARING
ASKED = PatientFacts(permission=Permission.GIVEN, care_link=True)


def write_down(world: World, choice: PatientChoice = DISSENT, *, who: Caller | None = None) -> None:
    choices.write_down(world.work, ANN, choice, caller=who or caller(), clock=world.clock)


def withdraw(world: World, choice: PatientChoice = DISSENT, *, who: Caller | None = None) -> None:
    desk = world.desk
    choices.withdraw(world.work, desk.tracing, ANN, choice, caller=who or caller(), clock=world.clock)


def shown(world: World, number: NHSNumber = ANN) -> tuple[Recorded, ...]:
    return choices.show(world.work, number, caller=caller(), clock=world.clock)


def test_a_choice_stands_from_when_it_is_written_down_until_it_is_withdrawn(world: World) -> None:
    assert shown(world) == ()
    write_down(world)
    world.clock.forward(minutes=1)
    write_down(world)
    write_down(world, PatientChoice.TYPE_1_OPT_OUT, who=caller(HOST))
    first, second = shown(world)
    assert first == Recorded(DISSENT, NOW, "Rita Reception", HOME, f"Practice {HOME}")
    assert (second.choice, second.practice) == (PatientChoice.TYPE_1_OPT_OUT, HOST)
    assert shown(world, BOB) == ()
    withdraw(world)
    withdraw(world)
    assert [each.choice for each in shown(world)] == [PatientChoice.TYPE_1_OPT_OUT]
    write_down(world)
    assert len(shown(world)) == 2


def test_each_step_is_in_the_ledger_with_the_patient_and_the_choice(world: World) -> None:
    shown(world)
    write_down(world)
    write_down(world)
    withdraw(world)
    withdraw(world)
    told = [(row.act, row.nhs_number, row.detail, row.acting_for) for row in world.ledger()]
    assert told == [
        ("choice.shown", ANN.value, {}, HOME.value),
        ("choice.recorded", ANN.value, {"choice": "dissent-to-sharing"}, HOME.value),
        ("choice.withdrawn", ANN.value, {"choice": "dissent-to-sharing"}, HOME.value),
    ]


def test_only_the_patients_own_practice_withdraws_a_choice_and_never_in_doubt(world: World) -> None:
    write_down(world, who=caller(HOST))
    with pytest.raises(ChoiceNotYours, match="where the patient is registered"):
        withdraw(world, who=caller(HOST, role=UserRole.CALDICOTT_GUARDIAN))
    assert [(row.outcome, row.acting_for) for row in world.ledger(act="choice.withdrawn")] == [("refused", HOST.value)]
    world.network.tracing.script.inject("trace", Mishap.UNREACHABLE)
    with pytest.raises(HomeUnknown):
        withdraw(world)
    assert len(shown(world)) == 1
    withdraw(world)
    assert shown(world) == ()


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.FEDERATION_ADMIN, UserRole.SYSTEM])
def test_who_meets_no_patients_keeps_none_of_their_choices(world: World, role: UserRole) -> None:
    who = caller(role=role)
    for act in (
        lambda: write_down(world, who=who),
        lambda: withdraw(world, who=who),
        lambda: choices.show(world.work, ANN, caller=who, clock=world.clock),
    ):
        with pytest.raises(ChoiceNotYours):
            act()
    assert world.ledger() == []


def test_the_gate_reads_the_choices_itself_whatever_the_verb_says_of_them(world: World) -> None:
    world.grant("view-record")
    gate = world.desk.gate
    assert gate.permit(caller(), HOST, Scope.VIEW_RECORD, nhs_number=ANN, patient=ASKED).decision.allowed
    write_down(world)
    with pytest.raises(NotPermitted) as refused:
        gate.permit(caller(), HOST, Scope.VIEW_RECORD, nhs_number=ANN, patient=ASKED)
    assert refused.value.decision.why is Why.DISSENT
    told = world.ledger(act="permit.view-record")[-1]
    assert (told.outcome, told.reason, told.agreement) == ("refused", "dissent", "DSA-1 v1")
    assert told.detail == {"care_link": True, "permission": "given"}
    assert gate.permit(caller(), HOST, Scope.VIEW_RECORD, nhs_number=BOB, patient=ASKED).decision.allowed
    assert gate.permit(caller(), HOST, Scope.BOOK, nhs_number=ANN).decision.allowed, "it never stops a booking"
    withdraw(world)
    assert gate.permit(caller(), OTHER, Scope.VIEW_RECORD, nhs_number=ANN, patient=ASKED).decision.allowed


def test_a_permit_to_view_falls_with_the_dissent_that_came_after_it(world: World) -> None:
    world.grant("view-record")
    permit = world.desk.gate.permit(caller(), HOST, Scope.VIEW_RECORD, nhs_number=ANN, patient=ASKED)
    write_down(world)
    with world.work.begin() as tx:
        assert not world.desk.gate.stands(tx, permit)


def test_a_patient_who_dissents_is_booked_like_anybody(world: World) -> None:
    for choice in PatientChoice:
        write_down(world, choice)
    world.clinic()
    world.see()
    assert world.book().nhs_number == ANN


def test_of_a_restricted_patient_the_ledger_alone_says_why(world: World) -> None:
    world.grant("view-record")
    with pytest.raises(NotPermitted) as refused:
        world.desk.gate.permit(caller(), HOST, Scope.VIEW_RECORD, nhs_number=ANN, patient=PatientFacts(restricted=True))
    assert refused.value.decision.why is Why.NOT_AVAILABLE
    assert world.ledger(act="permit.view-record")[-1].reason == "restricted"
