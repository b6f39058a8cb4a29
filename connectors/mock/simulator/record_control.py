"""The part of the control API that is about records: /control/records. connectors/mock/README.md documents it."""

from flask import Blueprint, Response, g, jsonify, request

from connectors.mock.simulator.provider import Surroundings
from connectors.mock.simulator.record_room import RecordRoom
from connectors.mock.simulator.seeds import RecordTrait
from gp_connect import elements
from gp_connect.elements import Unreadable, required, strings
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import RecordSection


def create(around: Surroundings) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint("record_control", __name__, url_prefix="/control/records")

    @blueprint.errorhandler(Unreadable)
    @blueprint.errorhandler(InvalidValue)
    @blueprint.errorhandler(ValueError)
    def unreadable(error: Exception) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    def room(ods: str) -> RecordRoom:
        g.logged["practice"] = ods
        return RecordRoom(around.store, OdsCode.parse(ods), around.clock)

    @blueprint.put("/<ods>/off")
    def switch_off(ods: str) -> Response:
        """{"off": ["problems", …]}; the whole service is one of the practice's settings."""
        off = [RecordSection(name) for name in strings(elements.parse(request.get_data()), "off")]
        room(ods).switch_off(off)
        return jsonify(off=[section.value for section in off])

    @blueprint.put("/<ods>/traits")
    def mark(ods: str) -> Response:
        """{"nhs_number": "…", "traits": ["dissent", …]}."""
        body = elements.parse(request.get_data())
        traits = [RecordTrait(trait) for trait in strings(body, "traits")]
        room(ods).mark(NHSNumber.parse(required(body, "nhs_number")), traits)
        return jsonify(traits=[trait.value for trait in traits])

    @blueprint.put("/<ods>/words")
    def plant(ods: str) -> Response:
        """{"nhs_number": "…", "words": "…"}; the words themselves are in no log."""
        body = elements.parse(request.get_data())
        words = required(body, "words")
        room(ods).plant(NHSNumber.parse(required(body, "nhs_number")), words)
        return jsonify(planted=True)

    return blueprint
