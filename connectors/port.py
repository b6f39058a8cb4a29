"""The port: what the hub may ask of any GP system. Vocabulary in and out, faults from connectors.faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from vocabulary.appointments import Appointment, BookingRequest, CancellationReason, Receipt
from vocabulary.documents import DocumentContent, DocumentList, RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.records import DateRange, Record, RecordQuery
from vocabulary.slots import Practitioner, Slot
from vocabulary.times import Window
from vocabulary.visits import VisitStatus

LONGEST_SEARCH = timedelta(days=14)  # GP Connect 1.2, Search for free slots


class Capability(StrEnum):
    """One thing a GP system may be able to do; pages show only what a host can."""

    FREE_SLOTS = "free-slots"
    FIND_PATIENT = "find-patient"
    REGISTER_PATIENT = "register-patient"
    BOOK = "book"
    BOOK_ADJACENT = "book-adjacent"
    FIND_BOOKING = "find-booking"
    AMEND = "amend"
    CANCEL = "cancel"
    READ_RECORD = "read-record"
    READ_DOCUMENTS = "read-documents"
    FILE_RECORD = "file-record"
    REPORT_STATUS = "report-status"


class MessageSet(StrEnum):
    """Interactions that a practice is enabled for as one; nationally, each set may have an address of its own."""

    FOUNDATIONS = "foundations"  # finding and registering patients; practitioners, organisations and places
    APPOINTMENTS = "appointments"
    STRUCTURED_RECORD = "structured-record"
    DOCUMENTS = "documents"


class Filing(StrEnum):
    """How far a document has come. In neither case has anybody there read it."""

    FILED = "filed"  # it is in the patient's record there
    SENT = "sent"  # it is on its way: the practice's system answers later, by the mailbox


@dataclass(frozen=True, slots=True)
class Postbox:
    """Our mailbox at the national exchange (MESH), as a folder that a client of it empties and fills."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one message set of a practice answers: a service root without a trailing slash, and its system's id."""

    address: str
    asid: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """How to reach one practice's GP system. `secret` is resolved from its name by the wiring and never shown.

    `address` and `provider_asid` are those of Foundations and Appointments, which share a root.
    """

    host: OdsCode
    system: str  # a name the registry knows, such as "mock" or "emis"
    address: str  # the service root, without a trailing slash
    provider_asid: str = ""
    consumer_asids: Mapping[OdsCode, str] = field(default_factory=dict)  # the originating practice's system id
    secret: str = field(default="", repr=False)  # over TLS: path of a PEM file with our certificate and its key
    trust: str = ""  # path of a PEM file with the authorities to trust; empty: the machine's
    issuer: str = "https://practice-hub.example/gp-connect"  # who we say we are in the audit token
    structured: Endpoint | None = None  # where structured records are read; None: nowhere that is known
    documents: Endpoint | None = None  # where documents are found and read; likewise
    not_enabled: frozenset[MessageSet] = frozenset()  # what the national directory says the practice does not do
    postbox: Postbox | None = None  # by which documents go there; None: the practice takes none so

    def endpoint(self, message_set: MessageSet) -> Endpoint | None:
        """Where this message set answers; None when the practice is not enabled for it, or nobody knows where."""
        if message_set in self.not_enabled:
            return None
        if message_set is MessageSet.STRUCTURED_RECORD:
            return self.structured
        if message_set is MessageSet.DOCUMENTS:
            return self.documents
        return Endpoint(self.address, self.provider_asid) if self.address else None


@dataclass(frozen=True, slots=True)
class Description:
    """What a system says of itself: the standard's version, its software, and what it lists as able to do."""

    took: timedelta
    standard: str = ""
    software: str = ""
    software_version: str = ""
    interactions: tuple[str, ...] = ()
    record_standard: str = ""  # of the structured record, which answers at an address of its own
    record_failure: str = ""  # why that address did not say; both empty: no such address is known
    documents_standard: str = ""  # of documents, likewise
    documents_failure: str = ""


class GPSystem(Protocol):
    """A practice's GP system as one caller sees it. Every method may raise any connectors.faults.Fault.

    Only reads are retried. `book` is sent once: `NoAnswer` or `Garbled` from it means *unknown*, and `find_booking`
    exists to settle it.
    """

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this system can do."""
        ...

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        """Every free slot wholly inside the window that this caller's practice may book; at most 14 days."""
        ...

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """The active patient at this host. Raises PatientUnknown when there is none (or it must look so)."""
        ...

    def register_patient(self, patient: Patient) -> Patient:
        """Register temporarily a patient who was traced nationally and not found here; returns it with `host_id`."""
        ...

    def book(self, request: BookingRequest) -> Receipt:
        """Book. Raises SlotGone, Refused, Unreachable (nothing happened), or NoAnswer/Garbled (unknown)."""
        ...

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        """Our appointment for this request, cancelled ones included: same patient and slots, and our ref where the
        host kept it. None is a *seen* absence; an unanswered look raises."""
        ...

    def read(self, receipt: Receipt) -> Appointment:
        """The appointment as it stands now. Raises Refused (404, or past) when the host will not show it. One that can
        be told where patients are shows it for a day after its start too, with where the patient is (`visit`)."""
        ...

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        """Change the texts of a future appointment, nothing else."""
        ...

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        """Cancel: reads first; already cancelled is success; else puts it back cancelled with its version.

        Safe to repeat. Raises SlotGone on a version conflict, NoAnswer/Garbled when unknown.
        """
        ...

    def read_record(self, nhs_number: NHSNumber, query: RecordQuery) -> Record:
        """The patient's record as far as the query asks, from the practice where they are registered for good.

        Raises PatientUnknown (also for one registered elsewhere or restricted), Refused (the patient dissents, the
        practice has records switched off) and Unsupported (a query the standard does not allow). What a section
        lacks is told in the section itself. The record must not be stored, cached or logged.
        """
        ...

    def file_record(self, document: RecordDocument) -> Filing:
        """Put a document into the patient's record at the practice where they are registered for good.

        Safe to repeat: a document whose id is there already is not filed twice, and that is no error. Raises
        PatientUnknown, Refused, Unreachable (nothing happened), or NoAnswer/Garbled (unknown: file it again, under the
        same id). It must not be logged or cached.
        """
        ...

    def ping(self) -> timedelta:
        """Ask for the capability statement; how long it took."""
        ...


@runtime_checkable
class ReadsFoundations(Protocol):
    """A GP system that can also read single things by its own ids; those on the national wire do, others need not."""

    def read_patient(self, host_id: str) -> Patient:
        """The active patient whom the host knows by this id. Raises PatientUnknown when there is none to be shown."""
        ...

    def find_practitioner(self, sds_user_id: str) -> Practitioner | None:
        """Who has this national user id there, if anybody."""
        ...


@runtime_checkable
class GivesDocuments(Protocol):
    """A GP system that gives out the documents filed in a patient's record, at the practice where they are registered
    for good. Others need not. Nothing it answers may be stored, cached or logged.
    """

    def find_documents(self, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
        """The documents of this patient that were made in this period, and whom the practice takes them to be about.

        What the practice holds back as confidential is not in it, and nobody says so. Raises PatientUnknown, Refused
        (the patient dissents, the practice has documents switched off) and OfAnotherPatient.
        """
        ...

    def read_document(self, nhs_number: NHSNumber, document: Document) -> DocumentContent:
        """What one of those documents holds, not yet looked into: its kind is what the practice's system says.

        `document` must come from find_documents for the same patient: what is read bears no name. Raises Refused
        (NO_RECORD_FOUND: not there any more, or too large for them), Oversized and Unsupported (listed without a
        content).
        """
        ...


@runtime_checkable
class HearsOfVisits(Protocol):
    """A GP system that has a place for where a patient is on the day; GP Connect 1.2 has none, others may. What its
    appointments say of that (`Appointment.visit`) is what was said last, by its own staff or by us, and when: what we
    tell it comes back with the moment we gave, or else our own words would look like news."""

    def report_status(self, receipt: Receipt, status: VisitStatus, *, at: datetime) -> Receipt:
        """Set where the patient of this appointment is, as the practice's own staff said at that moment; also when it
        has begun. EXPECTED takes back what was set before.

        Safe to repeat, and what was said earlier never takes the place of what was said later. Raises Refused (no such
        appointment, or a cancelled one), Unreachable (nothing happened), or NoAnswer/Garbled (unknown: tell it again).
        """
        ...


@runtime_checkable
class Describes(Protocol):
    """A GP system that can say what it is; those on the national wire do, others need not."""

    def describe(self) -> Description:
        """Ask for the capability statement and keep what it says."""
        ...


class SystemFactory(Protocol):
    """What a connector's `create` is: the name in the registry resolves to one."""

    def __call__(self, link: Link, caller: Caller) -> GPSystem:
        """A GP system over this link, on behalf of this caller."""
        ...


Connect = Callable[[OdsCode, Caller], GPSystem]
"""The GP system of a host on behalf of a caller, as the guard is given it. Raises Unsupported with no link."""

Able = Callable[[OdsCode, Caller], frozenset[Capability]]
"""What a host's system can do for a caller: known without asking it, so that no permit is needed. None with no link."""
