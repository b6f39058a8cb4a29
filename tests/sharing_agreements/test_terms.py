"""What agreements say: default deny; only a clause in force, signed by both, the right way round, lets anybody in."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing_agreements.problems import refusal_words
from sharing_agreements.terms import (
    Decision,
    GivingBack,
    Grant,
    PatientFacts,
    PulledSwitch,
    Question,
    Terms,
    Why,
    decide,
    outward,
)
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import at_london

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
HOME, HOST, OTHER = OdsCode("Y90001"), OdsCode("Y90003"), OdsCode("Y90004")
BOOK = Grant("2.2", Scope.BOOK, Purpose.DIRECT_CARE, frozenset({UserRole.RECEPTIONIST}))
TERMS = Terms(
    id=1,
    code="DSA-1",
    version=1,
    title="Extended access",
    status="in-force",
    starts_at=NOW - timedelta(days=1),
    ends_at=NOW + timedelta(days=1),
    parties=frozenset({HOME, HOST}),
    signed=frozenset({HOME, HOST}),
    grants=(BOOK,),
)
QUESTION = Question(HOME, UserRole.RECEPTIONIST, HOST, Scope.BOOK)

practices = st.sampled_from([HOME, HOST, OTHER])
Drawn = TypeVar("Drawn")
_LETS_IN = (Why.GRANTED, Why.OWN_PRACTICE, Why.GIVING_BACK, Why.FINDING_OUT, Why.EMERGENCY)
BOOKED = GivingBack("DSA-1 v1", made_by_asker=True)


def usually(sound: Drawn, otherwise: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    """Nearly always what would let somebody in: else chance would find nobody to let in."""
    return st.integers(0, 9).flatmap(lambda number: otherwise if number == 0 else st.just(sound))


parties = usually(frozenset({HOME, HOST, OTHER}), st.frozensets(practices))
hours = st.integers(-3, 3).map(lambda hour: NOW + timedelta(hours=hour))
receptionists = frozenset({UserRole.RECEPTIONIST})
grants = st.builds(
    Grant,
    clause=st.sampled_from(["1", "2", "3"]),
    scope=usually(Scope.BOOK, st.sampled_from(Scope)),
    purpose=usually(Purpose.DIRECT_CARE, st.sampled_from(Purpose)),
    roles=usually(receptionists, st.frozensets(st.sampled_from([UserRole.RECEPTIONIST, UserRole.CLINICIAN]))),
    giver=usually(None, practices),
    receiver=usually(None, practices),
)
agreements = st.builds(
    Terms,
    id=st.integers(1, 9),
    code=st.just("DSA"),
    version=st.just(1),
    title=st.just(""),
    status=usually("in-force", st.sampled_from(["draft", "proposed", "suspended", "ended", "expired"])),
    starts_at=usually(NOW - timedelta(days=1), hours),
    ends_at=usually(NOW + timedelta(days=1), hours),
    parties=parties,
    signed=parties,
    grants=st.lists(grants, min_size=1, max_size=3).map(tuple),
    left=usually(frozenset(), st.frozensets(practices)),
)
patients = st.builds(
    PatientFacts,
    choices=usually(frozenset(), st.frozensets(st.sampled_from(PatientChoice))),
    restricted=usually(False, st.booleans()),
    permission=usually(Permission.GIVEN, st.sampled_from([None, *Permission])),
    care_link=usually(True, st.booleans()),
)
questions = st.builds(
    Question,
    asker=usually(HOME, practices),
    role=usually(UserRole.RECEPTIONIST, st.sampled_from([UserRole.CLINICIAN, UserRole.SYSTEM])),
    giver=usually(HOST, practices),
    scope=usually(Scope.BOOK, st.sampled_from(Scope)),
    purpose=usually(Purpose.DIRECT_CARE, st.sampled_from(Purpose)),
    patient=st.none() | patients,
)
switches = usually(frozenset(), st.frozensets(st.tuples(practices, usually(Scope.BOOK, st.sampled_from(Scope)))))


def _covers(terms: Terms, grant: Grant, question: Question) -> bool:
    """The rule said again, plainly: everything that must be true for one clause to let somebody in."""
    return (
        terms.status == "in-force"
        and terms.starts_at <= NOW < terms.ends_at
        and {question.asker, question.giver} <= (terms.parties & terms.signed) - terms.left
        and (grant.scope, grant.purpose) == (question.scope, question.purpose)
        and grant.giver in (None, question.giver)
        and grant.receiver in (None, question.asker)
        and (question.role in grant.roles or question.role is UserRole.SYSTEM)
    )


def _barred(question: Question, pulled: frozenset[PulledSwitch]) -> bool:
    """Everything that beats any grant, said plainly."""
    if (question.asker, question.scope) in pulled or (question.giver, question.scope) in pulled:
        return True
    patient = question.patient
    if patient is None:
        return False
    opted_out = patient.choices & {PatientChoice.TYPE_1_OPT_OUT, PatientChoice.NATIONAL_DATA_OPT_OUT}
    analysing = question.scope is Scope.ANALYSE or question.purpose is Purpose.ANALYTICS
    viewing = question.scope is Scope.VIEW_RECORD and not analysing
    seen_to = patient.care_link and patient.permission in (Permission.GIVEN, Permission.CANNOT_ASK)
    return (
        patient.restricted
        or (analysing and bool(opted_out))
        or (viewing and (PatientChoice.DISSENT_TO_SHARING in patient.choices or not seen_to))
    )


@given(st.lists(agreements, max_size=3), questions, switches)
def test_somebody_is_let_in_exactly_when_a_signed_clause_in_force_covers_them_and_nothing_bars_it(
    known: list[Terms], question: Question, pulled: frozenset[PulledSwitch]
) -> None:
    decision = decide(known, question, NOW, pulled)
    covering = [(terms, grant) for terms in known for grant in terms.grants if _covers(terms, grant, question)]
    own = question.asker == question.giver
    assert decision.allowed == (own or (bool(covering) and not _barred(question, pulled)))
    assert (decision.why in (Why.GRANTED, Why.OWN_PRACTICE)) == decision.allowed
    if decision.allowed and not own:
        cited = [(terms.id, terms.label, grant.clause) for terms, grant in covering]
        assert (decision.agreement_id, decision.agreement, decision.clause) in cited


@given(st.lists(agreements, max_size=3), st.lists(agreements, max_size=2), questions, switches, st.randoms())
def test_one_agreement_more_never_takes_access_away(
    known: list[Terms], more: list[Terms], question: Question, pulled: frozenset[PulledSwitch], random: Random
) -> None:
    together = [*known, *more]
    random.shuffle(together)
    if decide(known, question, NOW, pulled).allowed:
        assert decide(together, question, NOW, pulled).allowed


@given(st.lists(agreements, min_size=1, max_size=4), questions, switches, st.data())
def test_suspending_an_agreement_takes_away_exactly_what_it_alone_gave(
    known: list[Terms], question: Question, pulled: frozenset[PulledSwitch], data: st.DataObject
) -> None:
    known = [replace(terms, id=number) for number, terms in enumerate(known)]
    one = data.draw(st.integers(0, len(known) - 1))
    suspended = [replace(terms, status="suspended") if terms.id == one else terms for terms in known]
    others = [terms for terms in known if terms.id != one]
    before, after = decide(known, question, NOW, pulled), decide(suspended, question, NOW, pulled)
    assert after.allowed == decide(others, question, NOW, pulled).allowed
    if before.agreement_id != one:
        assert after.allowed == before.allowed, "what another agreement gave, it gives still"
    assert after.agreement_id != one or not after.allowed


@given(st.lists(agreements, max_size=3), questions, switches, st.datetimes(timezones=st.just(UTC)))
def test_every_question_has_an_answer_whatever_the_register_holds_and_whenever_it_is_asked(
    known: list[Terms], question: Question, pulled: frozenset[PulledSwitch], at: datetime
) -> None:
    for given_back in (None, GivingBack("", made_by_asker=False), GivingBack("x", made_by_asker=True)):
        decision = decide(known, replace(question, gives_back=given_back), at, pulled)
        assert isinstance(decision.why, Why)
        assert (decision.why in _LETS_IN) == decision.allowed
        assert decision.allowed or decision.despite is None
        assert outward(decision).allowed == decision.allowed
        assert outward(decision).why is not Why.RESTRICTED


@given(st.lists(agreements, max_size=3), questions, switches)
def test_a_pulled_switch_a_choice_or_the_law_only_ever_take_away(
    known: list[Terms], question: Question, pulled: frozenset[PulledSwitch]
) -> None:
    if decide(known, question, NOW, pulled).allowed:
        assert decide(known, replace(question, patient=None), NOW).allowed


@pytest.mark.parametrize(("year", "month", "day"), [(2026, 3, 29), (2026, 10, 25)])
def test_an_agreement_begins_and_ends_at_its_second_on_the_days_the_clocks_change(
    year: int, month: int, day: int
) -> None:
    starts = at_london(date(year, month, day), time(0, 30))
    ends = at_london(date(year, month, day), time(3, 30))
    terms = [replace(TERMS, starts_at=starts, ends_at=ends)]
    assert ends - starts == timedelta(hours=2 if month == 3 else 4)
    second = timedelta(seconds=1)
    for minutes in range(0, 120 if month == 3 else 240):  # the hour that is not there, or is there twice, too
        assert decide(terms, QUESTION, starts + timedelta(minutes=minutes)).allowed
    assert [decide(terms, QUESTION, at).why for at in (starts - second, starts, ends - second, ends)] == [
        Why.NOT_IN_FORCE,
        Why.GRANTED,
        Why.GRANTED,
        Why.ENDED,
    ]


@given(st.lists(agreements, min_size=1, max_size=3), questions)
def test_taking_away_the_clauses_that_grant_one_after_the_other_ends_in_a_refusal(
    known: list[Terms], question: Question
) -> None:
    if question.asker == question.giver or _barred(question, frozenset()):
        return
    left = [replace(terms, id=number) for number, terms in enumerate(known)]
    steps = sum(len(terms.grants) for terms in left)
    while (decision := decide(left, question, NOW)).allowed:
        assert steps > 0
        steps -= 1
        left = [_without(terms, decision) for terms in left]
    assert not any(_covers(terms, grant, question) for terms in left for grant in terms.grants)


def _without(terms: Terms, decision: Decision) -> Terms:
    if terms.id != decision.agreement_id:
        return terms
    return replace(terms, grants=tuple(grant for grant in terms.grants if grant.clause != decision.clause))


def test_the_clause_that_grants_flips_the_decision() -> None:
    assert decide([TERMS], QUESTION, NOW) == Decision(True, Why.GRANTED, 1, "DSA-1 v1", "2.2")
    assert not decide([replace(TERMS, grants=())], QUESTION, NOW).allowed


def test_a_practice_needs_no_agreement_for_its_own_diary() -> None:
    assert decide([], replace(QUESTION, giver=HOME), NOW) == Decision(True, Why.OWN_PRACTICE)


@pytest.mark.parametrize(
    ("change", "question", "why"),
    [
        ({"parties": frozenset({HOME, OTHER})}, {}, Why.NO_AGREEMENT),
        ({"status": "draft"}, {}, Why.NOT_IN_FORCE),
        ({"status": "proposed"}, {}, Why.NOT_IN_FORCE),
        ({"starts_at": NOW + timedelta(seconds=1)}, {}, Why.NOT_IN_FORCE),
        ({"starts_at": NOW}, {}, Why.GRANTED),
        ({"status": "suspended"}, {}, Why.SUSPENDED),
        ({"status": "ended"}, {}, Why.ENDED),
        ({"status": "expired"}, {}, Why.ENDED),
        ({"ends_at": NOW}, {}, Why.ENDED),
        ({"ends_at": NOW + timedelta(seconds=1)}, {}, Why.GRANTED),
        ({"signed": frozenset({HOME})}, {}, Why.NOT_SIGNED_BY_THEM),
        ({"signed": frozenset({HOST})}, {}, Why.NOT_SIGNED_BY_YOU),
        ({"left": frozenset({HOME})}, {}, Why.PARTY_LEFT),
        ({"left": frozenset({HOST})}, {}, Why.PARTY_LEFT),
        ({"left": frozenset({OTHER})}, {}, Why.GRANTED),
        ({"grants": (replace(BOOK, giver=HOME),)}, {}, Why.NOT_THIS_DIRECTION),
        ({"grants": (replace(BOOK, receiver=HOST),)}, {}, Why.NOT_THIS_DIRECTION),
        ({"grants": (replace(BOOK, giver=HOST, receiver=HOME),)}, {}, Why.GRANTED),
        ({}, {"scope": Scope.VIEW_RECORD}, Why.NOT_THIS_SCOPE),
        ({}, {"purpose": Purpose.ANALYTICS}, Why.NOT_THIS_SCOPE),
        ({}, {"role": UserRole.ANALYST}, Why.NOT_THIS_ROLE),
        ({}, {"role": UserRole.SYSTEM}, Why.GRANTED),
    ],
)
def test_each_condition_alone_refuses_with_its_own_reason(
    change: dict[str, object], question: dict[str, object], why: Why
) -> None:
    asked = replace(QUESTION, **question)  # type: ignore[arg-type]
    decision = decide([replace(TERMS, **change)], asked, NOW)  # type: ignore[arg-type]
    assert (decision.why, decision.allowed) == (why, why is Why.GRANTED)


# Giving back what was booked


@pytest.mark.parametrize(
    ("change", "question", "despite"),
    [
        ({"status": "suspended"}, {}, Why.SUSPENDED),
        ({"status": "ended"}, {}, Why.ENDED),
        ({"status": "expired"}, {}, Why.ENDED),
        ({"ends_at": NOW}, {}, Why.ENDED),
        ({"status": "proposed"}, {}, Why.NOT_IN_FORCE),
        ({"parties": frozenset({HOST, OTHER})}, {}, Why.NO_AGREEMENT),
        ({"signed": frozenset({HOME})}, {}, Why.NOT_SIGNED_BY_THEM),
        ({"signed": frozenset({HOST})}, {}, Why.NOT_SIGNED_BY_YOU),
        ({"grants": ()}, {}, Why.NOT_THIS_SCOPE),
        ({"grants": (replace(BOOK, giver=HOME),)}, {}, Why.NOT_THIS_DIRECTION),
        ({"status": "suspended"}, {"role": UserRole.SYSTEM}, Why.SUSPENDED),
        ({"left": frozenset({HOME})}, {}, Why.PARTY_LEFT),
        ({}, {"patient": PatientFacts(restricted=True)}, Why.RESTRICTED),
    ],
)
def test_what_was_booked_may_be_given_back_whatever_became_of_the_agreement(
    change: dict[str, object], question: dict[str, object], despite: Why
) -> None:
    terms = [replace(TERMS, **change)]  # type: ignore[arg-type]
    anew = replace(QUESTION, **question)  # type: ignore[arg-type]
    assert not decide(terms, anew, NOW).allowed, "nothing new may be booked"
    decision = decide(terms, replace(anew, gives_back=BOOKED), NOW)
    assert (decision.allowed, decision.why, decision.despite) == (True, Why.GIVING_BACK, despite)
    assert (decision.agreement, decision.clause) == ("DSA-1 v1", "")
    assert decision.agreement_id == (None if despite is Why.NO_AGREEMENT else 1)


def test_in_force_giving_back_is_granted_by_its_clause_like_any_other_act() -> None:
    assert decide([TERMS], replace(QUESTION, gives_back=BOOKED), NOW) == decide([TERMS], QUESTION, NOW)


def test_of_several_agreements_the_one_it_was_booked_under_is_named() -> None:
    made, near = replace(TERMS, status="ended"), replace(TERMS, id=2, code="DSA-2", signed=frozenset({HOST}))
    for order in permutations((made, near)):
        decision = decide(order, replace(QUESTION, gives_back=BOOKED), NOW)
        assert (decision.agreement_id, decision.agreement) == (1, "DSA-1 v1")
        assert decision.despite is Why.NOT_SIGNED_BY_YOU


def test_what_was_booked_without_an_agreement_names_the_nearest_one_if_any() -> None:
    given = replace(QUESTION, gives_back=GivingBack("", made_by_asker=True))
    assert decide([], given, NOW) == Decision(True, Why.GIVING_BACK, despite=Why.NO_AGREEMENT)
    suspended = decide([replace(TERMS, status="suspended")], given, NOW)
    assert (suspended.allowed, suspended.agreement) == (True, "DSA-1 v1")


@pytest.mark.parametrize("status", ["in-force", "suspended", "ended"])
def test_what_another_made_may_be_given_back_by_a_practice_that_has_or_had_an_agreement(status: str) -> None:
    anothers = replace(QUESTION, gives_back=GivingBack("DSA-9 v1", made_by_asker=False))
    assert decide([replace(TERMS, status=status)], anothers, NOW).allowed
    refused = decide([replace(TERMS, status=status, parties=frozenset({HOST}))], anothers, NOW)
    assert (refused.allowed, refused.why) == (False, Why.NO_AGREEMENT)


@pytest.mark.parametrize("status", ["in-force", "suspended", "ended"])
def test_who_at_the_practice_may_give_back_stays_the_clauses_to_say(status: str) -> None:
    given = replace(QUESTION, role=UserRole.CLINICIAN, gives_back=BOOKED)
    decision = decide([replace(TERMS, status=status)], given, NOW)
    assert (decision.allowed, decision.why, decision.clause) == (False, Why.NOT_THIS_ROLE, "2.2")
    wider = replace(TERMS, id=2, grants=(replace(BOOK, roles=frozenset({UserRole.CLINICIAN})),), status="ended")
    assert decide([replace(TERMS, status=status), wider], given, NOW).allowed


@given(st.lists(agreements, max_size=3), questions, st.sampled_from(["", "DSA v1", "gone v3"]))
def test_giving_back_is_refused_for_the_role_and_for_nothing_else(
    known: list[Terms], question: Question, label: str
) -> None:
    given = decide(known, replace(question, gives_back=GivingBack(label, made_by_asker=True)), NOW)
    assert given.allowed or given.why is Why.NOT_THIS_ROLE
    if decide(known, question, NOW).allowed:
        assert given == decide(known, question, NOW)


def test_of_several_refusals_the_nearest_miss_is_told_whatever_their_order() -> None:
    near_to_far = [
        replace(TERMS, grants=(replace(BOOK, roles=frozenset()),)),
        replace(TERMS, signed=frozenset({HOST})),
        replace(TERMS, status="suspended"),
        replace(TERMS, status="ended"),
    ]
    for order in permutations(near_to_far):
        assert decide(order, QUESTION, NOW).why is Why.NOT_THIS_ROLE
    assert decide(near_to_far[:0:-1], QUESTION, NOW).why is Why.NOT_SIGNED_BY_YOU


def test_what_would_have_granted_is_cited_before_what_never_would_and_before_a_draft() -> None:
    grants = (replace(BOOK, scope=Scope.ANALYSE),)
    for over, why in (("suspended", Why.SUSPENDED), ("ended", Why.ENDED)):
        matters = replace(TERMS, code="DSA-IT", status=over)
        others = [
            replace(TERMS, id=2, code="DSA-OTHER", grants=grants),
            replace(TERMS, id=3, code="DSA-DRAFT", status="draft"),
            replace(TERMS, id=4, code="DSA-SENT", status="proposed", grants=grants),
        ]
        for order in permutations([matters, *others]):
            decision = decide(order, QUESTION, NOW)
            assert (decision.why, decision.agreement) == (why, matters.label)
    assert decide([replace(TERMS, status="draft")], QUESTION, NOW).why is Why.NOT_IN_FORCE


def test_a_clause_of_the_wrong_role_is_told_rather_than_one_of_the_wrong_direction() -> None:
    wrong_role, wrong_way = replace(BOOK, clause="r", roles=frozenset()), replace(BOOK, clause="d", giver=HOME)
    for clauses in permutations((wrong_role, wrong_way)):
        decision = decide([replace(TERMS, grants=clauses)], QUESTION, NOW)
        assert (decision.why, decision.clause) == (Why.NOT_THIS_ROLE, "r")


_WITHOUT_AN_AGREEMENT = (
    Why.NO_AGREEMENT,
    Why.KILL_SWITCH_YOURS,
    Why.KILL_SWITCH_THEIRS,
    Why.DISSENT,
    Why.OPTED_OUT,
    Why.RESTRICTED,
    Why.NOT_AVAILABLE,
    Why.NO_PERMISSION,
    Why.NO_CARE_LINK,
)


@pytest.mark.parametrize("scope", [None, *Scope])
@pytest.mark.parametrize("why", [why for why in Why if why not in _LETS_IN])
def test_every_refusal_has_words_and_says_who_can_help(why: Why, scope: Scope | None) -> None:
    message, next_step = refusal_words(Decision(False, why, 1, "DSA-1 v1"), "Hill Surgery", scope=scope)
    assert "Hill Surgery" in message
    assert next_step
    assert "{" not in message + next_step
    assert (why in _WITHOUT_AN_AGREEMENT) != ("DSA-1 v1" in message)


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope.SEE_SLOTS, "see Hill Surgery's free times"),
        (Scope.BOOK, "book at Hill Surgery"),
        (Scope.VIEW_RECORD, "view Hill Surgery's records"),
        (Scope.SEND_TASK, "send tasks to Hill Surgery"),
        (Scope.ANALYSE, "use Hill Surgery's figures"),
    ],
)
def test_a_refusal_speaks_of_the_act_it_refuses(scope: Scope, said: str) -> None:
    decision = Decision(False, Why.NOT_THIS_DIRECTION, 1, "DSA-1 v1", "2.1")
    message, next_step = refusal_words(decision, "Hill Surgery", scope=scope)
    assert message == f"DSA-1 v1 does not let your practice {said} (it shares that in another direction only)."
    assert ("book in your own practice" in next_step) == (scope in (Scope.SEE_SLOTS, Scope.BOOK))


def test_a_federation_admin_is_not_sent_to_the_federation_admin() -> None:
    decision = Decision(False, Why.NO_AGREEMENT)
    assert "Ask your federation admin" in refusal_words(decision, "Hill Surgery", role=UserRole.RECEPTIONIST)[1]
    assert refusal_words(decision, "Hill Surgery", role=UserRole.FEDERATION_ADMIN)[1] == (
        "The page “Agreements” shows who shares what with whom."
    )
