"""Any GP system that speaks GP Connect 1.2, as a GPSystem; what is special about a supplier stands in its profile."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors import documents, record
from connectors.consumer import Consumer, garbled, understand
from connectors.faults import Fault, SlotGone, Unsupported
from connectors.foundations import Foundations
from connectors.mesh import filing
from connectors.port import Capability, Description, Filing, GPSystem, Link, MessageSet, SystemFactory
from connectors.recognition import pick_ours, with_ref_of
from connectors.refusals import Wording
from connectors.verdicts import Answer
from gp_connect import appointments, headers, interactions, slot_search, slots
from gp_connect.elements import Resource, Unreadable, version
from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, CancellationReason, Receipt
from vocabulary.documents import DocumentContent, DocumentList, RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.records import DateRange, Record, RecordQuery
from vocabulary.slots import Location, Practitioner, Slot
from vocabulary.times import Clock, SystemClock, Window

FOUNDATIONS_AND_APPOINTMENTS = frozenset(
    {
        Capability.FREE_SLOTS,
        Capability.FIND_PATIENT,
        Capability.REGISTER_PATIENT,
        Capability.BOOK,
        Capability.BOOK_ADJACENT,
        Capability.FIND_BOOKING,
        Capability.AMEND,
        Capability.CANCEL,
    }
)
_PLACES_ASKED_FOR = 3  # of a search whose answer left them out; the rest keep their id, which is enough to book


@dataclass(frozen=True, slots=True)
class SupplierProfile:
    """Where a supplier differs from what the standard leads one to expect; its README says where that was reported.

    None of them changes a patient's demographics: the standard has no interaction for it.
    """

    supplier: str
    capabilities: frozenset[Capability] = FOUNDATIONS_AND_APPOINTMENTS
    cancellation_reason_limit: int = 255  # what is longer may be cut off or refused
    returns_past_slots: bool = True  # slots that have begun are dropped here then
    joins_texts: bool = True  # description and comment come back as one, or in each other's place
    wordings: tuple[Wording, ...] = ()  # its own texts when it refuses


def connector(profile: SupplierProfile) -> SystemFactory:
    """What the registry's name for this supplier resolves to."""

    def create(link: Link, caller: Caller) -> GPSystem:
        return over(profile, link, caller, clock=SystemClock())

    return create


def over(profile: SupplierProfile, link: Link, caller: Caller, *, clock: Clock) -> "StandardSystem":
    """A system of this supplier over this link by this clock."""
    return StandardSystem(profile, Consumer(link, caller, clock, profile.wordings))


@dataclass(frozen=True, slots=True)
class StandardSystem:
    """One practice's system as one caller sees it."""

    profile: SupplierProfile
    consumer: Consumer

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the supplier's systems can do over GP Connect; records and documents are read only where it is known at
        which address, and documents filed only where the practice takes them from our mailbox."""
        link, more = self.consumer.link, set()
        if link.endpoint(MessageSet.STRUCTURED_RECORD):
            more.add(Capability.READ_RECORD)
        if link.endpoint(MessageSet.DOCUMENTS):
            more.add(Capability.READ_DOCUMENTS)
        if link.postbox:
            more.add(Capability.FILE_RECORD)
        return self.profile.capabilities | more

    @property
    def foundations(self) -> Foundations:
        """Patients, practitioners, organisations and places there, for whoever needs more than the port offers."""
        return Foundations(self.consumer)

    @property
    def _host(self) -> OdsCode:
        return self.consumer.link.host

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        """Free slots wholly inside the window, each once; those that have begun are left out where they are sent."""
        caller = self.consumer.caller
        query = slot_search.query(window, caller.practice, kind=caller.organisation_type)
        answer = self.consumer.ask(interactions.FREE_SLOTS, params=query)
        found = understand(answer, lambda bundle: slots.read(bundle, self._host))
        now = self.consumer.clock.now()
        begun = {slot.host_id for slot in found if self.profile.returns_past_slots and slot.window.start <= now}
        once = {slot.host_id: slot for slot in found if slot.host_id not in begun and window.contains(slot.window)}
        return self._with_places(tuple(once.values()))

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """The active patient; an empty bundle is PatientUnknown."""
        return self.foundations.find_patient(nhs_number)

    def read_patient(self, host_id: str) -> Patient:
        """The active patient with this id at the host."""
        return self.foundations.read_patient(host_id)

    def find_practitioner(self, sds_user_id: str) -> Practitioner | None:
        """Who has this national user id there, if anybody."""
        return self.foundations.find_practitioner(sds_user_id)

    def register_patient(self, patient: Patient) -> Patient:
        """Register temporarily."""
        return self.foundations.register_patient(patient)

    def book(self, request: BookingRequest) -> Receipt:
        """Book once. Anything odd about a success is Garbled, so unknown: never a second try."""
        try:
            body = appointments.booking(request, kind=self.consumer.caller.organisation_type)
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

    def read_record(self, nhs_number: NHSNumber, query: RecordQuery) -> Record:
        """The patient's structured record; from an address of its own, and only while the caller holds it."""
        return record.read_record(self.consumer, nhs_number, query)

    def find_documents(self, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
        """The patient's documents of this period; from an address of its own."""
        return documents.find(self.consumer, nhs_number, created)

    def read_document(self, nhs_number: NHSNumber, document: Document) -> DocumentContent:
        """What one of them holds, only while the caller holds it."""
        return documents.read(self.consumer, document)

    def file_record(self, document: RecordDocument) -> Filing:
        """As GP Connect Send Document: a message by MESH, which the practice's system answers when it has it."""
        return filing.send(self.consumer.link.postbox, document)

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
        done, left = self._changed(answer, of=receipt)
        if left is not None and not self.profile.joins_texts and not _says(left, description, comment):
            raise garbled("amended, yet the answer says otherwise")
        return done

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        """Read; cancelled already is done; else put it back cancelled, as it stands now."""
        resource, held = self._held(receipt)
        if held.status is AppointmentStatus.CANCELLED:
            return held.receipt
        body = appointments.cancelled_form(resource, reason.words[: self.profile.cancellation_reason_limit])
        answer = self.consumer.ask(
            interactions.CANCEL, logical_id=receipt.appointment_id, body=body, version=version(resource)
        )
        done, left = self._changed(answer, of=receipt)
        if left is not None and left.status is not AppointmentStatus.CANCELLED:
            raise garbled("cancelled, yet the answer says otherwise")
        return done

    def ping(self) -> timedelta:
        """Ask for the capability statement."""
        return self.describe().took

    def describe(self) -> Description:
        """What the system says of itself, and how long it took to say it."""
        began = time.monotonic()
        found = self.foundations.statement()
        found = replace(found, took=timedelta(seconds=time.monotonic() - began))
        if Capability.READ_RECORD in self.capabilities:
            standard, failure = _stated(lambda: record.standard(self.consumer))
            found = replace(found, record_standard=standard, record_failure=failure)
        if Capability.READ_DOCUMENTS in self.capabilities:
            standard, failure = _stated(lambda: documents.standard(self.consumer))
            found = replace(found, documents_standard=standard, documents_failure=failure)
        return found

    def _with_places(self, found: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """The same slots, with the places that the answer named and did not describe."""
        missing = {place.host_id for slot in found if (place := slot.session.location) is not None and _is_bare(place)}
        places: dict[str, Location] = {}
        for host_id in sorted(missing)[:_PLACES_ASKED_FOR]:
            try:
                places[host_id] = self.foundations.location(host_id)
            except Fault:
                break  # a diary without a place's address is worth more than no diary
        if not places:
            return found
        return tuple(_placed(slot, places) for slot in found)

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


def _stated(ask: Callable[[], str]) -> tuple[str, str]:
    """What a service with an address of its own says of itself, or why it does not: a practice may do one of them and
    not another."""
    try:
        return ask(), ""
    except Fault as fault:
        return "", fault.in_full


def _as_asked(made: Appointment, request: BookingRequest) -> bool:
    wanted = {slot.host_id for slot in request.slots}
    return (
        made.status is AppointmentStatus.BOOKED
        and made.patient_host_id == request.patient_host_id
        and (not made.slot_ids or set(made.slot_ids) == wanted)
        and made.window == request.window
    )


def _says(left: Appointment, description: str, comment: str) -> bool:
    """Whether the appointment carries these texts, however it spaces them."""
    return (left.description.split(), left.comment.split()) == (description.split(), comment.split())


def _is_bare(place: Location) -> bool:
    return not place.name and not place.address and not place.postcode


def _placed(slot: Slot, places: dict[str, Location]) -> Slot:
    place = slot.session.location
    known = places.get(place.host_id) if place else None
    return replace(slot, session=replace(slot.session, location=known)) if known else slot


def _id_in(location: str) -> str:
    parts = location.split("/")
    return parts[parts.index("Appointment") + 1] if "Appointment" in parts[:-1] else ""


def _version_in(answer: Answer) -> str:
    try:
        return headers.version_in(answer.headers.get("ETag", ""))
    except Unreadable:
        return ""
