"""The in-process twin passes the kit, in each of its habits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from connectors.conformance import Conformance, SessionPlan
from connectors.mock import Mishap, MockNetwork
from connectors.port import GPSystem
from tests.connectors.people import HOST, OUTSIDER, RECEPTIONIST
from vocabulary.appointments import AppointmentStatus, Receipt
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.slots import Slot
from vocabulary.times import FixedClock
from vocabulary.visits import VisitStatus


@dataclass
class MockBench:
    """The kit's bench over a network in memory."""

    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    host: OdsCode = HOST
    caller: Caller = RECEPTIONIST
    outsider: Caller = OUTSIDER
    network: MockNetwork = field(init=False)

    def __post_init__(self) -> None:
        self.network = MockNetwork(clock=FixedClock(self.now))
        self.diary = self.network.diary(self.host)

    def connect(self, caller: Caller) -> GPSystem:
        return self.network.connect(self.host, caller)

    def add_session(self, plan: SessionPlan) -> None:
        self.diary.add_session(
            plan.name,
            starts=plan.starts,
            slots=plan.slots,
            minutes=plan.minutes,
            channel=plan.channel,
            slot_type=plan.slot_type,
            role_code=plan.role_code,
            only_for=plan.only_for,
            opens_at=plan.opens_at,
            only_for_kinds=plan.only_for_kinds,
            most=plan.most,
        )

    def add_patient(self, patient: Patient, *, hidden: bool = False) -> None:
        self.diary.add_patient(patient, hidden=hidden)

    def make_known(self, patient: Patient) -> None:
        self.network.tracing.add(patient)

    def take(self, slot: Slot) -> None:
        self.diary.book_locally(slot)

    def live(self, slot: Slot) -> int:
        standing = [each for each in self.diary.appointments if each.status is AppointmentStatus.BOOKED]
        return sum(slot.host_id in each.slot_ids for each in standing)

    def filed(self, nhs_number: NHSNumber) -> tuple[UUID, ...]:
        return tuple(document.id for document in self.diary.cabinet.filed(nhs_number))

    def scan(self, nhs_number: NHSNumber, document: Document, content: bytes) -> None:
        self.diary.cabinet.scan(nhs_number, document, content)

    def visit(self, receipt: Receipt) -> VisitStatus:
        return self.diary.visit_status(receipt)

    def say(self, receipt: Receipt, status: VisitStatus) -> None:
        self.diary.say_locally(receipt.appointment_id, status)

    def play(self, method: str, mishap: Mishap) -> None:
        self.network.script(self.host).inject(method, mishap, times=None, seconds=3)

    def behave(self) -> None:
        self.network.script(self.host).clear()


class TestMock(Conformance):
    @pytest.fixture(params=["plain", "joins texts", "keeps slots closed", "in summer"])
    def bench(self, request: pytest.FixtureRequest) -> MockBench:
        bench = MockBench(datetime(2026, 7, 5, 12, tzinfo=UTC)) if request.param == "in summer" else MockBench()
        bench.diary.joins_texts = request.param == "joins texts"
        bench.diary.reopens_slots = request.param != "keeps slots closed"
        return bench
