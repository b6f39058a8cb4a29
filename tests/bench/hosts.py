"""Hosts and tracing that answer at once, so that what is measured is the hub alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from connectors.port import Capability, GPSystem
from vocabulary.appointments import Appointment, BookingRequest, CancellationReason, Receipt
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import Gender, Slot
from vocabulary.times import Window

_appointments = count(1)


def patient(number: NHSNumber, *, host_id: str = "") -> Patient:
    """Everybody is the same synthetic person but for the number."""
    return Patient(number, "Example", "Ann", date(1980, 2, 29), Gender.FEMALE, "BS3 1AA", (), "07700 900101", host_id)


def nhs_numbers() -> Iterator[NHSNumber]:
    """Synthetic NHS numbers, every one once."""
    for number in count(100_000):
        digits = f"999{number:06d}"
        total = sum(int(sign) * weight for sign, weight in zip(digits, range(10, 1, -1), strict=True))
        check = (11 - total % 11) % 11
        if check != 10:
            yield NHSNumber.parse(f"{digits}{check}")


@dataclass(frozen=True, slots=True)
class InstantHost:
    """A GP system that has every slot free and knows every patient."""

    host: OdsCode
    slots: tuple[Slot, ...]
    capabilities: frozenset[Capability] = frozenset(Capability)

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        """All of that window."""
        return tuple(slot for slot in self.slots if slot.window.start == window.start)

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """There."""
        return patient(nhs_number, host_id="2")

    def register_patient(self, patient: Patient) -> Patient:
        """Never needed."""
        raise NotImplementedError

    def book(self, request: BookingRequest) -> Receipt:
        """Booked."""
        return Receipt(self.host, str(next(_appointments)), "1")

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        """Never needed."""
        raise NotImplementedError

    def read(self, receipt: Receipt) -> Appointment:
        """Never needed."""
        raise NotImplementedError

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        """Never needed."""
        raise NotImplementedError

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        """Never needed."""
        raise NotImplementedError

    def ping(self) -> timedelta:
        """At once."""
        return timedelta()


@dataclass(frozen=True, slots=True)
class InstantHosts:
    """All of them: a connectors.port.Connect."""

    slots: Mapping[OdsCode, tuple[Slot, ...]]

    def connect(self, host: OdsCode, caller: Caller) -> GPSystem:
        """The system of one."""
        return InstantHost(host, self.slots[host])


class InstantTracing:
    """A demographics service that knows everybody."""

    def trace(self, nhs_number: NHSNumber, *, caller: Caller) -> TracedPatient:
        """There."""
        return TracedPatient(patient(nhs_number), OdsCode("Y90001"))

    def search(
        self,
        *,
        family: str,
        given: str = "",
        birth_date: date,
        gender: Gender | None = None,
        postcode: str = "",
        caller: Caller,
    ) -> tuple[TracedPatient, ...]:
        """Never needed."""
        raise NotImplementedError
