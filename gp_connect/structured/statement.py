"""The capability statement of the structured service, which has an address of its own and says so."""

from gp_connect import names
from gp_connect.elements import Resource
from gp_connect.structured.pen import PROFILES

VERSION = "1.6.2"
_CLINICAL = (
    "AllergyIntolerance",
    "Medication",
    "MedicationStatement",
    "MedicationRequest",
    "List",
    "Immunization",
    "ProblemHeader-Condition",
    "Encounter",
    "Observation",
    "DiagnosticReport",
    "Specimen",
    "ProcedureRequest",
    "ReferralRequest",
    "DocumentReference",
)
_OPERATION = "https://fhir.nhs.uk/STU3/OperationDefinition/GPConnect-GetStructuredRecord-Operation-1"


def write(software: str, software_version: str) -> Resource:
    """The statement of a system that gives out structured records."""
    profiles = [
        names.PATIENT,
        names.ORGANISATION,
        names.PRACTITIONER,
        names.PRACTITIONER_ROLE,
        *(f"{PROFILES}/CareConnect-GPC-{name}-1" for name in _CLINICAL),
        f"{PROFILES}/GPConnect-StructuredRecord-Bundle-1",
        names.OPERATION_OUTCOME,
    ]
    operation = {"name": "gpc.getstructuredrecord", "definition": {"reference": _OPERATION}}
    return {
        "resourceType": "CapabilityStatement",
        "version": VERSION,
        "name": "GP Connect structured record",
        "status": "active",
        "date": "2024-03-01",
        "publisher": software,
        "description": f"This server implements Access Record: Structured of GP Connect {VERSION}",
        "kind": "capability",
        "software": {"name": software, "version": software_version},
        "fhirVersion": "3.0.1",
        "acceptUnknown": "both",
        "format": ["application/fhir+json"],
        "profile": [{"reference": profile} for profile in profiles],
        "rest": [{"mode": "server", "security": {"cors": True}, "operation": [operation]}],
    }
