"""Every Spine code GP Connect answers with: HTTP status, FHIR issue type, plain words, and who can mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who can put a refusal right."""

    CALLER = "you"
    HOST = "the host practice"
    HOST_SUPPLIER = "the host practice's system supplier"
    HUB = "whoever runs the hub"
    NATIONAL = "the national service desk"


@dataclass(frozen=True, slots=True)
class SpineCode:
    """One code: what a provider sends with it, and what a user is told."""

    code: str
    status: int
    issue: str
    display: str
    words: str
    owner: Owner


def _code(code: str, status: int, issue: str, display: str, words: str, owner: Owner) -> SpineCode:
    return SpineCode(code, status, issue, display, words, owner)


BAD_REQUEST = _code(
    "BAD_REQUEST", 400, "invalid", "Bad request", "Their system could not make sense of the request.", Owner.HUB
)
INVALID_IDENTIFIER_SYSTEM = _code(
    "INVALID_IDENTIFIER_SYSTEM",
    400,
    "value",
    "Invalid identifier system",
    "Their system did not know the kind of identifier that was sent.",
    Owner.HUB,
)
INVALID_IDENTIFIER_VALUE = _code(
    "INVALID_IDENTIFIER_VALUE",
    400,
    "value",
    "Invalid identifier value",
    "Their system did not accept an identifier that was sent.",
    Owner.HUB,
)
INVALID_NHS_NUMBER = _code(
    "INVALID_NHS_NUMBER",
    400,
    "value",
    "Invalid NHS number",
    "Their system says that this NHS number is not valid or is no longer in use.",
    Owner.CALLER,
)
INVALID_PATIENT_DEMOGRAPHICS = _code(
    "INVALID_PATIENT_DEMOGRAPHICS",
    400,
    "business-rule",
    "Invalid patient demographics",
    "Their system could not match this person's details with the national record.",
    Owner.CALLER,
)
NO_PATIENT_CONSENT = _code(
    "NO_PATIENT_CONSENT",
    403,
    "forbidden",
    "Patient has not provided consent to share data",
    "The patient has asked for this not to be shared.",
    Owner.CALLER,
)
NO_ORGANISATION_CONSENT = _code(
    "NO_ORGANISATIONAL_CONSENT",
    403,
    "forbidden",
    "Organisation has not provided consent to share data",
    "The practice does not share this with your practice.",
    Owner.HOST,
)
ACCESS_DENIED = _code(
    "ACCESS DENIED",
    403,
    "forbidden",
    "Access has been denied to process this request",
    "The practice has this service switched off, or not opened to your practice.",
    Owner.HOST,
)
ASID_CHECK_FAILED = _code(
    "ASID_CHECK_FAILED",
    403,
    "forbidden",
    "The sender or receiver's ASID is not authorised for this interaction",
    "The national register does not list your practice or theirs for this service.",
    Owner.NATIONAL,
)
PATIENT_NOT_FOUND = _code(
    "PATIENT_NOT_FOUND",
    404,
    "not-found",
    "Patient not found",
    "The practice has no active record of this patient.",
    Owner.CALLER,
)
ORGANISATION_NOT_FOUND = _code(
    "ORGANISATION_NOT_FOUND",
    404,
    "not-found",
    "Organisation not found",
    "Their system does not know this organisation.",
    Owner.HOST_SUPPLIER,
)
PRACTITIONER_NOT_FOUND = _code(
    "PRACTITIONER_NOT_FOUND",
    404,
    "not-found",
    "Practitioner not found",
    "Their system does not know this clinician.",
    Owner.HOST,
)
NO_RECORD_FOUND = _code(
    "NO_RECORD_FOUND",
    404,
    "not-found",
    "No record found",
    "It is not in their system any more.",
    Owner.CALLER,
)
DUPLICATE_REJECTED = _code(
    "DUPLICATE_REJECTED",
    409,
    "duplicate",
    "Create would lead to creation of a duplicate resource",
    "It is already there: the slot is taken, or the patient is already registered.",
    Owner.CALLER,
)
VERSION_CONFLICT = _code(
    "FHIR_CONSTRAINT_VIOLATION",
    409,
    "conflict",
    "FHIR constraint violated",
    "The appointment was changed by the practice in the meantime.",
    Owner.CALLER,
)
UNSUPPORTED_MEDIA_TYPE = _code(
    "UNSUPPORTED_MEDIA_TYPE",
    415,
    "not-supported",
    "Unsupported media type",
    "Their system does not take requests of this form.",
    Owner.HUB,
)
INVALID_RESOURCE = _code(
    "INVALID_RESOURCE",
    422,
    "invalid",
    "Invalid validation of resource",
    "Their system did not accept what was sent.",
    Owner.HUB,
)
INVALID_PARAMETER = _code(
    "INVALID_PARAMETER",
    422,
    "invalid",
    "Invalid parameter",
    "Their system did not accept the question that was asked.",
    Owner.HUB,
)
REFERENCE_NOT_FOUND = _code(
    "REFERENCE_NOT_FOUND",
    422,
    "invalid",
    "Reference not found",
    "Their system no longer knows the slot or patient that was named.",
    Owner.CALLER,
)
INTERNAL_SERVER_ERROR = _code(
    "INTERNAL_SERVER_ERROR",
    500,
    "exception",
    "Unexpected internal server error",
    "Their system had a fault of its own.",
    Owner.HOST_SUPPLIER,
)
NOT_IMPLEMENTED = _code(
    "NOT_IMPLEMENTED",
    501,
    "not-supported",
    "Not implemented",
    "Their system cannot do this.",
    Owner.HOST_SUPPLIER,
)

ALL = (
    BAD_REQUEST,
    INVALID_IDENTIFIER_SYSTEM,
    INVALID_IDENTIFIER_VALUE,
    INVALID_NHS_NUMBER,
    INVALID_PATIENT_DEMOGRAPHICS,
    NO_PATIENT_CONSENT,
    NO_ORGANISATION_CONSENT,
    ACCESS_DENIED,
    ASID_CHECK_FAILED,
    PATIENT_NOT_FOUND,
    ORGANISATION_NOT_FOUND,
    PRACTITIONER_NOT_FOUND,
    NO_RECORD_FOUND,
    DUPLICATE_REJECTED,
    VERSION_CONFLICT,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_RESOURCE,
    INVALID_PARAMETER,
    REFERENCE_NOT_FOUND,
    INTERNAL_SERVER_ERROR,
    NOT_IMPLEMENTED,
)

BY_CODE = {
    **{each.code: each for each in ALL},
    "ACCESS_DENIED": ACCESS_DENIED,  # both spellings are on the wire
    "NO_ORGANISATION_CONSENT": NO_ORGANISATION_CONSENT,
}
