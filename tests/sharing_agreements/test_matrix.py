"""The gate decides as the table in docs/who-may-do-what.md says, in every situation that its columns can make."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sharing_agreements.terms import GivingBack, Grant, PatientFacts, Question, Terms, Why, decide
from tests.sharing_agreements.matrix import (
    ALLOWED,
    DOCUMENT,
    NAMED,
    RULES,
    SCOPES,
    Act,
    Cell,
    Chose,
    Relation,
    State,
    Switch,
    cells,
    document,
    expected,
)
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.purposes import Purpose, Scope

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
DAY = timedelta(days=1)
ASKER, OTHER, THIRD = OdsCode("Y90001"), OdsCode("Y90003"), OdsCode("Y90004")
STATUS = {
    State.DRAFT: "draft",
    State.PROPOSED: "proposed",
    State.TO_COME: "in-force",
    State.IN_FORCE: "in-force",
    State.OVER: "in-force",
    State.SUSPENDED: "suspended",
    State.ENDED: "ended",
    State.EXPIRED: "expired",
}
FACTS = {
    Act.VIEW: PatientFacts(permission=Permission.GIVEN, care_link=True),
    Act.VIEW_ABSENT: PatientFacts(permission=Permission.CANNOT_ASK, care_link=True),
    Act.VIEW_REFUSED: PatientFacts(permission=Permission.REFUSED, care_link=True),
    Act.VIEW_NOT_ASKED: PatientFacts(care_link=True),
    Act.VIEW_NO_CARE: PatientFacts(permission=Permission.GIVEN),
}
CHOICES = {
    Chose.DISSENTS: PatientChoice.DISSENT_TO_SHARING,
    Chose.TYPE_1: PatientChoice.TYPE_1_OPT_OUT,
    Chose.NATIONAL: PatientChoice.NATIONAL_DATA_OPT_OUT,
}
GIVES_BACK = {
    Act.GIVE_BACK_OURS: GivingBack("DSA-1 v1", made_by_asker=True),
    Act.GIVE_BACK_ANOTHERS: GivingBack("DSA-1 v1", made_by_asker=False),
    Act.FIND_OUT: GivingBack("DSA-1 v1", made_by_asker=True, finding_out=True),
}


def _purpose(scope: Scope) -> Purpose:
    return Purpose.ANALYTICS if scope is Scope.ANALYSE else Purpose.DIRECT_CARE


def _terms(relation: Relation, state: State) -> tuple[Terms, ...]:
    """The agreement as it stands, if there is one."""
    if relation is Relation.NONE:
        return ()
    starts = NOW + timedelta(seconds=1) if state is State.TO_COME else NOW - DAY
    ends = NOW if state is State.OVER else NOW + DAY
    parties = frozenset({OTHER, THIRD} if relation is Relation.STRANGER else {ASKER, OTHER})
    unsigned = {Relation.THEY_UNSIGNED: {OTHER}, Relation.WE_UNSIGNED: {ASKER}}.get(relation, set())
    left = {Relation.THEY_LEFT: {OTHER}, Relation.WE_LEFT: {ASKER}}.get(relation, set())
    giver = ASKER if relation is Relation.OTHER_WAY else None
    receiver = OTHER if relation is Relation.OTHER_WAY else None
    grants = tuple(
        Grant(f"2.{number}", scope, _purpose(scope), roles, giver, receiver)
        for number, (scope, roles) in enumerate(NAMED.items(), start=1)
    )
    made = Terms(1, "DSA-1", 1, "Model", STATUS[state], starts, ends, parties, parties - unsigned, grants)
    return (replace(made, left=frozenset(left)),)


_TERMS = {(relation, state): _terms(relation, state) for relation in Relation for state in State}


def _question(cell: Cell) -> Question:
    facts = FACTS.get(cell.act, PatientFacts())
    choices = frozenset({CHOICES[cell.chose]} if cell.chose in CHOICES else ())
    scope = SCOPES[cell.act]
    return Question(
        ASKER,
        cell.role,
        ASKER if cell.relation is Relation.OWN else OTHER,
        scope,
        _purpose(scope),
        gives_back=GIVES_BACK.get(cell.act),
        patient=replace(facts, choices=choices, restricted=cell.chose is Chose.RESTRICTED),
    )


def _pulled(cell: Cell) -> frozenset[tuple[OdsCode, Scope]]:
    whose = {Switch.OURS: ASKER, Switch.THEIRS: OTHER}.get(cell.switch)
    return frozenset({(whose, SCOPES[cell.act])} if whose else ())


def test_the_gate_decides_every_situation_as_the_table_says_and_the_document_is_that_table() -> None:
    counts = dict.fromkeys(range(1, len(RULES) + 1), 0)
    for cell in cells():
        number, rule = expected(cell)
        decision = decide(_TERMS[cell.relation, cell.state], _question(cell), NOW, _pulled(cell))
        assert decision.why is rule.answer, (number, cell, decision)
        assert decision.allowed == (rule.answer in ALLOWED), (number, cell, decision)
        counts[number] += 1
    assert sum(counts.values()) > 5000
    assert all(counts.values()), "every row decides something"
    said = document(counts)
    assert DOCUMENT.read_text() == said, "run: python -m tests.sharing_agreements.matrix"


def test_the_table_has_a_row_for_every_answer_there_is() -> None:
    # the model has a clause for each act; told, not decided; decided by `in_emergency` after this table
    not_decided_here = {Why.NOT_THIS_SCOPE, Why.NOT_AVAILABLE, Why.EMERGENCY}
    assert {rule.answer for rule in RULES} == set(Why) - not_decided_here
