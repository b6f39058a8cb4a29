"""From finding a patient to cancelling: another system books into the hub's clinics."""

import pytest

from gp_connect.patients import read_found
from tests.hub.fhir.consumer import Consumer, refusal, resources
from tests.scheduling.world import ANN, HOST, TONIGHT, World, patient
from vocabulary.appointments import AppointmentStatus
from vocabulary.identifiers import BookingRef

pytestmark = pytest.mark.database


def test_find_register_search_book_retrieve_read_amend_cancel(consumer: Consumer, world: World) -> None:
    (slot, *_) = world.clinic()
    world.see()
    assert resources(consumer.find(ANN)) == []

    registered = read_found(consumer.register(patient(ANN)).get_json(force=True))
    assert registered is not None
    (found,) = resources(consumer.find(ANN))
    assert found["id"] == registered.host_id

    free = consumer.free()
    assert [each["id"] for each in free][:1] == [slot.host_id]
    made = consumer.book(slot, patient_id=registered.host_id)
    assert made.status_code == 201, made.text
    held = made.get_json(force=True)
    assert held["status"] == "booked"
    assert made.headers["ETag"] == f'W/"{held["meta"]["versionId"]}"'
    assert made.headers["Location"].endswith(f"/Appointment/{held['id']}/_history/{held['meta']['versionId']}")
    at_host = world.network.diary(HOST).appointments[0]
    assert at_host.comment == f"[{BookingRef(held['id']).spoken}] Needs a ramp"
    assert slot.host_id not in {each["id"] for each in consumer.free()}

    (retrieved,) = resources(consumer.of_patient(registered.host_id))
    assert retrieved == held
    read = consumer.read(held["id"])
    assert (read.status_code, read.get_json(force=True)) == (200, held)

    amended = consumer.amend(held, description="Another reason", comment="Ring first")
    assert amended.status_code == 200, amended.text
    changed = amended.get_json(force=True)
    assert (changed["description"], changed["comment"]) == ("Another reason", "Ring first")
    assert changed["meta"]["versionId"] != held["meta"]["versionId"]
    assert world.network.diary(HOST).appointments[0].description == "Another reason"

    cancelled = consumer.cancel(changed, "Patient is better")
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.get_json(force=True)["status"] == "cancelled"
    assert "Patient is better" in cancelled.text
    assert world.network.diary(HOST).appointments[0].status is AppointmentStatus.CANCELLED
    (left,) = resources(consumer.of_patient(registered.host_id))
    assert left["status"] == "cancelled"
    assert slot.window.start == TONIGHT
    assert slot.host_id in {each["id"] for each in consumer.free()}


def test_a_slot_held_at_a_desk_is_not_free_and_is_refused(consumer: Consumer, world: World) -> None:
    (slot, *_) = world.clinic(slots=1)
    at_host = world.network.diary(HOST).add_patient(patient(ANN))
    world.see()
    world.hold()
    assert consumer.free() == []
    assert refusal(consumer.book(slot, patient_id=at_host.host_id)) == (409, "DUPLICATE_REJECTED")
