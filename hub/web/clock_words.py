"""Times and days in words, as people in England say them. Pure: the present moment is always passed in."""

from datetime import date, datetime, timedelta

from vocabulary.times import Window, london, london_date
from vocabulary.times import time_words as time_words  # said to pages from here, like every other word of a time

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_MINUTES = {5: "five", 10: "ten", 15: "quarter", 20: "twenty", 25: "twenty-five", 30: "half"}


def date_words(day: date, *, today: date | None = None) -> str:
    """Tuesday 24 November; with the year when it is not the present one."""
    words = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return words if today is not None and day.year == today.year else f"{words} {day.year}"


def short_date_words(day: date) -> str:
    """Tue 24 Nov."""
    return f"{_DAYS[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1][:3]}"


def birth_date_words(day: date) -> str:
    """3 March 1961: the weekday of a birth helps nobody."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_words(moment: datetime, now: datetime) -> str:
    """Tuesday 24 November, 6.50pm."""
    return f"{date_words(london_date(moment), today=london_date(now))}, {time_words(moment)}"


def short_moment_words(moment: datetime, now: datetime) -> str:
    """Today 6.50pm, or Tue 24 Nov 6.50pm."""
    day = london_date(moment)
    words = "Today" if day == london_date(now) else short_date_words(day)
    return f"{words} {time_words(moment)}"


def short_day_words(day: date, now: datetime) -> str:
    """Today, Tomorrow, or Tue 24 Nov."""
    return near_day_words(day, now) or short_date_words(day)


def stamp_words(moment: datetime) -> str:
    """5.55pm on Tuesday 24 November 2026: for paper, which outlives the day."""
    return f"{time_words(moment)} on {date_words(london_date(moment))}"


def second_words(moment: datetime) -> str:
    """Tuesday 24 November 2026; with the time where it is not midnight, and its seconds where there are any."""
    at, day = london(moment), date_words(london_date(moment))
    if (at.hour, at.minute, at.second) == (0, 0, 0):
        return day
    return f"{day} at {at:%H:%M:%S}" if at.second else f"{day} at {time_words(moment)}"


def near_day_words(day: date, now: datetime) -> str:
    """Today, Tomorrow, or nothing: goes before the date."""
    away = (day - london_date(now)).days
    return {0: "Today", 1: "Tomorrow"}.get(away, "")


def span_words(window: Window) -> str:
    """6.50pm to 7.10pm."""
    return f"{time_words(window.start)} to {time_words(window.end)}"


def days_words(first: date, last: date, now: datetime) -> str:
    """One day or a stretch of days, for saying what was searched."""
    today = london_date(now)
    if first == last:
        near = near_day_words(first, now)
        return f"{near.lower()}, {date_words(first, today=today)}" if near else f"on {date_words(first, today=today)}"
    return f"from {date_words(first, today=today)} to {date_words(last, today=today)}"


def ago_words(moment: datetime, now: datetime) -> str:
    """Just now, 3 min ago, 2 hours ago, or since when."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if passed < timedelta(hours=12):
        hours = int(passed.total_seconds() // 3600)
        return f"{hours} hour{'s' if hours > 1 else ''} ago"
    return f"since {short_moment_words(moment, now)}"


def spoken_time(moment: datetime) -> str:
    """Ten to seven in the evening: to be read out over the telephone."""
    at = london(moment)
    past, hour = at.minute, at.hour
    if past % 5:
        return time_words(moment)
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    if past == 0:
        return f"{_HOURS[hour % 12]} o’clock {part}" if hour % 12 else ("midday" if hour == 12 else "midnight")
    if past <= 30:
        return f"{_MINUTES[past]} past {_HOURS[hour % 12]} {part}"
    return f"{_MINUTES[60 - past]} to {_HOURS[(hour + 1) % 12]} {part}"


def spoken_date(day: date) -> str:
    """Tuesday the 24th of November."""
    return f"{_DAYS[day.weekday()]} the {ordinal(day.day)} of {_MONTHS[day.month - 1]}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th … 11th, 12th, 13th … 21st."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def age(born: date, today: date) -> int:
    """Years lived; somebody born on 29 February has a birthday on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_words(born: date, today: date) -> str:
    """65 years; months for small children, who are asked about by months."""
    years = age(born, today)
    if years >= 2:
        return f"{years} years"
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months} month{'' if months == 1 else 's'}"
