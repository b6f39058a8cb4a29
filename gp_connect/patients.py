"""Patients on the wire: find, register, and the Patient resource both ways."""

from gp_connect import bundles, names
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
from gp_connect.moments import read_date
from gp_connect.organisations import postal, read_address, read_gender
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue

REGISTER_PARAMETER = "registerPatient"
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
    name = _official(children(resource, "name"))
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
    patient: Patient, *, organisation_id: str, version_id: str = "1", temporary: bool = False, interpreter: str = ""
) -> Resource:
    """The Patient resource a provider answers with. `interpreter` is a language code where one is needed."""
    resource = _demographics(patient, version_id)
    extensions: list[Resource] = []
    if temporary:
        concept = {"url": "registrationType", "valueCodeableConcept": {"coding": [_TEMPORARY]}}
        extensions.append({"url": names.REGISTRATION_DETAILS, "extension": [concept]})
    if interpreter:
        extensions.append(_communication(interpreter))
    resource |= without_empty({"id": patient.host_id, "extension": extensions, "active": True})
    resource["managingOrganization"] = {"reference": f"Organization/{organisation_id}"}
    return resource


def _demographics(patient: Patient, version_id: str = "") -> Resource:
    verified = {"coding": [{"system": names.VERIFICATION_STATUSES, "code": "01"}]}
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
            "identifier": [
                {
                    "extension": [{"url": names.NHS_NUMBER_VERIFICATION, "valueCodeableConcept": verified}],
                    "system": names.NHS_NUMBER,
                    "value": patient.nhs_number.value,
                }
            ],
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


def _communication(language: str) -> Resource:
    return {
        "url": names.NHS_COMMUNICATION,
        "extension": [
            {"url": "language", "valueCodeableConcept": {"coding": [{"code": language}]}},
            {"url": "interpreterRequired", "valueBoolean": True},
        ],
    }


def _official(found: list[Resource]) -> Resource:
    official = [name for name in found if name.get("use") == "official"]
    chosen = (official or found or [{}])[0]
    return {"resourceType": "Patient.name", **chosen}


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
