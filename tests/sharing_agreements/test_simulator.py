"""The simulator and the gate say the same of every question, and asking leaves no permit behind."""

import pytest
from sqlalchemy import text

from sharing_agreements.explaining import Explanation
from sharing_agreements.problems import NotPermitted
from sharing_agreements.simulator import Asked, NotYourQuestion, Simulator
from sharing_agreements.terms import Decision, Question
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World, caller
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
    told = Simulator(world.work).ask_many([Asked(question, NOW) for question in questions], ADMIN)
    for question, found in zip(questions, told, strict=True):
        assert isinstance(found, Explanation)
        assert found.decision == said_by_the_gate(world, question), question
    allowed = {found.decision.allowed for found in told if isinstance(found, Explanation)}
    assert allowed == {True, False}


def test_asking_about_a_made_up_patient_leaves_nothing_in_the_ledger(world: World) -> None:
    Simulator(world.work).ask(Asked(Question(HOME, UserRole.RECEPTIONIST, HOST, Scope.BOOK), NOW), ADMIN)
    assert world.ledger() == []


def test_a_practice_asks_about_itself_only(world: World) -> None:
    question = Question(HOST, UserRole.RECEPTIONIST, OTHER, Scope.BOOK)
    mina = caller(HOME, role=UserRole.PRACTICE_MANAGER)
    with pytest.raises(NotYourQuestion):
        Simulator(world.work).ask(Asked(question, NOW), mina)
    own = Asked(Question(OdsCode("Y90004"), UserRole.RECEPTIONIST, HOME, Scope.BOOK), NOW)
    mixed = Simulator(world.work).ask_many([Asked(question, NOW), own], mina)
    assert isinstance(mixed[0], NotYourQuestion) and isinstance(mixed[1], Explanation)
