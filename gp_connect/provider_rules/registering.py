"""What a registration may hold: the minimum that a trace needs, a few contact details, nothing else."""

from gp_connect import names
from gp_connect.elements import Resource, Unreadable, child, children, strings, text
from gp_connect.outcomes import Rejected
from gp_connect.patients import read, read_registration
from gp_connect.spine_codes import INVALID_NHS_NUMBER, INVALID_RESOURCE
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue

_ALLOWED = {
    "resourceType",
    "meta",
    "identifier",
    "name",
    "telecom",
    "gender",
    "birthDate",
    "address",
    "extension",
    "active",
    "text",
}
_ALLOWED_EXTENSIONS = {names.NHS_COMMUNICATION}


def check(parameters: Resource) -> Patient:
    """The patient of an acceptable registration. Without an NHS number: INVALID_NHS_NUMBER, as the suite expects."""
    try:
        resource = read_registration(parameters)
    except Unreadable as error:
        raise _invalid(str(error)) from error
    if names.PATIENT not in strings(child(resource, "meta"), "profile"):
        raise _invalid("meta.profile must name CareConnect-GPC-Patient-1")
    _check_only_allowed(resource)
    _check_nhs_number(resource)
    _check_name(resource)
    _check_once(resource)
    try:
        return read(resource)
    except Unreadable as error:
        raise _invalid(str(error)) from error


def _check_only_allowed(resource: Resource) -> None:
    beyond = sorted(resource.keys() - _ALLOWED)
    if beyond:
        raise _invalid(f"{', '.join(beyond)} must not be sent")
    if any(text(item, "url") not in _ALLOWED_EXTENSIONS for item in children(resource, "extension")):
        raise _invalid("extension: only the communication extension may be sent")


def _check_nhs_number(resource: Resource) -> None:
    numbers = [
        text(item, "value") for item in children(resource, "identifier") if item.get("system") == names.NHS_NUMBER
    ]
    if len(numbers) != 1:
        raise Rejected(INVALID_NHS_NUMBER, "identifier must hold one NHS number")
    try:
        NHSNumber.parse(numbers[0])
    except InvalidValue as error:
        raise Rejected(INVALID_NHS_NUMBER, "identifier is no valid NHS number") from error


def _check_name(resource: Resource) -> None:
    official = [name for name in children(resource, "name") if name.get("use") == "official"]
    if len(official) != 1:
        raise _invalid("name: exactly one official name must be sent")
    if not text(official[0], "family") or not any(strings(official[0], "given")):
        raise _invalid("name must hold family and given")


def _check_once(resource: Resource) -> None:
    """One address of each use; one telephone of each use and one e-mail address."""
    addresses = [text(item, "use") for item in children(resource, "address")]
    contacts = [
        ("email", "") if item.get("system") == "email" else (text(item, "system"), text(item, "use"))
        for item in children(resource, "telecom")
    ]
    if len(set(addresses)) != len(addresses) or not set(addresses) <= {"home", "temp"}:
        raise _invalid("address: at most one home and one temporary address may be sent")
    if len(set(contacts)) != len(contacts) or any(system not in ("phone", "email") for system, _ in contacts):
        raise _invalid("telecom: at most one entry of each use may be sent, telephone or e-mail")


def _invalid(diagnostics: str) -> Rejected:
    return Rejected(INVALID_RESOURCE, diagnostics)
