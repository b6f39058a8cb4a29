"""Every practice's GP Connect service, at /{ODS}/STU3/1/gpconnect: from a request to the practice's system and back."""

import logging
import traceback
from collections.abc import Collection
from dataclasses import dataclass, field

from flask import Blueprint, Response, g, request

from connectors.mock.simulator import manners, mishaps, playing
from connectors.mock.simulator.clock import SimulatorClock
from connectors.mock.simulator.diary import Diary
from connectors.mock.simulator.faults import FaultDesk
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.mishaps import Work
from connectors.mock.simulator.people_and_places import PeopleAndPlaces
from connectors.mock.simulator.playing import Asked, System
from connectors.mock.simulator.registers import OWN_TRACING, Register
from connectors.mock.simulator.store import Store
from gp_connect import headers, interactions, media, outcomes
from gp_connect.elements import Resource
from gp_connect.media import Format
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import access, negotiation, versions
from gp_connect.provider_rules.access import Access
from gp_connect.provider_rules.negotiation import Terms
from gp_connect.spine_codes import ACCESS_DENIED, INTERNAL_SERVER_ERROR, ORGANISATION_NOT_FOUND
from vocabulary.identifiers import OdsCode

ROOT = "STU3/1/gpconnect"  # below the practice's ODS code
_WRITES = (interactions.BOOK, interactions.AMEND, interactions.CANCEL)
_bugs = logging.getLogger("simulator.bugs")


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
        """The answer to this request; every refusal is an OperationOutcome, and so is a bug."""
        terms = Terms()
        try:
            settings = self._settings()
            formats = media.BOTH if settings.manner.speaks_xml else media.JSON_ONLY
            # Known before the rest is checked, so that a refusal comes in the format that was asked for.
            terms = self._terms(formats)
            passed = self._check(settings, formats)
            resource = playing.play(passed.interaction, self._system(settings), self._asked(passed, over=over))
            return self._respond(passed, resource)
        except Rejected as refusal:
            return _written(outcomes.write(refusal.code, refusal.diagnostics), refusal.code.status, terms)
        except Exception as error:  # what it says may name a patient: where it happened is logged
            _bugs.error("%s in\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
            told = outcomes.write(INTERNAL_SERVER_ERROR, "the simulator has a fault of its own; its log says where")
            return _written(told, 500, terms)

    def _settings(self) -> Settings:
        with self.around.store.reading() as connection:
            practice = connection.execute("SELECT asid, settings FROM practice WHERE ods = ?", (self.ods,)).fetchone()
        if practice is None:
            raise Rejected(ORGANISATION_NOT_FOUND, "this simulator plays no such practice")
        g.asid = practice["asid"]
        return manners.read(practice["settings"])

    def _terms(self, formats: Collection[Format]) -> Terms:
        parameters = request.args.items(multi=True)
        return negotiation.negotiate(dict(request.headers), parameters, verb=request.method, offered=formats)

    def _check(self, settings: Settings, formats: Collection[Format]) -> Access:
        passed = access.check(
            dict(request.headers),
            request.method,
            self.path,
            asid=g.asid,
            audiences=(self._root(),),
            now=self.around.clock.now(),
            parameters=tuple(request.args.items(multi=True)),
            offered=formats,
        )
        g.logged["trace_id"] = passed.trace_id[:64]
        g.logged["asked_by"] = passed.token.organisation
        message_set = manners.message_set_of(passed.interaction)
        if message_set is not None and not settings.serves(message_set):
            raise Rejected(ACCESS_DENIED, settings.manner.switched_off)
        return passed

    def _system(self, settings: Settings) -> System:
        store, host, clock = self.around.store, OdsCode(self.ods), self.around.clock
        register = Register(store, host, lambda: self.around.faults.take_exactly(self.ods, OWN_TRACING) is not None)
        return System(settings, Diary(store, host, clock), register, PeopleAndPlaces(store, host), clock)

    def _asked(self, passed: Access, *, over: bool) -> Asked:
        return Asked(
            logical_id=passed.logical_id,
            parameters=tuple(request.args.items(multi=True)),
            body=lambda: negotiation.body(request.get_data(), passed.terms),
            version=lambda: versions.expected(dict(request.headers)),
            over=over,
        )

    def _respond(self, passed: Access, resource: Resource) -> Response:
        """A stored resource comes with its entity tag, and with its address when it is new."""
        interaction = passed.interaction
        created = interaction == interactions.BOOK
        status = 201 if created else 200
        if interaction in _WRITES and passed.terms.minimal:
            response = Response(b"", status, content_type=passed.terms.answer.content_type)
        else:
            response = _written(resource, status, passed.terms)
        if interaction in _WRITES or interaction.reads_one:
            changed = self.around.clock.now() if interaction in _WRITES else None
            response.headers.update(headers.of_stored(resource, self._root(), modified=changed, created=created))
        return response

    def _root(self) -> str:
        return f"{request.host_url}{self.ods}/{ROOT}"


def _written(resource: Resource, status: int, terms: Terms) -> Response:
    return Response(media.write(resource, terms.answer), status, content_type=terms.answer.content_type)
