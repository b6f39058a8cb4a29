"""Signing in at a provider: the whole way there and back, and everything that must not get through."""

from typing import Any

import pytest

from hub.auth.login import safe_way_back
from practices.results import StaffGrant
from tests.hub.auth.small_provider import SmallProvider, new_key
from tests.hub.auth.steps import ELSEWHERE, RECEPTION, csrf_of, sign_in
from tests.hub.web.fakes import HOME
from tests.hub.web.shop import HUB_URL, Shop
from vocabulary.people import UserRole


def test_one_role_leads_straight_to_where_one_wanted_to_go(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    wanted = browser.get("/tonight")
    assert wanted.status_code == 303 and wanted.headers["Location"] == "/sign-in?back=/tonight"
    done = sign_in(browser, provider, back="/tonight")
    assert (done.status_code, done.headers["Location"]) == (303, "/tonight")
    page = browser.get("/tonight")
    assert page.status_code == 200
    assert "Rita Okafor, receptionist" in page.text and "Beechwood Surgery" in page.text
    (session,) = shop.sessions.open.values()
    assert (session.user_id, session.sid, session.acting_ods) == ("555010010001", "provider-session", "Y90001")


def test_the_request_carries_pkce_a_nonce_and_the_scopes_of_cis2(shop: Shop, provider: SmallProvider) -> None:
    start = shop.client().get("/sign-in/start")
    asked = provider.asked(start.headers["Location"])
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{HUB_URL}/sign-in/return"
    assert {"openid", "nationalrbacaccess", "selectedrole"} <= set(asked["scope"].split())
    assert len(asked["state"]) > 20 and len(asked["nonce"]) > 20 and asked["state"] != asked["nonce"]


def test_the_cookie_is_opaque_http_only_and_lax(shop: Shop, provider: SmallProvider) -> None:
    done = sign_in(shop.client(), provider)
    cookie = next(c for c in done.headers.getlist("Set-Cookie") if c.startswith("hub_session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "Rita" not in cookie and "5550" not in cookie


def test_over_https_every_cookie_is_secure(shop: Shop, provider: SmallProvider, tmp_path: Any) -> None:
    object.__setattr__(shop.hub.config, "hub_url", "https://hub.example.nhs.uk")
    start = shop.client().get("/sign-in/start")
    assert "Secure" in start.headers["Set-Cookie"]


def test_somebody_with_two_posts_chooses_one(shop: Shop, provider: SmallProvider) -> None:
    provider.roles = [RECEPTION, ELSEWHERE]
    browser = shop.client()
    done = sign_in(browser, provider, back="/tonight")
    assert done.headers["Location"] == "/sign-in/role?back=/tonight"
    page = browser.get(done.headers["Location"])
    assert "Beechwood Surgery" in page.text and "Fallodon Way Medical Centre" in page.text
    assert browser.get("/tonight").headers["Location"] == "/sign-in/role?back=/tonight"
    form = {"post": "receptionist@Y90002", "back": "/tonight", "csrf": csrf_of(shop)}
    assert browser.post("/sign-in/role", data=form).headers["Location"] == "/tonight"
    assert "Fallodon Way Medical Centre" in browser.get("/tonight").text


def test_a_role_one_does_not_have_cannot_be_chosen(shop: Shop, provider: SmallProvider) -> None:
    provider.roles = [RECEPTION, ELSEWHERE]
    browser = shop.client()
    sign_in(browser, provider)
    answer = browser.post("/sign-in/role", data={"post": "federation-admin@Y90001", "csrf": csrf_of(shop)})
    assert answer.status_code == 403
    (session,) = shop.sessions.open.values()
    assert session.acting_ods == ""


def test_the_role_chosen_at_the_provider_is_not_asked_again(shop: Shop, provider: SmallProvider) -> None:
    provider.roles, provider.person = [RECEPTION, ELSEWHERE], {"selected_roleid": "2"}
    browser = shop.client()
    assert sign_in(browser, provider).headers["Location"] == "/"
    (session,) = shop.sessions.open.values()
    assert session.acting_ods == "Y90002"


def test_a_local_grant_counts_beside_national_roles(shop: Shop, provider: SmallProvider) -> None:
    provider.roles = []
    shop.book.grants = (
        StaffGrant(UserRole.FEDERATION_ADMIN, HOME, shop.clock.now().date(), "somebody at the federation"),
    )
    browser = shop.client()
    sign_in(browser, provider)
    assert "Rita Okafor, federation admin" in browser.get("/practices").text


def test_without_any_role_nobody_gets_in_and_is_told_whom_to_ask(shop: Shop, provider: SmallProvider) -> None:
    provider.roles = []
    answer = sign_in(shop.client(), provider)
    assert answer.status_code == 403
    assert "practice manager" in answer.text and "federation admin" in answer.text
    assert shop.sessions.open == {}


def test_changing_the_role_clears_whoever_is_on_the_phone(shop: Shop, provider: SmallProvider) -> None:
    provider.roles = [RECEPTION, ELSEWHERE]
    browser = shop.client()
    sign_in(browser, provider)
    browser.post("/sign-in/role", data={"post": "receptionist@Y90001", "csrf": csrf_of(shop)})
    browser.post("/patient", data={"by": "number", "nhs_number": "9990000018", "csrf": csrf_of(shop)})
    assert "PRITCHARD" in browser.get("/bookings").text
    browser.post("/sign-in/role", data={"post": "receptionist@Y90002", "csrf": csrf_of(shop)})
    assert "PRITCHARD" not in browser.get("/bookings").text


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another sign-in's"},
        {"aud": "another-system"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
        {"sub": None},
        {"aud": ["practice-hub", "another"], "azp": "another"},
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_lets_nobody_in(
    shop: Shop, provider: SmallProvider, lie: dict[str, Any]
) -> None:
    provider.claims = lie
    answer = sign_in(shop.client(), provider)
    assert answer.status_code == 401, answer.text
    assert shop.sessions.open == {}


def test_an_id_token_nobody_published_signed_lets_nobody_in(shop: Shop, provider: SmallProvider) -> None:
    provider.key, honest = new_key(), provider.key
    try:
        assert sign_in(shop.client(), provider).status_code == 401
    finally:
        provider.key = honest
    assert shop.sessions.open == {}


def test_userinfo_about_somebody_else_lets_nobody_in(shop: Shop, provider: SmallProvider) -> None:
    provider.person = {"sub": "555999999999"}
    assert sign_in(shop.client(), provider).status_code == 401
    assert shop.sessions.open == {}


def test_keys_are_fetched_again_when_they_rotate(
    shop: Shop, provider: SmallProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(shop.client(), provider)
    fetched = provider.key_fetches
    sign_in(shop.client(), provider)
    assert provider.key_fetches == fetched  # a known key is not asked for again
    provider.rotate()
    monkeypatch.setattr("hub.auth.keys._REFETCH_AT_MOST_EVERY", 0.0)
    assert sign_in(shop.client(), provider).status_code == 303
    assert provider.key_fetches == fetched + 1


def test_a_state_this_browser_did_not_begin_is_refused(shop: Shop, provider: SmallProvider) -> None:
    stolen = provider.authorize(shop.client().get("/sign-in/start").headers["Location"])
    answer = shop.client().get("/sign-in/return", query_string=stolen)
    assert answer.status_code == 401 and "not begun in this browser" in answer.text
    assert provider.token_requests == []


def test_two_tabs_can_sign_in_side_by_side(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    first = browser.get("/sign-in/start?back=/tonight").headers["Location"]
    second = browser.get("/sign-in/start?back=/bookings").headers["Location"]
    one = browser.get("/sign-in/return", query_string=provider.authorize(first))
    other = browser.get("/sign-in/return", query_string=provider.authorize(second))
    assert (one.headers["Location"], other.headers["Location"]) == ("/tonight", "/bookings")


def test_a_code_is_good_once(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    back = provider.authorize(browser.get("/sign-in/start").headers["Location"])
    assert browser.get("/sign-in/return", query_string=back).status_code == 303
    assert browser.get("/sign-in/return", query_string=back).status_code == 401


def test_giving_up_at_the_provider_says_so(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    asked = provider.asked(browser.get("/sign-in/start").headers["Location"])
    answer = browser.get("/sign-in/return", query_string={"error": "access_denied", "state": asked["state"]})
    assert answer.status_code == 401 and "not completed" in answer.text


def test_a_provider_that_is_down_is_said_to_be_down(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    provider.down = True
    answer = browser.get("/sign-in/start")
    assert answer.status_code == 503 and "The sign-in service does not answer." in answer.text


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/sign-out"]
)
def test_the_way_back_never_leads_away(address: str) -> None:
    assert safe_way_back(address) == "/"
