"""The capability statement: what a system says it can do, and a good way to ask whether it is there."""

from dataclasses import dataclass

from gp_connect import names
from gp_connect.elements import Resource, child, children, expect, text

_PROFILES = (
    names.PATIENT,
    names.ORGANISATION,
    names.PRACTITIONER,
    names.PRACTITIONER_ROLE,
    names.LOCATION,
    names.OPERATION_OUTCOME,
    names.APPOINTMENT,
    names.SCHEDULE,
    names.SLOT,
)
_SLOT_INCLUDES = (
    "Schedule:actor:Location",
    "Schedule:actor:Practitioner",
    "Slot:schedule",
    "Location:managingOrganization",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the hub uses of a capability statement."""

    standard: str  # version of GP Connect
    software: str
    software_version: str
    resources: frozenset[str]


def write(software: str, software_version: str, *, standard: str = names.SPEC_VERSION) -> Resource:
    """The statement of a system that does foundations and appointments."""
    return {
        "resourceType": "CapabilityStatement",
        "version": standard,
        "name": "GP Connect",
        "status": "active",
        "date": "2024-01-15",
        "publisher": software,
        "description": f"This server implements the GP Connect API version {standard}",
        "kind": "capability",
        "software": {"name": software, "version": software_version},
        "fhirVersion": "3.0.1",
        "acceptUnknown": "both",
        "format": [names.FHIR_JSON],
        "profile": [{"reference": profile} for profile in _PROFILES],
        "rest": [{"mode": "server", "security": {"cors": True}, "resource": _resources(), "operation": _operations()}],
    }


def read(resource: Resource) -> Statement:
    """The statement of a host. Raises Unreadable when it is none."""
    expect(resource, "CapabilityStatement")
    software, rest = child(resource, "software"), child(resource, "rest")
    return Statement(
        standard=text(resource, "version"),
        software=text(software, "name"),
        software_version=text(software, "version"),
        resources=frozenset(text(each, "type") for each in children(rest, "resource")),
    )


def _resources() -> list[Resource]:
    return [
        _resource("Patient", "read", "search-type", identifier="token"),
        _resource("Appointment", "read", "create", "update", "search-type", start="date"),
        {
            **_resource("Slot", "search-type", start="date", end="date", status="token", searchFilter="token"),
            "searchInclude": list(_SLOT_INCLUDES),
        },
    ]


def _resource(kind: str, *interactions: str, **parameters: str) -> Resource:
    return {
        "type": kind,
        "interaction": [{"code": code} for code in interactions],
        "searchParam": [{"name": name, "type": sort} for name, sort in parameters.items()],
    }


def _operations() -> list[Resource]:
    definition = "https://fhir.nhs.uk/STU3/OperationDefinition/GPConnect-RegisterPatient-Operation-1"
    return [{"name": "gpc.registerpatient", "definition": {"reference": definition}}]
