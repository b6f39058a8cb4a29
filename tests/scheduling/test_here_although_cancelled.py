"""Whom the host had cancelled comes all the same: put down as here, seen, and whoever was to ring them hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling import attention, following, reporting, views, visiting
from scheduling.problems import WrongState
from scheduling.results import BookingView
from scheduling.visit_rules import Visit
from scheduling.visiting import ExpectedVisit, NoteVisit
from tests.scheduling.world import HOST, TONIGHT, World, caller
from vocabulary.appointments import BookingState
from vocabulary.times import london_date
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database

DOCTOR = replace(caller(HOST, user="grace"), name="Dr Grace Example")


def cancelled_there(world: World) -> BookingView:
    """The host cancelled it an hour before; it is now ten past the time."""
    world.clinic()
    world.see()
    found = world.book()
    world.clock.at = TONIGHT - timedelta(hours=1)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    following.follow_due(world.desk, at_once=1)
    world.clock.at = TONIGHT + timedelta(minutes=10)
    return found


def say(world: World, found: BookingView, status: VisitStatus | None = VisitStatus.ARRIVED) -> Visit:
    said = NoteVisit(found.ref, line(world, found).visit.last, status=status, undo=status is None)
    return visiting.note(world.desk, said, DOCTOR)


def line(world: World, found: BookingView) -> ExpectedVisit:
    listed = visiting.expected(world.desk, london_date(TONIGHT), DOCTOR)
    return next(one for one in listed if one.booking.ref == found.ref)


def open_items(world: World) -> list[str]:
    return [item.kind for item in world.attention()]


def test_they_are_here_and_nobody_rings_them(world: World) -> None:
    found = cancelled_there(world)
    assert open_items(world) == [attention.CANCELLED_AT_HOST] and line(world, found).steps == (VisitStatus.ARRIVED,)
    say(world, found)
    here = line(world, found)
    assert (here.booking.state, here.booking.came_at) == (BookingState.CANCELLED, world.clock.now())
    assert open_items(world) == [], "the booking practice has nobody to ring"
    last = views.history(world.desk, found.ref, caller())[-1]
    assert "came at 6.40pm although" in last.words and last.by_name == "Dr Grace Example"
    (event,) = world.ledger(act="visit.noted")
    assert event.detail["came"] is True
    say(world, found, VisitStatus.DONE)
    done = line(world, found)
    assert (done.visit.status, done.booking.state) == (VisitStatus.DONE, BookingState.CANCELLED)
    assert reporting.report_due(world.desk) == 0, "their system has no such appointment to be told of"


def test_who_has_rung_already_is_told_that_they_came(world: World) -> None:
    found = cancelled_there(world)
    views.settle_attention(world.desk, world.attention()[0].id, "Booked Thursday for them", caller())
    say(world, found)
    (item,) = world.attention()
    assert (item.kind, item.owner_ods) == (attention.CAME, caller().practice.value) and "6.40pm" in item.words
    assert line(world, found).booking.needs_person == ""
    say(world, found, None)
    assert open_items(world) == [attention.CANCELLED_AT_HOST]


def test_not_here_after_all_asks_to_ring_them_again(world: World) -> None:
    found = cancelled_there(world)
    say(world, found)
    say(world, found, None)
    after = line(world, found)
    assert (after.booking.came_at, after.steps, after.undoable) == (None, (VisitStatus.ARRIVED,), None)
    (item,) = world.attention()
    assert item.kind == attention.CANCELLED_AT_HOST and "6.40pm they said that the patient had not come" in item.words
    assert views.history(world.desk, found.ref, caller())[-1].words == "Not here after all."


def test_who_was_here_before_it_was_cancelled_is_here_still(world: World) -> None:
    world.clinic()
    world.see()
    found = world.book()
    world.clock.at = TONIGHT - timedelta(minutes=20)
    say(world, found)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    following.follow_due(world.desk, at_once=1)
    assert line(world, found).booking.came_at == world.clock.now() and open_items(world) == []
    say(world, found)
    assert len(world.ledger(act="visit.noted")) == 1, "saying it again says nothing new"


def test_the_host_that_puts_its_diary_right_has_its_booking_back(world: World) -> None:
    found = cancelled_there(world)
    say(world, found)
    world.network.diary(HOST).restore_locally(found.host_reference)
    world.clock.forward(minutes=21)
    following.follow_due(world.desk, at_once=1)
    after = line(world, found)
    assert (after.booking.state, after.booking.came_at) == (BookingState.BOOKED, None)
    assert after.visit.status is VisitStatus.ARRIVED and open_items(world) == []


def test_somebody_without_a_booking_is_given_the_next_free_time_while_the_clinic_goes_on(world: World) -> None:
    """The way for whoever is there and on no list: what has begun cannot be booked, what comes next can."""
    world.clinic()
    world.clock.at = TONIGHT + timedelta(minutes=5)
    world.see(host=HOST, who=HOST)
    here = caller(HOST, user="desk")
    made = world.book(here)
    assert (made.state, made.facts.window.start) == (BookingState.BOOKED, TONIGHT + timedelta(minutes=15))
    assert line(world, made).steps[0] is VisitStatus.ARRIVED


def test_nobody_who_is_not_here_is_done_or_missed(world: World) -> None:
    found = cancelled_there(world)
    for status in (VisitStatus.DONE, VisitStatus.MISSED, VisitStatus.CANCELLED_LATE):
        with pytest.raises(WrongState, match="does not stand"):
            say(world, found, status)
