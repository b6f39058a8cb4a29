"""What each practice may book is learned by asking: per practice, in stretches, and only complete answers count."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from connectors.mock.script import Mishap
from connectors.port import LONGEST_SEARCH
from scheduling import bookings, pairs, syncing
from scheduling.models import SlotRow
from scheduling.seeing import Observation
from tests.scheduling.syncs import _ask, _count, _ids, _shown, _write
from tests.scheduling.world import HOME, HOST, NOW, OTHER, TONIGHT, World, caller
from vocabulary.people import UserRole
from vocabulary.slots import Practitioner
from vocabulary.times import Window

pytestmark = pytest.mark.database


# Learned visibility


def test_a_restricted_slot_is_shown_only_to_the_practice_it_is_for(world: World) -> None:
    open_to_all = world.clinic(slots=1)
    for_other = world.clinic(slots=2, only_for=[OTHER])
    world.see()
    world.see(who=OTHER)
    assert _shown(world) == _ids(open_to_all)
    assert sorted(_shown(world, OTHER)) == sorted(_ids(open_to_all + for_other))


def test_an_embargoed_slot_is_shown_once_its_hour_has_come(world: World) -> None:
    slots = world.clinic(slots=1, opens_at=NOW + timedelta(minutes=30))
    world.see()
    assert _shown(world) == []
    world.clock.forward(minutes=31)
    world.see()
    assert _shown(world) == _ids(slots)


def test_a_slot_booked_at_the_front_desk_disappears_and_comes_back_when_freed(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    world.network.diary(HOST).book_locally(slots[0])
    world.see()
    assert _shown(world) == [slots[1].host_id]
    assert _count(world, SlotRow) == 2, "the row stays, only the sight goes"
    found = world.book()
    (there,) = world.network.diary(HOST).appointments
    world.network.diary(HOST).cancel_locally(there.receipt.appointment_id)
    world.see()
    assert _shown(world) == [slots[1].host_id]
    assert world.claimed() == {slots[1].host_id: found.ref.value}
    assert world.offers() == (), "a claim hides what the host shows as free"


def test_a_session_taken_out_of_the_diary_is_no_longer_offered_and_bookings_keep_their_facts(world: World) -> None:
    slots = world.clinic(slots=3)
    world.see()
    found = world.book()
    world.network.diary(HOST).remove_session(slots[0].session)
    world.see()
    assert _shown(world) == []
    assert _count(world, SlotRow) == 3
    with world.work.read() as tx:
        seen = bookings.view(tx, found.ref)
    assert seen
    assert seen.facts.practitioner_name == "Dr Grace Example"


def test_a_slot_that_the_host_changed_is_shown_as_it_is_now(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    world.clock.forward(minutes=2)
    later = Window(TONIGHT + timedelta(hours=1), TONIGHT + timedelta(hours=1, minutes=20))
    session = replace(slot.session, name="Late surgery", practitioner=Practitioner("p2", "Dr New"))
    changed = replace(slot, window=later, session=session)
    near = Window(world.clock.now(), world.clock.now() + timedelta(hours=72))
    assert _write(world, Observation(HOST, HOME, near, world.clock.now(), (changed,)))
    (offer,) = world.offers()
    assert (offer.facts.window, offer.facts.practitioner_name, offer.facts.session_name) == (
        later,
        "Dr New",
        "Late surgery",
    )
    tomorrow = Window(later.start + timedelta(days=1), later.end + timedelta(days=1))
    assert len(world.offers(window=later)) == 1
    world.clock.forward(minutes=2)
    near = Window(world.clock.now(), world.clock.now() + timedelta(hours=72))
    assert _write(world, Observation(HOST, HOME, near, world.clock.now(), (replace(changed, window=tomorrow),)))
    assert world.offers(window=later) == ()
    assert len(world.offers(window=tomorrow)) == 1


def test_a_slot_whose_time_was_changed_is_shown_so_to_every_practice_once_it_asks(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    world.see()
    world.see(who=OTHER)
    world.clock.forward(minutes=2)
    later = Window(TONIGHT + timedelta(hours=1), TONIGHT + timedelta(hours=2))
    near = Window(world.clock.now(), world.clock.now() + timedelta(hours=72))
    for who in (HOME, OTHER):
        _write(world, Observation(HOST, who, near, world.clock.now(), (replace(slot, window=later),)))
        assert [offer.facts.window for offer in world.offers(caller(who), window=later)] == [later]


# What counts as an answer


@pytest.mark.parametrize(
    "mishap",
    [Mishap.UNREACHABLE, Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_AFTER_COMMIT, Mishap.REFUSED],
)
def test_a_failed_or_unreadable_answer_removes_nothing(world: World, mishap: Mishap) -> None:
    slots = world.clinic()
    world.see()
    asked_at = _ask(world).asked_at
    world.network.diary(HOST).book_locally(slots[0])
    world.clock.forward(minutes=2)
    world.network.script(HOST).inject("free_slots", mishap)
    assert world.see() is False
    assert _shown(world) == _ids(slots)
    ask = _ask(world)
    assert (ask.asked_at, ask.failures, ask.failed_at) == (asked_at, 1, world.clock.now())
    assert ask.failure
    assert world.see() is True
    assert _shown(world) == _ids(slots[1:])
    assert (_ask(world).failures, _ask(world).failure) == (0, "")


def test_an_answer_says_nothing_about_times_outside_its_window(world: World) -> None:
    near = world.clinic(slots=2)
    far = world.clinic(slots=2, starts=TONIGHT + timedelta(days=6))
    world.see()
    world.see(stretch="far")
    assert _shown(world) == _ids(near + far)
    for slot in (near[0], far[0]):
        world.network.diary(HOST).book_locally(slot)
    world.see()
    assert _shown(world) == [near[1].host_id, *_ids(far)]
    world.see(stretch="far")
    assert _shown(world) == [near[1].host_id, far[1].host_id]


def test_what_a_host_shows_outside_the_window_asked_about_is_left_out(world: World) -> None:
    slots = world.clinic(slots=2)
    window = slots[0].window
    assert _write(world, Observation(HOST, HOME, window, NOW, slots))
    assert _shown(world) == [slots[0].host_id]


def test_an_older_answer_never_overwrites_a_later_one(world: World) -> None:
    slots = world.clinic(slots=2)
    world.see()
    near = Window(NOW, NOW + timedelta(hours=72))
    older = NOW - timedelta(seconds=10)
    assert _write(world, Observation(HOST, HOME, near, older, ())) is False
    assert _shown(world) == _ids(slots)
    assert _write(world, Observation(HOST, OTHER, near, older, slots)) is True, "another practice's is its own"
    assert _write(world, Observation(HOST, HOME, near, NOW, slots[:1])) is True


def test_a_later_answer_about_the_next_days_does_not_discard_one_about_the_days_after(world: World) -> None:
    """Both stretches are asked at once; the one sent a moment later is often answered first."""
    near = world.clinic(slots=1)
    far = world.clinic(slots=2, starts=TONIGHT + timedelta(days=6))
    pairs.plan(world.desk)

    def meanwhile() -> None:
        world.clock.forward(seconds=1)
        assert syncing.sync_one(world.desk, HOST, HOME, "near")

    world.network.script(HOST).interleave("free_slots", meanwhile)
    assert syncing.sync_one(world.desk, HOST, HOME, "far")
    assert _shown(world) == _ids(near + far)
    ask = _ask(world, stretch="far")
    assert (ask.asked_at, ask.lease_until) == (NOW, None)
    assert ask.next_at > NOW + timedelta(minutes=5)


def test_an_older_slot_never_overwrites_what_another_practice_saw_later(world: World) -> None:
    (slot,) = world.clinic(slots=1)
    near = Window(NOW, NOW + timedelta(hours=72))
    changed = replace(slot, slot_type="Changed")
    assert _write(world, Observation(HOST, HOME, near, NOW, (changed,)))
    assert _write(world, Observation(HOST, OTHER, near, NOW - timedelta(seconds=5), (slot,)))
    assert [offer.facts.slot_type for offer in world.offers(caller(OTHER))] in ([], ["Changed"])
    with world.work.read() as tx:
        assert tx.scalars(select(SlotRow.slot_type)).one() == "Changed"


# The timetable


def test_near_is_asked_within_two_minutes_and_far_within_fifteen(world: World) -> None:
    world.clinic()
    world.sync()
    for stretch, longest in (("near", timedelta(minutes=2)), ("far", timedelta(minutes=15))):
        wait = _ask(world, stretch=stretch).next_at - NOW
        assert longest * 0.75 < wait <= longest
    assert syncing.sync_due(world.desk) == 0
    world.clock.forward(minutes=2)
    assert syncing.sync_due(world.desk, at_once=2) == 9, "three practices ask three hosts, near only"


def test_no_search_is_longer_than_a_host_allows_and_the_stretches_leave_no_gap(world: World) -> None:
    near = syncing.stretch_window(world.desk, "near", NOW)
    far = syncing.stretch_window(world.desk, "far", NOW)
    assert (near.start, near.end, far.end) == (NOW, far.start, NOW + timedelta(days=14))
    assert max(near.length, far.length) <= LONGEST_SEARCH
    world.sync()
    asked = [call.argument for call in world.network.script(HOST).calls]
    assert all(isinstance(window, Window) and window.length <= LONGEST_SEARCH for window in asked)


def test_a_host_that_fails_is_asked_ever_less_often_and_again_at_once_when_it_is_back(world: World) -> None:
    world.clinic()
    pairs.plan(world.desk)
    world.network.script(HOST).inject("free_slots", Mishap.UNREACHABLE, times=8)
    waits = []
    for failures in range(1, 9):
        assert syncing.sync_one(world.desk, HOST, HOME, "near") is False
        ask = _ask(world)
        assert ask.failures == failures
        waits.append((ask.next_at - world.clock.now()).total_seconds())
        world.clock.at = ask.next_at
    for wait, expected in zip(waits, [30, 60, 120, 240, 480, 900, 900, 900], strict=True):
        assert expected * 0.79 <= wait <= expected * 1.21
    assert syncing.sync_one(world.desk, HOST, HOME, "near") is True
    assert _ask(world).next_at - world.clock.now() <= timedelta(minutes=2)


def test_workers_at_once_ask_each_question_once(world: World) -> None:
    world.clinic()
    pairs.plan(world.desk)
    world.network.script(HOST).inject("free_slots", Mishap.SLOW, times=None, seconds=0.01)
    start = Barrier(3)

    def work() -> int:
        start.wait(timeout=10)
        return syncing.sync_due(world.desk, limit=500, at_once=2)

    with ThreadPoolExecutor(3) as pool:
        assert sum(each.result(timeout=60) for each in [pool.submit(work) for _ in range(3)]) == 18
    asked = [call.argument for host in (HOME, HOST, OTHER) for call in world.network.script(host).calls]
    assert len(asked) == 18


def test_what_a_dead_worker_was_asking_is_asked_again_when_its_lease_ends(world: World) -> None:
    world.clinic()
    pairs.plan(world.desk)
    syncing._take_due(world.desk, 500)
    assert syncing.sync_due(world.desk, limit=500) == 0
    world.clock.forward(seconds=46)
    assert syncing.sync_due(world.desk, limit=500) == 18


def test_background_asks_name_the_practice_and_who_switched_pooling_on_there(world: World) -> None:
    world.clinic()
    world.see()
    asked = world.network.script(HOST).calls[-1].caller
    assert (asked.practice, asked.user_id, asked.name, asked.role, asked.via) == (
        HOME,
        "mina.manager",
        "Mina Manager",
        UserRole.SYSTEM,
        "job",
    )


def test_a_hold_is_re_checked_in_the_real_users_name(world: World) -> None:
    world.clinic()
    world.see()
    world.hold()
    assert world.network.script(HOST).calls[-1].caller == caller()
