"""Every practice's GP Connect service, at /{ODS}/STU3/1/gpconnect: from a request to the diary and back."""

import json
from dataclasses import dataclass, field

from flask import Blueprint, Response, g, request

from connectors.mock.simulator import mishaps
from connectors.mock.simulator.clock import SimulatorClock
from connectors.mock.simulator.diary import Diary
from connectors.mock.simulator.faults import FaultDesk
from connectors.mock.simulator.mishaps import Work
from connectors.mock.simulator.registers import Register
from connectors.mock.simulator.store import Store
from gp_connect import capability, elements, headers, interactions, outcomes
from gp_connect.elements import Resource, Unreadable
from gp_connect.interactions import Interaction
from gp_connect.names import FHIR_JSON_UTF8
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import access, searching
from gp_connect.spine_codes import BAD_REQUEST, NOT_IMPLEMENTED, ORGANISATION_NOT_FOUND, UNSUPPORTED_MEDIA_TYPE
from vocabulary.identifiers import OdsCode

ROOT = "STU3/1/gpconnect"  # below the practice's ODS code
_SOFTWARE = ("Practice hub GP-system simulator", "1")


@dataclass(slots=True)
class Surroundings:
    """What the whole simulator shares: its store, its clock and the faults in force."""

    store: Store
    clock: SimulatorClock = field(default_factory=SimulatorClock)
    faults: FaultDesk = field(default_factory=FaultDesk)


def create(around: Surroundings) -> Blueprint:
    """The blueprint for all practices."""
    blueprint = Blueprint("gp_connect", __name__)

    @blueprint.route(f"/<ods>/{ROOT}/<path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def serve(ods: str, path: str) -> Response:
        interaction = interactions.BY_ID.get(request.headers.get(headers.INTERACTION_ID, ""))
        name = interaction.name if interaction else "unknown"
        g.logged = {"practice": ods, "interaction": name}
        visit = _Visit(around, ods, f"/{path}")
        work = Work(once=visit.answer, over=lambda: visit.answer(over=True))
        return mishaps.perform(around.faults, ods, name, work)

    return blueprint


@dataclass(frozen=True, slots=True)
class _Visit:
    around: Surroundings
    ods: str
    path: str

    def answer(self, *, over: bool = False) -> Response:
        """The answer to this request; every refusal is an OperationOutcome."""
        try:
            interaction = self._check()
            return self._dispatch(interaction, over=over)
        except Rejected as refusal:
            body = outcomes.write(refusal.code, refusal.diagnostics)
            return _response(body, refusal.code.status)

    def _check(self) -> Interaction:
        with self.around.store.reading() as connection:
            practice = connection.execute("SELECT asid FROM practice WHERE ods = ?", (self.ods,)).fetchone()
        if practice is None:
            raise Rejected(ORGANISATION_NOT_FOUND, "this simulator plays no such practice")
        if "xml" in request.args.get("_format", ""):
            raise Rejected(UNSUPPORTED_MEDIA_TYPE, "_format must be json")
        passed = access.check(
            dict(request.headers),
            request.method,
            self.path,
            asid=practice["asid"],
            audiences=(self._root(),),
            now=self.around.clock.now(),
        )
        g.logged["trace_id"] = passed.trace_id[:64]
        g.logged["asked_by"] = passed.token.organisation
        return passed.interaction

    def _dispatch(self, interaction: Interaction, *, over: bool) -> Response:
        host = OdsCode(self.ods)
        diary = Diary(self.around.store, host, self.around.clock)
        register = Register(self.around.store, host)
        logical_id = self.path.split("/")[2] if "{id}" in interaction.path else ""
        pairs = request.args.items(multi=True)
        if interaction == interactions.METADATA:
            return _response(capability.write(*_SOFTWARE), 200)
        if interaction == interactions.FREE_SLOTS:
            return _response(diary.free_slots(searching.free_slots(pairs)), 200)
        if interaction == interactions.FIND_PATIENT:
            return _response(register.find(searching.nhs_number(pairs)), 200)
        if interaction == interactions.READ_PATIENT:
            return _response(register.read(logical_id), 200)
        if interaction == interactions.REGISTER_PATIENT:
            return _response(register.register(_body()), 200)
        if interaction == interactions.BOOK:
            return self._stored(diary.book(_body(), over=over), 201)
        if interaction == interactions.PATIENT_APPOINTMENTS:
            window = searching.appointments(pairs, self.around.clock.now())
            return _response(diary.of_patient(logical_id, window), 200)
        if interaction == interactions.READ_APPOINTMENT:
            return self._stored(diary.read(logical_id), 200)
        if interaction == interactions.AMEND:
            return self._stored(diary.amend(logical_id, _body(), _version()), 200)
        if interaction == interactions.CANCEL:
            return self._stored(diary.cancel(logical_id, _body(), _version()), 200)
        raise Rejected(NOT_IMPLEMENTED, f"{interaction.name} is not played here")

    def _stored(self, resource: Resource, status: int) -> Response:
        """An answer about one stored resource: entity tag, and its address when it is new."""
        version = elements.version(resource)
        minimal = "return=minimal" in request.headers.get("Prefer", "")
        response = Response(b"", status, content_type=FHIR_JSON_UTF8) if minimal else _response(resource, status)
        response.headers["ETag"] = headers.etag(version)
        if status == 201:
            kind, logical_id = resource["resourceType"], resource["id"]
            response.headers["Location"] = f"{self._root()}/{kind}/{logical_id}/_history/{version}"
        return response

    def _root(self) -> str:
        return f"{request.host_url}{self.ods}/{ROOT}"


def _body() -> Resource:
    try:
        return elements.parse(request.get_data())
    except Unreadable as error:
        raise Rejected(BAD_REQUEST, str(error)) from error


def _version() -> str:
    try:
        return headers.version_in(request.headers.get("If-Match", ""))
    except Unreadable as error:
        raise Rejected(BAD_REQUEST, str(error)) from error


def _response(resource: Resource, status: int) -> Response:
    return Response(json.dumps(resource, separators=(",", ":")), status, content_type=FHIR_JSON_UTF8)
