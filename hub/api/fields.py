"""Field types of the JSON door: from JSON to the vocabulary and back, with words for whoever reads the refusal."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.times import aware_utc, london

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Text(fields.String):
    """Text as a person may type it: no control characters but line ends, nothing that cannot be stored."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
            raise ValidationError("Use letters, digits and punctuation only: something in this text cannot be printed.")
        return text


class _Parsed(fields.String):
    """A string that becomes a value of the vocabulary."""

    parse: Any
    next_step = ""  # instead of the one meant for people at a desk

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self.parse(text)
        except InvalidValue as invalid:
            raise ValidationError(f"{invalid.message} {self.next_step or invalid.next_step}".strip()) from None


class Ods(_Parsed):
    """An ODS code."""

    parse = staticmethod(OdsCode.parse)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=_described(kwargs, pattern="^[A-Za-z0-9]{3,12}$", example="Y90001"), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)


REF_AS_IT_CAME = "Take the “ref” of the hold or booking as it came."


class Ref(_Parsed):
    """A booking's (or hold's) reference."""

    parse = staticmethod(BookingRef.parse)
    next_step = REF_AS_IT_CAME

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=_described(kwargs, example="7KQ4-MPXB"), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)


class Number(_Parsed):
    """An NHS number; it travels in bodies only, never in an address."""

    parse = staticmethod(NHSNumber.parse)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=_described(kwargs, example="999 000 0018"), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.value if isinstance(value, NHSNumber) else None


class Moment(fields.AwareDateTime):
    """A moment with its offset: UTC inside, on England's wall clock outside."""

    def __init__(self, **kwargs: Any) -> None:
        in_range = validate.Range(_EARLIEST, _LATEST, error="Use a date of this century.")
        super().__init__(format="iso", validate=in_range, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        # In an address, an unescaped "+" of an offset arrives as a blank.
        text = value.replace(" ", "+") if isinstance(value, str) and "T" in value else value
        try:
            return aware_utc(super()._deserialize(text, attr, data, **kwargs))
        except OverflowError:
            raise ValidationError("Use a date of this century.") from None

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else london(value).isoformat()


class Part(fields.Nested):
    """Some of the object's own attributes, shown together under one name."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        return obj


class Sorted(fields.List[str]):
    """A set of words, in order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.String(), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str] | None:
        return sorted(value)


class Miles(fields.Float):
    """A distance, to a tenth: more would claim to know doors."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> float | None:
        return None if value is None else round(float(value), 1)


def _described(kwargs: dict[str, Any], **known: str) -> dict[str, Any]:
    return {**known, **kwargs.pop("metadata", {})}
