"""When a practice is open as far as the hub can know: its contract's core hours in England. Pure.

Nobody tells the hub that a practice is open longer, so pages say “probably”.
"""

from datetime import date, datetime, time, timedelta
from functools import cache

from holidays import country_holidays

from vocabulary.times import at_london, london_date

OPENS, CLOSES = time(8), time(18, 30)
_SATURDAY = 5


def is_bank_holiday(day: date) -> bool:
    """Whether the day is a bank holiday in England."""
    return day in _bank_holidays(day.year)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday, but for bank holidays."""
    return day.weekday() < _SATURDAY and not is_bank_holiday(day)


def opens_again(now: datetime) -> datetime | None:
    """When practices open next; None: they are open now."""
    day = london_date(now)
    if is_working_day(day):
        if now < at_london(day, OPENS):
            return at_london(day, OPENS)
        if now < at_london(day, CLOSES):
            return None
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return at_london(day, OPENS)
