"""Correcting a summary that was sent: by a newer one, once, and what then becomes of the earlier."""

from dataclasses import replace
from datetime import timedelta

import pytest

from messaging import reading
from messaging.answering import Answer, answer
from messaging.documents import summary_said
from messaging.lifecycle import Step
from messaging.problems import (
    MessageMoved,
    NotTheTime,
)
from scheduling import visiting
from scheduling.visiting import NoteVisit
from tests.messaging.test_messages import sealed_texts
from tests.messaging.writing import DOCTOR, GP, WHOLE, PostRoom, open_post_room
from tests.scheduling.world import TONIGHT, World
from vocabulary.identifiers import BookingRef
from vocabulary.messages import FollowUpOwner, MessageState
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database


@pytest.fixture
def post(world: World) -> PostRoom:
    return open_post_room(world)


def test_a_correction_names_what_it_corrects_once(post: PostRoom) -> None:
    first = post.sends()
    second = post.sends(replace(WHOLE, findings="Pus seen."), corrects=first.ref)
    old, new = sorted(reading.inbox(post.office, GP), key=lambda line: line.corrects)
    assert (old.corrected_by, new.corrects, old.state) == (second.ref, first.ref, MessageState.NEW)
    with pytest.raises(MessageMoved, match="corrected already"):
        post.sends(corrects=first.ref)
    with pytest.raises(MessageMoved, match="no such summary"):
        post.sends(corrects="nosuch")


def test_what_was_sent_is_there_to_be_corrected_until_it_was_acknowledged(post: PostRoom) -> None:
    whole = replace(
        WHOLE,
        medication_changed=True,
        medication="Amoxicillin 500 mg",
        follow_up_owner=FollowUpOwner.PATIENT,
        follow_up="Ring: on Monday",
    )
    first = post.sends(whole)
    old = reading.to_correct(post.office, first.ref, post.booking.ref, DOCTOR)
    assert old.document is not None and summary_said(old.document.parts) == whole
    assert old.line.state is MessageState.NEW, "that does not make it read"
    for ref, who, booking in (
        ("nosuch", DOCTOR, post.booking.ref),
        (first.ref, GP, post.booking.ref),
        (first.ref, DOCTOR, BookingRef.from_number(5)),
        (post.asks().ref, DOCTOR, post.booking.ref),
    ):
        with pytest.raises(MessageMoved, match="no such summary"):
            reading.to_correct(post.office, ref, booking, who)
    second = post.sends(corrects=first.ref)
    with pytest.raises(MessageMoved, match="corrected already"):
        reading.to_correct(post.office, first.ref, post.booking.ref, DOCTOR)
    reading.open_message(post.office, second.ref, GP)
    answer(post.office, Answer(second.ref, Step.ACKNOWLEDGE), GP)
    gone = reading.to_correct(post.office, second.ref, post.booking.ref, DOCTOR)
    assert gone.document is None and gone.line.acknowledged_by_name == "Dr Hari Home"


def test_a_summary_that_came_back_is_closed_by_its_correction(post: PostRoom) -> None:
    first = post.sends()
    reading.open_message(post.office, first.ref, GP)
    answer(post.office, Answer(first.ref, Step.DECLINE, "Not about this patient"), GP)
    assert reading.waiting(post.office, DOCTOR) == 1
    second = post.sends(corrects=first.ref)
    states = {line.ref: line.state for line in reading.sent(post.office, DOCTOR)}
    assert states == {first.ref: MessageState.CLOSED, second.ref: MessageState.NEW}
    assert reading.waiting(post.office, DOCTOR) == 0 and sealed_texts(post.world) == 1


def test_what_was_sent_can_be_taken_back_whatever_became_of_the_visit(post: PostRoom) -> None:
    first = post.sends()
    post.world.clock.at = TONIGHT + timedelta(hours=1)
    visiting.note(post.world.desk, NoteVisit(post.booking.ref, 0, status=VisitStatus.MISSED, sure=True), DOCTOR)
    with pytest.raises(NotTheTime, match="not seen"):
        post.sends()
    back = post.sends(replace(WHOLE, findings="That was about another patient."), corrects=first.ref)
    assert back.corrects == first.ref


def test_what_was_corrected_meanwhile_is_not_acknowledged_from_an_old_page(post: PostRoom) -> None:
    first = post.sends()
    reading.open_message(post.office, first.ref, GP)
    second = post.sends(replace(WHOLE, findings="Crackles left base."), corrects=first.ref)
    for said in (
        Answer(first.ref, Step.ACKNOWLEDGE),
        Answer(first.ref, Step.DECLINE, "Not ours"),
        Answer(first.ref, Step.ACKNOWLEDGE, newer=second.ref),  # named on the page, and nobody has read it
    ):
        with pytest.raises(MessageMoved, match="newer summary"):
            answer(post.office, said, GP)
    reading.open_message(post.office, second.ref, GP)
    with pytest.raises(MessageMoved, match="newer summary"):
        answer(post.office, Answer(first.ref, Step.ACKNOWLEDGE), GP)
    assert sealed_texts(post.world) == 2
    assert answer(post.office, Answer(first.ref, Step.ACKNOWLEDGE, newer=second.ref), GP) is MessageState.ACKNOWLEDGED


def test_with_the_correction_in_the_record_nobody_is_asked_to_put_the_wrong_one_there(post: PostRoom) -> None:
    first = post.sends()
    second = post.sends(replace(WHOLE, findings="Crackles left base."), corrects=first.ref)
    third = post.sends(replace(WHOLE, findings="Crackles right base."), corrects=second.ref)
    reading.open_message(post.office, second.ref, GP)
    reading.open_message(post.office, third.ref, GP)
    answer(post.office, Answer(third.ref, Step.ACKNOWLEDGE), GP)
    states = {line.ref: line.state for line in reading.inbox(post.office, GP)}
    assert states == {
        first.ref: MessageState.CLOSED,
        second.ref: MessageState.CLOSED,
        third.ref: MessageState.ACKNOWLEDGED,
    }
    assert sealed_texts(post.world) == 0
    closed = post.world.ledger(act="message.closed")
    assert [row.detail["corrected_by"] for row in closed] == [third.ref, third.ref]
