"""marshmallow speaking plainly: whatever is wrong with a field is said in our own words, with what to enter instead.

Every schema that reads what people or programs send derives from PlainSchema, so that none of the library's own
messages can reach a page or an answer; a test sends each of them everything that can be wrong.
"""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load
from marshmallow.validate import Length, OneOf, Range

_GENERAL = {
    "required": "This is missing: enter it.",
    "null": "Enter a value, or leave this out.",
    "validator_failed": "This cannot be used: check it and enter it again.",
    "type": "Send an object with named fields.",
}
_BY_TYPE: tuple[tuple[type[fields.Field[Any]], Mapping[str, str]], ...] = (
    (fields.String, {"invalid": "Enter text.", "invalid_utf8": "Enter text that can be printed."}),
    (fields.Integer, {"invalid": "Enter a whole number, such as 15."}),
    (
        fields.Number,
        {
            "invalid": "Enter a number, such as 3 or 2.5.",
            "too_large": "That number is too large: enter a smaller one.",
            "special": "Enter a number, such as 3 or 2.5.",
        },
    ),
    (fields.Boolean, {"invalid": "Answer yes or no (true or false)."}),
    (fields.List, {"invalid": "Send a list."}),
    (fields.Enum, {"unknown": "Choose one of: {choices}."}),
    (
        fields.DateTime,
        {
            "invalid": "Enter a date and time with its offset, such as 2026-11-24T18:30:00Z.",
            "invalid_awareness": "Add the offset to the time, as in 2026-11-24T18:30:00Z.",
            "format": "Enter a date and time with its offset, such as 2026-11-24T18:30:00Z.",
        },
    ),
    (fields.Date, {"invalid": "Enter a date as year, month and day, such as 1984-03-09."}),
)


# What no keyboard types and what can make a text read otherwise than it is: control characters other than tab and new
# lines, and the signs that turn the direction of writing round.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text without control characters and without signs that turn the direction of writing."""
    return _UNSEEN.sub("", text)


class PlainSchema(Schema):
    """A schema whose fields speak plainly. What a field was given of its own (`error_messages`, `error=`) stays."""

    error_messages = {  # noqa: RUF012 - marshmallow's own form
        "unknown": "There is no field of this name: check its spelling, or leave it out.",
        "type": "Send an object with named fields.",
    }

    @pre_load
    def clean_texts(self, data: Any, **_: object) -> Any:
        """marshmallow's hook, run before the others: nothing unseen gets in."""
        if type(data) is not dict:
            return data
        return {name: printable(value) if isinstance(value, str) else value for name, value in data.items()}

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """marshmallow's hook: a field was made part of this schema."""
        _speak_plainly(field_obj)


def _speak_plainly(field: fields.Field[Any]) -> None:
    for name, words in _words_for(field).items():
        if field.error_messages.get(name) == _librarys_own(field, name):
            field.error_messages[name] = words
    for validator in field.validators:
        if isinstance(validator, Length | Range | OneOf) and validator.error is None:
            validator.error = _limit_words(validator, of_list=isinstance(field, fields.List))
    if isinstance(field, fields.List):
        _speak_plainly(field.inner)


def _words_for(field: fields.Field[Any]) -> dict[str, str]:
    words = dict(_GENERAL)
    for kind, of_kind in _BY_TYPE:
        if isinstance(field, kind):
            words = {**words, **of_kind}
            break
    return words


def _librarys_own(field: fields.Field[Any], name: str) -> str | None:
    """What the library itself would say: the nearest class that has words for it, if that is one of the library's."""
    for kind in type(field).__mro__:
        messages: dict[str, str] = kind.__dict__.get("default_error_messages") or {}
        if name in messages:
            return messages[name] if kind.__module__.startswith("marshmallow") else None
    return None


def _limit_words(limit: Length | Range | OneOf, *, of_list: bool) -> str:
    if isinstance(limit, OneOf):
        return "Choose one of: {choices}."
    what = "of them" if of_list else "characters"
    if isinstance(limit, Range):
        return "Enter a number from {min} to {max}."
    if limit.min and limit.max is not None:
        return f"Send {{min}} to {{max}} {what}." if of_list else f"Enter 1 to {{max}} {what}."
    return f"Send {{max}} {what} at most." if of_list else f"Use {{max}} {what} or fewer."
