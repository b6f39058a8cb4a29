"""What a host's own staff say of a visit in their own system reaches the hub's list, and nothing goes in circles."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.mock.system import CAPABILITIES
from connectors.port import Capability
from scheduling import following, heeding, reporting, views, visiting
from scheduling.desk import Settings
from scheduling.problems import WrongState
from scheduling.results import BookingView
from scheduling.visiting import ExpectedVisit, NoteVisit
from tests.scheduling.world import HOST, TONIGHT, World, caller
from vocabulary.appointments import BookingState, CancellationReason, Receipt
from vocabulary.times import london_date
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database

DOCTOR = replace(caller(HOST, user="grace"), name="Dr Grace Example")
S = VisitStatus


def booked(world: World) -> BookingView:
    world.clinic()
    world.see()
    found = world.book()
    following.follow_due(world.desk, at_once=1)
    world.clock.at = TONIGHT
    return found


def said_there(world: World, found: BookingView, status: VisitStatus, *, minutes: float = 1) -> None:
    """Their own desk says it; some minutes later the hub looks."""
    world.clock.forward(minutes=minutes)
    world.network.diary(HOST).say_locally(found.host_reference, status)
    world.clock.forward(minutes=3)
    following.follow_due(world.desk, at_once=1)


def say(world: World, found: BookingView, status: VisitStatus) -> None:
    world.clock.forward(seconds=1)
    visiting.note(world.desk, NoteVisit(found.ref, line(world, found).visit.last, status=status, sure=True), DOCTOR)


def line(world: World, found: BookingView) -> ExpectedVisit:
    listed = visiting.expected(world.desk, london_date(TONIGHT), DOCTOR)
    return next(one for one in listed if one.booking.ref == found.ref)


def there(world: World, found: BookingView) -> VisitStatus:
    return world.network.diary(HOST).visit_status(Receipt(HOST, found.host_reference))


def test_an_arrival_at_their_own_desk_is_on_the_list_within_minutes(world: World) -> None:
    found = booked(world)
    said_there(world, found, S.ARRIVED)
    visit = line(world, found).visit
    assert (visit.status, visit.since, visit.at_host) == (S.ARRIVED, TONIGHT + timedelta(minutes=1), True)
    assert line(world, found).undoable is None, "it is taken back where it was said"
    (event,) = world.ledger(act="visit.said-at-host")
    assert (event.booking_ref, event.detail["status"]) == (found.ref.value, "arrived")
    last = views.history(world.desk, found.ref, caller())[-1]
    assert last.words == f"Practice {HOST} said so in its own system at 6.31pm: Arrived." and last.by_name == "The hub"
    before = len(world.ledger())
    world.clock.forward(minutes=5)
    assert following.follow_due(world.desk, at_once=1) == 1 and len(world.ledger()) == before, "said once"
    assert reporting.report_due(world.desk) == 0, "and not told to those who said it"


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ((S.ARRIVED, S.IN_ROOM, S.DONE), BookingState.ATTENDED),
        ((S.MISSED,), BookingState.MISSED),
        ((S.DONE, S.MISSED), BookingState.MISSED),  # put right there: from one end to another
        ((S.CANCELLED_LATE, S.DONE), BookingState.ATTENDED),
        ((S.CANCELLED_LATE,), BookingState.CANCELLED),
        ((S.DONE, S.EXPECTED), BookingState.BOOKED),
    ],
)
def test_the_booking_follows_what_they_say(world: World, words: tuple[VisitStatus, ...], state: BookingState) -> None:
    found = booked(world)
    lines = len(views.history(world.desk, found.ref, caller()))
    for status in words:
        said_there(world, found, status)
    assert (line(world, found).visit.status, world.state(found.ref)) == (words[-1], state)
    assert len(views.history(world.desk, found.ref, caller())) == lines + len(words)
    assert len(world.ledger(act="visit.said-at-host")) == len(words)
    now = world.view(found.ref)
    late = state is BookingState.CANCELLED
    assert now is not None and now.cancel_reason is (CancellationReason.LATE if late else None)


def test_what_we_told_them_comes_back_and_changes_nothing(world: World) -> None:
    found = booked(world)
    say(world, found, S.ARRIVED)
    assert reporting.report_due(world.desk) == 1
    before = len(world.ledger())
    world.clock.forward(minutes=5)
    assert following.follow_due(world.desk, at_once=1) == 1
    assert len(world.ledger()) == before and not line(world, found).visit.at_host
    assert reporting.report_due(world.desk) == 0


def test_what_they_have_not_heard_yet_is_not_overwritten_by_what_they_said_before(world: World) -> None:
    found = booked(world)
    world.network.diary(HOST).say_locally(found.host_reference, S.ARRIVED)
    world.clock.forward(minutes=1)
    say(world, found, S.DONE)
    world.clock.forward(minutes=3)
    assert following.follow_due(world.desk, at_once=1) == 1
    assert line(world, found).visit.status is S.DONE
    reporting.report_due(world.desk)
    assert there(world, found) is S.DONE


def test_what_they_said_later_stands_and_what_waited_to_be_told_is_not_told_any_more(world: World) -> None:
    found = booked(world)
    say(world, found, S.ARRIVED)  # and their system is away
    said_there(world, found, S.IN_ROOM)
    assert line(world, found).visit.status is S.IN_ROOM
    assert reporting.report_due(world.desk) == 0 and there(world, found) is S.IN_ROOM
    report = line(world, found).report
    assert report is not None and report.heard


def test_what_they_said_can_be_gone_on_from_and_not_be_taken_back_here(world: World) -> None:
    found = booked(world)
    said_there(world, found, S.ARRIVED)
    seen = line(world, found).visit.last
    with pytest.raises(WrongState, match="your own system"):
        visiting.note(world.desk, NoteVisit(found.ref, seen, undo=True), DOCTOR)
    say(world, found, S.IN_ROOM)
    assert reporting.report_due(world.desk) == 1 and there(world, found) is S.IN_ROOM


def test_a_page_from_before_they_said_it_is_told(world: World) -> None:
    found = booked(world)
    said_there(world, found, S.LEFT_UNSEEN)
    with pytest.raises(WrongState, match="Your own system said something about this visit meanwhile"):
        visiting.note(world.desk, NoteVisit(found.ref, 0, status=S.IN_ROOM), DOCTOR)


def test_it_is_read_until_nothing_is_said_of_a_visit_any_more(world: World) -> None:
    found = booked(world)
    for hours in (5, 23):
        world.clock.at = TONIGHT + timedelta(hours=hours)
        assert following.follow_due(world.desk, at_once=1) == 1
    world.clock.at = TONIGHT + timedelta(hours=24)
    assert following.follow_due(world.desk, at_once=1) == 0
    assert world.state(found.ref) is BookingState.BOOKED and world.attention() == []


def test_a_system_without_a_place_for_it_is_not_asked_about_what_has_begun(world: World) -> None:
    world.network.limit(HOST, CAPABILITIES - {Capability.REPORT_STATUS})
    found = booked(world)
    world.network.diary(HOST).say_locally(found.host_reference, S.ARRIVED)
    world.clock.forward(minutes=3)
    assert following.follow_due(world.desk, at_once=1) == 0
    assert line(world, found).visit.status is S.EXPECTED


def test_what_has_begun_and_is_not_shown_any_more_is_no_reason_to_ring(world: World) -> None:
    found = booked(world)
    world.network.diary(HOST).lose_locally(found.host_reference)
    world.clock.forward(minutes=3)
    assert following.follow_due(world.desk, at_once=1) == 1
    assert world.attention() == [] and world.state(found.ref) is BookingState.BOOKED


def test_looks_are_close_together_in_the_hours_around_the_start() -> None:
    pauses = [
        heeding.next_look(TONIGHT, now, settings=Settings()) - now
        for now in (TONIGHT + timedelta(hours=hours) for hours in (-4, -3, 0, 3, 4))
    ]
    far, near = Settings().follow_far, Settings().follow_near
    assert pauses == [far, near, near, near, far]
