"""The lock: nothing is shown until the same person has proved anew who they are."""

import time

from tests.hub.auth.small_provider import SmallProvider
from tests.hub.auth.steps import ELSEWHERE, RECEPTION, csrf_of, lock, sign_in
from tests.hub.web.shop import Shop


def test_after_fifteen_idle_minutes_nothing_is_shown_until_one_signs_in_again(
    shop: Shop, provider: SmallProvider
) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    browser.post("/patient", data={"by": "number", "nhs_number": "9990000018", "csrf": csrf_of(shop)})
    lock(shop)
    away = browser.get("/search?when=week")
    assert away.headers["Location"] == "/sign-in/lock?back=/search?when%3Dweek"
    page = browser.get(away.headers["Location"])
    assert "PRITCHARD" not in page.text and "Rita Okafor" in page.text
    assert 'href="/sign-in/start?back=/search?when%3Dweek&amp;again=1"' in page.text


def test_the_same_person_goes_on_with_the_same_patient(shop: Shop, provider: SmallProvider) -> None:
    provider.roles = [RECEPTION, ELSEWHERE]
    browser = shop.client()
    sign_in(browser, provider)
    browser.post("/sign-in/role", data={"post": "receptionist@Y90002", "csrf": csrf_of(shop)})
    browser.post("/patient", data={"by": "number", "nhs_number": "9990000018", "csrf": csrf_of(shop)})
    before = set(shop.sessions.open)
    lock(shop)
    done = sign_in(browser, provider, back="/search", again=True)
    assert done.headers["Location"] == "/search"
    page = browser.get("/search")
    assert "PRITCHARD" in page.text and "Fallodon Way Medical Centre" in page.text
    assert not before & set(shop.sessions.open)  # a new id, the old one is worthless


def test_somebody_else_at_the_same_desk_does_not_see_the_patient(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    browser.post("/patient", data={"by": "number", "nhs_number": "9990000018", "csrf": csrf_of(shop)})
    lock(shop)
    provider.claims = provider.person = {"sub": "555010010099"}
    sign_in(browser, provider, again=True)
    assert "PRITCHARD" not in browser.get("/bookings").text
    assert [session.user_id for session in shop.sessions.open.values()] == ["555010010099"]


def test_the_provider_must_ask_anew_after_a_lock(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    lock(shop)
    asked = provider.asked(browser.get("/sign-in/start?again=1").headers["Location"])
    assert asked["prompt"] == "login" and asked["max_age"] == "0"
    provider.claims = {"auth_time": int(time.time()) - 3600}
    assert sign_in(browser, provider, again=True).status_code == 401


def test_one_can_lock_when_leaving_the_desk(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    answer = browser.post("/sign-in/lock", data={"csrf": csrf_of(shop), "back": "/tonight"})
    assert answer.headers["Location"] == "/sign-in/lock?back=/tonight"
    assert browser.get("/tonight").headers["Location"].startswith("/sign-in/lock")


def test_a_form_sent_after_the_lock_does_nothing_and_leads_back_to_its_page(
    shop: Shop, provider: SmallProvider
) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    token = csrf_of(shop)
    lock(shop)
    answer = browser.post(
        "/patient",
        data={"by": "number", "nhs_number": "9990000018", "csrf": token},
        headers={"Referer": "http://localhost/?x=1"},
    )
    assert answer.headers["Location"] == "/sign-in/lock?back=/?x%3D1"
    (session,) = shop.sessions.open.values()
    assert "patient" not in session.data


def test_typing_keeps_the_session_open_and_a_waiting_page_does_not(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    shop.clock.pass_by(minutes=14)
    assert browser.post("/sign-in/stay", headers={"X-CSRF": csrf_of(shop)}).status_code == 204
    shop.clock.pass_by(minutes=14)
    assert browser.get("/bookings/BZMR322N/state").status_code == 404  # let in, but no such booking
    shop.clock.pass_by(minutes=2)
    assert browser.get("/tonight").headers["Location"].startswith("/sign-in/lock")


def test_a_fragment_asked_for_after_the_lock_reloads_the_whole_page(shop: Shop, provider: SmallProvider) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    lock(shop)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/search?when=week"}
    answer = browser.get("/search?when=weekend", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in/lock?back=/search?when%3Dweek"
