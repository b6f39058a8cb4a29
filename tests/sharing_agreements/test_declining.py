"""A party that will not sign says so: the text never comes into force, nobody's earlier signature is touched, and
whoever drafted it goes on with another text or without that party."""

from dataclasses import replace

import pytest

from sharing_agreements.deeds import NotYourAgreement, ReasonWanted
from sharing_agreements.document import AgreementDocument
from tests.scheduling.world import World, caller
from tests.sharing_agreements.making import (
    ADMIN,
    HOME,
    HOST,
    OTHER,
    guardian,
    in_force,
    party,
    proposed,
    register,
    sign,
    whole,
)
from vocabulary.agreements import AgreementStatus
from vocabulary.people import UserRole

pytestmark = pytest.mark.database
WHY = "We do not keep everything for ever."


def another_purpose(document: AgreementDocument) -> AgreementDocument:
    return replace(document, purpose="Another purpose altogether.")


def test_who_declines_an_amendment_stays_in_what_is_in_force(alone: World) -> None:
    book, first = register(alone), in_force(alone)
    second = book.amend(first, caller=ADMIN, change=another_purpose)
    book.propose(second, caller=ADMIN)
    book.decline(second, WHY, caller=guardian(HOST))
    sign(alone, second, HOME)
    found = book.detail(second, caller=ADMIN)
    assert (found.status, found.missing) == (AgreementStatus.PROPOSED, ())
    assert [(each.ods, each.left_reason) for each in found.declined] == [(HOST, WHY)]
    before = book.detail(first, caller=guardian(HOST))
    assert before.status is AgreementStatus.IN_FORCE and before.party(HOST) is not None
    assert [each.left_at for each in before.parties] == [None, None]


def test_whoever_drafted_it_goes_on_without_them_and_nobody_signs_again(alone: World) -> None:
    book = register(alone)
    first = proposed(alone, whole(HOME, HOST, OTHER))
    sign(alone, first, HOME, HOST)
    book.decline(first, WHY, caller=guardian(OTHER))
    stay = (party(HOME), party(HOST))
    second = book.amend(first, caller=ADMIN, change=lambda was: replace(was, parties=stay))
    assert book.propose(second, caller=ADMIN) is AgreementStatus.IN_FORCE


def test_two_parties_are_enough_to_go_on_with_another_text(alone: World) -> None:
    book, first = register(alone), proposed(alone)
    book.decline(first, WHY, caller=guardian(HOST))
    second = book.amend(first, caller=ADMIN, change=another_purpose)
    book.propose(second, caller=ADMIN)
    sign(alone, second, HOME, HOST)
    assert book.detail(second, caller=ADMIN).status is AgreementStatus.IN_FORCE


def test_what_is_taken_back_is_asked_of_all_again(alone: World) -> None:
    book, first = register(alone), proposed(alone)
    book.decline(first, WHY, caller=guardian(HOST))
    book.take_back(first, caller=ADMIN)
    book.propose(first, caller=ADMIN)
    sign(alone, first, HOME, HOST)
    assert book.detail(first, caller=ADMIN).status is AgreementStatus.IN_FORCE


def test_it_takes_a_reason_and_somebody_who_answers_for_a_party_that_has_not_signed(alone: World) -> None:
    book, first = register(alone), proposed(alone)
    with pytest.raises(ReasonWanted):
        book.decline(first, "", caller=guardian(HOST))
    with pytest.raises(NotYourAgreement, match="Only a party's manager"):
        book.decline(first, WHY, caller=ADMIN)
    sign(alone, first, HOST)
    with pytest.raises(NotYourAgreement, match="No signature of your practice is missing"):
        book.decline(first, WHY, caller=guardian(HOST))


def test_everybody_hears_of_it_with_the_reason_and_no_signature_is_waited_for(alone: World) -> None:
    book, first = register(alone), proposed(alone)
    book.decline(first, WHY, caller=guardian(HOST))
    assert [(each.act, each.reason) for each in book.news(caller=ADMIN)] == [("agreement.declined", WHY)]
    assert book.to_sign(caller=guardian(HOST)) == ()
    (line,) = book.summaries(AgreementStatus.PROPOSED, caller=ADMIN)
    assert (line.unsigned, line.declined) == ((HOME,), (HOST,))
    with pytest.raises(NotYourAgreement, match="has left"):
        sign(alone, first, HOST)


def test_only_who_drafts_it_changes_or_proposes_it(alone: World) -> None:
    book = register(alone)
    manager = caller(HOST, user="bridget.manager", role=UserRole.PRACTICE_MANAGER)
    ref = book.draft(whole(), caller=ADMIN)
    assert book.detail(ref, caller=manager).drafted_for == "FEDERATION"
    for act in (
        lambda: book.revise(ref, another_purpose, caller=manager),
        lambda: book.attach(ref, "a.txt", b"a", caller=manager),
        lambda: book.propose(ref, caller=manager),
    ):
        with pytest.raises(NotYourAgreement, match="is drafted by the federation"):
            act()
    book.propose(ref, caller=ADMIN)
    with pytest.raises(NotYourAgreement, match="is drafted by the federation"):
        book.amend(ref, caller=manager, change=another_purpose)
    own = book.draft(whole(code="DSA-NEW-02"), caller=manager)
    book.revise(own, another_purpose, caller=guardian(HOST))
    book.propose(own, caller=ADMIN)
    with pytest.raises(NotYourAgreement, match="is drafted by another practice"):
        book.take_back(own, caller=guardian(HOME))


# --- Who has left.


def test_an_amendment_leaves_out_who_has_left_and_waits_for_nobody(alone: World) -> None:
    book, first = register(alone), in_force(alone, whole(HOME, HOST, OTHER))
    book.leave(first, "We merge.", caller=guardian(OTHER))
    second = book.amend(first, caller=ADMIN, change=lambda was: replace(was, title="A clearer title"))
    assert [each.ods for each in book.detail(second, caller=ADMIN).document.parties] == [HOME, HOST]
    (change,) = book.changes(second, caller=ADMIN)
    assert change.words.startswith("The title was")
    assert book.propose(second, caller=ADMIN) is AgreementStatus.IN_FORCE


def test_to_name_them_again_is_told_as_joining_and_they_sign(alone: World) -> None:
    book, first = register(alone), in_force(alone, whole(HOME, HOST, OTHER))
    book.leave(first, "We merge.", caller=guardian(OTHER))
    second = book.amend(first, caller=ADMIN, change=lambda was: replace(was, parties=(*was.parties, party(OTHER))))
    assert any(f"Practice {OTHER}" in change.words for change in book.changes(second, caller=ADMIN))
    book.propose(second, caller=ADMIN)
    assert OTHER in [each.ods for each in book.detail(second, caller=ADMIN).missing]
