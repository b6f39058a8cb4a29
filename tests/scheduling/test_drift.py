"""Where hub and host tell different stories, each difference is found once and owned by who booked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.mock.script import Mishap
from scheduling import cancelling, drift
from scheduling.commands import CancelBooking
from scheduling.results import BookingView
from tests.scheduling.world import BOB, HOME, HOST, OTHER, TONIGHT, World, caller
from vocabulary.appointments import BookingRequest, BookingState, CancellationReason
from vocabulary.identifiers import OdsCode

pytestmark = pytest.mark.database


def _booked(world: World) -> BookingView:
    world.clinic()
    world.see()
    return world.book()


def _cancelled_there(world: World) -> BookingView:
    found = _booked(world)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    return found


def _lost_there(world: World) -> BookingView:
    found = _booked(world)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET appointment_id = 'no-such'"))
    return found


def _elsewhen_there(world: World) -> BookingView:
    found = _booked(world)
    with world.work.begin() as tx:
        tx.execute(
            text("UPDATE booking SET start_at = start_at + interval '1 hour', end_at = end_at + interval '1 hour'")
        )
    return found


def _carried_out_late(world: World) -> BookingView:
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    found = _booked(world)
    assert found.state is BookingState.REFUSED
    (sent,) = [call.argument for call in world.network.script(HOST).calls if call.method == "book"]
    assert isinstance(sent, BookingRequest)
    world.network.diary(HOST).book(sent)
    return found


def _not_cancelled_there(world: World) -> BookingView:
    found = _booked(world)
    cancelling.cancel(world.desk, CancelBooking(found.ref, CancellationReason.PATIENT_ASKED), caller())
    (sent,) = [call.argument for call in world.network.script(HOST).calls if call.method == "book"]
    assert isinstance(sent, BookingRequest)
    again = world.network.diary(HOST).book(sent)
    with world.work.begin() as tx:
        tx.execute(text("UPDATE booking SET appointment_id = :id"), {"id": again.receipt.appointment_id})
    return found


@pytest.mark.parametrize(
    ("happen", "kind", "words"),
    [
        (_cancelled_there, "cancelled-at-host", "has cancelled"),
        (_lost_there, "not-at-host", "no longer shows"),
        (_elsewhen_there, "differs", "another time"),
        (_carried_out_late, "ghost", "refused here"),
        (_not_cancelled_there, "ghost", "cancelled here"),
    ],
)
def test_each_difference_is_found_and_owned_by_who_booked(
    world: World, happen: Callable[[World], BookingView], kind: str, words: str
) -> None:
    found = happen(world)
    report = drift.check(world.desk, HOST)
    assert [(item.kind, item.ref) for item in report.found] == [(kind, found.ref)]
    assert words in report.found[0].words
    assert (report.host_name, report.compared, report.unanswered) == (f"Practice {HOST}", 1, 0)
    (item,) = world.attention()
    assert (item.kind, item.booking_ref, item.owner_ods, item.host_ods) == (
        kind,
        found.ref.value,
        HOME.value,
        HOST.value,
    )
    world.clock.forward(minutes=1)
    again = drift.check(world.desk, HOST)
    followed = kind == "cancelled-at-host"  # the booking is cancelled by now, so the two agree
    assert again.found == (() if followed else report.found)
    assert len(world.attention()) == 1, "seen twice, raised once"


def test_where_both_agree_nothing_is_found(world: World) -> None:
    _booked(world)
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    world.book(nhs_number=BOB)
    gone = world.book(nhs_number=BOB)
    cancelling.cancel(world.desk, CancelBooking(gone.ref, CancellationReason.PATIENT_ASKED), caller())
    report = drift.check(world.desk, HOST)
    assert (report.compared, report.unanswered, report.found) == (3, 0, ())
    assert world.attention() == []


@pytest.mark.parametrize("mishap", [Mishap.UNREACHABLE, Mishap.GARBLED_BEFORE_COMMIT, Mishap.REFUSED])
def test_what_a_host_does_not_answer_is_counted_and_says_nothing(world: World, mishap: Mishap) -> None:
    _cancelled_there(world)
    world.network.script(HOST).inject("read", mishap)
    report = drift.check(world.desk, HOST)
    assert (report.compared, report.unanswered, report.found) == (1, 1, ())
    assert world.attention() == []


def test_the_past_and_what_still_waits_are_not_compared(world: World) -> None:
    _cancelled_there(world)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_BEFORE_COMMIT)
    assert world.book(nhs_number=BOB).state is BookingState.IN_DOUBT
    assert drift.check(world.desk, HOST).compared == 1
    world.clock.at = TONIGHT + timedelta(hours=1)
    assert drift.check(world.desk, HOST).compared == 0
    assert drift.check_all(world.desk) == ()


def test_every_host_with_bookings_ahead_is_checked_on_behalf_of_who_booked(world: World) -> None:
    _booked(world)
    world.clinic(OTHER, starts=TONIGHT + timedelta(days=1))
    world.see(host=OTHER)
    world.book(index=-1, nhs_number=BOB)
    reports = drift.check_all(world.desk)
    assert [(report.host, report.compared) for report in reports] == [(HOST, 1), (OTHER, 1)]
    asked = world.network.script(OTHER).calls[-1]
    assert (asked.method, asked.caller.practice, asked.caller.via) == ("read", HOME, "job")


def test_a_host_the_address_book_does_not_know_is_named_by_its_code(world: World) -> None:
    assert drift.check(world.desk, OdsCode("Y99999")).host_name == "Y99999"
