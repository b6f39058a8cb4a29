"""Letting a hold go, and an equal slot making good for a lost one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from scheduling import holding
from scheduling.commands import TakeHold
from scheduling.problems import (
    HoldLost,
    SlotTaken,
)
from scheduling.results import HoldView
from tests.scheduling.agreeing import check_claims
from tests.scheduling.holds import _ids, _somebody, _take
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World, caller
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller
from vocabulary.slots import DeliveryChannel, Practitioner, Slot

pytestmark = pytest.mark.database


# Letting go


def test_a_hold_is_released_by_its_holder_once(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    held = _take(world, slot)
    holding.release(world.desk, held.ref, _somebody("olga"))
    assert world.claimed() == {slot.host_id: held.ref.value}
    for _ in range(2):
        holding.release(world.desk, held.ref, caller())
    assert world.claimed() == {}
    assert world.acts().count("hold.released") == 1
    with pytest.raises(HoldLost):
        holding.show(world.desk, held.ref, caller())
    assert len(world.offers()) == 1


def test_a_booking_is_not_released_like_a_hold(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    found = world.book()
    holding.release(world.desk, found.ref, caller())
    check_claims(world)


def test_taking_a_hold_is_accounted_for_with_its_agreement(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    held = _take(world, slot)
    permit, taken = world.ledger()[-2:]
    assert (permit.act, permit.outcome, permit.host_ods) == ("permit.book", "allowed", HOST.value)
    assert (taken.act, taken.booking_ref, taken.agreement, taken.clause) == (
        "hold.taken",
        held.ref.value,
        "DSA-1 v1",
        "2.2",
    )
    assert taken.acting_for == HOME.value
    assert taken.at == NOW


def test_an_equal_slot_makes_good_for_one_just_lost(world: World) -> None:
    world.clinic(slots=1)
    world.clinic(slots=1)
    world.sync()
    (offer,) = world.offers()
    assert offer.count == 2
    holding.take(world.desk, TakeHold(offer.slot_ids), caller(OTHER, user="otto"))
    with pytest.raises(SlotTaken):
        holding.take(world.desk, TakeHold(offer.slot_ids), caller())
    held = holding.take(world.desk, TakeHold(offer.slot_ids, any_equal=True), caller())
    assert held.slot_ids != offer.slot_ids
    assert (held.facts.window, held.facts.site_name) == (offer.facts.window, offer.facts.site_name)
    with pytest.raises(SlotTaken):
        holding.take(world.desk, TakeHold(offer.slot_ids, any_equal=True), caller(user="third"))


def test_a_slot_of_another_kind_is_no_equal(world: World) -> None:
    world.clinic(slots=1)
    world.clinic(slots=1, channel=DeliveryChannel.TELEPHONE)
    world.sync()
    offer = next(one for one in world.offers() if one.facts.channel is DeliveryChannel.IN_PERSON)
    holding.take(world.desk, TakeHold(offer.slot_ids), caller(OTHER, user="otto"))
    with pytest.raises(SlotTaken):
        holding.take(world.desk, TakeHold(offer.slot_ids, any_equal=True), caller())


# One of several equal slots


def _equal_slots(world: World, number: int = 3) -> list[Slot]:
    """So many slots at one time in one place, and one there that is of another kind."""
    found = []
    for each in range(number):
        found += world.clinic(slots=1, practitioner=Practitioner(f"p{each}", f"Dr {each}"))
    world.clinic(slots=1, channel=DeliveryChannel.VIDEO)
    world.see()
    return found


def _take_any(world: World, slot: Slot, who: Caller | None = None) -> HoldView:
    return holding.take(world.desk, TakeHold(_ids(world, slot), any_equal=True), who or caller())


def test_a_slot_just_lost_is_made_good_with_an_equal_one_while_there_is_any(world: World) -> None:
    slots = _equal_slots(world)
    _take(world, slots[0], who=_somebody("olga"))
    world.network.diary(HOST).book_locally(slots[1])
    held = _take_any(world, slots[0])
    assert held.slot_ids == _ids(world, slots[2])
    with pytest.raises(SlotTaken) as lost:
        _take_any(world, slots[0], _somebody("otto"))
    assert lost.value.lost is not None
    assert lost.value.lost.window == slots[0].window
    assert sorted(world.claimed()) == sorted([slots[0].host_id, slots[2].host_id])


def test_who_wants_one_slot_only_gets_no_other(world: World) -> None:
    slots = _equal_slots(world)
    _take(world, slots[0], who=_somebody("olga"))
    with pytest.raises(SlotTaken):
        _take(world, slots[0])


def test_a_double_click_on_an_offer_that_was_made_good_is_one_hold(world: World) -> None:
    slots = _equal_slots(world)
    _take(world, slots[0], who=_somebody("olga"))
    assert _take_any(world, slots[0]).ref == _take_any(world, slots[0]).ref
    assert len(world.claimed()) == 2


def test_many_who_click_one_offer_get_one_slot_each(world: World) -> None:
    slots = _equal_slots(world, 5)
    start = Barrier(5)

    def click(number: int) -> BookingRef:
        start.wait(timeout=10)
        return _take_any(world, slots[0], _somebody(f"user-{number}")).ref

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(click, range(5)))) == 5
    assert sorted(world.claimed()) == sorted(slot.host_id for slot in slots)
