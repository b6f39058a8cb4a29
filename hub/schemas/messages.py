"""What the forms of messages send. Form only: what must be said is the post room's to know, all faults at once."""

from typing import Any

from marshmallow import EXCLUDE, fields, pre_load, validate

from hub.schemas.fields import TypedDate
from hub.schemas.plain import PlainSchema
from messaging.answering import Answer
from messaging.documents import VisitSummary
from messaging.lifecycle import Step
from messaging.sending import SendSummary, SendTask
from vocabulary.identifiers import BookingRef
from vocabulary.messages import FollowUpOwner, Team, Urgency

_NAME = validate.Regexp(r"^[a-z]{14}$", error="This form has been changed: begin again from your session.")
_TEXTS = ("reason", "findings", "action", "medication", "follow_up", "safety_net")


class _Form(PlainSchema):
    class Meta:
        unknown = EXCLUDE

    @pre_load
    def trim(self, data: dict[str, str], **_: object) -> dict[str, Any]:
        """Blank is not said, and a new line is one sign, as the person counted it."""
        plain = {name: value.replace("\r\n", "\n").strip() for name, value in data.items()}
        return {name: value for name, value in plain.items() if value}


class SummarySchema(_Form):
    """A visit summary as typed, or as its preview carries it."""

    message = fields.String(required=True, validate=_NAME)
    corrects = fields.String(load_default="", validate=_NAME)
    urgency = fields.Enum(Urgency, by_value=True, load_default=Urgency.ROUTINE)
    reason = fields.String(load_default="")
    findings = fields.String(load_default="")
    action = fields.String(load_default="")
    medication_changed = fields.Boolean(load_default=None, allow_none=True)
    medication = fields.String(load_default="")
    follow_up_owner = fields.Enum(FollowUpOwner, by_value=True, load_default=None)
    follow_up = fields.String(load_default="")
    safety_net = fields.String(load_default="")

    def command(self, form: dict[str, str], *, ref: BookingRef) -> SendSummary:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        said = {name: sent[name] for name in (*_TEXTS, "medication_changed", "follow_up_owner")}
        return SendSummary(sent["message"], ref, VisitSummary(**said), sent["urgency"], sent["corrects"])


class TaskSchema(_Form):
    """A task as typed."""

    message = fields.String(required=True, validate=_NAME)
    team = fields.Enum(Team, by_value=True, required=True, error_messages={"required": "Choose whose it is there."})
    urgency = fields.Enum(
        Urgency, by_value=True, required=True, error_messages={"required": "Choose how urgent it is."}
    )
    again = fields.String(load_default="", validate=_NAME)
    due_on = TypedDate(load_default=None, example="27/11/2026")
    text = fields.String(load_default="")

    def command(self, form: dict[str, str], *, ref: BookingRef) -> SendTask:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        return SendTask(ref=ref, **sent)


class AnswerSchema(_Form):
    """One button of a message."""

    step = fields.Enum(Step, by_value=True, required=True)
    words = fields.String(load_default="")
    newer = fields.String(load_default="", validate=_NAME)
    version = fields.Integer(required=True, validate=validate.Range(min=0, max=2**31))

    def command(self, form: dict[str, str], *, message: str) -> Answer:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        return Answer(message, **sent)
