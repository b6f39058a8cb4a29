"""Asking hosts: steps that the tests of syncing share."""

from sqlalchemy import func, select

from scheduling import seeing
from scheduling.models import PoolAskRow, SlotRow, SlotSightRow
from scheduling.seeing import Observation
from storage.base import Base
from tests.scheduling.world import HOME, HOST, World
from vocabulary.identifiers import OdsCode
from vocabulary.slots import Slot


def _shown(world: World, who: OdsCode = HOME) -> list[str]:
    """The host's ids of the slots shown to a practice, by start."""
    with world.work.read() as tx:
        return list(
            tx.scalars(
                select(SlotRow.host_slot_id)
                .join(SlotSightRow, SlotSightRow.slot_id == SlotRow.id)
                .where(SlotSightRow.booking_ods == who.value)
                .order_by(SlotSightRow.start_at, SlotRow.id)
            )
        )


def _ids(slots: tuple[Slot, ...]) -> list[str]:
    return [slot.host_id for slot in slots]


def _ask(world: World, *, who: OdsCode = HOME, stretch: str = "near") -> PoolAskRow:
    with world.work.read() as tx:
        return tx.get_one(PoolAskRow, (HOST.value, who.value, stretch))


def _count(world: World, row: type[Base]) -> int:
    with world.work.read() as tx:
        return tx.scalar(select(func.count()).select_from(row)) or 0


def _write(world: World, seen: Observation) -> bool:
    with world.work.begin() as tx:
        return seeing.write(tx, seen)
