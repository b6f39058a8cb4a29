"""Patients on the wire: find, register, and the Patient resource both ways."""

from datetime import datetime

from gp_connect import bundles, languages, names
from gp_connect.elements import (
    Resource,
    Unreadable,
    children,
    expect,
    identifier,
    meta,
    required,
    strings,
    text,
    without_empty,
)
from gp_connect.languages import Communication
from gp_connect.moments import read_date, write_moment
from gp_connect.organisations import postal, read_address, read_gender
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue

REGISTER_PARAMETER = "registerPatient"
_KEPT_OF_A_REGISTRATION = {"telecom", "gender", "birthDate", "address"}
_VERIFIED = {"system": names.VERIFICATION_STATUSES, "code": "01", "display": "Number present and verified"}
_TEMPORARY = {"system": names.REGISTRATION_TYPES, "code": "T", "display": "Temporary"}


def find_query(nhs_number: NHSNumber) -> list[tuple[str, str]]:
    """The parameters of Find a patient: the one place where the standard puts an NHS number into a URL."""
    return [("identifier", f"{names.NHS_NUMBER}|{nhs_number.value}")]


def read_found(bundle: Resource) -> Patient | None:
    """The patient in a searchset of none or one (find and register answer alike)."""
    found = bundles.of_type(bundle, "Patient")
    if len(found) > 1:
        raise Unreadable("more than one patient came back for one NHS number")
    return read(found[0]) if found else None


def read(resource: Resource) -> Patient:
    """A Patient. NHS number, family name and date of birth must be there; nothing else has to."""
    expect(resource, "Patient")
    name = {"resourceType": "Patient.name", **_official(children(resource, "name"))}
    lines, postcode = read_address(_home(children(resource, "address")))
    return Patient(
        nhs_number=read_nhs_number(resource),
        family=required(name, "family"),
        given=" ".join(strings(name, "given")),
        birth_date=read_date(required(resource, "birthDate")),
        gender=read_gender(resource),
        postcode=postcode,
        address=lines,
        phone=_phone(children(resource, "telecom")),
        host_id=text(resource, "id"),
    )


def read_nhs_number(resource: Resource) -> NHSNumber:
    """The NHS number among a Patient's identifiers."""
    try:
        return NHSNumber.parse(identifier(resource, names.NHS_NUMBER))
    except InvalidValue as error:
        raise Unreadable("Patient.identifier holds no valid NHS number") from error


def registration(patient: Patient) -> Resource:
    """The Parameters of Register a patient: only what may be sent there, and verified, for it was traced."""
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": REGISTER_PARAMETER, "resource": _demographics(patient)}],
    }


def read_registration(parameters: Resource) -> Resource:
    """The Patient resource in a registration's Parameters (its rules are provider_rules.registering)."""
    expect(parameters, "Parameters")
    given = children(parameters, "parameter")
    if len(given) != 1 or given[0].get("name") != REGISTER_PARAMETER:
        raise Unreadable("Parameters must hold one parameter, registerPatient")
    return expect(given[0].get("resource"), "Patient")


def write(
    patient: Patient,
    *,
    organisation_id: str,
    version_id: str = "1",
    temporary: bool = False,
    interpreter: str = "",
    branch_id: str = "",
    since: datetime | None = None,
    communication: Communication | None = None,
) -> Resource:
    """The Patient resource a provider answers with. `organisation_id` is the addressed practice's, not the home one's;
    `branch_id` the location the patient prefers; `interpreter` a language code where one is needed.
    """
    spoken = communication or (Communication(interpreter, interpreter=True) if interpreter else None)
    extensions = [*_registration_details(temporary, branch_id, since), *languages.write(spoken)]
    resource = _demographics(patient, version_id)
    resource |= without_empty({"id": patient.host_id, "extension": extensions, "active": True})
    resource["managingOrganization"] = {"reference": f"Organization/{organisation_id}"}
    return resource


def registered(
    sent: Resource, host_id: str, *, organisation_id: str, version_id: str = "1", branch_id: str = "", since: datetime
) -> Resource:
    """The Patient as a provider shows it after a registration: all that was sent, with what it added itself."""
    kept = {name: value for name, value in sent.items() if name in _KEPT_OF_A_REGISTRATION}
    communication = [each for each in children(sent, "extension") if each.get("url") == names.NHS_COMMUNICATION]
    return kept | {
        "resourceType": "Patient",
        "id": host_id,
        "meta": meta(names.PATIENT, version_id),
        "extension": [*_registration_details(True, branch_id, since), *communication],
        "identifier": [nhs_number_identifier(read_nhs_number(sent))],
        "active": True,
        "name": [_official(children(sent, "name"))],
        "managingOrganization": {"reference": f"Organization/{organisation_id}"},
    }


def _registration_details(temporary: bool, branch_id: str, since: datetime | None) -> list[Resource]:
    parts: list[Resource] = []
    if since is not None:
        parts.append({"url": "registrationPeriod", "valuePeriod": {"start": write_moment(since)}})
    if temporary:
        parts.append({"url": "registrationType", "valueCodeableConcept": {"coding": [_TEMPORARY]}})
    if branch_id:
        parts.append({"url": "preferredBranchSurgery", "valueReference": {"reference": f"Location/{branch_id}"}})
    return [{"url": names.REGISTRATION_DETAILS, "extension": parts}] if parts else []


def nhs_number_identifier(nhs_number: NHSNumber) -> Resource:
    """An NHS number that was traced, which is the only kind the hub sends or shows."""
    verified = {"coding": [_VERIFIED]}
    return {
        "extension": [{"url": names.NHS_NUMBER_VERIFICATION, "valueCodeableConcept": verified}],
        "system": names.NHS_NUMBER,
        "value": nhs_number.value,
    }


def _demographics(patient: Patient, version_id: str = "") -> Resource:
    name = without_empty(
        {
            "use": "official",
            "text": f"{patient.given} {patient.family.upper()}".strip(),
            "family": patient.family,
            "given": patient.given.split(),
        }
    )
    return without_empty(
        {
            "resourceType": "Patient",
            "meta": meta(names.PATIENT, version_id),
            "identifier": [nhs_number_identifier(patient.nhs_number)],
            "name": [name],
            "telecom": _telecom(patient.phone),
            "gender": patient.gender.value,
            "birthDate": patient.birth_date.isoformat(),
            "address": _address(patient),
        }
    )


def _telecom(phone: str) -> list[Resource]:
    mobile = phone.replace(" ", "").startswith(("07", "+447"))
    return [{"system": "phone", "value": phone, "use": "mobile" if mobile else "home"}] if phone else []


def _address(patient: Patient) -> list[Resource]:
    address = postal(patient.address, patient.postcode)
    return [{"use": "home", "type": "physical", **address}] if address else []


def _official(found: list[Resource]) -> Resource:
    official = [name for name in found if name.get("use") == "official"]
    return (official or found or [{}])[0]


def _home(found: list[Resource]) -> Resource:
    home = [address for address in found if address.get("use") == "home"]
    lasting = [address for address in found if address.get("use") not in ("old", "temp")]
    return (home or lasting or [{}])[0]


def _phone(found: list[Resource]) -> str:
    """Mobile first: it is the one a practice reaches people on; then home; then whatever there is."""
    numbers = {text(item, "use"): text(item, "value") for item in reversed(found) if item.get("system") == "phone"}
    for use in ("mobile", "temp", "home", "work", ""):
        if numbers.get(use):
            return numbers[use]
    return ""
