"""What is said about a visit: kept, accounted for, followed by the booking, and never over somebody else's word."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from scheduling import cancelling, following, views, visiting
from scheduling.commands import CancelBooking
from scheduling.problems import BookingUnknown, NotSure, WrongState
from scheduling.results import BookingView
from scheduling.visit_rules import Visit
from scheduling.visiting import NoteVisit
from tests.scheduling.world import HOST, TONIGHT, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.slots import DeliveryChannel
from vocabulary.times import london_date
from vocabulary.visits import CallOutcome, VisitStatus

pytestmark = pytest.mark.database

DOCTOR = replace(caller(HOST, user="grace"), name="Dr Grace Example")
DESK = caller(HOST, user="desk")


def booked(world: World, **clinic: object) -> BookingView:
    """A booking at HOST that starts now."""
    world.clinic(**clinic)  # type: ignore[arg-type]
    world.see()
    found = world.book()
    world.clock.at = TONIGHT
    return found


def say(world: World, booking: BookingView, status: VisitStatus, *, seen: int, who: object = DOCTOR) -> Visit:
    meant = NoteVisit(booking.ref, seen, status=status, sure=status is VisitStatus.MISSED)
    return visiting.note(world.desk, meant, who)  # type: ignore[arg-type]


def test_the_booking_follows_the_visit(world: World) -> None:
    found = booked(world)
    seen = 0
    for status, state in (
        (VisitStatus.ARRIVED, BookingState.BOOKED),
        (VisitStatus.IN_ROOM, BookingState.BOOKED),
        (VisitStatus.LEFT, BookingState.ATTENDED),
        (VisitStatus.DONE, BookingState.ATTENDED),
    ):
        visit = say(world, found, status, seen=seen)
        seen = visit.last
        assert (visit.status, visit.by_name) == (status, "Dr Grace Example") and world.state(found.ref) is state
    taken_back = visiting.note(world.desk, NoteVisit(found.ref, seen, undo=True), DOCTOR)
    taken_back = visiting.note(world.desk, NoteVisit(found.ref, taken_back.last, undo=True), DOCTOR)
    assert taken_back.status is VisitStatus.IN_ROOM and world.state(found.ref) is BookingState.BOOKED
    assert [event.act for event in world.ledger() if event.act.startswith("visit.")] == [
        *["visit.noted"] * 4,
        *["visit.taken-back"] * 2,
    ]
    assert [event.detail["status"] for event in world.ledger(act="visit.taken-back")] == ["left", "in-room"]


def test_who_did_not_come_is_missed_and_came_after_all(world: World) -> None:
    found = booked(world)
    with pytest.raises(WrongState, match="10 minutes after the start"):
        say(world, found, VisitStatus.MISSED, seen=0)
    world.clock.forward(minutes=10)
    visit = say(world, found, VisitStatus.MISSED, seen=0)
    assert world.state(found.ref) is BookingState.MISSED
    say(world, found, VisitStatus.ARRIVED, seen=visit.last)
    assert world.state(found.ref) is BookingState.BOOKED
    words = [event.words for event in views.history(world.desk, found.ref, DOCTOR)][2:]
    assert words == ["Did not attend", "Arrived"]


def test_who_had_told_somebody_cancelled_late_and_it_can_be_put_right(world: World) -> None:
    found = booked(world)
    world.clock.forward(minutes=10)
    with pytest.raises(NotSure, match="tell anybody"):
        visiting.note(world.desk, NoteVisit(found.ref, 0, status=VisitStatus.MISSED), DOCTOR)
    visit = say(world, found, VisitStatus.CANCELLED_LATE, seen=0)
    now = world.view(found.ref)
    assert now is not None and now.cancelled_by == "Dr Grace Example"
    assert (now.state, now.cancel_reason) == (BookingState.CANCELLED, CancellationReason.LATE)
    assert found.ref.value in world.claimed().values() and world.attention() == []
    (line,) = visiting.expected(world.desk, london_date(TONIGHT), DOCTOR)
    assert line.undoable is not None and line.steps == (VisitStatus.ARRIVED,)
    visiting.note(world.desk, NoteVisit(found.ref, visit.last, undo=True), DOCTOR)
    again = world.view(found.ref)
    assert again is not None and (again.state, again.cancel_reason, again.cancelled_by) == (
        BookingState.BOOKED,
        None,
        "",
    )
    acts = [row.act for row in world.ledger() if row.act != "booking.viewed"][-4:]
    assert acts == ["booking.cancelled", "visit.noted", "booking.booked", "visit.taken-back"]


def test_a_double_click_says_it_once(world: World) -> None:
    found = booked(world)
    first = say(world, found, VisitStatus.ARRIVED, seen=0)
    assert say(world, found, VisitStatus.ARRIVED, seen=0) == first
    assert len(world.ledger(act="visit.noted")) == 1


def test_what_somebody_else_said_meanwhile_comes_first(world: World) -> None:
    found = booked(world)
    say(world, found, VisitStatus.ARRIVED, seen=0, who=DESK)
    with pytest.raises(WrongState, match=r"Rita Reception said something .* “Arrived”") as refusal:
        say(world, found, VisitStatus.IN_ROOM, seen=0)
    assert "Nothing was changed" in refusal.value.message and refusal.value.next_step


def test_of_two_at_the_same_moment_one_is_told(world: World) -> None:
    found, start = booked(world), Barrier(2)
    outcomes: list[VisitStatus | None] = []

    def press(status: VisitStatus) -> None:
        start.wait(timeout=5)
        try:
            outcomes.append(say(world, found, status, seen=0).status)
        except WrongState:
            outcomes.append(None)

    people = [Thread(target=press, args=(status,)) for status in (VisitStatus.ARRIVED, VisitStatus.DONE)]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=10)
    assert outcomes.count(None) == 1 and len(world.ledger(act="visit.noted")) == 1


def test_only_the_host_practice_says_something(world: World) -> None:
    found = booked(world)
    with pytest.raises(BookingUnknown):
        say(world, found, VisitStatus.ARRIVED, seen=0, who=caller())
    assert world.ledger(act="visit.noted") == []


def test_a_cancelled_appointment_has_no_visit(world: World) -> None:
    world.clinic()
    world.see()
    found = world.book()
    cancelling.cancel(world.desk, CancelBooking(found.ref, CancellationReason.PATIENT_ASKED), caller())
    world.clock.at = TONIGHT
    with pytest.raises(WrongState, match="does not stand"):
        say(world, found, VisitStatus.ARRIVED, seen=0)


def test_calls_of_a_telephone_clinic_are_counted_and_it_can_go_on_face_to_face(world: World) -> None:
    found = booked(world)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET facts = jsonb_set(facts, '{channel}', '\"telephone\"')"))
    visit = visiting.note(world.desk, NoteVisit(found.ref, 0, call=CallOutcome.NO_ANSWER), DOCTOR)
    assert visit.unanswered(TONIGHT) == 1 and visit.status is VisitStatus.EXPECTED
    world.clock.forward(minutes=12)
    with pytest.raises(WrongState, match="Ring once more"):
        say(world, found, VisitStatus.MISSED, seen=visit.last)
    (line,) = visiting.expected(world.desk, london_date(world.clock.now()), DOCTOR)
    assert line.can_call and line.can_go_in_person and VisitStatus.MISSED not in line.steps
    visit = visiting.note(world.desk, NoteVisit(found.ref, visit.last, in_person=True), DOCTOR)
    (line,) = visiting.expected(world.desk, london_date(world.clock.now()), DOCTOR)
    assert not line.can_call and not line.can_go_in_person and VisitStatus.MISSED in line.steps
    assert line.undoable is not None and line.undoable.in_person and line.booking.ref == found.ref
    assert say(world, found, VisitStatus.ARRIVED, seen=visit.last).in_person


def test_a_slip_at_the_telephone_is_asked_about_and_can_be_meant(world: World) -> None:
    found = booked(world, channel=DeliveryChannel.TELEPHONE)
    with pytest.raises(NotSure, match="Done all the same"):
        say(world, found, VisitStatus.DONE, seen=0)
    rung = NoteVisit(found.ref, 0, call=CallOutcome.NO_ANSWER)
    seen = visiting.note(world.desk, rung, DOCTOR).last
    with pytest.raises(NotSure, match="Another call already"):
        visiting.note(world.desk, replace(rung, seen=seen), DOCTOR)
    assert len(world.ledger(act="visit.called")) == 1
    assert visiting.note(world.desk, replace(rung, seen=seen, sure=True), DOCTOR).unanswered(TONIGHT) == 2


def test_nothing_is_taken_back_on_another_day(world: World) -> None:
    found = booked(world)
    visit = say(world, found, VisitStatus.ARRIVED, seen=0)
    world.clock.forward(hours=12)
    with pytest.raises(WrongState, match="on the same day only"):
        visiting.note(world.desk, NoteVisit(found.ref, visit.last, undo=True), DOCTOR)


def test_one_thing_is_said_at_a_time(world: World) -> None:
    found = booked(world)
    with pytest.raises(ValueError, match="one thing"):
        NoteVisit(found.ref, 0)
    with pytest.raises(ValueError, match="one thing"):
        NoteVisit(found.ref, 0, status=VisitStatus.DONE, undo=True)


def test_the_list_of_the_day_says_where_everybody_is(world: World) -> None:
    found = booked(world)
    say(world, found, VisitStatus.IN_ROOM, seen=0)
    (line,) = visiting.expected(world.desk, london_date(TONIGHT), DOCTOR)
    assert line.visit.status is VisitStatus.IN_ROOM and line.visit.since == TONIGHT
    assert set(line.steps) == {VisitStatus.LEFT, VisitStatus.DONE}
    assert visiting.expected(world.desk, london_date(TONIGHT + timedelta(days=1)), DOCTOR) == ()


def test_whom_the_host_cancels_while_they_are_there_stays_and_can_be_taken_back(world: World) -> None:
    """Taking “arrived” back does not make a booking firm that its practice has cancelled: then somebody has to ring."""
    found = booked(world)
    world.clock.at = TONIGHT - timedelta(hours=1)
    seen = say(world, found, VisitStatus.ARRIVED, seen=0).last
    world.network.diary(HOST).cancel_locally(found.host_reference)
    following.follow_due(world.desk, at_once=1)
    assert world.state(found.ref) is BookingState.CANCELLED
    assert world.attention() == [], "nobody is asked to ring somebody who is there"
    (line,) = visiting.expected(world.desk, london_date(TONIGHT), DOCTOR)
    assert line.booking.came_at is not None and VisitStatus.IN_ROOM in line.steps
    last = views.history(world.desk, found.ref, caller())[-1].words
    assert "The patient was there, down as “Arrived” since 5.30pm" in last
    seen = say(world, found, VisitStatus.IN_ROOM, seen=seen).last
    seen = visiting.note(world.desk, NoteVisit(found.ref, seen, undo=True), DOCTOR).last
    visiting.note(world.desk, NoteVisit(found.ref, seen, undo=True), DOCTOR)
    assert world.state(found.ref) is BookingState.CANCELLED and found.ref.value not in world.claimed().values()
    (line,) = visiting.expected(world.desk, london_date(TONIGHT), DOCTOR)
    assert line.booking.came_at is None and line.visit.status is VisitStatus.EXPECTED
    (item,) = world.attention()
    assert "the patient had not come" in item.words
