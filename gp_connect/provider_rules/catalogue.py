"""Every refusal a provider owes, as one table: which interaction, what is wrong, which Spine code.

`key` is stable: tests and the documents' table name rows by it. Rows with `needs_diary` cannot be told from the
request alone; whoever keeps patients and slots proves those.
"""

from dataclasses import dataclass

from gp_connect import interactions, spine_codes
from gp_connect.interactions import FOUNDATIONS_AND_APPOINTMENTS, Interaction
from gp_connect.spine_codes import SpineCode


@dataclass(frozen=True, slots=True)
class Rule:
    """One refusal. `interactions` are those it applies to."""

    key: str
    interactions: tuple[Interaction, ...]
    wrong: str
    code: SpineCode
    needs_diary: bool = False


_ALL = FOUNDATIONS_AND_APPOINTMENTS
_SEARCHES = (interactions.FIND_PATIENT, interactions.FIND_PRACTITIONER, interactions.FIND_ORGANISATION)
_WRITES = (interactions.REGISTER_PATIENT, interactions.BOOK, interactions.AMEND, interactions.CANCEL)
_CHANGES = (interactions.AMEND, interactions.CANCEL)
_APPOINTMENTS = (interactions.BOOK, *_CHANGES)
_SLOTS, _RETRIEVE = (interactions.FREE_SLOTS,), (interactions.PATIENT_APPOINTMENTS,)
_REGISTER, _BOOK = (interactions.REGISTER_PATIENT,), (interactions.BOOK,)
_AMEND, _CANCEL = (interactions.AMEND,), (interactions.CANCEL,)
_FIND_PATIENT = (interactions.FIND_PATIENT,)
_READ_APPOINTMENT = (interactions.READ_APPOINTMENT,)

_BAD, _RESOURCE, _PARAMETER = spine_codes.BAD_REQUEST, spine_codes.INVALID_RESOURCE, spine_codes.INVALID_PARAMETER
_NHS, _MEDIA = spine_codes.INVALID_NHS_NUMBER, spine_codes.UNSUPPORTED_MEDIA_TYPE
_DEMOGRAPHICS, _DUPLICATE = spine_codes.INVALID_PATIENT_DEMOGRAPHICS, spine_codes.DUPLICATE_REJECTED
_CONFLICT, _NO_PATIENT = spine_codes.VERSION_CONFLICT, spine_codes.PATIENT_NOT_FOUND


def _rules(where: tuple[Interaction, ...], code: SpineCode, rows: dict[str, str], diary: bool = False) -> list[Rule]:
    return [Rule(key, where, wrong, code, needs_diary=diary) for key, wrong in rows.items()]


RULES: tuple[Rule, ...] = (
    # --- Every request
    *_rules(
        _ALL,
        _BAD,
        {
            "trace-id-missing": "Ssp-TraceID is missing",
            "from-missing": "Ssp-From is missing",
            "to-missing": "Ssp-To is missing",
            "to-another-system": "Ssp-To is not this system's ASID",
            "interaction-missing": "Ssp-InteractionID is missing",
            "interaction-unknown": "Ssp-InteractionID is no interaction of GP Connect",
            "interaction-does-not-fit": "Ssp-InteractionID does not fit verb and address",
            "authorisation-missing": "Authorization is missing or holds no bearer token",
            "token-malformed": "the token is not two base64url parts of JSON and an empty signature",
            "token-signed": "the token carries a signature or an algorithm",
            "claim-missing": "a claim is missing or empty",
            "claim-of-another-kind": "iat or exp is not a whole number",
            "token-expired": "the token has expired (a consumer's clock ten minutes slow)",
            "token-lifetime": "exp is not iat plus 300 seconds",
            "audience-foreign": "aud is not this service",
            "reason-not-direct-care": "reason_for_request is not directcare",
            "scope-wrong": "requested_scope is not this interaction's",
            "organisation-unnamed": "requesting_organization lacks ODS code or name",
            "user-mismatch": "sub is not requesting_practitioner.id",
            "user-unnamed": "requesting_practitioner lacks a name or an SDS user id",
        },
    ),
    *_rules(
        _ALL,
        _RESOURCE,
        {
            "claim-wrong-type": "a claim holds a resource of another type",
            "claim-unknown-element": "a claim's resource holds an element that STU3 does not know",
        },
    ),
    *_rules(
        _ALL,
        _MEDIA,
        {
            "format-unsupported": "_format is no format of this service",
            "accept-unsupported": "Accept allows no format of this service",
        },
    ),
    Rule("content-type-unsupported", _WRITES, "Content-Type is no format of this service, or not UTF-8", _MEDIA),
    Rule("body-unreadable", _WRITES, "the body is not well-formed", _BAD),
    Rule("service-switched-off", _ALL, "the practice has the service switched off", spine_codes.ACCESS_DENIED, True),
    # --- Find one by identifier
    *_rules(
        _SEARCHES,
        _BAD,
        {"identifier-missing": "identifier is missing or misspelt", "identifier-twice": "identifier is there twice"},
    ),
    *_rules(
        _SEARCHES,
        _PARAMETER,
        {
            "identifier-without-system": "identifier has no system, or an empty one",
            "identifier-without-value": "identifier has an empty value",
        },
    ),
    Rule(
        "identifier-foreign-system",
        _SEARCHES,
        "identifier is of a system not supported here",
        spine_codes.INVALID_IDENTIFIER_SYSTEM,
    ),
    Rule("find-nhs-number-invalid", _FIND_PATIENT, "the NHS number is not one", _NHS),
    Rule(
        "find-identifier-invalid",
        (interactions.FIND_PRACTITIONER, interactions.FIND_ORGANISATION),
        "the identifier's value cannot be one of its system",
        spine_codes.INVALID_IDENTIFIER_VALUE,
    ),
    # --- Read by id
    Rule("read-patient-unknown", (interactions.READ_PATIENT, *_RETRIEVE), "no such patient", _NO_PATIENT, True),
    Rule("read-patient-id-invalid", (interactions.READ_PATIENT, *_RETRIEVE), "the id cannot be one", _NO_PATIENT),
    Rule(
        "read-practitioner-unknown",
        (interactions.READ_PRACTITIONER,),
        "no such practitioner",
        spine_codes.PRACTITIONER_NOT_FOUND,
        True,
    ),
    Rule(
        "read-organisation-unknown",
        (interactions.READ_ORGANISATION,),
        "no such organisation",
        spine_codes.ORGANISATION_NOT_FOUND,
        True,
    ),
    Rule(
        "read-other-unknown",
        (interactions.READ_LOCATION, *_READ_APPOINTMENT, *_CHANGES),
        "no such location or appointment",
        spine_codes.NO_RECORD_FOUND,
        True,
    ),
    Rule("read-appointment-past", _READ_APPOINTMENT, "the appointment lies in the past", _RESOURCE),
    # --- Search for free slots
    *_rules(
        _SLOTS,
        _BAD,
        {
            "slots-status-missing": "status is missing",
            "slots-start-missing": "start is missing",
            "slots-end-missing": "end is missing",
            "slots-include-missing": "_include=Slot:schedule is missing",
        },
    ),
    *_rules(
        _SLOTS,
        _PARAMETER,
        {
            "slots-status-not-free": "status is not free",
            "slots-twice": "status, start or end is there twice",
            "slots-prefix": "start is not ge, or end is not le",
            "slots-date": "start or end is a partial date, a time without offset, or no date",
            "slots-range-reversed": "end lies before start",
            "slots-range-too-long": "start and end are more than two weeks apart",
            "slots-filter-unreadable": "searchFilter's ODS code cannot be one",
        },
    ),
    # --- Retrieve a patient's appointments
    *_rules(
        _RETRIEVE,
        _PARAMETER,
        {
            "retrieve-start-missing": "one of the two start parameters is missing",
            "retrieve-prefix": "start has another prefix than ge and le",
            "retrieve-time": "start is a partial date, or has a time",
            "retrieve-past": "part of the range lies in the past",
            "retrieve-range-reversed": "the later start lies before the earlier one",
        },
    ),
    # --- Book, amend and cancel
    *_rules(
        _APPOINTMENTS,
        _RESOURCE,
        {
            "appointment-another-type": "the body is another resource",
            "appointment-unknown-element": "the body holds an element that STU3 does not know, or in another shape",
            "appointment-no-profile": "meta.profile does not name GPConnect-Appointment-1",
            "appointment-forbidden": "an element that must not be sent is there (reason, specialty and others)",
            "appointment-identifier": "an identifier lacks system or value, or holds more",
            "appointment-absolute-reference": "a reference is absolute",
            "appointment-past": "the start lies in the past",
        },
    ),
    *_rules(
        (*_BOOK, *_AMEND),
        _RESOURCE,
        {"texts-too-long": "description or comment is too long", "description-missing": "description is missing"},
    ),
    *_rules(
        _BOOK,
        _RESOURCE,
        {
            "book-status": "status is not booked",
            "book-slot-missing": "slot is missing, unreadable or named twice",
            "book-times-missing": "start, end or created is missing or unreadable",
            "book-participants": "the patient or the location is missing, or there are two",
            "book-participant-status": "a participant's status is not accepted, or it has no actor",
            "book-cancellation-reason": "a cancellation reason is sent",
            "book-organisation-missing": "the booking organisation is not a contained one with ODS code and profile",
            "book-organisation-bare": "the booking organisation lacks name or telephone",
            "book-slots-not-adjacent": "several slots are not adjacent, or not of one schedule, channel and type",
            "book-times-differ": "start and end are not the slots'",
            "book-visit": "a slot is a visit",
        },
    ),
    Rule("book-id-sent", _BOOK, "the appointment comes with an id", _BAD),
    Rule("book-slot-unknown", _BOOK, "there is no such slot", _RESOURCE, True),
    Rule("book-slot-restricted", _BOOK, "the slot is not open to this organisation, or not now", _RESOURCE, True),
    Rule("book-patient-unknown", _BOOK, "there is no such active patient", spine_codes.REFERENCE_NOT_FOUND, True),
    Rule("book-slot-taken", _BOOK, "a slot is no longer free", _DUPLICATE, True),
    *_rules(
        _CHANGES,
        _RESOURCE,
        {
            "change-something-else": "something else is changed than may be",
            "change-visit": "the appointment is a visit",
            "change-cancelled": "the appointment is cancelled already",
        },
    ),
    Rule("change-stale", _CHANGES, "If-Match is not the current version, or no entity tag", _CONFLICT),
    Rule("amend-cancellation-reason", _AMEND, "a cancellation reason is sent", _RESOURCE),
    Rule("cancel-status", _CANCEL, "status is not cancelled", _RESOURCE),
    Rule("cancel-reason-missing", _CANCEL, "the cancellation reason is missing or under another URL", _RESOURCE),
    Rule("cancel-reason-empty", _CANCEL, "the cancellation reason is empty", _PARAMETER),
    # --- Register a patient
    *_rules(
        _REGISTER,
        _RESOURCE,
        {
            "register-not-parameters": "the body is not Parameters",
            "register-not-patient": "the parameter holds no Patient",
            "register-unknown-element": "the patient holds an element that STU3 does not know",
            "register-no-profile": "meta.profile does not name CareConnect-GPC-Patient-1",
            "register-two-official-names": "there are two official names",
            "register-birth-date-invalid": "birthDate is partial or no date",
            "register-forbidden": "an element or extension that must not be sent is there",
            "register-communication": "there are two communication extensions, or one without a language",
            "register-gender": "gender is none of the four codes",
            "register-addresses": "there are two addresses of one use, or one that is neither home nor temp",
            "register-telecom-kind": "a contact is neither a telephone of a known use nor an e-mail address",
        },
    ),
    *_rules(
        _REGISTER,
        _BAD,
        {
            "register-parameters": "there are more parameters than one, or none",
            "register-identifier-bare": "an identifier lacks system or value",
            "register-no-official-name": "there is no official name",
            "register-name-bare": "the official name lacks family or given",
            "register-no-birth-date": "birthDate is missing",
            "register-telecom-twice": "there are two contacts of one use",
        },
    ),
    Rule("register-parameter-name", _REGISTER, "the parameter is not called registerPatient", _PARAMETER),
    Rule("register-nhs-number", _REGISTER, "the NHS number is missing, there twice, or not one", _NHS),
    Rule("register-superseded", _REGISTER, "the NHS number is no longer in use", _NHS, True),
    Rule(
        "register-not-verified",
        _REGISTER,
        "not found nationally, or details differ, deceased or sensitive",
        _DEMOGRAPHICS,
        True,
    ),
    Rule("register-active-already", _REGISTER, "the patient is registered already", _DUPLICATE, True),
    Rule(
        "register-trace-down",
        _REGISTER,
        "the national service does not answer",
        spine_codes.INTERNAL_SERVER_ERROR,
        True,
    ),
    Rule("not-offered", _ALL, "the interaction is not offered at this address", spine_codes.NOT_IMPLEMENTED),
)
BY_KEY = {rule.key: rule for rule in RULES}
