"""A person settles what the machine cannot; and what a crash leaves behind."""

from dataclasses import replace

import pytest

from scheduling import booking, resolving, views
from scheduling.commands import SettleByHand
from scheduling.models import AttentionRow
from scheduling.problems import BookingUnknown, InvalidBooking, WrongState
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts, live
from tests.scheduling.doubting import SILENT, SILENT_DONE, Killed, _at, _booked, _cancel, _in_doubt
from tests.scheduling.world import ANN, HOST, OTHER, World, caller
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef

pytestmark = pytest.mark.database


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
