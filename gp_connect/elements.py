"""Takes single elements out of FHIR JSON, tolerantly, and says in one way (`Unreadable`) what cannot be read.

No message holds a value from the body: bodies hold patients.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

Resource = dict[str, Any]


class Unreadable(ValueError):
    """A body, header or parameter that is not what the standard says; the only parse error of this room."""


# Escapes of control characters and of halves of characters, which no FHIR string may hold and no database takes
_UNFIT_ESCAPE = re.compile(r"\\u(00[01][0-9a-f]|d[89a-f][0-9a-f]{2})", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def parse(body: str | bytes) -> Resource:
    """The JSON object in a body. Raises Unreadable for HTML, broken JSON, JSON that is no object, or no UTF-8.

    Characters that FHIR forbids come as U+FFFD: one in a slot's wording must not cost a whole diary.
    """
    try:
        read = body if isinstance(body, str) else body.decode("utf-8-sig")  # json itself would guess at UTF-16 too
    except UnicodeDecodeError as error:
        raise Unreadable("the body is not UTF-8") from error
    try:
        value = json.loads(read)
        if _UNFIT_ESCAPE.search(read):
            value = _fit(value)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("the body is JSON but not a resource")
    return value


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_fit(each) for each in value]
    if isinstance(value, dict):
        return {_fit(name): _fit(each) for name, each in value.items()}
    return value


def unfit(value: Any) -> bool:
    """Whether any text in it holds characters that FHIR forbids. Raises RecursionError for what is nested too deep."""
    return bool(_fit(value) != value)


def expect(value: object, kind: str) -> Resource:
    """The value as a resource of this type."""
    if not isinstance(value, dict):
        raise Unreadable(f"expected the resource type {kind}, found something that is not a resource")
    if value.get("resourceType") != kind:
        raise Unreadable(f"expected the resource type {kind}, found another")
    return value


def text(resource: Resource, name: str) -> str:
    """An optional string, empty when missing or of another type."""
    value = resource.get(name)
    return value if isinstance(value, str) else ""


def required(resource: Resource, name: str) -> str:
    """A string that must be there and not be empty."""
    value = resource.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{resource.get('resourceType', 'element')}.{name} is missing")
    return value


def child(resource: Resource, name: str) -> Resource:
    """An optional object, empty when missing; the first of a list where a supplier sent one."""
    found = children(resource, name)
    return found[0] if found else {}


def children(resource: Resource, name: str) -> list[Resource]:
    """The objects of a list; a lone object counts as a list of one (the published examples hold such)."""
    value = resource.get(name)
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return []


def strings(resource: Resource, name: str) -> tuple[str, ...]:
    """The strings of a list, or none."""
    value = resource.get(name)
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def extension(resource: Resource, url: str) -> Resource:
    """The extension with this URL, wherever it stands, or an empty object: never the first one that comes."""
    for candidate in children(resource, "extension"):
        if candidate.get("url") == url:
            return candidate
    return {}


def identifier(resource: Resource, system: str) -> str:
    """The value of the first identifier of this system, or an empty string."""
    for candidate in children(resource, "identifier"):
        if candidate.get("system") == system:
            return text(candidate, "value")
    return ""


def reference(holder: Resource, kind: str) -> str:
    """The logical id in `holder.reference` when it points at this type, else an empty string.

    Takes `Slot/1`, `https://host/root/Slot/1` and `Slot/1/_history/3`.
    """
    parts: Sequence[str] = text(holder, "reference").split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    return parts[-1] if len(parts) >= 2 and parts[-2] == kind else ""


def version(resource: Resource) -> str:
    """`meta.versionId`, or an empty string."""
    return text(child(resource, "meta"), "versionId")


def meta(profile: str, version_id: str = "") -> Resource:
    """The `meta` of a resource we write."""
    return {"versionId": version_id, "profile": [profile]} if version_id else {"profile": [profile]}


def without_empty(resource: Resource) -> Resource:
    """The resource less its empty elements, which FHIR forbids."""
    return {name: value for name, value in resource.items() if value not in ("", None, [], {}, ())}
