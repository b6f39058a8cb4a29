"""EMIS Web as a GPSystem: GP Connect interactions, with EMIS's habits allowed for."""

import time
from dataclasses import dataclass
from datetime import timedelta

from connectors.consumer import Consumer, garbled, understand
from connectors.emis import quirks
from connectors.exchange import exchange
from connectors.faults import PatientUnknown, SlotGone, Unsupported
from connectors.port import Capability, GPSystem, Link
from connectors.recognition import pick_ours, with_ref_of
from connectors.verdicts import Answer
from gp_connect import appointments, headers, interactions, names, patients, slot_search, slots
from gp_connect.elements import Resource, Unreadable, expect, version
from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, CancellationReason, Receipt
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Slot
from vocabulary.times import Clock, SystemClock, Window


def create(link: Link, caller: Caller) -> GPSystem:
    """The registry's "emis"."""
    return over(link, caller, clock=SystemClock())


def over(link: Link, caller: Caller, *, clock: Clock) -> "EmisSystem":
    """An EMIS system over this link by this clock."""
    return EmisSystem(Consumer(exchange.line_for(link), link, caller, clock))


@dataclass(frozen=True, slots=True)
class EmisSystem:
    """One practice's EMIS Web as one caller sees it."""

    consumer: Consumer

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What EMIS can do over GP Connect."""
        return quirks.CAPABILITIES

    @property
    def _host(self) -> OdsCode:
        return self.consumer.link.host

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        """Free slots wholly inside the window; those that have begun are left out, for EMIS returns them."""
        query = slot_search.query(window, self.consumer.caller.practice)
        answer = self.consumer.ask(interactions.FREE_SLOTS, params=query)
        found = understand(answer, lambda bundle: slots.read(bundle, self._host))
        now = self.consumer.clock.now()
        begun = {slot.host_id for slot in found if quirks.RETURNS_PAST_SLOTS and slot.window.start <= now}
        once = {slot.host_id: slot for slot in found if slot.host_id not in begun and window.contains(slot.window)}
        return tuple(once.values())

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """The active patient; an empty bundle is PatientUnknown."""
        answer = self.consumer.ask(interactions.FIND_PATIENT, params=patients.find_query(nhs_number))
        return self._one_patient(answer, nhs_number)

    def register_patient(self, patient: Patient) -> Patient:
        """Register temporarily."""
        answer = self.consumer.ask(interactions.REGISTER_PATIENT, body=patients.registration(patient))
        try:
            return self._one_patient(answer, patient.nhs_number)
        except PatientUnknown:
            raise garbled("registered, yet no patient in the answer") from None

    def book(self, request: BookingRequest) -> Receipt:
        """Book once. Anything odd about a success is Garbled, so unknown: never a second try."""
        try:
            body = appointments.booking(request, kind=names.GP_PRACTICE)
        except Unreadable as unreadable:
            raise Unsupported(
                "This clinic cannot be booked from outside: the practice's system does not say where it is held.",
                detail=str(unreadable),
            ) from None
        answer = self.consumer.ask(interactions.BOOK, body=body)
        receipt, made = self._changed(answer)
        if made is not None and not _as_asked(made, request):
            raise garbled("the appointment made is not the one asked for")
        return receipt

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        """Retrieve the patient's appointments on the slots' days and pick ours."""
        patient_id = request.patient_host_id or self.find_patient(request.nhs_number).host_id
        query = appointments.retrieve_query(request.window)
        answer = self.consumer.ask(interactions.PATIENT_APPOINTMENTS, logical_id=patient_id, params=query)
        return pick_ours(request, understand(answer, lambda bundle: appointments.read_all(bundle, self._host)))

    def read(self, receipt: Receipt) -> Appointment:
        """The appointment as it stands."""
        return self._held(receipt)[1]

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        """Put the whole appointment back with other texts; our reference stays in the comment."""
        resource, held = self._held(receipt)
        if receipt.version and held.receipt.version and receipt.version != held.receipt.version:
            raise SlotGone("The appointment was changed at the practice in the meantime.", detail="stale version")
        comment = with_ref_of(f"{held.description} {held.comment}", comment)
        body = appointments.amended_form(resource, description=description, comment=comment)
        answer = self.consumer.ask(
            interactions.AMEND, logical_id=receipt.appointment_id, body=body, version=version(resource)
        )
        return self._changed(answer, of=receipt)[0]

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        """Read; cancelled already is done; else put it back cancelled, as it stands now."""
        resource, held = self._held(receipt)
        if held.status is AppointmentStatus.CANCELLED:
            return held.receipt
        body = appointments.cancelled_form(resource, reason.words[: quirks.CANCELLATION_REASON_LIMIT])
        answer = self.consumer.ask(
            interactions.CANCEL, logical_id=receipt.appointment_id, body=body, version=version(resource)
        )
        done, left = self._changed(answer, of=receipt)
        if left is not None and left.status is not AppointmentStatus.CANCELLED:
            raise garbled("cancelled, yet the answer says otherwise")
        return done

    def ping(self) -> timedelta:
        """Ask for the capability statement."""
        began = time.monotonic()
        understand(self.consumer.ask(interactions.METADATA), lambda body: expect(body, "CapabilityStatement"))
        return timedelta(seconds=time.monotonic() - began)

    def _held(self, receipt: Receipt) -> tuple[Resource, Appointment]:
        """The raw resource, to be put back whole, and what it says."""
        answer = self.consumer.ask(interactions.READ_APPOINTMENT, logical_id=receipt.appointment_id)
        held = understand(answer, self._read_appointment)
        if held.receipt.appointment_id != receipt.appointment_id:
            raise garbled("another appointment than the one asked for")
        return answer.body or {}, held

    def _changed(self, answer: Answer, *, of: Receipt | None = None) -> tuple[Receipt, Appointment | None]:
        """The receipt of a write: from the appointment in the answer, else from its headers."""
        if answer.body is not None:
            made = understand(answer, self._read_appointment)
            return made.receipt, made
        appointment_id = of.appointment_id if of else _id_in(answer.headers.get("Location", ""))
        if not appointment_id:
            raise garbled("a success that does not say which appointment it made")
        return Receipt(self._host, appointment_id, _version_in(answer)), None

    def _read_appointment(self, resource: Resource) -> Appointment:
        return appointments.read(resource, self._host)

    def _one_patient(self, answer: Answer, nhs_number: NHSNumber) -> Patient:
        found = understand(answer, patients.read_found)
        if found is None:
            raise PatientUnknown("The host practice has no active record of this patient.", detail="empty bundle")
        if found.nhs_number != nhs_number or not found.host_id:
            raise garbled("another patient than the one asked for, or one without an id")
        return found


def _as_asked(made: Appointment, request: BookingRequest) -> bool:
    wanted = {slot.host_id for slot in request.slots}
    return (
        made.status is AppointmentStatus.BOOKED
        and made.patient_host_id == request.patient_host_id
        and (not made.slot_ids or set(made.slot_ids) == wanted)
        and made.window == request.window
    )


def _id_in(location: str) -> str:
    parts = location.split("/")
    return parts[parts.index("Appointment") + 1] if "Appointment" in parts[:-1] else ""


def _version_in(answer: Answer) -> str:
    try:
        return headers.version_in(answer.headers.get("ETag", ""))
    except Unreadable:
        return ""
