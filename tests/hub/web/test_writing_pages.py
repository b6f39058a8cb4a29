"""Writing to another practice: what is said before an urgent thing goes to somebody who is closed, the look-over of a
task, and what becomes of a text that cannot be sent."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.web.messages import hours_words
from hub.web.messages.posting import EXTENSION
from hub.web.messages.sent_words import sent_before
from messaging.lifecycle import Side
from messaging.problems import MessageMoved, NobodyToSendTo
from tests.hub.web.fakes import NOW, REF, booking_view
from tests.hub.web.posts import BLANK, NAME, TASK, FakePost
from tests.hub.web.reading import words
from tests.hub.web.shop import Desk, Shop
from vocabulary.messages import MessageKind, Urgency
from vocabulary.people import UserRole

SUNDAY = datetime(2026, 11, 22, 8, 24, tzinfo=UTC)
MARK = "Xylophobia"
FORM = {"message": TASK, "team": "reception", "urgency": "urgent", "due_on": "25/11/2026", "text": f"Ring her, {MARK}"}
ADDRESS = f"/session/{REF.value}/task"


@pytest.fixture
def clinician(shop: Shop) -> Desk:
    shop.desk.bookings = {REF.value: booking_view()}
    return shop.sign_in(UserRole.CLINICIAN)


def test_a_task_is_looked_over_changed_and_sent(shop: Shop, clinician: Desk) -> None:
    looked = clinician.post(ADDRESS, {**FORM, "again": NAME})
    for said in ("Look it over", "reception at Beechwood Surgery: Urgent", "by Wednesday 25 November", MARK):
        assert said in words(looked), said
    assert "It is urgent: ring Beechwood Surgery as well on 0117 496 0101." in words(looked)
    assert looked.headers["Cache-Control"] == "no-store, max-age=0"
    assert shop.app.extensions[EXTENSION].out == [] and MARK not in str(clinician.session.data)
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', looked.text))
    assert f"{MARK}</textarea>" in clinician.post(ADDRESS, {**carried, "do": "change"}).text
    clinician.post(ADDRESS, {**carried, "do": "send"})
    (command,) = shop.app.extensions[EXTENSION].out
    assert (command.message, command.again, command.urgency) == (TASK, NAME, Urgency.URGENT)


def test_a_sign_that_nobody_sees_is_left_out_and_loses_nothing(clinician: Desk) -> None:
    looked = clinician.post(ADDRESS, {**FORM, "text": f"Ring her\0, {MARK}"})
    assert looked.status_code == 200 and f"Ring her, {MARK}" in words(looked)
    assert clinician.post(ADDRESS, {**FORM, "text": "", "due_on": "\0"}).status_code == 400, "as everywhere else"


def test_nothing_is_looked_over_that_could_not_be_sent(clinician: Desk) -> None:
    answer = clinician.post(ADDRESS, {**FORM, "due_on": "22/11/2099"})
    assert answer.status_code == 422 and "An urgent task is due within 7 days" in words(answer) and MARK in answer.text


_CLOSED = "probably closed until Monday 23 November, 8am"
_ASKED = "as late as Thursday 26 November. Is that what you mean?"


@pytest.mark.parametrize(
    ("urgency", "due", "said", "unsaid"),
    [
        (Urgency.URGENT, None, (_CLOSED, "Ring them on 0117 1", "it is yours"), "before that"),
        (Urgency.SOON, 22, (_CLOSED, "done by Sunday 22 November, which is before that"), "yours"),
        (Urgency.URGENT, 26, (_CLOSED, _ASKED), "before that"),
        (Urgency.SOON, 26, (), "closed"),
        (Urgency.ROUTINE, None, (), "closed"),
    ],
)
def test_on_a_sunday_what_cannot_wait_is_asked_about(
    urgency: Urgency, due: int | None, said: tuple[str, ...], unsaid: str
) -> None:
    due_on = date(2026, 11, due) if due else None
    told = " ".join(hours_words.before_sending("Elm", "0117 1", urgency, due_on, SUNDAY))
    assert all(part in told for part in said) and unsaid not in told and bool(told) is bool(said)


def test_the_form_and_the_list_say_it_too() -> None:
    assert "closed until Monday 23 November, 8am" in hours_words.before_choosing("Elm", "0117 1", SUNDAY)
    assert "closed until Monday 23 November, 8am: ring them" in hours_words.after_sending("0117 1", SUNDAY)
    assert "closed" not in hours_words.before_choosing("Elm", "", SUNDAY + timedelta(days=1))


@pytest.mark.parametrize("page", ["task", "summary"])
def test_what_was_typed_is_still_there_when_it_cannot_be_sent(
    shop: Shop, clinician: Desk, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = {"reason": "x", "findings": MARK, "action": "x", "medication_changed": "no", "follow_up_owner": "nobody"}
    form = FORM if page == "task" else {**summary, "safety_net": "x", "message": NAME}
    address, moved = f"/session/{REF.value}/{page}", MessageMoved("That was answered.", next_step="Look there.")
    monkeypatch.setattr(FakePost, f"send_{page}", lambda *_: _raise(moved))
    answer = clinician.post(address, {**form, "do": "send"})
    assert answer.status_code == 409 and "That was answered." in words(answer) and f"{MARK}</textarea>" in answer.text
    closed = NobodyToSendTo("Elm has closed, so nothing reaches it.", next_step="Give them a letter.")
    monkeypatch.setattr(FakePost, "case", lambda *_, **__: _raise(closed))
    for doing in ("send", "preview", "change"):
        answer = clinician.post(address, {**form, "do": doing})
        assert answer.status_code == 409 and MARK in words(answer) and "here for the last time" in words(answer), doing
    assert "for the last time" not in words(clinician.get(address)), "nothing was typed"


def _raise(problem: Exception) -> Any:
    raise problem


def test_a_second_summary_is_led_to_the_correction_of_the_first(
    clinician: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = replace(BLANK, side=Side.SENDER)
    lines = (
        replace(mine, kind=MessageKind.TASK, ref="task"),
        replace(mine, ref="theirs", side=Side.RECIPIENT),
        mine,
        replace(mine, ref="old", corrected_by=NAME),
    )
    found = sent_before(lines, NOW)
    assert found is not None and found.ref == NAME and sent_before(lines[:2], NOW) is None
    monkeypatch.setattr(FakePost, "about", lambda *_: {REF: lines})
    page = clinician.get(f"/session/{REF.value}/summary")
    assert "Dr Amara Nwosu sent a summary of this visit at 5.55pm (not read yet)." in words(page)
    assert f"/session/{REF.value}/summary?corrects={NAME}" in page.text
    correcting = clinician.get(f"/session/{REF.value}/summary?corrects={NAME}")
    assert "sent a summary of this visit at" not in words(correcting)
