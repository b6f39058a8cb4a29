"""Every practice's document service, at /{ODS}/STU3/1/gpconnect/documents, with its own statement."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from connectors.mock.simulator import visiting
from connectors.mock.simulator.document_room import DocumentRoom
from connectors.mock.simulator.provider import Surroundings
from gp_connect import documents, interactions
from gp_connect.elements import Resource
from gp_connect.provider_rules import documents as rules
from gp_connect.provider_rules import searching
from vocabulary.identifiers import OdsCode

ROOT = "STU3/1/gpconnect/documents"  # below the practice's ODS code
_VERSION = "1"


def create(around: Surroundings) -> Blueprint:
    """The blueprint for all practices."""
    blueprint = Blueprint("documents", __name__)
    visiting.serve(blueprint, ROOT, around.faults, lambda ods, path: _Visit(around, ods, path))
    return blueprint


@dataclass(frozen=True, slots=True)
class _Visit:
    around: Surroundings
    ods: str
    path: str

    def answer(self, *, over: bool = False) -> Response:  # a document is only read
        """The answer to this request; every refusal is an OperationOutcome, and so is a bug."""
        try:
            return visiting.as_json(self._answered(), 200)
        except Exception as error:
            return visiting.as_json(*visiting.told(error))

    def _answered(self) -> Resource:
        settings, asid = visiting.settings_of(self.around.store, self.ods)
        clock = self.around.clock
        root = f"{request.host_url}{self.ods}/{ROOT}"
        passed = visiting.checked(self.path, settings, asid=asid, root=root, clock=clock, served=interactions.DOCUMENTS)
        room = DocumentRoom(self.around.store, OdsCode(self.ods), clock)
        sent = tuple(request.args.items(multi=True))
        match passed.interaction:
            case interactions.DOCUMENTS_METADATA:
                return documents.write_statement(settings.manner.software, _VERSION)
            case interactions.DOCUMENTS_FIND_PATIENT:
                return room.find_patient(searching.nhs_number(sent))
            case interactions.FIND_DOCUMENTS:
                return room.search(passed.logical_id, rules.search(sent), root=root)
            case _:
                return room.read(passed.logical_id)
