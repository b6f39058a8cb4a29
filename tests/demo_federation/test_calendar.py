"""Eight weeks of clinics at the right wall-clock times, summer and winter, and as full as real ones."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from demo.federation.calendar import Span, sessions
from demo.federation.demand import USED_IN_THE_END, is_taken, share_taken
from demo.federation.network import practices
from practices.opening import is_bank_holiday
from vocabulary.times import london, london_date

TODAY = date(2025, 5, 14)  # a Wednesday; the weeks round it have one bank holiday, 26 May
SPRING_FORWARD, FALL_BACK = date(2025, 3, 30), date(2025, 10, 26)


def test_a_span_is_one_week_back_and_seven_ahead_from_monday_to_sunday() -> None:
    for today in (date(2025, 5, 12), TODAY, date(2025, 5, 18)):
        span = Span.around(today)
        assert (span.first, span.last) == (date(2025, 5, 5), date(2025, 6, 29))
        assert len(list(span)) == 56


@pytest.mark.parametrize(("change", "before", "after"), [(SPRING_FORWARD, 18, 17), (FALL_BACK, 17, 18)])
def test_evenings_begin_at_half_past_six_on_both_sides_of_a_clock_change(change: date, before: int, after: int) -> None:
    practice = practices()[0]
    for day, hour in ((change - timedelta(days=6), before), (change + timedelta(days=1), after)):
        starts = {session.slots[0].window.start for session in sessions(practice, [day])}
        assert starts == {datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)}


@pytest.mark.parametrize("change", [SPRING_FORWARD, FALL_BACK])
def test_clinics_round_a_clock_change_keep_their_hours(change: date) -> None:
    days = [change + timedelta(days=step) for step in range(-7, 8)]
    for practice in practices()[:12]:
        for session in sessions(practice, days):
            begins, ends = london(session.slots[0].window.start), london(session.slots[-1].window.end)
            if begins.weekday() == 5:
                assert begins.hour in (9, 13)
                assert begins.minute == 0
                assert (ends.hour, ends.minute) <= (17, 0)
            else:
                assert begins.weekday() < 5
                assert (begins.hour, begins.minute) == (18, 30)
                assert (ends.hour, ends.minute) <= (20, 0)


def test_bank_holidays_have_no_clinics() -> None:
    assert is_bank_holiday(date(2025, 5, 26))
    assert not is_bank_holiday(date(2025, 5, 27))
    assert all(sessions(practice, [date(2025, 5, 26)]) == () for practice in practices())


def test_a_day_comes_out_the_same_whenever_it_is_made() -> None:
    practice = practices()[4]
    whole = sessions(practice, Span.around(TODAY))
    one = sessions(practice, [TODAY])
    assert one
    assert [each for each in whole if london_date(each.slots[0].window.start) == TODAY] == list(one)


def test_ids_are_unique_in_a_practice_and_slots_adjoin() -> None:
    for practice in practices()[:10]:
        made = sessions(practice, Span.around(TODAY))
        slots = [slot for session in made for slot in session.slots]
        assert len({slot.host_id for slot in slots}) == len(slots)
        assert len({session.session.host_id for session in made}) == len(made)
        for session in made:
            for earlier, later in zip(session.slots, session.slots[1:], strict=False):
                assert earlier.window.end == later.window.start


def test_last_week_was_used_to_81_per_cent_and_days_far_off_hardly() -> None:
    monday = TODAY - timedelta(days=TODAY.weekday())
    offered: Counter[int] = Counter()
    taken: Counter[int] = Counter()
    for practice in practices():
        for session in sessions(practice, Span.around(TODAY)):
            for slot in session.slots:
                day = london_date(slot.window.start)
                week = (day - monday).days // 7
                offered[week] += 1
                taken[week] += is_taken(practice.ods, slot.host_id, day=day, today=TODAY)
    shares = [taken[week] / offered[week] for week in range(-1, 7)]
    assert 0.79 <= shares[0] <= 0.83
    assert shares == sorted(shares, reverse=True)
    assert 0.3 <= shares[2] <= 0.6  # next week
    assert shares[-1] <= 0.1
    assert all(5_000 <= offered[week] <= 6_300 for week in range(-1, 7) if week != 2)


def test_a_slot_once_taken_stays_taken() -> None:
    days = [TODAY + timedelta(days=step) for step in range(-3, 60)]
    for day in (TODAY, TODAY + timedelta(days=30)):
        shares = [share_taken(day, today) for today in days]
        assert shares == sorted(shares)
        assert shares[-1] == USED_IN_THE_END
