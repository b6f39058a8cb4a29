"""The service's Patient resources in our words. Pure; no message holds a value, for values are people's details."""

from connectors.faults import Fault, Garbled, PatientUnknown, Refused
from gp_connect.elements import Resource, Unreadable, child, children, expect, identifier, required, strings, text
from gp_connect.moments import read_date
from gp_connect.organisations import read_address, read_gender
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.problems import InvalidValue

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
_UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore"
NHS_COMMUNICATION = f"{_UK_CORE}-NHSCommunication"
CONTACT_PREFERENCE = f"{_UK_CORE}-ContactPreference"
_RESTRICTED = frozenset({"R", "V"})  # restricted, very restricted
_TOO_MANY = "TOO_MANY_MATCHES"


def read_traced(resource: Resource, *, asked: NHSNumber) -> TracedPatient:
    """The person traced. Answering with another number than asked means that the asked one was superseded."""
    traced = read_person(resource)
    current = traced.patient.nhs_number
    if current == asked:
        return traced
    return TracedPatient(
        patient=traced.patient,
        home_practice=traced.home_practice,
        restricted=traced.restricted,
        deceased=traced.deceased,
        superseded_by=current,
        interpreter=traced.interpreter,
        access_needs=traced.access_needs,
    )


def read_found(bundle: Resource) -> tuple[TracedPatient, ...]:
    """The people in a searchset. Raises Refused when the service says that there are too many to list."""
    if bundle.get("resourceType") == "OperationOutcome":
        raise refusal(bundle, status=200)
    expect(bundle, "Bundle")
    return tuple(read_person(child(entry, "resource")) for entry in children(bundle, "entry"))


def read_person(resource: Resource) -> TracedPatient:
    """One Patient. Number, name and date of birth must be there; of a restricted person little else is."""
    expect(resource, "Patient")
    name = _usual(children(resource, "name"))
    lines, postcode = read_address(_usual(children(resource, "address"), use="home"))
    security = [text(label, "code") for label in children(child(resource, "meta"), "security")]
    return TracedPatient(
        patient=Patient(
            nhs_number=_nhs_number(resource),
            family=required({"resourceType": "Patient.name", **name}, "family"),
            given=" ".join(strings(name, "given")),
            birth_date=read_date(required(resource, "birthDate")),
            gender=read_gender(resource),
            postcode=postcode,
            address=lines,
            phone=_phone(resource),
        ),
        home_practice=_home_practice(resource),
        restricted=not _RESTRICTED.isdisjoint(security),
        deceased=bool(resource.get("deceasedDateTime")) or resource.get("deceasedBoolean") is True,
        interpreter=_interpreter(resource),
        access_needs=_access_needs(resource),
    )


def refusal(resource: Resource, *, status: int) -> Fault:
    """What an OperationOutcome of the service means."""
    coding = child(child(child(resource, "issue"), "details"), "coding")
    code = text(coding, "code")
    detail = f"HTTP {status} from tracing"
    if status == 404:
        return PatientUnknown(
            "The national demographics service knows nobody with this NHS number.",
            code="PATIENT_NOT_FOUND",
            status=404,
            detail=detail,
        )
    if code == _TOO_MANY:
        return Refused(
            "Too many people fit these details. Add the given name, the gender or the postcode.",
            code=_TOO_MANY,
            status=status,
            detail=detail,
        )
    if status < 400:
        return Garbled("The national demographics service sent an answer that cannot be read.", detail=detail)
    return Refused(
        "The national demographics service refused the question.", code=str(status), status=status, detail=detail
    )


def _nhs_number(resource: Resource) -> NHSNumber:
    try:
        return NHSNumber.parse(identifier(resource, NHS_NUMBER) or text(resource, "id"))
    except InvalidValue:
        raise Unreadable("Patient.identifier holds no valid NHS number") from None


def _usual(found: list[Resource], *, use: str = "usual") -> Resource:
    """The current one of this use, else the first that has not ended."""
    current = [item for item in found if not text(child(item, "period"), "end")]
    fitting = [item for item in current if item.get("use") == use]
    return (fitting or current or [{}])[0]


def _phone(resource: Resource) -> str:
    phones = [item for item in children(resource, "telecom") if item.get("system") == "phone" and text(item, "value")]
    phones.sort(key=lambda item: item.get("use") != "mobile")
    return text(phones[0], "value") if phones else ""


def _home_practice(resource: Resource) -> OdsCode | None:
    for practitioner in children(resource, "generalPractitioner"):
        registered = child(practitioner, "identifier")
        if registered.get("system") != ODS_CODE or text(child(registered, "period"), "end"):
            continue
        try:
            return OdsCode.parse(text(registered, "value"))
        except InvalidValue:
            raise Unreadable("Patient.generalPractitioner holds no readable ODS code") from None
    return None


def _interpreter(resource: Resource) -> str:
    """The language an interpreter is needed for; empty when none is."""
    for candidate in _extensions(resource, NHS_COMMUNICATION):
        parts = {text(part, "url"): part for part in children(candidate, "extension")}
        if parts.get("interpreterRequired", {}).get("valueBoolean") is True:
            return _said(child(parts.get("language", {}), "valueCodeableConcept")) or "language not stated"
    return ""


def _access_needs(resource: Resource) -> tuple[str, ...]:
    """The formats somebody needs letters in, such as Braille or large print."""
    needs = []
    for candidate in _extensions(resource, CONTACT_PREFERENCE):
        for part in children(candidate, "extension"):
            if part.get("url") == "PreferredWrittenCommunicationFormat":
                needs.append(_said(child(part, "valueCodeableConcept")))
    return tuple(need for need in needs if need)


def _said(concept: Resource) -> str:
    coding = child(concept, "coding")
    return text(coding, "display") or text(concept, "text") or text(coding, "code")


def _extensions(resource: Resource, url: str) -> list[Resource]:
    return [candidate for candidate in children(resource, "extension") if candidate.get("url") == url]
