"""Field types that more than one form has, and the one way in which a form says what is wrong."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from marshmallow import ValidationError, fields

from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.problems import InvalidValue

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = re.compile(r"[0-9]+|[a-z]+")


@dataclass(frozen=True, slots=True)
class FormFault:
    """Something wrong with one field, for the summary on top and the line beside the field."""

    field: str
    message: str


def faults_of(error: ValidationError) -> tuple[FormFault, ...]:
    """marshmallow's messages, one a field."""
    messages = error.messages if isinstance(error.messages, dict) else {error.field_name: error.messages}
    return tuple(FormFault(str(name), _first(said)) for name, said in messages.items())


def _first(messages: Any) -> str:
    while isinstance(messages, dict | list):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return str(messages)


class NHSNumberField(fields.Field[NHSNumber]):
    """An NHS number as typed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> NHSNumber:
        try:
            return NHSNumber.parse(str(value))
        except InvalidValue as invalid:
            raise ValidationError(f"{invalid.message} {invalid.next_step}") from None


class BookingRefField(fields.Field[BookingRef]):
    """A booking's reference as typed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> BookingRef:
        try:
            return BookingRef.parse(str(value))
        except InvalidValue as invalid:
            raise ValidationError(f"{invalid.message} {invalid.next_step}") from None


class TypedDate(fields.Field[date]):
    """A date as people type it, day first: 3/3/1961, 03 03 1961, 3 March 1961, 03031961, or 1961-03-03."""

    def __init__(self, *, example: str = "3/3/1961", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._example = example

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        found = read_date(str(value))
        if found is None:
            raise ValidationError(date_fault(str(value), example=self._example))
        return found


class BirthDate(TypedDate):
    """A date on which somebody alive can have been born; two digits are a year when only one century fits.

    The schema that has it says which day it is: `today`.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        today: date = self.root.today  # type: ignore[union-attr]
        text = str(value)
        fitting = [born for born in births(text) if born <= today and _age(born, today) <= _OLDEST]
        if len(fitting) == 1:
            return fitting[0]
        if len(fitting) > 1:
            years = " or ".join(str(born.year) for born in fitting)
            raise ValidationError(f"Was that {years}? Enter the year with 4 digits, as in {self._example}.")
        born = read_date(text)
        if born is not None and born > today:
            raise ValidationError(f"{born.day}/{born.month}/{born.year} is still to come: check the year.")
        if born is not None:
            raise ValidationError(f"Nobody alive was born in {born.year}: check the year.")
        raise ValidationError(date_fault(text, example=self._example))


_OLDEST = 115


def births(text: str) -> list[date]:
    """The days that this text can mean: one, or one in each century where the year has two digits."""
    parts = _parts(text)
    if len(parts) != 3 or len(parts[2]) != 2:
        found = [read_date(text)]
    else:
        day, month, year = parts
        found = [read_date(f"{day}/{month}/{century}{year}") for century in (19, 20)]
    return [born for born in found if born is not None]


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def read_date(text: str) -> date | None:
    """The date in this text, or None. The day comes first, as everybody in England writes it."""
    parts = _parts(text)
    if len(parts) != 3:
        return None
    day, month, year = parts
    if not (day.isdecimal() and month.isdecimal() and year.isdecimal() and len(year) == 4):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """The time of day in this text, or None: 17:30, 17.30, 5.30pm, 5pm, 17:30:15, midday, midnight."""
    said = "".join(text.lower().split()).replace(".", ":")
    if said in _NAMED_TIMES:
        return _NAMED_TIMES[said]
    found = _TIME.fullmatch(said.removesuffix(":"))
    if found is None or not (found["minute"] or found["half"]):
        return None
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


_TIME = re.compile(r"(?P<hour>[0-9]{1,2})(:(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2}))?)?(?P<half>am|pm)?")
_NAMED_TIMES = {"midday": time(12), "noon": time(12), "midnight": time()}


def date_fault(text: str, *, example: str) -> str:
    """What is wrong with a text that is no date, and what to enter."""
    parts = _parts(text)
    if len(parts) == 3 and parts[0].isdecimal() and parts[2].isdecimal() and len(parts[2]) != 4:
        return f"The year must have 4 digits, like {example[-4:]}: enter the date as in {example}."
    if len(parts) == 3 and parts[1].isdecimal() and not 1 <= int(parts[1]) <= 12:
        return f"There is no month {int(parts[1])}: enter the day first, then the month, as in {example}."
    if len(parts) == 3 and parts[0].isdecimal() and parts[1].isdecimal() and parts[2].isdecimal():
        return f"There is no such day in that month: check the date and enter it day first, as in {example}."
    return f"Enter a real date, day first, such as {example}."


def _parts(text: str) -> list[str]:
    """Day, month and year as typed, the month in digits; fewer or more parts when it is no date."""
    parts = _PARTS.findall(text.lower())
    if len(parts) == 1 and len(parts[0]) in (6, 8) and parts[0].isdecimal():
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    if len(parts) != 3:
        return parts
    day, month, year = parts
    if len(day) == 4:
        day, year = year, day
    if month[:3] in _MONTHS:
        month = str(_MONTHS.index(month[:3]) + 1)
    return [day, month, year]
