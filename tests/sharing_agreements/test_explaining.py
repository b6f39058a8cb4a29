"""What would have to change: each answer was tried with the gate's own decision, and none is longer than need be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing_agreements.explaining import Change, ChangeKind, Situation, explain
from sharing_agreements.terms import Grant, PatientFacts, PulledSwitch, Question, Terms, Why, decide
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

A, B, C = OdsCode("Y90001"), OdsCode("Y90002"), OdsCode("Y90006")
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
DESK = frozenset({UserRole.RECEPTIONIST, UserRole.PRACTICE_MANAGER})
DOCTORS = frozenset({UserRole.CLINICIAN})
AGREEMENT = Terms(
    1,
    "DSA-1",
    2,
    "Evening clinics",
    "in-force",
    NOW - YEAR,
    NOW + YEAR,
    frozenset({A, B}),
    frozenset({A, B}),
    (
        Grant("2.1", Scope.BOOK, Purpose.DIRECT_CARE, DESK),
        Grant("2.3", Scope.VIEW_RECORD, Purpose.DIRECT_CARE, DOCTORS, giver=B, receiver=A),
    ),
)
RITA_BOOKS = Question(A, UserRole.RECEPTIONIST, B, Scope.BOOK)


def ways(question: Question, *terms: Terms, at: datetime = NOW) -> set[tuple[ChangeKind, ...]]:
    return {tuple(change.kind for change in way) for way in explain(Situation(terms, question, at)).ways}


def test_a_grant_says_what_would_be_without_its_clause() -> None:
    granted = explain(Situation((AGREEMENT,), RITA_BOOKS, NOW))
    assert granted.decision.allowed and granted.ways == ()
    assert granted.otherwise is not None and granted.otherwise.why is Why.NOT_THIS_SCOPE


def test_a_second_agreement_is_named_where_it_would_allow_the_same() -> None:
    second = replace(AGREEMENT, id=2, code="DSA-2", version=1)
    granted = explain(Situation((AGREEMENT, second), RITA_BOOKS, NOW))
    assert granted.otherwise is not None and granted.otherwise.allowed
    assert granted.otherwise.agreement == "DSA-2 v1"


def test_the_own_practice_needs_no_clause() -> None:
    assert explain(Situation((), replace(RITA_BOOKS, giver=A), NOW)).otherwise is None


@pytest.mark.parametrize(
    ("changed", "why", "way"),
    [
        ({"status": "suspended"}, Why.SUSPENDED, (ChangeKind.RESUME,)),
        ({"status": "ended"}, Why.ENDED, (ChangeKind.AGREE,)),
        ({"status": "expired"}, Why.ENDED, (ChangeKind.RENEW,)),
        ({"ends_at": NOW}, Why.ENDED, (ChangeKind.RENEW,)),
        ({"status": "proposed"}, Why.NOT_IN_FORCE, (ChangeKind.BRING_INTO_FORCE,)),
        ({"signed": frozenset({A})}, Why.NOT_SIGNED_BY_THEM, (ChangeKind.SIGN,)),
        ({"signed": frozenset({B})}, Why.NOT_SIGNED_BY_YOU, (ChangeKind.SIGN,)),
        ({"grants": ()}, Why.NOT_THIS_SCOPE, (ChangeKind.ADD_CLAUSE,)),
    ],
)
def test_one_thing_wrong_needs_one_change(changed: dict[str, object], why: Why, way: tuple[ChangeKind, ...]) -> None:
    agreement = replace(AGREEMENT, **changed)  # type: ignore[arg-type]
    found = explain(Situation((agreement,), RITA_BOOKS, NOW))
    assert found.decision.why is why
    assert {tuple(change.kind for change in each) for each in found.ways} == {way}


def test_who_lacks_the_role_may_ask_a_colleague_or_have_the_clause_widened() -> None:
    found = explain(Situation((AGREEMENT,), replace(RITA_BOOKS, role=UserRole.ANALYST), NOW))
    assert set(found.ways) == {
        (Change(ChangeKind.ASK_COLLEAGUE, role=UserRole.RECEPTIONIST),),
        (Change(ChangeKind.ASK_COLLEAGUE, role=UserRole.PRACTICE_MANAGER),),
        (Change(ChangeKind.NAME_ROLE, "DSA-1 v2", "2.1", role=UserRole.ANALYST),),
    }


def test_the_other_direction_needs_a_clause_of_its_own() -> None:
    back = Question(B, UserRole.CLINICIAN, A, Scope.VIEW_RECORD)
    assert ways(back, AGREEMENT) == {(ChangeKind.ADD_CLAUSE,)}


def test_two_things_wrong_need_two_changes_named_together() -> None:
    unsigned = replace(AGREEMENT, status="suspended", signed=frozenset({A}))
    assert ways(RITA_BOOKS, unsigned) == {(ChangeKind.RESUME, ChangeKind.SIGN)}
    back = Question(B, UserRole.RECEPTIONIST, A, Scope.VIEW_RECORD)
    assert ways(back, replace(AGREEMENT, status="suspended")) == {(ChangeKind.RESUME, ChangeKind.ADD_CLAUSE)}


def test_an_agreement_still_to_begin_may_be_waited_for() -> None:
    later = replace(AGREEMENT, starts_at=NOW + timedelta(days=9))
    found = explain(Situation((later,), RITA_BOOKS, NOW))
    assert (Change(ChangeKind.WAIT, moment=later.starts_at),) in found.ways
    assert (Change(ChangeKind.BRING_INTO_FORCE, "DSA-1 v2"),) in found.ways


def test_two_without_an_agreement_join_one_or_make_one() -> None:
    stranger = replace(RITA_BOOKS, giver=C)
    assert ways(stranger, AGREEMENT) == {(ChangeKind.JOIN,), (ChangeKind.AGREE,)}
    assert ways(stranger) == {(ChangeKind.AGREE,)}


DOCTOR_LOOKS = Question(
    A,
    UserRole.CLINICIAN,
    B,
    Scope.VIEW_RECORD,
    patient=PatientFacts(permission=Permission.GIVEN, care_link=True),
)
NOT_ASKED = PatientFacts(care_link=True)
STRANGER = PatientFacts(permission=Permission.GIVEN)
DISSENTS = PatientFacts(frozenset({PatientChoice.DISSENT_TO_SHARING}), permission=Permission.GIVEN, care_link=True)


@pytest.mark.parametrize(
    ("patient", "way"),
    [
        (NOT_ASKED, (ChangeKind.PATIENT_ALLOWS,)),
        (STRANGER, (ChangeKind.CARE_LINK,)),
        (PatientFacts(), (ChangeKind.CARE_LINK, ChangeKind.PATIENT_ALLOWS)),
        (DISSENTS, (ChangeKind.PATIENT_WITHDRAWS,)),
    ],
)
def test_what_the_patient_has_to_say_is_told(patient: PatientFacts, way: tuple[ChangeKind, ...]) -> None:
    assert explain(Situation((AGREEMENT,), DOCTOR_LOOKS, NOW)).decision.allowed
    assert ways(replace(DOCTOR_LOOKS, patient=patient), AGREEMENT) == {way}


def test_a_patients_refusal_is_told_beside_an_agreement_that_is_missing() -> None:
    found = ways(replace(DOCTOR_LOOKS, giver=C, patient=DISSENTS))
    assert found == {(ChangeKind.PATIENT_WITHDRAWS, ChangeKind.AGREE)}


def test_nothing_makes_a_restricted_patient_less_so() -> None:
    restricted = replace(DOCTOR_LOOKS, patient=PatientFacts(restricted=True, permission=Permission.GIVEN))
    assert ways(restricted, AGREEMENT) == set()


def test_a_switch_must_be_on_again_and_who_left_must_come_back() -> None:
    found = explain(Situation((AGREEMENT,), RITA_BOOKS, NOW, frozenset({(B, Scope.BOOK)})))
    assert found.decision.why is Why.KILL_SWITCH_THEIRS
    assert found.ways == ((Change(ChangeKind.SWITCH_ON, practice=B),),)
    left = replace(AGREEMENT, left=frozenset({A}))
    assert ways(RITA_BOOKS, left) == {(ChangeKind.RETURN,)}


# --- Whatever the register holds.

_PRACTICES = st.sampled_from((A, B, C))
_ROLES = st.sampled_from(list(UserRole))
_SCOPES = st.sampled_from((Scope.BOOK, Scope.VIEW_RECORD))
_GRANTS = st.builds(
    Grant,
    clause=st.just(""),
    scope=_SCOPES,
    purpose=st.just(Purpose.DIRECT_CARE),
    roles=st.frozensets(_ROLES, max_size=2),
    giver=st.none() | _PRACTICES,
    receiver=st.none() | _PRACTICES,
)


@st.composite
def registers(draw: st.DrawFn) -> tuple[Terms, ...]:
    made = []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        parties = draw(st.frozensets(_PRACTICES, min_size=2))
        starts = draw(st.integers(-20, 10))
        grants = tuple(
            replace(grant, clause=f"2.{at}") for at, grant in enumerate(draw(st.lists(_GRANTS, max_size=3)), start=1)
        )
        made.append(
            Terms(
                number,
                f"DSA-{number}",
                1,
                "",
                draw(st.sampled_from(("draft", "proposed", "in-force", "suspended", "ended", "expired"))),
                NOW + timedelta(days=starts),
                NOW + timedelta(days=starts + draw(st.integers(1, 30))),
                parties,
                frozenset(ods for ods in parties if draw(st.booleans())),
                grants,
            )
        )
    return tuple(made)


_PATIENTS = st.none() | st.builds(
    PatientFacts,
    choices=st.frozensets(st.sampled_from(PatientChoice)),
    permission=st.none() | st.sampled_from(Permission),
    care_link=st.booleans(),
)
_QUESTIONS = st.builds(Question, asker=_PRACTICES, role=_ROLES, giver=_PRACTICES, scope=_SCOPES, patient=_PATIENTS)
_SWITCHES = st.frozensets(st.tuples(_PRACTICES, _SCOPES), max_size=2)


@given(registers(), _QUESTIONS, _SWITCHES)
def test_the_simulator_says_what_decide_says(
    terms: tuple[Terms, ...], question: Question, switches: frozenset[PulledSwitch]
) -> None:
    found = explain(Situation(terms, question, NOW, switches))
    assert found.decision == decide(terms, question, NOW, switches)
    assert not (found.ways and found.decision.allowed)
    of_the_asker = (ChangeKind.ASK_COLLEAGUE, ChangeKind.WAIT)
    sizes = {len(way) for way in found.ways if way[0].kind not in of_the_asker}
    assert len(sizes) <= 1, "a longer way is told although a shorter one would do"


@given(registers(), _QUESTIONS)
def test_where_nobody_has_refused_but_the_agreements_there_is_always_a_way(
    terms: tuple[Terms, ...], question: Question
) -> None:
    found = explain(Situation(terms, replace(question, patient=None), NOW))
    assert bool(found.ways) != found.decision.allowed


@given(registers(), _QUESTIONS)
def test_taking_the_clause_away_that_made_a_grant_never_leaves_the_same_clause(
    terms: tuple[Terms, ...], question: Question
) -> None:
    found = explain(Situation(terms, question, NOW))
    if found.otherwise is not None:
        gone = (found.decision.agreement_id, found.decision.clause)
        assert not (found.otherwise.allowed and (found.otherwise.agreement_id, found.otherwise.clause) == gone)
