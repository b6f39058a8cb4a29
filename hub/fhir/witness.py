"""Tells the wire trace what another system asked and how it was answered: support at either end lives on it.

The trace keeps of it what its list allows. Whoever did not come in at all (the door is shut, no certificate was
verified, no such practice) leaves no line here: anybody could write as many as they like.
"""

import time
from dataclasses import dataclass, field

from flask import Response, g, request

from gp_connect import audit_token, headers, interactions, outcomes
from gp_connect.elements import Resource, Unreadable
from gp_connect.spine_codes import SpineCode
from hub.trace import current_trace_id
from hub.wiring import current_hub
from practices.wire.recorder import AskedOfUs, Asker
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller


@dataclass(slots=True)
class Watched:
    """One request while it is answered. `caller` once it passed the checks of headers and token."""

    host: OdsCode
    request_id: str
    began: float = field(default_factory=time.perf_counter)
    caller: Caller | None = None
    sent: Resource | None = None
    answered: Resource | None = None
    refused: tuple[SpineCode, str] | None = None


def begin(host: OdsCode, *, request_id: str) -> Watched:
    """Watch this request from here on."""
    watched: Watched = g.setdefault("fhir_watched", Watched(host, request_id))
    return watched


def watched() -> Watched | None:
    """The request that is watched, if it came that far."""
    found: Watched | None = g.get("fhir_watched")
    return found


def tell(response: Response) -> Response:
    """Tell the wire trace, once the answer stands (a Flask after_request function)."""
    seen = watched()
    if seen is None:
        return response
    hub = current_hub()
    hub.wire.note_asked_of_us(
        AskedOfUs(
            host=seen.host,
            asker=_asker(seen.caller),
            interaction=interactions.BY_ID.get(request.headers.get(headers.INTERACTION_ID, "")),
            method=request.method,
            status=response.status_code,
            detail=_detail(seen),
            ms=(time.perf_counter() - seen.began) * 1000,
            trace_id=current_trace_id(),
            request_id=seen.request_id,
            params=tuple(request.args.items(multi=True)),
            sent=seen.sent,
            received=outcomes.write(seen.refused[0], "") if seen.refused else seen.answered,
        )
    )
    return response


def _detail(seen: Watched) -> str:
    """The code; before the caller is known also what was wrong, which then speaks of headers and token alone."""
    if seen.refused is None:
        return ""
    code, diagnostics = seen.refused
    return code.code if seen.caller else f"{code.code}: {diagnostics}"


def _asker(caller: Caller | None) -> Asker:
    """Who asked: as the token says, even where it did not pass."""
    asid = request.headers.get(headers.SENDER, "")
    try:
        token = audit_token.read(headers.read(dict(request.headers)).token)
    except Unreadable:
        return Asker(system=asid)
    return Asker(
        practice=caller.practice.value if caller else token.organisation,
        user_id=caller.user_id if caller else token.practitioner_id,
        user_name=caller.name if caller else token.practitioner_name,
        system=f"{asid} {token.device}".strip(),
    )
