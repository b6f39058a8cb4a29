"""A booking that waits is found out about: by looks on a schedule, by the sweep after a crash, at last by a person."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from connectors.mock.script import Mishap
from scheduling import attention, resolving, views
from scheduling.commands import SettleByHand
from scheduling.results import BookingView
from storage.work import Tx
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.doubting import SILENT, SILENT_DONE, _at, _cancel, _in_doubt, _looks
from tests.scheduling.world import BOB, HOME, HOST, NOW, TONIGHT, World, caller
from vocabulary.appointments import BookingRequest, BookingState
from vocabulary.identifiers import BookingRef

pytestmark = pytest.mark.database


# The schedule


def test_looks_come_at_15_seconds_1_3_and_10_minutes_then_it_is_refused(world: World) -> None:
    found = _in_doubt(world)
    assert found.next_look_at == NOW + timedelta(seconds=15)
    looked = [seconds for seconds in (14, 15, 16, 59, 60, 179, 180, 599) if _at(world, seconds=seconds)]
    assert looked == [15, 60, 180]
    assert world.state(found.ref) is BookingState.IN_DOUBT
    assert _at(world, seconds=600) == 1
    refused = world.view(found.ref)
    assert refused
    assert (refused.state, refused.refusal_code) == (BookingState.REFUSED, "not-at-host")
    assert refused.settled_at == NOW + timedelta(minutes=10)
    assert _looks(world) == 4
    (item,) = views.attention(world.desk, caller())
    assert (item.kind, item.booking_ref, item.booking_waits) == (attention.RING_PATIENT, found.ref, False)
    assert "nothing is booked" in item.words and "ring them" in item.words
    assert refused.needs_person == "", "it is the patient who is to be rung, not the practice"
    views.settle_attention(world.desk, item.id, "Rang the patient", caller())
    assert views.attention(world.desk, caller()) == ()
    check_accounts(world)
    check_claims(world)


def test_an_open_doubt_is_listed_until_it_is_known_and_then_only_if_it_failed(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE, look=SILENT)
    (item,) = views.attention(world.desk, caller())
    assert (item.kind, item.booking_ref, item.booking_waits) == (attention.OPEN_DOUBT, found.ref, True)
    assert views.attention(world.desk, caller(HOST)) == (), "the booking practice made the promise"
    assert world.attention() == [], "nobody has to ring the host yet"
    _at(world, seconds=600)
    assert [item.kind for item in views.attention(world.desk, caller())] == [attention.IN_DOUBT], "once, not twice"
    world.network.script(HOST).clear()
    _at(world, seconds=1200)
    assert world.state(found.ref) is BookingState.BOOKED
    assert views.attention(world.desk, caller()) == ()


def test_what_the_hub_found_out_is_the_hubs_act_in_the_history(world: World) -> None:
    found = _in_doubt(world)
    for seconds in (15, 60, 180, 600):
        _at(world, seconds=seconds)
    lines = views.history(world.desk, found.ref, caller())
    assert [(line.to_state, line.by_name) for line in lines] == [
        (BookingState.REQUESTED, "Rita Reception"),
        (BookingState.IN_DOUBT, "Rita Reception"),
        (BookingState.REFUSED, "The hub"),
    ]


def test_a_late_sweep_still_asks_four_times_before_it_gives_up(world: World) -> None:
    found = _in_doubt(world)
    states = []
    for minutes in (30, 31, 32, 33):
        _at(world, seconds=60 * minutes)
        states.append(world.state(found.ref))
    assert states == [*[BookingState.IN_DOUBT] * 3, BookingState.REFUSED]


def test_an_unanswered_look_is_not_an_empty_look(world: World) -> None:
    found = _in_doubt(world, look=SILENT)
    for minutes in (1, 2, 4, 8, 16):
        assert _at(world, seconds=60 * minutes) == 1
        assert world.state(found.ref) is BookingState.IN_DOUBT
    assert _looks(world) == 5
    world.network.script(HOST).clear()
    for minutes in (27, 28, 29):
        _at(world, seconds=60 * minutes)
        assert world.state(found.ref) is BookingState.IN_DOUBT
    _at(world, seconds=60 * 30)
    assert world.state(found.ref) is BookingState.REFUSED


def test_a_host_that_never_answers_is_asked_ever_less_often_and_a_person_is_told_once(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE, look=SILENT)
    asked = []
    for second in range(0, 3600, 15):
        if _at(world, seconds=second):
            asked.append(second)
            expected = [("in-doubt", found.ref.value)] if second >= 600 else []
            assert [(item.kind, item.booking_ref) for item in world.attention()] == expected
    gaps = [after - before for before, after in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert (asked[0], gaps[-1]) == (15, 600)
    seen = world.view(found.ref)
    assert seen
    assert "Ring them" in seen.needs_person
    world.network.script(HOST).clear()
    _at(world, seconds=3600 + 600)
    assert world.state(found.ref) is BookingState.BOOKED
    assert world.attention() == []
    check_hosts(world)
    check_accounts(world)


def test_past_the_start_nothing_is_asked_and_a_person_must_settle_it(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE, look=SILENT)
    world.clock.at = TONIGHT
    assert world.sweep() == 1
    assert _looks(world) == 0, "GP Connect shows no past appointments: looking would prove nothing"
    assert world.state(found.ref) is BookingState.IN_DOUBT
    (item,) = world.attention()
    assert (item.kind, item.owner_ods) == ("in-doubt", HOME.value)
    assert world.sweep(hours=2) == 0


def test_a_booking_asked_for_minutes_before_its_start_reaches_a_person_by_then(world: World) -> None:
    world.clinic(starts=NOW + timedelta(minutes=4))
    world.see()
    world.network.script(HOST).inject("book", SILENT)
    world.network.script(HOST).inject("find_booking", SILENT, times=None)
    found = world.book()
    for _ in range(16):
        world.sweep(seconds=15)
    assert world.clock.now() == NOW + timedelta(minutes=4)
    assert world.state(found.ref) is BookingState.IN_DOUBT
    assert [item.kind for item in world.attention()] == ["in-doubt"]


def test_a_look_that_finds_it_cancelled_at_the_host_refuses_it(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    (there,) = live(world)
    world.network.diary(HOST).cancel_locally(there.receipt.appointment_id)
    world.sweep(seconds=15)
    refused = world.view(found.ref)
    assert refused
    assert (refused.state, refused.refusal_code) == (BookingState.REFUSED, "cancelled-at-host")
    check_claims(world)


def test_waiting_bookings_ask_to_be_woken_when_their_look_is_due(world: World) -> None:
    woken: list[tuple[BookingRef, datetime]] = []

    def wake(tx: Tx, ref: BookingRef, at: datetime) -> None:
        assert tx.in_transaction()
        woken.append((ref, at))

    world.desk = replace(world.desk, wake=wake)
    found = _in_doubt(world, SILENT_DONE)
    assert woken == [(found.ref, NOW + timedelta(seconds=15))]
    assert resolving.resolve(world.desk, found.ref) is False, "not due yet"
    world.clock.forward(seconds=15)
    assert resolving.resolve(world.desk, found.ref) is True
    assert world.state(found.ref) is BookingState.BOOKED
    assert resolving.resolve(world.desk, found.ref) is False


def test_a_sweep_takes_the_longest_waiting_first_and_no_more_than_its_limit(world: World) -> None:
    first = _in_doubt(world)
    world.clock.forward(seconds=5)
    world.network.script(HOST).inject("book", SILENT)
    second = world.book(nhs_number=BOB)
    world.clock.forward(seconds=30)
    assert resolving.sweep(world.desk, limit=1) == 1
    waits = [world.view(ref) for ref in (first.ref, second.ref)]
    assert [one.next_look_at == NOW + timedelta(seconds=wait) for one, wait in zip(waits, (60, 20), strict=True) if one]


# Ghosts


def _arrive_late(world: World) -> None:
    """The request that the host never answered is carried out there after all."""
    (sent,) = [call.argument for call in world.network.script(HOST).calls if call.method == "book"][:1]
    assert isinstance(sent, BookingRequest)
    world.network.diary(HOST).book(sent)


def _given_up(world: World) -> BookingView:
    found = _in_doubt(world)
    for seconds in (15, 60, 180, 600):
        _at(world, seconds=seconds)
    refused = world.view(found.ref)
    assert refused
    assert refused.state is BookingState.REFUSED
    return refused


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=70), TONIGHT - timedelta(hours=1)])
def test_a_ghost_is_looked_for_an_hour_later_and_an_hour_before_the_start(world: World, at: datetime) -> None:
    refused = _given_up(world)
    while (known := world.view(refused.ref)) and known.next_look_at and known.next_look_at < at:
        world.clock.at = known.next_look_at
        assert world.sweep() == 1
    _arrive_late(world)
    world.clock.at = at
    assert world.sweep() == 1
    found = world.view(refused.ref)
    assert found
    assert found.state is BookingState.IN_DOUBT
    assert "Ring the patient" in found.needs_person
    assert [(item.kind, item.owner_ods) for item in world.attention()] == [("ghost", HOME.value)]
    check_accounts(world)
    check_claims(world)


def test_a_ghost_that_a_person_keeps_is_booked_and_can_be_cancelled(world: World) -> None:
    refused = _given_up(world)
    _arrive_late(world)
    _at(world, seconds=70 * 60)
    command = SettleByHand(refused.ref, was_booked=True, why="Ann wants to keep it")
    kept = resolving.settle_by_hand(world.desk, command, caller())
    (there,) = live(world)
    assert (kept.state, kept.host_reference) == (BookingState.BOOKED, there.receipt.appointment_id)
    assert world.attention() == []
    check_hosts(world)
    assert _cancel(world, refused.ref).state is BookingState.CANCELLED
    check_hosts(world)
    check_accounts(world)


def test_a_ghost_whose_slot_somebody_else_claimed_stays_refused_and_a_person_is_told(world: World) -> None:
    refused = _given_up(world)
    world.clock.at = NOW + timedelta(minutes=69)
    held = world.hold(caller(user="olga"))
    assert held.facts.window == refused.facts.window
    _arrive_late(world)
    assert world.sweep(minutes=1) == 1
    found = world.view(refused.ref)
    assert found
    assert (found.state, found.next_look_at) == (BookingState.REFUSED, None)
    assert "Ring the patient" in found.needs_person
    assert [item.kind for item in world.attention()] == ["ghost"]
    assert set(world.claimed().values()) == {held.ref.value}
    check_accounts(world)


@pytest.mark.parametrize("mishap", [SILENT, Mishap.UNREACHABLE, Mishap.REFUSED])
@pytest.mark.parametrize("at", [NOW + timedelta(minutes=70), TONIGHT - timedelta(hours=1)])
def test_an_unanswered_look_for_a_ghost_says_nothing_and_is_repeated(
    world: World, at: datetime, mishap: Mishap
) -> None:
    refused = _given_up(world)
    while (known := world.view(refused.ref)) and known.next_look_at and known.next_look_at < at:
        world.clock.at = known.next_look_at
        assert world.sweep() == 1
    _arrive_late(world)
    world.network.script(HOST).inject("find_booking", mishap, times=2)
    world.clock.at = at
    assert [world.sweep(minutes=wait) for wait in (0, 10, 10)] == [1, 1, 1]
    assert world.state(refused.ref) is BookingState.IN_DOUBT
    assert [item.kind for item in world.attention()] == ["ghost"]


@pytest.mark.parametrize("answered", [True, False])
def test_nothing_is_looked_for_once_the_appointment_has_begun(world: World, answered: bool) -> None:
    refused = _given_up(world)
    if not answered:
        world.network.script(HOST).inject("find_booking", SILENT, times=None)
        for _ in range(30):
            world.sweep(minutes=10)
    looks = _looks(world)
    world.clock.at = TONIGHT + timedelta(minutes=1)
    world.sweep()
    found = world.view(refused.ref)
    assert found
    assert (found.state, found.next_look_at) == (BookingState.REFUSED, None)
    assert [item.kind for item in world.attention()] == [attention.RING_PATIENT], "the promise stands"
    assert _looks(world) == looks
