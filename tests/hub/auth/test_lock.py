"""The lock: nothing is shown until the same person has proved anew who they are."""

import time

import pytest

from tests.hub.auth.small_provider import SmallProvider
from tests.hub.auth.steps import ELSEWHERE, RECEPTION, csrf_of, lock, sign_in
from tests.hub.web.reading import words
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
    assert answer.headers["Location"] == "/sign-in/lock?back=/?x%3D1&undone=1"
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


@pytest.mark.parametrize("referer", ["http://localhost/holds/BZMR322N?moving=BZYYBR5P", ""])
def test_confirming_after_the_lock_says_that_nothing_was_booked_and_leads_back_to_the_hold(
    shop: Shop, provider: SmallProvider, referer: str
) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    token = csrf_of(shop)
    lock(shop)
    form = {"description": "Knee pain", "patient_told": "yes", "csrf": token}
    headers = {"Referer": referer} if referer else {}
    away = browser.post("/holds/BZMR322N/book", data=form, headers=headers)
    page = browser.get(away.headers["Location"])
    assert "Nothing was booked or changed. What you sent reached the hub only after the lock." in words(page)
    assert "Sign in again: back to the slot you hold" in words(page)
    back = "/holds/BZMR322N?moving%3DBZYYBR5P" if referer else "/holds/BZMR322N/book"
    assert f'href="/sign-in/start?back={back}&amp;again=1"' in page.text
    assert shop.desk.bookings == {}
    looked = browser.get(browser.get("/tonight").headers["Location"])
    assert "Nothing was booked" not in words(looked)  # only looking was asked for


def test_a_form_of_a_session_before_says_that_nothing_was_booked_and_leads_back_to_the_hold(
    shop: Shop, provider: SmallProvider
) -> None:
    browser = shop.client()
    sign_in(browser, provider)
    form = {"description": "Knee pain", "patient_told": "yes", "csrf": csrf_of(shop)}
    sign_in(browser, provider)
    answer = browser.post("/holds/BZMR322N/book", data=form, headers={"Referer": "http://localhost/holds/BZMR322N"})
    assert answer.status_code == 403 and shop.desk.bookings == {}
    assert "This form has expired" in words(answer) and "Nothing was booked or changed." in words(answer)
    assert '<a class="nhsuk-button" href="/holds/BZMR322N">Back to the slot you hold</a>' in answer.text
    assert "Acting for" in words(answer)  # still signed in, and told so


def test_a_form_sent_after_the_session_ended_says_that_nothing_was_booked(shop: Shop) -> None:
    away = shop.client().post("/holds/BZMR322N/book", data={"description": "Knee pain"})
    assert away.headers["Location"] == "/sign-in?back=/holds/BZMR322N/book&undone=1"
    page = shop.client().get(away.headers["Location"])
    assert "Nothing was booked or changed. Your session had ended before" in words(page)
