"""Slots, offers and holds as JSON."""

from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from hub.api.fields import Miles, Moment, Ods, Part, Ref, Sorted, Text
from hub.api.schemas.paging import PageSchema
from hub.schemas.plain import PlainSchema
from scheduling.commands import FindSlots, TakeHold
from scheduling.results import Freshness, Recheck
from sharing_agreements.terms import Why
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole
from vocabulary.times import Window

LONGEST = timedelta(days=56)
MOST = 200  # offers that one search can reach, with all its pages
_DEFAULT_SPAN = timedelta(days=14)
_HIGHEST_ID = 2**63 - 1


class SlotQuery(PageSchema):
    """What to search for. A filter left out means “any”; one given several times means “any of these”."""

    start = Moment(data_key="from", metadata={"description": "Earliest start, with an offset; now when left out."})
    end = Moment(data_key="to", metadata={"description": "Latest end; 14 days after “from” when left out."})
    role = fields.List(fields.Enum(PractitionerRole, by_value=True), load_default=list)
    channel = fields.List(fields.Enum(DeliveryChannel, by_value=True), load_default=list)
    host = fields.List(Ods(), load_default=list, validate=validate.Length(max=100))
    site = Text(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"description": "With one host: this site only (its “location_id”)."},
    )
    minutes = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 120),
        metadata={"description": "Join adjacent slots until this long."},
    )
    near = Text(
        load_default="",
        validate=validate.Regexp(
            r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\Z",
            error="Use the first half of a postcode, such as BS3: a whole one could name a household.",
        ),
        metadata={"description": "The first half of a postcode; distances are measured from there."},
    )
    within_miles = fields.Float(load_default=None, allow_none=True, validate=validate.Range(0, 200))
    access_need = fields.List(
        Text(validate=validate.Length(max=40)), load_default=list, validate=validate.Length(max=20)
    )

    @validates_schema(skip_on_field_errors=True)
    def fits(self, data: dict[str, Any], **_: Any) -> None:
        """What no single field can tell."""
        if data["offset"] + data["limit"] > MOST:
            raise ValidationError(f"A search reaches {MOST} offers at most: narrow it down instead.", "offset")
        if data["site"] and len(data["host"]) != 1:
            raise ValidationError("A site needs exactly one “host”: name the practice it belongs to.", "site")
        if data["within_miles"] is not None and not data["near"]:
            raise ValidationError("A distance needs “near”: add the first half of a postcode.", "within_miles")
        start, end = data.get("start"), data.get("end")
        if start and end and not timedelta() < end - start <= LONGEST:
            raise ValidationError("“to” must be after “from”, by eight weeks at most.", "to")


def find_slots(query: dict[str, Any], now: datetime) -> FindSlots:
    """The command a query means."""
    start = query.get("start") or now
    end = query.get("end") or start + _DEFAULT_SPAN
    if not timedelta() < end - start <= LONGEST:
        raise ValueError("the window is empty or too long")
    return FindSlots(
        window=Window(start, end),
        roles=frozenset(query["role"]),
        channels=frozenset(query["channel"]),
        hosts=frozenset(query["host"]),
        site_location_id=query["site"],
        minutes=query["minutes"],
        near_postcode=query["near"].upper(),
        within_miles=query["within_miles"],
        access_needs=frozenset(query["access_need"]),
        limit=query["offset"] + query["limit"],
    )


class HostSchema(Schema):
    """The practice whose diary holds the slot."""

    ods = Ods(attribute="host", required=True)
    name = fields.String(attribute="host_name", required=True)
    phone = fields.String(attribute="host_phone", required=True)
    bypass_phone = fields.String(
        attribute="host_bypass_phone", required=True, metadata={"description": "For staff; never give it to patients."}
    )


class SiteSchema(Schema):
    """Where the clinic is."""

    location_id = fields.String(required=True)
    name = fields.String(attribute="site_name", required=True)
    address = fields.List(fields.String(), attribute="site_address", required=True)
    postcode = fields.String(attribute="site_postcode", required=True)
    phone = fields.String(attribute="site_phone", required=True)
    access = Sorted(attribute="site_access", required=True)
    directions = fields.String(attribute="site_directions", required=True)


class PractitionerSchema(Schema):
    """Who holds the clinic."""

    name = fields.String(attribute="practitioner_name", required=True)
    gender = fields.Enum(Gender, by_value=True, attribute="practitioner_gender", required=True)


class FactsSchema(Schema):
    """A slot with everything that GP Connect wants on display."""

    start = Moment(attribute="window.start", required=True)
    end = Moment(attribute="window.end", required=True)
    minutes = fields.Integer(required=True)
    channel = fields.Enum(DeliveryChannel, by_value=True, required=True)
    role = fields.Enum(PractitionerRole, by_value=True, required=True)
    service = fields.String(required=True)
    slot_type = fields.String(required=True)
    session_name = fields.String(required=True)
    host = Part(HostSchema, required=True)
    site = Part(SiteSchema, required=True)
    practitioner = Part(PractitionerSchema, required=True)


class OfferSchema(Schema):
    """One choice. Equal ones at one place and time are one offer with a count."""

    slot_ids = fields.List(
        fields.Integer(), required=True, metadata={"description": "Send these to /holds as they are."}
    )
    slot = fields.Nested(FactsSchema, attribute="facts", required=True)
    count = fields.Integer(required=True)
    miles = Miles(required=True, allow_none=True)
    seen_at = Moment(required=True, metadata={"description": "When the host was last asked."})
    agreement = fields.String(required=True)
    clause = fields.String(required=True)


class HostAnswerSchema(Schema):
    """One host in a search: how many it offers, and why not when none."""

    ods = Ods(attribute="host", required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    bypass_phone = fields.String(required=True)
    offered = fields.Integer(required=True)
    freshness = fields.Enum(Freshness, by_value=True, required=True)
    asked_at = Moment(required=True, allow_none=True)
    explanation = fields.String(required=True)
    why = fields.Enum(Why, by_value=True, required=True)


class FoundSchema(Schema):
    """The answer to a search; it never says a bare “none”."""

    offers = fields.List(fields.Nested(OfferSchema), required=True)
    total = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    offset = fields.Integer(required=True)
    hosts = fields.List(fields.Nested(HostAnswerSchema), required=True)
    next_after = fields.Nested(
        OfferSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The soonest fitting offer after “to”, when there is none inside."},
    )
    searched_until = Moment(required=True)
    order = fields.String(required=True)


class TakeHoldSchema(PlainSchema):
    """Hold these slots, all or none."""

    slot_ids = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, _HIGHEST_ID)),
        required=True,
        validate=validate.Length(1, 12),
        metadata={"description": "The “slot_ids” of one offer."},
    )
    any_equal = fields.Boolean(
        load_default=False,
        metadata={"description": "If it was just taken, hold an equal one: same time, place, role, channel, service."},
    )

    @post_load
    def command(self, data: dict[str, Any], **_: Any) -> TakeHold:
        """The command these fields mean."""
        return TakeHold(tuple(data["slot_ids"]), any_equal=data["any_equal"])


class HoldSchema(Schema):
    """A hold: the slot is yours until it expires. Its reference becomes the booking's."""

    ref = Ref(required=True)
    slot = fields.Nested(FactsSchema, attribute="facts", required=True)
    slot_ids = fields.List(fields.Integer(), required=True)
    expires_at = Moment(required=True)
    recheck = fields.Enum(
        Recheck, by_value=True, required=True, metadata={"description": "What the host said when the hold was taken."}
    )
    recheck_words = fields.String(required=True)
    checked_at = Moment(required=True, allow_none=True)
