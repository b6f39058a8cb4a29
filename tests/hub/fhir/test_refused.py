"""Documented errors that need a diary or a register behind them, each at the hub's own door (docs/gp-connect.md)."""

from typing import Any

import pytest

from gp_connect import interactions, names
from tests.hub.fhir.consumer import Consumer, refusal
from tests.scheduling.world import ANN, BOB, HOME, HOST, OTHER, TONIGHT, World, caller, patient
from vocabulary.identifiers import NHSNumber
from vocabulary.slots import DeliveryChannel, Slot

pytestmark = pytest.mark.database


@pytest.fixture
def slot(world: World) -> Slot:
    (found, *_) = world.clinic()
    return found


@pytest.fixture
def ann(world: World, slot: Slot) -> str:
    known = world.network.diary(HOST).add_patient(patient(ANN)).host_id
    world.see()
    return known


@pytest.fixture
def held(consumer: Consumer, slot: Slot, ann: str) -> dict[str, Any]:
    answer = consumer.book(slot, patient_id=ann)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json(force=True)
    return found


def test_a_patient_is_read_by_the_id_that_finding_them_gave(consumer: Consumer, ann: str) -> None:
    read = consumer.ask(interactions.READ_PATIENT, ann)
    assert (read.status_code, read.headers["ETag"]) == (200, 'W/"1"')
    assert read.get_json(force=True) == consumer.find(ANN).get_json(force=True)["entry"][0]["resource"]


def test_a_patient_whom_the_practice_does_not_have_is_not_there(consumer: Consumer, ann: str) -> None:
    assert refusal(consumer.ask(interactions.READ_PATIENT, "nobody")) == (404, "PATIENT_NOT_FOUND")
    assert refusal(consumer.of_patient("nobody")) == (404, "PATIENT_NOT_FOUND")


def test_a_booking_of_a_slot_that_is_not_there_or_not_open_to_them(
    consumer: Consumer, world: World, slot: Slot, ann: str
) -> None:
    unknown = consumer.booking(slot, patient_id=ann, slot=[{"reference": "Slot/nothing"}])
    assert refusal(consumer.ask(interactions.BOOK, body=unknown)) == (422, "INVALID_RESOURCE")
    (kept, *_) = world.clinic(starts=TONIGHT.replace(hour=20), only_for=[OTHER])
    world.see(who=OTHER)
    assert refusal(consumer.book(kept, patient_id=ann)) == (422, "INVALID_RESOURCE")
    assert world.claimed() == {}


def test_a_past_appointment_is_not_read(consumer: Consumer, world: World, held: dict[str, Any]) -> None:
    world.clock.forward(days=1)
    assert refusal(consumer.read(held["id"])) == (422, "INVALID_RESOURCE")


def test_a_visit_is_left_alone(consumer: Consumer, world: World, ann: str) -> None:
    world.clinic(starts=TONIGHT.replace(hour=20), channel=DeliveryChannel.OTHER)
    world.see()
    visit = next(n for n, offer in enumerate(world.offers()) if offer.facts.channel is DeliveryChannel.OTHER)
    made = world.book(caller(HOME), index=visit)
    shown = consumer.read(made.ref.value).get_json(force=True)
    assert refusal(consumer.amend(shown)) == (422, "INVALID_RESOURCE")
    assert refusal(consumer.cancel(shown)) == (422, "INVALID_RESOURCE")


def test_an_amendment_carries_no_reason_and_a_cancellation_must(consumer: Consumer, held: dict[str, Any]) -> None:
    def sent(status: str, **reason: str) -> dict[str, Any]:
        added = [{"url": names.CANCELLATION_REASON, **reason}] if reason else []
        return {**held, "status": status, "extension": [*held["extension"], *added]}

    for interaction, body, told in (
        (interactions.AMEND, sent("booked", valueString="x"), (422, "INVALID_RESOURCE")),
        (interactions.CANCEL, sent("booked", valueString="x"), (422, "INVALID_RESOURCE")),
        (interactions.CANCEL, sent("cancelled"), (422, "INVALID_RESOURCE")),
        (interactions.CANCEL, sent("cancelled", valueString=""), (422, "INVALID_PARAMETER")),
    ):
        assert refusal(consumer.ask(interaction, held["id"], body=body)) == told
    assert consumer.read(held["id"]).get_json(force=True)["status"] == "booked"


def test_a_number_that_was_replaced_is_not_registered(consumer: Consumer, world: World, ann: str) -> None:
    older = NHSNumber("9990000034")
    world.network.tracing.add(patient(BOB, given="Bob"), home_practice=HOME, formerly=older)
    assert refusal(consumer.register(patient(older, given="Bob"))) == (400, "INVALID_NHS_NUMBER")


@pytest.mark.parametrize("interaction", (*interactions.STRUCTURED, *interactions.DOCUMENTS), ids=lambda each: each.name)
def test_records_are_not_offered_here(consumer: Consumer, interaction: interactions.Interaction) -> None:
    body = {"resourceType": "Parameters"} if interaction.verb == "POST" else None
    logical_id = "1" if "{id}" in interaction.path else ""
    assert refusal(consumer.ask(interaction, logical_id=logical_id, body=body)) == (501, "NOT_IMPLEMENTED")
