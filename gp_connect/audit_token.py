"""The audit token (JWT, `alg: none`) every GP Connect request carries: built and read by hand.

Its integrity comes from TLS and the Spine, not from a signature; libraries rightly refuse to make one like it.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from gp_connect import human_names
from gp_connect.elements import Resource, Unreadable, child, children, identifier, strings, text, unfit
from gp_connect.interactions import TokenScope
from gp_connect.names import HUB_DEVICE_ID, HUB_USER_ID, ODS_CODE, SDS_ROLE_PROFILE_ID, SDS_USER_ID
from vocabulary.people import Caller

LIFETIME_SECONDS = 300  # exactly, says the standard
REASON = "directcare"
# Of the older standard; the official test suite still sends the first and expects it to pass
_OLDER_ODS_CODE = "http://fhir.nhs.net/Id/ods-organization-code"
_OLDER_SDS_USER_ID = "http://fhir.nhs.net/sds-user-id"
_HEADER = {"alg": "none", "typ": "JWT"}
_DEVICE_MODEL, _DEVICE_VERSION = "Practice hub", "1.0"


@dataclass(frozen=True, slots=True)
class AuditToken:
    """What a provider learns from the token about who asks. Missing parts are empty: some consumers leave them out."""

    issuer: str
    subject: str
    audience: str
    issued: datetime
    expires: datetime
    scope: str
    reason: str
    organisation: str  # ODS code of the user's own practice
    organisation_name: str
    practitioner_id: str
    practitioner_name: str
    sds_user_id: str
    sds_role_profile_id: str
    device: str


def build(caller: Caller, audience: str, *, issuer: str, now: datetime, scope: TokenScope) -> str:
    """A new token for one request: the audience is the provider's service root, the caller a real person."""
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "sub": caller.user_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFETIME_SECONDS,
        "reason_for_request": REASON,
        "requested_scope": str(scope),
        "requesting_device": {
            "resourceType": "Device",
            "identifier": [{"system": HUB_DEVICE_ID, "value": "practice-hub"}],
            "model": _DEVICE_MODEL,
            "version": _DEVICE_VERSION,
        },
        "requesting_organization": {
            "resourceType": "Organization",
            "identifier": [{"system": ODS_CODE, "value": caller.practice.value}],
            "name": caller.practice_name,
        },
        "requesting_practitioner": _practitioner(caller),
    }
    return f"{_encode(_HEADER)}.{_encode(claims)}."


def claims_of(token: str) -> Resource:
    """All claims of a token, unread. Raises Unreadable when it is no such token."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Unreadable("the audit token has not three parts")
    if parts[2]:
        raise Unreadable("the audit token carries a signature")
    if _decode(parts[0]).get("alg") != "none":
        raise Unreadable("the audit token's algorithm is not none")
    return _decode(parts[1])


def read(token: str) -> AuditToken:
    """The claims of a token. Raises Unreadable when it is no such token or lacks what every one must have."""
    return understood(claims_of(token))


def understood(claims: Resource) -> AuditToken:
    """What claims say. Raises Unreadable naming the claim that every token must have and this one has not."""
    organisation, practitioner = child(claims, "requesting_organization"), child(claims, "requesting_practitioner")
    return AuditToken(
        issuer=_claim(claims, "iss"),
        subject=_claim(claims, "sub"),
        audience=_audience(claims),
        issued=_moment(claims, "iat"),
        expires=_moment(claims, "exp"),
        scope=_claim(claims, "requested_scope"),
        reason=_claim(claims, "reason_for_request"),
        organisation=identifier(organisation, ODS_CODE) or identifier(organisation, _OLDER_ODS_CODE),
        organisation_name=text(organisation, "name"),
        practitioner_id=text(practitioner, "id"),
        practitioner_name=_name(practitioner),
        sds_user_id=identifier(practitioner, SDS_USER_ID) or identifier(practitioner, _OLDER_SDS_USER_ID),
        sds_role_profile_id=identifier(practitioner, SDS_ROLE_PROFILE_ID),
        device=text(child(claims, "requesting_device"), "model"),
    )


def _practitioner(caller: Caller) -> Resource:
    return {
        "resourceType": "Practitioner",
        "id": caller.user_id,
        "identifier": [
            {"system": SDS_USER_ID, "value": caller.sds_user_id or "UNK"},
            {"system": SDS_ROLE_PROFILE_ID, "value": caller.sds_role_profile_id or "UNK"},
            {"system": HUB_USER_ID, "value": caller.user_id},
        ],
        "name": [human_names.write(caller.name, nameless=caller.user_id)],
    }


def _name(practitioner: Resource) -> str:
    return human_names.read(next(iter(children(practitioner, "name")), {}))


def _encode(part: Resource) -> str:
    raw = json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(part: str) -> Resource:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw)
        unprintable = unfit(value)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Unreadable("the audit token is not base64url of JSON") from error
    if unprintable:  # no name or id has them, and no log or database takes them
        raise Unreadable("the audit token holds control characters or halves of characters")
    if not isinstance(value, dict):
        raise Unreadable("the audit token's part is not a JSON object")
    return value


def _claim(claims: Resource, name: str) -> str:
    value = text(claims, name)
    if not value and claims.get(name):
        raise Unreadable(f"the audit token's claim {name} is not one text")
    if not value:
        raise Unreadable(f"the audit token's claim {name} is missing")
    return value


def _audience(claims: Resource) -> str:
    audiences = strings(claims, "aud")
    if not audiences or not audiences[0]:
        raise Unreadable("the audit token's claim aud is missing")
    return audiences[0]


def _moment(claims: Resource, name: str) -> datetime:
    value = claims.get(name)
    if value is None:
        raise Unreadable(f"the audit token's claim {name} is missing")
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"the audit token's claim {name} is not a whole number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"the audit token's claim {name} is no time") from error
