"""Corners of the register: drafts given up, newcomers, two drafts of one code, who acts for the federation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sharing_agreements.deeds import DeedRefused, NotYourAgreement, UnknownAgreement
from sharing_agreements.document import AgreementDocument
from sharing_agreements.drafting import CodeTaken, Ref
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.stopping import Ending
from tests.scheduling.world import NOW, World, caller
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
from vocabulary.agreements import AgreementStatus, AtEnd
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database
NOT_LIKE_THAT = Ending("Not like that.", AtEnd.KEEP)


def manager_of_the_admins_practice() -> Caller:
    return caller(HOME, user="mina.manager", role=UserRole.PRACTICE_MANAGER)


def retitled(document: AgreementDocument) -> AgreementDocument:
    return replace(document, title="A clearer title")


def another_purpose(document: AgreementDocument) -> AgreementDocument:
    return replace(document, purpose="Another purpose altogether.")


def test_an_amendment_that_was_given_up_does_not_stand_in_the_next_ones_way(alone: World) -> None:
    book, first = register(alone), in_force(alone)
    given_up = book.amend(first, caller=ADMIN)
    book.end(given_up, NOT_LIKE_THAT, caller=ADMIN)
    third = book.amend(first, caller=ADMIN, change=retitled)
    assert third == Ref("DSA-NEW-01", 3)
    assert book.detail(third, caller=ADMIN).document.supersedes == 1
    assert next(change.words for change in book.changes(third, caller=ADMIN)).startswith("The title was")


def test_what_has_ended_is_not_begun_again_under_its_code(alone: World) -> None:
    book, first = register(alone), in_force(alone)
    book.end(first, NOT_LIKE_THAT, caller=ADMIN)
    with pytest.raises(NotNow, match="has ended"):
        book.draft(whole(), caller=ADMIN)


def test_who_joins_with_a_new_version_reads_and_signs_it(alone: World) -> None:
    book, first = register(alone), in_force(alone)
    second = book.amend(first, caller=ADMIN, change=lambda was: replace(was, parties=(*was.parties, party(OTHER))))
    book.propose(second, caller=ADMIN)
    with pytest.raises(UnknownAgreement):
        book.detail(first, caller=guardian(OTHER))
    assert book.changes(second, caller=guardian(OTHER)) == (), "what was agreed before is not theirs to read"
    assert len(book.changes(second, caller=guardian(HOME))) == 1
    sign(alone, second, OTHER, HOME, HOST)
    assert book.detail(second, caller=guardian(OTHER)).status is AgreementStatus.IN_FORCE


def test_a_proposal_is_not_taken_back_into_a_second_draft(alone: World) -> None:
    book, first = register(alone), proposed(alone)
    second = book.amend(first, caller=ADMIN)
    with pytest.raises(DeedRefused, match="v2 is being drafted in its place"):
        book.take_back(first, caller=ADMIN)
    book.end(second, NOT_LIKE_THAT, caller=ADMIN)
    book.take_back(first, caller=ADMIN)
    with pytest.raises(CodeTaken, match="v1 is being drafted already"):
        book.draft(whole(), caller=ADMIN)


# --- Signatures hold on for what stands, and for nothing else.


def test_ending_it_ends_what_waits_on_its_signatures(alone: World) -> None:
    book, first = register(alone), in_force(alone, whole(HOME, HOST, OTHER))
    clause = replace(whole().clauses[1], number="2.3", giver=HOST, receiver=HOME)
    second = book.amend(first, caller=ADMIN, change=lambda was: replace(was, clauses=(*was.clauses, clause)))
    book.propose(second, caller=ADMIN)
    sign(alone, second, HOME)
    book.end(first, Ending("All stop.", AtEnd.KEEP), caller=ADMIN)
    with pytest.raises(NotNow, match="has ended"):
        sign(alone, second, HOST)
    assert book.detail(second, caller=ADMIN).status is AgreementStatus.ENDED


def test_what_has_run_out_spares_nobody_a_signature(alone: World) -> None:
    book, first = register(alone), in_force(alone)
    second = book.amend(first, caller=ADMIN, change=retitled)
    book.revise(second, lambda was: replace(was, ends_at=NOW + timedelta(days=800)), caller=ADMIN)
    alone.clock.at = whole().ends_at or NOW
    book.expire_due(caller=ADMIN)
    book.revise(second, lambda was: replace(was, review_on=(NOW + timedelta(days=600)).date()), caller=ADMIN)
    assert book.propose(second, caller=ADMIN) is AgreementStatus.PROPOSED
    assert [each.ods for each in book.detail(second, caller=ADMIN).missing] == [HOME, HOST]


def test_a_signature_of_what_was_given_up_is_not_carried_over(alone: World) -> None:
    book, first = register(alone), in_force(alone)
    second = book.amend(first, caller=ADMIN, change=another_purpose)
    book.propose(second, caller=ADMIN)
    sign(alone, second, HOST)
    book.end(second, NOT_LIKE_THAT, caller=ADMIN)
    third = book.amend(first, caller=ADMIN, change=retitled)
    assert book.propose(third, caller=ADMIN) is AgreementStatus.IN_FORCE, "nothing changed in what stands"
    carried = book.detail(third, caller=ADMIN)
    assert [each.signature and each.signature.carried_from for each in carried.parties] == [1, 1]


# --- A federation admin sits at a practice, and does not act for it.


def test_what_the_federation_drafts_is_not_the_admins_own_practices(alone: World) -> None:
    book = register(alone)
    ref = book.draft(whole(HOST, OTHER), caller=ADMIN)
    assert ADMIN.practice == HOME
    with pytest.raises(UnknownAgreement):
        book.detail(ref, caller=manager_of_the_admins_practice())
    with pytest.raises(UnknownAgreement):
        book.end(ref, NOT_LIKE_THAT, caller=manager_of_the_admins_practice())
    assert book.summaries(caller=manager_of_the_admins_practice()) == ()


def test_what_the_federation_suspended_the_admins_own_practice_does_not_resume(alone: World) -> None:
    book, ref = register(alone), in_force(alone)
    book.suspend(ref, "A breach is looked into.", caller=ADMIN)
    with pytest.raises(NotYourAgreement, match="by the federation"):
        book.resume(ref, "We want it back.", caller=manager_of_the_admins_practice())
    book.resume(ref, "Nothing was found.", caller=ADMIN)


def test_a_federation_admin_takes_no_practice_out(alone: World) -> None:
    book, ref = register(alone), in_force(alone)
    with pytest.raises(NotYourAgreement, match="Only a party's manager"):
        book.leave(ref, "They go.", caller=ADMIN)
    with pytest.raises(NotYourAgreement, match="Only a practice's manager"):
        book.leave_all("They go.", caller=ADMIN)
