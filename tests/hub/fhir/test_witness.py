"""What other systems ask of the hub stands in the wire trace: who, what, how it ended, and nothing of the patient."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from gp_connect import interactions
from hub.config import FhirDoor
from hub.wiring import EXTENSION
from practices.wire.models import WireExchangeRow
from practices.wire.recorder import WireTrace
from tests.hub.fhir.consumer import Consumer, open_rig
from tests.hub.rig import Rig
from tests.scheduling.world import ANN, HOME, HOST, World, patient
from vocabulary.identifiers import OdsCode

pytestmark = pytest.mark.database


@pytest.fixture
def wire(rig: Rig, world: World) -> WireTrace:
    """The rig's hub, which keeps a wire trace now."""
    trace = WireTrace(world.work, world.clock, days=14)
    rig.app.extensions[EXTENSION] = replace(rig.hub, wire=trace)
    return trace


def kept(world: World, wire: WireTrace) -> Sequence[WireExchangeRow]:
    wire.flush()
    with world.work.read() as tx:
        return list(tx.scalars(select(WireExchangeRow).order_by(WireExchangeRow.id)))


def test_a_booking_is_kept_with_who_asked_and_without_the_patient(
    consumer: Consumer, world: World, wire: WireTrace
) -> None:
    (slot, *_) = world.clinic()
    ann = world.network.diary(HOST).add_patient(patient(ANN)).host_id
    world.see()
    trace_id = "0f6c1d2e-3b4a-4c5d-8e9f-0a1b2c3d4e5f"
    assert consumer.find(ANN).status_code == 200
    assert consumer.book(slot, patient_id=ann, trace_id=trace_id).status_code == 201
    find, book = kept(world, wire)
    assert (book.asked_of_us, book.host_ods, book.booking_ods) == (True, HOST.value, HOME.value)
    assert (book.user_name, book.system) == (consumer.who.name, "200000000001 Practice hub")
    assert (book.interaction, book.status, book.outcome, book.detail) == ("book", 201, "ok", "")
    assert (book.trace_id, book.request_id) == (trace_id, trace_id)
    assert book.sent is not None and book.sent["status"] == "booked"
    assert book.received is not None and book.received["slot"][0]["reference"] == f"Slot/{slot.host_id}"
    assert 0 < book.ms < 30_000
    assert (find.params, find.path) == ([["identifier", "(hidden)"]], "/Patient")
    said = json.dumps([[row.params, row.sent, row.received, row.detail, row.path] for row in (find, book)])
    for planted in (ANN.value, patient(ANN).family, "Needs a ramp", "Extended access"):
        assert planted not in said


def test_a_refusal_is_kept_with_its_code_and_what_was_wrong_before_anybody_was_known(
    consumer: Consumer, world: World, wire: WireTrace
) -> None:
    consumer.ask(interactions.READ_APPOINTMENT, "nobody")
    consumer.ask(interactions.METADATA, more={"Ssp-To": None})
    consumer.ask(interactions.METADATA, more={"Ssp-InteractionID": "urn:x"})
    consumer.ask(interactions.METADATA, more={"Authorization": "Bearer x"})
    unknown, nowhere, odd, nobody = kept(world, wire)
    assert (unknown.status, unknown.outcome, unknown.detail) == (404, "refused", "NO_RECORD_FOUND")
    assert (nowhere.status, nowhere.detail) == (400, "BAD_REQUEST: the header Ssp-To is missing")
    assert (odd.interaction, odd.booking_ods) == ("unknown", HOME.value), "the token says who, though it was refused"
    assert (nobody.booking_ods, nobody.user_name, nobody.system) == ("", "", "200000000001")


def test_whoever_did_not_come_in_leaves_no_line(world: World) -> None:
    rig = open_rig(world, fhir=FhirDoor.BEHIND_MUTUAL_TLS)
    trace = WireTrace(world.work, world.clock, days=14)
    rig.app.extensions[EXTENSION] = replace(rig.hub, wire=trace)
    consumer = Consumer(rig.app.test_client(), world)
    assert consumer.ask(interactions.METADATA).status_code == 403
    stranger = replace(consumer, host=OdsCode("X99999"))
    verified = {"X-Client-Verify": "SUCCESS"}
    assert stranger.ask(interactions.METADATA, more=verified).status_code == 404
    assert kept(world, trace) == []
    assert consumer.ask(interactions.METADATA, more=verified).status_code == 200
    assert [row.interaction for row in kept(world, trace)] == ["metadata"]
