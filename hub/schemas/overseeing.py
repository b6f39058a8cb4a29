"""Forms of the accountability pages: look-ups, filters, verdicts, holds, packs."""

from typing import Any

from marshmallow import fields, validate

from accountability.lines import Asked, Kind
from hub.schemas.fields import NHSNumberField, TypedDate
from hub.schemas.patients import _Trimmed

_EXAMPLE = "24/11/2026"


class AskedSchema(_Trimmed):
    """What of an account to show."""

    kind = fields.Enum(Kind, by_value=True, load_default=Kind.ALL)
    since = TypedDate(example=_EXAMPLE, load_default=None)
    until = TypedDate(example=_EXAMPLE, load_default=None)
    jobs = fields.String(load_default="")

    def asked(self, form: dict[str, str]) -> Asked:
        """The filter; raises ValidationError."""
        sent: Any = self.load(form)
        return Asked(sent["kind"], sent["since"], sent["until"], jobs=sent["jobs"] == "yes")


class MarkSchema(_Trimmed):
    """Which record is a member of staff's own."""

    nhs_number = NHSNumberField(required=True, error_messages={"required": "Enter their own NHS number."})
    postcode = fields.String(
        load_default="", validate=validate.Length(max=10, error="Enter one postcode, such as BS6 5AA.")
    )
    first_line = fields.String(
        load_default="", validate=validate.Length(max=80, error="Enter the first line of the address only.")
    )


class PackSchema(_Trimmed):
    """An evidence pack's period."""

    since = TypedDate(example=_EXAMPLE, required=True, error_messages={"required": "Enter the first day."})
    until = TypedDate(example=_EXAMPLE, required=True, error_messages={"required": "Enter the last day."})
    identifiers = fields.String(load_default="")


class HoldSchema(_Trimmed):
    """A legal hold."""

    reason = fields.String(load_default="")
    look_again_on = TypedDate(
        example=_EXAMPLE,
        required=True,
        error_messages={"required": "Enter the day on which somebody looks at the hold again."},
    )
    nhs_number = NHSNumberField(load_default=None)
    ods = fields.String(load_default="")
