"""Every practice's structured-record service, at /{ODS}/STU3/1/gpconnect/structured, with its own statement."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from connectors.mock.simulator import visiting
from connectors.mock.simulator.provider import Surroundings
from connectors.mock.simulator.record_room import RecordRoom
from gp_connect import elements, interactions
from gp_connect.elements import Resource, Unreadable
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import structured as rules
from gp_connect.spine_codes import INVALID_RESOURCE
from gp_connect.structured import statement
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date

ROOT = "STU3/1/gpconnect/structured"  # below the practice's ODS code
_VERSION = "1"


def create(around: Surroundings) -> Blueprint:
    """The blueprint for all practices."""
    blueprint = Blueprint("structured", __name__)
    visiting.serve(blueprint, ROOT, around.faults, lambda ods, path: _Visit(around, ods, path))
    return blueprint


@dataclass(frozen=True, slots=True)
class _Visit:
    around: Surroundings
    ods: str
    path: str

    def answer(self, *, over: bool = False) -> Response:  # a record is only read
        """The answer to this request; every refusal is an OperationOutcome, and so is a bug."""
        try:
            return visiting.as_json(self._answered(), 200)
        except Exception as error:
            return visiting.as_json(*visiting.told(error))

    def _answered(self) -> Resource:
        settings, asid = visiting.settings_of(self.around.store, self.ods)
        clock = self.around.clock
        root = f"{request.host_url}{self.ods}/{ROOT}"
        passed = visiting.checked(
            self.path, settings, asid=asid, root=root, clock=clock, served=interactions.STRUCTURED
        )
        if passed.interaction == interactions.STRUCTURED_METADATA:
            return statement.write(settings.manner.software, _VERSION)
        asked = rules.check(_body(), today=london_date(clock.now()))
        return RecordRoom(self.around.store, OdsCode(self.ods), clock).read(asked, trace_id=passed.trace_id)


def _body() -> Resource:
    try:
        return elements.parse(request.get_data())
    except Unreadable as error:
        raise Rejected(INVALID_RESOURCE, str(error)) from error
