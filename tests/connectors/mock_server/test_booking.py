"""Search, find, book, retrieve, read, amend, cancel: the subset of the standard, over real HTTP."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.mock.simulator.child import Simulator
from gp_connect import appointments, interactions, names, patients, slot_search
from gp_connect.moments import write_moment
from tests.connectors.mock_server.conftest import START, person_json, practice_json, session_json
from tests.connectors.mock_server.consumer import ALEX, NOW, Consumer, Control, fresh_number
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window

SAM = NHSNumber.parse("9990000026")


def test_free_slots_come_with_place_person_and_session(consumer: Consumer) -> None:
    found = consumer.free()
    assert [slot.host_id for slot in found] == [f"e{each}" for each in range(12)]
    first = found[0]
    assert first.window == Window(START, START + timedelta(minutes=10))
    assert (first.channel, first.slot_type) == (DeliveryChannel.IN_PERSON, "Extended access GP")
    assert first.session.location is not None and first.session.location.name == "Host Surgery"
    assert first.session.practitioner is not None and first.session.practitioner.name == "Sarah Black"
    assert first.session.role_code == "R0260"


def test_includes_are_left_out_unless_asked_for_but_the_organisation_comes(consumer: Consumer) -> None:
    base = [
        ("status", "free"),
        slot_search.INCLUDE_SCHEDULE,
        ("start", "ge2026-06-01"),
        ("end", "le2026-06-08"),
    ]
    kinds = {
        entry["resource"]["resourceType"] for entry in consumer.ask(interactions.FREE_SLOTS, params=base).body["entry"]
    }
    assert kinds == {"Slot", "Schedule", "Organization"}


def test_slots_are_wholly_inside_the_range(consumer: Consumer) -> None:
    window = Window(START + timedelta(minutes=5), START + timedelta(minutes=35))
    answer = consumer.ask(interactions.FREE_SLOTS, params=slot_search.query(window, consumer.practice))
    ids = [e["resource"]["id"] for e in answer.body["entry"] if e["resource"]["resourceType"] == "Slot"]
    assert ids == ["e1", "e2"]


@pytest.mark.parametrize(
    ("day", "offset"),
    [(date(2026, 10, 24), "+01:00"), (date(2026, 10, 25), "+00:00"), (date(2027, 3, 28), "+01:00")],
)
def test_a_clinic_near_a_clock_change_is_offered_at_its_wall_clock_time(
    simulator: Simulator, control: Control, ods: str, day: date, offset: str
) -> None:
    start = f"{day.isoformat()}T18:30:00{offset}"
    end = f"{day.isoformat()}T18:40:00{offset}"
    slot = {"id": "1", "start": start, "end": end, "slot_type": "GP"}
    control.call("POST", "load", {"practices": [practice_json(ods, sessions=[session_json(0) | {"slots": [slot]}])]})
    consumer = Consumer(simulator.url, ods)
    params = slot_search.query(Window.of_days(day, day), consumer.practice)
    found = consumer.ask(interactions.FREE_SLOTS, params=params).body["entry"][0]["resource"]
    assert (found["start"], found["end"]) == (start, end)


@pytest.mark.parametrize(
    ("restriction", "ours", "strangers"),
    [
        ({}, 12, 12),
        ({"ods_codes": ["Y90001"]}, 12, 0),
        ({"ods_codes": ["Y90001", "Y90009"]}, 12, 12),
        ({"kinds": ["gp-practice"]}, 12, 12),
        ({"kinds": ["urgent-care"]}, 0, 0),
        ({"bookable": False}, 0, 0),
        ({"embargo_hours": 12}, 0, 0),
        ({"embargo_hours": 48}, 12, 12),
        ({"closes_hours": 48}, 0, 0),
    ],
)
def test_who_asks_decides_what_is_seen_and_booked(
    simulator: Simulator, control: Control, ods: str, restriction: dict[str, Any], ours: int, strangers: int
) -> None:
    sessions = [session_json(restriction=restriction)]
    control.call("POST", "load", {"practices": [practice_json(ods, sessions=sessions)]})
    us, them = Consumer(simulator.url, ods), Consumer(simulator.url, ods, practice=OdsCode("Y90009"))
    assert (len(us.free()), len(them.free())) == (ours, strangers)
    control.call("POST", "load", {"practices": [practice_json(f"{ods}X")]})
    anyone = Consumer(simulator.url, f"{ods}X").free()
    for consumer, seen in ((us, ours), (them, strangers)):
        answer = consumer.book(anyone[0 if consumer is us else 1])
        assert answer.status == (201 if seen else 422)


def test_finding_a_patient(consumer: Consumer) -> None:
    found = consumer.find().body["entry"][0]["resource"]
    assert found["id"] == "1" and found["birthDate"] == "1980-02-29"
    assert "entry" not in consumer.find(SAM).body
    read = consumer.ask(interactions.READ_PATIENT, logical_id="1")
    assert read.body == found
    missing = consumer.ask(interactions.READ_PATIENT, logical_id="2")
    assert (missing.status, missing.code) == (404, "PATIENT_NOT_FOUND")


@pytest.mark.parametrize("standing", ["inactive", "sensitive", "deceased"])
def test_only_active_patients_are_found(simulator: Simulator, control: Control, ods: str, standing: str) -> None:
    control.call("POST", "load", {"practices": [practice_json(ods, patients=[person_json(id="1", standing=standing)])]})
    consumer = Consumer(simulator.url, ods)
    assert "entry" not in consumer.find().body
    assert consumer.retrieve().code == "PATIENT_NOT_FOUND"
    control.call("POST", "load", {"practices": [practice_json(f"{ods}X")]})
    slot = Consumer(simulator.url, f"{ods}X").free()[0]
    assert consumer.book(slot).code == "REFERENCE_NOT_FOUND"


def test_booking_takes_the_slot_and_is_found_again(consumer: Consumer) -> None:
    slot = consumer.free()[3]
    answer = consumer.book(slot)
    assert answer.status == 201
    booked = answer.body
    assert answer.headers["Location"] == f"{consumer.root}/Appointment/{booked['id']}/_history/1"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert booked["serviceType"] == [{"text": "Extended access GP"}]
    assert booked["serviceCategory"] == {"text": "Evening clinic"}
    assert slot.host_id not in {each.host_id for each in consumer.free()}
    (kept,) = consumer.retrieve().body["entry"]
    assert kept["resource"] == booked
    assert consumer.ask(interactions.READ_APPOINTMENT, logical_id=booked["id"]).body == booked
    read = appointments.read(booked, OdsCode(consumer.ods))
    assert read.booked_by == consumer.practice and read.comment.startswith("[")


def test_a_taken_slot_is_a_duplicate(consumer: Consumer) -> None:
    slot = consumer.free()[0]
    assert consumer.book(slot).status == 201
    again = consumer.book(slot)
    assert (again.status, again.code) == (409, "DUPLICATE_REJECTED")


def test_adjacent_slots_are_booked_as_one_all_or_none(consumer: Consumer) -> None:
    found = consumer.free()
    assert consumer.book(*found[2:5]).status == 201
    assert consumer.book(found[1], found[2]).status == 409
    assert found[1].host_id in {each.host_id for each in consumer.free()}
    apart = consumer.book(found[0], found[5])
    assert (apart.status, apart.code) == (422, "INVALID_RESOURCE")


def test_minimal_answers_have_no_body(consumer: Consumer) -> None:
    body = appointments.booking(consumer.request(consumer.free()[0]))
    answer = consumer.ask(interactions.BOOK, body=body, extra={"Prefer": "return=minimal"})
    assert (answer.status, answer.body) == (201, b"")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda b: b.update(slot=[{"reference": "Slot/nowhere"}]), "INVALID_RESOURCE"),
        (lambda b: b.update(end="2026-06-02T19:00:00+01:00"), "INVALID_RESOURCE"),
        (lambda b: b["participant"][1]["actor"].update(reference="Location/99"), "INVALID_RESOURCE"),
        (lambda b: b["participant"][0]["actor"].update(reference="Patient/99"), "REFERENCE_NOT_FOUND"),
        (lambda b: b.pop("description"), "INVALID_RESOURCE"),
    ],
)
def test_a_booking_that_does_not_fit_the_diary_books_nothing(consumer: Consumer, spoil: Any, code: str) -> None:
    body = appointments.booking(consumer.request(consumer.free()[0]))
    spoil(body)
    answer = consumer.ask(interactions.BOOK, body=body)
    assert (answer.status, answer.code) == (422, code)
    assert len(consumer.free()) == 12


def test_cancelling_frees_the_slot_and_keeps_the_appointment(consumer: Consumer) -> None:
    slot = consumer.free()[0]
    booked = consumer.book(slot).body
    cancelled = consumer.cancel(booked, version="1")
    assert cancelled.status == 200 and cancelled.headers["ETag"] == 'W/"2"'
    read = appointments.read(cancelled.body, OdsCode(consumer.ods))
    assert read.status == "cancelled" and read.cancellation_reason == "Booked in error"
    assert consumer.free()[0] == slot
    assert consumer.book(slot).status == 201
    statuses = sorted(entry["resource"]["status"] for entry in consumer.retrieve().body["entry"])
    assert statuses == ["booked", "cancelled"]
    again = consumer.cancel(cancelled.body)
    assert (again.status, again.code) == (422, "INVALID_RESOURCE")


def test_amending_changes_the_texts_once_and_a_stale_version_nothing(consumer: Consumer) -> None:
    booked = consumer.book(consumer.free()[0]).body
    form = appointments.amended_form(booked, description="Phone first", comment="Ring the bell")
    amended = consumer.ask(interactions.AMEND, logical_id=booked["id"], body=form, version="1")
    assert (amended.status, amended.body["description"]) == (200, "Phone first")
    stale = consumer.ask(interactions.AMEND, logical_id=booked["id"], body=form, version="1")
    assert (stale.status, stale.code) == (409, "FHIR_CONSTRAINT_VIOLATION")
    assert consumer.cancel(booked, version="1").status == 409
    assert consumer.cancel(amended.body, version="2").status == 200


def test_anybody_s_bookings_of_a_patient_are_retrieved(consumer: Consumer, control: Control) -> None:
    control.call("POST", f"desk/{consumer.ods}/book", {"slot": "e0"})
    other = Consumer(consumer.url, consumer.ods, practice=OdsCode("Y90009"))
    assert other.book(other.free()[0]).status == 201
    by = [
        appointments.read(entry["resource"], OdsCode(consumer.ods)).booked_by
        for entry in consumer.retrieve().body["entry"]
    ]
    assert by == [OdsCode(consumer.ods), OdsCode("Y90009")]


def test_past_appointments_can_neither_be_read_nor_changed(consumer: Consumer, control: Control) -> None:
    booked = consumer.book(consumer.free()[0]).body
    later = START + timedelta(minutes=1)
    control.call("PUT", "clock", {"now": write_moment(later)})
    try:
        consumer.now = later
        assert consumer.ask(interactions.READ_APPOINTMENT, logical_id=booked["id"]).code == "INVALID_RESOURCE"
        assert consumer.cancel(booked).code == "INVALID_RESOURCE"
        assert consumer.book(consumer.free()[0]).status == 201
        assert next(e["resource"]["id"] for e in consumer.retrieve().body["entry"]) == booked["id"]  # today's elapsed
    finally:
        control.call("PUT", "clock", {"now": write_moment(NOW)})


def test_unknown_practices_and_appointments(consumer: Consumer) -> None:
    stranger = Consumer(consumer.url, "Y99999")
    assert stranger.find().code == "ORGANISATION_NOT_FOUND"
    missing = consumer.ask(interactions.READ_APPOINTMENT, logical_id="nothing")
    assert (missing.status, missing.code) == (404, "NO_RECORD_FOUND")


def test_one_practice_s_ids_mean_nothing_at_the_next(
    simulator: Simulator, control: Control, consumer: Consumer, ods: str
) -> None:
    booked = consumer.book(consumer.free()[0]).body
    control.call("POST", "load", {"practices": [practice_json(f"{ods}X")]})
    other = Consumer(simulator.url, f"{ods}X")
    assert other.ask(interactions.READ_APPOINTMENT, logical_id=booked["id"]).status == 404
    assert len(other.free()) == 12


@pytest.mark.parametrize(
    ("extra", "status", "code"),
    [
        ({"Ssp-TraceID": ""}, 400, "BAD_REQUEST"),
        ({"Ssp-InteractionID": interactions.BOOK.id}, 400, "BAD_REQUEST"),
        ({"Authorization": "Bearer nonsense"}, 400, "BAD_REQUEST"),
        ({"Accept": "text/html"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_requests_out_of_order_are_refused_with_an_outcome(
    consumer: Consumer, extra: dict[str, str], status: int, code: str
) -> None:
    answer = consumer.ask(interactions.METADATA, extra=extra)
    assert (answer.status, answer.code) == (status, code)


def test_a_system_with_an_asid_wants_it(simulator: Simulator, control: Control, ods: str) -> None:
    control.call("POST", "load", {"practices": [practice_json(ods, asid="4711")]})
    consumer = Consumer(simulator.url, ods)
    assert consumer.ask(interactions.METADATA).code == "BAD_REQUEST"
    assert consumer.ask(interactions.METADATA, extra={"Ssp-To": "4711"}).status == 200


def test_broken_json_is_a_bad_request(consumer: Consumer) -> None:
    response = consumer.line.post(
        f"{consumer.root}/Appointment", data="{", headers=consumer.headers(interactions.BOOK), timeout=5
    )
    assert response.status_code == 400


def test_registering_a_traced_patient_and_refusals(simulator: Simulator, control: Control, ods: str) -> None:
    numbers = ["9990000034", "9990000042", "9990000050", "9990000069", "9990000077"]
    sam, dead, hidden, merged, unknown = (
        Patient(NHSNumber.parse(number), "Register", "Robin", date(1990, 1, 2)) for number in numbers
    )
    people = [
        person_json(sam, home_practice="Y90001"),
        person_json(dead, deceased=True),
        person_json(hidden, restricted=True),
        person_json(merged, superseded_by=sam.nhs_number.value),
    ]
    control.call("POST", "load", {"practices": [practice_json(ods)], "people": people})
    consumer = Consumer(simulator.url, ods)

    def register(patient: Patient) -> Any:
        return consumer.ask(interactions.REGISTER_PATIENT, body=patients.registration(patient))

    answer = register(sam)
    assert answer.status == 200
    resource = answer.body["entry"][0]["resource"]
    details = [item for item in resource["extension"] if item["url"] == names.REGISTRATION_DETAILS]
    assert details[0]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "T"
    assert consumer.find(sam.nhs_number).body["entry"][0]["resource"]["id"] == resource["id"]
    assert consumer.book(consumer.free()[0], patient_id=resource["id"]).status == 201
    again = register(sam)
    assert (again.status, again.code) == (409, "DUPLICATE_REJECTED")
    for patient, code in (
        (dead, "INVALID_PATIENT_DEMOGRAPHICS"),
        (hidden, "INVALID_PATIENT_DEMOGRAPHICS"),
        (merged, "INVALID_NHS_NUMBER"),
        (unknown, "INVALID_PATIENT_DEMOGRAPHICS"),
    ):
        refused = register(patient)
        assert (refused.status, refused.code) == (400, code)


@pytest.mark.parametrize(
    ("family", "given", "born", "verified"),
    [
        ("Register", "Robin", date(1990, 1, 2), True),
        ("Other", "Name", date(1990, 1, 2), True),
        ("REGister-Smith", "Rob", date(1990, 1, 3), True),
        ("Register", "Alex", date(1990, 1, 3), False),
        ("Register", "Robin", date(1991, 1, 3), False),
    ],
)
def test_a_registration_is_verified_by_birth_date_or_two_thirds_of_it_and_the_name(
    simulator: Simulator, control: Control, ods: str, family: str, given: str, born: date, verified: bool
) -> None:
    number = fresh_number()
    held = Patient(number, "Register", "Robin", date(1990, 1, 2))
    control.call("POST", "load", {"practices": [practice_json(ods)], "people": [person_json(held)]})
    sent = Patient(number, family, given, born)
    answer = Consumer(simulator.url, ods).ask(interactions.REGISTER_PATIENT, body=patients.registration(sent))
    assert answer.status == (200 if verified else 400)


def test_a_lapsed_registration_is_made_active_again(simulator: Simulator, control: Control, ods: str) -> None:
    number = fresh_number()
    lapsed = Patient(number, "Register", "Robin", date(1990, 1, 2))
    listed = [person_json(lapsed, id="5", standing="inactive")]
    control.call("POST", "load", {"practices": [practice_json(ods, patients=listed)], "people": [person_json(lapsed)]})
    consumer = Consumer(simulator.url, ods)
    answer = consumer.ask(interactions.REGISTER_PATIENT, body=patients.registration(lapsed))
    resource = answer.body["entry"][0]["resource"]
    assert (resource["id"], resource["meta"]["versionId"]) == ("5", "2")


def test_the_moment_of_the_test_is_the_simulator_s(control: Control) -> None:
    assert datetime.fromisoformat(control.call("GET", "health")["now"]) == NOW.astimezone(UTC)
    assert ALEX.nhs_number.value not in str(control.call("GET", "counts"))
