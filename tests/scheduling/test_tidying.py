"""Tidying takes what is past and unneeded, never what a booking stands on; the census counts what is there."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from scheduling import syncing, views
from scheduling.census import census
from scheduling.models import ClinicSessionRow, SlotClaimRow, SlotRow
from scheduling.tidying import tidy
from storage.base import Base
from tests.scheduling.world import HOST, TONIGHT, World, caller
from vocabulary.appointments import BookingState

pytestmark = pytest.mark.database


def _count(world: World, row: type[Base]) -> int:
    with world.work.read() as tx:
        return tx.scalar(select(func.count()).select_from(row)) or 0


def test_past_slots_go_and_those_of_bookings_stay(world: World) -> None:
    world.clinic(slots=4)
    world.clinic(slots=2, starts=TONIGHT + timedelta(days=5))
    world.sync()
    kept = world.book()
    assert (_count(world, SlotRow), _count(world, ClinicSessionRow)) == (6, 2)
    assert tidy(world.desk) == 0
    world.clock.forward(days=2)
    assert tidy(world.desk) == 3
    assert _count(world, SlotRow) == 3
    assert views.booking(world.desk, kept.ref, caller()).facts.site_name == f"{HOST} Health Centre"
    world.clock.forward(days=5)
    assert tidy(world.desk) == 2
    assert (_count(world, SlotRow), _count(world, ClinicSessionRow)) == (1, 1)


def test_a_hold_that_came_to_nothing_goes_with_its_slot(world: World) -> None:
    world.clinic(slots=1)
    world.sync()
    world.hold()
    world.clock.forward(days=2)
    assert tidy(world.desk) == 1
    assert (_count(world, SlotClaimRow), _count(world, SlotRow), _count(world, ClinicSessionRow)) == (0, 0, 0)


def test_the_census_counts_bookings_holds_and_the_age_of_the_pool(world: World) -> None:
    world.clinic(slots=4)
    world.sync()
    world.book()
    world.hold()
    world.clock.forward(seconds=30)
    with world.work.read() as tx:
        found = census(tx, world.clock.now())
    assert found.bookings[BookingState.BOOKED] == 1
    assert found.bookings[BookingState.IN_DOUBT] == 0
    assert (found.holds, found.attention) == (1, 0)
    assert found.pool["near"].oldest_seconds == 30
    assert found.pool["near"].overdue == 0
    world.clock.forward(minutes=10)
    with world.work.read() as tx:
        late = census(tx, world.clock.now())
    assert late.pool["near"].overdue == syncing.sync_due(world.desk, limit=500)
    assert late.holds == 0
