"""The two wire formats, JSON and XML: their media types, and bodies read and written in either."""

import json
from collections.abc import Collection
from enum import StrEnum

from gp_connect import elements, xml
from gp_connect.elements import Resource


class Format(StrEnum):
    """How a body is written down."""

    JSON = "application/fhir+json"
    XML = "application/fhir+xml"

    @property
    def content_type(self) -> str:
        """As a Content-Type header has it: without a space before the charset, as the standard asks."""
        return f"{self.value};charset=utf-8"


JSON_ONLY = frozenset({Format.JSON})
BOTH = frozenset(Format)
_WILDCARDS = ("*/*", "application/*")
_FORMATS = {
    "application/fhir+json": Format.JSON,
    "application/json": Format.JSON,
    "application/json+fhir": Format.JSON,  # of the older standard, and still sent
    "json": Format.JSON,
    "application/fhir+xml": Format.XML,
    "application/xml": Format.XML,
    "application/xml+fhir": Format.XML,
    "xml": Format.XML,
}


def format_of(media_type: str) -> Format | None:
    """The format of a media type (or of `_format`'s short forms); None where it is neither, or not in UTF-8.

    A space counts as the `+` that a query string makes of it where nobody encoded it.
    """
    kind, *parameters = (part.strip().lower() for part in media_type.split(";"))
    charsets = [part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset")]
    if any(charset not in ("utf-8", "utf8") for charset in charsets):
        return None
    return _FORMATS.get(kind.replace(" ", "+"))


def accepted(accept: str, *, default: Format, offered: Collection[Format]) -> Format | None:
    """What an Accept header likes best of what is offered; a wildcard likes the default. None: nothing of it."""
    for media_range in _by_preference(accept):
        if media_range.split(";")[0].strip() in _WILDCARDS:
            return default if default in offered else next(iter(sorted(offered)), None)
        wanted = format_of(media_range)
        if wanted in offered:
            return wanted
    return None


def read(body: bytes, sent: Format) -> Resource:
    """The resource in a body of this format. Raises Unreadable."""
    return elements.parse(body) if sent is Format.JSON else xml.decode(body)


def write(resource: Resource, answer: Format) -> bytes:
    """The body of an answer in this format."""
    if answer is Format.XML:
        return xml.encode(resource)
    return json.dumps(resource, separators=(",", ":")).encode()


def _by_preference(accept: str) -> list[str]:
    ranges = [part.strip() for part in accept.split(",") if part.strip()]
    weighed = [(_weight(each), each) for each in ranges]
    return [each for weight, each in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _weight(media_range: str) -> float:
    for part in media_range.split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
