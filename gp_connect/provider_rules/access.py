"""Headers, interaction id, audit token and formats: who asks, and whether they may ask this at this address."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gp_connect import headers, interactions, media
from gp_connect.audit_token import AuditToken
from gp_connect.elements import Unreadable
from gp_connect.interactions import FOUNDATIONS_AND_APPOINTMENTS, Interaction
from gp_connect.media import Format
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import negotiation, reading, tokens
from gp_connect.provider_rules.negotiation import Terms
from gp_connect.provider_rules.tokens import LEGACY_AUDIENCE as LEGACY_AUDIENCE
from gp_connect.spine_codes import BAD_REQUEST, NOT_IMPLEMENTED


@dataclass(frozen=True, slots=True)
class Access:
    """A request that passed: what it is, which trace it belongs to and on whose behalf it comes."""

    interaction: Interaction
    trace_id: str
    sender: str
    token: AuditToken
    logical_id: str = ""
    terms: Terms = field(default_factory=Terms)


def check(
    request_headers: Mapping[str, str],
    verb: str,
    path: str,
    *,
    asid: str,
    audiences: Collection[str],
    now: datetime,
    parameters: Iterable[tuple[str, str]] = (),
    offered: Collection[Format] = media.JSON_ONLY,
    served: Collection[Interaction] = FOUNDATIONS_AND_APPOINTMENTS,
) -> Access:
    """All that is checked before the request itself. `path` is relative to the service root; `asid` is the provider's
    own, empty where it has none to check; `parameters` are the query's, of which only `_format` counts here.
    """
    try:
        sent = headers.read(request_headers)
    except Unreadable as error:
        raise Rejected(BAD_REQUEST, str(error)) from error
    if asid and sent.recipient != asid:
        raise Rejected(BAD_REQUEST, "Ssp-To is not this system's ASID")
    interaction = _interaction(sent.interaction_id, verb, path, served)
    token = tokens.check(sent.token, interaction, audiences=audiences, now=now)
    terms = negotiation.negotiate(request_headers, parameters, verb=verb, offered=offered)
    logical_id = interactions.logical_id(interaction, path)
    if "{id}" in interaction.path and not logical_id:
        raise reading.not_found_for(interaction)
    return Access(interaction, sent.trace_id, sent.sender, token, logical_id, terms)


def _interaction(interaction_id: str, verb: str, path: str, served: Collection[Interaction]) -> Interaction:
    interaction = interactions.BY_ID.get(interaction_id)
    if interaction is None:
        raise Rejected(BAD_REQUEST, "Ssp-InteractionID names no interaction of GP Connect")
    if not interactions.fits(interaction, verb, path):
        if interaction.reads_one and verb == "GET" and path.rstrip("/") == interaction.path.removesuffix("/{id}"):
            raise reading.not_found_for(interaction)
        if not any(interactions.fits(each, verb, path) for each in served):
            raise Rejected(BAD_REQUEST, "no interaction offered here has this verb and address")
        raise Rejected(BAD_REQUEST, "Ssp-InteractionID does not fit the verb and address")
    if interaction not in served:
        raise Rejected(NOT_IMPLEMENTED, f"{interaction.name} is not offered at this address")
    return interaction
