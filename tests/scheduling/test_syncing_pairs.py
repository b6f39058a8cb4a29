"""What slot types mean, which pairs are asked, and looking at one window."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from connectors.mock.script import Mishap
from practices.models import SlotTypeMappingRow
from scheduling import pairs, syncing, views
from scheduling.models import PoolAskRow, SlotRow, SlotSightRow
from scheduling.seeing import Observation
from sharing_agreements.gate import Permit
from tests.scheduling.syncs import _count, _ids, _shown, _write
from tests.scheduling.world import HOME, HOST, NOW, OTHER, World, caller
from vocabulary.purposes import Scope
from vocabulary.slots import PractitionerRole
from vocabulary.times import Window

pytestmark = pytest.mark.database


# Slot types


def _map(world: World, wording: str, service: str, role: str = "") -> None:
    with world.work.begin() as tx:
        tx.add(SlotTypeMappingRow(ods=HOST.value, wording=wording, service=service, role=role))


def test_a_wording_mapped_to_none_is_hidden_and_an_unmapped_one_is_shown_and_counted(world: World) -> None:
    _map(world, "Internal meeting", "none")
    _map(world, "extended  ACCESS", "blood-test", "nurse")
    world.clinic(slots=1, slot_type="Internal Meeting")
    mapped = world.clinic(slots=1, slot_type="Extended access")
    unmapped = world.clinic(slots=2, slot_type="Odds and ends")
    world.see()
    assert sorted(_shown(world)) == sorted(_ids(mapped + unmapped))
    found = {offer.facts.slot_type: (offer.facts.service, offer.facts.role) for offer in world.offers()}
    assert found == {
        "Extended access": ("blood-test", PractitionerRole.NURSE),
        "Odds and ends": ("", PractitionerRole.GP),
    }
    (health,) = [host for host in views.hosts(world.desk, caller()) if host.host == HOST]
    assert (health.unmapped_slots, health.slots_seen) == (2, 4)


def test_a_mapping_made_later_counts_from_the_next_answer(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    _map(world, "Extended access", "none")
    assert len(world.offers()) == 1
    world.clock.forward(minutes=2)
    world.see()
    assert world.offers() == ()


# Pairs


def _pairs(world: World) -> set[tuple[str, str]]:
    with world.work.read() as tx:
        return {(host, who) for host, who in tx.execute(select(PoolAskRow.host_ods, PoolAskRow.booking_ods))}


def test_every_practice_asks_itself_and_those_it_has_an_agreement_with(world: World) -> None:
    change = pairs.plan(world.desk)
    everyone = {HOME.value, HOST.value, OTHER.value}
    assert _pairs(world) == {(host, who) for host in everyone for who in everyone}
    assert (change.opened, change.closed) == (9, 0)
    assert pairs.plan(world.desk) == pairs.PlanChange(0, 0)
    assert world.acts().count("pool.opened") == 9


def test_a_suspension_closes_the_pairs_and_takes_the_sights_away(world: World) -> None:
    world.clinic()
    world.clinic(HOME)
    world.see()
    world.see(host=HOME)
    world.suspend()
    change = pairs.plan(world.desk)
    assert (change.opened, change.closed) == (0, 6)
    assert _pairs(world) == {(ods.value, ods.value) for ods in (HOME, HOST, OTHER)}
    with world.work.read() as tx:
        assert set(tx.scalars(select(SlotSightRow.host_ods))) == {HOME.value}
    assert world.acts().count("pool.closed") == 6
    asked = len(world.network.script(HOST).calls)
    assert syncing.sync_one(world.desk, HOST, HOME, "near") is False, (
        "an ask taken from the timetable before is not made"
    )
    assert len(world.network.script(HOST).calls) == asked
    assert world.acts().count("pool.closed") == 6


def test_a_suspension_closes_a_pair_at_its_next_ask_without_waiting_for_the_plan(world: World) -> None:
    world.clinic()
    world.see()
    world.suspend()
    world.clock.forward(minutes=3)
    syncing.sync_due(world.desk, limit=500, at_once=1)
    assert (HOST.value, HOME.value) not in _pairs(world)
    assert (HOME.value, HOME.value) in _pairs(world), "one's own diary goes on being asked"
    with world.work.read() as tx:
        assert set(tx.scalars(select(SlotSightRow.host_ods).where(SlotSightRow.booking_ods == HOME.value))) == set()
    refused = [row for row in world.ledger(act="permit.see-slots") if row.host_ods == HOST.value]
    assert {(row.outcome, row.reason, row.user_id) for row in refused} == {("refused", "suspended", "mina.manager")}
    closed = [(row.host_ods, row.acting_for) for row in world.ledger(act="pool.closed")]
    assert len(closed) == len(set(closed)) == 6


def test_what_a_pair_is_asked_by_stands_in_the_ledger_with_its_clause(world: World) -> None:
    pairs.plan(world.desk)
    opened = {(row.host_ods, row.acting_for): row for row in world.ledger(act="pool.opened")}
    there = opened[HOST.value, HOME.value]
    assert (there.agreement, there.clause, there.user_id) == ("DSA-1 v1", "2.1", "mina.manager")
    assert opened[HOME.value, HOME.value].agreement == ""


def test_an_ask_under_way_when_the_agreement_is_suspended_ends_without_harm(world: World) -> None:
    world.clinic()
    world.network.script(HOST).interleave("free_slots", world.suspend)
    assert world.see() is True
    assert world.offers() == ()


def test_a_practice_that_has_not_signed_neither_asks_nor_is_asked(world: World) -> None:
    world.suspend()
    world.agree({HOME, HOST, OTHER}, signed={HOME, HOST}, code="DSA-2")
    pairs.plan(world.desk)
    assert {pair for pair in _pairs(world) if pair[0] != pair[1]} == {
        (HOME.value, HOST.value),
        (HOST.value, HOME.value),
    }


def test_an_agreement_in_one_direction_is_asked_in_one_direction(world: World) -> None:
    with world.work.begin() as tx:
        tx.execute(text("UPDATE agreement_grant SET giver_ods = :host"), {"host": HOST.value})
    pairs.plan(world.desk)
    assert {pair for pair in _pairs(world) if pair[0] != pair[1]} == {
        (HOST.value, HOME.value),
        (HOST.value, OTHER.value),
    }


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE gp_system_link SET pooling_live = false WHERE ods = :host",
        "UPDATE practice SET status = 'closed' WHERE ods = :host",
    ],
)
def test_a_practice_that_closed_or_switched_pooling_off_is_not_asked_any_more(world: World, change: str) -> None:
    world.clinic()
    world.see()
    with world.work.begin() as tx:
        tx.execute(text(change), {"host": HOST.value})
    pairs.plan(world.desk)
    assert HOST.value not in {code for pair in _pairs(world) for code in pair}
    assert world.offers() == ()


# Looking at one window


def _permit(world: World) -> Permit:
    return world.desk.gate.permit(caller(), HOST, Scope.SEE_SLOTS)


@pytest.mark.parametrize("mishap", [None, Mishap.UNREACHABLE])
def test_one_window_is_read_again_on_demand(world: World, mishap: Mishap | None) -> None:
    slots = world.clinic(slots=2)
    world.see()
    world.network.diary(HOST).book_locally(slots[0])
    if mishap:
        world.network.script(HOST).inject("free_slots", mishap)
    assert syncing.look_at(world.desk, _permit(world), slots[0].window) is (mishap is None)
    assert _shown(world) == (_ids(slots) if mishap else [slots[1].host_id])


def test_what_a_look_saw_free_is_not_taken_away_by_an_answer_asked_for_before_it(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    near = Window(NOW, NOW + timedelta(hours=72))
    world.clock.forward(seconds=30)
    asked = world.clock.now()  # the sync's request is on its way: the host sees nothing free then
    world.clock.forward(seconds=5)
    assert syncing.look_at(world.desk, _permit(world), slots[0].window)
    _write(world, Observation(HOST, HOME, near, asked, ()))
    assert _shown(world) == [slots[0].host_id], "the other was not looked at"
    _write(world, Observation(HOST, HOME, near, world.clock.now() + timedelta(seconds=1), ()))
    assert _shown(world) == []


def test_a_window_that_is_past_is_not_read(world: World) -> None:
    past = Window(NOW - timedelta(hours=1), NOW)
    assert syncing.look_at(world.desk, _permit(world), past) is False
    assert world.network.script(HOST).calls == ()


def test_rows_stay_when_the_host_shows_nothing_any_more(world: World) -> None:
    world.clinic(slots=3)
    world.see()
    world.book()
    world.hold()
    before = _count(world, SlotRow)
    near = Window(NOW, NOW + timedelta(hours=72))
    assert _write(world, Observation(HOST, HOME, near, NOW, ()))
    assert _shown(world) == []
    assert _count(world, SlotRow) == before
    assert len(world.claimed()) == 2
