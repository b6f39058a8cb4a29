"""What a host changes by itself is found, shown as its doing, and somebody is asked to tell the patient."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from connectors.mock.script import Mishap
from connectors.mock.system import CAPABILITIES
from connectors.port import Capability
from scheduling import booking, following, holding, resolving, views, visiting
from scheduling.attention import BACK_AT_HOST, CANCELLED_AT_HOST, DIFFERS, GHOST, NOT_AT_HOST
from scheduling.commands import SettleByHand, TakeHold
from scheduling.host_words import HostSays
from scheduling.outcomes import BY_PHONE
from scheduling.results import BookingView
from scheduling.visiting import NoteVisit
from tests.scheduling.agreeing import check_claims
from tests.scheduling.world import BOB, HOME, HOST, OTHER, TONIGHT, World, caller
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.slots import Slot
from vocabulary.times import Window, london_date
from vocabulary.visits import VisitStatus

pytestmark = pytest.mark.database

DOCTOR = caller(HOST, user="grace")


def booked(world: World) -> BookingView:
    world.clinic()
    world.see()
    return world.book()


def follow(world: World, *, minutes: float = 30) -> int:
    """Let time pass, then look at what is due."""
    world.clock.forward(minutes=minutes)
    return following.follow_due(world.desk, at_once=1)


def as_it_is(world: World, before: BookingView) -> BookingView:
    found = world.view(before.ref)
    assert found is not None
    return found


def kinds(world: World) -> list[str]:
    return [item.kind for item in world.attention()]


def move_there(world: World, found: BookingView, *, slot: int = 2) -> Slot:
    diary = world.network.diary(HOST)
    to = sorted(diary.free_slots(_all_evening(world), practice=HOME), key=lambda one: one.window.start)[slot]
    diary.move_locally(found.host_reference, to)
    return to


def _all_evening(world: World) -> Window:
    return Window(world.clock.now(), TONIGHT + timedelta(hours=3))


def test_what_stands_there_stays_as_it_is_and_costs_one_line_of_the_ledger(world: World) -> None:
    found = booked(world)
    before = len(world.ledger())
    assert [follow(world) for _ in range(3)] == [1, 1, 1]
    assert as_it_is(world, found) == found
    assert [row.act for row in world.ledger()[before:]] == ["booking.followed"]
    (begun,) = world.ledger(act="booking.followed")
    assert (begun.booking_ref, begun.host_ods, begun.user_role) == (found.ref.value, HOST.value, "system")
    assert world.attention() == []


def test_a_cancellation_there_is_followed_and_the_booking_practice_tells_the_patient(world: World) -> None:
    found = booked(world)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    follow(world)
    now = as_it_is(world, found)
    assert (now.state, now.cancel_reason, now.cancelled_by) == (
        BookingState.CANCELLED,
        CancellationReason.HOST_CANCELLED,
        f"Practice {HOST}",
    )
    assert now.at_host is not None and now.at_host.says is HostSays.CANCELLED
    assert now.at_host.since == world.clock.now() and not now.at_host.handled
    (item,) = world.attention()
    assert (item.kind, item.owner_ods) == (CANCELLED_AT_HOST, HOME.value) and "Tell the patient" in item.words
    last = views.history(world.desk, found.ref, caller())[-1]
    assert (last.to_state, last.by_name) == (BookingState.CANCELLED, "The hub")
    assert "cancelled it in its own system" in last.words
    assert world.acts().count("booking.cancelled") == 1
    check_claims(world)
    follow(world)
    assert as_it_is(world, found) == now and len(world.attention()) == 1


def test_what_they_cancelled_is_offered_again_only_when_seen_free(world: World) -> None:
    found = booked(world)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    follow(world)
    starts = {offer.facts.window.start for offer in world.offers()}
    assert found.facts.window.start not in starts
    world.see()
    assert found.facts.window.start in {offer.facts.window.start for offer in world.offers()}


def test_a_move_there_is_marked_and_the_patient_keeps_the_time_they_were_told(world: World) -> None:
    found = booked(world)
    to = move_there(world, found)
    follow(world)
    now = as_it_is(world, found)
    assert (now.state, now.facts.window) == (BookingState.BOOKED, found.facts.window)
    assert now.at_host is not None
    assert (now.at_host.says, now.at_host.window) == (HostSays.MOVED, to.window)
    (item,) = world.attention()
    assert (item.kind, item.owner_ods) == (DIFFERS, HOME.value) and "Ring the patient" in item.words
    (change,) = world.ledger(act="booking.changed-at-host")
    assert "moved it" in change.reason and change.nhs_number == found.nhs_number.value
    follow(world)
    assert len(world.attention()) == len(world.ledger(act="booking.changed-at-host")) == 1
    check_claims(world)


def test_a_second_move_there_replaces_the_first_on_the_list(world: World) -> None:
    found = booked(world)
    move_there(world, found)
    follow(world)
    first = world.attention()[0]
    again = move_there(world, found, slot=1)
    follow(world)
    now = as_it_is(world, found)
    assert now.at_host is not None and now.at_host.window == again.window
    (second,) = world.attention()
    assert second.id != first.id and second.words != first.words


def test_what_they_no_longer_show_is_marked_until_somebody_has_rung(world: World) -> None:
    found = booked(world)
    world.network.diary(HOST).lose_locally(found.host_reference)
    follow(world)
    now = as_it_is(world, found)
    assert now.state is BookingState.BOOKED and now.at_host is not None and now.at_host.says is HostSays.ABSENT
    (item,) = views.attention(world.desk, caller())
    assert item.kind == NOT_AT_HOST and item.booking_waits and "no longer shows" in now.needs_person
    settled = resolving.settle_by_hand(world.desk, SettleByHand(found.ref, was_booked=False, why="Rang them"), caller())
    assert (settled.state, settled.cancelled_by) == (BookingState.CANCELLED, "Rita Reception")
    assert world.attention() == [] and as_it_is(world, found) == settled
    check_claims(world)


@pytest.mark.parametrize("reference", ["", "in-their-book"])
def test_what_they_no_longer_show_may_stand_all_the_same(world: World, reference: str) -> None:
    found = booked(world)
    world.network.diary(HOST).lose_locally(found.host_reference)
    follow(world)
    said = SettleByHand(found.ref, was_booked=True, why="They see it", appointment_id=reference)
    settled = resolving.settle_by_hand(world.desk, said, caller())
    assert (settled.state, settled.at_host) == (BookingState.BOOKED, None)
    assert settled.host_reference == (reference or BY_PHONE)
    assert world.attention() == [] and "They see it" in views.history(world.desk, found.ref, caller())[-1].words
    asked = len(world.network.script(HOST).calls)
    follow(world)
    assert len(world.network.script(HOST).calls) == asked + bool(reference), "without a reference nothing is asked"


def test_changed_and_changed_back_before_anybody_rang_asks_for_nothing(world: World) -> None:
    found = booked(world)
    diary = world.network.diary(HOST)
    move_there(world, found)
    follow(world)
    slot = next(one for one in diary.free_slots(_all_evening(world), practice=HOME) if one.window == found.facts.window)
    diary.move_locally(found.host_reference, slot)
    follow(world)
    assert as_it_is(world, found).at_host is None and world.attention() == []
    assert len(world.ledger(act="booking.changed-at-host")) == 2, "both are on record"


def test_changed_back_after_the_patient_was_told_asks_to_ring_again(world: World) -> None:
    found = booked(world)
    diary = world.network.diary(HOST)
    move_there(world, found)
    follow(world)
    views.settle_attention(world.desk, world.attention()[0].id, "Rang her, she comes then", caller())
    moved = as_it_is(world, found).at_host
    assert moved is not None and moved.handled == "Rang her, she comes then"
    slot = next(one for one in diary.free_slots(_all_evening(world), practice=HOME) if one.window == found.facts.window)
    diary.move_locally(found.host_reference, slot)
    follow(world)
    follow(world)
    assert kinds(world) == [BACK_AT_HOST] and as_it_is(world, found).at_host is None


def test_a_cancellation_taken_back_in_time_makes_the_booking_firm_again(world: World) -> None:
    found = booked(world)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    follow(world)
    world.network.diary(HOST).restore_locally(found.host_reference)
    follow(world)
    now = as_it_is(world, found)
    assert (now.state, now.cancel_reason, now.at_host) == (BookingState.BOOKED, None, None)
    assert world.attention() == []
    check_claims(world)


def _told(world: World) -> None:
    views.settle_attention(world.desk, world.attention()[0].id, "Told her", caller())


def _booked_elsewhere(world: World) -> None:
    """Somebody rang her and booked another time, and has not written it down yet."""
    world.see()
    world.book(index=1)


def _slot_given_away(world: World) -> None:
    world.see()
    world.book(caller(user="other"), nhs_number=BOB)


@pytest.mark.parametrize("meanwhile", [_told, _booked_elsewhere, _slot_given_away])
def test_a_cancellation_taken_back_too_late_is_a_persons_to_settle(
    world: World, meanwhile: Callable[[World], None]
) -> None:
    found = booked(world)
    diary = world.network.diary(HOST)
    diary.cancel_locally(found.host_reference)
    follow(world)
    meanwhile(world)
    diary.restore_locally(found.host_reference)
    follow(world, minutes=21)
    held = as_it_is(world, found)
    assert held.state is BookingState.CANCELLED and kinds(world) == [GHOST]
    assert held.at_host is not None and (held.at_host.says, held.at_host.handled) == (HostSays.HELD, "")
    views.settle_attention(world.desk, world.attention()[0].id, "They cancel it again", caller())
    settled = as_it_is(world, found).at_host
    assert settled is not None and settled.handled == "They cancel it again"
    follow(world)
    assert kinds(world) == [], "settled once is not raised again"
    diary.cancel_locally(found.host_reference)
    follow(world)
    diary.restore_locally(found.host_reference)
    follow(world)
    assert kinds(world) == [GHOST]


@pytest.mark.parametrize(
    "mishap", [Mishap.UNREACHABLE, Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_BEFORE_COMMIT, Mishap.REFUSED]
)
def test_a_host_that_does_not_say_changes_nothing_and_is_left_alone_for_a_while(world: World, mishap: Mishap) -> None:
    found = booked(world)
    world.network.diary(HOST).cancel_locally(found.host_reference)
    script = world.network.script(HOST)
    script.inject("read", mishap, times=2)
    assert follow(world) == 0
    assert as_it_is(world, found) == found and world.attention() == []
    assert follow(world, minutes=0.5) == 0 and [call.method for call in script.calls].count("read") == 1
    assert follow(world, minutes=1) == 0
    assert follow(world, minutes=1) == 0 and [call.method for call in script.calls].count("read") == 2
    assert follow(world, minutes=1.5) == 1 and as_it_is(world, found).state is BookingState.CANCELLED


def test_a_host_that_is_away_is_asked_once_a_round_and_the_others_are_asked_all_the_same(world: World) -> None:
    for host in (HOST, OTHER):
        world.clinic(host)
        world.see(host=host)
    mine = {host: [one for one in world.offers() if one.facts.host == host] for host in (HOST, OTHER)}
    made = []
    for host, number in ((HOST, 0), (HOST, 1), (OTHER, 2)):
        held = holding.take(world.desk, TakeHold(mine[host][number].slot_ids), caller())
        made.append(booking.book(world.desk, world.form(held.ref, clash_reason="Two problems"), caller()))
    world.network.diary(OTHER).cancel_locally(made[2].host_reference)
    world.network.script(HOST).inject("read", Mishap.UNREACHABLE, times=None)
    assert follow(world) == 1
    assert [call.method for call in world.network.script(HOST).calls].count("read") == 1
    assert as_it_is(world, made[2]).state is BookingState.CANCELLED


def test_two_who_look_at_once_ask_and_write_once(world: World) -> None:
    found = booked(world)
    move_there(world, found)
    world.clock.forward(minutes=30)
    with ThreadPoolExecutor(4) as pool:
        answered = list(pool.map(lambda _: following.follow_due(world.desk, at_once=1), range(4)))
    assert sorted(answered) == [0, 0, 0, 1]
    assert len(world.attention()) == len(world.ledger(act="booking.changed-at-host")) == 1


def test_an_answer_that_was_overtaken_says_nothing(world: World) -> None:
    """The first asks, the second asks and hears of the cancellation, then the first hears that all is well."""
    found = booked(world)
    world.clock.forward(minutes=30)
    script, diary = world.network.script(HOST), world.network.diary(HOST)

    def overtake() -> None:
        world.clock.forward(minutes=2)  # past the lease
        diary.cancel_locally(found.host_reference)
        following.follow_due(world.desk, at_once=1)
        diary.restore_locally(found.host_reference)

    script.interleave("read", overtake)
    following.follow_due(world.desk, at_once=1)
    assert as_it_is(world, found).state is BookingState.CANCELLED


def test_only_today_and_tomorrow_and_what_has_not_begun_is_asked_about(world: World) -> None:
    world.network.limit(HOST, CAPABILITIES - {Capability.REPORT_STATUS})
    world.clinic(starts=TONIGHT + timedelta(days=2))
    world.see()
    later = world.book()
    assert follow(world) == 0
    world.clock.forward(days=1)
    assert follow(world) == 1
    world.clock.at = later.facts.window.start
    assert follow(world, minutes=0) == 0


def test_it_is_asked_more_often_when_it_begins_soon(world: World) -> None:
    booked(world)
    assert [follow(world, minutes=each) for each in (0, 5, 16)] == [1, 0, 1]
    world.clock.at = TONIGHT - timedelta(hours=1)
    assert [follow(world, minutes=each) for each in (0, 4, 1)] == [1, 1, 0]


def test_one_round_does_not_ask_all_of_a_large_clinic(world: World) -> None:
    world.with_settings(follow_at_once=1)
    world.clinic()
    world.see()
    world.book()
    world.book(nhs_number=BOB)
    assert [follow(world, minutes=each) for each in (0, 0, 0)] == [1, 1, 0]


def test_it_is_asked_also_when_the_agreement_no_longer_stands(world: World) -> None:
    found = booked(world)
    world.suspend()
    world.network.diary(HOST).cancel_locally(found.host_reference)
    follow(world)
    assert as_it_is(world, found).state is BookingState.CANCELLED


def test_the_session_keeps_who_was_cancelled_and_whom_the_host_moved(world: World) -> None:
    found = booked(world)
    other = world.book(nhs_number=BOB)
    move_there(world, found, slot=1)
    world.network.diary(HOST).cancel_locally(other.host_reference)
    follow(world)
    day = london_date(TONIGHT)
    shown = {one.booking.ref: one for one in visiting.expected(world.desk, day, DOCTOR)}
    assert set(shown) == {found.ref, other.ref}
    assert not shown[other.ref].steps and shown[other.ref].booking.state is BookingState.CANCELLED
    copied = {one.booking.ref for one in visiting.expected_for_copy(world.desk, day, DOCTOR)}
    assert copied == {found.ref, other.ref}, "and so does the list on paper"


def test_nobody_is_missed_before_the_time_to_which_they_were_moved(world: World) -> None:
    found = booked(world)
    to = move_there(world, found)
    follow(world)
    world.clock.at = found.facts.window.start + timedelta(minutes=11)
    missed = NoteVisit(found.ref, 0, status=VisitStatus.MISSED, sure=True)
    with pytest.raises(Exception, match="10 minutes after the start"):
        visiting.note(world.desk, missed, DOCTOR)
    world.clock.at = to.window.start + timedelta(minutes=10)
    assert visiting.note(world.desk, missed, DOCTOR).status is VisitStatus.MISSED


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            datetime(2026, 10, 26, 0, tzinfo=UTC),
        ),  # the clocks go back on the 25th
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 27, 0, tzinfo=UTC)),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 23, tzinfo=UTC)),  # and forward on the 28th
        (datetime(2027, 3, 28, 22, 30, tzinfo=UTC), datetime(2027, 3, 29, 23, tzinfo=UTC)),
    ],
)
def test_tomorrow_ends_at_midnight_on_the_wall(now: datetime, until: datetime) -> None:
    assert following.followed_until(now) == until
