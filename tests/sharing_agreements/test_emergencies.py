"""What breaking the glass opens, and that nothing else does: proven over the rules, without a database."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing_agreements.terms import PatientFacts, Terms, Why, decide, in_emergency, may_be_broken
from tests.sharing_agreements.test_refusing import EVERYTHING, HOME, HOST, NOW, OTHER, ask
from vocabulary.choices import PatientChoice, Permission
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

VIEW = Scope.VIEW_RECORD
WITHOUT_VIEWING = replace(EVERYTHING, grants=tuple(g for g in EVERYTHING.grants if g.scope is not VIEW))
OTHER_WAY = replace(EVERYTHING, grants=tuple(replace(g, giver=HOME, receiver=HOST) for g in EVERYTHING.grants))
UNASKED = PatientFacts(permission=Permission.CANNOT_ASK)

facts = st.builds(
    PatientFacts,
    choices=st.frozensets(st.sampled_from(PatientChoice)),
    restricted=st.booleans(),
    permission=st.none() | st.sampled_from(Permission),
    care_link=st.booleans(),
)
agreements = st.builds(
    lambda base, status, signed, parties: replace(base, status=status, signed=signed, parties=parties),
    st.sampled_from([WITHOUT_VIEWING, OTHER_WAY, EVERYTHING]),
    st.sampled_from(["in-force", "in-force", "suspended", "ended", "expired", "draft", "proposed"]),
    st.frozensets(st.sampled_from([HOME, HOST, OTHER])),
    st.frozensets(st.sampled_from([HOME, HOST, OTHER])),
)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(agreements, max_size=3),
    facts,
    st.sampled_from(Scope),
    st.sampled_from(UserRole),
    st.frozensets(st.tuples(st.sampled_from([HOME, HOST]), st.sampled_from(Scope)), max_size=2),
)
def test_an_emergency_opens_a_look_that_only_scope_or_care_link_refused_and_nothing_else(
    known: list[Terms],
    patient: PatientFacts,
    scope: Scope,
    role: UserRole,
    switches: frozenset[tuple[object, Scope]],
) -> None:
    question = ask(scope, patient, role=role)
    plain = decide(known, question, NOW, switches)  # type: ignore[arg-type]
    found = in_emergency(plain, question)
    if plain.allowed:
        assert found == plain, "no glass is broken where a clause grants"
        return
    by_scope = (Why.NOT_THIS_SCOPE, Why.NOT_THIS_DIRECTION)
    alone = [decide([each], question, NOW, switches) for each in known]  # type: ignore[arg-type]
    fall_short = {each.agreement for each in alone if each.why in by_scope}
    linkless = plain.why is Why.NO_CARE_LINK
    opened = (
        (linkless or (bool(fall_short) and all(each.why is not Why.NOT_THIS_ROLE for each in alone)))
        and scope is VIEW
        and role is UserRole.CLINICIAN
        and not patient.restricted
        and PatientChoice.DISSENT_TO_SHARING not in patient.choices
        and patient.permission in (Permission.GIVEN, Permission.CANNOT_ASK)
    )
    assert found.allowed == opened == (found.why is Why.EMERGENCY)
    if opened:
        assert found.despite is Why.NO_CARE_LINK if linkless else found.despite in by_scope
        assert linkless or found.agreement in fall_short


@pytest.mark.parametrize("terms", [WITHOUT_VIEWING, OTHER_WAY])
def test_an_emergency_opens_what_the_agreement_does_not_cover(terms: Terms) -> None:
    question = ask(VIEW, UNASKED)
    found = in_emergency(decide([terms], question, NOW), question)
    assert (found.allowed, found.why, found.agreement, found.clause) == (True, Why.EMERGENCY, "DSA-1 v1", "")


def test_dissent_and_restriction_are_never_overridden_whatever_else_is_so() -> None:
    for permission, link, terms in product(
        [None, *Permission], [True, False], [WITHOUT_VIEWING, OTHER_WAY, EVERYTHING]
    ):
        for hidden, choices, why in (
            (True, frozenset[PatientChoice](), Why.RESTRICTED),
            (False, frozenset({PatientChoice.DISSENT_TO_SHARING}), Why.DISSENT),
        ):
            question = ask(VIEW, PatientFacts(choices, hidden, permission, link))
            found = in_emergency(decide([terms], question, NOW), question)
            assert (found.allowed, found.why) == (False, why)


def test_an_agreement_that_covers_the_record_opens_no_less_than_one_that_does_not() -> None:
    question = ask(VIEW, UNASKED)
    refused = decide([EVERYTHING], question, NOW)
    assert refused.why is Why.NO_CARE_LINK and may_be_broken(refused)
    found = in_emergency(refused, question)
    assert (found.allowed, found.why, found.despite, found.clause) == (True, Why.EMERGENCY, Why.NO_CARE_LINK, "")
    said_no = ask(VIEW, PatientFacts(permission=Permission.REFUSED))
    assert in_emergency(decide([EVERYTHING], said_no, NOW), said_no).why is Why.NO_PERMISSION


def test_without_any_agreement_or_with_one_not_in_force_no_glass_breaks() -> None:
    question = ask(VIEW, UNASKED)
    for known in (
        [],
        [replace(WITHOUT_VIEWING, status="suspended")],
        [replace(WITHOUT_VIEWING, signed=frozenset({HOST}))],
    ):
        assert not in_emergency(decide(known, question, NOW), question).allowed


def test_a_pulled_switch_is_not_broken_either() -> None:
    question = ask(VIEW, UNASKED)
    for practice in (HOME, HOST):
        for terms in (WITHOUT_VIEWING, EVERYTHING):
            found = in_emergency(decide([terms], question, NOW, {(practice, VIEW)}), question)
            assert not found.allowed


def test_a_suspension_beside_it_is_what_is_cited_and_takes_no_emergency_away() -> None:
    question = ask(VIEW, UNASKED)
    paused = replace(EVERYTHING, id=9, code="DSA-9", status="suspended")
    refused = decide([paused, WITHOUT_VIEWING], question, NOW)
    assert (refused.why, refused.agreement) == (Why.SUSPENDED, paused.label) and may_be_broken(refused)
    found = in_emergency(refused, question)
    assert found == in_emergency(decide([WITHOUT_VIEWING], question, NOW), question) and found.allowed
    assert not may_be_broken(decide([paused], question, NOW))
