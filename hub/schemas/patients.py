"""The two ways of naming the patient on the phone: the NHS number, or name and date of birth."""

from marshmallow import EXCLUDE, fields, pre_load, validate

from hub.schemas.fields import NHSNumberField, TypedDate
from hub.schemas.plain import PlainSchema


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

    family = fields.String(
        required=True,
        validate=validate.Length(max=80, error="Enter a family name of 80 letters or fewer."),
        error_messages={"required": "Enter the patient’s family name."},
    )
    given = fields.String(
        load_default="", validate=validate.Length(max=80, error="Enter a first name of 80 letters or fewer.")
    )
    birth_date = TypedDate(
        example="9/3/1984",
        required=True,
        error_messages={"required": "Enter the patient’s date of birth."},
    )
    postcode = fields.String(
        load_default="", validate=validate.Length(max=10, error="Enter one postcode, such as BS6 5AA.")
    )
