"""A message from hand to hand, over the database: sent, read, answered, chased, and its text gone from every table."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from messaging import chasing, reading
from messaging.answering import Answer, answer
from messaging.lifecycle import Step
from messaging.problems import (
    MessageIncomplete,
    MessageMoved,
    MessageUnknown,
    NobodyToSendTo,
    NotTheTime,
)
from messaging.sending import draw_ref
from scheduling import cancelling, following, visiting
from scheduling.commands import CancelBooking
from scheduling.problems import BookingUnknown
from scheduling.visiting import NoteVisit
from sharing_agreements.problems import NotPermitted
from tests.messaging.writing import DESK, DOCTOR, GP, MARK, NURSE, WHOLE, PostRoom, open_post_room, texts
from tests.scheduling.world import ANN, HOME, OTHER, TONIGHT, World, caller, patient
from vocabulary.appointments import CancellationReason
from vocabulary.messages import MessageState, Team, Urgency
from vocabulary.people import UserRole
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database


@pytest.fixture
def post(world: World) -> PostRoom:
    return open_post_room(world)


def tables_with(world: World, word: str) -> list[str]:
    """The tables in which a word can be read; bytes are looked into as well."""
    with world.work.read() as tx:
        tables = tx.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        found = []
        for table in tables:
            kept = "\n".join(tx.scalars(text(f'SELECT CAST(row_to_json(one) AS text) FROM "{table}" AS one')))  # noqa: S608
            if word in kept or word.encode().hex() in kept:
                found.append(table)
        return found


def sealed_texts(world: World) -> int:
    with world.work.read() as tx:
        return tx.scalar(text("SELECT count(*) FROM message WHERE sealed IS NOT NULL OR sealed_words IS NOT NULL")) or 0


def test_a_summary_goes_home_is_read_acknowledged_and_its_text_is_gone(post: PostRoom) -> None:
    sent = post.sends()
    assert (sent.recipient, sent.state, sent.team) == (
        HOME,
        MessageState.NEW,
        Team.CLINICIANS,
    )
    (waits,) = reading.inbox(post.office, GP)
    assert waits.readable and waits.waits_for_us and reading.waiting(post.office, GP) == 1
    opened = reading.open_message(post.office, sent.ref, GP)
    assert texts(opened)[0] == f"Sore throat, {MARK}" and opened.document is not None
    assert opened.document.digest == sent.digest and opened.document.family == "Example"
    (seen,) = reading.sent(post.office, DOCTOR)
    assert (seen.state, seen.seen_by_name, seen.seen_at) == (MessageState.SEEN, "Dr Hari Home", TONIGHT)
    assert answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), GP) is MessageState.ACKNOWLEDGED
    after = reading.open_message(post.office, sent.ref, DOCTOR)
    assert after.document is None and after.line.acknowledged_by_name == "Dr Hari Home"
    assert after.line.digest == sent.digest and sealed_texts(post.world) == 0
    assert post.acts() == [
        "message.sent",
        "message.listed",
        "message.seen",
        "message.opened",
        "message.listed",
        "message.acknowledged",
        "message.opened",
    ]
    event = post.world.ledger(act="message.sent")[0]
    assert (event.nhs_number, event.host_ods, event.agreement, event.clause) == (
        ANN.value,
        HOME.value,
        "DSA-1 v1",
        "9.send-task",
    )
    assert event.detail["digest"] == sent.digest


def test_the_text_is_in_no_table_and_no_log_before_and_after(post: PostRoom, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    summary, task = post.sends(), post.asks()
    assert sealed_texts(post.world) == 2
    reading.open_message(post.office, summary.ref, GP)
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.DECLINE, f"Not ours: {MARK}"), DESK)
    chasing.chase(post.office)
    assert tables_with(post.world, MARK) == []
    answer(post.office, Answer(summary.ref, Step.ACKNOWLEDGE), GP)
    answer(post.office, Answer(task.ref, Step.CLOSE, f"Rang them, {MARK}"), DOCTOR)
    assert tables_with(post.world, MARK) == [] and sealed_texts(post.world) == 0
    assert MARK not in caplog.text


def test_the_search_for_the_text_would_find_it(post: PostRoom) -> None:
    """The planted word is found where somebody does write it down."""
    with post.world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET description = :mark"), {"mark": MARK})
    assert tables_with(post.world, MARK) == ["booking"]


def test_a_double_click_sends_once_and_nobody_else_uses_that_name(post: PostRoom) -> None:
    name = draw_ref()
    assert post.sends(message=name).ref == post.sends(message=name).ref == name
    assert len(reading.inbox(post.office, GP)) == 1
    with pytest.raises(MessageMoved, match="used already"):
        post.sends(message=name, who=replace(DOCTOR, user_id="somebody"))


def test_two_clicks_at_the_same_moment_send_once(post: PostRoom) -> None:
    name = draw_ref()
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: post.sends(message=name).ref, range(4)))
    assert sent == [name] * 4 and len(post.world.ledger(act="message.sent")) == 1


def test_what_was_changed_after_it_was_sent_is_not_lost_in_silence(post: PostRoom) -> None:
    """Back in the browser, a word more, and sent again under the same name."""
    name = draw_ref()
    post.sends(message=name)
    with pytest.raises(MessageMoved, match="was not sent"):
        post.sends(replace(WHOLE, findings="Pus seen after all."), message=name)
    with pytest.raises(MessageMoved, match="was not sent"):
        post.sends(message=name, urgency=Urgency.URGENT)
    assert len(reading.sent(post.office, DOCTOR)) == 1


def test_a_task_is_taken_and_done_and_only_then_its_text_goes(post: PostRoom) -> None:
    task = post.asks()
    reading.open_message(post.office, task.ref, DESK)
    assert answer(post.office, Answer(task.ref, Step.TAKE), DESK) is MessageState.ACKNOWLEDGED
    assert answer(post.office, Answer(task.ref, Step.TAKE), DESK) is MessageState.ACKNOWLEDGED
    answer(post.office, Answer(task.ref, Step.TAKE), NURSE)  # a colleague takes over
    assert texts(reading.open_message(post.office, task.ref, NURSE)) == [f"Book a blood test, {MARK}"]
    assert answer(post.office, Answer(task.ref, Step.DONE), NURSE) is MessageState.DONE
    (line,) = reading.sent(post.office, DOCTOR)
    assert (line.takers[-1].name, line.ended_by_name) == ("Nell Nurse", "Nell Nurse")
    assert sealed_texts(post.world) == 0
    with pytest.raises(MessageMoved, match="down as “Done”"):
        answer(post.office, Answer(task.ref, Step.DECLINE, "x"), DESK)


def test_whoever_had_a_task_is_told_of_the_colleague_who_took_it_over(post: PostRoom) -> None:
    task = post.asks()
    for who in (DESK, NURSE):
        reading.open_message(post.office, task.ref, who)
    answer(post.office, Answer(task.ref, Step.TAKE, version=0), DESK)
    post.world.clock.at += timedelta(minutes=4)
    with pytest.raises(MessageMoved, match=r"Rita Reception has had it since 6\.30pm") as asked:
        answer(post.office, Answer(task.ref, Step.TAKE, version=0), NURSE)  # from the page of before
    assert "take it over below: Rita Reception is told" in (asked.value.next_step or "")
    before = reading.waiting(post.office, DESK)
    answer(post.office, Answer(task.ref, Step.TAKE, version=1), NURSE)
    assert (before, reading.waiting(post.office, DESK), reading.waiting(post.office, NURSE)) == (0, 1, 0)
    (line,) = reading.inbox(post.office, DESK)
    assert line.taken_over and line.taken_over.name == "Nell Nurse" and line.counted
    assert [one.name for one in line.takers] == ["Rita Reception", "Nell Nurse"]
    opened = reading.open_message(post.office, task.ref, DESK)
    assert opened.line.taken_over and reading.waiting(post.office, DESK) == 0, "they know it now"
    answer(post.office, Answer(task.ref, Step.TAKE), DESK)
    assert (reading.waiting(post.office, DESK), reading.waiting(post.office, NURSE)) == (0, 1)
    assert len(post.world.ledger(act="message.taken")) == 3


@pytest.mark.parametrize("late", [Step.TAKE, Step.DECLINE, Step.DONE])
def test_nothing_is_said_from_a_page_that_is_older_than_what_a_colleague_did(post: PostRoom, late: Step) -> None:
    """What happened meanwhile is said instead; saying the same twice is still no error."""
    task = post.asks()
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.ACKNOWLEDGE, version=0), DESK)
    answer(post.office, Answer(task.ref, Step.ACKNOWLEDGE, version=0), DESK)
    with pytest.raises(MessageMoved, match=r"Nothing was changed: Rita Reception acknowledged it at 6\.30pm"):
        answer(post.office, Answer(task.ref, late, "Not ours", version=0), NURSE)
    answer(post.office, Answer(task.ref, Step.DECLINE, "Clinical", version=1), DESK)
    post.world.clock.at += timedelta(days=1)
    with pytest.raises(MessageMoved, match=r"Rita Reception returned it at 6\.30pm on 24 November"):
        answer(post.office, Answer(task.ref, late, "x", version=1), NURSE)
    (line,) = reading.sent(post.office, DOCTOR)
    assert (line.state, line.version) == (MessageState.DECLINED, 2)


def test_what_is_returned_is_the_senders_again_with_the_reason(post: PostRoom) -> None:
    task = post.asks()
    reading.open_message(post.office, task.ref, DESK)
    with pytest.raises(MessageIncomplete, match="Say why"):
        answer(post.office, Answer(task.ref, Step.DECLINE, "  "), DESK)
    answer(post.office, Answer(task.ref, Step.DECLINE, "We do no blood tests"), DESK)
    assert reading.waiting(post.office, DOCTOR) == 1 and reading.waiting(post.office, DESK) == 0
    back = reading.open_message(post.office, task.ref, DOCTOR)
    assert back.words == "We do no blood tests" and back.line.steps == (Step.CLOSE,) and texts(back)
    answer(post.office, Answer(task.ref, Step.CLOSE, "Booked it here"), DOCTOR)
    assert reading.waiting(post.office, DOCTOR) == 0 and sealed_texts(post.world) == 0


def test_what_came_back_is_sent_to_another_team_and_closed_by_that(post: PostRoom) -> None:
    task = post.asks()
    with pytest.raises(MessageMoved, match="nothing was sent"):
        post.asks(team=Team.CLINICIANS, again=task.ref)
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.DECLINE, "Clinical"), DESK)
    with pytest.raises(MessageMoved, match="nothing was sent"):  # the practice it came back from does not
        post.asks(who=GP, team=Team.CLINICIANS, again=task.ref)
    name = draw_ref()
    for _ in range(2):  # a double click
        again = post.asks(team=Team.CLINICIANS, again=task.ref, message=name)
    old, new = sorted(reading.sent(post.office, DOCTOR), key=lambda line: line.ref == again.ref)
    assert (old.state, new.state, new.team) == (MessageState.CLOSED, MessageState.NEW, Team.CLINICIANS)
    assert reading.waiting(post.office, DOCTOR) == 0 and sealed_texts(post.world) == 1
    assert post.world.ledger(act="message.closed")[0].detail["again"] == again.ref
    with pytest.raises(MessageMoved, match="nothing was sent"):
        post.asks(team=Team.PRESCRIBING, again=task.ref)
    assert len(reading.sent(post.office, DOCTOR)) == 2


def test_an_urgent_one_is_counted_and_first_until_somebody_says_that_they_have_it(post: PostRoom) -> None:
    """That somebody has looked is not yet that somebody has it."""
    task = post.asks(urgency=Urgency.URGENT)
    post.asks(urgency=Urgency.ROUTINE)
    reading.open_message(post.office, task.ref, DESK)
    assert reading.waiting(post.office, DESK) == 2
    assert [line.urgency for line in reading.inbox(post.office, DESK)] == [Urgency.URGENT, Urgency.ROUTINE]
    answer(post.office, Answer(task.ref, Step.TAKE), DESK)
    assert reading.waiting(post.office, DESK) == 1
    assert [line.urgency for line in reading.inbox(post.office, DESK)] == [Urgency.ROUTINE, Urgency.URGENT]


def test_what_is_counted_is_what_the_role_opens_and_stands_on_the_lists(post: PostRoom) -> None:
    """The receptionist's badge leaves out what clinicians read, on both sides."""
    post.sends()
    task = post.asks()
    there = replace(DOCTOR, user_id="gareth", role=UserRole.RECEPTIONIST)
    assert (reading.waiting(post.office, DESK), reading.waiting(post.office, GP)) == (1, 2)
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.DECLINE, "Clinical"), DESK)
    assert reading.waiting(post.office, there) == 0 and reading.come_back(post.office, there) == ()
    assert [line.ref for line in reading.come_back(post.office, DOCTOR)] == [task.ref]
    for who in (DESK, GP, DOCTOR, there):
        shown = (*reading.come_back(post.office, who), *reading.inbox(post.office, who))
        assert sum(line.counted for line in shown) == reading.waiting(post.office, who)


def test_nothing_is_answered_unread_or_by_the_other_side(post: PostRoom) -> None:
    sent = post.sends()
    with pytest.raises(MessageMoved, match="Not read yet"):
        answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), GP)
    reading.open_message(post.office, sent.ref, GP)
    with pytest.raises(MessageMoved):
        answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), DOCTOR)


def test_who_may_read_what(post: PostRoom) -> None:
    summary, task = post.sends(), post.asks()
    elsewhere = caller(OTHER, user="otto", role=UserRole.CLINICIAN)
    manager = caller(HOME, user="mina", role=UserRole.PRACTICE_MANAGER)
    for ref, who in ((summary.ref, DESK), (summary.ref, manager), (summary.ref, elsewhere), (task.ref, elsewhere)):
        with pytest.raises(MessageUnknown):
            reading.open_message(post.office, ref, who)
    reading.open_message(post.office, task.ref, manager)
    assert sorted((line.readable, line.family) for line in reading.inbox(post.office, DESK)) == [
        (False, ""),
        (True, "Example"),
    ]
    assert reading.inbox(post.office, elsewhere) == () == reading.sent(post.office, elsewhere)
    assert reading.about(post.office, [post.booking.ref], elsewhere) == {}
    assert len(reading.about(post.office, [post.booking.ref], DOCTOR)[post.booking.ref]) == 2
    reading.open_message(post.office, summary.ref, DOCTOR)  # the sender's reading does not make it read
    assert {line.state for line in reading.sent(post.office, DOCTOR)} == {MessageState.NEW, MessageState.SEEN}


def test_without_an_agreement_about_tasks_nothing_goes(world: World) -> None:
    post = open_post_room(world, granted=False)
    with pytest.raises(NotPermitted):
        post.sends()
    assert sealed_texts(world) == 0
    assert [row.outcome for row in world.ledger(act="permit.send-task")] == ["refused"]


def test_a_restricted_patients_practice_is_told_to_nobody(post: PostRoom) -> None:
    post.world.network.tracing.add(patient(ANN), home_practice=HOME, restricted=True)
    with pytest.raises(NotPermitted):
        post.sends()


def test_it_goes_to_where_the_patient_is_registered_now(post: PostRoom) -> None:
    post.world.network.tracing.add(patient(ANN), home_practice=OTHER)
    assert post.sends().recipient == OTHER
    post.world.network.tracing.add(patient(ANN), home_practice=DOCTOR.practice)
    with pytest.raises(NobodyToSendTo, match="registered with you"):
        post.sends()


def test_only_the_practice_that_saw_the_patient_summarises_and_only_then(post: PostRoom) -> None:
    with pytest.raises(BookingUnknown):
        post.sends(who=GP)
    post.world.clock.at = TONIGHT - timedelta(hours=3)
    with pytest.raises(NotTheTime, match="not been yet"):
        post.sends()
    post.world.clock.at = TONIGHT + timedelta(days=31)
    with pytest.raises(NotTheTime, match="too long ago"):
        post.sends()
    post.world.clock.at = TONIGHT - timedelta(hours=3)
    cancelling.cancel(post.world.desk, CancelBooking(post.booking.ref, CancellationReason.PATIENT_ASKED), caller())
    post.world.clock.at = TONIGHT
    with pytest.raises(NotTheTime, match="not seen"):
        post.sends()


def test_nothing_is_summarised_while_the_patient_is_still_expected(post: PostRoom) -> None:
    """The wrong line of the list, most likely; who has come early is put down as here first."""
    post.world.clock.at = TONIGHT - timedelta(minutes=30)
    with pytest.raises(NotTheTime, match="still expected"):
        post.sends()
    visiting.note(post.world.desk, NoteVisit(post.booking.ref, 0, status=VisitStatus.ARRIVED), DOCTOR)
    assert post.sends().state is MessageState.NEW


def test_of_who_came_although_the_host_had_cancelled_the_summary_goes_home(post: PostRoom) -> None:
    post.world.network.diary(post.booking.facts.host).cancel_locally(post.booking.host_reference)
    post.world.clock.forward(minutes=21)
    following.follow_due(post.world.desk, at_once=1)
    with pytest.raises(NotTheTime, match="not seen"):
        post.sends()
    visiting.note(post.world.desk, NoteVisit(post.booking.ref, 0, status=VisitStatus.ARRIVED), DOCTOR)
    assert post.sends().state is MessageState.NEW


def test_the_registered_practice_asks_the_host_back(post: PostRoom) -> None:
    task = post.asks(who=GP, team=Team.CLINICIANS, text="Which swab did you take?")
    assert task.recipient == DOCTOR.practice
    assert texts(reading.open_message(post.office, task.ref, DOCTOR)) == ["Which swab did you take?"]


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE message SET sealed = NULL",
        "UPDATE message SET state = 'acknowledged'",
        "UPDATE message SET ended_at = now()",
        "UPDATE message SET recipient_ods = sender_ods",
        "UPDATE message SET chase_at = NULL",
    ],
)
def test_the_database_itself_keeps_the_text_until_somebody_has_it(post: PostRoom, lie: str) -> None:
    post.sends()
    with pytest.raises(Exception, match="ck_message"), post.world.work.begin() as tx:
        tx.execute(text(lie))
