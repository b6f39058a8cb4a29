"""Appointments on the wire: the request a provider accepts, the resource read back, the two changed forms."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.STU3.appointment import Appointment as SecondOpinion
from hypothesis import given

from gp_connect import appointments, bundles, names
from gp_connect.appointments import ShownBeside
from gp_connect.elements import Unreadable, parse
from gp_connect.organisations import Organisation
from gp_connect.provider_rules import booking
from tests.gp_connect.strategies import BOOKING_PRACTICE, HOST, requests
from tests.gp_connect.strategies import appointments as any_appointment
from tests.gp_connect.test_slots import diary
from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, Receipt
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.times import Window

BOOKED_BY = Organisation(BOOKING_PRACTICE, "Riverside Surgery", "0117 496 0002", names.GP_PRACTICE, "1")
BESIDE = ShownBeside(datetime(2026, 6, 1, tzinfo=UTC), BOOKED_BY, "17", "2", role_code="R0260", slot_type="GP")
HELD = Appointment(
    Receipt(HOST, "9", "3"),
    AppointmentStatus.BOOKED,
    "77",
    ("1584", "1585"),
    Window(datetime(2026, 6, 9, 17, 30, tzinfo=UTC), datetime(2026, 6, 9, 17, 50, tzinfo=UTC)),
    "Extended access",
    "[7222-222D] by phone",
    booked_by=BOOKING_PRACTICE,
)


def wire(resource: dict[str, Any]) -> dict[str, Any]:
    return parse(json.dumps(resource))


@given(requests())
def test_a_provider_reads_what_we_ask(request: BookingRequest) -> None:
    asked = booking.read(wire(appointments.booking(request)))
    location = request.slots[0].session.location
    assert asked.slot_ids == tuple(slot.host_id for slot in request.slots)
    assert asked.patient_id == request.patient_host_id
    assert location is not None and asked.location_id == location.host_id
    assert (asked.window, asked.created) == (request.window, request.created)
    assert (asked.description, asked.comment) == (request.description, request.comment_on_the_wire)
    assert asked.booked_by.ods == request.booking_practice
    assert asked.booked_by.name == request.booking_practice_name
    assert asked.asker.kind == names.GP_PRACTICE
    booking.check_slots(asked, request.slots, request.window.start - timedelta(seconds=1))


@given(requests())
def test_a_second_reader_of_fhir_accepts_the_request(request: BookingRequest) -> None:
    SecondOpinion.model_validate(wire(appointments.booking(request)))


@given(any_appointment)
def test_what_a_host_writes_is_read_back(appointment: Appointment) -> None:
    written = wire(appointments.write(appointment, BESIDE))
    assert appointments.read(written, HOST) == appointment


def test_a_second_reader_of_fhir_accepts_a_host_s_appointment() -> None:
    SecondOpinion.model_validate(wire(appointments.write(HELD, BESIDE)))


def test_a_status_beyond_booked_and_cancelled_is_other() -> None:
    resource = appointments.write(HELD, BESIDE) | {"status": "noshow"}
    assert appointments.read(resource, HOST).status is AppointmentStatus.OTHER
    with pytest.raises(ValueError, match="no single code"):
        appointments.write(replace(HELD, status=AppointmentStatus.OTHER), BESIDE)


def test_a_booking_needs_a_location() -> None:
    resource = appointments.write(HELD, BESIDE)
    assert appointments.read(resource, HOST) == HELD
    request = a_request()
    nowhere = replace(request.slots[0], session=replace(request.slots[0].session, location=None))
    with pytest.raises(Unreadable, match="location"):
        appointments.booking(replace(request, slots=(nowhere,)))


def test_without_a_type_in_the_search_there_is_none_in_the_booking() -> None:
    resource = appointments.booking(a_request(), kind="")
    assert "type" not in resource["contained"][0]


def test_cancelling_changes_status_and_reason_and_nothing_else() -> None:
    resource = appointments.write(HELD, BESIDE)
    before = json.dumps(resource)
    form = appointments.cancelled_form(resource, "The patient asked to cancel")
    assert json.dumps(resource) == before
    assert appointments.read(form, HOST) == replace(
        HELD, status=AppointmentStatus.CANCELLED, cancellation_reason="The patient asked to cancel"
    )
    form["status"] = "booked"
    form["extension"] = [item for item in form["extension"] if item["url"] != names.CANCELLATION_REASON]
    assert form == resource


def test_amending_changes_the_two_texts_and_nothing_else() -> None:
    resource = appointments.write(HELD, BESIDE)
    form = appointments.amended_form(resource, description="New", comment="")
    assert "comment" not in form
    assert {**form, "description": resource["description"], "comment": resource["comment"]} == resource


def test_slots_dropped_by_the_host_are_no_slots() -> None:
    resource = appointments.write(HELD, BESIDE)
    del resource["slot"]
    assert appointments.read(resource, HOST).slot_ids == ()


def test_who_booked_is_read_through_the_pointer_not_by_position() -> None:
    resource = appointments.write(HELD, BESIDE)
    other = resource["contained"][0] | {"id": "2", "identifier": [{"system": names.ODS_CODE, "value": "Z99999"}]}
    resource["contained"].insert(0, other)
    assert appointments.read(resource, HOST).booked_by == BOOKING_PRACTICE
    del resource["contained"]
    assert appointments.read(resource, HOST).booked_by is None


@pytest.mark.parametrize("name", ["id", "start", "end", "participant"])
def test_an_appointment_without_what_identifies_it_is_unreadable(name: str) -> None:
    resource = appointments.write(HELD, BESIDE)
    del resource[name]
    with pytest.raises(Unreadable):
        appointments.read(resource, HOST)


def test_references_may_be_absolute_or_versioned() -> None:
    resource = appointments.write(HELD, BESIDE)
    resource["slot"] = [{"reference": "https://host/root/Slot/1584/_history/3"}, {"reference": "Slot/1585"}]
    assert appointments.read(resource, HOST).slot_ids == HELD.slot_ids


def test_retrieving_asks_in_whole_days_of_england() -> None:
    late = Window(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), datetime(2026, 7, 1, 23, 50, tzinfo=UTC))
    assert appointments.retrieve_query(late) == [("start", "ge2026-07-02"), ("start", "le2026-07-02")]


def test_all_appointments_of_a_bundle_are_read() -> None:
    bundle = bundles.searchset([appointments.write(HELD, BESIDE)] * 2)
    assert appointments.read_all(bundle, HOST) == (HELD, HELD)


def a_request() -> BookingRequest:
    return BookingRequest(
        ref=BookingRef.from_number(7),
        host=HOST,
        slots=diary(2),
        nhs_number=NHSNumber.parse("9990000018"),
        patient_host_id="77",
        booking_practice=BOOKING_PRACTICE,
        booking_practice_name="Riverside Surgery",
        booking_practice_phone="0117 496 0002",
        description="Extended access",
        comment="",
        created=datetime(2026, 6, 1, tzinfo=UTC),
    )
