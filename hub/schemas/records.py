"""What the patient said about their record, as the form before a look sends it."""

from typing import Any

from marshmallow import EXCLUDE, fields, pre_load, validate

from hub.schemas.plain import PlainSchema
from vocabulary.choices import AnsweredBy, Permission

WHY_LIMIT = 200


class PermissionSchema(PlainSchema):
    """The patient's word, whose word it is, and a reason where one is needed."""

    class Meta:
        unknown = EXCLUDE

    permission = fields.Enum(
        Permission,
        by_value=True,
        required=True,
        error_messages={
            "required": "Ask the patient, and choose what they said.",
            "unknown": "Ask the patient, and choose what they said.",
        },
    )
    answered_by = fields.Enum(
        AnsweredBy, by_value=True, load_default=None, error_messages={"unknown": "Say who answered."}
    )
    why = fields.String(
        load_default="",
        validate=validate.Length(max=WHY_LIMIT, error=f"Say why in {WHY_LIMIT} characters or fewer."),
    )

    @pre_load
    def trim(self, data: dict[str, str], **_: object) -> dict[str, Any]:
        """Blank is not said."""
        return {name: value.strip() for name, value in data.items() if value.strip()}
