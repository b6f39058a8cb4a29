"""What patients may read without signing in: the truth of the agreements, no staff, the same for every reader."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.web.sharing import public_words
from sharing_agreements.access_map import access_map
from sharing_agreements.publishing import Published
from tests.hub.web.fakes import NOW
from tests.hub.web.reading import words
from tests.hub.web.sharing_book import FederationBook
from tests.hub.web.shop import Shop
from vocabulary.agreements import Article6, CommonLawBasis
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope

OURS = OdsCode("Y90001")


@pytest.fixture
def book(shop: Shop) -> FederationBook:
    made = FederationBook(3)
    object.__setattr__(shop.hub, "address_book", made)
    shop.book = made
    return made


def test_anybody_may_read_it_and_caches_may_keep_it(shop: Shop, book: FederationBook) -> None:
    for address in ("/public/sharing", "/public/sharing/Y90001"):
        answer = shop.client().get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in answer.headers and "nonce" not in answer.headers["Content-Security-Policy"]
        again = shop.client().get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_it_is_the_same_whoever_reads_it(shop: Shop, book: FederationBook) -> None:
    nobody = shop.client().get("/public/sharing/Y90001").text
    signed_in = shop.sign_in(UserRole.FEDERATION_ADMIN)
    assert signed_in.get("/public/sharing/Y90001").text == nobody
    assert signed_in.session.csrf not in nobody and "Rita" not in nobody


def test_it_names_no_staff(shop: Shop, book: FederationBook) -> None:
    assert "Abernathy" not in shop.client().get("/public/sharing/Y90001").text


def test_every_practice_is_in_the_index(shop: Shop, book: FederationBook) -> None:
    page = shop.client().get("/public/sharing").text
    assert len(set(re.findall(r"/public/sharing/Y9\d{4}", page))) == 14


def test_each_kind_of_sharing_says_who_what_why_since_when(shop: Shop, book: FederationBook) -> None:
    page = words(shop.client().get("/public/sharing/Y90001"))
    assert "4 practices" in page or "Looking at your GP record 4 practices" in page
    assert "Lantern Yard Medical Centre Clinicians 15 April 2026 27 March 2028 DSA-AVON-01 v1" in page
    assert "You can say no and be seen here instead." in page and "0117 496 0001" in page
    assert "Sending us messages" not in page


def test_who_takes_part_is_what_the_gate_would_let_in(book: FederationBook) -> None:
    agreements = book.published()
    known = access_map([one.terms for one in agreements], NOW, only=OURS)
    told = {part.kind.scope: part for part in public_words.parts(OURS, known, agreements, book.practices())}
    lookers = {asker for (asker, giver), scopes in known.items() if giver == OURS and scopes[Scope.SEE_SLOTS].allowed}
    names = {practice.name for practice in book.practices() if practice.ods in lookers}
    assert {sharer.name for sharer in told[Scope.SEE_SLOTS].sharers} == names and len(names) == 6


def test_until_is_the_last_day(book: FederationBook) -> None:
    (one, *_) = book.published()
    ends = datetime(2028, 12, 1, tzinfo=UTC)
    agreements = [replace(one, terms=replace(one.terms, ends_at=ends))]
    known = access_map([each.terms for each in agreements], NOW, only=OURS)
    parts = public_words.parts(OURS, known, agreements, book.practices())
    assert {sharer.until for part in parts for sharer in part.sharers} == {"30 November 2028"}


def test_what_is_suspended_is_told_as_paused_and_left_out_of_the_privacy_text(shop: Shop, book: FederationBook) -> None:
    page = shop.client().get("/public/sharing/Y90012").text
    assert "Paused at present" in page
    text = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, flags=re.S)[0]
    assert "With:" not in text and "Your rights" in text


def test_a_practice_that_shares_nothing_says_so(shop: Shop, book: FederationBook) -> None:
    book.views = ()
    assert "shares nothing about you with other practices" in words(shop.client().get("/public/sharing/Y90001"))


def test_the_law_is_named_once_and_in_words() -> None:
    (one, *_) = FederationBook(1).published()
    with_bases = Published(
        one.terms, one.since, article_6=Article6.PUBLIC_TASK, common_law=CommonLawBasis.IMPLIED_CONSENT
    )
    assert public_words.bases([with_bases, with_bases]) == (
        "a task in the public interest (UK GDPR Article 6(1)(e))",
        "your implied consent to being cared for (common law)",
    )


@pytest.mark.parametrize("ods", ["Y99999", "nonsense", "Y90001' or 1"])
def test_an_unknown_practice_is_not_there(shop: Shop, book: FederationBook, ods: str) -> None:
    assert shop.client().get(f"/public/sharing/{ods}").status_code == 404
