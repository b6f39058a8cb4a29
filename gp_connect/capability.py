"""The capability statement: what a system says it can do, and a good way to ask whether it is there."""

from collections.abc import Collection
from dataclasses import dataclass

from gp_connect import media, names
from gp_connect.elements import Resource, child, children, expect, strings, text, without_empty
from gp_connect.media import Format

_DEFINITIONS = "https://fhir.nhs.uk/STU3/OperationDefinition"
_STRUCTURES = "https://fhir.nhs.uk/STU3/StructureDefinition"
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
# The standard's statement of version 1.2 names these too, whether or not the record is served at the same address.
_RECORD_PROFILES = tuple(
    f"{_STRUCTURES}/{name}"
    for name in (
        "CareConnect-GPC-AllergyIntolerance-1",
        "CareConnect-GPC-Medication-1",
        "CareConnect-GPC-MedicationStatement-1",
        "CareConnect-GPC-MedicationRequest-1",
        "CareConnect-GPC-List-1",
        "GPConnect-StructuredRecord-Bundle-1",
    )
)
_REGISTER = ("gpc.registerpatient", f"{_DEFINITIONS}/GPConnect-RegisterPatient-Operation-1")
_RECORD = ("gpc.getstructuredrecord", f"{_DEFINITIONS}/GPConnect-GetStructuredRecord-Operation-1/_history/1.12")
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
    operations: frozenset[str] = frozenset()
    formats: frozenset[Format] = frozenset()


def write(
    software: str,
    software_version: str,
    *,
    standard: str = names.SPEC_VERSION,
    formats: Collection[Format] = media.JSON_ONLY,
    publisher: str = "",
    about_appointments: str = "",
) -> Resource:
    """The statement of a system that does Foundations and Appointments, as the standard's own example has it: with
    the record's profiles and operation, which the official test suite looks for here too. `about_appointments` says
    what a consumer must know of them beyond the standard.
    """
    return {
        "resourceType": "CapabilityStatement",
        "version": standard,
        "name": "GP Connect",
        "status": "active",
        "date": "2020-01-15",  # of the standard's statement
        "publisher": publisher or software,
        "description": f"This server implements the GP Connect API version {standard}",
        "kind": "capability",
        "software": {"name": software, "version": software_version},
        "fhirVersion": "3.0.1",
        "acceptUnknown": "both",
        "format": [each.value for each in sorted(formats)],
        "profile": [{"reference": profile} for profile in (*_PROFILES, *_RECORD_PROFILES)],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": True},
                "resource": _resources(about_appointments),
                "operation": [
                    {"name": name, "definition": {"reference": definition}} for name, definition in (_REGISTER, _RECORD)
                ],
            }
        ],
    }


def read(resource: Resource) -> Statement:
    """The statement of a host. Raises Unreadable when it is none."""
    expect(resource, "CapabilityStatement")
    software, rest = child(resource, "software"), child(resource, "rest")
    formats = (media.format_of(each) for each in strings(resource, "format"))
    return Statement(
        standard=text(resource, "version"),
        software=text(software, "name"),
        software_version=text(software, "version"),
        resources=frozenset(text(each, "type") for each in children(rest, "resource")),
        operations=frozenset(text(each, "name") for each in children(rest, "operation")),
        formats=frozenset(each for each in formats if each),
    )


def _resources(about_appointments: str) -> list[Resource]:
    appointment = _resource("Appointment", "read", "create", "update", "search-type", start="date")
    return [
        _resource("Patient", "read", "search-type", identifier="token"),
        _resource("Organization", "read", "search-type", identifier="token"),
        _resource("Practitioner", "read", "search-type", identifier="token"),
        _resource("Location", "read"),
        without_empty({**appointment, "documentation": about_appointments}) | {"updateCreate": False},
        {
            **_resource("Slot", "search-type", start="date", end="date", status="token", searchFilter="token"),
            "searchInclude": list(_SLOT_INCLUDES),
        },
    ]


def _resource(kind: str, *interactions: str, **parameters: str) -> Resource:
    return without_empty(
        {
            "type": kind,
            "interaction": [{"code": code} for code in interactions],
            "searchParam": [{"name": name, "type": sort} for name, sort in parameters.items()],
        }
    )
