"""/patients: who is on the phone. By POST only: no number and no name in an address."""

from typing import Any

from hub.api import door
from hub.api.schemas.patients import LookUpSchema, NameSchema, PatientCardSchema, PatientCardsSchema
from hub.auth.access import current_caller, requires
from hub.wiring import current_hub
from scheduling import patients
from scheduling.patients import PatientCard
from vocabulary.purposes import Scope

blueprint = door.blueprint("patients", __name__, path="/patients", description="The patient on the phone")


@blueprint.route("/look-up", methods=["POST"])
@requires(Scope.BOOK)
@blueprint.arguments(LookUpSchema)
@blueprint.response(200, PatientCardSchema)
def look_up(sent: dict[str, Any]) -> PatientCard:
    """Look a patient up by NHS number

    From the national record. Every look-up is accounted for.
    """
    return patients.look_up(current_hub().desk, sent["nhs_number"], current_caller())


@blueprint.route("/search", methods=["POST"])
@requires(Scope.BOOK)
@blueprint.arguments(NameSchema)
@blueprint.response(200, PatientCardsSchema)
def search(sent: dict[str, Any]) -> dict[str, Any]:
    """Find a patient by name and date of birth"""
    return {"patients": patients.search(current_hub().desk, current_caller(), **sent)}
