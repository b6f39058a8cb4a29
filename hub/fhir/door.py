"""Every address of the door: who may come in, what they ask, and the form of what they are told."""

import gzip
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, request

from gp_connect import interactions, media
from gp_connect.elements import Unreadable
from gp_connect.interactions import Interaction
from gp_connect.media import Format
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import access, negotiation
from gp_connect.spine_codes import ACCESS_DENIED, BAD_REQUEST, NOT_IMPLEMENTED, ORGANISATION_NOT_FOUND
from hub.auth.access import proved_by_itself
from hub.config import FhirDoor
from hub.fhir import appointments, foundations, witness
from hub.fhir.callers import caller_of
from hub.fhir.visits import ROOT, Reply, Visit
from hub.logs import sane_trace, start_trace
from hub.trace import current_trace_id
from hub.wiring import Hub, current_hub
from practices.results import PracticeView
from scheduling import hosted
from scheduling.problems import BookingUnknown
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue

_AS_IT_STANDS: Mapping[str, Any] = {  # addresses are never put right: a redirect would be no OperationOutcome
    "methods": ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"),
    "provide_automatic_options": False,
    "merge_slashes": False,
}
_WORTH_PACKING = 600  # bytes
_VERIFIED = "SUCCESS"
_LARGEST_BODY = 64 * 1024  # a booking has about 3 KB
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
Handler = Callable[[Visit], Reply]

HANDLERS: Mapping[Interaction, Handler] = {
    interactions.METADATA: foundations.capabilities,
    interactions.FIND_PATIENT: foundations.find_patient,
    interactions.READ_PATIENT: foundations.read_patient,
    interactions.REGISTER_PATIENT: foundations.register_patient,
    interactions.FIND_PRACTITIONER: foundations.find_practitioner,
    interactions.READ_PRACTITIONER: foundations.read_practitioner,
    interactions.FIND_ORGANISATION: foundations.find_organisation,
    interactions.READ_ORGANISATION: foundations.read_organisation,
    interactions.READ_LOCATION: foundations.read_location,
    interactions.FREE_SLOTS: appointments.free_slots,
    interactions.BOOK: appointments.book,
    interactions.PATIENT_APPOINTMENTS: appointments.of_patient,
    interactions.READ_APPOINTMENT: appointments.read,
    interactions.AMEND: appointments.amend,
    interactions.CANCEL: appointments.cancel,
}

blueprint = Blueprint("fhir", __name__)


@blueprint.route(f"/<ods>/{ROOT}/", defaults={"path": ""}, strict_slashes=False, **_AS_IT_STANDS)
@blueprint.route(f"/<ods>/{ROOT}/<path:path>", **_AS_IT_STANDS)
@proved_by_itself
def serve(ods: str, path: str) -> Response:
    """Answer one request. Refusals of every kind become OperationOutcomes in hub/errors.py."""
    hub = current_hub()
    _note_format()
    _check_way_in(hub)
    request_id = _take_up_trace()
    request.max_content_length = _LARGEST_BODY
    if request.headers.get("Content-Encoding", "identity") != "identity":
        abort(415)
    host = _host(hub, ods)
    watched = witness.begin(host.ods, request_id=request_id)
    passed = access.check(
        dict(request.headers),
        request.method,
        f"/{path}",
        asid=hub.config.fhir_asids.get(host.ods.value, ""),
        audiences=_audiences(hub, host),
        now=hub.clock.now(),
        parameters=request.args.items(multi=True),
        offered=media.BOTH,
    )
    g.fhir_format = passed.terms.answer
    watched.caller = caller_of(hub, passed.token, trace_id=current_trace_id())
    handler = HANDLERS.get(passed.interaction)
    if handler is None:
        raise Rejected(NOT_IMPLEMENTED, f"{passed.interaction.name} is not offered here")
    if passed.interaction != interactions.METADATA:
        hosted.check_open(host)
    reply = handler(Visit(hub, host, passed, watched.caller))
    watched.answered = reply.resource
    return _answer(reply, passed.terms)


blueprint.after_request(witness.tell)


@blueprint.after_request
def pack(response: Response) -> Response:
    """gzip what is worth it, for whoever can unpack it."""
    response.vary.add("Accept-Encoding")
    if (
        request.accept_encodings.quality("gzip") > 0
        and not response.direct_passthrough
        and len(response.get_data()) >= _WORTH_PACKING
        and "Content-Encoding" not in response.headers
    ):
        response.set_data(gzip.compress(response.get_data(), compresslevel=5))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _note_format() -> None:
    """In which format to refuse, as far as the request says what it would like."""
    try:
        terms = negotiation.negotiate(
            dict(request.headers), request.args.items(multi=True), verb=request.method, offered=media.BOTH
        )
    except Rejected:
        g.fhir_format = Format.JSON
    else:
        g.fhir_format = terms.answer


def _check_way_in(hub: Hub) -> None:
    """The audit token proves nothing by itself: without a verified connection nobody comes in outside the demo."""
    config = hub.config
    if config.fhir is FhirDoor.OFF:
        raise Rejected(ACCESS_DENIED, "GP Connect is not offered here")
    verified = request.headers.get(config.fhir_verified_header, "") == _VERIFIED
    if config.fhir is FhirDoor.BEHIND_MUTUAL_TLS and not verified:
        raise Rejected(ACCESS_DENIED, "the connection carries no verified client certificate")


def _take_up_trace() -> str:
    """The consumer's trace id names this request in the ledger, the logs and on the way to the host; empty: it has
    none that can be one."""
    offered = request.headers.get("Ssp-TraceID", "").strip()
    named = offered if _GUID.fullmatch(offered) else sane_trace(offered)
    if named:
        g.trace_id = named
        start_trace(named)
    return named


def _host(hub: Hub, ods: str) -> PracticeView:
    try:
        code = OdsCode.parse(ods)
        if code.value == ods:  # addresses are case-sensitive
            return hosted.host(hub.desk, code)
    except (InvalidValue, BookingUnknown):
        pass
    raise Rejected(ORGANISATION_NOT_FOUND, "no practice of this ODS code is served here")


def _audiences(hub: Hub, host: PracticeView) -> tuple[str, ...]:
    return tuple(f"{base.rstrip('/')}/{host.ods}/{ROOT}" for base in (hub.config.hub_url, request.host_url))


def _answer(reply: Reply, terms: negotiation.Terms) -> Response:
    body = b""
    if not (reply.changed and terms.minimal):
        try:
            body = media.write(reply.resource, terms.answer)
        except Unreadable as error:
            raise Rejected(BAD_REQUEST, str(error)) from error
    response = Response(body, reply.status, content_type=terms.answer.content_type)
    response.headers.update(reply.headers)
    return response
