"""Bookings as JSON."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from hub.api.fields import Moment, Number, Ods, Part, Ref, Text
from hub.api.schemas.paging import PageSchema
from hub.api.schemas.slots import FactsSchema
from hub.schemas.plain import PlainSchema
from scheduling.commands import BookSlots
from scheduling.host_words import HostSays
from vocabulary.appointments import COMMENT_ROOM, DESCRIPTION_LIMIT, BookingState, CancellationReason

LONGEST = timedelta(days=92)


_WHY = "Why, in a few words that reception may read: no clinical detail."


_RING = (
    "Required when the slot's “channel” is “telephone”: the number that the clinician rings. Otherwise how to reach "
    "the patient, if known. Digits, blanks, brackets, hyphens, a leading “+”. Left out of a move: the old booking's."
)


class _Words(PlainSchema):
    comment = Text(
        validate=validate.Length(max=COMMENT_ROOM),
        metadata={"description": "A note for the host's reception: no clinical detail."},
    )
    phone = Text(
        validate=validate.Length(max=40),
        metadata={"example": "07700 900101", "description": _RING},
    )
    patient_told = fields.Boolean(
        required=True,
        validate=validate.Equal(True, error="Tell the patient first that the host practice will see these details."),
        metadata={"description": "The patient was told that the host practice will see these details."},
    )
    clash_reason = Text(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Why a second booking that day is needed."},
    )
    differences_seen = fields.Boolean(
        load_default=False, metadata={"description": "Differences of the two records were checked with the patient."}
    )


class BookSchema(_Words):
    """Confirm a hold for a patient. Sending it twice is one booking."""

    hold = Ref(required=True)
    nhs_number = Number(required=True)
    description = Text(required=True, validate=validate.Length(1, DESCRIPTION_LIMIT), metadata={"description": _WHY})

    @post_load
    def command(self, data: dict[str, Any], **_: Any) -> BookSlots:
        """The command these fields mean."""
        return BookSlots(ref=data.pop("hold"), **data)


class MoveSchema(_Words):
    """Move a booking to a held slot: the new one is won first. Texts left out are the old booking's."""

    hold = Ref(required=True)
    description = Text(validate=validate.Length(1, DESCRIPTION_LIMIT), metadata={"description": _WHY})


_NOT_ASKED_FOR = (CancellationReason.HOST_CANCELLED, CancellationReason.LATE)  # found out, not asked for
_ASKED_FOR = [reason for reason in CancellationReason if reason not in _NOT_ASKED_FOR]


class CancelSchema(PlainSchema):
    """Cancel a booking."""

    reason = fields.Enum(CancellationReason, by_value=True, required=True, validate=validate.OneOf(_ASKED_FOR))
    note = Text(load_default="", validate=validate.Length(max=200))


class BookingQuery(PageSchema):
    """Which bookings, of those your practice has a part in."""

    host = Ods(load_default=None, metadata={"description": "Only those at this practice."})
    booked_by = Ods(load_default=None, metadata={"description": "Only those made by this practice."})
    start = Moment(data_key="from", required=True, metadata={"description": "Earliest start."})
    end = Moment(data_key="to", required=True, metadata={"description": "Before this start; 92 days at most."})
    state = fields.List(fields.Enum(BookingState, by_value=True), load_default=list)

    @validates_schema(skip_on_field_errors=True)
    def fits(self, data: dict[str, Any], **_: Any) -> None:
        """What no single field can tell."""
        if not timedelta() < data["end"] - data["start"] <= LONGEST:
            raise ValidationError("“to” must be after “from”, by 92 days at most.", "to")


class PatientOfBookingSchema(Schema):
    """Whom it is for: the minimum."""

    nhs_number = Number(required=True)
    family = fields.String(required=True)
    given = fields.String(required=True)
    birth_date = fields.Date(required=True)
    phone = fields.String(required=True)
    interpreter = fields.String(required=True)
    access_needs = fields.List(fields.String(), required=True)


class SpanSchema(Schema):
    """From when to when."""

    start = Moment(required=True)
    end = Moment(required=True)


class AtHostSchema(Schema):
    """Where the host's diary and the booking differ, as the hub found when it looked."""

    says = fields.Enum(HostSays, by_value=True, required=True)
    since = Moment(required=True, metadata={"description": "When the hub found it."})
    window = fields.Nested(
        SpanSchema, required=True, allow_none=True, metadata={"description": "When the host has it, if it moved it."}
    )
    handled = fields.String(
        required=True, metadata={"description": "What the booking practice wrote down about it; empty: nothing yet."}
    )


class BookingSchema(Schema):
    """A booking. Only `booked` means that the host has confirmed it."""

    ref = Ref(required=True)
    state = fields.Enum(BookingState, by_value=True, required=True)
    slot = fields.Nested(FactsSchema, attribute="facts", required=True)
    patient = Part(PatientOfBookingSchema, required=True)
    booking_practice = Ods(required=True)
    booking_practice_name = fields.String(required=True)
    home_practice = Ods(required=True, allow_none=True)
    description = fields.String(required=True)
    comment = fields.String(required=True)
    clash_reason = fields.String(required=True)
    agreement = fields.String(required=True)
    clause = fields.String(required=True)
    created_by = fields.String(attribute="created_by_name", required=True)
    requested_at = Moment(required=True)
    settled_at = Moment(required=True, allow_none=True)
    host_reference = fields.String(required=True)
    refusal_code = fields.String(required=True)
    refusal_words = fields.String(required=True)
    replaces = Ref(required=True, allow_none=True)
    replaced_by = Ref(required=True, allow_none=True)
    cancel_reason = fields.Enum(CancellationReason, by_value=True, required=True, allow_none=True)
    cancel_asked_at = Moment(required=True, allow_none=True)
    next_look_at = Moment(
        required=True, allow_none=True, metadata={"description": "When the hub asks the host again, while in doubt."}
    )
    needs_person = fields.String(required=True)
    at_host = fields.Nested(AtHostSchema, required=True, allow_none=True)


class BookingsSchema(Schema):
    """A page of bookings, by start."""

    bookings = fields.List(fields.Nested(BookingSchema), required=True)
    total = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    offset = fields.Integer(required=True)


class EventSchema(Schema):
    """One line of a booking's history."""

    at = Moment(required=True)
    from_state = fields.String(required=True)
    to_state = fields.Enum(BookingState, by_value=True, required=True)
    by = fields.String(attribute="by_name", required=True)
    words = fields.String(required=True)


class HistorySchema(Schema):
    """What happened to a booking, oldest first."""

    events = fields.List(fields.Nested(EventSchema), required=True)
