"""One practice's diary in memory: sessions, slots, patients and appointments, safe to share between threads.

It keeps the rules that a GP Connect provider keeps, so that a test against it means something; the methods under
"front desk" change it behind the hub's back, as a host practice does all day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import RLock

from connectors.faults import PatientUnknown, Refused, SlotGone
from connectors.mock.cabinet import Cabinet
from connectors.port import LONGEST_SEARCH, Filing
from connectors.recognition import with_ref_of
from gp_connect.names import GP_PRACTICE
from gp_connect.spine_codes import Owner
from vocabulary.appointments import (
    COMMENT_LIMIT,
    DESCRIPTION_LIMIT,
    Appointment,
    AppointmentStatus,
    BookingRequest,
    Receipt,
)
from vocabulary.documents import DocumentContent, DocumentList, RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import Document
from vocabulary.records import DateRange, Record, RecordQuery
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, Practitioner, Slot
from vocabulary.times import Clock, SystemClock, Window
from vocabulary.visits import VisitStatus, VisitThere


@dataclass(slots=True)
class _Entry:
    slot: Slot
    only_for: frozenset[OdsCode]
    opens_at: datetime | None
    only_for_kinds: frozenset[str] = frozenset()
    most: int | None = None
    taken_by: str = ""  # an appointment id, or "front desk"

    def open_to(self, practice: OdsCode, now: datetime) -> bool:
        """Whoever asks here is a GP practice: the port knows no other kind of caller."""
        by_code = not self.only_for or practice in self.only_for
        by_kind = not self.only_for_kinds or GP_PRACTICE in self.only_for_kinds
        return by_code and by_kind and (self.opens_at is None or now >= self.opens_at)


class Diary:
    """A practice's diary. `joins_texts` and `reopens_slots` are habits in which real systems differ."""

    def __init__(
        self,
        host: OdsCode,
        *,
        clock: Clock | None = None,
        joins_texts: bool = False,
        reopens_slots: bool = True,
    ) -> None:
        self.host = host
        self.joins_texts = joins_texts
        self.reopens_slots = reopens_slots
        self._clock = clock or SystemClock()
        self._lock = RLock()
        self._numbers = iter(range(1, 10**9))
        self._entries: dict[str, _Entry] = {}
        self._patients: dict[str, Patient] = {}
        self._hidden: set[str] = set()
        self._temporary: set[str] = set()
        self.cabinet = Cabinet(host, self._clock)
        self._appointments: dict[str, Appointment] = {}
        self._visits: dict[str, tuple[datetime, VisitStatus]] = {}

    # Front desk: what the practice itself does

    def add_session(
        self,
        name: str,
        *,
        starts: datetime,
        slots: int = 4,
        minutes: int = 15,
        channel: DeliveryChannel = DeliveryChannel.IN_PERSON,
        slot_type: str = "Extended access",
        role_code: str = "R0260",
        location: Location | None = None,
        practitioner: Practitioner | None = None,
        only_for: Iterable[OdsCode] = (),
        opens_at: datetime | None = None,
        only_for_kinds: Iterable[str] = (),
        most: int | None = None,
    ) -> tuple[Slot, ...]:
        """Add a clinic session with so many slots in a row; `only_for` and `only_for_kinds` restrict who may see and
        book them, `most` how many one organisation may book."""
        with self._lock:
            place = location or Location(f"{self.host}-site", f"Surgery {self.host}", ("1 High Street",), "BS1 1AA")
            session = ClinicSession(self._new_id("session"), name, place, practitioner, role_code)
            length = timedelta(minutes=minutes)
            made = []
            for number in range(slots):
                window = Window(starts + number * length, starts + (number + 1) * length)
                slot = Slot(self.host, self._new_id("slot"), window, channel, slot_type, session)
                self._entries[slot.host_id] = _Entry(
                    slot, frozenset(only_for), opens_at, frozenset(only_for_kinds), most
                )
                made.append(slot)
            return tuple(made)

    def add_patient(self, patient: Patient, *, hidden: bool = False) -> Patient:
        """Put a patient on the list; `hidden` for one who has left, died or is restricted: never found, yet there."""
        with self._lock:
            kept = replace(patient, host_id=patient.host_id or self._new_id("patient"))
            self._patients[kept.host_id] = kept
            if hidden:
                self._hidden.add(kept.host_id)
            return kept

    def book_locally(self, slot: Slot) -> None:
        """Give the slot to a patient of the practice's own, as reception does. Raises SlotGone when it is taken."""
        with self._lock:
            entry = self._entries[slot.host_id]
            if entry.taken_by:
                raise SlotGone("The slot is taken.", code="DUPLICATE_REJECTED", status=409)
            entry.taken_by = "front desk"

    def remove_session(self, session: ClinicSession) -> None:
        """Take a session out of the diary: its slots go and its appointments are cancelled."""
        with self._lock:
            gone = {entry.slot.host_id for entry in self._entries.values() if entry.slot.session == session}
            for appointment in list(self._appointments.values()):
                if gone & set(appointment.slot_ids) and appointment.status is AppointmentStatus.BOOKED:
                    self.cancel_locally(appointment.receipt.appointment_id, reason="The session was cancelled")
            for slot_id in gone:
                del self._entries[slot_id]

    def cancel_locally(self, appointment_id: str, *, reason: str = "Cancelled by the practice") -> None:
        """Cancel an appointment behind the hub's back."""
        with self._lock:
            self._cancel(self._appointments[appointment_id], reason)

    def restore_locally(self, appointment_id: str) -> None:
        """Take a cancellation back, as a front desk can that pressed the wrong button."""
        with self._lock:
            found = self._appointments[appointment_id]
            for slot_id in found.slot_ids:
                self._entries[slot_id].taken_by = appointment_id
            self._keep(replace(found, status=AppointmentStatus.BOOKED, cancellation_reason=""))

    def move_locally(self, appointment_id: str, to: Slot) -> None:
        """Move an appointment to another slot behind the hub's back; it stays the same appointment."""
        with self._lock:
            found = self._appointments[appointment_id]
            for slot_id in found.slot_ids:
                self._entries[slot_id].taken_by = ""
            self._entries[to.host_id].taken_by = appointment_id
            self._keep(replace(found, slot_ids=(to.host_id,), window=to.window))

    def lose_locally(self, appointment_id: str) -> None:
        """Know nothing of an appointment any more, as after a restored backup."""
        with self._lock:
            del self._appointments[appointment_id]

    def say_locally(self, appointment_id: str, status: VisitStatus) -> None:
        """Say at the practice's own desk where the patient is; EXPECTED takes back what was said."""
        with self._lock:
            self._visits[appointment_id] = (self._clock.now(), status)
            self._keep(self._appointments[appointment_id])

    def is_free(self, slot: Slot) -> bool:
        """True while nobody has the slot."""
        with self._lock:
            entry = self._entries.get(slot.host_id)
            return entry is not None and not entry.taken_by

    @property
    def appointments(self) -> tuple[Appointment, ...]:
        """Every appointment ever made over the wire, cancelled ones included: the truth to hold the hub against."""
        with self._lock:
            return tuple(self._appointments.values())

    # Over the wire: what MockSystem asks

    def free_slots(self, window: Window, *, practice: OdsCode) -> tuple[Slot, ...]:
        """Free slots wholly inside the window that this practice may book now, in order."""
        if window.length > LONGEST_SEARCH + timedelta(days=1):
            raise _refused("A search may cover 14 days at most.", "INVALID_PARAMETER")
        now = self._clock.now()
        with self._lock:
            found = [
                entry.slot
                for entry in self._entries.values()
                if not entry.taken_by
                and window.contains(entry.slot.window)
                and entry.slot.window.start > now
                and entry.open_to(practice, now)
                and not self._is_full(entry, practice)
            ]
        return tuple(sorted(found, key=lambda slot: (slot.window.start, slot.host_id)))

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """The active patient with this number."""
        with self._lock:
            for patient in self._patients.values():
                if patient.nhs_number == nhs_number and patient.host_id not in self._hidden:
                    return patient
        raise PatientUnknown("The practice has no such patient.", code="PATIENT_NOT_FOUND", status=404)

    def read_patient(self, host_id: str) -> Patient:
        """The active patient with this id."""
        with self._lock:
            if host_id in self._patients and host_id not in self._hidden:
                return self._patients[host_id]
        raise PatientUnknown("The practice has no such patient.", code="PATIENT_NOT_FOUND", status=404)

    def find_practitioner(self, sds_user_id: str) -> Practitioner | None:
        """Who has this national user id, of those who hold sessions here."""
        with self._lock:
            held = (entry.slot.session.practitioner for entry in self._entries.values())
            return next((each for each in held if each and sds_user_id and each.sds_user_id == sds_user_id), None)

    def register(self, patient: Patient) -> Patient:
        """Register temporarily; refuses one who is on the list already, hidden or not."""
        with self._lock:
            if any(known.nhs_number == patient.nhs_number for known in self._patients.values()):
                raise Refused(
                    "The practice already has this patient.",
                    code="DUPLICATE_REJECTED",
                    status=409,
                    owner=Owner.HOST,
                    next_step="Phone the practice.",
                )
            registered = self.add_patient(replace(patient, host_id=""))
            self._temporary.add(registered.host_id)
            return registered

    def read_record(self, nhs_number: NHSNumber, query: RecordQuery) -> Record:
        """The record of a patient who is registered here for good; no other practice answers for it."""
        return self.cabinet.read(self._registered_for_good(nhs_number), query)

    def find_documents(self, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
        """The papers of a patient who is registered here for good."""
        patient = self._registered_for_good(nhs_number)
        return DocumentList(patient, self.cabinet.documents(patient, created))

    def read_document(self, nhs_number: NHSNumber, document: Document) -> DocumentContent:
        """What one of them holds."""
        return self.cabinet.content(self._registered_for_good(nhs_number), document.binary_id)

    def file_record(self, document: RecordDocument) -> Filing:
        """Into the record of a patient who is registered here for good."""
        self._registered_for_good(document.nhs_number)
        self.cabinet.file(document)
        return Filing.FILED

    def book(self, request: BookingRequest) -> Appointment:
        """Make the appointment, or say why not."""
        with self._lock:
            entries = self._bookable(request)
            appointment = Appointment(
                receipt=Receipt(self.host, self._new_id("appointment"), "1"),
                status=AppointmentStatus.BOOKED,
                patient_host_id=request.patient_host_id,
                slot_ids=tuple(slot.host_id for slot in request.slots),
                window=request.window,
                booked_by=request.booking_practice,
            )
            appointment = self._with_texts(appointment, request.description, request.comment_on_the_wire)
            for entry in entries:
                entry.taken_by = appointment.receipt.appointment_id
            self._appointments[appointment.receipt.appointment_id] = appointment
            return appointment

    def of_patient(self, patient_host_id: str) -> tuple[Appointment, ...]:
        """A patient's appointments, cancelled ones included."""
        with self._lock:
            return tuple(
                self._with_visit(each)
                for each in self._appointments.values()
                if each.patient_host_id == patient_host_id
            )

    def read(self, appointment_id: str, *, begun: timedelta = timedelta()) -> Appointment:
        """One appointment that has not begun, or begun no longer ago than this; with where its patient is."""
        with self._lock:
            return self._with_visit(self._shown(appointment_id, begun=begun))

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Appointment:
        """Change the texts of a future, live appointment."""
        with self._lock:
            found = self._current(receipt)
            if found.status is not AppointmentStatus.BOOKED:
                raise _refused("A cancelled appointment cannot be changed.", "INVALID_RESOURCE")
            comment = with_ref_of(f"{found.description} {found.comment}", comment)
            _check_texts(description, comment)
            return self._keep(self._with_texts(found, description, comment))

    def cancel(self, receipt: Receipt, reason: str) -> Appointment:
        """Cancel as it stands now, whatever was changed since; cancelling again changes nothing and is no error."""
        with self._lock:
            found = self._shown(receipt.appointment_id)
            if found.status is AppointmentStatus.CANCELLED:
                return found
            return self._cancel(found, reason)

    def report_status(self, receipt: Receipt, status: VisitStatus, *, at: datetime) -> Appointment:
        """Where the patient is, as was said last; also of one that has begun."""
        with self._lock:
            found = self._appointments.get(receipt.appointment_id)
            if found is None:
                raise Refused("The practice has no such appointment.", code="NO_RECORD_FOUND", status=404)
            if found.status is AppointmentStatus.CANCELLED:
                raise _refused("A cancelled appointment has no visit.", "INVALID_RESOURCE")
            known = self._visits.get(receipt.appointment_id)
            if known is not None and at <= known[0]:
                return found
            self._visits[receipt.appointment_id] = (at, status)
            return self._keep(found)

    def visit_status(self, receipt: Receipt) -> VisitStatus:
        """Where the patient is by the practice's own book."""
        with self._lock:
            return self._visit(receipt.appointment_id).status

    def _visit(self, appointment_id: str) -> VisitThere:
        said = self._visits.get(appointment_id)
        return VisitThere(said[1], said[0]) if said is not None else VisitThere()

    def _with_visit(self, appointment: Appointment) -> Appointment:
        return replace(appointment, visit=self._visit(appointment.receipt.appointment_id))

    def _shown(self, appointment_id: str, *, begun: timedelta = timedelta()) -> Appointment:
        found = self._appointments.get(appointment_id)
        if found is None:
            raise Refused("The practice has no such appointment.", code="NO_RECORD_FOUND", status=404)
        if found.window.start + begun <= self._clock.now():
            raise _refused("The appointment is in the past.", "INVALID_RESOURCE")
        return found

    def _bookable(self, request: BookingRequest) -> list[_Entry]:
        _check_texts(request.description, request.comment_on_the_wire)
        if request.patient_host_id not in self._patients:
            raise _refused("The practice has no such patient.", "INVALID_RESOURCE")
        for earlier, later in pairwise(request.slots):
            alike = (earlier.session, earlier.channel, earlier.slot_type) == (
                later.session,
                later.channel,
                later.slot_type,
            )
            if earlier.window.end != later.window.start or not alike:
                raise _refused("Several slots must adjoin, in one session, channel and type.", "INVALID_RESOURCE")
        if request.window.start <= self._clock.now():
            raise _refused("An appointment must be in the future.", "INVALID_RESOURCE")
        entries = [self._entries.get(slot.host_id) for slot in request.slots]
        known = [entry for entry in entries if entry is not None]
        if len(known) != len(entries) or any(
            not entry.open_to(request.booking_practice, self._clock.now()) for entry in known
        ):
            raise _refused("The practice has no such slot for you.", "INVALID_RESOURCE")
        if any(self._is_full(entry, request.booking_practice, wants=len(known)) for entry in known):
            raise _refused("Your practice has as many of these slots as it may have.", "INVALID_RESOURCE")
        if any(entry.taken_by for entry in known):
            raise SlotGone("The slot is taken.", code="DUPLICATE_REJECTED", status=409)
        return known

    def _is_full(self, entry: _Entry, practice: OdsCode, *, wants: int = 1) -> bool:
        if entry.most is None:
            return False
        held = sum(
            len(each.slot_ids)
            for each in self._appointments.values()
            if each.status is AppointmentStatus.BOOKED
            and each.booked_by == practice
            and self._entries[each.slot_ids[0]].slot.session == entry.slot.session
        )
        return held + wants > entry.most

    def _current(self, receipt: Receipt) -> Appointment:
        found = self._shown(receipt.appointment_id)
        if receipt.version and receipt.version != found.receipt.version:
            raise SlotGone("The appointment has changed.", code="FHIR_CONSTRAINT_VIOLATION", status=409)
        return found

    def _cancel(self, appointment: Appointment, reason: str) -> Appointment:
        for slot_id in appointment.slot_ids:
            entry = self._entries.get(slot_id)
            if entry is not None and self.reopens_slots:
                entry.taken_by = ""
        return self._keep(replace(appointment, status=AppointmentStatus.CANCELLED, cancellation_reason=reason))

    def _keep(self, appointment: Appointment) -> Appointment:
        receipt = replace(appointment.receipt, version=str(int(appointment.receipt.version) + 1))
        kept = replace(appointment, receipt=receipt)
        self._appointments[receipt.appointment_id] = kept
        return kept

    def _with_texts(self, appointment: Appointment, description: str, comment: str) -> Appointment:
        if self.joins_texts:
            return replace(appointment, description=f"{description} {comment}", comment="")
        return replace(appointment, description=description, comment=comment)

    def _registered_for_good(self, nhs_number: NHSNumber) -> Patient:
        patient = self.find_patient(nhs_number)
        if patient.host_id in self._temporary:
            raise PatientUnknown("The practice has no such patient.", code="PATIENT_NOT_FOUND", status=404)
        return patient

    def _new_id(self, kind: str) -> str:
        return f"{self.host}-{kind}-{next(self._numbers)}"


def _check_texts(description: str, comment: str) -> None:
    if not description or len(description) > DESCRIPTION_LIMIT or len(comment) > COMMENT_LIMIT:
        raise _refused("The texts are missing or too long.", "INVALID_RESOURCE")


def _refused(words: str, code: str) -> Refused:
    return Refused(words, code=code, status=422)
