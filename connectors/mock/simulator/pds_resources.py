"""Patients as the national Personal Demographics Service FHIR API (R4) shapes them."""

from collections.abc import Sequence

from gp_connect.elements import Resource
from gp_connect.names import NHS_NUMBER, ODS_CODE
from vocabulary.patients import TracedPatient

_UK_CORE = "https://fhir.hl7.org.uk"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_SPINE_CODES = "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"
_LANGUAGES = f"{_UK_CORE}/CodeSystem/UKCore-HumanLanguage"
_SINCE = {"start": "2020-01-01"}


def patient(person: TracedPatient) -> Resource:
    """One record. A restricted one says so, and tells neither address, telecom nor GP."""
    held = person.patient
    resource: Resource = {
        "resourceType": "Patient",
        "id": held.nhs_number.value,
        "identifier": [_identifier(held.nhs_number.value)],
        "meta": {"versionId": "1", "security": [_security(restricted=person.restricted)]},
        "name": [
            {"id": "1", "use": "usual", "period": _SINCE, "family": held.family, "given": held.given.split() or [""]}
        ],
        "gender": held.gender.value,
        "birthDate": held.birth_date.isoformat(),
    }
    if person.deceased:
        resource["deceasedDateTime"] = "2026-01-01T00:00:00+00:00"
    if extensions := _extensions(person):
        resource["extension"] = extensions
    if not person.restricted:
        resource |= _whereabouts(person)
    return resource


def searchset(people: Sequence[TracedPatient], root: str) -> Resource:
    """The answer to a search."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "total": len(people),
        "entry": [
            {
                "fullUrl": f"{root}/Patient/{person.patient.nhs_number.value}",
                "search": {"score": 1},
                "resource": patient(person),
            }
            for person in people
        ],
    }


def outcome(code: str, issue: str, words: str, severity: str) -> Resource:
    """An OperationOutcome of the national service."""
    coding = {"system": _SPINE_CODES, "version": "1", "code": code, "display": words}
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": issue, "details": {"coding": [coding]}, "diagnostics": words}],
    }


def _identifier(number: str) -> Resource:
    system = f"{_UK_CORE}/CodeSystem/UKCore-NHSNumberVerificationStatus"
    coding = {"system": system, "version": "1.0.0", "code": "01", "display": "Number present and verified"}
    status = {
        "url": f"{_UK_CORE}/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
        "valueCodeableConcept": {"coding": [coding]},
    }
    return {"system": NHS_NUMBER, "value": number, "extension": [status]}


def _security(*, restricted: bool) -> Resource:
    code, display = ("R", "restricted") if restricted else ("U", "unrestricted")
    return {"system": _CONFIDENTIALITY, "code": code, "display": display}


def _whereabouts(person: TracedPatient) -> Resource:
    held = person.patient
    found: Resource = {}
    if held.address or held.postcode:
        address = {"id": "2", "period": _SINCE, "use": "home", "line": list(held.address), "postalCode": held.postcode}
        found["address"] = [address]
    if held.phone:
        use = "mobile" if held.phone.replace(" ", "").startswith("07") else "home"
        found["telecom"] = [{"id": "3", "period": _SINCE, "system": "phone", "value": held.phone, "use": use}]
    if person.home_practice:
        identifier = {"system": ODS_CODE, "value": person.home_practice.value, "period": _SINCE}
        found["generalPractitioner"] = [{"id": "4", "type": "Organization", "identifier": identifier}]
    return found


def _extensions(person: TracedPatient) -> list[Resource]:
    found: list[Resource] = []
    if person.interpreter:
        language = {"coding": [{"system": _LANGUAGES, "display": person.interpreter}]}
        found.append(
            {
                "url": f"{_UK_CORE}/StructureDefinition/Extension-UKCore-NHSCommunication",
                "extension": [
                    {"url": "language", "valueCodeableConcept": language},
                    {"url": "interpreterRequired", "valueBoolean": True},
                ],
            }
        )
    if person.access_needs:
        formats = [
            {
                "url": "PreferredWrittenCommunicationFormat",
                "valueCodeableConcept": {"coding": [{"display": need}]},
            }
            for need in person.access_needs
        ]
        url = f"{_UK_CORE}/StructureDefinition/Extension-UKCore-ContactPreference"
        found.append({"url": url, "extension": formats})
    return found
