"""The end: signing out here, there, and behind the browser's back."""

from typing import Any

import pytest

from tests.hub.auth.small_provider import SmallProvider, new_key
from tests.hub.auth.steps import RECEPTION, csrf_of, sign_in
from tests.hub.web.fakes import AWAY
from tests.hub.web.shop import HUB_URL, Shop
from vocabulary.identifiers import OdsCode


def test_signing_out_ends_the_session_here_and_there(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    answer = browser.post("/sign-out", data={"csrf": csrf_of(shop)})
    asked = provider.asked(answer.headers["Location"])
    assert answer.headers["Location"].startswith(f"{provider.issuer}/end-session")
    assert asked["post_logout_redirect_uri"] == f"{HUB_URL}/signed-out" and asked["id_token_hint"]
    assert shop.sessions.open == {}
    assert browser.get("/signed-out").status_code == 200
    assert browser.get("/tonight").headers["Location"].startswith("/sign-in?")


def test_a_provider_that_is_down_cannot_keep_anybody_signed_in(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    provider.down = True
    with shop.app.app_context():
        shop.app.extensions["hub_sign_in"]._about = {}
    answer = browser.post("/sign-out", data={"csrf": csrf_of(shop)})
    assert answer.headers["Location"] == "/signed-out"
    assert shop.sessions.open == {}


def back_channel(shop: Shop, token: str) -> Any:
    return shop.client().post("/sign-in/back-channel-logout", data={"logout_token": token})


def test_back_channel_logout_ends_the_session_it_names(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    answer = back_channel(shop, provider.logout_token())
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert shop.sessions.open == {}
    assert browser.get("/tonight").status_code == 303


def test_back_channel_logout_without_a_session_ends_all_of_that_person(shop: Shop, provider: SmallProvider) -> None:
    sign_in(shop.client(), provider)
    sign_in(shop.client(), provider)
    assert back_channel(shop, provider.logout_token(sid=None)).status_code == 200
    assert shop.sessions.open == {}


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "n"},
        {"events": {}},
        {"events": None},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"iat": 1_000_000_000},
        {"sid": None, "sub": None},
        {"jti": None},
    ],
)
def test_a_logout_token_that_is_not_one_ends_nothing(
    shop: Shop, provider: SmallProvider, change: dict[str, Any]
) -> None:
    sign_in(shop.client(), provider)
    answer = back_channel(shop, provider.logout_token(**change))
    assert answer.status_code == 400
    assert len(shop.sessions.open) == 1


def test_a_logout_token_by_a_stranger_ends_nothing(shop: Shop, provider: SmallProvider) -> None:
    sign_in(shop.client(), provider)
    for token in ("", "x.y.z", provider.logout_token(key=new_key()), provider.logout_token(kind="at+jwt")):
        assert back_channel(shop, token).status_code == 400
    assert len(shop.sessions.open) == 1


def test_an_id_token_cannot_serve_as_a_logout_token(shop: Shop, provider: SmallProvider) -> None:
    sign_in(shop.client(), provider)
    (session,) = shop.sessions.open.values()
    assert back_channel(shop, session.data["id_token"]).status_code == 400
    assert len(shop.sessions.open) == 1


def test_the_practice_is_named_by_its_code_when_the_address_book_does_not_know_it(
    shop: Shop, provider: SmallProvider
) -> None:
    provider.roles = [{**RECEPTION, "org_code": "Z99999"}]
    browser = shop.client()
    sign_in(browser, provider)
    assert "Z99999" in browser.get("/tonight").text
    assert OdsCode("Z99999") != AWAY
