"""Every practice's structured-record service, at /{ODS}/STU3/1/gpconnect/structured, with its own statement."""

import json
from dataclasses import dataclass

from flask import Blueprint, Response, g, request

from connectors.mock.simulator import manners, mishaps
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.mishaps import Work
from connectors.mock.simulator.provider import Surroundings
from connectors.mock.simulator.record_room import RecordRoom
from connectors.port import MessageSet
from gp_connect import elements, headers, interactions, outcomes
from gp_connect.elements import Resource, Unreadable
from gp_connect.names import FHIR_JSON_UTF8
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import access
from gp_connect.provider_rules import structured as rules
from gp_connect.provider_rules.access import Access
from gp_connect.spine_codes import ACCESS_DENIED, INVALID_RESOURCE, ORGANISATION_NOT_FOUND
from gp_connect.structured import statement
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date

ROOT = "STU3/1/gpconnect/structured"  # below the practice's ODS code
_VERSION = "1"


def create(around: Surroundings) -> Blueprint:
    """The blueprint for all practices."""
    blueprint = Blueprint("structured", __name__)

    @blueprint.route(f"/<ods>/{ROOT}/<path:path>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def serve(ods: str, path: str) -> Response:
        interaction = interactions.BY_ID.get(request.headers.get(headers.INTERACTION_ID, ""))
        name = interaction.name if interaction else "unknown"
        g.logged = {"practice": ods, "interaction": name}
        visit = _Visit(around, ods, f"/{path}")
        return mishaps.perform(around.faults, ods, name, Work(once=visit.answer, over=visit.answer))

    return blueprint


@dataclass(frozen=True, slots=True)
class _Visit:
    around: Surroundings
    ods: str
    path: str

    def answer(self) -> Response:
        """The answer to this request; every refusal is an OperationOutcome."""
        try:
            settings, asid = self._settings()
            passed = self._check(asid)
            if not settings.serves(MessageSet.STRUCTURED_RECORD):
                raise Rejected(ACCESS_DENIED, settings.manner.switched_off)
            if passed.interaction == interactions.STRUCTURED_METADATA:
                return _response(statement.write(settings.manner.software, _VERSION), 200)
            room = RecordRoom(self.around.store, OdsCode(self.ods), self.around.clock)
            asked = rules.check(_body(), today=london_date(self.around.clock.now()))
            return _response(room.read(asked, trace_id=passed.trace_id), 200)
        except Rejected as refusal:
            return _response(outcomes.write(refusal.code, refusal.diagnostics), refusal.code.status)

    def _settings(self) -> tuple[Settings, str]:
        with self.around.store.reading() as connection:
            practice = connection.execute("SELECT asid, settings FROM practice WHERE ods = ?", (self.ods,)).fetchone()
        if practice is None:
            raise Rejected(ORGANISATION_NOT_FOUND, "this simulator plays no such practice")
        return manners.read(practice["settings"]), practice["asid"]

    def _check(self, asid: str) -> Access:
        passed = access.check(
            dict(request.headers),
            request.method,
            self.path,
            asid=asid,
            audiences=(f"{request.host_url}{self.ods}/{ROOT}",),
            now=self.around.clock.now(),
            parameters=tuple(request.args.items(multi=True)),
            served=interactions.STRUCTURED,
        )
        g.logged["trace_id"] = passed.trace_id[:64]
        g.logged["asked_by"] = passed.token.organisation
        return passed


def _body() -> Resource:
    try:
        return elements.parse(request.get_data())
    except Unreadable as error:
        raise Rejected(INVALID_RESOURCE, str(error)) from error


def _response(resource: Resource, status: int) -> Response:
    return Response(json.dumps(resource, separators=(",", ":")), status, content_type=FHIR_JSON_UTF8)
