"""The audit token: whether a provider may take it as saying who asks, for what, and until when."""

from collections.abc import Collection
from datetime import datetime

from gp_connect import audit_token, structures
from gp_connect.audit_token import AuditToken
from gp_connect.elements import Resource, Unreadable
from gp_connect.interactions import Interaction
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import BAD_REQUEST, INVALID_RESOURCE

LEGACY_AUDIENCE = "https://authorize.fhir.nhs.net/token"  # fixed in the older standard; still sent
_RESOURCES = {
    "requesting_device": "Device",
    "requesting_organization": "Organization",
    "requesting_practitioner": "Practitioner",
}


def check(token: str, interaction: Interaction, *, audiences: Collection[str], now: datetime) -> AuditToken:
    """A token that passes. A claim that is missing or wrong is BAD_REQUEST; a resource in one that is not what it
    should be is INVALID_RESOURCE, as the official suite expects.
    """
    try:
        claims = audit_token.claims_of(token)
        _check_resources(claims)
        read = audit_token.understood(claims)
    except Unreadable as error:
        raise Rejected(BAD_REQUEST, str(error)) from error
    _check_times(read, now)
    _check_meaning(read, interaction, audiences)
    _check_people(read)
    return read


def _check_resources(claims: Resource) -> None:
    for name, kind in _RESOURCES.items():
        resource = claims.get(name)
        if not isinstance(resource, dict) or not resource:
            raise Rejected(BAD_REQUEST, f"the audit token's claim {name} is missing")
        if resource.get("resourceType") != kind:
            raise Rejected(INVALID_RESOURCE, f"the audit token's claim {name} is not a {kind}")
        mistake = structures.mistake(resource)
        if mistake:
            raise Rejected(INVALID_RESOURCE, f"the audit token's claim {name}: {mistake}")


def _check_times(token: AuditToken, now: datetime) -> None:
    """Expired is refused; an issue time ahead of our clock is not, for clocks drift.

    A consumer ten minutes slow is thus refused and one ten minutes fast is served, as the standard has it.
    """
    if (token.expires - token.issued).total_seconds() != audit_token.LIFETIME_SECONDS:
        raise Rejected(BAD_REQUEST, "the audit token's exp is not iat plus 300 seconds")
    if token.expires <= now:
        raise Rejected(BAD_REQUEST, "the audit token has expired; check that both clocks are right")


def _check_meaning(token: AuditToken, interaction: Interaction, audiences: Collection[str]) -> None:
    known = {each.rstrip("/") for each in (*audiences, LEGACY_AUDIENCE)}
    if token.audience.rstrip("/") not in known:
        raise Rejected(BAD_REQUEST, "the audit token's aud is not this service")
    if token.reason != audit_token.REASON:
        raise Rejected(BAD_REQUEST, "the audit token's reason_for_request is not directcare")
    if token.scope != interaction.scope:
        raise Rejected(BAD_REQUEST, f"the audit token's requested_scope is not {interaction.scope}")


def _check_people(token: AuditToken) -> None:
    """The user's role profile and local id may be missing, as some consumers leave them out."""
    if not token.organisation or not token.organisation_name:
        raise Rejected(BAD_REQUEST, "the audit token's requesting_organization lacks ODS code or name")
    if not token.practitioner_id or token.practitioner_id != token.subject:
        raise Rejected(BAD_REQUEST, "the audit token's sub is not requesting_practitioner.id")
    if not token.practitioner_name:
        raise Rejected(BAD_REQUEST, "the audit token's requesting_practitioner lacks a name")
    if not token.sds_user_id:
        raise Rejected(
            BAD_REQUEST, "the audit token's requesting_practitioner lacks an SDS user id (UNK where unknown)"
        )
