"""The wire of the Spine Directory Service's FHIR API (R4) over the simulator's practices: who answers what, and where.

Two steps: Device says which system (ASID) and party key a practice has for an interaction, Endpoint where that party's
service root is. What a practice is not listed for is not found, which is how one learns that it is not enabled.
"""

import json
import sqlite3
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import Blueprint, Response, g, request

from connectors.mock.simulator import manners, mishaps, provider
from connectors.mock.simulator.mishaps import Work
from connectors.mock.simulator.provider import Surroundings
from gp_connect import interactions
from gp_connect.elements import Resource
from gp_connect.interactions import Interaction
from gp_connect.names import FHIR_JSON, ODS_CODE

ROOT = "/spine-directory/FHIR/R4"
DIRECTORY = "SDS"  # the practice name under which faults of the directory are ordered
_ID = "https://fhir.nhs.uk/Id"
_INTERACTION, _PARTY_KEY, _ASID = f"{_ID}/nhsServiceInteractionId", f"{_ID}/nhsMhsPartyKey", f"{_ID}/nhsSpineASID"
_TERMS = "http://terminology.hl7.org/CodeSystem"


def create(around: Surroundings) -> Blueprint:
    """The blueprint of the directory."""
    blueprint = Blueprint("directory", __name__)

    @blueprint.get(f"{ROOT}/<any(Device, Endpoint):kind>")
    def search(kind: str) -> Response:
        g.logged = {"interaction": f"directory-{kind.lower()}"}
        visit = _Visit(around, kind)
        return mishaps.perform(around.faults, DIRECTORY, kind.lower(), Work(once=visit.answer, over=visit.answer))

    return blueprint


def party_key_of(ods: str) -> str:
    """The key of the one party each practice has."""
    return f"{ods}-800001"


class _Visit:
    def __init__(self, around: Surroundings, kind: str) -> None:
        self._around = around
        self._kind = kind

    def answer(self) -> Response:
        if not request.headers.get("apikey", "").strip():
            return _refused(401, "login", "Access denied: the header apikey is missing")
        try:
            UUID(request.headers.get("X-Correlation-ID") or request.headers.get("X-Request-ID") or str(UUID(int=0)))
        except ValueError:
            return _refused(400, "value", "X-Correlation-ID must be a UUID")
        ods, interaction_id = _value("organization", ODS_CODE), _value("identifier", _INTERACTION)
        party_key = _value("identifier", _PARTY_KEY)
        if self._kind == "Device" and not (ods and interaction_id):
            return _refused(400, "required", "organization and identifier (an interaction id) are needed")
        if [ods, interaction_id, party_key].count("") > 1:
            return _refused(400, "required", "two of organization, interaction id and party key are needed")
        write = _device if self._kind == "Device" else _endpoint
        return _bundle(
            [write(row, each) for row in self._found(ods, party_key) for each in _listed(row, interaction_id)]
        )

    def _found(self, ods: str, party_key: str) -> list[sqlite3.Row]:
        """The practice asked for, by its code or by its party key (or both, and then they must agree)."""
        named = ods or party_key.partition("-")[0]
        if party_key and party_key != party_key_of(named):
            return []
        with self._around.store.reading() as connection:
            return connection.execute("SELECT * FROM practice WHERE ods = ?", (named,)).fetchall()


def _listed(row: sqlite3.Row, interaction_id: str) -> list[Interaction]:
    """The interactions asked for that the practice is listed for; without one asked for, one of each service root."""
    unlisted = manners.read(row["settings"]).unlisted
    asked = [interactions.BY_ID[interaction_id]] if interaction_id in interactions.BY_ID else []
    if not interaction_id:
        asked = [
            interactions.FREE_SLOTS,
            interactions.FIND_PATIENT,
            interactions.GET_STRUCTURED_RECORD,
            interactions.FIND_DOCUMENTS,
        ]
    return [each for each in asked if manners.message_set_of(each) not in unlisted]


def _value(parameter: str, system: str) -> str:
    """The value of the one parameter of this identifier system, empty without one."""
    for sent in request.args.getlist(parameter):
        sent_system, _, value = sent.partition("|")
        if sent_system == system:
            return value.strip()
    return ""


def _device(row: sqlite3.Row, interaction: Interaction) -> Resource:
    return {
        "resourceType": "Device",
        "id": _id(row, interaction, "device"),
        "identifier": [
            {"system": _ASID, "value": row["asid"]},
            {"system": _PARTY_KEY, "value": party_key_of(row["ods"])},
            {"system": _INTERACTION, "value": interaction.id},
        ],
        "owner": {"identifier": {"system": ODS_CODE, "value": row["ods"]}},
    }


def _endpoint(row: sqlite3.Row, interaction: Interaction) -> Resource:
    return {
        "resourceType": "Endpoint",
        "id": _id(row, interaction, "endpoint"),
        "identifier": [
            {"system": _PARTY_KEY, "value": party_key_of(row["ods"])},
            {"system": _INTERACTION, "value": interaction.id},
        ],
        "status": "active",
        "connectionType": {"system": f"{_TERMS}/endpoint-connection-type", "code": "hl7-fhir-rest"},
        "managingOrganization": {"identifier": {"system": ODS_CODE, "value": row["ods"]}},
        "payloadType": [{"coding": [{"system": f"{_TERMS}/endpoint-payload-type", "code": "any"}]}],
        "address": _address(row["ods"], interaction),
    }


def _address(ods: str, interaction: Interaction) -> str:
    # Service roots of their own
    below = "/structured" if interaction in interactions.STRUCTURED else ""
    below = "/documents" if interaction in interactions.DOCUMENTS else below
    return f"{request.host_url}{ods}/{provider.ROOT}{below}"


def _id(row: sqlite3.Row, interaction: Interaction, kind: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{kind}:{row['ods']}:{interaction.id}"))


def _bundle(resources: list[Resource]) -> Response:
    here = f"{request.host_url.rstrip('/')}{ROOT}"
    entries = [
        {
            "fullUrl": f"{here}/{each['resourceType']}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in resources
    ]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
    return _answer(bundle, 200)


def _refused(status: int, issue: str, words: str) -> Response:
    told = [{"severity": "error", "code": issue, "diagnostics": words}]
    return _answer({"resourceType": "OperationOutcome", "issue": told}, status)


def _answer(resource: Resource, status: int) -> Response:
    response = Response(json.dumps(resource), status, content_type=FHIR_JSON)
    for name in ("X-Request-ID", "X-Correlation-ID"):
        if request.headers.get(name):
            response.headers[name] = request.headers[name]
    return response
