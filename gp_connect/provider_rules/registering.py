"""What a registration may hold: the minimum that a trace needs, a few contact details, nothing else.

Where the standard says INVALID_RESOURCE and its official test suite expects another code, the suite is followed.
"""

from dataclasses import dataclass

from gp_connect import languages, names, structures
from gp_connect.elements import Resource, Unreadable, child, children, expect, strings, text
from gp_connect.moments import read_date
from gp_connect.outcomes import Rejected
from gp_connect.patients import REGISTER_PARAMETER, read
from gp_connect.spine_codes import BAD_REQUEST, INVALID_NHS_NUMBER, INVALID_PARAMETER, INVALID_RESOURCE
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue
from vocabulary.slots import Gender

ALLOWED = frozenset(
    {"resourceType", "meta", "identifier", "name", "telecom", "gender", "birthDate", "address", "extension"}
)
ADDRESS_USES = frozenset({"home", "temp"})
PHONE_USES = frozenset({"home", "work", "mobile", "temp"})


@dataclass(frozen=True, slots=True)
class Registration:
    """An acceptable registration: who, and the resource as sent, to be kept and shown again. Never printed."""

    patient: Patient
    resource: Resource

    def __repr__(self) -> str:
        return "Registration(hidden)"

    __str__ = __repr__


def check(parameters: Resource) -> Patient:
    """The patient of an acceptable registration."""
    return understood(parameters).patient


def understood(parameters: Resource) -> Registration:
    """An acceptable registration with all that was sent. Raises Rejected for every other."""
    resource = _patient(parameters)
    mistake = structures.mistake(resource)
    if mistake:
        raise _invalid(mistake)
    if names.PATIENT not in strings(child(resource, "meta"), "profile"):
        raise _invalid("meta.profile must name CareConnect-GPC-Patient-1")
    _check_identifiers(resource)
    _check_name(resource)
    _check_birth_date(resource)
    _check_only_allowed(resource)
    _check_gender(resource)
    _check_addresses(resource)
    _check_telecoms(resource)
    try:
        return Registration(read(resource), resource)
    except Unreadable as error:
        raise _invalid(str(error)) from error


def _patient(parameters: Resource) -> Resource:
    try:
        expect(parameters, "Parameters")
    except Unreadable as error:
        raise _invalid(str(error)) from error
    given = children(parameters, "parameter")
    if len(given) != 1:
        raise Rejected(BAD_REQUEST, "Parameters must hold one parameter, registerPatient, and no other")
    if given[0].get("name") != REGISTER_PARAMETER:
        raise Rejected(INVALID_PARAMETER, "the parameter must be called registerPatient")
    try:
        return expect(given[0].get("resource"), "Patient")
    except Unreadable as error:
        raise _invalid(f"registerPatient: {error}") from error


def _check_identifiers(resource: Resource) -> None:
    identifiers = children(resource, "identifier")
    numbers = [text(item, "value") for item in identifiers if item.get("system") == names.NHS_NUMBER]
    if len(numbers) != 1:
        raise Rejected(INVALID_NHS_NUMBER, "identifier must hold one NHS number")
    try:
        parsed = NHSNumber.parse(numbers[0])
    except InvalidValue as error:
        raise Rejected(INVALID_NHS_NUMBER, "identifier is no valid NHS number") from error
    if parsed.value != numbers[0]:
        raise Rejected(INVALID_NHS_NUMBER, "identifier must be ten digits and nothing else")
    if not all(text(item, "system") and text(item, "value") for item in identifiers):
        raise Rejected(BAD_REQUEST, "identifier: system and value must be there")


def _check_name(resource: Resource) -> None:
    """Other names may stand beside the official one."""
    official = [name for name in children(resource, "name") if name.get("use") == "official"]
    if not official:
        raise Rejected(BAD_REQUEST, "name: an official name must be sent")
    if len(official) > 1:
        raise _invalid("name: more than one official name was sent")
    if not text(official[0], "family").strip() or not any(strings(official[0], "given")):
        raise Rejected(BAD_REQUEST, "name must hold family and given")


def _check_birth_date(resource: Resource) -> None:
    if not text(resource, "birthDate"):
        raise Rejected(BAD_REQUEST, "birthDate is missing")
    try:
        read_date(text(resource, "birthDate"))
    except Unreadable as error:
        raise _invalid(f"birthDate: {error}") from error


def _check_only_allowed(resource: Resource) -> None:
    beyond = sorted(resource.keys() - ALLOWED)
    if beyond:
        raise _invalid(f"{', '.join(beyond)} must not be sent")
    urls = [text(item, "url") for item in children(resource, "extension")]
    if any(url != names.NHS_COMMUNICATION for url in urls):
        raise _invalid("extension: only the communication extension may be sent")
    if len(urls) > 1:
        raise _invalid("extension: the communication extension may be sent once only")
    if urls and languages.read(resource) is None:
        raise _invalid("extension: the communication extension must hold a language")


def _check_gender(resource: Resource) -> None:
    if "gender" in resource and resource["gender"] not in {gender.value for gender in Gender}:
        raise _invalid("gender must be male, female, other or unknown")


def _check_addresses(resource: Resource) -> None:
    uses = [text(item, "use") for item in children(resource, "address")]
    if len(set(uses)) != len(uses) or not set(uses) <= ADDRESS_USES:
        raise _invalid("address: at most one home and one temporary address may be sent")


def _check_telecoms(resource: Resource) -> None:
    """One telephone of each use, and one e-mail address whatever its use."""
    contacts = []
    for item in children(resource, "telecom"):
        system, use = text(item, "system"), text(item, "use")
        if system not in ("phone", "email") or not text(item, "value"):
            raise _invalid("telecom: each entry must be a telephone number or an e-mail address")
        if system == "phone" and use not in PHONE_USES:
            raise _invalid("telecom: a telephone's use must be home, work, mobile or temp")
        contacts.append(("email", "") if system == "email" else (system, use))
    if len(set(contacts)) != len(contacts):
        raise Rejected(BAD_REQUEST, "telecom: at most one entry of each use may be sent")


def _invalid(diagnostics: str) -> Rejected:
    return Rejected(INVALID_RESOURCE, diagnostics)
