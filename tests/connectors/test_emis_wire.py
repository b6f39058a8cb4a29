"""What EMIS is sent, byte for byte, and what is made of odd answers: against a stub, so each oddity is exact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.emis.system import PROFILE
from connectors.faults import Garbled, PatientUnknown, Refused, SlotGone, Unsupported
from connectors.port import GPSystem, Link
from connectors.standard import over
from gp_connect import appointments, audit_token, bundles, names, outcomes, patients, slots
from gp_connect.organisations import Organisation
from gp_connect.slots import Includes
from gp_connect.spine_codes import DUPLICATE_REJECTED, PATIENT_NOT_FOUND, SpineCode
from tests.connectors.people import ALEX, BOOKING_PRACTICE, HOST, RECEPTIONIST, SAM, STRANGER, request_for
from tests.connectors.stub_server import Behaviour, StubServer, answer
from vocabulary.appointments import Appointment, AppointmentStatus, CancellationReason, Receipt
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, Slot
from vocabulary.times import FixedClock, Window

NOW = datetime(2026, 6, 5, 12, tzinfo=UTC)
EVENING = NOW + timedelta(hours=6)
SESSION = ClinicSession("s1", "Evening clinic", Location("l1", "Test Surgery"), None, "R0260")
SLOT = Slot(
    HOST, "slot-1", Window(EVENING, EVENING + timedelta(minutes=15)), DeliveryChannel.IN_PERSON, "Extended", SESSION
)
PATIENT = replace(ALEX, host_id="p-1")
REQUEST = request_for(SLOT, patient=PATIENT)
RECEIPT = Receipt(HOST, "a-1", "3")
MADE = Appointment(
    receipt=RECEIPT,
    status=AppointmentStatus.BOOKED,
    patient_host_id="p-1",
    slot_ids=("slot-1",),
    window=SLOT.window,
    description=REQUEST.description,
    comment=REQUEST.comment_on_the_wire,
    booked_by=BOOKING_PRACTICE,
)
BESIDE = appointments.ShownBeside(
    created=NOW,
    booked_by=Organisation(BOOKING_PRACTICE, "Riverside Surgery", "0117 496 0002", host_id="1"),
    location_id="l1",
)


def link_to(server: StubServer, **changes: Any) -> Link:
    link = Link(
        host=HOST,
        system="emis",
        address=f"{server.url}/{HOST}/STU3/1/gpconnect",
        provider_asid="200000000001",
        consumer_asids={BOOKING_PRACTICE: "200000000002", STRANGER: "200000000003"},
    )
    return replace(link, **changes)


def system_at(server: StubServer, **changes: Any) -> GPSystem:
    return over(PROFILE, link_to(server, **changes), RECEPTIONIST, clock=FixedClock(NOW))


def wire(appointment: Appointment) -> dict[str, Any]:
    return appointments.write(appointment, BESIDE)


def refuse(code: SpineCode, status: int = 0) -> Behaviour:
    return answer(outcomes.write(code, "Patient 9990000018 Testcase"), status=status or code.status)


def test_every_request_names_the_originating_practice_and_person() -> None:
    with StubServer([answer(bundles.searchset([patients.write(PATIENT, organisation_id="1")]))]) as server:
        system = system_at(server)
        system.find_patient(ALEX.nhs_number)
        system.find_patient(ALEX.nhs_number)
        first, second = server.seen
        assert first.header("Ssp-From") == "200000000002"
        assert first.header("Ssp-To") == "200000000001"
        assert first.header("Ssp-InteractionID") == "urn:nhs:names:services:gpconnect:fhir:rest:search:patient-1"
        assert first.header("Ssp-TraceID") != second.header("Ssp-TraceID")
        assert first.header("Accept") == names.FHIR_JSON_UTF8
        token = audit_token.read(first.header("Authorization").removeprefix("Bearer "))
        assert (token.organisation, token.organisation_name) == ("L81002", "Riverside Surgery")
        assert (token.subject, token.practitioner_name, token.scope) == ("u-17", "Morgan Example", "patient/*.read")
        assert token.audience == f"{server.url}/L81001/STU3/1/gpconnect"
        assert (token.issued, token.expires) == (NOW, NOW + timedelta(minutes=5))


def test_through_the_spine_proxy_the_audience_is_the_hosts_own_root() -> None:
    with StubServer([answer({"resourceType": "CapabilityStatement"})]) as server:
        root = "https://gp.example/L81001/STU3/1/gpconnect"
        system_at(server, address=f"{server.url}/{root}").ping()
        assert server.seen[0].line == f"GET /{root}/metadata HTTP/1.1"
        assert audit_token.read(server.seen[0].header("Authorization").removeprefix("Bearer ")).audience == root


def test_a_practice_without_a_system_id_is_told_so_and_nothing_is_sent() -> None:
    with StubServer([answer({})]) as server:
        system = system_at(server, consumer_asids={})
        with pytest.raises(Unsupported, match="Riverside Surgery is not set up"):
            system.ping()
        assert server.connections == 0


def test_the_search_is_on_behalf_of_the_booking_practice() -> None:
    with StubServer([answer(bundles.searchset([]))]) as server:
        system_at(server).free_slots(Window(NOW, NOW + timedelta(days=7)))
        line = server.seen[0].line
        assert "start=ge2026-06-05T13%3A00%3A00%2B01%3A00" in line
        assert "ods-organization-code%7CL81002" in line
        assert "L81001" not in line.partition("?")[2]


@pytest.mark.parametrize("kind", [names.GP_PRACTICE, names.URGENT_CARE, ""])
def test_what_kind_of_organisation_asks_is_said_alike_when_searching_and_booking(kind: str) -> None:
    asker = replace(RECEPTIONIST, organisation_type=kind)
    empty = slots.write([], Includes(Organisation(HOST, "Test Surgery", host_id="1")))
    with StubServer([answer(empty), answer(wire(MADE), status=201)]) as server:
        system = over(PROFILE, link_to(server), asker, clock=FixedClock(NOW))
        system.free_slots(Window(NOW, NOW + timedelta(days=1)))
        system.book(REQUEST)
        search, booking = server.seen
    for other in (names.GP_PRACTICE, names.URGENT_CARE):
        assert (f"OrganisationType-1%7C{other}" in search.line) is (other == kind)
        assert (f'"code":"{other}"' in booking.body.decode().replace(" ", "")) is (other == kind)


def test_past_and_repeated_slots_are_left_out() -> None:
    begun = replace(SLOT, host_id="past", window=Window(NOW - timedelta(minutes=1), NOW + timedelta(minutes=14)))
    beyond = replace(SLOT, host_id="far", window=Window(NOW + timedelta(days=9), NOW + timedelta(days=10)))
    body = slots.write([begun, SLOT, SLOT, beyond], Includes(Organisation(HOST, "Test Surgery", host_id="1")))
    with StubServer([answer(body)]) as server:
        shown = system_at(server).free_slots(Window(NOW - timedelta(days=1), NOW + timedelta(days=6)))
        assert [slot.host_id for slot in shown] == ["slot-1"]


def test_half_a_list_is_garbled_and_not_a_short_one() -> None:
    body = slots.write([SLOT], Includes(Organisation(HOST, "Test Surgery", host_id="1")))
    for broken in ({**body, "total": 9}, {**body, "link": [{"relation": "next", "url": "x"}]}):
        with StubServer([answer(broken)]) as server, pytest.raises(Garbled):
            system_at(server).free_slots(Window(NOW, NOW + timedelta(days=1)))


@pytest.mark.parametrize(
    "wrong",
    [
        patients.write(replace(SAM, host_id="p-2"), organisation_id="1"),
        patients.write(replace(ALEX, host_id=""), organisation_id="1"),
    ],
    ids=["another patient", "no id"],
)
def test_another_patient_than_asked_for_is_garbled(wrong: dict[str, Any]) -> None:
    with StubServer([answer(bundles.searchset([wrong]))]) as server:
        with pytest.raises(Garbled):
            system_at(server).find_patient(ALEX.nhs_number)
        with pytest.raises(Garbled):
            system_at(server).register_patient(ALEX)


def test_a_registration_that_answers_with_nobody_is_garbled_and_one_refused_is_refused() -> None:
    with StubServer([answer(bundles.searchset([]))]) as server, pytest.raises(Garbled):
        system_at(server).register_patient(ALEX)
    with StubServer([refuse(DUPLICATE_REJECTED)]) as server, pytest.raises(Refused) as caught:
        system_at(server).register_patient(ALEX)
    assert type(caught.value) is Refused


def test_a_refusal_keeps_its_code_and_words_but_not_the_hosts_own_text() -> None:
    with StubServer([refuse(PATIENT_NOT_FOUND)]) as server, pytest.raises(PatientUnknown) as caught:
        system_at(server).find_patient(ALEX.nhs_number)
    fault = caught.value
    assert (fault.code, fault.status) == ("PATIENT_NOT_FOUND", 404)
    assert "Testcase" not in f"{fault.words} {fault.detail} {fault.code}"


def test_a_code_that_is_no_code_is_not_passed_on() -> None:
    odd = replace(PATIENT_NOT_FOUND, code="9990000018 has moved", status=400)
    with StubServer([refuse(odd)]) as server, pytest.raises(Refused) as caught:
        system_at(server).find_patient(ALEX.nhs_number)
    assert caught.value.code == "400"
    assert "999" not in caught.value.detail


def test_a_booking_sends_what_the_standard_asks_and_returns_its_receipt() -> None:
    with StubServer([answer(wire(MADE), status=201)]) as server:
        assert system_at(server).book(REQUEST) == RECEIPT
        seen = server.seen[0]
        assert seen.line == "POST /L81001/STU3/1/gpconnect/Appointment HTTP/1.1"
        assert seen.header("Content-Type") == names.FHIR_JSON_UTF8
        assert f"[{REQUEST.ref.spoken}]".encode() in seen.body
        assert len(server.seen) == 1


def test_a_success_without_a_body_is_read_from_its_headers() -> None:
    headers = 'Location: http://x/L81001/STU3/1/gpconnect/Appointment/a-1/_history/3\r\nETag: W/"3"\r\n'
    with StubServer([answer(b"", status=201, headers=headers)]) as server:
        assert system_at(server).book(REQUEST) == RECEIPT
    with StubServer([answer(b"", status=201)]) as server, pytest.raises(Garbled):
        system_at(server).book(REQUEST)


@pytest.mark.parametrize(
    "odd",
    [
        wire(replace(MADE, patient_host_id="p-2")),
        wire(replace(MADE, slot_ids=("slot-2",))),
        wire(replace(MADE, status=AppointmentStatus.CANCELLED)),
        wire(replace(MADE, window=Window(EVENING, EVENING + timedelta(minutes=30)))),
        {k: v for k, v in wire(MADE).items() if k != "id"},
        {"resourceType": "Bundle"},
        outcomes.write(DUPLICATE_REJECTED),
    ],
    ids=["another patient", "another slot", "cancelled", "another time", "no id", "not one", "a refusal with 200"],
)
def test_a_success_about_something_else_is_unknown(odd: dict[str, Any]) -> None:
    with StubServer([answer(odd, status=201)]) as server:
        with pytest.raises(Garbled):
            system_at(server).book(REQUEST)
        assert len(server.seen) == 1


def test_a_clinic_without_a_place_cannot_be_booked_and_nothing_is_sent() -> None:
    nowhere = replace(SLOT, session=replace(SESSION, location=None))
    with StubServer([answer({})]) as server:
        with pytest.raises(Unsupported):
            system_at(server).book(request_for(nowhere, patient=PATIENT))
        assert server.connections == 0


def test_cancelling_puts_the_whole_appointment_back_with_the_version_just_read() -> None:
    current = replace(MADE, receipt=replace(RECEIPT, version="7"), comment="[other words] edited at the desk")
    kept = {**wire(current), "text": {"status": "generated", "div": "<div/>"}}
    done = replace(MADE, status=AppointmentStatus.CANCELLED, receipt=replace(RECEIPT, version="8"))
    with StubServer([answer(kept), answer(wire(done))]) as server:
        assert system_at(server).cancel(RECEIPT, CancellationReason.PATIENT_ASKED).version == "8"
        read, put = server.seen
        assert read.line.startswith("GET ")
        assert put.line == "PUT /L81001/STU3/1/gpconnect/Appointment/a-1 HTTP/1.1"
        assert put.header("If-Match") == 'W/"7"'
        assert put.header("Ssp-InteractionID").endswith("rest:cancel:appointment-1")
        assert b'"generated"' in put.body
        assert CancellationReason.PATIENT_ASKED.words.encode() in put.body


def test_cancelling_what_is_cancelled_sends_nothing_more() -> None:
    done = replace(MADE, status=AppointmentStatus.CANCELLED)
    with StubServer([answer(wire(done))]) as server:
        assert system_at(server).cancel(RECEIPT, CancellationReason.MOVED) == RECEIPT
        assert len(server.seen) == 1


def test_a_change_between_reading_and_cancelling_is_a_conflict_and_a_false_success_is_unknown() -> None:
    stale = refuse(replace(DUPLICATE_REJECTED, code="FHIR_CONSTRAINT_VIOLATION"))
    with StubServer([answer(wire(MADE)), stale]) as server, pytest.raises(SlotGone):
        system_at(server).cancel(RECEIPT, CancellationReason.MOVED)
    with StubServer([answer(wire(MADE)), answer(wire(MADE))]) as server, pytest.raises(Garbled):
        system_at(server).cancel(RECEIPT, CancellationReason.MOVED)


def test_another_appointment_than_asked_for_is_never_changed() -> None:
    other = replace(MADE, receipt=replace(RECEIPT, appointment_id="a-2"))
    with StubServer([answer(wire(other))]) as server:
        with pytest.raises(Garbled):
            system_at(server).cancel(RECEIPT, CancellationReason.MOVED)
        assert len(server.seen) == 1


def test_a_hosts_id_cannot_lead_elsewhere() -> None:
    with StubServer([refuse(PATIENT_NOT_FOUND)]) as server:
        with pytest.raises(Refused):
            system_at(server).read(Receipt(HOST, "../Patient?identifier=x/..", ""))
        assert server.seen[0].line == (
            "GET /L81001/STU3/1/gpconnect/Appointment/..%2FPatient%3Fidentifier%3Dx%2F.. HTTP/1.1"
        )
        with pytest.raises(Garbled):
            system_at(server).read(Receipt(HOST, "..", ""))
        assert len(server.seen) == 1


def test_the_look_for_a_booking_asks_for_the_slots_days_only() -> None:
    with StubServer([answer(bundles.searchset([wire(MADE)]))]) as server:
        found = system_at(server).find_booking(REQUEST)
        assert found is not None
        assert found.receipt == RECEIPT
        assert server.seen[0].line == (
            "GET /L81001/STU3/1/gpconnect/Patient/p-1/Appointment?start=ge2026-06-05&start=le2026-06-05 HTTP/1.1"
        )


def test_every_cancellation_reason_fits_what_emis_keeps() -> None:
    assert all(len(reason.words) <= 150 for reason in CancellationReason)
