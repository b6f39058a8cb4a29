"""Holds: one caller a slot, four minutes, all or none, granted first and then checked with the host."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from connectors.mock.script import Mishap
from scheduling import booking, holding, search
from scheduling.commands import TakeHold
from scheduling.models import SlotClaimRow
from scheduling.problems import (
    HoldLost,
    HoldUsed,
    NotBookable,
    SlotsDoNotJoin,
    SlotTaken,
    SlotUnknown,
    TooManyHolds,
)
from scheduling.results import Recheck
from tests.scheduling.agreeing import check_accounts, check_claims, check_hosts
from tests.scheduling.holds import _ids, _somebody, _take
from tests.scheduling.world import HOST, OTHER, RITA, TONIGHT, World, caller
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.slots import DeliveryChannel, Slot

pytestmark = pytest.mark.database


# Alone
def test_taking_what_one_holds_is_the_same_hold(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    first = _take(world, slot)
    world.clock.forward(minutes=1)
    again = _take(world, slot)
    assert (again.ref, again.expires_at) == (first.ref, first.expires_at)
    assert world.acts().count("hold.taken") == 1


def test_one_users_hold_keeps_everybody_else_out(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    world.see(who=OTHER)
    _take(world, slot)
    for other in (_somebody("olga"), caller(OTHER, user="otto")):
        with pytest.raises(SlotTaken):
            _take(world, slot, who=other)
        assert world.offers(other) == ()


def test_nobody_holds_more_than_the_cap(world: World) -> None:
    slots = world.clinic(slots=6)
    world.see()
    held = [_take(world, slot) for slot in slots[:3]]
    with pytest.raises(TooManyHolds, match="3"):
        _take(world, slots[3])
    assert slots[3].host_id not in world.claimed()
    assert _take(world, slots[3], who=_somebody("olga")), "the cap is each user's own"
    holding.release(world.desk, held[0].ref, caller())
    assert _take(world, slots[0])
    booking.book(world.desk, world.form(held[1].ref), caller())
    assert _take(world, slots[4]), "a booking is no hold"
    world.clock.forward(minutes=5)
    assert _take(world, slots[5]), "nor is a hold that ran out"


def test_the_cap_holds_against_many_clicks_at_once(world: World) -> None:
    slots = world.clinic(slots=8)
    world.see()
    start = Barrier(8)

    def click(slot: Slot) -> bool:
        start.wait(timeout=10)
        try:
            _take(world, slot)
        except TooManyHolds:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(click, slots)) == 3
    assert len(world.claimed()) == 3


def test_a_double_click_is_one_hold(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    start = Barrier(4)

    def click(_: int) -> BookingRef:
        start.wait(timeout=10)
        return _take(world, slot).ref

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(click, range(4)))) == 1
    assert world.acts().count("hold.taken") == 1


def test_a_hold_that_ran_out_may_be_overtaken(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    first = _take(world, slot)
    world.clock.forward(minutes=4, seconds=-1)
    with pytest.raises(SlotTaken):
        _take(world, slot, who=_somebody("olga"))
    world.clock.forward(seconds=1)
    second = _take(world, slot, who=_somebody("olga"))
    with pytest.raises(HoldLost):
        holding.show(world.desk, first.ref, caller())
    assert holding.show(world.desk, second.ref, _somebody("olga")).expires_at == second.expires_at
    assert world.claimed() == {slot.host_id: second.ref.value}


def test_a_confirmed_hold_is_never_overtaken(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    held = _take(world, slot)
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    booking.book(world.desk, world.form(held.ref), caller())
    world.clock.forward(minutes=30)
    with pytest.raises(SlotTaken):
        _take(world, slot, who=_somebody("olga"))
    assert world.claimed() == {slot.host_id: held.ref.value}


def test_ones_own_hold_that_ran_out_is_taken_anew(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    first = _take(world, slot)
    world.clock.forward(minutes=10)
    second = _take(world, slot)
    assert second.ref != first.ref
    assert second.expires_at == world.clock.now() + timedelta(minutes=4)


def test_acting_for_another_practice_one_is_somebody_else(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    world.see(who=OTHER)
    held = _take(world, slot)
    with pytest.raises(SlotTaken, match="Somebody else"):
        _take(world, slot, who=caller(OTHER, user=RITA))
    with pytest.raises(HoldLost):
        holding.show(world.desk, held.ref, caller(OTHER, user=RITA))


# Several slots


def test_several_slots_are_held_all_or_none(world: World) -> None:
    slots = world.clinic(slots=4)
    world.see()
    _take(world, slots[2], who=_somebody("olga"))
    with pytest.raises(SlotTaken):
        _take(world, slots[1], slots[2])
    assert set(world.claimed()) == {slots[2].host_id}
    held = _take(world, slots[1], slots[0])
    assert held.facts.minutes == 30
    assert set(held.slot_ids) == set(_ids(world, *slots[:2]))


def test_a_hold_of_which_a_part_was_overtaken_is_lost_whole(world: World) -> None:
    slots = world.clinic(slots=3)
    world.see()
    held = _take(world, slots[0], slots[1])
    world.clock.forward(minutes=5)
    _take(world, slots[1], slots[2], who=_somebody("olga"))
    with pytest.raises(HoldLost):
        holding.show(world.desk, held.ref, caller())
    with pytest.raises(HoldLost):
        booking.book(world.desk, world.form(held.ref), caller())
    assert world.network.diary(HOST).appointments == ()
    assert _take(world, slots[0], who=_somebody("otto"))


def test_slots_that_are_no_one_appointment_are_not_held(world: World) -> None:
    slots = world.clinic(slots=3)
    (after,) = world.clinic(slots=1, starts=TONIGHT + timedelta(minutes=45))
    world.see()
    for pair, why in (((slots[0], slots[2]), "does not start when"), ((slots[2], after), "different clinics")):
        with pytest.raises(SlotsDoNotJoin, match=why):
            _take(world, *pair)
    assert world.claimed() == {}


# Who may


def test_what_is_not_offered_to_ones_practice_cannot_be_held(world: World) -> None:
    (slot,) = world.clinic(slots=1, only_for=[OTHER])
    world.see()
    world.see(who=OTHER)
    with pytest.raises(SlotUnknown):
        _take(world, slot)
    for ids in ((), (987,), (*_ids(world, slot), 987)):
        with pytest.raises(SlotUnknown):
            holding.take(world.desk, TakeHold(ids), caller(OTHER, user="otto"))
    assert _take(world, slot, who=caller(OTHER, user="otto"))


def test_what_has_begun_cannot_be_held(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    world.clock.at = TONIGHT
    with pytest.raises(NotBookable, match="already started"):
        _take(world, slots[0])
    assert _take(world, slots[1])


# The race


def test_twenty_people_race_for_five_slots_and_exactly_five_win(world: World) -> None:
    slots = world.clinic(slots=5)
    world.see()
    start = Barrier(20)

    def run(number: int) -> str:
        start.wait(timeout=10)
        try:
            return _take(world, slots[number % 5], who=_somebody(f"user-{number}")).ref.value
        except SlotTaken:
            return ""

    with ThreadPoolExecutor(20) as pool:
        won = [ref for ref in pool.map(run, range(20)) if ref]
    assert len(set(won)) == 5
    assert sorted(world.claimed().values()) == sorted(won)
    assert world.acts().count("hold.taken") == 5


def test_races_for_overlapping_runs_of_slots_end_without_deadlock_and_without_halves(world: World) -> None:
    slots = world.clinic(slots=4)
    world.see()
    start = Barrier(12)

    def run(number: int) -> str:
        start.wait(timeout=10)
        first = number % 3
        pair = slots[first : first + 2] if number % 2 else slots[first : first + 2][::-1]
        try:
            return _take(world, *pair, who=_somebody(f"user-{number}")).ref.value
        except SlotTaken:
            return ""

    with ThreadPoolExecutor(12) as pool:
        won = [ref for ref in pool.map(run, range(12)) if ref]
    assert won
    claimed = list(world.claimed().values())
    assert sorted(claimed) == sorted([*won, *won])


def test_overtaking_and_confirming_at_once_let_only_one_through(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    held = _take(world, slot)
    world.clock.forward(minutes=5)
    start = Barrier(4)

    def confirm() -> bool:
        start.wait(timeout=10)
        try:
            return booking.book(world.desk, world.form(held.ref), caller()).state is BookingState.BOOKED
        except HoldLost:
            return False

    def overtake(number: int) -> bool:
        start.wait(timeout=10)
        try:
            return bool(_take(world, slot, who=_somebody(f"user-{number}")))
        except SlotTaken:
            return False

    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(confirm), *(pool.submit(overtake, number) for number in range(3))]
        assert sum(each.result(timeout=30) for each in tries) == 1
    assert len(world.claimed()) == 1
    check_accounts(world)
    check_hosts(world)


# The re-check


def test_a_slot_that_is_gone_at_the_host_is_let_go_and_no_longer_shown(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    world.network.diary(HOST).book_locally(slots[0])
    with pytest.raises(SlotTaken, match=f"Practice {HOST} has just filled"):
        _take(world, slots[0])
    assert world.claimed() == {}
    assert [offer.facts.window for offer in world.offers()] == [slots[1].window]
    (gone,) = world.ledger(act="hold.gone")
    assert (gone.outcome, gone.reason, gone.host_ods) == ("refused", "slot-taken", HOST.value)
    world.see(who=OTHER)
    assert len(world.offers(caller(OTHER))) == 1


def test_of_several_slots_one_gone_is_all_gone(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    world.network.diary(HOST).book_locally(slots[1])
    with pytest.raises(SlotTaken):
        _take(world, *slots)
    assert world.claimed() == {}


def test_a_host_that_hangs_costs_the_caller_only_the_budget(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    world.with_settings(recheck_budget=timedelta(milliseconds=30))
    world.network.script(HOST).inject("free_slots", Mishap.SLOW, seconds=0.3)
    held = _take(world, slot)
    assert (held.recheck, held.checked_at) == (Recheck.COULD_NOT_CHECK, None)
    assert "could not be checked" in held.recheck_words


def test_a_late_re_check_does_not_take_a_booking_its_claim(world: World) -> None:
    """The first click's re-check is answered after the second click's hold was booked: gone, because it is ours."""
    (slot,) = world.clinic(slots=1)
    world.see()

    def meanwhile() -> None:
        with world.work.read() as tx:
            ref = BookingRef(tx.scalars(select(SlotClaimRow.ref)).one())
        booking.book(world.desk, world.form(ref), caller())

    world.network.script(HOST).interleave("free_slots", meanwhile)
    with pytest.raises(HoldUsed):
        _take(world, slot)
    with world.work.read() as tx:
        ref = BookingRef(tx.scalars(select(SlotClaimRow.ref)).one())
    assert world.state(ref) is BookingState.BOOKED
    check_claims(world)
    check_hosts(world)


def test_alternatives_are_the_nearest_in_time_of_the_same_kind(world: World) -> None:
    slots = world.clinic(slots=6)
    world.clinic(slots=2, channel=DeliveryChannel.VIDEO)
    world.clinic(slots=2, role_code="R0600")
    world.clinic(slots=1, starts=TONIGHT + timedelta(days=5))
    world.see()
    lost = next(offer.facts for offer in world.offers() if offer.facts.window == slots[3].window)
    _take(world, slots[3], who=_somebody("olga"))
    found = search.alternatives(world.desk, lost, caller())
    places = [[slot.window for slot in slots].index(offer.facts.window) for offer in found]
    assert sorted(places[:2]) == [2, 4]
    assert places[2] in (1, 5)
    assert {(offer.facts.channel, offer.facts.role) for offer in found} == {(lost.channel, lost.role)}
    assert len(search.alternatives(world.desk, lost, caller(), count=50)) == 5


def test_alternatives_to_a_long_appointment_are_as_long(world: World) -> None:
    world.clinic(slots=4)
    world.see()
    lost = world.offers(minutes=30)[0].facts
    assert {offer.facts.minutes for offer in search.alternatives(world.desk, lost, caller())} == {30}
