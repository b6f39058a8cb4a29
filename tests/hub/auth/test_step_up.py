"""Step-up: an act that binds a practice needs somebody who proved who they are in the last five minutes."""

import time
from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from hub.auth import step_up
from hub.auth.problems import StepUpNeeded
from tests.hub.auth.small_provider import SmallProvider
from tests.hub.auth.steps import lock, sign_in
from tests.hub.web.shop import Shop


def fresh(browser: FlaskClient) -> datetime | None:
    with browser:
        browser.get("/sign-in/role")
        return step_up.fresh()


def test_a_proof_is_good_for_five_minutes(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    provider.claims = {"auth_time": int(time.time())}
    sign_in(browser, provider, again=True)
    at = fresh(browser)
    assert at is not None and at.timestamp() == provider.claims["auth_time"]
    for session in shop.sessions.open.values():
        session.data[step_up.KEY]["at"] -= 301
    assert fresh(browser) is None


@pytest.mark.parametrize("claims", [{"auth_time": "now"}, {"auth_time": True}, {"auth_time": None}])
def test_a_service_that_does_not_say_when_has_proved_nothing(
    shop: Shop, provider: SmallProvider, claims: dict[str, object]
) -> None:
    browser = shop.client()
    provider.claims = claims
    sign_in(browser, provider)
    assert fresh(browser) is None


def test_a_proof_from_the_future_is_none(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    provider.claims = {"auth_time": int(time.time()) + 600}
    sign_in(browser, provider)
    assert fresh(browser) is None


def test_nobody_signed_in_has_proved_nothing(shop: Shop) -> None:
    with shop.client() as browser:
        browser.get("/sign-in")
        assert step_up.fresh() is None
        with pytest.raises(StepUpNeeded, match="nothing was done"):
            step_up.require_fresh()


def test_the_page_of_the_step_up_asks_anew_and_as_strongly_as_was_set(shop: Shop, provider: SmallProvider) -> None:
    object.__setattr__(shop.hub, "config", replace(shop.hub.config, oidc_acr_values="AAL2", oidc_step_up_acr="AAL3 X"))
    shop.app.extensions["hub_sign_in"]._config = shop.hub.config
    with shop.app.test_request_context():
        page = step_up.proof_page("/agreements/7/sign")
    asked = provider.asked(shop.client().get(page).headers["Location"])
    assert (asked["prompt"], asked["max_age"], asked["acr_values"]) == ("login", "0", "AAL3 X")
    unlocking = provider.asked(shop.client().get("/sign-in/start?again=1").headers["Location"])
    assert (unlocking["prompt"], unlocking["acr_values"]) == ("login", "AAL2")


@pytest.mark.parametrize(("acr", "enough"), [("AAL3", True), ("AAL2", False), ("", False)])
def test_too_weak_a_proof_does_not_count(shop: Shop, provider: SmallProvider, acr: str, enough: bool) -> None:
    object.__setattr__(shop.hub, "config", replace(shop.hub.config, oidc_step_up_acr="AAL3 X"))
    browser = shop.client()
    provider.claims = {"auth_time": int(time.time()), "acr": acr}
    sign_in(browser, provider, again=True)
    assert (fresh(browser) is not None) is enough


def test_unlocking_keeps_no_older_proof(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    provider.claims = {"auth_time": int(time.time())}
    sign_in(browser, provider)
    lock(shop)
    provider.claims = {"auth_time": None}
    sign_in(browser, provider, again=True)
    assert fresh(browser) is None


def test_what_was_typed_meanwhile_is_there_for_the_same_person_alone(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    typed = {"address": "/what-if?kind=end", "reason": "We part.", "moves": []}
    for session in shop.sessions.open.values():
        session.put(step_up.MEANWHILE, typed)
    sign_in(browser, provider, again=True)
    assert [session.data.get(step_up.MEANWHILE) for session in shop.sessions.open.values()] == [typed]
    provider.claims = provider.person = {"sub": "555010010099"}
    sign_in(browser, provider, again=True)
    assert [session.data.get(step_up.MEANWHILE) for session in shop.sessions.open.values()] == [None]
