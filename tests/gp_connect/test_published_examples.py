"""The specification's own examples: they read, and our writing of the same content differs in explained ways only."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gp_connect import (
    appointments,
    bundles,
    capability,
    languages,
    media,
    names,
    organisations,
    outcomes,
    patients,
    slots,
)
from gp_connect.appointments import ShownBeside
from gp_connect.elements import child, children, extension, reference, text, version
from gp_connect.further_spine_codes import EVERY
from gp_connect.media import Format
from gp_connect.moments import read_moment
from gp_connect.provider_rules import booking, registering
from gp_connect.roles import channel_of
from gp_connect.slots import Includes, read_role_code
from tests.gp_connect.published.checker import mistakes
from tests.gp_connect.published.differences import differences
from vocabulary.appointments import BookingRequest
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, Slot
from vocabulary.times import Window

EXAMPLES: dict[str, Any] = {
    name: each["resource"]
    for name, each in json.loads((Path(__file__).parent / "published" / "examples.json").read_text()).items()
}
HOST = OdsCode("Y90003")
# HealthcareService came and went with version 1.2.8; the hub neither asks for it nor offers it.
NOT_OURS = {name for name, each in EXAMPLES.items() if "HealthcareService" in json.dumps(each)}


def of(kind: str) -> list[str]:
    """The examples of one resource type, or of bundles that hold it."""
    found = []
    for name, each in sorted(EXAMPLES.items()):
        held = [entry["resource"]["resourceType"] for entry in each.get("entry", [])] or [each["resourceType"]]
        if name not in NOT_OURS and kind in held:
            found.append(name)
    return found


def resources(name: str, kind: str) -> list[dict[str, Any]]:
    example = EXAMPLES[name]
    found = bundles.resources(example) if example["resourceType"] == "Bundle" else [example]
    return [each for each in found if each["resourceType"] == kind]


# --- They read --------------------------------------------------------------------------------------------------


def test_every_example_is_of_a_kind_we_read() -> None:
    kinds = ("Appointment", "Slot", "Patient", "Parameters", "Practitioner", "Organization", "Location")
    known = {name for kind in (*kinds, "OperationOutcome", "CapabilityStatement", "Bundle") for name in of(kind)}
    assert known | NOT_OURS == EXAMPLES.keys() and len(EXAMPLES) > 50


@pytest.mark.parametrize("name", of("Appointment"))
def test_appointments_read(name: str) -> None:
    for resource in resources(name, "Appointment"):
        if "id" not in resource:
            assert booking.read(resource).booked_by.ods in (OdsCode("A00001"), OdsCode("Z100"))
            continue
        read = appointments.read(resource, HOST)
        assert read.patient_host_id and read.slot_ids and read.booked_by
        assert read.description == resource["description"] and read.comment == resource.get("comment", "")


@pytest.mark.parametrize("name", of("Slot"))
def test_searches_for_slots_read(name: str) -> None:
    found = slots.read(EXAMPLES[name], HOST)
    assert len(found) == len(resources(name, "Slot"))
    assert all(slot.slot_type and slot.session.location and slot.session.role_code == "R0260" for slot in found)
    assert all(slot.channel is DeliveryChannel.IN_PERSON for slot in found)


@pytest.mark.parametrize("name", of("Patient"))
def test_patients_read(name: str) -> None:
    (resource,) = resources(name, "Patient")
    read = patients.read(resource)
    assert (read.family, read.given, read.postcode) == ("Jackson", "Jane", resource["address"][0]["postalCode"])
    assert len(read.address) == 4


@pytest.mark.parametrize("name", of("Parameters"))
def test_registrations_are_accepted(name: str) -> None:
    assert registering.check(EXAMPLES[name]).family == "Jackson"


@pytest.mark.parametrize("name", of("Organization"))
def test_organisations_read(name: str) -> None:
    for resource in resources(name, "Organization"):
        read = organisations.read_organisation(resource)
        assert read and read.name and read.phone and read.postcode


@pytest.mark.parametrize("name", of("Location"))
def test_locations_read_even_where_their_address_is_a_list(name: str) -> None:
    for resource in resources(name, "Location"):
        read = organisations.read_location(resource)
        assert read.name and read.address


@pytest.mark.parametrize("name", of("Practitioner"))
def test_practitioners_read(name: str) -> None:
    for resource in resources(name, "Practitioner"):
        assert organisations.read_practitioner(resource).name == "Mrs Sarah Black"
        assert organisations.read_practitioner(resource).sds_user_id


@pytest.mark.parametrize("name", of("OperationOutcome"))
def test_outcomes_read(name: str) -> None:
    read = outcomes.read(EXAMPLES[name])
    assert read.code and read.words.endswith(".")
    if "guidance" in name and "/STU3/ValueSet/" in json.dumps(EXAMPLES[name]):
        assert read.code in EVERY


@pytest.mark.parametrize("name", of("CapabilityStatement"))
def test_capability_statements_read(name: str) -> None:
    read = capability.read(EXAMPLES[name])
    assert read.standard.startswith("1.2.") and read.formats == media.BOTH
    assert "gpc.registerpatient" in read.operations and "Slot" in read.resources


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - NOT_OURS))
def test_examples_that_are_sound_go_through_xml_and_back(name: str) -> None:
    example = EXAMPLES[name]
    if not [each for each in mistakes(example) if "must be" in each or "is empty" in each]:
        assert media.read(media.write(example, Format.XML), Format.XML) == example


# --- The same, written by us ------------------------------------------------------------------------------------


def appointment(resource: dict[str, Any]) -> dict[str, Any]:
    """A provider's appointment."""
    who = [child(each, "actor") for each in children(resource, "participant")]
    booked_by = appointments.read_booked_by(resource)
    assert booked_by is not None
    beside = ShownBeside(
        created=read_moment(resource["created"]),
        booked_by=booked_by,
        location_id=next(found for each in who if (found := reference(each, "Location"))),
        practitioner_id=next((found for each in who if (found := reference(each, "Practitioner"))), ""),
        channel=channel_of(text(extension(resource, names.DELIVERY_CHANNEL), "valueCode")),
        role_code=read_role_code(resource),
        slot_type=text(child(resource, "serviceType"), "text"),
        session_name=text(child(resource, "serviceCategory"), "text"),
    )
    return appointments.write(appointments.read(resource, HOST), beside)


def booking_request(resource: dict[str, Any]) -> dict[str, Any]:
    """A consumer's booking."""
    asked = booking.read(resource)
    session = ClinicSession("14", "", Location(asked.location_id, ""))
    slot = Slot(HOST, asked.slot_ids[0], asked.window, DeliveryChannel.IN_PERSON, "", session)
    ref = BookingRef.from_number(7)
    request = BookingRequest(
        ref,
        HOST,
        (slot,),
        patients.read(resources(of("Patient")[0], "Patient")[0]).nhs_number,
        asked.patient_id,
        asked.booked_by.ods,
        asked.booked_by.name,
        asked.booked_by.phone,
        asked.description,
        asked.comment,
        asked.created,
    )
    return appointments.booking(request, kind=asked.booked_by.kind)


def changed(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    """A consumer's amendment or cancellation of the appointment that the example's own answer shows."""
    (answer,) = resources(name.replace("request", "response"), "Appointment")
    kept = [each for each in answer["extension"] if each["url"] != names.CANCELLATION_REASON]
    held = {**answer, "status": "booked", "extension": kept}
    if resource["status"] == "cancelled":
        return appointments.cancelled_form(held, text(extension(resource, names.CANCELLATION_REASON), "valueString"))
    return appointments.amended_form(held, description=resource["description"], comment=resource["comment"])


def patient(resource: dict[str, Any]) -> dict[str, Any]:
    """A provider's patient."""
    details = extension(resource, names.REGISTRATION_DETAILS)
    branch = child(extension(details, "preferredBranchSurgery"), "valueReference")
    since = child(extension(details, "registrationPeriod"), "valuePeriod")
    return patients.write(
        patients.read(resource),
        organisation_id=reference(resource["managingOrganization"], "Organization"),
        version_id=version(resource),
        temporary=bool(extension(details, "registrationType")),
        branch_id=reference(branch, "Location"),
        since=read_moment(since["start"]) if since else None,
        communication=languages.read(resource),
    )


def practitioner(resource: dict[str, Any]) -> dict[str, Any]:
    read = organisations.read_practitioner(resource)
    profiles = organisations.read_role_profile_ids(resource)
    return organisations.write_practitioner(
        read, role_profile_ids=profiles, communication=languages.read(resource), version=version(resource)
    )


def organisation(resource: dict[str, Any]) -> dict[str, Any]:
    read = organisations.read_organisation(resource)
    assert read is not None
    return organisations.write_organisation(read, version=version(resource))


def location(resource: dict[str, Any]) -> dict[str, Any]:
    managed_by = reference(resource["managingOrganization"], "Organization")
    return organisations.write_location(
        organisations.read_location(resource), organisation_id=managed_by, version=version(resource)
    )


def registration(resource: dict[str, Any]) -> dict[str, Any]:
    return patients.registration(registering.check(resource))


def outcome(resource: dict[str, Any]) -> dict[str, Any]:
    read = outcomes.read(resource)
    return outcomes.write(EVERY[read.code], read.diagnostics)


def statement(resource: dict[str, Any]) -> dict[str, Any]:
    read = capability.read(resource)
    return capability.write(read.software, read.software_version, standard=read.standard, formats=read.formats)


def search(bundle: dict[str, Any]) -> dict[str, Any]:
    """A provider's answer to a search, with the sessions' own hours."""
    hours = {
        each["id"]: Window(read_moment(span["start"]), read_moment(span["end"]))
        for each in bundles.of_type(bundle, "Schedule")
        if (span := each["planningHorizon"])
    }
    own = next(iter(bundles.of_type(bundle, "Organization")), None)
    host = organisations.read_organisation(own) if own else None
    assert host is not None
    kinds = {each["resourceType"] for each in bundles.resources(bundle)}
    return slots.write(
        slots.read(bundle, HOST), Includes(host, "Practitioner" in kinds, "Location" in kinds, horizons=hours)
    )


REWRITTEN: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "appointment": appointment,
    "booking": booking_request,
    "Patient": patient,
    "Practitioner": practitioner,
    "Organization": organisation,
    "Location": location,
    "Parameters": registration,
    "OperationOutcome": outcome,
    "CapabilityStatement": statement,
}
_USE = "a telephone's use should be said, says the standard; the example says none"
_LINES = "the hub keeps an address as its lines, so city and district stand among them"
_NO_LIST = "the example has a list where STU3 has one, or one where it has a list"
_NAME = "the hub keeps no titles of patients; the text is made of the name, as the standard's own text is not"
_ONE_NUMBER = "the hub keeps one telephone number of a patient; a provider that keeps what was sent shows all of it"
_SYSTEM = "the published code system has /STU3/CodeSystem/ in its name; the example has the older one"
_SPEAKERS_WORDS = "the display is the code system's own; the examples vary"
_AS_PUBLISHED = "the profile fixes the system to /CodeSystem/; the examples have /ValueSet/"
_WHOSE = "who made the system, and who to ask, is not the hub's to copy"
_RETRIEVED_BY = "appointments are retrieved by start; the example has the parameter of another resource"
_ADDED = "we put back the whole of what the provider holds; the example leaves out what the provider added"

# What is written (`+` ours alone, `-` theirs alone, `~` otherwise) and why that is right
EXPLAINED: dict[str, dict[str, str]] = {
    "appointment": {"+contained.telecom.use": _USE},
    "booking": {
        "+contained.telecom.use": _USE,
        "~comment": "the hub's reference leads the comment, to be found again after a lost answer",
    },
    "change": {
        "+extension.Extension-GPConnect-DeliveryChannel-2": _ADDED,
        "+extension.Extension-GPConnect-PractitionerRole-1": _ADDED,
        "+serviceCategory": _ADDED,
        "+serviceType": _ADDED,
        "~meta.versionId": "the version we hold; the example's request and answer have different ones",
    },
    "Patient": {
        "+extension.Extension-CareConnect-GPC-RegistrationDetails-1.extension.registrationType"
        ".valueCodeableConcept.coding.display": _SPEAKERS_WORDS,
        "~extension.Extension-CareConnect-GPC-RegistrationDetails-1.extension.registrationType"
        ".valueCodeableConcept.coding.system": _SYSTEM,
        "~identifier.extension.Extension-CareConnect-GPC-NHSNumberVerificationStatus-1"
        ".valueCodeableConcept.coding.system": _SYSTEM,
        "-address.city": _LINES,
        "-address.district": _LINES,
        "~address.line": _LINES,
        "-name.prefix": _NAME,
        "~name.text": _NAME,
        "~telecom": _ONE_NUMBER,
    },
    "Practitioner": {},
    "Organization": {
        "-address.city": _LINES,
        "-address.district": _LINES,
        "~address.line": _LINES,
        "~address": _NO_LIST,
        "~telecom": _NO_LIST,
    },
    "Location": {
        "-address.city": _LINES,
        "-address.district": _LINES,
        "~address.line": _LINES,
        "~address": _NO_LIST,
        "~telecom": _NO_LIST,
    },
    "Parameters": {
        "~parameter.resource.identifier.extension.Extension-CareConnect-GPC-NHSNumberVerificationStatus-1"
        ".valueCodeableConcept.coding.system": _SYSTEM,
        "-parameter.resource.address.city": _LINES,
        "-parameter.resource.address.district": _LINES,
        "~parameter.resource.address.line": _LINES,
        "-parameter.resource.name.prefix": _NAME,
        "~parameter.resource.name.text": _NAME,
        "~parameter.resource.telecom": _ONE_NUMBER,
    },
    "OperationOutcome": {
        "~issue.details.coding.code": "the code system has a space in ACCESS DENIED; one of the examples has none",
        "~issue.details.coding.display": _SPEAKERS_WORDS,
        "~issue.details.coding.system": _AS_PUBLISHED,
    },
    "CapabilityStatement": {
        "-contact": _WHOSE,
        "-copyright": _WHOSE,
        "-software.releaseDate": _WHOSE,
        "~publisher": _WHOSE,
        "-rest.resource.searchParam.documentation": "words for readers; the names say the same",
        "~rest.resource.searchParam.name": _RETRIEVED_BY,
        "~rest.resource.searchParam.type": _RETRIEVED_BY,
    },
    "search": {
        "+meta": "the profile of searchset bundles is named, as the rules for resources ask",
        "+meta.profile": "the profile of searchset bundles is named, as the rules for resources ask",
        "-meta.extension": "service filtering came and went with version 1.2.8",
        "-entry.resource.address.city": _LINES,
        "-entry.resource.address.district": _LINES,
        "~entry.resource.address.line": _LINES,
        "~entry.resource.address": _NO_LIST,
        "~entry.resource.telecom": _NO_LIST,
        "~entry.resource.meta.versionId": "slots and sessions have no history of their own here",
        "~entry.resource.start": "the example's offset is not England's on that day",
        "~entry.resource.end": "the example's offset is not England's on that day",
        "~entry.resource.planningHorizon.start": "the example's offset is not England's on that day",
        "~entry.resource.planningHorizon.end": "the example's offset is not England's on that day",
    },
}


def found_differences() -> dict[str, set[str]]:
    """For each kind, what our writing of every example of it has otherwise."""
    found: dict[str, set[str]] = {kind: set() for kind in EXPLAINED}
    for name in of("Appointment"):
        for resource in resources(name, "Appointment"):
            kind = "booking" if "id" not in resource else "change" if "request" in name else "appointment"
            ours = changed(name, resource) if kind == "change" else REWRITTEN[kind](resource)
            found[kind] |= differences(ours, resource)
    for kind in REWRITTEN.keys() - {"appointment", "booking"}:
        for name in of(kind):
            for resource in resources(name, kind):
                if kind != "OperationOutcome" or outcomes.read(resource).code in EVERY:  # a proxy's are not ours
                    found[kind] |= differences(REWRITTEN[kind](resource), resource)
    for name in of("Slot"):
        found["search"] |= differences(search(EXAMPLES[name]), EXAMPLES[name])
    return found


def test_our_writing_of_the_examples_differs_in_explained_ways_only() -> None:
    assert found_differences() == {kind: set(explained) for kind, explained in EXPLAINED.items()}
