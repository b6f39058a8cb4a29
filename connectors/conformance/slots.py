"""Free slots: exactly those inside the window that this caller may book, with the facts that pages must show."""

# ruff: noqa: S101  a kit of tests asserts

from datetime import date, datetime, time, timedelta

import pytest

from connectors.conformance.bench import Bench, SessionPlan, add, evening, planned
from connectors.faults import Refused
from connectors.port import LONGEST_SEARCH, Capability
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, at_london, london, london_date


def next_change(after: datetime, month: int) -> date:
    """The Sunday on which the clocks next change in March or October."""
    year = london_date(after).year
    for candidate in (year, year + 1):
        last = date(candidate, month, 31)
        sunday = last - timedelta(days=(last.weekday() + 1) % 7)
        if sunday > london_date(after):
            return sunday
    raise AssertionError("a year without a clock change")


class SlotConformance:
    """What any system must show, and hide."""

    def test_it_says_that_it_can_search_and_book(self, bench: Bench) -> None:
        able = bench.connect(bench.caller).capabilities
        assert {Capability.FREE_SLOTS, Capability.FIND_PATIENT, Capability.BOOK, Capability.FIND_BOOKING} <= able

    def test_it_answers_a_ping(self, bench: Bench) -> None:
        assert timedelta() < bench.connect(bench.caller).ping() < timedelta(seconds=5)

    def test_slots_come_with_what_pages_must_show(self, bench: Bench) -> None:
        first, second = planned(bench, slot_type="Ten minutes", minutes=10, channel=DeliveryChannel.TELEPHONE)
        starts = evening(bench)
        assert first.window == Window(starts, starts + timedelta(minutes=10))
        assert second.window.start == first.window.end
        assert (first.host, first.channel, first.slot_type) == (bench.host, DeliveryChannel.TELEPHONE, "Ten minutes")
        assert (first.session.name, first.session.role_code) == ("Evening clinic", "R0260")
        assert first.session.location is not None
        assert first.session.location.name
        assert first.host_id != second.host_id
        assert first.session == second.session

    @pytest.mark.parametrize("channel", [DeliveryChannel.IN_PERSON, DeliveryChannel.TELEPHONE, DeliveryChannel.VIDEO])
    def test_every_channel_comes_through(self, bench: Bench, channel: DeliveryChannel) -> None:
        assert {slot.channel for slot in planned(bench, channel=channel)} == {channel}

    def test_only_slots_wholly_inside_the_window_are_shown(self, bench: Bench) -> None:
        slots = planned(bench, slots=4)
        window = Window(slots[0].window.start + timedelta(minutes=1), slots[3].window.end - timedelta(minutes=1))
        shown = bench.connect(bench.caller).free_slots(window)
        assert {slot.host_id for slot in shown} == {slots[1].host_id, slots[2].host_id}

    def test_an_empty_diary_is_an_empty_answer(self, bench: Bench) -> None:
        assert bench.connect(bench.caller).free_slots(Window(bench.now, bench.now + timedelta(days=7))) == ()

    def test_a_taken_slot_is_not_shown(self, bench: Bench) -> None:
        taken, free = planned(bench)
        bench.take(taken)
        shown = bench.connect(bench.caller).free_slots(Window(taken.window.start, free.window.end))
        assert [slot.host_id for slot in shown] == [free.host_id]

    def test_a_slot_kept_for_one_practice_is_shown_to_that_one_only(self, bench: Bench) -> None:
        slots = planned(bench, only_for=(bench.caller.practice,))
        assert len(slots) == 2
        window = Window(slots[0].window.start, slots[1].window.end)
        assert bench.connect(bench.outsider).free_slots(window) == ()

    @pytest.mark.parametrize(
        ("kinds", "codes", "seen"),
        [
            (("gp-practice",), False, 2),
            (("urgent-care",), False, 0),
            (("gp-practice", "urgent-care"), False, 2),
            (("gp-practice",), True, 2),
            (("urgent-care",), True, 0),
        ],
    )
    def test_a_slot_kept_for_a_kind_of_organisation_is_shown_to_that_kind_only(
        self, bench: Bench, kinds: tuple[str, ...], codes: bool, seen: int
    ) -> None:
        only_for = (bench.caller.practice,) if codes else ()
        plan = SessionPlan("For some", evening(bench), only_for=only_for, only_for_kinds=kinds)
        add(bench, plan)
        assert len(bench.connect(bench.caller).free_slots(plan.window)) == seen
        assert len(bench.connect(bench.outsider).free_slots(plan.window)) == (0 if codes else seen)

    def test_a_slot_that_has_begun_is_not_shown(self, bench: Bench) -> None:
        begun = SessionPlan("Begun", bench.now - timedelta(minutes=50), slots=2, minutes=20)
        add(bench, begun)
        window = Window(bench.now - timedelta(hours=2), bench.now + timedelta(hours=2))
        assert bench.connect(bench.caller).free_slots(window) == ()

    def test_an_embargoed_slot_is_not_shown_before_its_time(self, bench: Bench) -> None:
        assert planned(bench, opens_at=bench.now + timedelta(hours=3)) == ()
        assert len(planned(bench, starts=evening(bench, days=3), opens_at=bench.now - timedelta(hours=3))) == 2

    def test_a_fortnight_may_be_searched_and_a_month_may_not(self, bench: Bench) -> None:
        starts = evening(bench, days=13)
        add(bench, SessionPlan("Late", starts))
        system = bench.connect(bench.caller)
        assert len(system.free_slots(Window(bench.now, bench.now + LONGEST_SEARCH))) == 2
        with pytest.raises(Refused):
            system.free_slots(Window(bench.now, bench.now + timedelta(days=30)))

    def test_the_night_the_clocks_go_forward(self, bench: Bench) -> None:
        sunday = next_change(bench.now, 3)
        starts = at_london(sunday, time(0, 30))
        slots = planned(bench, starts=starts, slots=4, minutes=30)
        shown = [london(slot.window.start).strftime("%H:%M") for slot in slots]
        assert shown == ["00:30", "02:00", "02:30", "03:00"]
        assert [slot.window.start for slot in slots] == [starts + timedelta(minutes=30 * each) for each in range(4)]
        day = Window.of_days(sunday, sunday)
        assert day.length == timedelta(hours=23)
        assert len(bench.connect(bench.caller).free_slots(day)) == 4

    def test_the_night_the_clocks_go_back(self, bench: Bench) -> None:
        sunday = next_change(bench.now, 10)
        starts = at_london(sunday, time(0, 30))
        slots = planned(bench, starts=starts, slots=5, minutes=30)
        shown = [london(slot.window.start).strftime("%H:%M %z") for slot in slots]
        assert shown == ["00:30 +0100", "01:00 +0100", "01:30 +0100", "01:00 +0000", "01:30 +0000"]
        second_pass = Window(slots[3].window.start, slots[4].window.end)
        again = bench.connect(bench.caller).free_slots(second_pass)
        assert {slot.host_id for slot in again} == {slots[3].host_id, slots[4].host_id}

    def test_a_fortnight_with_the_clocks_going_back_in_it_may_be_searched(self, bench: Bench) -> None:
        sunday = next_change(bench.now, 10)
        fortnight = Window.of_days(sunday - timedelta(days=6), sunday + timedelta(days=7))
        assert fortnight.length == LONGEST_SEARCH + timedelta(hours=1)
        assert bench.connect(bench.caller).free_slots(fortnight) == ()
