"""The two ways of naming the patient on the phone: the NHS number, or name and date of birth."""

import re
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, pre_load, validate, validates

from hub.schemas.fields import BirthDate, NHSNumberField
from hub.schemas.plain import PlainSchema

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_NO_POSTCODE = "That is not a whole postcode: enter one such as BS6 5AA, or leave it out."


class _Trimmed(PlainSchema):
    class Meta:
        unknown = EXCLUDE

    @pre_load
    def trim(self, data: dict[str, str], **_: object) -> dict[str, str]:
        trimmed = {name: value.strip() for name, value in data.items()}
        return {name: value for name, value in trimmed.items() if value}


class NumberSchema(_Trimmed):
    """By NHS number."""

    nhs_number = NHSNumberField(required=True, error_messages={"required": "Enter the patient’s NHS number."})


class NameSchema(_Trimmed):
    """By name and date of birth."""

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today

    family = fields.String(
        required=True,
        validate=validate.Length(max=80, error="Enter a family name of 80 letters or fewer."),
        error_messages={"required": "Enter the patient’s family name."},
    )
    given = fields.String(
        load_default="", validate=validate.Length(max=80, error="Enter a first name of 80 letters or fewer.")
    )
    birth_date = BirthDate(
        example="9/3/1984",
        required=True,
        error_messages={"required": "Enter the patient’s date of birth."},
    )
    postcode = fields.String(load_default="")

    @validates("postcode")
    def is_whole(self, value: str, **_: object) -> None:
        if value and _POSTCODE.fullmatch(re.sub(r"\s", "", value).upper()) is None:
            raise ValidationError(_NO_POSTCODE)


def odd_words(family: str, given: str) -> str:
    """What looks odd about a name that nobody has; empty when nothing does."""
    odd = [called for called, name in (("family name", family), ("first name", given)) if len(name.strip(" .")) == 1]
    if not odd:
        return ""
    return f"The {' and the '.join(odd)} {'has' if len(odd) == 1 else 'have'} one letter only: enter the whole name."
