"""What is said about a visit, as its buttons send it. Form only: the desk has the rules."""

from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, validates_schema

from hub.schemas.plain import PlainSchema
from scheduling.visiting import NoteVisit
from vocabulary.identifiers import BookingRef
from vocabulary.visits import CallOutcome, VisitStatus


class VisitSchema(PlainSchema):
    """One button of a line: a status, a call, face to face, or taking the last thing back."""

    class Meta:
        unknown = EXCLUDE

    seen = fields.Integer(required=True)
    status = fields.Enum(VisitStatus, by_value=True, load_default=None)
    call = fields.Enum(CallOutcome, by_value=True, load_default=None)
    in_person = fields.Boolean(load_default=False)
    undo = fields.Boolean(load_default=False)
    sure = fields.Boolean(load_default=False)  # after it was asked

    @validates_schema
    def one_thing(self, data: dict[str, Any], **_: object) -> None:
        """Exactly one button was pressed."""
        if sum((data["status"] is not None, data["call"] is not None, data["in_person"], data["undo"])) != 1:
            raise ValidationError("Press one of the buttons beside the patient.", "status")

    def command(self, form: dict[str, str], *, ref: BookingRef) -> NoteVisit:
        """The command these fields mean. Raises ValidationError."""
        sent: Any = self.load(form)
        return NoteVisit(ref, **sent)
