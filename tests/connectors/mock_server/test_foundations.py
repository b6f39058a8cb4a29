"""Patients, practitioners, organisations and places, and the capability statement, as the standard words them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from connectors.mock.simulator import playing
from gp_connect import appointments, interactions, names, patients, slot_search
from gp_connect.interactions import Interaction
from tests.connectors.mock_server.conftest import START, person_json, session_json
from tests.connectors.mock_server.consumer import ALEX, Answer, Consumer, Control, fresh_number
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.times import Window

Host = Callable[..., Consumer]


def identified(system: str, value: str) -> list[tuple[str, str]]:
    return [("identifier", f"{system}|{value}")]


def only(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    (entry,) = answer.body["entry"]
    return entry["resource"]


def register(consumer: Consumer, patient: Patient) -> Answer:
    return consumer.ask(interactions.REGISTER_PATIENT, body=patients.registration(patient))


def newcomer(**changes: Any) -> Patient:
    return Patient(fresh_number(), **{"family": "Register", "given": "Robin", "birth_date": date(1990, 1, 2)} | changes)


def test_a_practice_is_found_by_its_code_and_read_by_its_id(consumer: Consumer) -> None:
    found = only(consumer.ask(interactions.FIND_ORGANISATION, params=identified(names.ODS_CODE, consumer.ods)))
    assert found["identifier"] == [{"system": names.ODS_CODE, "value": consumer.ods}]
    read = consumer.ask(interactions.READ_ORGANISATION, logical_id=found["id"])
    assert read.body == found
    assert read.headers["ETag"] == f'W/"{found["meta"]["versionId"]}"'


def test_a_practice_knows_no_other(consumer: Consumer) -> None:
    answer = consumer.ask(interactions.FIND_ORGANISATION, params=identified(names.ODS_CODE, "Y90009"))
    assert (answer.status, "entry" in answer.body) == (200, False)
    missing = consumer.ask(interactions.READ_ORGANISATION, logical_id="2")
    assert (missing.status, missing.code) == (404, "ORGANISATION_NOT_FOUND")


def test_a_practitioner_is_found_by_their_national_id_and_read_by_the_practice_s(host: Host) -> None:
    sarah = {"id": "2", "name": "Sarah Black", "gender": "female", "sds_user_id": "G13579135"}
    consumer = host(sessions=[session_json(practitioner=sarah)])
    found = only(consumer.ask(interactions.FIND_PRACTITIONER, params=identified(names.SDS_USER_ID, "G13579135")))
    assert (found["id"], found["name"][0]["family"], found["gender"]) == ("2", "Black", "female")
    assert consumer.ask(interactions.READ_PRACTITIONER, logical_id="2").body == found
    nobody = consumer.ask(interactions.FIND_PRACTITIONER, params=identified(names.SDS_USER_ID, "G99999999"))
    assert (nobody.status, "entry" in nobody.body) == (200, False)
    missing = consumer.ask(interactions.READ_PRACTITIONER, logical_id="99")
    assert (missing.status, missing.code) == (404, "PRACTITIONER_NOT_FOUND")


def test_a_practitioner_without_a_national_id_is_given_one_that_lasts(consumer: Consumer) -> None:
    (number,) = consumer.ask(interactions.READ_PRACTITIONER, logical_id="2").body["identifier"]
    assert number["system"] == names.SDS_USER_ID and len(number["value"]) == 12
    found = only(consumer.ask(interactions.FIND_PRACTITIONER, params=identified(names.SDS_USER_ID, number["value"])))
    assert found["id"] == "2"


def test_a_place_is_read_by_its_id(consumer: Consumer) -> None:
    place = consumer.ask(interactions.READ_LOCATION, logical_id="17")
    assert (place.status, place.body["name"]) == (200, "Host Surgery")
    assert place.body["managingOrganization"] == {"reference": "Organization/1"}
    missing = consumer.ask(interactions.READ_LOCATION, logical_id="18")
    assert (missing.status, missing.code) == (404, "NO_RECORD_FOUND")


def test_what_comes_beside_slots_is_what_would_be_read(consumer: Consumer) -> None:
    params = slot_search.query(Window.of_days(START.date(), START.date()), consumer.practice)
    beside = {
        e["resource"]["resourceType"]: e["resource"]
        for e in consumer.ask(interactions.FREE_SLOTS, params=params).body["entry"]
    }
    for kind, interaction in (
        ("Practitioner", interactions.READ_PRACTITIONER),
        ("Location", interactions.READ_LOCATION),
        ("Organization", interactions.READ_ORGANISATION),
    ):
        assert consumer.ask(interaction, logical_id=beside[kind]["id"]).body == beside[kind]


@pytest.mark.parametrize(
    ("interaction", "system", "other"),
    [
        (interactions.FIND_PATIENT, names.NHS_NUMBER, "12345"),
        (interactions.FIND_ORGANISATION, names.ODS_CODE, "no code"),
        (interactions.FIND_PRACTITIONER, names.SDS_USER_ID, "not/one"),
    ],
)
def test_a_search_by_something_else_is_refused(
    consumer: Consumer, interaction: Interaction, system: str, other: str
) -> None:
    twice = identified(system, "Y90001") * 2
    for params, status, code in (
        ([], 400, "BAD_REQUEST"),
        (twice, 400, "BAD_REQUEST"),
        ([("identifier", "Y90001")], 422, "INVALID_PARAMETER"),
        (identified("https://example.org/Id/else", "Y90001"), 400, "INVALID_IDENTIFIER_SYSTEM"),
    ):
        answer = consumer.ask(interaction, params=params)
        assert (answer.status, answer.code) == (status, code), params
    invalid = "INVALID_NHS_NUMBER" if interaction is interactions.FIND_PATIENT else "INVALID_IDENTIFIER_VALUE"
    answer = consumer.ask(interaction, params=identified(system, other))
    assert (answer.status, answer.code) == (400, invalid)


@pytest.mark.parametrize("standing", ["inactive", "sensitive", "deceased"])
def test_whoever_is_not_active_can_neither_be_found_nor_read(host: Host, standing: str) -> None:
    consumer = host(patients=[person_json(id="1", standing=standing)])
    assert "entry" not in consumer.find().body
    read = consumer.ask(interactions.READ_PATIENT, logical_id="1")
    assert (read.status, read.code) == (404, "PATIENT_NOT_FOUND")


def test_somebody_untraced_is_traced_before_they_are_found(host: Host) -> None:
    robin = newcomer()
    consumer = host([person_json(robin)], patients=[person_json(robin, id="1", standing="untraced")])
    assert consumer.ask(interactions.READ_PATIENT, logical_id="1").code == "PATIENT_NOT_FOUND"
    assert only(consumer.find(robin.nhs_number))["id"] == "1"
    assert consumer.ask(interactions.READ_PATIENT, logical_id="1").status == 200


@pytest.mark.parametrize(
    "national",
    [
        {"deceased": True},
        {"restricted": True},
        {"superseded_by": ALEX.nhs_number.value},
        {"birth_date": "1971-03-04"},
        None,
    ],
)
def test_somebody_untraced_who_cannot_be_verified_is_not_found(host: Host, national: dict[str, Any] | None) -> None:
    robin = newcomer()
    known = [] if national is None else [person_json(robin) | national]
    consumer = host(known, patients=[person_json(robin, id="1", standing="untraced")])
    for _ in range(2):  # looking changes nothing
        assert "entry" not in consumer.find(robin.nhs_number).body


def test_an_older_system_neither_finds_nor_registers_somebody_untraced(host: Host) -> None:
    robin = newcomer()
    consumer = host([person_json(robin)], patients=[person_json(robin, id="1", standing="untraced")], traces=False)
    assert "entry" not in consumer.find(robin.nhs_number).body
    answer = register(consumer, robin)
    assert (answer.status, answer.code) == (409, "DUPLICATE_REJECTED")
    assert "entry" not in consumer.find(robin.nhs_number).body, "the deadlock: only the practice can undo it"


def test_a_practice_s_own_record_that_does_not_stand_up_halts_a_registration(host: Host) -> None:
    robin = newcomer()
    wrong = person_json(robin, id="1", standing="untraced") | {"birth_date": "1971-03-04"}
    consumer = host([person_json(robin)], patients=[wrong])
    answer = register(consumer, robin)
    assert (answer.status, answer.code) == (400, "INVALID_PATIENT_DEMOGRAPHICS")


def test_a_lapsed_registration_is_taken_up_again_as_a_temporary_one(host: Host) -> None:
    robin = newcomer()
    consumer = host([person_json(robin)], patients=[person_json(robin, id="7", standing="inactive")])
    again = only(register(consumer, robin))
    details = next(item for item in again["extension"] if item["url"] == names.REGISTRATION_DETAILS)
    assert again["id"] == "7"
    assert details["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "T"
    assert only(consumer.find(robin.nhs_number))["id"] == "7"


def test_registering_while_the_national_service_is_down(host: Host, control: Control) -> None:
    robin = newcomer()
    consumer = host([person_json(robin)])
    control.fault("drop", practice=consumer.ods, interaction="own-tracing", times=1)
    answer = register(consumer, robin)
    assert (answer.status, answer.code) == (500, "INTERNAL_SERVER_ERROR")
    assert register(consumer, robin).status == 200


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda p: p["identifier"].clear(), 400, "INVALID_NHS_NUMBER"),
        (lambda p: p["identifier"][0].update(value="1234567890"), 400, "INVALID_NHS_NUMBER"),
        (lambda p: p.pop("birthDate"), 400, "BAD_REQUEST"),
        (lambda p: p["name"][0].pop("family"), 400, "BAD_REQUEST"),
        (lambda p: p.update(maritalStatus={"text": "single"}), 422, "INVALID_RESOURCE"),
        (lambda p: p["meta"].pop("profile"), 422, "INVALID_RESOURCE"),
    ],
)
def test_a_registration_out_of_order_is_refused(host: Host, spoil: Any, status: int, code: str) -> None:
    robin = newcomer()
    consumer = host([person_json(robin)])
    body = patients.registration(robin)
    spoil(body["parameter"][0]["resource"])
    answer = consumer.ask(interactions.REGISTER_PATIENT, body=body)
    assert (answer.status, answer.code) == (status, code)
    assert "entry" not in consumer.find(robin.nhs_number).body


def test_the_capability_statement_says_what_is_played_and_nothing_else(consumer: Consumer) -> None:
    statement = consumer.ask(interactions.METADATA).body
    (rest,) = statement["rest"]
    said = {(each["type"], how["code"]) for each in rest["resource"] for how in each["interaction"]}
    assert said == {
        ("Patient", "read"),
        ("Patient", "search-type"),
        ("Organization", "read"),
        ("Organization", "search-type"),
        ("Practitioner", "read"),
        ("Practitioner", "search-type"),
        ("Location", "read"),
        ("Appointment", "read"),
        ("Appointment", "create"),
        ("Appointment", "update"),
        ("Appointment", "search-type"),
        ("Slot", "search-type"),
    }
    assert "gpc.registerpatient" in {each["name"] for each in rest["operation"]}
    assert statement["format"] == ["application/fhir+json", "application/fhir+xml"]


def test_every_interaction_of_foundations_and_appointments_is_played() -> None:
    assert set(interactions.FOUNDATIONS_AND_APPOINTMENTS) <= set(playing.PLAYS)


def test_a_visit_is_retrieved_without_saying_where_and_cannot_be_booked_or_changed(
    host: Host, control: Control
) -> None:
    slot = {"id": "v1", "start": "2026-06-02T18:00:00+01:00", "end": "2026-06-02T18:10:00+01:00", "channel": "other"}
    consumer = host(sessions=[session_json(0) | {"slots": [slot]}])
    assert consumer.free() == ()
    control.call("POST", f"desk/{consumer.ods}/book", {"slot": "v1"})
    (held,) = [entry["resource"] for entry in consumer.retrieve().body["entry"]]
    place = next(
        p["actor"]["reference"] for p in held["participant"] if p["actor"]["reference"].startswith("Location/")
    )
    told = consumer.ask(interactions.READ_LOCATION, logical_id=place.removeprefix("Location/"))
    assert told.status == 200 and "postalCode" not in told.body["address"]
    form = appointments.amended_form(held, description="Phone first", comment="")
    for answer in (consumer.cancel(held), consumer.ask(interactions.AMEND, logical_id=held["id"], body=form)):
        assert (answer.status, answer.code) == (422, "INVALID_RESOURCE")
    assert appointments.read(held, OdsCode(consumer.ods)).status == "booked"
