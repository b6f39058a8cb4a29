"""Signing in while the database is away: no session can begin, but tonight's last copy can be read."""

from typing import Any

import pytest

from tests.hub.auth.small_provider import SmallProvider
from tests.hub.auth.steps import sign_in
from tests.hub.web.fakes import HOME, REF, booking_view, facts
from tests.hub.web.shop import Shop
from tests.hub.web.test_last_copy import database_goes_away


def grants_go_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    database_goes_away(shop, monkeypatch)
    monkeypatch.setattr(shop.book, "staff_grants", shop.sessions.find)


def test_whoever_signs_in_during_an_outage_is_shown_the_last_copy(
    shop: Shop, provider: SmallProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.desk.bookings = {REF.value: booking_view(facts=facts(host=HOME))}
    shop.sign_in().get("/tonight")
    grants_go_away(shop, monkeypatch)
    browser = shop.client()
    done = sign_in(browser, provider)
    assert (done.status_code, done.headers["Location"]) == (303, "/tonight/last-copy")
    assert "PRITCHARD" in browser.get("/tonight/last-copy").text


def test_a_role_that_may_not_see_the_list_is_told_to_wait(
    shop: Shop, provider: SmallProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.roles = [{"role_code": "S8000:G8001:R8012", "org_code": "Y90001", "person_roleid": "1"}]
    grants_go_away(shop, monkeypatch)
    answer: Any = sign_in(shop.client(), provider)
    assert answer.status_code == 503 and "does not answer" in answer.text
