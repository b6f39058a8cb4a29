"""Taking holds: steps that the tests of holding share."""

from sqlalchemy import select

from scheduling import holding
from scheduling.commands import TakeHold
from scheduling.models import SlotRow
from scheduling.results import HoldView
from tests.scheduling.world import World, caller
from vocabulary.people import Caller
from vocabulary.slots import Slot


def _ids(world: World, *slots: Slot) -> tuple[int, ...]:
    with world.work.read() as tx:
        known = dict(tx.execute(select(SlotRow.host_slot_id, SlotRow.id)).all())
    return tuple(known[slot.host_id] for slot in slots)


def _take(world: World, *slots: Slot, who: Caller | None = None) -> HoldView:
    return holding.take(world.desk, TakeHold(_ids(world, *slots)), who or caller())


def _somebody(name: str) -> Caller:
    return caller(user=name)
