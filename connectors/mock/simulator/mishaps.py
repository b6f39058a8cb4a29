"""Plays ordered faults on a request."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request

from connectors.mock.simulator import lines
from connectors.mock.simulator.faults import FaultDesk, FaultKind, Order
from connectors.mock.simulator.wordings import WORDINGS
from gp_connect import outcomes
from gp_connect.elements import Resource
from gp_connect.names import FHIR_JSON_UTF8
from gp_connect.spine_codes import BY_CODE, INVALID_RESOURCE, Owner, SpineCode

_BEFORE_THE_ANSWER = {FaultKind.TWICE, FaultKind.DOUBLE, FaultKind.WRONG}
_FOREVER = 3600.0
_PROXY_PAGE = (
    "<!doctype html><html><head><title>502 Bad Gateway</title></head>"
    "<body><h1>Bad Gateway</h1><p>The proxy got an invalid response from the server behind it.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Work:
    """What a request asks for: done once, or (with `over`) without regard to what is booked already."""

    once: Callable[[], Response]
    over: Callable[[], Response]


def perform(desk: FaultDesk, practice: str, interaction: str, work: Work) -> Response:
    """Do the work, and let the first ordered fault that fits have its way with it."""
    order = desk.take(practice, interaction)
    if order is None:
        return work.once()
    if order.kind is FaultKind.SLOW and not order.after_commit:
        order.cleared.wait(order.seconds)
        return work.once()
    if order.kind in _BEFORE_THE_ANSWER:
        return _distorted(order, work)
    if order.after_commit:
        done = work.once()
        if order.kind is FaultKind.SLOW:
            order.cleared.wait(order.seconds)
            return done
    return _instead(order)


def _distorted(order: Order, work: Work) -> Response:
    first = work.once()
    if order.kind is FaultKind.TWICE:
        return work.once()
    if order.kind is FaultKind.DOUBLE:
        return work.over()
    return _about_something_else(first)


def _instead(order: Order) -> Response:
    if order.kind is FaultKind.REFUSE:
        return _refused(order)
    if order.kind is FaultKind.GARBAGE:
        return Response('{"resourceType":"Appointment","id":"', order.status, content_type=FHIR_JSON_UTF8)
    if order.kind is FaultKind.HTML:
        return Response(_PROXY_PAGE, order.status, mimetype="text/html")
    if order.kind is FaultKind.EMPTY:
        return Response(b"", order.status)
    if order.kind is FaultKind.HANG:
        order.cleared.wait(order.seconds or _FOREVER)
    lines.cut(request.environ)
    return Response(b"", 500)  # goes nowhere: the line is cut


def _refused(order: Order) -> Response:
    if order.wording:
        worded = WORDINGS[order.wording]
        return _fhir(worded.outcome, order.status or worded.status)
    code = BY_CODE.get(order.code) or _unknown_code(order)
    return _fhir(outcomes.write(code, "refused on request"), order.status or code.status)


def _fhir(resource: Resource, status: int) -> Response:
    return Response(json.dumps(resource), status, content_type=FHIR_JSON_UTF8)


def _unknown_code(order: Order) -> SpineCode:
    """Suppliers send codes of their own; none at all stands for an ordinary refusal."""
    if not order.code:
        return INVALID_RESOURCE
    return SpineCode(order.code, order.status or 422, "processing", order.code, "", Owner.HOST_SUPPLIER)


def _about_something_else(answer: Response) -> Response:
    """The same kind of answer about another patient, slot or appointment, as a mixed-up cache would give it."""
    body = answer.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        return answer
    answer.set_data(json.dumps(_another(body)))
    return answer


def _another(resource: Resource) -> Resource:
    changed = copy.deepcopy(resource)
    kind = changed.get("resourceType")
    if kind == "Bundle":
        changed["entry"] = [{"resource": _another(entry["resource"])} for entry in changed.get("entry", [])]
    elif kind == "Patient":
        changed["identifier"][0]["value"] = "9990000026"
        changed["birthDate"] = "1901-01-01"
    elif kind == "Appointment":
        changed["slot"] = [{"reference": "Slot/of-somebody-else"}]
        changed["participant"][0]["actor"]["reference"] = "Patient/somebody-else"
    elif kind == "Slot":
        changed.pop("start")
    else:
        changed["resourceType"] = "Basic"
    return changed
