"""Messages on pages: written, looked over, sent, read, answered; what is typed is kept nowhere on the way."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hub.web.messages.posting import EXTENSION
from hub.web.messages.sent_words import session_words
from messaging.lifecycle import Level, Side, Step
from messaging.problems import MessageMoved
from messaging.results import Opened
from messaging.taking import Taker
from tests.hub.rig import Rig
from tests.hub.web.counter import Counter
from tests.hub.web.fakes import NOW, REF, booking_view
from tests.hub.web.posts import BLANK, NAME, TASK
from tests.hub.web.reading import words
from tests.hub.web.shop import Desk, Shop
from tests.messaging.test_messages import tables_with
from tests.messaging.writing import MARK
from tests.scheduling.world import HOME, HOST, TONIGHT, World
from vocabulary.identifiers import BookingRef
from vocabulary.messages import MessageKind, MessageState, Team, Urgency, Way, WayState
from vocabulary.people import UserRole

FORM = {
    "reason": "Sore throat",
    "findings": f"Tonsils red.\r\n{MARK}",
    "action": "Explained",
    "medication_changed": "no",
    "follow_up_owner": "nobody",
    "safety_net": "Ring 111 if breathing gets harder",
    "urgency": "routine",
    "message": NAME,
}


@pytest.fixture
def clinician(shop: Shop) -> Desk:
    shop.desk.bookings = {REF.value: booking_view()}
    return shop.sign_in(UserRole.CLINICIAN)


def test_every_fault_is_beside_its_field_and_nothing_typed_is_lost(shop: Shop, clinician: Desk) -> None:
    answer = clinician.post(f"/session/{REF.value}/summary", {**FORM, "action": "", "medication": "Amoxicillin"})
    assert answer.status_code == 422
    for said in ("Say what you did.", "You said that no medication was changed"):
        assert words(answer).count(said) == 2, said
    assert f"Tonsils red.\n{MARK}</textarea>" in answer.text.replace("\r", "")
    assert shop.app.extensions[EXTENSION].out == []


def test_what_is_too_long_is_refused_not_cut(clinician: Desk) -> None:
    answer = clinician.post(f"/session/{REF.value}/summary", {**FORM, "reason": "x" * 203})
    assert answer.status_code == 422 and "3 characters too long" in words(answer) and "x" * 203 in answer.text


def test_it_is_looked_over_changed_and_sent_and_kept_nowhere_on_the_way(shop: Shop, clinician: Desk) -> None:
    address = f"/session/{REF.value}/summary"
    form = clinician.get(address)
    assert "Visit summary for Beechwood Surgery" in words(form) and "their inbox in this hub" in words(form)
    looked = clinician.post(address, FORM)
    assert "How soon somebody must read it: Routine" in words(looked)
    for said in ("Look it over", MARK, "No change.", "No follow-up is needed", "Send it to Beechwood Surgery"):
        assert said in words(looked), said
    assert looked.headers["Cache-Control"] == "no-store, max-age=0"
    assert MARK not in str(clinician.session.data) and not shop.app.extensions[EXTENSION].out
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', looked.text))
    changed = clinician.post(address, {**carried, "do": "change"})
    assert f"{MARK}</textarea>" in changed.text
    sent = clinician.post(address, {**carried, "do": "send"})
    assert sent.headers["Location"] == f"/session?day=2026-11-24#visit-{REF.value}"
    (command,) = shop.app.extensions[EXTENSION].out
    assert command.summary.findings == f"Tonsils red.\n{MARK}" and command.message == NAME


@pytest.mark.parametrize(("field", "value"), [("due_on", "soon"), ("team", ""), ("urgency", ""), ("team", "cleaners")])
def test_a_task_says_what_is_wrong(shop: Shop, clinician: Desk, field: str, value: str) -> None:
    form = {"message": TASK, "team": "reception", "urgency": "soon", "due_on": "27/11/2026", "text": "Ring her"}
    answer = clinician.post(f"/session/{REF.value}/task", {**form, field: value})
    assert answer.status_code == 422 and "There is a problem" in words(answer) and "Ring her" in answer.text
    assert clinician.post(f"/session/{REF.value}/task", form).status_code == 200, "it is looked over first"
    assert shop.app.extensions[EXTENSION].out == []
    sent = clinician.post(f"/session/{REF.value}/task", {**form, "do": "send"})
    assert sent.headers["Location"] == f"/messages/sent?new={NAME}"
    assert len(shop.app.extensions[EXTENSION].out) == 1


def test_of_an_urgent_task_the_number_is_given_before_after_and_to_who_receives_it(shop: Shop, clinician: Desk) -> None:
    form = words(clinician.get(f"/session/{REF.value}/task"))
    assert "If it is urgent, ring Beechwood Surgery as well on 0117 496 0101" in form
    lines, sent = shop.app.extensions[EXTENSION].lines, f"/messages/sent?new={TASK}"
    assert "Ring them as well" not in words(clinician.get(sent))
    lines[TASK] = replace(lines[TASK], urgency=Urgency.URGENT)
    assert "It is urgent. Ring them as well on 0117 496 0101." in words(clinician.get(sent))
    assert "Their number: 0117 496 0902" in words(clinician.get(f"/messages/{TASK}"))


def test_what_came_back_is_sent_again_with_what_was_asked(shop: Shop, clinician: Desk) -> None:
    post = shop.app.extensions[EXTENSION]
    post.lines[TASK] = replace(post.lines[TASK], side=Side.SENDER)
    address = f"/session/{REF.value}/task?again={TASK}"
    assert address not in clinician.get(f"/messages/{TASK}").text, "it has not come back"
    post.lines[TASK] = replace(post.lines[TASK], state=MessageState.DECLINED)
    object.__setattr__(post, "opens_as", MessageState.DECLINED)
    assert address in clinician.get(f"/messages/{TASK}").text
    form = clinician.get(address)
    assert "This task came back." in words(form) and "Sore throat</textarea>" in form.text
    assert 'value="27/11/2026"' in form.text and not re.search(r'name="team"[^>]*checked', form.text)
    typed = {"message": NAME, "team": "clinicians", "urgency": "soon", "due_on": "27/11/2026", "text": "Ring her"}
    assert f'name="again" value="{TASK}"' in form.text
    clinician.post(f"/session/{REF.value}/task", {**typed, "again": TASK, "do": "send"})
    assert post.out[0].again == TASK


def test_the_session_tells_what_was_sent_apart() -> None:
    line = replace(BLANK, side=Side.SENDER, level=Level.NONE)
    task = replace(line, kind=MessageKind.TASK, team=Team.PRESCRIBING, urgency=Urgency.SOON)
    corrected = replace(line, urgency=Urgency.ROUTINE, corrected_by=NAME, ref="old")
    told = [said for _, said in session_words((line, task, corrected), NOW)]
    assert [one.split(",")[0] for one in told] == [
        "Visit summary (urgent)",
        "Task for prescribing (soon)",
        "Visit summary",
    ]
    assert [one.endswith("Corrected by the one of 5.55pm.") for one in told] == [False, False, True]
    ((_, alone),) = session_words((corrected,), NOW)
    assert alone.endswith("Corrected by a newer one."), "what corrects it is not on this list"


def test_the_inbox_says_what_waits_what_is_late_and_whom_to_ring(shop: Shop) -> None:
    desk = shop.sign_in(UserRole.RECEPTIONIST)
    listed = words(desk.get("/messages"))
    for said in (
        "Visit summary",
        "Urgent",
        "Not read yet",
        "From Fallodon Way Medical Centre",
        "ring Fallodon Way Medical Centre on 0117 496 0902",
        "by Friday 27 November",
    ):
        assert said in listed, said
    assert "ring them on 0117 496 0101" in words(desk.get("/messages/sent"))
    assert "Messages 2" in words(desk.get("/bookings")), "the menu counts"


@pytest.mark.parametrize(
    ("way_state", "said"),
    [
        (WayState.NONE, "not read yet."),
        (WayState.DELAYED, "It could not be sent to their GP system yet"),
        (WayState.IN_DOUBT, "nobody knows yet whether it has it"),
        (WayState.FILED, "does not say that anybody has read it"),
        (WayState.FAILED, "Their GP system did not take it: it is in their inbox here only"),
    ],
)
def test_the_session_says_how_far_a_summary_came_until_it_is_settled(way_state: WayState, said: str) -> None:
    line = replace(BLANK, side=Side.SENDER, level=Level.NONE, way=Way.SYSTEM, way_state=way_state)
    ((_, words_of_it),) = session_words((line,), NOW)
    assert words_of_it.rstrip(".").endswith(said.rstrip(".")) or said in words_of_it
    settled = replace(line, state=MessageState.ACKNOWLEDGED, acknowledged_at=NOW, ended_at=NOW)
    assert "GP system" not in session_words((settled,), NOW)[0][1]


def test_what_came_back_stands_above_on_the_page_that_the_badge_opens(shop: Shop) -> None:
    post = shop.app.extensions[EXTENSION]
    back = replace(post.lines[TASK], side=Side.SENDER, state=MessageState.DECLINED, declined_by_name="Rita")
    object.__setattr__(post, "back", (back,))
    post.lines.clear()
    page = shop.sign_in(UserRole.CLINICIAN).get("/messages")
    assert f'href="/messages/{TASK}"' in page.text and "Returned to the sender" in words(page)
    assert "Nothing else waits." in words(page)


def test_what_is_settled_can_still_be_opened_to_be_corrected(shop: Shop) -> None:
    lines = shop.app.extensions[EXTENSION].lines
    lines[NAME] = replace(lines[NAME], state=MessageState.ACKNOWLEDGED, ended_at=NOW, ended_by_name="Dr Home")
    listed = shop.sign_in(UserRole.CLINICIAN).get("/messages/sent")
    assert "Settled in the last two weeks" in words(listed) and f'href="/messages/{NAME}"' in listed.text


def test_a_message_is_read_and_answered(shop: Shop) -> None:
    desk = shop.sign_in(UserRole.CLINICIAN)
    page = desk.get(f"/messages/{NAME}")
    assert "It is in our own record: acknowledge" in words(page) and "Tonsils red." in words(page)
    assert page.headers["Cache-Control"] == "no-store, max-age=0"
    assert desk.post(f"/messages/{NAME}", {"step": "acknowledge", "version": "3"}).status_code == 303
    (said,) = shop.app.extensions[EXTENSION].answers
    assert (said.ref, said.step, said.version) == (NAME, Step.ACKNOWLEDGE, 3)
    for form in ({"step": "burn", "version": "0"}, {"step": "acknowledge"}, {"step": "acknowledge", "version": "x"}):
        assert desk.post(f"/messages/{NAME}", form).status_code == 422
    assert desk.get("/messages/nosuch").status_code == 404


def test_what_a_colleague_has_is_taken_over_on_purpose_and_said_to_them(shop: Shop) -> None:
    post = shop.app.extensions[EXTENSION]
    amara, sam = Taker("Amara Nwosu", NOW - timedelta(minutes=9)), Taker("Sam Ferreira", NOW - timedelta(minutes=2))
    post.lines[TASK] = replace(post.lines[TASK], takers=(amara,), version=4)
    object.__setattr__(post, "opens_as", MessageState.ACKNOWLEDGED)
    desk = shop.sign_in(UserRole.CLINICIAN)
    page = desk.get(f"/messages/{TASK}")
    assert "Amara Nwosu has had it since 5." in words(page) and "I do it" not in words(page)
    assert "Take it over from Amara Nwosu" in words(page) and page.text.count('name="version" value="4"') == 2
    post.lines[TASK] = replace(post.lines[TASK], takers=(amara, sam), taken_over=sam)
    assert "You had this, and Sam Ferreira took it over from you at 5." in words(desk.get("/messages"))
    assert "taken over from Amara Nwosu" in words(desk.get(f"/messages/{TASK}"))
    post.lines[TASK] = replace(post.lines[TASK], taken_by_reader=True)
    assert "Take it over" not in words(desk.get(f"/messages/{TASK}")), "whoever has it is not asked"


def test_what_was_typed_is_still_there_when_a_colleague_was_quicker(shop: Shop) -> None:
    post = shop.app.extensions[EXTENSION]
    refusal = MessageMoved("Nothing was changed: Amara Nwosu finished it at 8.50am.")
    object.__setattr__(post, "refusal", refusal)
    desk, form = shop.sign_in(UserRole.CLINICIAN), {"step": "decline", "words": MARK, "version": "1"}
    post.lines[TASK] = replace(post.lines[TASK], version=2)
    answer = desk.post(f"/messages/{TASK}", form)
    assert answer.status_code == 409 and "Amara Nwosu finished it at 8.50am" in words(answer)
    assert f'value="{MARK}"' in answer.text and 'name="version" value="2"' in answer.text
    assert re.search(r"<details[^>]* open", answer.text), "it is seen"
    object.__setattr__(post, "opens_as", MessageState.DONE)
    assert f"What you had typed, which was not kept: “{MARK}”" in words(desk.post(f"/messages/{TASK}", form))


def test_a_page_names_the_correction_that_it_shows(shop: Shop) -> None:
    lines = shop.app.extensions[EXTENSION].lines
    lines[NAME] = replace(lines[NAME], corrected_by=TASK)
    desk = shop.sign_in(UserRole.CLINICIAN)
    page = desk.get(f"/messages/{NAME}")
    assert page.text.count(f'name="newer" value="{TASK}"') == 2 and "Open the newer one" in words(page)
    assert "Do not put this text into the patient’s record" in words(page)
    assert "Put it into the patient’s record in your own system first" not in words(page)
    desk.post(f"/messages/{NAME}", {"step": "acknowledge", "newer": TASK, "version": "0"})
    assert shop.app.extensions[EXTENSION].answers[0].newer == TASK


def test_an_urgent_summary_is_looked_over_with_the_number_to_ring(clinician: Desk) -> None:
    looked = words(clinician.post(f"/session/{REF.value}/summary", {**FORM, "urgency": "urgent"}))
    assert "How soon somebody must read it: Urgent" in looked
    assert "It is urgent: ring Beechwood Surgery as well on 0117 496 0101." in looked


def test_of_somebody_still_expected_it_is_said_before_it_is_sent(shop: Shop, clinician: Desk) -> None:
    address, looking = f"/session/{REF.value}/summary", {**FORM, "do": "look"}
    assert "down as" not in words(clinician.post(address, looking))
    object.__setattr__(shop.app.extensions[EXTENSION], "has_come", False)
    looked = words(clinician.post(address, looking))
    assert "Nobody has said that PRITCHARD, Joan has come: they are down as “Expected”." in looked, looked
    again = words(clinician.post(address, {**looking, "corrects": NAME}))
    assert "Nobody has said" not in again and "It corrects the summary of this visit that you sent before" in again


def test_a_correction_begins_with_what_was_sent(shop: Shop, clinician: Desk) -> None:
    address = f"/session/{REF.value}/summary"
    form = clinician.get(f"{address}?corrects={NAME}")
    assert "It holds what you sent: change what is wrong." in words(form)
    for said in ("Tonsils red.\nNo pus.</textarea>", "Paracetamol 1 g</textarea>", "Swab in a week</textarea>"):
        assert said in form.text.replace("\r", ""), said
    for chosen in ("medication_changed", "follow_up_owner"):
        assert re.search(rf'name="{chosen}"[^>]*checked', form.text), chosen
    assert form.headers["Cache-Control"] == "no-store, max-age=0"
    assert re.search(r'<option value="urgent"[^>]*selected', form.text), "as urgent as the one it corrects"
    again = clinician.post(address, {**FORM, "corrects": NAME, "do": "change"})
    assert MARK in again.text and "stands in place of the earlier one" in words(again)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"state": MessageState.ACKNOWLEDGED, "ended_by_name": "Dr Hari Home", "ended_at": TONIGHT},
            "it was removed when Dr Hari Home acknowledged it",
        ),
        (
            {"state": MessageState.CLOSED, "ended_by_name": "Dr Amara Nwosu", "ended_at": TONIGHT},
            "it was removed when Dr Amara Nwosu closed it",
        ),
    ],
)
def test_a_correction_of_what_has_gone_begins_empty_and_says_why(
    shop: Shop, clinician: Desk, changes: dict[str, Any], said: str
) -> None:
    post = shop.app.extensions[EXTENSION]
    line = replace(post.earlier.line, **changes)
    object.__setattr__(post, "earlier", Opened(line, None, ""))
    form = clinician.get(f"/session/{REF.value}/summary?corrects={NAME}")
    assert said in words(form) and "Write the whole summary." in words(form)
    assert not re.search(r"<textarea[^>]*>[^<\s]", form.text), "no part of another text in its place"


def test_one_that_no_key_opens_says_whom_to_ring_and_can_be_sent_back(shop: Shop) -> None:
    object.__setattr__(shop.app.extensions[EXTENSION], "lost", True)
    page = words(shop.sign_in(UserRole.CLINICIAN).get(f"/messages/{NAME}"))
    assert "cannot be read any more" in page and "Ring Fallodon Way Medical Centre on 0117 496 0902" in page
    assert "Return it to the sender" in page and "acknowledge" not in page


def test_the_sender_of_what_nobody_answers_can_say_how_it_was_settled(shop: Shop) -> None:
    lines = shop.app.extensions[EXTENSION].lines
    late = replace(lines[NAME], side=Side.SENDER, level=Level.SENDER)
    lines[NAME] = late
    clinician = shop.sign_in(UserRole.CLINICIAN)
    page = words(clinician.get(f"/messages/{NAME}"))
    assert "ring them on 0117 496 0101. Once it is settled, say so when you have opened it." in page
    assert "It has been settled in another way" in page and "write into your own system" in page
    assert (
        clinician.post(
            f"/messages/{NAME}", {"step": "close", "words": "Read it to Dr Home", "version": "0"}
        ).status_code
        == 303
    )


@pytest.mark.parametrize("role", [UserRole.RECEPTIONIST, UserRole.PRACTICE_MANAGER])
def test_only_clinicians_write(shop: Shop, role: UserRole) -> None:
    shop.desk.bookings = {REF.value: booking_view()}
    assert shop.sign_in(role).get(f"/session/{REF.value}/summary").status_code == 403


@pytest.mark.parametrize("role", [UserRole.FEDERATION_ADMIN, UserRole.ANALYST, UserRole.CALDICOTT_GUARDIAN])
def test_who_meets_no_patients_sees_no_messages(shop: Shop, role: UserRole) -> None:
    assert shop.sign_in(role).get("/messages").status_code == 403


@pytest.mark.database
def test_a_clinician_writes_the_practice_acknowledges_and_the_clinician_sees_it(world: World, rig: Rig) -> None:
    world.grant("send-task")
    world.clinic()
    world.see()
    ref = world.book().ref
    world.clock.at = TONIGHT + timedelta(minutes=20)
    there = Counter.open(rig, practice=HOST, user="grace", role=UserRole.CLINICIAN)
    there.goes_to("/session?with=")
    assert "Write the summary" in there.says and "Visit summary" not in there.says
    _writes(there, ref)
    assert "Visit summary, sent" in there.says and "not read yet" in there.says
    assert tables_with(world, MARK) == []
    home = Counter.open(rig, practice=HOME, user="hari", role=UserRole.CLINICIAN).goes_to("/messages")
    link = re.search(r'href="(/messages/[a-z]{14})"', home.seen.text)
    assert link is not None and MARK not in home.says
    home.goes_to(link[1])
    assert MARK in home.says
    assert "read by Rita Reception" in there.goes_to("/session?with=").says
    home.sends(link[1], step="acknowledge", version="0")
    assert "the text has been removed from the hub" in home.says and MARK not in home.says
    assert "acknowledged by Rita Reception" in there.goes_to("/session?with=").says
    assert tables_with(world, MARK) == []


def _writes(there: Counter, ref: BookingRef) -> None:
    there.goes_to(f"/session/{ref.value}/summary")
    name = re.search(r'name="message" value="([a-z]{14})"', there.seen.text)
    assert name is not None
    form = {**FORM, "message": name[1]}
    there.sends(f"/session/{ref.value}/summary", **form)
    assert MARK in there.says and "Send it to" in there.says
    there.sends(f"/session/{ref.value}/summary", **form, do="send")
