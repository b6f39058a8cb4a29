"""Foundations: what this system can do, patients, practitioners, organisations and places."""

from gp_connect import bundles, capability, headers, media, organisations, patients
from gp_connect.elements import Resource
from gp_connect.organisations import Organisation
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import reading, registering, searching
from gp_connect.spine_codes import (
    DUPLICATE_REJECTED,
    INVALID_NHS_NUMBER,
    INVALID_PATIENT_DEMOGRAPHICS,
    PATIENT_NOT_FOUND,
)
from hub.fhir.visits import Reply, Visit
from practices.results import PracticeView
from scheduling import at_host, hosted
from scheduling.problems import NotBookable, PatientKnown, PatientNotFound, PatientUnverified
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue

_SOFTWARE = ("Practice hub", "1")
_NARROWER = (
    "Retrieve, read, amend and cancel know appointments made through this hub in which the consumer's organisation has "
    "a part: it booked them, hosts them, or the patient is registered with it. Others stand in the practice's own "
    "system only."
)


def capabilities(visit: Visit) -> Reply:
    """The capability statement."""
    return Reply(capability.write(*_SOFTWARE, formats=media.BOTH, about_appointments=_NARROWER))


def find_patient(visit: Visit) -> Reply:
    """None or one: whoever may not be shown looks as if they were not there."""
    nhs_number = searching.nhs_number(visit.parameters)
    found = at_host.find(visit.hub.desk, visit.host, nhs_number, visit.caller)
    return Reply(bundles.searchset([_patient(visit, found)] if found else []))


def read_patient(visit: Visit) -> Reply:
    """By the practice's own id."""
    try:
        found = at_host.read(visit.hub.desk, visit.host, visit.logical_id, visit.caller)
    except PatientNotFound as problem:
        raise Rejected(PATIENT_NOT_FOUND, problem.message) from None
    return _stored(_patient(visit, found))


def register_patient(visit: Visit) -> Reply:
    """Temporarily, for a booking."""
    sent = registering.check(visit.body())
    try:
        found = at_host.register(visit.hub.desk, visit.host, sent, visit.caller)
    except PatientKnown as problem:
        raise Rejected(DUPLICATE_REJECTED, problem.message) from None
    except PatientUnverified as problem:
        raise Rejected(INVALID_PATIENT_DEMOGRAPHICS, problem.message) from None
    except NotBookable as problem:
        raise Rejected(INVALID_NHS_NUMBER, problem.message) from None
    return Reply(bundles.searchset([_patient(visit, found, temporary=True)]))


def find_practitioner(visit: Visit) -> Reply:
    """By national user id, as the practice's own system knows it."""
    sds_user_id = searching.sds_user_id(visit.parameters)
    permit = hosted.permit(visit.hub.desk, visit.host, visit.caller)
    found = hosted.find_practitioner(visit.hub.desk, permit, sds_user_id)
    wanted = [organisations.write_practitioner(found, sds_user_id=sds_user_id)] if found else []
    return Reply(bundles.searchset(wanted))


def read_practitioner(visit: Visit) -> Reply:
    """Who holds pooled clinics there."""
    permit = hosted.permit(visit.hub.desk, visit.host, visit.caller)
    found = hosted.practitioner(visit.hub.desk, permit, visit.logical_id)
    if found is None:
        raise reading.not_found("Practitioner")
    return _stored(organisations.write_practitioner(found))


def find_organisation(visit: Visit) -> Reply:
    """Any open practice of the address book."""
    ods = searching.ods_code(visit.parameters)
    hosted.permit(visit.hub.desk, visit.host, visit.caller)
    found = _practice(visit, ods)
    return Reply(bundles.searchset([organisation(found)] if found else []))


def read_organisation(visit: Visit) -> Reply:
    """By logical id, which is the ODS code."""
    hosted.permit(visit.hub.desk, visit.host, visit.caller)
    try:
        found = _practice(visit, OdsCode.parse(visit.logical_id))
    except InvalidValue:
        found = None
    if found is None or found.ods.value != visit.logical_id:
        raise reading.not_found("Organization")
    return _stored(organisation(found))


def read_location(visit: Visit) -> Reply:
    """Where pooled clinics are held."""
    permit = hosted.permit(visit.hub.desk, visit.host, visit.caller)
    found = hosted.location(visit.hub.desk, permit, visit.logical_id)
    if found is None:
        raise reading.not_found("Location")
    return _stored(organisations.write_location(found, organisation_id=visit.host.ods.value))


def as_organisation(practice: PracticeView) -> Organisation:
    """A practice as it stands beside slots and places."""
    return Organisation(
        ods=practice.ods,
        name=practice.name,
        phone=practice.phone,
        host_id=practice.ods.value,
        address=practice.address,
        postcode=practice.postcode,
    )


def organisation(practice: PracticeView) -> Resource:
    """Its resource."""
    return organisations.write_organisation(as_organisation(practice))


def _practice(visit: Visit, ods: OdsCode) -> PracticeView | None:
    found = visit.hub.address_book.practice(ods)
    return found if found is not None and found.is_open else None


def _patient(visit: Visit, found: Patient, *, temporary: bool = False) -> Resource:
    return patients.write(found, organisation_id=visit.host.ods.value, temporary=temporary)


def _stored(resource: Resource) -> Reply:
    return Reply(resource, headers=headers.of_stored(resource, ""))
