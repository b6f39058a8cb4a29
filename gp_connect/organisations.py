"""Organisation, Location and Practitioner resources, both ways."""

from dataclasses import dataclass

from gp_connect import names
from gp_connect.elements import Resource, child, children, identifier, meta, strings, text, without_empty
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.slots import Gender, Location, Practitioner

_GENDERS = {gender.value: gender for gender in Gender}


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as it stands in a booking or beside slots. `kind` is gp-practice, urgent-care or empty."""

    ods: OdsCode
    name: str
    phone: str = ""
    kind: str = ""
    host_id: str = ""
    address: tuple[str, ...] = ()
    postcode: str = ""


def write_organisation(organisation: Organisation, *, version: str = "1") -> Resource:
    """An Organization; contained in a booking it takes `host_id` "1"."""
    return without_empty(
        {
            "resourceType": "Organization",
            "id": organisation.host_id,
            "meta": meta(names.ORGANISATION, version),
            "identifier": [{"system": names.ODS_CODE, "value": organisation.ods.value}],
            "type": _kind(organisation.kind),
            "name": organisation.name,
            "telecom": phones(organisation.phone),
            "address": [address] if (address := postal(organisation.address, organisation.postcode)) else [],
        }
    )


def read_organisation(resource: Resource) -> Organisation | None:
    """An Organization, or None where it carries no readable ODS code."""
    try:
        ods = OdsCode.parse(identifier(resource, names.ODS_CODE))
    except InvalidValue:
        return None
    kinds = [
        text(coding, "code")
        for concept in children(resource, "type")
        for coding in children(concept, "coding")
        if coding.get("system") == names.ORGANISATION_TYPE
    ]
    lines, postcode = read_address(child(resource, "address"))
    return Organisation(
        ods=ods,
        name=text(resource, "name"),
        phone=read_phone(resource),
        kind=kinds[0] if kinds else "",
        host_id=text(resource, "id"),
        address=lines,
        postcode=postcode,
    )


def write_location(location: Location, *, organisation_id: str, version: str = "1") -> Resource:
    """A Location; `managingOrganization` is mandatory there."""
    return without_empty(
        {
            "resourceType": "Location",
            "id": location.host_id,
            "meta": meta(names.LOCATION, version),
            "name": location.name,
            "telecom": phones(location.phone),
            "address": postal(location.address, location.postcode),
            "managingOrganization": {"reference": f"Organization/{organisation_id}"},
        }
    )


def read_location(resource: Resource) -> Location:
    """A Location; name and address may be missing."""
    lines, postcode = read_address(child(resource, "address"))
    return Location(
        host_id=text(resource, "id"),
        name=text(resource, "name"),
        address=lines,
        postcode=postcode,
        phone=read_phone(resource),
    )


def write_practitioner(practitioner: Practitioner, *, sds_user_id: str = "", version: str = "1") -> Resource:
    """A Practitioner; without telecom, address, birth date and photo, which the standard forbids there."""
    *given, family = practitioner.name.split() or [practitioner.host_id]
    return without_empty(
        {
            "resourceType": "Practitioner",
            "id": practitioner.host_id,
            "meta": meta(names.PRACTITIONER, version),
            "identifier": [{"system": names.SDS_USER_ID, "value": sds_user_id}] if sds_user_id else [],
            "name": [without_empty({"family": family, "given": given})],
            "gender": practitioner.gender.value,
        }
    )


def read_practitioner(resource: Resource) -> Practitioner:
    """A Practitioner; the title (prefix) leads the name."""
    name = child(resource, "name")
    parts = (*strings(name, "prefix"), *strings(name, "given"), text(name, "family"))
    return Practitioner(
        host_id=text(resource, "id"),
        name=" ".join(part for part in parts if part) or text(name, "text"),
        gender=read_gender(resource),
    )


def read_gender(resource: Resource) -> Gender:
    """Administrative gender; anything unexpected is UNKNOWN."""
    value = text(resource, "gender").lower()
    return _GENDERS.get(value, Gender.UNKNOWN)


def read_phone(resource: Resource) -> str:
    """The first telephone number."""
    for contact in children(resource, "telecom"):
        if contact.get("system", "phone") == "phone" and text(contact, "value"):
            return text(contact, "value")
    return ""


def read_address(address: Resource) -> tuple[tuple[str, ...], str]:
    """Lines (city and district at the end) and postcode."""
    lines = (*strings(address, "line"), text(address, "city"), text(address, "district"))
    return tuple(line for line in lines if line), text(address, "postalCode")


def postal(lines: tuple[str, ...], postcode: str) -> Resource:
    """An Address, empty when there is nothing to say."""
    return without_empty({"line": list(lines), "postalCode": postcode})


def phones(phone: str, use: str = "work") -> list[Resource]:
    """A telecom list with one telephone number, empty when there is none."""
    return [{"system": "phone", "value": phone, "use": use}] if phone else []


def _kind(kind: str) -> list[Resource]:
    return [{"coding": [{"system": names.ORGANISATION_TYPE, "code": kind}]}] if kind else []
