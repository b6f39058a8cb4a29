"""A booking that waits is found out about: by looks on a schedule, by the sweep after a crash, at last by a person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest

from connectors.faults import Unsupported
from connectors.mock.script import Mishap
from connectors.port import GPSystem
from scheduling import asking, booking, cancelling, resolving, views
from scheduling.commands import CancelBooking, SettleByHand
from scheduling.models import AttentionRow
from scheduling.outcomes import (
    Absent,
    Booked,
    Cancelled,
    CancelUnanswered,
    Declined,
    Doubtful,
    NotCancelled,
    Outcome,
    Unanswered,
)
from scheduling.problems import BookingUnknown, InvalidBooking, WrongState
from scheduling.results import BookingView
from scheduling.settling import settle
from storage.work import Tx
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.world import ANN, BOB, HOME, HOST, NOW, OTHER, TONIGHT, World, caller
from vocabulary.appointments import BookingRequest, BookingState, CancellationReason, Receipt
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database

SILENT, SILENT_DONE = Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.NO_ANSWER_AFTER_COMMIT


class Killed(BaseException):
    """The process dies here."""


def _in_doubt(world: World, mishap: Mishap = SILENT, *, look: Mishap | None = None, **more: object) -> BookingView:
    """Book, without an answer; with `look`, no look is answered either, until the script is cleared."""
    world.clinic()
    world.see()
    world.network.script(HOST).inject("book", mishap)
    if look is not None:
        world.network.script(HOST).inject("find_booking", look, times=None)
    found = world.book(**more)
    assert found.state is BookingState.IN_DOUBT
    return found


def _at(world: World, *, seconds: float) -> int:
    """Sweep so many seconds after the start of the story."""
    world.clock.at = NOW + timedelta(seconds=seconds)
    return world.sweep()


def _looks(world: World) -> int:
    return sum(call.method == "find_booking" for call in world.network.script(HOST).calls)


def _cancel(world: World, ref: BookingRef, who: Caller | None = None) -> BookingView:
    return cancelling.cancel(world.desk, CancelBooking(ref, CancellationReason.PATIENT_ASKED), who or caller())


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
    check_accounts(world)
    check_claims(world)


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
    assert world.attention() == []
    assert _looks(world) == looks


# A person settles


def test_a_person_may_settle_that_it_was_booked(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE, look=SILENT)
    world.sweep(minutes=20)
    assert world.attention()
    (there,) = live(world)
    command = SettleByHand(
        found.ref, was_booked=True, why="Rang Grace", appointment_id=f" {there.receipt.appointment_id} "
    )
    settled = resolving.settle_by_hand(world.desk, command, caller())
    assert (settled.state, settled.host_reference) == (BookingState.BOOKED, there.receipt.appointment_id)
    assert world.attention() == []
    last = world.ledger(act="booking.booked")[-1]
    assert (last.user_id, last.user_role) == (caller().user_id, "receptionist")
    world.network.script(HOST).clear()
    assert world.sweep(minutes=20) == 0
    check_hosts(world)
    check_accounts(world)


def test_a_booking_settled_without_the_hosts_number_stands_all_the_same(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    settled = resolving.settle_by_hand(world.desk, SettleByHand(found.ref, was_booked=True, why="Rang"), caller())
    assert (settled.state, settled.host_reference) == (BookingState.BOOKED, "by-phone")


def test_a_person_may_settle_that_it_was_not_booked_and_says_how_they_know(world: World) -> None:
    found = _in_doubt(world, look=SILENT)
    world.sweep(minutes=20)
    command = SettleByHand(found.ref, was_booked=False, why="Rang Grace: not in their diary")
    settled = resolving.settle_by_hand(world.desk, command, caller())
    assert (settled.state, settled.refusal_code) == (BookingState.REFUSED, "settled-by-person")
    assert "Rang Grace" in settled.refusal_words
    assert caller().name in settled.refusal_words
    assert world.attention() == []
    assert world.sweep(hours=1) == 0
    check_claims(world)
    check_accounts(world)


def test_settling_a_move_by_hand_gives_the_old_time_up(world: World) -> None:
    world.clinic()
    world.see()
    old = world.book()
    world.network.script(HOST).inject("book", SILENT_DONE)
    new = world.book(replaces=old.ref)
    (there,) = [one for one in live(world) if one.receipt.appointment_id != old.host_reference]
    command = SettleByHand(new.ref, was_booked=True, why="Rang", appointment_id=there.receipt.appointment_id)
    assert resolving.settle_by_hand(world.desk, command, caller()).state is BookingState.BOOKED
    assert world.state(old.ref) is BookingState.CANCELLED
    check_hosts(world)


@pytest.mark.parametrize("cancelling_it", [True, False], ids=["cancelling", "in doubt"])
@pytest.mark.parametrize("stands", [True, False])
def test_who_settled_it_and_how_they_know_stay_on_record(world: World, cancelling_it: bool, stands: bool) -> None:
    found = _booked(world) if cancelling_it else _in_doubt(world, SILENT_DONE, look=SILENT)
    if cancelling_it:
        world.network.script(HOST).inject("cancel", SILENT, times=None)
        _cancel(world, found.ref)
    for _ in range(4):
        world.sweep(minutes=5)
    (item,) = world.attention()
    command = SettleByHand(found.ref, was_booked=stands, why="Grace read it out to me")
    resolving.settle_by_hand(world.desk, command, caller())
    told = views.history(world.desk, found.ref, caller())[-1]
    assert (told.by_name, "Grace read it out to me" in told.words) == ("Rita Reception", True)
    assert "Grace read it out to me" in world.ledger(act=f"booking.{told.to_state}")[-1].reason
    with world.work.read() as tx:
        kept = tx.get_one(AttentionRow, item.id)
    assert kept.settled_by == caller().user_id
    assert "Grace read it out to me" in kept.settlement


def test_only_a_practice_with_a_part_in_it_settles_with_a_reason_and_only_what_waits(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    with pytest.raises(InvalidBooking) as blank:
        resolving.settle_by_hand(world.desk, SettleByHand(found.ref, was_booked=True, why=" "), caller())
    assert blank.value.field == "why"
    command = SettleByHand(found.ref, was_booked=True, why="Rang")
    with pytest.raises(BookingUnknown):
        resolving.settle_by_hand(world.desk, command, caller(OTHER))
    assert resolving.settle_by_hand(world.desk, command, caller(HOST)).state is BookingState.BOOKED
    with pytest.raises(WrongState, match="booked"):
        resolving.settle_by_hand(world.desk, command, caller())
    with pytest.raises(BookingUnknown):
        resolving.settle_by_hand(
            world.desk, SettleByHand(BookingRef.from_number(5), was_booked=True, why="Rang"), caller()
        )


# Crashes


def _crash(world: World, monkeypatch: pytest.MonkeyPatch, *, after: bool, known: bool) -> BookingRef:
    """The process dies between the claim and the settlement: before the host was asked to book, or after it did."""
    world.clinic()
    if known:
        world.network.diary(HOST).add_patient(replace(world.network.tracing.trace(ANN, caller=caller()).patient))
    world.see()
    held = world.hold()

    def die(*_args: object, **_more: object) -> None:
        raise Killed

    if not after:
        world.network.script(HOST).interleave("book" if known else "register_patient", die)
    with monkeypatch.context() as patched:
        patched.setattr(booking, "settle", die)
        with pytest.raises(Killed):
            booking.book(world.desk, world.form(held.ref), caller())
    assert world.state(held.ref) is BookingState.REQUESTED
    assert len(live(world)) == int(after)
    return held.ref


@pytest.mark.parametrize("known", [True, False], ids=["known patient", "new patient"])
def test_a_booking_abandoned_before_it_was_sent_is_refused_by_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    ref = _crash(world, monkeypatch, after=False, known=known)
    assert _at(world, seconds=59) == 0, "it may still be on its way"
    assert _at(world, seconds=60) == 1
    assert world.state(ref) is BookingState.IN_DOUBT
    for seconds in (75, 180, 600):
        _at(world, seconds=seconds)
    assert world.state(ref) is BookingState.REFUSED
    check_accounts(world)
    check_claims(world)
    check_hosts(world)


@pytest.mark.parametrize("known", [True, False], ids=["known patient", "new patient"])
def test_a_booking_the_host_made_before_the_crash_is_found_by_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    ref = _crash(world, monkeypatch, after=True, known=known)
    assert _at(world, seconds=60) == 1
    assert world.state(ref) is BookingState.BOOKED
    check_accounts(world)
    check_claims(world)
    check_hosts(world)


def test_sending_the_form_again_after_a_crash_is_the_same_booking(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = _crash(world, monkeypatch, after=True, known=True)
    again = booking.book(world.desk, world.form(ref), caller())
    assert again.state is BookingState.REQUESTED
    assert len(live(world)) == 1


def test_an_interruption_while_asking_leaves_the_booking_in_doubt(world: World) -> None:
    world.clinic()
    world.see()
    held = world.hold()

    def die() -> None:
        raise Killed

    world.network.script(HOST).interleave("book", die)
    with pytest.raises(Killed):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.state(held.ref) is BookingState.IN_DOUBT
    check_accounts(world)


def test_what_was_claimed_too_long_ago_is_not_sent(world: World) -> None:
    world.clinic()
    world.see()
    world.network.script(HOST).interleave("register_patient", lambda: world.clock.forward(seconds=9))
    found = world.book()
    assert (found.state, found.refusal_code) == (BookingState.REFUSED, "too-slow")
    assert live(world) == []
    check_claims(world)


# Several workers


def test_two_sweeps_at_once_look_at_each_booking_once(world: World) -> None:
    world.clinic(slots=6)
    world.see()
    for place, number in enumerate([ANN, BOB]):
        world.network.script(HOST).inject("book", SILENT_DONE)
        world.book(nhs_number=number)
        assert len(live(world)) == place + 1
    world.network.script(HOST).inject("find_booking", Mishap.SLOW, times=None, seconds=0.05)
    world.clock.forward(seconds=15)
    start = Barrier(4)

    def sweep() -> int:
        start.wait(timeout=10)
        return resolving.sweep(world.desk)

    with ThreadPoolExecutor(4) as pool:
        taken = [each.result(timeout=30) for each in [pool.submit(sweep) for _ in range(4)]]
    assert sum(taken) == 2
    assert _looks(world) == 2
    check_accounts(world)
    check_hosts(world)


def test_what_a_dead_sweeper_had_taken_is_taken_again_when_its_lease_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _in_doubt(world, SILENT_DONE)

    def die() -> None:
        raise Killed

    world.network.script(HOST).interleave("find_booking", die)
    with pytest.raises(Killed):
        world.sweep(seconds=15)
    assert world.sweep(seconds=44) == 0
    assert world.sweep(seconds=2) == 1
    assert world.state(found.ref) is BookingState.BOOKED
    check_accounts(world)


@pytest.mark.parametrize("state", [BookingState.IN_DOUBT, BookingState.CANCELLING])
def test_a_host_without_a_connection_holds_nobody_up(world: World, state: BookingState) -> None:
    world.clinic()
    world.clinic(OTHER)
    for host in (HOST, OTHER):
        world.see(host=host)
    script = world.network.script(HOST)
    script.inject("cancel" if state is BookingState.CANCELLING else "book", SILENT)
    stuck = world.book(index=_place(world, HOST))
    if state is BookingState.CANCELLING:
        _cancel(world, stuck.ref)
    assert world.state(stuck.ref) is state
    world.network.script(OTHER).inject("book", SILENT_DONE)
    other = world.book(index=_place(world, OTHER), nhs_number=BOB)
    assert other.facts.host == OTHER
    connect = world.desk.connect

    def cut_off(host: OdsCode, who: Caller) -> GPSystem:
        if host == HOST:
            raise Unsupported("The hub has no connection to them.")
        return connect(host, who)

    world.desk = replace(world.desk, connect=cut_off)
    assert world.sweep(seconds=60) == 2
    assert world.state(stuck.ref) is state
    assert world.state(other.ref) is BookingState.BOOKED
    for _ in range(10):
        world.sweep(minutes=2)
    assert [item.booking_ref for item in world.attention()] == [stuck.ref.value]
    check_accounts(world)


def _place(world: World, host: OdsCode) -> int:
    return [offer.facts.host for offer in world.offers()].index(host)


def test_one_booking_that_cannot_be_resolved_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _in_doubt(world, SILENT_DONE)
    world.clock.forward(seconds=1)
    world.network.script(HOST).inject("book", SILENT_DONE)
    sound = world.book(nhs_number=BOB)
    look = asking.look

    def fall(system: GPSystem, request: BookingRequest, host_name: str) -> Outcome:
        if request.ref == broken.ref:
            raise ZeroDivisionError
        return look(system, request, host_name)

    monkeypatch.setattr(asking, "look", fall)
    world.clock.forward(seconds=16)
    with pytest.raises(ZeroDivisionError):
        resolving.sweep(world.desk)
    assert world.state(sound.ref) is BookingState.BOOKED
    assert world.state(broken.ref) is BookingState.IN_DOUBT
    monkeypatch.undo()
    assert world.sweep(seconds=46) == 1
    assert world.state(broken.ref) is BookingState.BOOKED


# Cancelling


def _booked(world: World) -> BookingView:
    world.clinic()
    world.see()
    return world.book()


def test_a_cancellation_without_an_answer_keeps_its_claim_and_is_asked_again(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT, times=3)
    assert _cancel(world, found.ref).state is BookingState.CANCELLING
    check_claims(world)
    assert [world.sweep(seconds=wait) for wait in (14, 1, 15, 20)] == [0, 1, 1, 1]
    assert world.state(found.ref) is BookingState.CANCELLED
    check_claims(world)
    check_hosts(world)
    check_accounts(world)


def test_a_cancellation_nobody_answers_reaches_a_person_once_and_ends_with_the_start(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT, times=None)
    _cancel(world, found.ref)
    for _ in range(40):
        world.sweep(minutes=5)
    (item,) = world.attention()
    assert (item.kind, item.owner_ods, item.booking_ref) == ("cancel-stuck", HOME.value, found.ref.value)
    world.clock.at = TONIGHT + timedelta(minutes=11)
    world.sweep()
    assert world.sweep(hours=1) == 0
    assert world.state(found.ref) is BookingState.CANCELLING


@pytest.mark.parametrize(
    ("stands", "state"), [(True, BookingState.BOOKED), (False, BookingState.CANCELLED)], ids=["stands", "is gone"]
)
def test_a_person_may_settle_a_cancellation_nobody_answers(world: World, stands: bool, state: BookingState) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT, times=None)
    _cancel(world, found.ref)
    for _ in range(5):
        world.sweep(minutes=5)
    assert world.attention()
    command = SettleByHand(found.ref, was_booked=stands, why="Rang Grace")
    settled = resolving.settle_by_hand(world.desk, command, caller())
    assert settled.state is state
    assert settled.host_reference == found.host_reference
    assert world.attention() == []
    assert world.sweep(hours=1) == 0
    check_claims(world)
    check_accounts(world)


def test_a_cancellation_asked_for_before_a_crash_is_carried_out_by_the_sweep(world: World) -> None:
    found = _booked(world)

    def die() -> None:
        raise Killed

    world.network.script(HOST).interleave("cancel", die)
    with pytest.raises(Killed):
        _cancel(world, found.ref)
    assert world.state(found.ref) is BookingState.CANCELLING
    assert world.sweep(seconds=59) == 0
    assert world.sweep(seconds=1) == 1
    assert world.state(found.ref) is BookingState.CANCELLED
    check_hosts(world)


def test_who_asked_sees_a_refused_cancellation_and_nobody_else_is_called(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.REFUSED)
    after = _cancel(world, found.ref)
    assert (after.state, after.cancel_reason, after.cancel_asked_at) == (BookingState.BOOKED, None, None)
    assert world.attention() == []
    assert "has not cancelled it" in views.history(world.desk, found.ref, caller())[-1].words


def test_a_refusal_that_only_the_sweep_heard_reaches_a_person(world: World) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT)
    world.network.script(HOST).inject("cancel", Mishap.REFUSED)
    _cancel(world, found.ref)
    world.sweep(seconds=60)
    assert world.state(found.ref) is BookingState.BOOKED
    (item,) = world.attention()
    assert (item.kind, item.booking_ref) == ("cancel-stuck", found.ref.value)
    assert "still stands" in item.words


def test_a_moved_booking_that_the_host_will_not_cancel_reaches_a_person(world: World) -> None:
    old = _booked(world)
    world.network.script(HOST).inject("cancel", Mishap.REFUSED)
    new = world.book(replaces=old.ref)
    assert (world.state(old.ref), new.state) == (BookingState.BOOKED, BookingState.BOOKED)
    (item,) = world.attention()
    assert (item.kind, item.booking_ref, item.owner_ods) == ("cancel-stuck", old.ref.value, HOME.value)
    check_hosts(world)
    check_accounts(world)


# Settling twice

RECEIPT = Receipt(HOST, "a-99", "1")
OUTCOMES: tuple[Outcome, ...] = (
    Booked(RECEIPT),
    Declined("no", "No."),
    Doubtful("Hm."),
    Absent(),
    Unanswered("Hm."),
    Cancelled("9"),
    NotCancelled("No."),
    CancelUnanswered("Hm."),
)


def _to_booked(world: World) -> BookingRef:
    return _booked(world).ref


def _to_refused(world: World) -> BookingRef:
    world.network.script(HOST).inject("book", Mishap.REFUSED)
    return _booked(world).ref


def _to_cancelled(world: World) -> BookingRef:
    found = _booked(world)
    return _cancel(world, found.ref).ref


@pytest.mark.parametrize("reach", [_to_booked, _to_refused, _to_cancelled])
def test_nothing_that_is_settled_is_settled_again(world: World, reach: Callable[[World], BookingRef]) -> None:
    ref = reach(world)
    before = world.view(ref), world.acts(), world.claimed(), world.attention()
    for outcome in OUTCOMES:
        assert settle(world.desk, ref, outcome, caller=caller()) is None
    assert (world.view(ref), world.acts(), world.claimed(), world.attention()) == before


@pytest.mark.parametrize("outcome", OUTCOMES[:5], ids=lambda outcome: type(outcome).__name__)
def test_a_look_that_comes_late_does_not_disturb_a_cancellation(world: World, outcome: Outcome) -> None:
    found = _booked(world)
    world.network.script(HOST).inject("cancel", SILENT)
    _cancel(world, found.ref)
    before = world.view(found.ref), world.acts()
    assert settle(world.desk, found.ref, outcome, caller=caller()) is None
    assert (world.view(found.ref), world.acts()) == before


@pytest.mark.parametrize("outcome", OUTCOMES[5:], ids=lambda outcome: type(outcome).__name__)
def test_what_only_a_cancellation_can_bring_is_a_mistake_while_booking(world: World, outcome: Outcome) -> None:
    found = _in_doubt(world)
    with pytest.raises(RuntimeError, match="does not settle"):
        settle(world.desk, found.ref, outcome, caller=caller())
    assert world.state(found.ref) is BookingState.IN_DOUBT


def test_settling_the_same_answer_twice_is_settling_once(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    (there,) = live(world)
    for _ in range(2):
        settle(world.desk, found.ref, Booked(there.receipt), caller=caller())
    assert world.state(found.ref) is BookingState.BOOKED
    check_accounts(world)
    check_hosts(world)


def test_a_booking_nobody_knows_is_not_settled(world: World) -> None:
    assert settle(world.desk, BookingRef.from_number(9), Absent(), caller=caller()) is None
    cancelling.carry_out(world.desk, BookingRef.from_number(9), caller())
    assert world.ledger() == []


def test_the_sweep_speaks_for_the_person_and_practice_that_booked(world: World) -> None:
    found = _in_doubt(world, SILENT_DONE)
    world.sweep(seconds=15)
    last = world.ledger(act="booking.booked")[-1]
    assert (last.user_id, last.acting_for, last.user_role, last.via, last.trace_id) == (
        caller().user_id,
        HOME.value,
        UserRole.SYSTEM.value,
        "job",
        caller().trace_id,
    )
    asked = world.network.script(HOST).calls[-1]
    assert (asked.method, asked.caller.practice) == ("find_booking", HOME)
    assert world.state(found.ref) is BookingState.BOOKED
