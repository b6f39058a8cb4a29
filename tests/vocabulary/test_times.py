"""Windows are half-open and real; the clock on the wall in England is not, two Sundays a year."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocabulary.times import (
    FixedClock,
    SystemClock,
    Window,
    at_london,
    aware_utc,
    london,
    london_date,
    moments_in_london,
)

BACK = date(2026, 10, 25)  # the hour from 01:00 to 02:00 comes twice
FORTH = date(2027, 3, 28)  # the hour from 01:00 to 02:00 does not come
EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def _window(start: float, end: float) -> Window:
    return Window(EIGHT + timedelta(minutes=start), EIGHT + timedelta(minutes=end))


def test_a_time_without_an_offset_is_refused_everywhere() -> None:
    naive = datetime(2026, 11, 24, 8)  # noqa: DTZ001 - the point of the test
    for reading in (aware_utc, london, london_date):
        with pytest.raises(ValueError, match="without an offset"):
            reading(naive)
    with pytest.raises(ValueError, match="without an offset"):
        Window(naive, EIGHT)
    with pytest.raises(ValueError, match="without an offset"):
        Window(EIGHT, naive)


@pytest.mark.parametrize("end", [0, -15])
def test_a_window_must_end_after_it_starts(end: int) -> None:
    with pytest.raises(ValueError, match="end after"):
        _window(0, end)


def test_a_window_is_kept_in_utc_whatever_it_was_given_in() -> None:
    summer = timezone(timedelta(hours=1))
    window = Window(datetime(2026, 7, 1, 9, tzinfo=summer), datetime(2026, 7, 1, 10, tzinfo=summer))
    assert window.start == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert (window.start.tzinfo, window.end.tzinfo) == (UTC, UTC)
    assert window.length == timedelta(hours=1)


@pytest.mark.parametrize(
    ("other", "contains", "overlaps"),
    [
        (_window(0, 60), True, True),
        (_window(10, 20), True, True),
        (_window(-10, 20), False, True),
        (_window(50, 70), False, True),
        (_window(-10, 70), False, True),
        (_window(60, 70), False, False),
        (_window(-10, 0), False, False),
    ],
)
def test_windows_that_only_touch_do_not_overlap(other: Window, contains: bool, overlaps: bool) -> None:
    hour = _window(0, 60)
    assert (hour.contains(other), hour.overlaps(other), other.overlaps(hour)) == (contains, overlaps, overlaps)


@given(st.integers(1, 100_000), st.integers(1, 30))
def test_splitting_covers_a_window_exactly_in_pieces_no_longer_than_asked(minutes: int, days: int) -> None:
    window, longest = _window(0, minutes), timedelta(days=days)
    pieces = list(window.split(longest))
    assert (pieces[0].start, pieces[-1].end) == (window.start, window.end)
    assert all(before.end == after.start for before, after in pairwise(pieces))
    assert all(piece.length <= longest for piece in pieces)
    assert len(pieces) == -(-window.length // longest)


@pytest.mark.parametrize(
    ("day", "hours"), [(BACK, 25), (FORTH, 23), (date(2026, 11, 24), 24), (BACK - timedelta(days=1), 24)]
)
def test_a_day_in_england_lasts_as_long_as_it_does(day: date, hours: int) -> None:
    assert Window.of_days(day, day).length == timedelta(hours=hours)


def test_days_of_a_change_weekend_follow_each_other_without_gap_or_overlap() -> None:
    for sunday in (BACK, FORTH):
        days = [Window.of_days(sunday + timedelta(days=n), sunday + timedelta(days=n)) for n in (-1, 0, 1)]
        assert [day.end for day in days[:2]] == [day.start for day in days[1:]]
        assert Window.of_days(sunday - timedelta(days=1), sunday + timedelta(days=1)) == Window(
            days[0].start, days[2].end
        )


@pytest.mark.parametrize(
    ("day", "wall", "utc"),
    [
        (BACK, time(0, 30), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
        (BACK, time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first pass
        (BACK, time(2, 30), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
        (BACK, time(9), datetime(2026, 10, 25, 9, tzinfo=UTC)),
        (FORTH, time(0, 30), datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        (FORTH, time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (FORTH, time(9), datetime(2027, 3, 28, 8, tzinfo=UTC)),
        (date(2026, 7, 1), time(18, 30), datetime(2026, 7, 1, 17, 30, tzinfo=UTC)),
        (date(2026, 12, 1), time(18, 30), datetime(2026, 12, 1, 18, 30, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_time_is_the_moment_it_is_in_england(day: date, wall: time, utc: datetime) -> None:
    assert at_london(day, wall) == utc
    assert at_london(day, wall).tzinfo is UTC


def test_the_repeated_hour_is_two_different_moments_on_one_wall_clock() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert [london(moment).time() for moment in (first, second)] == [time(1, 30), time(1, 30)]
    assert [london(moment).fold for moment in (first, second)] == [0, 1]
    assert Window(first, second).length == timedelta(hours=1)


def test_the_date_is_englands_date() -> None:
    assert london_date(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert london_date(datetime(2026, 12, 1, 23, 30, tzinfo=UTC)) == date(2026, 12, 1)
    assert london_date(datetime(2026, 10, 24, 23, 0, tzinfo=UTC)) == BACK
    assert london_date(datetime(2026, 10, 25, 23, 59, tzinfo=UTC)) == BACK


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_lies_in_its_own_day(moment: datetime) -> None:
    day = Window.of_days(london_date(moment), london_date(moment))
    assert day.start <= moment < day.end


def test_a_fixed_clock_stands_still_and_the_machines_is_aware() -> None:
    assert FixedClock(EIGHT).now() == EIGHT
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "at", "shown"),
    [
        (BACK, time(0, 59), 1),
        (BACK, time(1), 2),
        (BACK, time(1, 59, 59), 2),
        (BACK, time(2), 1),
        (FORTH, time(0, 59, 59), 1),
        (FORTH, time(1), 0),
        (FORTH, time(1, 59), 0),
        (FORTH, time(2), 1),
        (date(2026, 7, 1), time(12), 1),
    ],
)
def test_a_wall_clock_shows_a_time_once_never_or_twice(day: date, at: time, shown: int) -> None:
    found = moments_in_london(day, at)
    assert len(found) == shown and list(found) == sorted(found)
    assert all(london(moment).time() == at and london_date(moment) == day for moment in found)
    if shown:
        assert found[0] == at_london(day, at)
