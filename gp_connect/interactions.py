"""Which interactions there are: id, verb, path and the scope the audit token must carry (GP Connect 1.2 and 1.6)."""

import re
from dataclasses import dataclass
from enum import StrEnum

_PREFIX = "urn:nhs:names:services:gpconnect:fhir:"
_STRUCTURED_PREFIX = "urn:nhs:names:services:gpconnect:structured:fhir:"
_DOCUMENTS_PREFIX = "urn:nhs:names:services:gpconnect:documents:fhir:"


class TokenScope(StrEnum):
    """The four values of `requested_scope`."""

    READ_PATIENT = "patient/*.read"
    WRITE_PATIENT = "patient/*.write"
    READ_ORGANISATION = "organization/*.read"
    WRITE_ORGANISATION = "organization/*.write"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing a consumer may ask. `path` is relative to the service root, `{id}` stands for a logical id."""

    name: str
    id: str
    verb: str
    path: str
    scope: TokenScope

    def url(self, logical_id: str = "") -> str:
        """The path with the logical id put in."""
        return self.path.replace("{id}", logical_id)

    @property
    def reads_one(self) -> bool:
        """Whether it asks for one resource by its id."""
        return self.verb == "GET" and self.path.endswith("/{id}")


def _interaction(name: str, suffix: str, verb: str, path: str, scope: TokenScope) -> Interaction:
    return Interaction(name, _PREFIX + suffix, verb, path, scope)


_READ, _WRITE, _OTHER = TokenScope.READ_PATIENT, TokenScope.WRITE_PATIENT, TokenScope.READ_ORGANISATION

METADATA = _interaction("metadata", "rest:read:metadata-1", "GET", "/metadata", _OTHER)
FIND_PATIENT = _interaction("find-patient", "rest:search:patient-1", "GET", "/Patient", _READ)
READ_PATIENT = _interaction("read-patient", "rest:read:patient-1", "GET", "/Patient/{id}", _READ)
REGISTER_PATIENT = _interaction(
    "register-patient", "operation:gpc.registerpatient-1", "POST", "/Patient/$gpc.registerpatient", _WRITE
)
FIND_PRACTITIONER = _interaction("find-practitioner", "rest:search:practitioner-1", "GET", "/Practitioner", _OTHER)
READ_PRACTITIONER = _interaction("read-practitioner", "rest:read:practitioner-1", "GET", "/Practitioner/{id}", _OTHER)
FIND_ORGANISATION = _interaction("find-organisation", "rest:search:organization-1", "GET", "/Organization", _OTHER)
READ_ORGANISATION = _interaction("read-organisation", "rest:read:organization-1", "GET", "/Organization/{id}", _OTHER)
READ_LOCATION = _interaction("read-location", "rest:read:location-1", "GET", "/Location/{id}", _OTHER)
FREE_SLOTS = _interaction("free-slots", "rest:search:slot-1", "GET", "/Slot", _OTHER)
BOOK = _interaction("book", "rest:create:appointment-1", "POST", "/Appointment", _WRITE)
PATIENT_APPOINTMENTS = _interaction(
    "patient-appointments", "rest:search:patient_appointments-1", "GET", "/Patient/{id}/Appointment", _READ
)
READ_APPOINTMENT = _interaction("read-appointment", "rest:read:appointment-1", "GET", "/Appointment/{id}", _READ)
AMEND = _interaction("amend", "rest:update:appointment-1", "PUT", "/Appointment/{id}", _WRITE)
CANCEL = _interaction("cancel", "rest:cancel:appointment-1", "PUT", "/Appointment/{id}", _WRITE)

# The structured record has a service root of its own
GET_STRUCTURED_RECORD = _interaction(
    "get-structured-record", "operation:gpc.getstructuredrecord-1", "POST", "/Patient/$gpc.getstructuredrecord", _READ
)
STRUCTURED_METADATA = Interaction(
    "structured-metadata", f"{_STRUCTURED_PREFIX}rest:read:metadata-1", "GET", "/metadata", _OTHER
)

# And so have documents: even their patients are found there, by an interaction of its own
DOCUMENTS_METADATA = Interaction(
    "documents-metadata", f"{_DOCUMENTS_PREFIX}rest:read:metadata-1", "GET", "/metadata", _OTHER
)
DOCUMENTS_FIND_PATIENT = Interaction(
    "documents-find-patient", f"{_DOCUMENTS_PREFIX}rest:search:patient-1", "GET", "/Patient", _READ
)
FIND_DOCUMENTS = Interaction(
    "find-documents",
    f"{_DOCUMENTS_PREFIX}rest:search:documentreference-1",
    "GET",
    "/Patient/{id}/DocumentReference",
    _READ,
)
READ_DOCUMENT = Interaction("read-document", f"{_DOCUMENTS_PREFIX}rest:read:binary-1", "GET", "/Binary/{id}", _READ)

FOUNDATIONS_AND_APPOINTMENTS = (
    METADATA,
    FIND_PATIENT,
    READ_PATIENT,
    REGISTER_PATIENT,
    FIND_PRACTITIONER,
    READ_PRACTITIONER,
    FIND_ORGANISATION,
    READ_ORGANISATION,
    READ_LOCATION,
    FREE_SLOTS,
    BOOK,
    PATIENT_APPOINTMENTS,
    READ_APPOINTMENT,
    AMEND,
    CANCEL,
)
STRUCTURED = (GET_STRUCTURED_RECORD, STRUCTURED_METADATA)
DOCUMENTS = (DOCUMENTS_METADATA, DOCUMENTS_FIND_PATIENT, FIND_DOCUMENTS, READ_DOCUMENT)
ALL = FOUNDATIONS_AND_APPOINTMENTS + STRUCTURED + DOCUMENTS
BY_ID = {interaction.id: interaction for interaction in ALL}
BY_NAME = {interaction.name: interaction for interaction in ALL}

_LOGICAL_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_SHAPES = {interaction.id: re.compile(re.escape(interaction.path).replace(r"\{id\}", "([^/]+)")) for interaction in ALL}


def fits(interaction: Interaction, verb: str, path: str) -> bool:
    """Whether verb and path (relative to the service root) are this interaction's.

    Amend and cancel share both: only the interaction id tells them apart.
    """
    return verb == interaction.verb and _SHAPES[interaction.id].fullmatch(path) is not None


def logical_id(interaction: Interaction, path: str) -> str:
    """The logical id in a path that fits; empty where there is none, or where it cannot be one."""
    found = _SHAPES[interaction.id].fullmatch(path)
    named = found.group(1) if found and found.groups() else ""
    return named if _LOGICAL_ID.fullmatch(named) else ""
