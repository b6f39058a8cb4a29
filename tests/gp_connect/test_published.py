"""Everything we write, against the definitions as published; and the checker itself, against planted mistakes."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.STU3 import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st

from gp_connect import appointments, bundles, capability, media, names, organisations, outcomes, patients, roles, slots
from gp_connect.elements import parse
from gp_connect.further_spine_codes import EVERY
from gp_connect.languages import Communication
from gp_connect.organisations import Organisation
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import registering
from gp_connect.slots import Includes
from gp_connect.spine_codes import ALL, SpineCode
from tests.gp_connect import strategies as some
from tests.gp_connect.published.checker import CODES, PROFILES, mistakes
from tests.gp_connect.test_appointments import BESIDE, HELD, a_request
from tests.gp_connect.test_patients import ALEX
from tests.gp_connect.test_slots import OWN, SESSION, diary
from vocabulary.appointments import Appointment, BookingRequest
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.slots import DeliveryChannel, Location, Practitioner, Slot

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
LANGUAGES = st.sampled_from(sorted(CODES[names.HUMAN_LANGUAGES]))
COMMUNICATIONS = st.none() | st.builds(Communication, LANGUAGES, st.booleans())
ORGANISATIONS = st.builds(
    Organisation,
    st.sampled_from([OdsCode("Y90003"), OdsCode("A20047")]),
    some.lines,
    some.phones,
    st.sampled_from(["", names.GP_PRACTICE, names.URGENT_CARE]),
    some.ids,
    some.addresses,
    some.postcodes,
)


def sound(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource as it goes over the wire, found as published."""
    sent = parse(json.dumps(resource))
    assert mistakes(sent) == []
    return sent


def twice_sound(resource: dict[str, Any]) -> dict[str, Any]:
    """The same, and read by a second reader of FHIR (too slow for hundreds)."""
    get_fhir_model_class(resource["resourceType"]).model_validate(copy.deepcopy(resource))
    return sound(resource)


# --- What we write ----------------------------------------------------------------------------------------------


@given(some.requests(), st.sampled_from([names.GP_PRACTICE, names.URGENT_CARE, ""]))
def test_bookings(request: BookingRequest, kind: str) -> None:
    sound(appointments.booking(request, kind=kind))


@given(some.appointments, some.lines, some.moments, st.sampled_from(DeliveryChannel), ORGANISATIONS)
def test_appointments_and_both_their_changed_forms(
    appointment: Appointment, text: str, created: datetime, channel: DeliveryChannel, booked_by: Organisation
) -> None:
    beside = replace(BESIDE, created=created, channel=channel, booked_by=booked_by, session_name=text, slot_type=text)
    held = sound(appointments.write(appointment, beside))
    sound(appointments.amended_form(held, description=text, comment=""))
    sound(appointments.cancelled_form(held, text))
    sound(bundles.searchset([held]))


@given(some.slot_lists(), ORGANISATIONS, st.booleans(), st.booleans())
def test_answers_to_a_search_for_slots(
    found: tuple[Slot, ...], organisation: Organisation, people: bool, places: bool
) -> None:
    sound(slots.write(found, Includes(organisation, people, places)))


@given(some.patients, st.booleans(), COMMUNICATIONS, st.none() | some.moments, st.sampled_from(["", "17"]))
def test_patients(
    patient: Patient, temporary: bool, spoken: Communication | None, since: datetime | None, branch: str
) -> None:
    written = sound(
        patients.write(
            patient, organisation_id="1", temporary=temporary, communication=spoken, since=since, branch_id=branch
        )
    )
    assert patients.read(written) == patient
    sound(bundles.searchset([written]))


@given(some.patients, some.moments)
def test_registrations_and_what_comes_of_them(patient: Patient, since: datetime) -> None:
    sent = sound(patients.registration(patient))
    registration = registering.understood(sent)
    made = sound(patients.registered(registration.resource, "9", organisation_id="1", branch_id="17", since=since))
    assert patients.read(made) == replace(registration.patient, host_id="9")


def test_a_registration_with_everything_that_may_be_sent_is_shown_again() -> None:
    sent = parse(json.dumps(patients.registration(ALEX)))
    resource = sent["parameter"][0]["resource"]
    resource["telecom"] += [
        {"system": "phone", "value": "0117 496 0001", "use": "home"},
        {"system": "email", "value": "alex@example.org", "use": "home"},
    ]
    resource["address"].append({"use": "temp", "line": ["3 Example Street"]})
    resource["extension"] = organisations.write_practitioner(
        Practitioner("1", "X"), communication=Communication("pl", interpreter=True)
    )["extension"]
    shown = twice_sound(
        patients.registered(registering.understood(twice_sound(sent)).resource, "9", organisation_id="1", since=NOW)
    )
    assert (shown["telecom"], shown["address"]) == (resource["telecom"], resource["address"])
    assert shown["extension"][1:] == resource["extension"]
    assert shown["extension"][0]["extension"][0]["valuePeriod"] == {"start": "2026-10-25T01:30:00+01:00"}


@given(
    some.practitioners, st.lists(st.sampled_from(["112233445566", "R8000"]), max_size=2, unique=True), COMMUNICATIONS
)
def test_practitioners(practitioner: Practitioner, profiles: list[str], spoken: Communication | None) -> None:
    known = replace(practitioner, sds_user_id="111122223333")
    written = sound(organisations.write_practitioner(known, role_profile_ids=profiles, communication=spoken))
    assert organisations.read_practitioner(written) == known
    assert organisations.read_role_profile_ids(written) == tuple(profiles)


@given(ORGANISATIONS, some.locations)
def test_organisations_and_locations(organisation: Organisation, location: Location) -> None:
    assert organisations.read_organisation(sound(organisations.write_organisation(organisation))) == organisation
    assert organisations.read_location(sound(organisations.write_location(location, organisation_id="1"))) == location
    sound(organisations.unknown_visit_location("19", organisation_id="14"))


@pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
def test_outcomes(code: SpineCode) -> None:
    twice_sound(outcomes.write(code, "description is longer than 100 characters"))
    twice_sound(outcomes.write(code))


@pytest.mark.parametrize("formats", [media.JSON_ONLY, media.BOTH])
def test_capability_statements(formats: frozenset[media.Format]) -> None:
    written = twice_sound(capability.write("Practice hub", "1.0", formats=formats))
    read = capability.read(written)
    assert read.formats == formats and read.standard == "1.2.7"
    assert read.operations == {"gpc.registerpatient", "gpc.getstructuredrecord"}
    assert read.resources == {"Patient", "Organization", "Practitioner", "Location", "Appointment", "Slot"}
    assert len(written["profile"]) == 15


def test_an_empty_answer() -> None:
    assert twice_sound(slots.write((), Includes(OWN)))["type"] == "searchset"


# --- The codes we use -------------------------------------------------------------------------------------------


def test_the_codes_we_write_are_published_with_the_words_we_give_them() -> None:
    published = CODES[names.SPINE_CODES]
    assert {code.code: code.display for code in ALL}.items() <= published.items()
    assert dict(roles.CODE_OF_ROLE.values()).items() <= CODES[names.JOB_ROLES].items()
    channels = {roles.channel_code(channel) for channel in DeliveryChannel} - {"Visit"}
    assert channels == CODES["https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-DeliveryChannel-1"].keys()
    assert {names.GP_PRACTICE, names.URGENT_CARE} == CODES[names.ORGANISATION_TYPE].keys()
    assert CODES[names.VERIFICATION_STATUSES]["01"] == "Number present and verified"
    assert CODES[names.REGISTRATION_TYPES]["T"] == "Temporary"


def test_every_published_spine_code_reads_in_plain_words() -> None:
    for code, display in CODES[names.SPINE_CODES].items():
        assert EVERY[code].display == display
        read = outcomes.read(outcomes.write(EVERY[code], "x"))
        assert read.code == code and read.words.endswith(".") and read.owner


def test_refusals_carry_published_codes_only() -> None:
    refused = Rejected(ALL[0], "x")
    assert refused.code.code in CODES[names.SPINE_CODES]


# --- The checker ------------------------------------------------------------------------------------------------

APPOINTMENT = parse(json.dumps(appointments.write(HELD, BESIDE)))
SEARCH = parse(json.dumps(slots.write(diary(2), Includes(OWN))))
SLOT, SCHEDULE = SEARCH["entry"][0]["resource"], SEARCH["entry"][2]["resource"]
PATIENT = parse(json.dumps(patients.write(ALEX, organisation_id="1", temporary=True, interpreter="pl")))
PRACTITIONER = parse(json.dumps(organisations.write_practitioner(Practitioner("2", "X", sds_user_id="1"))))
PLACE = parse(json.dumps(organisations.write_location(SESSION.location or Location("1", "x"), organisation_id="1")))
OUTCOME = parse(json.dumps(outcomes.write(ALL[0], "x")))
BOOKING = parse(json.dumps(appointments.booking(a_request())))
EXTENSION = {"url": "https://example.org/own", "valueString": "x"}
Plant = Callable[[dict[str, Any]], object]

PLANTED: list[tuple[dict[str, Any], Plant, str]] = [
    (APPOINTMENT, lambda r: r.pop("description"), "Appointment.description must be there"),
    (APPOINTMENT, lambda r: r.pop("slot"), "Appointment.slot must be there"),
    (APPOINTMENT, lambda r: r.pop("participant"), "Appointment.participant must be there"),
    (APPOINTMENT, lambda r: r.pop("status"), "Appointment.status must be there"),
    (APPOINTMENT, lambda r: r.update(status="planned"), "is not of the value set"),
    (APPOINTMENT, lambda r: r.update(appointmentType={"text": "x"}), "appointmentType must not be there"),
    (APPOINTMENT, lambda r: r.update(requestedPeriod=[{"start": "2026-01-01"}]), "requestedPeriod must not be there"),
    (
        APPOINTMENT,
        lambda r: r.update(identifier=[{"system": "s", "value": "v", "use": "usual"}]),
        "use must not be there",
    ),
    (APPOINTMENT, lambda r: r.update(identifier=[{"system": "s"}]), "identifier.value must be there"),
    (APPOINTMENT, lambda r: r.update(start="2026-06-09T18:30"), "not of the form of instant"),
    (APPOINTMENT, lambda r: r.update(start="2026-06-09T18:30:00"), "not of the form of instant"),
    (APPOINTMENT, lambda r: r.update(comment=""), "comment is empty"),
    (APPOINTMENT, lambda r: r.update(colour="red"), "colour is not an element"),
    (APPOINTMENT, lambda r: r.update(slot={"reference": "Slot/1"}), "slot must be a list"),
    (APPOINTMENT, lambda r: r.update(priority="1"), "priority is not of the type"),
    (APPOINTMENT, lambda r: r["slot"][0].update(reference="Schedule/1"), "may not point at a Schedule"),
    (APPOINTMENT, lambda r: r["slot"][0].update(reference="https://host.example/Slot/1"), "not relative"),
    (APPOINTMENT, lambda r: r["participant"][0].pop("actor"), "participant.actor must be there"),
    (APPOINTMENT, lambda r: r["participant"][0].update(status="maybe"), "is not of the value set"),
    (APPOINTMENT, lambda r: r["extension"].append(EXTENSION), "has no published definition"),
    (APPOINTMENT, lambda r: r["extension"].append(dict(r["extension"][0])), "is there too often"),
    (APPOINTMENT, lambda r: r["extension"][0].update(valueString="x"), "value[x] may only be valueReference"),
    (APPOINTMENT, lambda r: r["extension"][0].pop("valueReference"), "must hold either a value or extensions"),
    (APPOINTMENT, lambda r: r.pop("contained"), "references to it do not agree"),
    (APPOINTMENT, lambda r: r["contained"][0]["meta"].update(versionId="1"), "versionId must not be in a contained"),
    (APPOINTMENT, lambda r: r["contained"][0].pop("meta"), "names no published profile"),
    (APPOINTMENT, lambda r: r["meta"].update(profile=["https://example.org/own"]), "names no published profile"),
    (APPOINTMENT, lambda r: r["meta"].update(profile=[names.SLOT]), "is not one of Appointment"),
    (BOOKING, lambda r: r["contained"][0]["identifier"][0].pop("value"), "value must be there"),
    (SLOT, lambda r: r.update(serviceCategory={"text": "x"}), "serviceCategory must not be there"),
    (SLOT, lambda r: r.pop("schedule"), "Slot.schedule must be there"),
    (SLOT, lambda r: r["schedule"].pop("reference"), "schedule is empty"),
    (SLOT, lambda r: r["extension"][0].update(valueCode="In person "), "space around it"),
    (SLOT, lambda r: r["extension"][0].update(valueString=r["extension"][0].pop("valueCode")), "valueCode"),
    (SCHEDULE, lambda r: r.update(active=True), "active must not be there"),
    (SCHEDULE, lambda r: r.update(serviceType=[{"text": "x"}]), "serviceType must not be there"),
    (SCHEDULE, lambda r: r.pop("actor"), "Schedule.actor must be there"),
    (SCHEDULE, lambda r: r["planningHorizon"].pop("start"), "planningHorizon.start must be there"),
    (SEARCH, lambda r: r.update(total=5), "Bundle.total must not be there"),
    (SEARCH, lambda r: r.update(link=[{"relation": "self", "url": "x"}]), "Bundle.link must not be there"),
    (SEARCH, lambda r: r.update(type="collection"), "Bundle.type is not searchset"),
    (SEARCH, lambda r: r["entry"][0].update(search={"mode": "match"}), "entry.search must not be there"),
    (PATIENT, lambda r: r.pop("name"), "Patient.name (official) must be there"),
    (PATIENT, lambda r: r["name"][0].update(use="usual"), "Patient.name (official) must be there"),
    (PATIENT, lambda r: r["name"].append(dict(r["name"][0])), "Patient.name (official) is there too often"),
    (PATIENT, lambda r: r["name"][0].pop("family"), "family must be there"),
    (PATIENT, lambda r: r["identifier"][0].pop("extension"), "nhsNumberVerificationStatus) must be there"),
    (PATIENT, lambda r: r["identifier"][0].update(use="official"), "use must not be there"),
    (PATIENT, lambda r: r["identifier"].append(dict(r["identifier"][0])), "(nhsNumber) is there too often"),
    (PATIENT, lambda r: r.update(gender="F"), "is not of the value set"),
    (PATIENT, lambda r: r.update(communication=[{"language": {"text": "x"}}]), "communication must not be there"),
    (PATIENT, lambda r: r.update(photo=[{"title": "x"}]), "photo must not be there"),
    (PATIENT, lambda r: r["telecom"][0].pop("system"), "telecom.system must be there"),
    (PATIENT, lambda r: r["telecom"][0].update(use="day"), "is not of the value set"),
    (PATIENT, lambda r: r["address"][0].update(state="x"), "address.state must not be there"),
    (PATIENT, lambda r: r.update(birthDate="29/02/1980"), "not of the form of date"),
    (PATIENT, lambda r: r["extension"][0]["extension"][0].update(url="kind"), "has no published definition: kind"),
    (PATIENT, lambda r: r["extension"][1]["extension"].pop(0), "(language) must be there"),
    (
        PATIENT,
        lambda r: r["extension"][0]["extension"][0]["valueCodeableConcept"]["coding"][0].update(code="X"),
        "is not of the value set",
    ),
    (PRACTITIONER, lambda r: r.update(telecom=[{"value": "1"}]), "telecom"),
    (PRACTITIONER, lambda r: r.update(name=[]), "name is empty"),
    (PRACTITIONER, lambda r: r["identifier"].append(dict(r["identifier"][0])), "(sdsUserID) is there too often"),
    (PLACE, lambda r: r.update(address=[r["address"]]), "address must be there once only"),
    (OUTCOME, lambda r: r["issue"][0].pop("severity"), "issue.severity must be there"),
    (OUTCOME, lambda r: r["issue"][0].update(code="bad"), "is not of the value set"),
    (OUTCOME, lambda r: r["issue"][0]["details"]["coding"][0].update(code="NO"), "is not of the value set"),
    (OUTCOME, lambda r: r["issue"][0]["details"]["coding"][0].update(system="https://example.org"), "system is not"),
    (OUTCOME, lambda r: r["issue"][0]["details"]["coding"].append({"code": "x"}), "coding is there too often"),
    (OUTCOME, lambda r: r["issue"][0].pop("details"), "issue.details must be there"),
]


@pytest.mark.parametrize(
    ("good", "plant", "words"), PLANTED, ids=[f"{n}-{words}" for n, (_, _, words) in enumerate(PLANTED)]
)
def test_the_checker_catches_what_is_planted(good: dict[str, Any], plant: Plant, words: str) -> None:
    assert mistakes(good) == []
    spoilt = copy.deepcopy(good)
    plant(spoilt)
    assert any(words in mistake for mistake in mistakes(spoilt)), mistakes(spoilt)


@pytest.mark.parametrize("good", [APPOINTMENT, BOOKING, SEARCH, PATIENT, PRACTITIONER, PLACE, OUTCOME, SCHEDULE])
def test_a_second_reader_of_fhir_agrees(good: dict[str, Any]) -> None:
    twice_sound(good)


def test_every_profile_says_where_it_comes_from() -> None:
    assert len(PROFILES) == 20
    for profile in PROFILES.values():
        assert profile["source"].startswith(("nhsconnect/gpconnect-fhir ", "nhsconnect/STU3-FHIR-Assets "))
