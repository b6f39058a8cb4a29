"""The life of an agreement in the database: who may do what, what is signed, what stays as it was signed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from demo.postgres import DatabaseUrls
from sharing_agreements.deeds import DeedRefused, NotYourAgreement, UnknownAgreement
from sharing_agreements.document import AgreementDocument
from sharing_agreements.drafting import ChangedMeanwhile, CodeTaken, Ref
from sharing_agreements.lifecycle import NotNow
from sharing_agreements.problems import NotPermitted
from sharing_agreements.signing import AnotherText, ProofTooOld
from sharing_agreements.stopping import Ending
from sharing_agreements.terms import Why
from sharing_agreements.validation import HasGaps
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
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

pytestmark = pytest.mark.database

END_NOW = Ending("The parties have agreed to stop.", AtEnd.KEEP)


def allowed(world: World, *, asker: OdsCode = HOME, giver: OdsCode = HOST) -> Why:
    try:
        return world.desk.gate.permit(caller(asker), giver, Scope.BOOK).decision.why
    except NotPermitted as refused:
        return refused.decision.why


def agreement_acts(world: World) -> list[str]:
    return [act for act in world.acts() if act.startswith("agreement.")]


def test_from_a_template_to_in_force(alone: World) -> None:
    book = register(alone)
    ref = book.draft(whole(), caller=ADMIN)
    assert allowed(alone) is Why.NOT_IN_FORCE
    assert book.propose(ref, caller=ADMIN) is AgreementStatus.PROPOSED
    wall = book.detail(ref, caller=guardian(HOME))
    assert [missing.ods for missing in wall.missing] == [HOME, HOST]
    assert [each.label for each in book.to_sign(caller=guardian(HOST))] == ["DSA-NEW-01 v1"]
    sign(alone, ref, HOME)
    assert book.to_sign(caller=guardian(HOME)) == ()
    assert allowed(alone) is not Why.GRANTED, "one signature is not enough"
    sign(alone, ref, HOST)
    assert allowed(alone) is Why.GRANTED
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.IN_FORCE
    assert agreement_acts(alone) == [
        "agreement.drafted",
        "agreement.proposed",
        "agreement.signed",
        "agreement.signed",
        "agreement.in-force",
    ]
    signed = [event for event in alone.ledger() if event.act == "agreement.signed"]
    assert {event.detail["digest"] for event in signed} == {wall.digest}
    assert {event.agreement for event in signed} == {"DSA-NEW-01 v1"}


def test_a_draft_with_gaps_is_not_proposed_and_the_refusal_is_accounted_for(alone: World) -> None:
    book = register(alone)
    ref = book.draft(whole(dpia="", review_on=None), caller=ADMIN)
    with pytest.raises(HasGaps) as refused:
        book.propose(ref, caller=ADMIN)
    assert [gap.field for gap in refused.value.gaps] == ["review-on", "dpia"]
    last = alone.ledger()[-1]
    assert (last.act, last.outcome, last.reason) == ("agreement.proposed", "refused", "agreement-has-gaps")


def test_two_people_do_not_write_over_each_other(alone: World) -> None:
    book = register(alone)
    ref = book.draft(whole(), caller=ADMIN)
    opened = book.detail(ref, caller=ADMIN).revision
    book.revise(ref, lambda document: replace(document, title="First"), caller=ADMIN, revision=opened)
    with pytest.raises(ChangedMeanwhile):
        book.revise(ref, lambda document: replace(document, title="Second"), caller=ADMIN, revision=opened)
    assert book.detail(ref, caller=ADMIN).document.title == "First"


def test_a_code_is_drafted_once_at_a_time(alone: World) -> None:
    book = register(alone)
    book.draft(whole(), caller=ADMIN)
    with pytest.raises(CodeTaken, match="being drafted already"):
        book.draft(whole(title="Another"), caller=ADMIN)
    with pytest.raises(DeedRefused, match="capital letters"):
        book.draft(whole(code="dsa"), caller=ADMIN)


def test_only_keepers_draft_and_only_for_their_own_practice(alone: World) -> None:
    book = register(alone)
    with pytest.raises(NotYourAgreement):
        book.draft(whole(), caller=caller(HOME))
    with pytest.raises(NotYourAgreement, match="own practice"):
        book.draft(whole(HOST, OTHER), caller=guardian(HOME))
    ref = book.draft(whole(HOME, HOST), caller=guardian(HOME))
    with pytest.raises(UnknownAgreement):
        book.detail(ref, caller=guardian(OTHER))
    with pytest.raises(NotYourAgreement):
        book.propose(ref, caller=caller(HOST))
    with pytest.raises(NotYourAgreement, match="drafted by another practice"):
        book.propose(ref, caller=guardian(HOST))
    assert book.propose(ref, caller=guardian(HOME)) is AgreementStatus.PROPOSED


# Signing


def test_the_text_on_the_screen_is_what_is_signed_or_nothing_is(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    seen = book.detail(ref, caller=guardian(HOME)).digest
    book.take_back(ref, caller=ADMIN)
    book.revise(ref, lambda document: replace(document, purpose="Something else."), caller=ADMIN)
    with pytest.raises(NotNow, match="is a draft"):
        book.sign(ref, shown=seen, proved_at=NOW, caller=guardian(HOME))
    book.propose(ref, caller=ADMIN)
    with pytest.raises(AnotherText, match="not the one that was on your screen"):
        book.sign(ref, shown=seen, proved_at=NOW, caller=guardian(HOME))
    assert len(book.detail(ref, caller=ADMIN).missing) == 2


def test_who_may_sign(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    digest = book.detail(ref, caller=ADMIN).digest
    with pytest.raises(NotYourAgreement, match="by its Caldicott Guardian"):
        book.sign(ref, shown=digest, proved_at=NOW, caller=caller(HOME, role=UserRole.PRACTICE_MANAGER))
    with pytest.raises(UnknownAgreement):
        book.sign(ref, shown=digest, proved_at=NOW, caller=guardian(OTHER))
    with pytest.raises(ProofTooOld):
        book.sign(ref, shown=digest, proved_at=NOW - timedelta(minutes=11), caller=guardian(HOME))


def test_a_double_click_signs_once_and_a_second_person_is_told(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    digest = book.detail(ref, caller=ADMIN).digest
    first = book.sign(ref, shown=digest, proved_at=NOW, caller=guardian(HOME))
    alone.clock.forward(seconds=1)
    assert book.sign(ref, shown=digest, proved_at=NOW, caller=guardian(HOME)) == first
    with pytest.raises(AnotherText, match="has signed DSA-NEW-01 v1 for your practice already"):
        book.sign(ref, shown=digest, proved_at=NOW, caller=guardian(HOME, user="somebody.else"))
    assert agreement_acts(alone).count("agreement.signed") == 2, "one signature, one refusal"


def test_two_signing_at_the_same_time_bring_it_into_force_once(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    digest = book.detail(ref, caller=ADMIN).digest

    def go(ods: OdsCode) -> object:
        return book.sign(ref, shown=digest, proved_at=NOW, caller=guardian(ods))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, (HOME, HOST, HOME, HOST)))
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.IN_FORCE
    assert agreement_acts(alone).count("agreement.signed") == 2
    assert agreement_acts(alone).count("agreement.in-force") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agreement SET document = document || ' '",
        "UPDATE agreement SET title = 'Another'",
        "UPDATE agreement SET digest = ''",
        "UPDATE agreement SET ends_at = ends_at + interval '1 day'",
        "UPDATE agreement SET status = 'draft'",
        "UPDATE agreement_grant SET roles = '{receptionist,clinician,analyst}'",
        "UPDATE agreement_signature SET signed_by = 'Somebody else'",
        "UPDATE agreement_party SET must_sign = false",
    ],
)
def test_what_has_been_signed_cannot_be_changed_even_by_the_owner(
    database_urls: DatabaseUrls, alone: World, statement: str
) -> None:
    sign(alone, proposed(alone), HOME)
    with psycopg.connect(database_urls.owner) as connection, pytest.raises(psycopg.errors.IntegrityError):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM agreement_grant",
        "DELETE FROM agreement_party",
        "DELETE FROM agreement_signature",
        "INSERT INTO agreement_grant (agreement_id, clause, scope, purpose, roles) "
        "SELECT id, '9.9', 'view-record', 'direct-care', '{receptionist}' FROM agreement",
        "INSERT INTO agreement_signature (agreement_id, ods, signed_by, signed_as, signed_at, digest) "
        "SELECT id, 'Y90003', 'A', 'B', now(), repeat('0', 64) FROM agreement",
        "UPDATE agreement SET digest = repeat('0', 64)",
    ],
)
def test_the_application_takes_nothing_out_of_what_has_been_signed_and_adds_nothing(
    alone: World, statement: str
) -> None:
    sign(alone, proposed(alone), HOME)
    with pytest.raises(DBAPIError), alone.work.begin() as tx:
        tx.execute(text(statement))


def test_a_signed_proposal_is_not_taken_back(alone: World) -> None:
    ref = proposed(alone)
    sign(alone, ref, HOME)
    with pytest.raises(DeedRefused, match="has been signed by somebody"):
        register(alone).take_back(ref, caller=ADMIN)


# Amendments


def _retitled(document: AgreementDocument) -> AgreementDocument:
    return replace(document, title="A clearer title")


def test_an_amendment_that_changes_nobodys_terms_asks_for_no_signature(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone)
    second = book.amend(ref, caller=ADMIN, change=_retitled)
    assert second == Ref("DSA-NEW-01", 2)
    assert book.propose(second, caller=ADMIN) is AgreementStatus.IN_FORCE
    carried = book.detail(second, caller=ADMIN)
    assert [party.signature and party.signature.carried_from for party in carried.parties] == [1, 1]
    assert book.detail(ref, caller=ADMIN).reason == "Replaced by DSA-NEW-01 v2."
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.ENDED
    assert allowed(alone) is Why.GRANTED


def test_only_those_whose_terms_change_sign_again_and_the_old_version_holds_until_then(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone, whole(HOME, HOST, OTHER))
    clause = replace(whole().clauses[1], number="2.3", giver=HOST, receiver=HOME)
    second = book.amend(ref, caller=ADMIN, change=lambda old: replace(old, clauses=(*old.clauses, clause)))
    book.propose(second, caller=ADMIN)
    assert [party.ods for party in book.detail(second, caller=ADMIN).missing] == [HOME, HOST]
    assert alone.desk.gate.permit(caller(), HOST, Scope.BOOK).decision.agreement == "DSA-NEW-01 v1"
    (change,) = book.changes(second, caller=guardian(OTHER))
    assert change.words.startswith("New clause 2.3")
    sign(alone, second, HOME, HOST)
    assert alone.desk.gate.permit(caller(), HOST, Scope.BOOK).decision.agreement == "DSA-NEW-01 v2"
    wall = book.detail(second, caller=ADMIN)
    assert {party.ods: party.signature and party.signature.carried_from for party in wall.parties} == {
        HOME: None,
        HOST: None,
        OTHER: 1,
    }


def test_a_new_version_that_begins_later_takes_over_at_that_second(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone)
    begins = NOW + timedelta(days=7)
    second = book.renew(
        ref,
        starts_at=begins,
        review_on=(NOW + timedelta(days=500)).date(),
        ends_at=NOW + timedelta(days=700),
        caller=ADMIN,
    )
    book.propose(second, caller=ADMIN)
    sign(alone, second, HOME, HOST)
    gate = alone.desk.gate
    assert gate.permit(caller(), HOST, Scope.BOOK).decision.agreement == "DSA-NEW-01 v1"
    alone.clock.at = begins - timedelta(seconds=1)
    assert gate.permit(caller(), HOST, Scope.BOOK).decision.agreement == "DSA-NEW-01 v1"
    alone.clock.at = begins
    assert gate.permit(caller(), HOST, Scope.BOOK).decision.agreement == "DSA-NEW-01 v2"
    assert book.expire_due(caller=ADMIN) == 1
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.ENDED


def test_a_suspension_goes_on_under_the_next_version(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone)
    second = book.amend(ref, caller=ADMIN, change=_retitled)
    book.suspend(ref, "A breach is looked into.", caller=guardian(HOST))
    assert book.propose(second, caller=ADMIN) is AgreementStatus.SUSPENDED
    assert allowed(alone) is Why.SUSPENDED
    with pytest.raises(NotYourAgreement, match="suspended by Practice Y90003"):
        book.resume(second, "It has been found.", caller=guardian(HOME))
    book.resume(second, "It has been found.", caller=guardian(HOST))
    assert allowed(alone) is Why.GRANTED


def test_no_practice_puts_another_out(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone, whole(HOME, HOST, OTHER))
    without = book.amend(
        ref, caller=guardian(HOME), change=lambda was: replace(was, parties=(party(HOME), party(HOST)))
    )
    with pytest.raises(NotYourAgreement, match=f"no longer names {OTHER}"):
        book.propose(without, caller=guardian(HOME))
    assert allowed(alone, asker=OTHER) is Why.GRANTED
    book.leave(ref, "We go.", caller=guardian(OTHER))
    assert book.propose(without, caller=guardian(HOME)) is AgreementStatus.IN_FORCE, "it has left by itself"


def test_a_newer_proposal_replaces_one_that_not_all_have_signed(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    sign(alone, ref, HOME)
    second = book.amend(ref, caller=ADMIN, change=_retitled)
    assert book.propose(second, caller=ADMIN) is AgreementStatus.PROPOSED
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.ENDED
    assert [party.ods for party in book.detail(second, caller=ADMIN).missing] == [HOST], "the other's holds on"
    sign(alone, second, HOST)
    assert allowed(alone) is Why.GRANTED


# Stopping


def test_suspended_and_resumed(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone)
    with pytest.raises(DeedRefused, match="Say why"):
        book.suspend(ref, " ", caller=guardian(HOME))
    book.suspend(ref, "A breach is looked into.", caller=guardian(HOME))
    assert allowed(alone) is Why.SUSPENDED
    with pytest.raises(NotNow, match="is suspended"):
        book.suspend(ref, "Again.", caller=guardian(HOST))
    book.resume(ref, "It was a false alarm.", caller=ADMIN)
    assert allowed(alone) is Why.GRANTED


def test_a_practice_leaves_at_once_and_the_others_go_on(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone, whole(HOME, HOST, OTHER))
    assert book.leave(ref, "We have merged.", caller=guardian(HOST)) is AgreementStatus.IN_FORCE
    assert allowed(alone) is Why.PARTY_LEFT
    assert allowed(alone, asker=HOST, giver=OTHER) is Why.PARTY_LEFT
    assert allowed(alone, giver=OTHER) is Why.GRANTED
    assert book.leave(ref, "Twice.", caller=guardian(HOST)) is AgreementStatus.IN_FORCE
    with pytest.raises(NotYourAgreement, match="has left"):
        book.suspend(ref, "Because.", caller=guardian(HOST))
    assert book.leave(ref, "So do we.", caller=guardian(OTHER)) is AgreementStatus.ENDED
    assert book.detail(ref, caller=ADMIN).reason.startswith("Fewer than two parties are left")


def test_who_left_has_to_sign_anew_to_come_back(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone, whole(HOME, HOST, OTHER))
    book.leave(ref, "We have merged.", caller=guardian(HOST))
    named = whole(HOME, HOST, OTHER).parties
    second = book.amend(ref, caller=ADMIN, change=lambda was: replace(was, parties=named))
    book.propose(second, caller=ADMIN)
    assert HOST in [party.ods for party in book.detail(second, caller=ADMIN).missing]


def test_ended_now_or_at_a_stated_second(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone)
    with pytest.raises(NotYourAgreement, match="federation admin"):
        book.end(ref, END_NOW, caller=guardian(HOME))
    then = NOW + timedelta(hours=3)
    assert book.end(ref, replace(END_NOW, at=then, at_end=AtEnd.MOVE), caller=ADMIN) is AgreementStatus.IN_FORCE
    alone.clock.at = then - timedelta(seconds=1)
    assert allowed(alone) is Why.GRANTED
    alone.clock.at = then
    assert allowed(alone) is Why.ENDED, "to the second, whether or not the timetable has run"
    assert book.expire_due(caller=ADMIN) == 1
    assert book.expire_due(caller=ADMIN) == 0
    ended = book.detail(ref, caller=ADMIN)
    assert (ended.status, ended.ended_at, ended.at_end) == (AgreementStatus.ENDED, then, AtEnd.MOVE)
    with pytest.raises(NotNow, match="has ended"):
        book.resume(ref, "Again please.", caller=ADMIN)


def test_an_agreement_expires_with_its_last_second(alone: World) -> None:
    book = register(alone)
    ref = in_force(alone)
    alone.clock.at = whole().ends_at or NOW
    assert allowed(alone) is Why.ENDED
    assert book.expire_due(caller=ADMIN) == 1
    assert book.detail(ref, caller=ADMIN).status is AgreementStatus.EXPIRED


def test_a_draft_is_given_up_by_whoever_drafted_it(alone: World) -> None:
    book = register(alone)
    ref = book.draft(whole(), caller=guardian(HOME))
    with pytest.raises(NotYourAgreement):
        book.end(ref, END_NOW, caller=guardian(HOST))
    assert book.end(ref, END_NOW, caller=guardian(HOME)) is AgreementStatus.ENDED
