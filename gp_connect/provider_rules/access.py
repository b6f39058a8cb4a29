"""Headers, interaction id and audit token: who asks, and whether they may ask this at this address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from gp_connect import audit_token, headers, interactions
from gp_connect.audit_token import AuditToken
from gp_connect.elements import Unreadable
from gp_connect.interactions import Interaction
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import ACCESS_DENIED, BAD_REQUEST, NOT_IMPLEMENTED, UNSUPPORTED_MEDIA_TYPE

LEGACY_AUDIENCE = "https://authorize.fhir.nhs.net/token"  # fixed in the older standard; still sent


@dataclass(frozen=True, slots=True)
class Access:
    """A request that passed: what it is, which trace it belongs to and on whose behalf it comes."""

    interaction: Interaction
    trace_id: str
    sender: str
    token: AuditToken


def check(
    request_headers: Mapping[str, str],
    verb: str,
    path: str,
    *,
    asid: str,
    audiences: Collection[str],
    now: datetime,
) -> Access:
    """All that is checked before the request itself. `path` is relative to the service root; `asid` is the provider's
    own, empty where it has none to check; a token's audience may also be the older fixed one.
    """
    try:
        sent = headers.read(request_headers)
        token = audit_token.read(sent.token)
    except Unreadable as error:
        raise Rejected(BAD_REQUEST, str(error)) from error
    if asid and sent.recipient != asid:
        raise Rejected(BAD_REQUEST, "Ssp-To is not this system's ASID")
    interaction = interactions.BY_ID.get(sent.interaction_id)
    if interaction is None:
        raise Rejected(NOT_IMPLEMENTED, "Ssp-InteractionID names no interaction of this system")
    if not interactions.fits(interaction, verb, path):
        raise Rejected(BAD_REQUEST, "Ssp-InteractionID does not fit the verb and address")
    _check_token(token, interaction, audiences=audiences, now=now)
    _check_media(request_headers, interaction)
    return Access(interaction, sent.trace_id, sent.sender, token)


def _check_token(token: AuditToken, interaction: Interaction, *, audiences: Collection[str], now: datetime) -> None:
    """Expired is refused, an issue time ahead of our clock is not: clocks drift."""
    if token.expires <= now:
        raise Rejected(BAD_REQUEST, "the audit token has expired")
    if (token.expires - token.issued).total_seconds() != audit_token.LIFETIME_SECONDS:
        raise Rejected(BAD_REQUEST, "the audit token's exp is not iat plus 300 seconds")
    if token.audience not in (*audiences, LEGACY_AUDIENCE):
        raise Rejected(BAD_REQUEST, "the audit token's aud is not this service")
    if token.reason != audit_token.REASON:
        raise Rejected(BAD_REQUEST, "the audit token's reason_for_request is not directcare")
    if token.scope != interaction.scope:
        raise Rejected(ACCESS_DENIED, "the audit token's requested_scope does not cover this interaction")
    if not token.organisation or not token.organisation_name:
        raise Rejected(BAD_REQUEST, "the audit token's requesting_organization lacks ODS code or name")
    if not token.practitioner_id or token.practitioner_id != token.subject:
        raise Rejected(BAD_REQUEST, "the audit token's sub is not requesting_practitioner.id")


def _check_media(request_headers: Mapping[str, str], interaction: Interaction) -> None:
    lower = {name.lower(): value for name, value in request_headers.items()}
    if interaction.verb in ("POST", "PUT") and not headers.speaks_json(lower.get("content-type", "")):
        raise Rejected(UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/fhir+json")
    if not headers.speaks_json(lower.get("accept", "")):
        raise Rejected(UNSUPPORTED_MEDIA_TYPE, "Accept must allow application/fhir+json")
