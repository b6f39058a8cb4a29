"""Looking: who may see what, that looking at patients is accounted for, and what is shown to whom to be settled."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from connectors.mock.script import Mishap
from scheduling import attention, cancelling, census, resolving, views
from scheduling.commands import CancelBooking, ListBookings, SettleByHand
from scheduling.problems import BookingUnknown, InvalidBooking, WrongState
from scheduling.results import BookingView, Freshness
from tests.scheduling.world import ANN, BOB, HOME, HOST, NOW, OTHER, TONIGHT, World, caller, patient
from vocabulary.appointments import BookingRequest, BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.times import Window

pytestmark = pytest.mark.database

DAY = date(2026, 11, 24)


def _booked(world: World) -> BookingView:
    """A booking of Ann's, registered at HOME, made by OTHER at HOST."""
    world.clinic()
    world.see(who=OTHER)
    return world.book(caller(OTHER, user="otto"))


@pytest.mark.parametrize("practice", [HOME, HOST, OTHER], ids=["home", "host", "booking"])
def test_every_practice_with_a_part_in_a_booking_sees_it_and_its_history(world: World, practice: OdsCode) -> None:
    found = _booked(world)
    who = caller(practice)
    seen = views.booking(world.desk, found.ref, who)
    assert (seen.ref, seen.home_practice, seen.booking_practice, seen.booking_practice_name) == (
        found.ref,
        HOME,
        OTHER,
        f"Practice {OTHER}",
    )
    assert [(line.from_state, line.to_state, line.by_name) for line in views.history(world.desk, found.ref, who)] == [
        ("", BookingState.REQUESTED, "Rita Reception"),
        ("requested", BookingState.BOOKED, "Rita Reception"),
    ]


def test_nobody_else_learns_that_there_is_one(world: World) -> None:
    world.clinic()
    world.see()
    found = world.book()
    told = set()
    for ref in (found.ref, BookingRef.from_number(12)):
        for look in (views.booking, views.history):
            with pytest.raises(BookingUnknown) as refused:
                look(world.desk, ref, caller(OTHER))
            told.add((refused.value.message, refused.value.next_step))
    assert len(told) == 1, "a booking of others and none at all look the same"
    assert world.ledger(act="booking.viewed") == []


def test_looking_at_a_booking_is_accounted_for_with_whose_it_is(world: World) -> None:
    found = _booked(world)
    views.booking(world.desk, found.ref, caller(HOST, user="harriet"))
    (looked,) = world.ledger(act="booking.viewed")
    assert (looked.user_id, looked.acting_for, looked.nhs_number, looked.booking_ref) == (
        "harriet",
        HOST.value,
        ANN.value,
        found.ref.value,
    )


def test_lists_hold_what_the_practice_has_a_part_in_and_no_more(world: World) -> None:
    world.clinic()
    world.clinic(OTHER, starts=TONIGHT + timedelta(days=1))
    world.see()
    world.see(host=OTHER)
    first = world.book()
    second = world.book(index=-1, nhs_number=BOB)
    assert {first.facts.host, second.facts.host} == {HOST, OTHER}

    def refs(command: ListBookings, practice: OdsCode = HOME) -> list[BookingRef]:
        return [view.ref for view in views.listed(world.desk, command, caller(practice))]

    assert refs(ListBookings(nhs_number=ANN)) == [first.ref]
    assert refs(ListBookings(by_practice=HOME)) == [first.ref, second.ref]
    assert refs(ListBookings(by_practice=HOME), HOST) == [first.ref]
    assert refs(ListBookings(at_host=HOST)) == [first.ref]
    assert refs(ListBookings(at_host=OTHER), HOST) == []
    tonight = Window(TONIGHT, TONIGHT + timedelta(hours=3))
    assert refs(ListBookings(by_practice=HOME, window=tonight)) == [first.ref]
    assert refs(ListBookings(by_practice=HOME, window=Window(NOW, TONIGHT))) == []
    assert refs(ListBookings(by_practice=HOME, since=NOW)) == [first.ref, second.ref]
    assert refs(ListBookings(by_practice=HOME, since=NOW + timedelta(seconds=1))) == []
    looked = world.ledger(act="booking.viewed")
    assert (looked[0].nhs_number, looked[0].detail) == (ANN.value, {"shown": 1})
    assert (looked[1].nhs_number, looked[1].detail) == ("", {"shown": 2})


def test_tonights_list_has_who_was_cancelled_and_nobody_who_was_refused(world: World) -> None:
    world.clinic(slots=8)
    world.clinic(starts=TONIGHT + timedelta(days=1))
    world.see()
    later = world.book(index=3, nhs_number=BOB)
    sooner = world.book()
    carol = NHSNumber("9990000034")
    world.network.tracing.add(patient(carol, given="Carol"), home_practice=HOME)
    gone = world.book(nhs_number=carol)
    cancelling.cancel(world.desk, CancelBooking(gone.ref, CancellationReason.PATIENT_ASKED), caller())
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    world.book(nhs_number=carol)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    doubtful = world.book(nhs_number=carol, index=4)
    shown = views.expected_on(world.desk, DAY, caller(HOST))
    assert {view.ref for view in shown if view.state is BookingState.CANCELLED} == {gone.ref}
    assert [view.ref for view in shown if view.ref != gone.ref] == [
        *(view.ref for view in sorted((sooner, later, doubtful), key=lambda view: view.facts.window.start)),
    ]
    assert views.expected_on(world.desk, DAY + timedelta(days=1), caller(HOST)) == ()
    assert views.expected_on(world.desk, DAY, caller()) == ()
    assert world.ledger(act="booking.viewed")[0].detail == {"shown": 4}


def test_a_copy_of_tonights_list_says_the_same_and_is_on_record_as_a_copy(world: World) -> None:
    world.clinic()
    world.see()
    world.book()
    seen = views.expected_on(world.desk, DAY, caller(HOST))
    before = len(world.ledger())
    assert views.expected_for_copy(world.desk, DAY, caller(HOST)) == seen
    (told,) = world.ledger()[before:]
    assert (told.act, told.outcome, told.acting_for, told.host_ods) == ("list.copied", "done", HOST.value, HOST.value)
    assert told.detail == {"day": DAY.isoformat(), "lines": 1}


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_tonights_list_is_a_day_in_england_when_the_clock_changes_too(world: World, day: date) -> None:
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement SET starts_at = '2026-01-01', ends_at = '2028-01-01'"))
    window = Window.of_days(day, day)
    world.clock.at = window.start - timedelta(hours=6)
    world.clinic(starts=window.start, slots=1)
    world.clinic(starts=window.end - timedelta(minutes=15), slots=2)
    world.see()
    for number in (ANN, BOB):
        world.book(nhs_number=number)
    carol = NHSNumber("9990000034")
    world.network.tracing.add(patient(carol), home_practice=HOME)
    world.book(nhs_number=carol)
    listed = views.expected_on(world.desk, day, caller(HOST))
    assert [view.facts.window.start for view in listed] == [window.start, window.end - timedelta(minutes=15)]
    assert len(views.expected_on(world.desk, day + timedelta(days=1), caller(HOST))) == 1


def test_the_board_is_what_can_be_offered_on_one_day(world: World) -> None:
    world.clinic(slots=3)
    world.clinic(starts=TONIGHT + timedelta(days=1))
    world.see()
    found = views.board(world.desk, views.today(world.desk), caller(), limit=2)
    assert views.today(world.desk) == DAY
    assert (len(found.offers), found.total) == (2, 3)
    assert found.window == Window.of_days(DAY, DAY)


def test_a_view_is_not_printed_with_its_patient(world: World) -> None:
    found = _booked(world)
    assert repr(found) == f"BookingView({found.ref} booked)"


# Hosts


def test_the_hosts_page_tells_the_worst_first_and_only_of_hosts_open_to_the_practice(world: World) -> None:
    world.clinic(HOST)
    world.sync()
    world.network.script(OTHER).inject("free_slots", Mishap.UNREACHABLE, times=None)
    for _ in range(2):
        world.see(host=OTHER)
    found = views.hosts(world.desk, caller())
    assert [(health.host, health.freshness) for health in found] == [
        (OTHER, Freshness.UNREACHABLE),
        (HOME, Freshness.FRESH),
        (HOST, Freshness.FRESH),
    ]
    assert "could not be reached" in found[0].failure
    assert found[2].slots_seen == 4
    assert (found[2].asked_at, found[2].unmapped_slots) == (NOW, 4)
    world.suspend()
    assert [health.host for health in views.hosts(world.desk, caller())] == [HOME]


# What a person must settle


def _raise(world: World, **more: str) -> bool:
    with world.work.begin() as tx:
        return attention.raise_item(
            tx, attention.GHOST, host=HOST, owner=HOME, words="Ring them.", at=world.clock.now(), **more
        )


def test_the_same_thing_is_raised_once_until_it_is_settled(world: World) -> None:
    assert [_raise(world, booking_ref="A"), _raise(world, booking_ref="A"), _raise(world, booking_ref="B")] == [
        True,
        False,
        True,
    ]
    first = views.attention(world.desk, caller())[0]
    views.settle_attention(world.desk, first.id, " Rang them ", caller())
    assert _raise(world, booking_ref="A"), "seen again after it was settled, it is news again"


def test_each_practice_sees_and_settles_its_own_items_oldest_first(world: World) -> None:
    found = _booked(world)
    _raise(world, booking_ref=found.ref.value, appointment_id="a1")
    world.clock.forward(minutes=1)
    _raise(world, appointment_id="a2")
    assert views.attention(world.desk, caller(HOST)) == ()
    one, two = views.attention(world.desk, caller())
    assert not one.booking_waits
    assert (one.booking_ref, one.appointment_id, one.host_name, one.raised_at) == (
        found.ref,
        "a1",
        f"Practice {HOST}",
        NOW,
    )
    assert (two.booking_ref, two.owner) == (None, HOME)
    shown = world.view(found.ref)
    assert shown
    assert shown.needs_person == "Ring them."
    with pytest.raises(InvalidBooking) as blank:
        views.settle_attention(world.desk, one.id, "  ", caller())
    assert blank.value.field == "settlement"
    with pytest.raises(BookingUnknown):
        views.settle_attention(world.desk, one.id, "Rang them", caller(HOST))
    views.settle_attention(world.desk, one.id, " Rang them ", caller())
    (told,) = world.ledger(act="attention.settled")
    assert (told.booking_ref, told.reason, told.user_id) == (found.ref.value, "Rang them", "rita.reception")
    with pytest.raises(BookingUnknown, match="dealt with that already"):
        views.settle_attention(world.desk, one.id, "Rang them", caller())
    assert views.attention(world.desk, caller()) == (two,)


@pytest.mark.parametrize("waiting", ["in doubt", "ghost", "cancelling"])
def test_what_still_waits_is_settled_as_a_booking_and_not_struck_off_the_list(world: World, waiting: str) -> None:
    """Struck off, it would wait for ever and nobody would know."""
    world.clinic()
    world.see()
    if waiting != "cancelling":
        world.network.script(HOST).inject("book", Mishap.NO_ANSWER_BEFORE_COMMIT)
    found = world.book()
    script = world.network.script(HOST)
    if waiting == "cancelling":
        script.inject("cancel", Mishap.NO_ANSWER_BEFORE_COMMIT, times=None)
        cancelling.cancel(world.desk, CancelBooking(found.ref, CancellationReason.PATIENT_ASKED), caller())
    if waiting == "in doubt":
        script.inject("find_booking", Mishap.NO_ANSWER_BEFORE_COMMIT, times=None)
    for _ in range(4):
        world.sweep(minutes=4)
    if waiting == "ghost":
        (sent,) = [call.argument for call in script.calls if call.method == "book"]
        assert isinstance(sent, BookingRequest)
        world.network.diary(HOST).book(sent)
        world.sweep(hours=1)
    (item,) = views.attention(world.desk, caller())
    assert item.booking_waits
    with pytest.raises(WrongState, match="still waits"):
        views.settle_attention(world.desk, item.id, "Rang them", caller())
    assert views.attention(world.desk, caller()) == (item,)
    settled = resolving.settle_by_hand(world.desk, SettleByHand(found.ref, was_booked=True, why="Rang them"), caller())
    assert settled.state is BookingState.BOOKED
    assert views.attention(world.desk, caller()) == ()


# Numbers


def test_future_bookings_of_a_host_are_those_that_stand_ahead_of_the_moment_asked_about(world: World) -> None:
    world.clinic()
    world.see()
    kept = world.book()
    gone = world.book(nhs_number=BOB)
    cancelling.cancel(world.desk, CancelBooking(gone.ref, CancellationReason.PATIENT_ASKED), caller())
    with world.work.read() as tx:
        (found,) = views.future_bookings(tx, HOST, after=NOW)
        assert views.future_bookings(tx, OTHER, after=NOW) == ()
        assert views.future_bookings(tx, HOST, after=TONIGHT) == (), "it has begun"
        assert views.future_bookings(tx, HOST, after=TONIGHT - timedelta(seconds=1)) == (found,)
    assert (found.ref, found.booking_practice) == (kept.ref, HOME)


def test_a_pool_that_was_never_asked_has_no_age(world: World) -> None:
    world.see()
    with world.work.read() as tx:
        counted = census.census(tx, world.clock.now() + timedelta(minutes=1))
    assert counted.pool["far"].oldest_seconds == 0
    assert counted.pool["far"].overdue == 9
    assert replace(counted, pool={}).bookings[BookingState.BOOKED] == 0
