"""What beats any grant: a practice's pulled switch, a patient's choice, the law; and what none of them stops."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sharing_agreements.problems import refusal_words
from sharing_agreements.terms import GivingBack, Grant, PatientFacts, Question, Terms, Why, decide, outward
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
HOME, HOST, OTHER = OdsCode("Y90001"), OdsCode("Y90003"), OdsCode("Y90004")
EVERYTHING = Terms(
    id=1,
    code="DSA-1",
    version=1,
    title="Everything",
    status="in-force",
    starts_at=NOW - timedelta(days=1),
    ends_at=NOW + timedelta(days=1),
    parties=frozenset({HOME, HOST}),
    signed=frozenset({HOME, HOST}),
    grants=tuple(
        Grant(f"{number}", scope, purpose, frozenset(UserRole))
        for number, (scope, purpose) in enumerate(
            [*((scope, Purpose.DIRECT_CARE) for scope in Scope), (Scope.ANALYSE, Purpose.ANALYTICS)], start=1
        )
    ),
)
ASKED = PatientFacts(permission=Permission.GIVEN, care_link=True)


def ask(scope: Scope, patient: PatientFacts | None = ASKED, **more: object) -> Question:
    purpose = Purpose.ANALYTICS if scope is Scope.ANALYSE else Purpose.DIRECT_CARE
    return replace(Question(HOME, UserRole.CLINICIAN, HOST, scope, purpose, patient=patient), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("choice", PatientChoice)
def test_each_choice_binds_one_kind_of_access_and_no_other(scope: Scope, choice: PatientChoice) -> None:
    chosen = replace(ASKED, choices=frozenset({choice}))
    bound = {
        PatientChoice.DISSENT_TO_SHARING: (Scope.VIEW_RECORD, Why.DISSENT),
        PatientChoice.TYPE_1_OPT_OUT: (Scope.ANALYSE, Why.OPTED_OUT),
        PatientChoice.NATIONAL_DATA_OPT_OUT: (Scope.ANALYSE, Why.OPTED_OUT),
    }[choice]
    decision = decide([EVERYTHING], ask(scope, chosen), NOW)
    assert decision.why is (bound[1] if scope is bound[0] else Why.GRANTED)
    assert decision.agreement == "DSA-1 v1", "what would have granted is named"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (PatientFacts(), Why.NO_CARE_LINK),
        (PatientFacts(care_link=True), Why.NO_PERMISSION),
        (PatientFacts(care_link=True, permission=Permission.REFUSED), Why.NO_PERMISSION),
        (PatientFacts(care_link=True, permission=Permission.GIVEN), Why.GRANTED),
        (PatientFacts(care_link=True, permission=Permission.CANNOT_ASK), Why.GRANTED),
        (PatientFacts(permission=Permission.GIVEN), Why.NO_CARE_LINK),
    ],
)
def test_a_record_is_viewed_with_a_care_link_and_the_patients_permission(facts: PatientFacts, why: Why) -> None:
    assert decide([EVERYTHING], ask(Scope.VIEW_RECORD, facts), NOW).why is why


def test_nobody_overrides_a_dissent_whatever_the_patient_is_said_to_permit() -> None:
    dissents = frozenset({PatientChoice.DISSENT_TO_SHARING})
    for role in UserRole:
        for permission in (None, *Permission):
            facts = PatientFacts(dissents, permission=permission, care_link=True)
            assert not decide([EVERYTHING], ask(Scope.VIEW_RECORD, facts, role=role), NOW).allowed


@pytest.mark.parametrize("scope", Scope)
def test_of_a_restricted_patient_nobody_outside_learns_why(scope: Scope) -> None:
    decision = decide([EVERYTHING], ask(scope, replace(ASKED, restricted=True)), NOW)
    assert (decision.allowed, decision.why) == (False, Why.RESTRICTED)
    told = outward(decision)
    assert (told.why, told.agreement_id, told.agreement, told.clause) == (Why.NOT_AVAILABLE, None, "", "")
    words = " ".join(refusal_words(decision, "Hill Surgery"))
    assert words == " ".join(refusal_words(told, "Hill Surgery"))
    assert "restrict" not in words.lower()


def test_whom_no_agreement_lets_in_learns_nothing_of_the_patients_choices() -> None:
    dissents = replace(ASKED, choices=frozenset({PatientChoice.DISSENT_TO_SHARING}))
    for known in ([], [replace(EVERYTHING, status="suspended")]):
        plain, chosen = (decide(known, ask(Scope.VIEW_RECORD, facts), NOW) for facts in (ASKED, dissents))
        assert plain == chosen


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize(
    ("practice", "why"), [(HOME, Why.KILL_SWITCH_YOURS), (HOST, Why.KILL_SWITCH_THEIRS), (OTHER, Why.GRANTED)]
)
def test_a_pulled_switch_stops_its_own_kind_of_access_from_and_to_its_practice(
    scope: Scope, practice: OdsCode, why: Why
) -> None:
    for pulled in Scope:
        decision = decide([EVERYTHING], ask(scope), NOW, frozenset({(practice, pulled)}))
        assert decision.why is (why if pulled is scope else Why.GRANTED)


def test_nothing_of_this_stands_between_a_practice_and_its_own_patients() -> None:
    everything = frozenset((HOME, scope) for scope in Scope)
    facts = PatientFacts(frozenset(PatientChoice), restricted=True)
    for scope in Scope:
        assert decide([], ask(scope, facts, giver=HOME), NOW, everything).why is Why.OWN_PRACTICE


@pytest.mark.parametrize("finding_out", [False, True])
def test_what_was_booked_is_found_out_and_given_back_in_spite_of_all_of_it(finding_out: bool) -> None:
    given = GivingBack("DSA-1 v1", made_by_asker=True, finding_out=finding_out)
    why = Why.FINDING_OUT if finding_out else Why.GIVING_BACK
    restricted = ask(Scope.BOOK, PatientFacts(restricted=True), gives_back=given)
    assert decide([EVERYTHING], ask(Scope.BOOK, gives_back=given), NOW).why is Why.GRANTED
    assert decide([EVERYTHING], restricted, NOW).why is why
    switched = decide([EVERYTHING], ask(Scope.BOOK, gives_back=given), NOW, frozenset({(HOST, Scope.BOOK)}))
    assert (switched.why, switched.despite, switched.agreement) == (why, Why.KILL_SWITCH_THEIRS, "DSA-1 v1")
