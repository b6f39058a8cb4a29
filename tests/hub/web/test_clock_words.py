"""Times and days in words, both clock changes included."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.web import clock_words as clock
from vocabulary.times import Window

NOW = datetime(2026, 11, 24, 17, 55, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (utc(2026, 11, 24, 18, 50), "6.50pm"),
        (utc(2026, 11, 24, 9, 0), "9am"),
        (utc(2026, 11, 24, 9, 5), "9.05am"),
        (utc(2026, 11, 24, 12, 0), "midday"),
        (utc(2026, 11, 24, 12, 10), "12.10pm"),
        (utc(2026, 11, 25, 0, 0), "midnight"),
        (utc(2026, 7, 7, 18, 50), "7.50pm"),  # summer time
    ],
)
def test_a_time_is_said_as_on_a_clock_in_england(moment: datetime, words: str) -> None:
    assert clock.time_words(moment) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (utc(2026, 11, 24, 18, 50), "ten to seven in the evening"),
        (utc(2026, 11, 24, 18, 30), "half past six in the evening"),
        (utc(2026, 11, 24, 18, 45), "quarter to seven in the evening"),
        (utc(2026, 11, 28, 9, 15), "quarter past nine in the morning"),
        (utc(2026, 11, 28, 12, 50), "ten to one in the afternoon"),
        (utc(2026, 11, 28, 16, 0), "four o’clock in the afternoon"),
        (utc(2026, 11, 28, 12, 0), "midday"),
        (utc(2026, 11, 28, 12, 5), "five past twelve in the afternoon"),
        (utc(2026, 11, 28, 11, 35), "twenty-five to twelve in the morning"),
        (utc(2026, 11, 28, 9, 12), "9.12am"),
    ],
)
def test_a_time_is_read_out_as_people_say_it(moment: datetime, words: str) -> None:
    assert clock.spoken_time(moment) == words


def test_every_minute_of_a_day_can_be_said_and_read_out() -> None:
    for minute in range(24 * 60):
        moment = utc(2026, 11, 24) + timedelta(minutes=minute)
        assert clock.time_words(moment) and clock.spoken_time(moment)


def test_days_are_near_or_have_a_date_and_a_year_when_it_is_another() -> None:
    assert clock.moment_words(utc(2026, 11, 24, 18, 50), NOW) == "Tuesday 24 November, 6.50pm"
    assert clock.moment_words(utc(2027, 1, 5, 18, 50), NOW) == "Tuesday 5 January 2027, 6.50pm"
    assert clock.short_moment_words(utc(2026, 11, 24, 18, 50), NOW) == "Today 6.50pm"
    assert clock.short_day_words(date(2026, 11, 25), NOW) == "Tomorrow"
    assert clock.short_day_words(date(2026, 11, 28), NOW) == "Sat 28 Nov"
    assert clock.near_day_words(date(2026, 11, 26), NOW) == ""
    assert clock.stamp_words(NOW) == "5.55pm on Tuesday 24 November 2026"


def test_today_is_englands_day_and_not_utcs() -> None:
    late = utc(2026, 7, 7, 23, 30)  # half past midnight on the 8th in England
    assert clock.near_day_words(date(2026, 7, 8), late) == "Today"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        # The night the clocks go back: one o'clock happens twice, and half an hour is half an hour.
        (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 0), "1.30am to 1am"),
        (utc(2026, 10, 25, 1, 0), utc(2026, 10, 25, 1, 30), "1am to 1.30am"),
        # The night they go forward: there is no half past one.
        (utc(2027, 3, 28, 0, 30), utc(2027, 3, 28, 1, 0), "12.30am to 2am"),
    ],
)
def test_on_the_nights_of_the_clock_changes_the_wall_clock_is_shown(start: datetime, end: datetime, words: str) -> None:
    assert clock.span_words(Window(start, end)) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=-5), "just now"),  # another machine's clock runs ahead
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=13), "since Today 4.55am"),
        (timedelta(days=2), "since Sun 22 Nov 5.55pm"),
    ],
)
def test_how_long_ago(ago: timedelta, words: str) -> None:
    assert clock.ago_words(NOW - ago, NOW) == words


def test_dates_are_read_out_with_ordinals() -> None:
    assert clock.spoken_date(date(2026, 11, 24)) == "Tuesday the 24th of November"
    endings = {clock.ordinal(day) for day in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31)}
    assert endings == {"1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th", "31st"}


def test_what_was_searched_names_its_days() -> None:
    today, saturday = date(2026, 11, 24), date(2026, 11, 28)
    assert clock.days_words(today, today, NOW) == "today, Tuesday 24 November"
    assert clock.days_words(saturday, saturday, NOW) == "on Saturday 28 November"
    assert clock.days_words(today, saturday, NOW) == "from Tuesday 24 November to Saturday 28 November"


def test_ages_turn_on_the_birthday() -> None:
    assert clock.age(date(1961, 3, 3), date(2026, 3, 2)) == 64
    assert clock.age(date(1961, 3, 3), date(2026, 3, 3)) == 65
    assert clock.age(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert clock.age(date(2008, 2, 29), date(2026, 3, 1)) == 18
