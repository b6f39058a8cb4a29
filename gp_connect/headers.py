"""The HTTP headers of a GP Connect request, written and read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from gp_connect import elements
from gp_connect.elements import Resource, Unreadable
from gp_connect.interactions import Interaction
from gp_connect.names import FHIR_JSON_UTF8
from vocabulary.times import aware_utc

TRACE_ID = "Ssp-TraceID"
SENDER = "Ssp-From"
RECIPIENT = "Ssp-To"
INTERACTION_ID = "Ssp-InteractionID"
AUTHORISATION = "Authorization"
_BEARER = re.compile(r"Bearer +(\S+)", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class SspHeaders:
    """What every request must carry: who asks whom for what, under which trace id, with which audit token."""

    trace_id: str
    sender: str
    recipient: str
    interaction_id: str
    token: str


def write(
    interaction: Interaction,
    token: str,
    *,
    trace_id: str,
    sender: str,
    recipient: str,
    version: str = "",
) -> dict[str, str]:
    """The headers of one request. `sender` is the originating practice's ASID; `version` becomes If-Match on a PUT."""
    headers = {
        TRACE_ID: trace_id,
        SENDER: sender,
        RECIPIENT: recipient,
        INTERACTION_ID: interaction.id,
        AUTHORISATION: f"Bearer {token}",
        "Accept": FHIR_JSON_UTF8,
        "Accept-Encoding": "gzip",
    }
    if interaction.verb in ("POST", "PUT"):
        headers["Content-Type"] = FHIR_JSON_UTF8
    if version:
        headers["If-Match"] = etag(version)
    return headers


def read(headers: Mapping[str, str]) -> SspHeaders:
    """The mandatory headers, whatever the case of their names. Raises Unreadable naming the one that is missing."""
    lower = {name.lower(): value for name, value in headers.items()}

    def present(name: str) -> str:
        value = lower.get(name.lower(), "").strip()
        if not value:
            raise Unreadable(f"the header {name} is missing")
        return value

    bearer = _BEARER.fullmatch(present(AUTHORISATION))
    if bearer is None:
        raise Unreadable("the Authorization header holds no bearer token")
    return SspHeaders(
        trace_id=present(TRACE_ID),
        sender=present(SENDER),
        recipient=present(RECIPIENT),
        interaction_id=present(INTERACTION_ID),
        token=bearer.group(1),
    )


def etag(version: str) -> str:
    """A version as a weak entity tag."""
    return f'W/"{version}"'


def version_in(entity_tag: str) -> str:
    """The version in an entity tag, empty when there is none. Raises Unreadable for a malformed one."""
    if not entity_tag.strip():
        return ""
    found = _ETAG.fullmatch(entity_tag.strip())
    if found is None:
        raise Unreadable('an entity tag is not of the form W/"version"')
    return found.group(1)


def of_stored(
    resource: Resource, root: str, *, modified: datetime | None = None, created: bool = False
) -> dict[str, str]:
    """The headers of an answer about one stored resource: its version, when it was changed, and, when it is new,
    where it is. `root` is the service root, without a slash at its end.
    """
    found: dict[str, str] = {}
    current = elements.version(resource)
    if current:
        found["ETag"] = etag(current)
    if created:
        address = f"{root}/{resource.get('resourceType')}/{resource.get('id')}"
        found["Location"] = f"{address}/_history/{current}" if current else address
    if modified is not None:
        found["Last-Modified"] = format_datetime(aware_utc(modified), usegmt=True)
    return found
