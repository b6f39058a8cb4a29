"""Practices as JSON."""

from marshmallow import Schema, fields

from hub.api.fields import Ods, Text
from hub.api.schemas.paging import PageSchema


class PracticeQuery(PageSchema):
    """Which practices: all open ones, or one cluster's."""

    cluster = Text(load_default="", metadata={"description": "A cluster's code: only its practices."})


class PlaceSchema(Schema):
    """A point on the earth, in degrees."""

    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)


class PracticeSchema(Schema):
    """A practice."""

    ods = Ods(required=True)
    name = fields.String(required=True)
    is_open = fields.Boolean(required=True)
    address = fields.List(fields.String(), required=True)
    postcode = fields.String(required=True)
    place = fields.Nested(PlaceSchema, required=True, allow_none=True)
    phone = fields.String(required=True)
    bypass_phone = fields.String(required=True)
    list_size = fields.Integer(required=True)
    cluster = fields.String(required=True)
    pooling_live = fields.Boolean(required=True)
    booking_live = fields.Boolean(required=True)


class PracticesSchema(Schema):
    """A page of practices, by name."""

    practices = fields.List(fields.Nested(PracticeSchema), required=True)
    total = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    offset = fields.Integer(required=True)
