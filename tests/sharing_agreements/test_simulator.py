"""The simulator and the gate say the same of every question, and asking leaves no permit behind."""

import pytest
from sqlalchemy import text

from sharing_agreements.choices import write_down
from sharing_agreements.explaining import ChangeKind, Explanation
from sharing_agreements.problems import NotPermitted
from sharing_agreements.simulator import Asked, NotYourQuestion, Simulator
from sharing_agreements.switches import pull
from sharing_agreements.terms import Decision, PatientFacts, Question, Why
from tests.scheduling.world import ANN, HOME, HOST, NOW, OTHER, World, caller
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database
ADMIN = caller(role=UserRole.FEDERATION_ADMIN)
ROLES = (UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.ANALYST)
SCOPES = (Scope.SEE_SLOTS, Scope.BOOK, Scope.VIEW_RECORD)


def said_by_the_gate(world: World, question: Question) -> Decision:
    asker = caller(question.asker, role=question.role)
    try:
        return world.desk.gate.permit(asker, question.giver, question.scope).decision
    except NotPermitted as refused:
        return refused.decision


@pytest.mark.parametrize("status", ["draft", "proposed", "in-force", "suspended", "ended", "expired"])
def test_the_simulator_says_what_the_gate_says(world: World, status: str) -> None:
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement SET status = :status"), {"status": status})
        tx.execute(text("DELETE FROM agreement_signature WHERE ods = :ods"), {"ods": OTHER.value})
        tx.execute(text("UPDATE agreement_grant SET roles = '{receptionist}' WHERE scope = 'book'"))
    questions = [
        Question(asker, role, giver, scope)
        for asker in (HOME, HOST, OTHER)
        for giver in (HOME, HOST, OTHER)
        for role in ROLES
        for scope in SCOPES
    ]
    told = Simulator(world.work, world.desk.gate, world.clock).ask_many(
        [Asked(question, NOW) for question in questions], ADMIN
    )
    for question, found in zip(questions, told, strict=True):
        assert isinstance(found, Explanation)
        assert found.decision == said_by_the_gate(world, question), question
    allowed = {found.decision.allowed for found in told if isinstance(found, Explanation)}
    assert allowed == {True, False}


def test_asking_about_a_made_up_patient_leaves_nothing_in_the_ledger(world: World) -> None:
    Simulator(world.work, world.desk.gate, world.clock).ask(
        Asked(Question(HOME, UserRole.RECEPTIONIST, HOST, Scope.BOOK), NOW), ADMIN
    )
    assert world.ledger() == []


def test_asking_about_a_named_patient_reads_their_choices_and_is_in_the_ledger(world: World) -> None:
    ruth = caller(HOME, user="ruth", role=UserRole.CALDICOTT_GUARDIAN)
    simulator = Simulator(world.work, world.desk.gate, world.clock)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement_grant SET scope = 'view-record' WHERE scope = 'book'"))
    facts = PatientFacts(permission=Permission.GIVEN, care_link=True)
    asked = Asked(Question(HOME, UserRole.CLINICIAN, HOST, Scope.VIEW_RECORD, patient=facts), NOW)
    assert simulator.ask_about(asked, ANN, ruth).decision.allowed
    write_down(world.work, ANN, PatientChoice.DISSENT_TO_SHARING, caller=caller(), clock=world.clock)
    assert simulator.ask_about(asked, ANN, ruth).decision.why is Why.DISSENT
    first, second = world.ledger(act="simulator.asked")
    assert (first.nhs_number, first.outcome, first.user_id) == (ANN.value, "allowed", "ruth")
    assert (second.outcome, second.reason, second.detail["role"]) == ("refused", "dissent", "clinician")
    with pytest.raises(NotYourQuestion):
        simulator.ask_about(asked, ANN, ADMIN)


def test_a_pulled_switch_counts_at_once(world: World) -> None:
    simulator = Simulator(world.work, world.desk.gate, world.clock)
    asked = Asked(Question(HOME, UserRole.RECEPTIONIST, HOST, Scope.BOOK), NOW)
    assert simulator.ask(asked, ADMIN).decision.allowed
    manager = caller(HOST, user="mo", role=UserRole.PRACTICE_MANAGER)
    pull(world.work, HOST, Scope.BOOK, "A fire in the building.", caller=manager, clock=world.clock)
    found = simulator.ask(asked, ADMIN)
    assert found.decision.why is Why.KILL_SWITCH_THEIRS
    assert [change.kind for way in found.ways for change in way] == [ChangeKind.SWITCH_ON]


def test_a_practice_asks_about_itself_only(world: World) -> None:
    question = Question(HOST, UserRole.RECEPTIONIST, OTHER, Scope.BOOK)
    mina = caller(HOME, role=UserRole.PRACTICE_MANAGER)
    with pytest.raises(NotYourQuestion):
        Simulator(world.work, world.desk.gate, world.clock).ask(Asked(question, NOW), mina)
    own = Asked(Question(OdsCode("Y90004"), UserRole.RECEPTIONIST, HOME, Scope.BOOK), NOW)
    mixed = Simulator(world.work, world.desk.gate, world.clock).ask_many([Asked(question, NOW), own], mina)
    assert isinstance(mixed[0], NotYourQuestion) and isinstance(mixed[1], Explanation)
