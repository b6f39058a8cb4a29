"""No message of the library's own reaches a page or an answer, whatever is sent."""

import inspect
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from marshmallow.schema import Schema as LibrarysSchema

import hub.api
from hub.api.schemas import bookings, patients, practices, slots
from hub.schemas.booking import BookSchema, CancelSchema, FindSchema, SettleSchema
from hub.schemas.finding import SearchSchema
from hub.schemas.patients import NameSchema, NumberSchema


class PeopleOfToday(NameSchema):
    """The form by name, on a day."""

    def __init__(self) -> None:
        super().__init__(today=date(2026, 11, 22))


FORMS: tuple[type[Schema], ...] = (
    BookSchema,
    CancelSchema,
    FindSchema,
    SettleSchema,
    SearchSchema,
    PeopleOfToday,
    NumberSchema,
)
BODIES: tuple[type[Schema], ...] = (
    bookings.BookSchema,
    bookings.MoveSchema,
    bookings.CancelSchema,
    bookings.BookingQuery,
    patients.LookUpSchema,
    patients.NameSchema,
    practices.PracticeQuery,
    slots.SlotQuery,
    slots.TakeHoldSchema,
)
TYPED = ("", "x", "x" * 5000, "-1", "9" * 12, "3/3/61", "nan", "inf", "1e400", "a\x00b", "2026-11-24T18:30:00")
SENT = (*TYPED, None, -1, 10**12, 2.5, float("nan"), True, b"\xff", [], {}, ["x" * 5000], [None], [[]], list("x" * 500))


def messages(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    for part in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        yield from messages(part)


def librarys_own() -> re.Pattern[str]:
    """Every message that marshmallow's fields, validators and schemas have of their own."""
    found = set(LibrarysSchema._default_error_messages.values())
    for _, kind in inspect.getmembers(fields, inspect.isclass):
        found |= set((kind.__dict__.get("default_error_messages") or {}).values())
    for _, kind in inspect.getmembers(validate, inspect.isclass):
        found |= {text for name, text in vars(kind).items() if "message" in name and isinstance(text, str)}
    found |= {"Must be {op} than", "Must be {op} to"}  # what Range puts together
    literal = (re.sub(r"\\\{.*?\\\}+", ".*", re.escape(text)) for text in found if " " in text and "{{" not in text)
    return re.compile("|".join(sorted(literal)))


def faults(schema: type[Schema], sent: dict[str, Any], **more: Any) -> list[str]:
    try:
        schema().load(sent, **more)
    except ValidationError as error:
        return list(messages(error.messages))
    return []


@pytest.mark.parametrize("schema", FORMS, ids=lambda schema: schema.__name__)
def test_a_form_is_faulted_in_our_own_words(schema: type[Schema]) -> None:
    _check(schema, TYPED)


@pytest.mark.parametrize("schema", BODIES, ids=lambda schema: f"{schema.__module__.split('.')[-1]}.{schema.__name__}")
def test_a_program_is_faulted_in_our_own_words(schema: type[Schema]) -> None:
    _check(schema, SENT)
    assert faults(schema, {"no_such_field": 1}, unknown=RAISE)
    assert faults(schema, [], unknown=RAISE)  # type: ignore[arg-type]


def _check(schema: type[Schema], values: tuple[Any, ...]) -> None:
    theirs, seen = librarys_own(), 0
    said = [*faults(schema, {}), *faults(schema, {"no_such_field": "1"}, unknown=RAISE)]
    for name, field in schema().load_fields.items():
        key = field.data_key or name
        for value in values:
            found = faults(schema, {key: value})
            seen += bool(found)
            said += found
    assert seen
    for one in said:
        assert not theirs.search(one), one
        assert re.match(r"[A-Z“].*[.?]$", one, flags=re.S), one


def test_every_body_and_query_of_the_api_is_among_those_tested() -> None:
    asked = set()
    for module in Path(inspect.getfile(hub.api)).parent.glob("*.py"):
        asked |= set(re.findall(r"\.arguments\((\w+)[,)]", module.read_text()))
    assert asked - {"schema"} == {schema.__name__ for schema in BODIES}


def test_the_library_would_be_caught_speaking() -> None:
    class Careless(Schema):
        name = fields.String(validate=validate.Length(max=80), required=True)
        number = fields.Integer(validate=validate.Range(0, 5))

    said = [*faults(Careless, {}), *faults(Careless, {"name": "x" * 90, "number": 9}), *faults(Careless, {"x": 1})]
    assert said and all(librarys_own().search(one) for one in said)
