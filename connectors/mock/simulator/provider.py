"""Every practice's GP Connect service, at /{ODS}/STU3/1/gpconnect: from a request to the practice's system and back."""

from collections.abc import Collection
from dataclasses import dataclass, field

from flask import Blueprint, Response, request

from connectors.mock.simulator import playing, visiting
from connectors.mock.simulator.clock import SimulatorClock
from connectors.mock.simulator.diary import Diary
from connectors.mock.simulator.faults import FaultDesk
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.people_and_places import PeopleAndPlaces
from connectors.mock.simulator.playing import Asked, System
from connectors.mock.simulator.registers import OWN_TRACING, Register
from connectors.mock.simulator.store import Store
from gp_connect import headers, interactions, media
from gp_connect.elements import Resource
from gp_connect.media import Format
from gp_connect.provider_rules import negotiation, versions
from gp_connect.provider_rules.access import Access
from gp_connect.provider_rules.negotiation import Terms
from vocabulary.identifiers import OdsCode

ROOT = "STU3/1/gpconnect"  # below the practice's ODS code
_WRITES = (interactions.BOOK, interactions.AMEND, interactions.CANCEL)


@dataclass(slots=True)
class Surroundings:
    """What the whole simulator shares: its store, its clock and the faults in force."""

    store: Store
    clock: SimulatorClock = field(default_factory=SimulatorClock)
    faults: FaultDesk = field(default_factory=FaultDesk)


def create(around: Surroundings) -> Blueprint:
    """The blueprint for all practices."""
    blueprint = Blueprint("gp_connect", __name__)
    visiting.serve(blueprint, ROOT, around.faults, lambda ods, path: _Visit(around, ods, path))
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
            settings, asid = visiting.settings_of(self.around.store, self.ods)
            formats = media.BOTH if settings.manner.speaks_xml else media.JSON_ONLY
            # Known before the rest is checked, so that a refusal comes in the format that was asked for.
            terms = self._terms(formats)
            passed = visiting.checked(
                self.path, settings, asid=asid, root=self._root(), clock=self.around.clock, offered=formats
            )
            resource = playing.play(passed.interaction, self._system(settings), self._asked(passed, over=over))
            return self._respond(passed, resource)
        except Exception as error:
            return _written(*visiting.told(error), terms)

    def _terms(self, formats: Collection[Format]) -> Terms:
        parameters = request.args.items(multi=True)
        return negotiation.negotiate(dict(request.headers), parameters, verb=request.method, offered=formats)

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
