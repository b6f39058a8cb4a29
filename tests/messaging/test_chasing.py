"""What nobody has in hand is brought up, over the database: there, with the sender, with the managers; and by whom it
can be settled when somebody has gone, closed, left or lost a key."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from messaging import census, chasing, reading
from messaging.answering import Answer, answer
from messaging.lifecycle import Level, Step
from messaging.problems import MessageIncomplete, MessageMoved, MessageUnknown, NobodyToSendTo
from messaging.safe import Safe
from messaging.sending import send_task
from sharing_agreements.problems import NotPermitted
from tests.messaging.test_messages import sealed_texts
from tests.messaging.writing import DESK, DOCTOR, GP, NURSE, PostRoom, open_post_room, task_of, texts
from tests.scheduling.world import HOME, World, caller
from vocabulary.messages import MessageState, Urgency
from vocabulary.people import UserRole

pytestmark = pytest.mark.database


@pytest.fixture
def post(world: World) -> PostRoom:
    return open_post_room(world)


def test_what_nobody_has_in_hand_is_brought_up_once_there_and_once_here(post: PostRoom) -> None:
    post.sends(urgency=Urgency.URGENT)
    assert chasing.chase(post.office) == 0
    post.world.clock.forward(hours=2)
    assert (chasing.chase(post.office), chasing.chase(post.office)) == (1, 0)
    (line,) = reading.inbox(post.office, GP)
    assert line.level is Level.RECIPIENT and line.sender_phone == "0117 4960199"
    assert reading.waiting(post.office, DOCTOR) == 0
    post.world.clock.forward(hours=2)
    chasing.chase(post.office)
    (line,) = reading.sent(post.office, DOCTOR)
    assert line.level is Level.SENDER and line.waits_for_us and line.recipient_phone == "0117 4960199"
    assert reading.waiting(post.office, DOCTOR) == 1
    told = [(row.detail["to"], row.user_role, row.via) for row in post.world.ledger(act="message.escalated")]
    assert told == [("recipient", "system", "job"), ("sender", "system", "job")]
    reading.open_message(post.office, line.ref, GP)
    answer(post.office, Answer(line.ref, Step.ACKNOWLEDGE), GP)
    assert reading.waiting(post.office, DOCTOR) == 0


def test_what_nobody_settles_is_brought_up_with_both_managers_every_day_and_never_deleted(post: PostRoom) -> None:
    sent = post.sends(urgency=Urgency.URGENT)
    managers = [caller(where, user="mina", role=UserRole.PRACTICE_MANAGER) for where in (HOME, DOCTOR.practice)]
    for manager in managers:
        with pytest.raises(MessageUnknown):
            reading.open_message(post.office, sent.ref, manager)
    for days in (2, 400, 1):
        post.world.clock.forward(days=days)
        assert (chasing.chase(post.office), chasing.chase(post.office)) == (1, 0)
    assert [row.detail["to"] for row in post.world.ledger(act="message.escalated")] == ["managers"] * 3
    assert sealed_texts(post.world) == 1, "nothing is deleted for being old"
    for manager, steps in zip(managers, ((Step.ACKNOWLEDGE, Step.DECLINE), (Step.CLOSE,)), strict=True):
        assert reading.open_message(post.office, sent.ref, manager).line.steps == steps
    answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), managers[0])
    assert sealed_texts(post.world) == 0 and chasing.chase(post.office) == 0


def test_the_sender_closes_what_they_settled_on_the_telephone_and_says_how(post: PostRoom) -> None:
    """Also where the practice it went to has nobody left who could answer."""
    sent = post.sends(urgency=Urgency.URGENT)
    close = Answer(sent.ref, Step.CLOSE, "Read it to Dr Home on the telephone")
    with pytest.raises(MessageMoved):
        answer(post.office, close, DOCTOR)
    post.world.clock.forward(hours=4)
    chasing.chase(post.office)
    with pytest.raises(MessageIncomplete, match="what became of it"):
        answer(post.office, Answer(sent.ref, Step.CLOSE), DOCTOR)
    assert answer(post.office, close, replace(DOCTOR, user_id="a colleague")) is MessageState.CLOSED
    assert sealed_texts(post.world) == 0 and reading.waiting(post.office, DOCTOR) == 0
    with pytest.raises(MessageMoved):
        answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), GP)


def test_a_practice_that_has_closed_gets_nothing_more_and_what_lies_there_is_the_senders_to_ring_about(
    post: PostRoom,
) -> None:
    sent = post.sends()
    assert chasing.chase(post.office) == 0
    with post.world.work.begin() as tx:
        tx.execute(text("UPDATE practice SET status = 'closed' WHERE ods = :ods"), {"ods": HOME.value})
    assert (chasing.chase(post.office), chasing.chase(post.office)) == (1, 0), "at once, and once"
    (line,) = reading.sent(post.office, DOCTOR)
    assert line.level is Level.SENDER and line.steps == (Step.CLOSE,)
    with pytest.raises(NobodyToSendTo, match="has closed"):
        post.sends()
    answer(post.office, Answer(sent.ref, Step.CLOSE, "The patient has a new practice; sent it there"), DOCTOR)
    assert chasing.chase(post.office) == 0


def test_what_went_back_to_a_practice_that_has_closed_is_settled_where_it_was_sent(post: PostRoom) -> None:
    """Nobody is left at the sender's: it would have waited there, and nobody would have been told."""
    task, new = post.asks(), post.asks()
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.DECLINE, "Clinical"), DESK)
    with post.world.work.begin() as tx:
        tx.execute(text("UPDATE practice SET status = 'closed' WHERE ods = :ods"), {"ods": DOCTOR.practice.value})
    assert (chasing.chase(post.office), chasing.chase(post.office)) == (1, 0), "at once, and once"
    (line,) = [line for line in reading.inbox(post.office, DESK) if line.ref == task.ref]
    assert line.level is Level.MANAGERS and line.counted and line.other_closed and line.steps == (Step.CLOSE,)
    answer(post.office, Answer(task.ref, Step.CLOSE, "Dr Home rang the patient"), DESK)
    post.world.clock.forward(days=2)  # of what was never answered the managers hear when the sender would have
    chasing.chase(post.office)
    manager = caller(HOME, user="mina", role=UserRole.PRACTICE_MANAGER)
    assert [line.level for line in reading.inbox(post.office, manager) if line.ref == new.ref] == [Level.MANAGERS]


def test_of_what_both_managers_leave_alone_the_federation_hears_without_a_patient(post: PostRoom) -> None:
    post.asks(urgency=Urgency.URGENT)
    post.sends()
    post.world.clock.forward(days=2)
    chasing.chase(post.office)
    with post.world.work.read() as tx:
        (found,) = census.unsettled(tx)
    assert (found.count, found.recipient_phone) == (1, "0117 4960199") and "Example" not in repr(found)


def test_a_practice_that_left_the_agreement_still_has_and_answers_what_it_was_sent(post: PostRoom) -> None:
    sent = post.sends(urgency=Urgency.URGENT)
    post.world.suspend()
    post.world.clock.forward(hours=2)
    assert chasing.chase(post.office) == 1
    assert texts(reading.open_message(post.office, sent.ref, GP))
    answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), GP)
    with pytest.raises(NotPermitted):
        post.sends()


def test_whoever_took_a_task_and_left_is_followed_by_a_colleague(post: PostRoom) -> None:
    task = post.asks()
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.TAKE), DESK)
    post.world.clock.forward(days=4)
    chasing.chase(post.office)
    (line,) = reading.inbox(post.office, NURSE)
    assert line.level is Level.SENDER and {Step.TAKE, Step.DONE} <= set(line.steps)
    answer(post.office, Answer(task.ref, Step.DONE), NURSE)


def test_what_came_back_and_nobody_looks_at_is_brought_up_too(post: PostRoom) -> None:
    task = post.asks(urgency=Urgency.URGENT)
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.DECLINE, "We do no blood tests"), DESK)
    assert chasing.chase(post.office) == 0
    for level in (Level.SENDER, Level.MANAGERS):
        post.world.clock.forward(hours=2)
        chasing.chase(post.office)
        (line,) = reading.sent(post.office, DOCTOR)
        assert line.level is level
    (line,) = reading.inbox(post.office, DESK)
    assert line.steps == (Step.CLOSE,) and reading.waiting(post.office, DESK) == 1, "they hear that nobody has looked"


def test_a_text_that_no_key_opens_is_not_read_and_can_be_sent_back(post: PostRoom) -> None:
    sent = post.sends()
    lost = replace(post.office, safe=Safe(("another",)))
    opened = reading.open_message(lost, sent.ref, GP)
    assert opened.lost and opened.document is None and opened.line.steps == (Step.DECLINE,)
    assert opened.line.state is MessageState.NEW and opened.line.seen_at is None
    with pytest.raises(MessageMoved):
        answer(post.office, Answer(sent.ref, Step.DECLINE, "x"), GP)  # where it can be read, it is read first
    assert answer(lost, Answer(sent.ref, Step.DECLINE, "We cannot read it"), GP) is MessageState.DECLINED
    assert answer(lost, Answer(sent.ref, Step.CLOSE, "Wrote it again"), DOCTOR) is MessageState.CLOSED
    assert sealed_texts(post.world) == 0


def test_a_task_taken_and_not_done_by_its_day_is_brought_up(post: PostRoom) -> None:
    task = post.asks()
    reading.open_message(post.office, task.ref, DESK)
    answer(post.office, Answer(task.ref, Step.TAKE), DESK)
    post.world.clock.forward(days=3)
    chasing.chase(post.office)
    (line,) = reading.inbox(post.office, DESK)
    assert line.level is Level.RECIPIENT and line.takers[-1].name == "Rita Reception"


def test_after_a_change_of_key_the_worker_seals_anew(post: PostRoom) -> None:
    sent = post.sends()
    changed = replace(post.office, safe=Safe(("another", "only-for-tests")))
    assert (chasing.seal_again(changed), chasing.seal_again(changed)) == (1, 0)
    assert texts(reading.open_message(replace(post.office, safe=Safe(("another",))), sent.ref, GP))
    assert reading.open_message(post.office, sent.ref, GP).lost


def test_what_no_key_opens_keeps_nothing_else_from_being_sealed_anew(
    post: PostRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chasing, "AT_ONCE", 2)
    strange = replace(post.office, safe=Safe(("nobody has this key",)))
    for _ in range(3):
        send_task(strange, task_of(post), DOCTOR)
    ours = [post.asks().ref for _ in range(3)]
    changed = replace(post.office, safe=Safe(("another", "only-for-tests")))
    assert (chasing.seal_again(changed), chasing.seal_again(changed)) == (3, 0)
    for ref in ours:
        assert texts(reading.open_message(replace(post.office, safe=Safe(("another",))), ref, DESK))
