"""The conformance kit's bench over this door: EMIS's connector, through real HTTP, books into a hub of its own."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.conformance import CannotPlay, SessionPlan
from connectors.emis.system import PROFILE
from connectors.mock import Mishap
from connectors.port import GPSystem, Link
from connectors.standard import over
from hub.fhir.visits import ROOT
from tests.scheduling.world import HOME, HOST, OTHER, World, caller
from vocabulary.appointments import AppointmentStatus
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Location, Practitioner, Slot


@dataclass
class HubBench:
    """One practice behind the hub at `url`; its diary is the world's."""

    world: World
    url: str
    caller: Caller = field(default_factory=lambda: caller(HOME, user="ext-1"))
    outsider: Caller = field(default_factory=lambda: caller(OTHER, user="ext-2"))
    host: OdsCode = HOST
    cut_off: bool = False

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def link(self) -> Link:
        return Link(
            host=self.host,
            system="emis",
            address=f"{'http://127.0.0.1:1' if self.cut_off else self.url}/{self.host}/{ROOT}",
            provider_asid="200000000009",
            consumer_asids={HOME: "200000000001", OTHER: "200000000002"},
        )

    def connect(self, who: Caller) -> GPSystem:
        return over(PROFILE, self.link, who, clock=self.world.clock)

    def add_session(self, plan: SessionPlan) -> None:
        if plan.most is not None:
            raise CannotPlay("the hub learns of a host's limits at its next look only")
        self.world.network.diary(self.host).add_session(
            plan.name,
            starts=plan.starts,
            slots=plan.slots,
            minutes=plan.minutes,
            channel=plan.channel,
            slot_type=plan.slot_type,
            role_code=plan.role_code,
            location=Location(f"{self.host}-main", "Health Centre", ("1 High Street",), "BS3 1AA"),
            practitioner=Practitioner(f"{self.host}-gp", "Grace Example"),
            only_for=plan.only_for,
            opens_at=plan.opens_at,
            only_for_kinds=plan.only_for_kinds,
        )

    def add_patient(self, patient: Patient, *, hidden: bool = False) -> None:
        self.world.network.diary(self.host).add_patient(patient, hidden=hidden)
        self.make_known(patient)

    def make_known(self, patient: Patient) -> None:
        self.world.network.tracing.add(replace(patient, host_id=""), home_practice=HOME)

    def take(self, slot: Slot) -> None:
        self.world.network.diary(self.host).book_locally(slot)

    def live(self, slot: Slot) -> int:
        return sum(
            slot.host_id in each.slot_ids and each.status is AppointmentStatus.BOOKED
            for each in self.world.network.diary(self.host).appointments
        )

    def play(self, method: str, mishap: Mishap) -> None:
        if mishap is not Mishap.UNREACHABLE:
            raise CannotPlay  # what goes wrong between a hub and its hosts is told by test_trouble.py
        self.cut_off = True

    def behave(self) -> None:
        self.cut_off = False
