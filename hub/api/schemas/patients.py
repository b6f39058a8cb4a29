"""Patients as JSON: looked up by POST, so that nobody's number or name stands in an address."""

from marshmallow import Schema, fields, validate

from hub.api.fields import Number, Ods, Text
from hub.api.schemas.bookings import BookingSchema
from hub.schemas.plain import PlainSchema
from vocabulary.slots import Gender


class LookUpSchema(PlainSchema):
    """By NHS number."""

    nhs_number = Number(required=True)


class NameSchema(PlainSchema):
    """By name and date of birth."""

    family = Text(required=True, validate=validate.Length(1, 80))
    given = Text(load_default="", validate=validate.Length(max=80))
    birth_date = fields.Date(required=True)
    gender = fields.Enum(Gender, by_value=True, load_default=None, allow_none=True)
    postcode = Text(load_default="", validate=validate.Length(max=10))


class TracedSchema(Schema):
    """What the national record says."""

    family = fields.String(attribute="patient.family", required=True)
    given = fields.String(attribute="patient.given", required=True)
    birth_date = fields.Date(attribute="patient.birth_date", required=True)
    gender = fields.Enum(Gender, by_value=True, attribute="patient.gender", required=True)
    postcode = fields.String(attribute="patient.postcode", required=True)
    phone = fields.String(attribute="patient.phone", required=True)
    home_practice = Ods(required=True, allow_none=True)
    interpreter = fields.String(required=True)
    access_needs = fields.List(fields.String(), required=True)


class PatientCardSchema(Schema):
    """A patient, and the bookings ahead that your practice has a part in."""

    nhs_number = Number(required=True)
    traced = fields.Nested(
        TracedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null while the demographics service is down: read the number back."},
    )
    tracing_down = fields.Boolean(required=True)
    home_practice_name = fields.String(required=True)
    superseded = fields.Boolean(required=True)
    deceased = fields.Boolean(required=True)
    bookings = fields.List(fields.Nested(BookingSchema), required=True)


class PatientCardsSchema(Schema):
    """People who fit; several when the details do not single one out. Never guess which."""

    patients = fields.List(fields.Nested(PatientCardSchema), required=True)
