"""Organisation, Location and Practitioner resources, both ways."""

from collections.abc import Iterable
from dataclasses import dataclass

from gp_connect import human_names, languages, names
from gp_connect.elements import Resource, child, children, identifier, meta, strings, text, without_empty
from gp_connect.languages import Communication
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.slots import Gender, Location, Practitioner

_ROLE_PROFILE = names.SDS_ROLE_PROFILE_ID
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


def unknown_visit_location(host_id: str, *, organisation_id: str, version: str = "1") -> Resource:
    """Where a visit takes place, as far as others may know: the standard wants this in place of the real address."""
    place = Location(host_id, "Contact practice for location of the visit", ("Unknown",))
    written = write_location(place, organisation_id=organisation_id, version=version)
    written["address"]["city"] = "Unknown"
    return written


def write_practitioner(
    practitioner: Practitioner,
    *,
    sds_user_id: str = "",
    role_profile_ids: Iterable[str] = (),
    communication: Communication | None = None,
    version: str = "1",
) -> Resource:
    """A Practitioner; without telecom, address, birth date and photo, which the standard forbids there."""
    user_id = sds_user_id or practitioner.sds_user_id
    identifiers = [{"system": names.SDS_USER_ID, "value": user_id}] if user_id else []
    identifiers += [{"system": names.SDS_ROLE_PROFILE_ID, "value": each} for each in role_profile_ids]
    return without_empty(
        {
            "resourceType": "Practitioner",
            "id": practitioner.host_id,
            "meta": meta(names.PRACTITIONER, version),
            "extension": languages.write(communication),
            "identifier": identifiers,
            "name": [human_names.write(practitioner.name, nameless=practitioner.host_id)],
            "gender": practitioner.gender.value,
        }
    )


def read_practitioner(resource: Resource) -> Practitioner:
    """A Practitioner; the title (prefix) leads the name."""
    return Practitioner(
        host_id=text(resource, "id"),
        name=human_names.read(child(resource, "name")),
        gender=read_gender(resource),
        sds_user_id=identifier(resource, names.SDS_USER_ID),
    )


def read_role_profile_ids(resource: Resource) -> tuple[str, ...]:
    """A Practitioner's national role profile ids."""
    found = (text(each, "value") for each in children(resource, "identifier") if each.get("system") == _ROLE_PROFILE)
    return tuple(value for value in found if value)


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
