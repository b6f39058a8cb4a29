"""What a connector's author supplies: one practice whose diary the kit may fill behind the connector's back."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from typing import Protocol
from uuid import UUID

import pytest

from connectors.mock.script import Mishap
from connectors.port import GPSystem
from vocabulary.appointments import BookingRequest, Receipt
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.slots import DeliveryChannel, Slot
from vocabulary.times import Window, at_london, london_date
from vocabulary.visits import VisitStatus

_refs = count(20_000_000)


class CannotPlay(Exception):
    """Raised by a bench for a mishap or a session that it cannot bring about: the test is skipped, and says so."""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """A clinic session to put into the diary: so many slots in a row, open to everybody unless it says otherwise.

    `only_for_kinds` are organisation types ("gp-practice", "urgent-care"); `most` is how many of its slots any one
    other organisation may book.
    """

    name: str
    starts: datetime
    slots: int = 2
    minutes: int = 15
    channel: DeliveryChannel = DeliveryChannel.IN_PERSON
    slot_type: str = "Extended access"
    role_code: str = "R0260"
    only_for: tuple[OdsCode, ...] = ()
    opens_at: datetime | None = None
    only_for_kinds: tuple[str, ...] = ()
    most: int | None = None

    @property
    def window(self) -> Window:
        """From the first slot's start to the last one's end."""
        return Window(self.starts, self.starts + timedelta(minutes=self.minutes * self.slots))


class Bench(Protocol):
    """One practice under test with an empty diary, and the hands to fill it."""

    @property
    def host(self) -> OdsCode:
        """The practice under test."""
        ...

    @property
    def caller(self) -> Caller:
        """Somebody of a practice that may book here."""
        ...

    @property
    def outsider(self) -> Caller:
        """Somebody of another practice that may book here too."""
        ...

    @property
    def now(self) -> datetime:
        """The present, as the practice's system has it."""
        ...

    def connect(self, caller: Caller) -> GPSystem:
        """The practice's system through the connector under test."""
        ...

    def add_session(self, plan: SessionPlan) -> None:
        """Put a clinic session into the diary. Raises CannotPlay for one that this system cannot have."""
        ...

    def add_patient(self, patient: Patient, *, hidden: bool = False) -> None:
        """Put a patient on the practice's list; `hidden`: there, but never to be found (left, died, sensitive)."""
        ...

    def make_known(self, patient: Patient) -> None:
        """Make somebody known nationally but not to the practice, so that they may be registered there."""
        ...

    def take(self, slot: Slot) -> None:
        """Book the slot at the practice's own front desk."""
        ...

    def live(self, slot: Slot) -> int:
        """How many appointments made from outside stand in this slot, by the practice's own book."""
        ...

    def filed(self, nhs_number: NHSNumber) -> tuple[UUID, ...]:
        """The ids of the documents that came for this patient from outside, by the practice's own file. Asked only of
        a system that takes documents."""
        ...

    def scan(self, nhs_number: NHSNumber, document: Document, content: bytes) -> None:
        """Put a document into a patient's record: listed like that, dated today, by its content's id, and holding this,
        which need not be what its listing says. Asked only of a system that gives out documents."""
        ...

    def visit(self, receipt: Receipt) -> VisitStatus:
        """Where the patient of this appointment is, by the practice's own book. Asked only of a system that hears of
        visits."""
        ...

    def say(self, receipt: Receipt, status: VisitStatus) -> None:
        """Say at the practice's own front desk, now, where the patient of this appointment is. Asked as `visit` is."""
        ...

    def play(self, method: str, mishap: Mishap) -> None:
        """Let this method of the port go wrong like that from now on. Raises CannotPlay."""
        ...

    def behave(self) -> None:
        """Let nothing go wrong any more."""
        ...


def evening(bench: Bench, *, days: int = 2) -> datetime:
    """Half past six in the evening, so many days ahead: when such clinics begin."""
    return at_london(london_date(bench.now) + timedelta(days=days), time(18, 30))


def add(bench: Bench, plan: SessionPlan) -> None:
    """Put a session into the diary, or skip the test where the bench has none such."""
    try:
        bench.add_session(plan)
    except CannotPlay:
        pytest.skip("this bench has no such session")


def planned(bench: Bench, **changes: object) -> tuple[Slot, ...]:
    """A session in the diary, and its slots as the connector shows them to the bench's caller."""
    plan = SessionPlan(**{"name": "Evening clinic", "starts": evening(bench), **changes})  # type: ignore[arg-type]
    add(bench, plan)
    shown = bench.connect(bench.caller).free_slots(plan.window)
    return tuple(sorted(shown, key=lambda slot: slot.window))


def request(bench: Bench, *slots: Slot, patient: Patient, comment: str = "Needs a ramp") -> BookingRequest:
    """A request of the bench's caller, each with a reference of its own, for a patient as the host knows them."""
    return BookingRequest(
        ref=BookingRef.from_number(next(_refs)),
        host=bench.host,
        slots=slots,
        nhs_number=patient.nhs_number,
        patient_host_id=patient.host_id,
        booking_practice=bench.caller.practice,
        booking_practice_name=bench.caller.practice_name,
        booking_practice_phone=bench.caller.practice_phone,
        description="Extended access appointment",
        comment=comment,
        created=bench.now,
    )
