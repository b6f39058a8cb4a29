"""What is typed into a visit summary, a task or an answer is not lost to the lock; and nobody else can read it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from hub.auth import typed
from tests.hub.auth.small_provider import SmallProvider
from tests.hub.auth.steps import csrf_of, lock, sign_in
from tests.hub.web.fakes import REF, booking_view
from tests.hub.web.posts import NAME, TASK
from tests.hub.web.reading import words
from tests.hub.web.shop import Shop

CLINICIAN = {"role_code": "S8000:G8000:R8000", "org_code": "Y90001", "person_roleid": "3"}
MARK = "Xylophobia"
SUMMARY, TASK_PATH = f"/session/{REF.value}/summary", f"/session/{REF.value}/task"
TYPED = {"findings": f"Tonsils red.\r\n{MARK}", "message": NAME, "urgency": "soon", "medication_changed": "no"}


@pytest.fixture
def browser(shop: Shop, provider: SmallProvider) -> FlaskClient:
    """A clinician's, signed in."""
    provider.roles = [CLINICIAN]
    shop.desk.bookings = {REF.value: booking_view()}
    signed_in = shop.client()
    sign_in(signed_in, provider)
    return signed_in


def kept(shop: Shop) -> list[str]:
    return [name for session in shop.sessions.open.values() for name in typed.kept_names(session)]


def drawn_for(browser: FlaskClient, path: str = SUMMARY) -> dict[str, str]:
    """The mark in a form at this path: for whom it was drawn."""
    found = re.search(r'name="writer" value="([0-9a-f]{32})"', browser.get(path).text)
    assert found is not None, path
    return {"writer": found[1]}


def sends_too_late(shop: Shop, browser: FlaskClient, path: str = SUMMARY, form: dict[str, Any] = TYPED) -> Any:
    (session,) = shop.sessions.open.values()
    with shop.app.app_context():
        mark = typed.writer(session)
    token = csrf_of(shop)
    lock(shop)
    return browser.post(
        path, data={**form, "writer": mark, "csrf": token}, headers={"Referer": f"http://localhost{path}"}
    )


@pytest.mark.parametrize(
    ("path", "form", "shown"),
    [
        (SUMMARY, TYPED, f"{MARK}</textarea>"),
        (SUMMARY, {**TYPED, "do": "send"}, f"{MARK}</textarea>"),
        (TASK_PATH, {"text": MARK, "message": NAME, "team": "reception"}, f"{MARK}</textarea>"),
        (f"/messages/{TASK}", {"step": "decline", "words": MARK, "version": "0"}, f'value="{MARK}"'),
    ],
)
def test_what_reaches_the_hub_after_the_lock_is_in_the_form_once_one_is_back(
    shop: Shop, provider: SmallProvider, browser: FlaskClient, path: str, form: dict[str, str], shown: str
) -> None:
    away = sends_too_late(shop, browser, path, form)
    assert away.headers["Location"] == f"/sign-in/lock?back={path}&undone=1"
    page = browser.get(away.headers["Location"])
    assert "What you had typed is kept." in words(page) and "What you had typed is lost" not in words(page)
    assert MARK not in page.text
    sign_in(browser, provider, back=path, again=True)
    for _ in range(2):  # a page loaded anew has it still
        again = browser.get(path)
        assert shown in again.text.replace("\r", "")
    assert again.headers["Cache-Control"] == "no-store, max-age=0"
    answer = browser.post(path, data={**form, "csrf": csrf_of(shop), "do": "change"})
    assert shown in answer.text.replace("\r", "") and kept(shop) == [], (
        "from here on it is in the form, and there alone"
    )


def test_neither_the_session_nor_the_cookie_alone_opens_it(shop: Shop, browser: FlaskClient) -> None:
    sends_too_late(shop, browser)
    (session,) = shop.sessions.open.values()
    assert len(kept(shop)) == 1 and MARK not in str(session.data)
    cookie = browser.get_cookie(f"{shop.hub.config.cookie_name}_typed")
    assert cookie is not None and cookie.http_only and MARK not in cookie.value
    session.data.pop("locked", None)
    session.seen_at = shop.clock.now()
    browser.delete_cookie(f"{shop.hub.config.cookie_name}_typed")
    assert MARK not in browser.get(SUMMARY).text
    browser.set_cookie(f"{shop.hub.config.cookie_name}_typed", "another")
    assert MARK not in browser.get(SUMMARY).text


@pytest.mark.parametrize("who", ["555010010099", None])
def test_it_goes_when_somebody_else_signs_in_or_one_signs_out(
    shop: Shop, provider: SmallProvider, browser: FlaskClient, who: str | None
) -> None:
    token = csrf_of(shop)
    sends_too_late(shop, browser)
    if who is None:
        browser.post("/sign-out", data={"csrf": token})
    else:
        provider.claims = provider.person = {"sub": who}
    sign_in(browser, provider, again=True)
    assert browser.get_cookie(f"{shop.hub.config.cookie_name}_typed") is None
    assert kept(shop) == [] and MARK not in browser.get(SUMMARY).text


def test_for_another_practice_it_is_not_shown(shop: Shop, provider: SmallProvider, browser: FlaskClient) -> None:
    sends_too_late(shop, browser)
    provider.roles = [{**CLINICIAN, "org_code": "Y90002"}]
    sign_in(browser, provider, again=True)
    assert kept(shop) and MARK not in browser.get(SUMMARY).text


def test_the_locks_own_button_locks_it_away(shop: Shop, provider: SmallProvider, browser: FlaskClient) -> None:
    """The button in the header belongs to the form, so that it works without a script."""
    page = browser.get(SUMMARY)
    assert 'form="writing" name="do" value="lock"' in page.text and 'id="writing"' in page.text
    away = browser.post(SUMMARY, data={**TYPED, **drawn_for(browser), "csrf": csrf_of(shop), "do": "lock"})
    assert away.headers["Location"] == f"/sign-in/lock?back={SUMMARY}"
    assert browser.get("/messages").headers["Location"].startswith("/sign-in/lock")
    sign_in(browser, provider, back=SUMMARY, again=True)
    assert f"{MARK}</textarea>" in browser.get(SUMMARY).text


def test_a_form_of_before_one_signed_in_again_comes_back_to_be_looked_over(
    shop: Shop, provider: SmallProvider, browser: FlaskClient
) -> None:
    """Another tab was used to sign in: this one's token is of the session before."""
    token, mark = csrf_of(shop), drawn_for(browser)
    lock(shop)
    sign_in(browser, provider, again=True)
    answer = browser.post(SUMMARY, data={**TYPED, **mark, "csrf": token, "do": "send"})
    assert (answer.status_code, answer.headers["Location"]) == (303, SUMMARY)
    page = browser.get(SUMMARY)
    assert f"{MARK}</textarea>" in page.text and "nothing was sent" in words(page)
    browser.post(SUMMARY, data={"csrf": csrf_of(shop), "do": "forget"})
    assert kept(shop) == [] and MARK not in browser.get(SUMMARY).text


@pytest.mark.parametrize("again_locked", [False, True])
def test_what_somebody_else_typed_never_comes_back_in_the_name_of_who_signed_in_since(
    shop: Shop, provider: SmallProvider, browser: FlaskClient, again_locked: bool
) -> None:
    """Their tab is still open when a colleague signs in beside it, or has gone and left the session to lock."""
    token, mark = csrf_of(shop), drawn_for(browser)
    lock(shop)
    provider.claims = provider.person = {"sub": "555010010099"}
    sign_in(browser, provider, again=True)
    if again_locked:
        lock(shop)
    answer = browser.post(SUMMARY, data={**TYPED, **mark, "csrf": token, "do": "send"})
    assert answer.status_code in (303, 403) and kept(shop) == []
    sign_in(browser, provider, again=True)
    assert MARK not in browser.get(SUMMARY).text


def test_a_correction_is_not_shown_what_was_typed_into_another_form(
    shop: Shop, provider: SmallProvider, browser: FlaskClient
) -> None:
    sends_too_late(shop, browser)
    sign_in(browser, provider, again=True)
    assert MARK not in browser.get(f"{SUMMARY}?corrects={NAME}").text
    assert MARK in browser.get(SUMMARY).text


def test_what_cannot_even_be_kept_is_shown_once_more(
    shop: Shop, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own database is away, so nobody knows who asks: they see what they have just sent, and no more."""

    def away(_token: str) -> None:
        raise OperationalError("SELECT", {}, Exception())

    monkeypatch.setattr(shop.sessions, "find", away)
    answer = browser.post(SUMMARY, data=TYPED)
    assert answer.status_code == 503 and MARK in words(answer) and "here for the last time" in words(answer)
    assert "no-store" in answer.headers["Cache-Control"] and "PRITCHARD" not in answer.text


def test_what_says_nothing_is_not_kept_and_of_many_forms_the_latest_are(shop: Shop, browser: FlaskClient) -> None:
    sends_too_late(shop, browser, SUMMARY, {"message": NAME, "findings": "  "})
    assert kept(shop) == []
    for number in range(5):
        shop.clock.pass_by(seconds=1)
        sends_too_late(shop, browser, f"/messages/{NAME[:-1]}{'bcdfg'[number]}", {"words": MARK})
    assert [name[-1] for name in kept(shop)] == ["d", "f", "g"]
