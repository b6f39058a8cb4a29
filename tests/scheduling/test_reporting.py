"""What is said of a visit reaches the practice's own system where it can hear of it, whatever goes wrong on the way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.mock.script import Mishap
from connectors.mock.system import CAPABILITIES
from connectors.port import Capability
from scheduling import reporting, visiting
from scheduling.reporting import VisitReport
from scheduling.results import BookingView
from scheduling.visiting import NoteVisit
from tests.scheduling.world import BOB, HOST, TONIGHT, World, caller
from vocabulary.appointments import Receipt
from vocabulary.slots import DeliveryChannel
from vocabulary.times import london_date
from vocabulary.visits import CallOutcome, VisitStatus

pytestmark = pytest.mark.database

DOCTOR = replace(caller(HOST, user="grace"), name="Dr Grace Example")


def booked(world: World, **clinic: object) -> BookingView:
    world.clinic(**clinic)  # type: ignore[arg-type]
    world.see()
    found = world.book()
    world.clock.at = TONIGHT
    return found


def say(world: World, found: BookingView, status: VisitStatus, *, seen: int = 0) -> int:
    world.clock.forward(seconds=1)
    return visiting.note(world.desk, NoteVisit(found.ref, seen, status=status), DOCTOR).last


def there(world: World, found: BookingView) -> VisitStatus:
    return world.network.diary(HOST).visit_status(Receipt(HOST, found.host_reference))


def shown(world: World, found: BookingView) -> VisitReport | None:
    (line,) = [
        one for one in visiting.expected(world.desk, london_date(TONIGHT), DOCTOR) if one.booking.ref == found.ref
    ]
    return line.report


def calls(world: World) -> int:
    return [call.method for call in world.network.script(HOST).calls].count("report_status")


def test_the_practices_own_system_hears_where_the_patient_is(world: World) -> None:
    found = booked(world)
    say(world, found, VisitStatus.ARRIVED)
    assert there(world, found) is VisitStatus.EXPECTED, "the page waited for nothing"
    waiting = shown(world, found)
    assert waiting is not None and not waiting.heard
    assert reporting.report_due(world.desk) == 1
    assert there(world, found) is VisitStatus.ARRIVED
    heard = shown(world, found)
    assert heard is not None and heard.heard
    (told,) = world.ledger(act="visit.reported")
    assert (told.user_id, told.acting_for, told.detail["status"]) == ("grace", HOST.value, "arrived")
    assert reporting.report_due(world.desk) == 0 and calls(world) == 1


def test_what_is_taken_back_is_taken_back_there(world: World) -> None:
    found = booked(world)
    seen = say(world, found, VisitStatus.ARRIVED)
    reporting.report_due(world.desk)
    world.clock.forward(seconds=1)
    visiting.note(world.desk, NoteVisit(found.ref, seen, undo=True), DOCTOR)
    reporting.report_due(world.desk)
    assert there(world, found) is VisitStatus.EXPECTED


def test_only_the_last_word_is_told(world: World) -> None:
    found = booked(world)
    seen = say(world, found, VisitStatus.ARRIVED)
    say(world, found, VisitStatus.DONE, seen=seen)
    assert reporting.report_due(world.desk) == 1
    assert (there(world, found), calls(world)) == (VisitStatus.DONE, 1)


def test_a_system_without_a_place_for_it_is_told_nothing_and_nothing_waits(world: World) -> None:
    world.network.limit(HOST, CAPABILITIES - {Capability.REPORT_STATUS})
    found = booked(world)
    assert not reporting.hears(world.desk, DOCTOR)
    say(world, found, VisitStatus.ARRIVED)
    assert (shown(world, found), reporting.report_due(world.desk), calls(world)) == (None, 0, 0)


def test_a_call_to_a_telephone_patient_is_no_status_and_is_not_told(world: World) -> None:
    found = booked(world, channel=DeliveryChannel.TELEPHONE)
    visiting.note(world.desk, NoteVisit(found.ref, 0, call=CallOutcome.NO_ANSWER), DOCTOR)
    assert (shown(world, found), reporting.report_due(world.desk)) == (None, 0)


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap.UNREACHABLE,
        Mishap.NO_ANSWER_BEFORE_COMMIT,
        Mishap.NO_ANSWER_AFTER_COMMIT,
        Mishap.GARBLED_BEFORE_COMMIT,
        Mishap.GARBLED_AFTER_COMMIT,
    ],
)
def test_a_host_that_does_not_hear_is_told_again_and_the_page_says_so(world: World, mishap: Mishap) -> None:
    found = booked(world)
    say(world, found, VisitStatus.ARRIVED)
    world.network.script(HOST).inject("report_status", mishap, times=2)
    assert reporting.report_due(world.desk) == 0
    waiting = shown(world, found)
    assert waiting is not None and not waiting.heard and waiting.failure and not waiting.given_up
    assert reporting.report_due(world.desk) == 0 and calls(world) == 1, "not at once again"
    world.clock.forward(seconds=16)
    reporting.report_due(world.desk)
    world.clock.forward(seconds=61)
    assert reporting.report_due(world.desk) == 1
    assert there(world, found) is VisitStatus.ARRIVED and calls(world) == 3


def test_what_the_host_refuses_is_a_persons_until_something_else_is_said(world: World) -> None:
    found = booked(world)
    seen = say(world, found, VisitStatus.ARRIVED)
    world.network.script(HOST).inject("report_status", Mishap.REFUSED)
    reporting.report_due(world.desk)
    refused = shown(world, found)
    assert refused is not None and refused.given_up and refused.failure
    world.clock.forward(hours=1)
    assert reporting.report_due(world.desk) == 0 and calls(world) == 1
    say(world, found, VisitStatus.IN_ROOM, seen=seen)
    assert reporting.report_due(world.desk) == 1 and there(world, found) is VisitStatus.IN_ROOM


def test_nobody_goes_on_telling_for_ever(world: World) -> None:
    found = booked(world)
    say(world, found, VisitStatus.ARRIVED)
    world.network.script(HOST).inject("report_status", Mishap.UNREACHABLE, times=None)
    world.clock.at = TONIGHT + timedelta(hours=24)
    reporting.report_due(world.desk)
    left = shown(world, found)
    assert left is not None and left.given_up


def test_what_is_said_while_the_host_is_being_told_is_told_next(world: World) -> None:
    found = booked(world)
    seen = say(world, found, VisitStatus.ARRIVED)
    script = world.network.script(HOST)
    script.interleave("report_status", lambda: say(world, found, VisitStatus.IN_ROOM, seen=seen))
    reporting.report_due(world.desk)
    waiting = shown(world, found)
    assert waiting is not None and not waiting.heard and there(world, found) is VisitStatus.ARRIVED
    assert reporting.report_due(world.desk) == 1 and there(world, found) is VisitStatus.IN_ROOM


def test_two_workers_tell_it_once(world: World) -> None:
    first = booked(world)
    say(world, first, VisitStatus.ARRIVED)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: reporting.report_due(world.desk), range(4))) == 1
    assert calls(world) == 1


def test_a_host_that_is_away_is_asked_once_a_round(world: World) -> None:
    first = booked(world)
    world.clock.at = TONIGHT - timedelta(hours=1)
    second = world.book(nhs_number=BOB)
    world.clock.at = TONIGHT
    for each in (first, second):
        say(world, each, VisitStatus.ARRIVED)
    world.network.script(HOST).inject("report_status", Mishap.UNREACHABLE)
    assert (reporting.report_due(world.desk), calls(world)) == (0, 1)
    world.clock.forward(seconds=20)
    assert reporting.report_due(world.desk) == 2
