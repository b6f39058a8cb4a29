"""The wire of the national Personal Demographics Service FHIR API (R4), served over the simulator's people."""

import json
from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, g, request

from connectors.mock.simulator import mishaps
from connectors.mock.simulator.faults import TRACING
from connectors.mock.simulator.mishaps import Work
from connectors.mock.simulator.pds_access import PdsAccess
from connectors.mock.simulator.pds_resources import outcome, patient, searchset
from connectors.mock.simulator.people import People, PersonQuery
from connectors.mock.simulator.provider import Surroundings
from gp_connect.elements import Resource
from gp_connect.names import FHIR_JSON
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue

ROOT = "/pds/personal-demographics/FHIR/R4"
_MOST_MATCHES = 50


def create(around: Surroundings, access: PdsAccess) -> Blueprint:
    """The blueprint of the national service."""
    blueprint = Blueprint("pds", __name__)
    blueprint.register_blueprint(access.blueprint())
    people = People(around.store)

    @blueprint.get(f"{ROOT}/Patient/<number>")
    def trace(number: str) -> Response:
        g.logged = {"interaction": "trace"}
        return _perform(around, access, "trace", lambda: _trace(people, number))

    @blueprint.get(f"{ROOT}/Patient")
    def search() -> Response:
        g.logged = {"interaction": "search-people"}
        return _perform(around, access, "search-people", lambda: _search(people))

    return blueprint


def _perform(around: Surroundings, access: PdsAccess, interaction: str, answer: Callable[[], Response]) -> Response:
    refusal = _check_headers()
    if not access.admits(request.headers.get("Authorization", "")):
        refusal = _refused(401, "ACCESS_DENIED", "forbidden", "Access Token expired, missing or unknown")
    once = answer if refusal is None else lambda: refusal
    return mishaps.perform(around.faults, TRACING, interaction, Work(once=once, over=once))


def _check_headers() -> Response | None:
    """The service refuses a request without an id of its own."""
    try:
        UUID(request.headers.get("X-Request-ID", ""))
    except ValueError:
        return _refused(412, "PRECONDITION_FAILED", "required", "X-Request-ID must be sent and be a UUID")
    g.logged["trace_id"] = request.headers.get("X-Correlation-ID", request.headers["X-Request-ID"])[:64]
    return None


def _trace(people: People, number: str) -> Response:
    try:
        nhs_number = NHSNumber.parse(number)
    except InvalidValue:
        return _refused(400, "INVALID_RESOURCE_ID", "value", "Resource Id is invalid")
    person = people.trace(nhs_number)
    if person is None:
        return _refused(404, "RESOURCE_NOT_FOUND", "not_found", "Resource not found")
    response = _answer(patient(person), 200)
    response.headers["ETag"] = 'W/"1"'
    return response


def _search(people: People) -> Response:
    family, born = request.args.get("family", ""), request.args.get("birthdate", "")
    if not family or not born:
        return _refused(400, "MISSING_VALUE", "required", "family and birthdate are needed")
    if len(family.rstrip("*")) < 2 and family.endswith("*"):
        return _refused(400, "INVALID_SEARCH_DATA", "value", "a wildcard needs two letters before it")
    try:
        query = PersonQuery(
            family=family,
            birth_date=date.fromisoformat(born.removeprefix("eq")),
            given=request.args.get("given", ""),
            gender=request.args.get("gender", ""),
            postcode=request.args.get("address-postalcode", request.args.get("address-postcode", "")),
        )
        most = int(request.args.get("_max-results", str(_MOST_MATCHES)))
    except ValueError:
        return _refused(400, "INVALID_SEARCH_DATA", "value", "birthdate must be eq and a date")
    found = people.search(query)
    if len(found) > min(most, _MOST_MATCHES):
        return _answer(outcome("TOO_MANY_MATCHES", "multiple-matches", "Too Many Matches", "information"), 200)
    return _answer(searchset(found, request.host_url.rstrip("/") + ROOT), 200)


def _refused(status: int, code: str, issue: str, words: str) -> Response:
    return _answer(outcome(code, issue, words, "error"), status)


def _answer(resource: Resource, status: int) -> Response:
    response = Response(json.dumps(resource), status, content_type=FHIR_JSON)
    response.headers["X-Request-ID"] = request.headers.get("X-Request-ID", "")
    return response
