"""The forms around a booking: confirm, cancel, settle by hand, find by reference. Form only: the desk has the rules."""

from typing import Any

from marshmallow import EXCLUDE, fields, pre_load, validate

from hub.schemas.fields import BookingRefField
from hub.schemas.plain import PlainSchema
from scheduling.commands import BookSlots, CancelBooking, SettleByHand
from vocabulary.appointments import CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber

CANCELLATION_CHOICES = (
    CancellationReason.PATIENT_ASKED,
    CancellationReason.NO_LONGER_NEEDED,
    CancellationReason.BOOKED_IN_ERROR,
    CancellationReason.PRACTICE_ASKED,
)


class _Form(PlainSchema):
    class Meta:
        unknown = EXCLUDE

    @pre_load
    def leave_out_blanks(self, data: dict[str, str], **_: object) -> dict[str, str]:
        trimmed = {name: value.strip().replace("\r\n", "\n") for name, value in data.items()}
        return {name: value for name, value in trimmed.items() if value}


class BookSchema(_Form):
    """Confirm a hold; `reference` and `nhs_number` come from the address and the session, not from the form."""

    description = fields.String(load_default="")
    comment = fields.String(load_default="")
    phone = fields.String(
        load_default="", validate=validate.Length(max=40, error="Enter one telephone number, such as 07700 900123.")
    )
    patient_told = fields.Boolean(load_default=False)
    differences_seen = fields.Boolean(load_default=False)
    clash_reason = fields.String(
        load_default="", validate=validate.Length(max=200, error="Say why in 200 characters or fewer.")
    )
    replaces = BookingRefField(load_default=None)

    def command(self, form: dict[str, str], *, ref: BookingRef, nhs_number: NHSNumber) -> BookSlots:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        return BookSlots(ref=ref, nhs_number=nhs_number, **sent)


class CancelSchema(_Form):
    """Cancel a booking."""

    reason = fields.Enum(
        CancellationReason,
        by_value=True,
        required=True,
        error_messages={"required": "Choose who asked, or why.", "unknown": "Choose one of the reasons."},
    )
    note = fields.String(
        load_default="", validate=validate.Length(max=200, error="Shorten this to 200 characters or fewer.")
    )

    def command(self, form: dict[str, str], *, ref: BookingRef) -> CancelBooking:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        return CancelBooking(ref=ref, reason=sent["reason"], note=sent["note"])


class SettleSchema(_Form):
    """Say what became of a booking in doubt."""

    was_booked = fields.Boolean(
        required=True,
        error_messages={
            "required": "Choose whether the practice has the appointment.",
            "invalid": "Choose whether the practice has the appointment.",
        },
    )
    why = fields.String(
        required=True,
        validate=validate.Length(max=300, error="Shorten this to 300 characters or fewer."),
        error_messages={"required": "Say how you know, for example who you rang."},
    )
    appointment_id = fields.String(
        load_default="", validate=validate.Length(max=80, error="Enter one reference, of 80 characters or fewer.")
    )

    def command(self, form: dict[str, str], *, ref: BookingRef) -> SettleByHand:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        return SettleByHand(ref=ref, **sent)


class FindSchema(_Form):
    """Find a booking by its reference."""

    reference = BookingRefField(required=True, error_messages={"required": "Enter a booking reference."})

    def ref(self, form: dict[str, str]) -> BookingRef:
        """The reference typed. Raises ValidationError."""
        sent: Any = self.load(form)
        found = sent["reference"]
        assert isinstance(found, BookingRef)  # noqa: S101 - the field makes one
        return found
