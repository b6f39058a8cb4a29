"""A worked example: a connector to "Abacus", a GP system that does not exist, over its supplier's client library.

It passes the whole conformance kit. A package of your own adds one by an entry point in the group
"practice_hub.connectors". A system that speaks GP Connect needs none of this: connectors/tpp is a few lines.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import abacus  # the supplier's library: its client speaks in dictionaries and raises what is translated below

from connectors.faults import Garbled, NoAnswer, PatientUnknown, Refused, SlotGone, Unreachable, Unsupported
from connectors.patience import left
from connectors.port import Capability, Filing, Link
from connectors.recognition import pick_ours, with_ref_of
from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, CancellationReason, Receipt
from vocabulary.documents import RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.records import Record, RecordQuery
from vocabulary.slots import ClinicSession, DeliveryChannel, Gender, Location, Slot
from vocabulary.times import Window

_HOST, _PATIENCE = "The practice's system", 8.0  # seconds, where the caller has no less


def create(link: Link, caller: Caller) -> "AbacusSystem":
    """What the entry point names: a system over this link on behalf of this caller."""
    return AbacusSystem(abacus.Client(link.address, link.secret, acting_for=caller.practice.value), link.host)


@contextmanager
def _telling_what_is_known() -> Iterator[None]:
    """The heart of a connector: what surely did not happen, what may have, and what was refused, are three things."""
    try:
        yield
    except ConnectionRefusedError:
        raise Unreachable(f"{_HOST} could not be reached.", detail="no connection") from None
    except (TimeoutError, ConnectionResetError):
        raise NoAnswer(f"{_HOST} did not answer.", detail="sent, no answer") from None
    except abacus.SaysNo as no:
        kind = {"gone": SlotGone, "changed": SlotGone, "nobody": PatientUnknown}.get(no.reason, Refused)
        # Never the host's own text: it may name a patient. Ours, and what to do next.
        raise kind(f"{_HOST} refused.", code=no.reason, status=no.status, next_step="Phone the practice.") from None
    except (KeyError, TypeError, ValueError, AttributeError) as odd:
        raise Garbled(f"{_HOST} sent an answer that cannot be read.", detail=type(odd).__name__) from None


@dataclass(frozen=True)
class AbacusSystem:
    """One practice's Abacus as one caller sees it. Reads might be tried again here; writes never."""

    client: Any
    host: OdsCode
    capabilities = frozenset(Capability) - {
        Capability.READ_RECORD,
        Capability.READ_DOCUMENTS,
        Capability.FILE_RECORD,
        Capability.REPORT_STATUS,
    }

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        with _telling_what_is_known():
            return tuple(self._slot(each) for each in self._ask("diary", window.start, window.end)["free"])

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        with _telling_what_is_known():
            return _patient(self._ask("person", nhs_number.value))

    def register_patient(self, patient: Patient) -> Patient:
        with _telling_what_is_known():
            return _patient(self._ask("enrol", _person(patient)))

    def book(self, request: BookingRequest) -> Receipt:
        wanted = {
            "person": request.patient_host_id,
            "slots": [slot.host_id for slot in request.slots],
            "from": request.window.start,
            "until": request.window.end,
            "title": request.description,
            "note": request.comment_on_the_wire,  # our reference leads it: find_booking knows its own by it
        }
        with _telling_what_is_known():
            return self._appointment(self._ask("reserve", wanted)).receipt

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        with _telling_what_is_known():
            held = [self._appointment(each) for each in self._ask("entries", request.patient_host_id)["entries"]]
        return pick_ours(request, held)

    def read(self, receipt: Receipt) -> Appointment:
        with _telling_what_is_known():
            return self._appointment(self._ask("entry", receipt.appointment_id))

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        held = self.read(receipt)
        new = {"title": description, "note": with_ref_of(f"{held.description} {held.comment}", comment)}
        with _telling_what_is_known():
            return self._appointment(self._ask("change", receipt.appointment_id, receipt.version, new)).receipt

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        held = self.read(receipt)
        if held.status is AppointmentStatus.CANCELLED:
            return held.receipt  # it may be repeated without harm
        with _telling_what_is_known():
            return self._appointment(self._ask("strike", receipt.appointment_id, reason.words)).receipt

    def read_record(self, nhs_number: NHSNumber, query: RecordQuery) -> Record:
        raise Unsupported(f"{_HOST} does not give out records.")

    def file_record(self, document: RecordDocument) -> Filing:
        raise Unsupported(f"{_HOST} takes no documents.")

    def ping(self) -> timedelta:
        began = time.monotonic()
        with _telling_what_is_known():
            self._ask("hello")["took"]
        return timedelta(seconds=time.monotonic() - began)

    def _ask(self, what: str, *about: object) -> dict[str, Any]:
        return getattr(self.client, what)(*about, seconds=left(_PATIENCE))  # type: ignore[no-any-return]

    def _slot(self, row: dict[str, Any]) -> Slot:
        place = Location(row["place"]["id"], row["place"]["name"])
        session = ClinicSession(row["list"]["id"], row["list"]["name"], place, None, row["list"]["role"])
        return Slot(self.host, row["id"], _window(row), DeliveryChannel(row["how"]), row["kind"], session)

    def _appointment(self, row: dict[str, Any]) -> Appointment:
        return Appointment(
            receipt=Receipt(self.host, row["id"], row["version"]),
            status=AppointmentStatus.CANCELLED if row["struck"] else AppointmentStatus.BOOKED,
            patient_host_id=row["person"],
            slot_ids=tuple(row["slots"]),
            window=_window(row),
            description=row["title"],
            comment=row["note"],
            cancellation_reason=row["struck"],
            booked_by=OdsCode.parse(row["by"]),
        )


def _window(row: dict[str, Any]) -> Window:
    return Window(datetime.fromisoformat(row["from"]), datetime.fromisoformat(row["until"]))


def _patient(row: dict[str, Any]) -> Patient:
    who = NHSNumber.parse(row["nhs"]), row["family"], row["given"], date.fromisoformat(row["born"])
    return Patient(*who, Gender(row["gender"]), row["postcode"], tuple(row["address"]), row["phone"], row["id"])


def _person(patient: Patient) -> dict[str, Any]:
    told = {name: getattr(patient, name) for name in ("family", "given", "postcode", "address", "phone")}
    return told | {"nhs": patient.nhs_number.value, "born": patient.birth_date, "gender": patient.gender.value}
