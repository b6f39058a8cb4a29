"""Another hub books into this one: EMIS's connector against the GP Connect door, over a real socket."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.conformance import Bench, BookingConformance, ChangingConformance, PatientConformance, SlotConformance
from connectors.conformance.bench import evening, planned, request
from connectors.faults import PatientUnknown, Refused
from connectors.port import ReadsFoundations
from tests.connectors.people import ALEX
from tests.hub.fhir.bench import HubBench
from tests.hub.rig import Rig
from tests.hub.served import served
from tests.scheduling.world import World
from vocabulary.appointments import (
    COMMENT_LIMIT,
    COMMENT_ROOM,
    DESCRIPTION_LIMIT,
    AppointmentStatus,
    CancellationReason,
)

pytestmark = pytest.mark.database


@pytest.fixture
def bench(rig: Rig, world: World) -> Iterator[Bench]:
    with served(rig.app) as url:
        yield HubBench(world, url)


class TestTheKit(SlotConformance, PatientConformance, BookingConformance, ChangingConformance):
    """The conformance kit, less what it does to a host's own line."""

    def test_texts_come_through_to_their_limits(self, bench: Bench) -> None:
        """Narrower here by one reference: this hub's own goes before the comment on the way to the host (ADR 10)."""
        first, second = planned(bench)
        bench.add_patient(ALEX)
        system = bench.connect(bench.caller)
        alex = system.find_patient(ALEX.nhs_number)
        room = COMMENT_ROOM - (COMMENT_LIMIT - COMMENT_ROOM)
        told = request(bench, first, patient=alex, comment="x" * room)
        receipt = system.book(replace(told, description="d" * DESCRIPTION_LIMIT))
        assert "x" * room in system.read(receipt).comment
        with pytest.raises(Refused) as refused:
            system.book(request(bench, second, patient=alex, comment="x" * (room + 1)))
        assert (refused.value.status, refused.value.code) == (422, "INVALID_RESOURCE")


def test_find_register_slots_book_retrieve_amend_cancel(bench: Bench) -> None:
    slot, _ = planned(bench)
    bench.make_known(ALEX)
    system = bench.connect(bench.caller)
    with pytest.raises(PatientUnknown):
        system.find_patient(ALEX.nhs_number)
    alex = system.register_patient(ALEX)
    assert isinstance(system, ReadsFoundations)
    assert system.read_patient(alex.host_id).nhs_number == ALEX.nhs_number

    ours = request(bench, slot, patient=alex)
    receipt = system.book(ours)
    assert bench.live(slot) == 1
    found = system.find_booking(ours)
    assert found is not None and found.receipt == receipt
    assert slot.host_id not in {each.host_id for each in system.free_slots(slot.window)}

    amended = system.amend(receipt, description="Blood pressure", comment="Ring first")
    assert amended.version != receipt.version
    held = system.read(amended)
    assert held.description == "Blood pressure"
    assert held.comment.endswith("Ring first")

    cancelled = system.cancel(amended, CancellationReason.PATIENT_ASKED)
    assert system.read(cancelled).status is AppointmentStatus.CANCELLED
    assert bench.live(slot) == 0
    assert slot.host_id in {each.host_id for each in system.free_slots(slot.window)}
    assert slot.window.start == evening(bench)
