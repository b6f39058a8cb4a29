"""GPSystem over a diary in memory, with a script for its faults: what unit tests of the rooms above talk to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.documents import check_available
from connectors.faults import Unsupported
from connectors.mock.diary import Diary
from connectors.mock.script import Call, Script
from connectors.port import Capability, Filing
from connectors.recognition import pick_ours
from vocabulary.appointments import Appointment, BookingRequest, CancellationReason, Receipt
from vocabulary.documents import DocumentContent, DocumentList, RecordDocument
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.records import DateRange, Record, RecordQuery
from vocabulary.slots import Practitioner, Slot
from vocabulary.times import Window
from vocabulary.visits import VisitStatus

CAPABILITIES = frozenset(Capability)


@dataclass(frozen=True, slots=True)
class MockSystem:
    """A practice's system as one caller sees it: the diary decides by `caller.practice` what is shown."""

    diary: Diary
    script: Script
    caller: Caller
    capabilities: frozenset[Capability] = CAPABILITIES

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        """Every free slot that the caller's practice may book."""
        self._need(Capability.FREE_SLOTS)
        return self.script.play(
            self._call("free_slots", window),
            lambda: self.diary.free_slots(window, practice=self.caller.practice),
        )

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """The active patient, or PatientUnknown."""
        self._need(Capability.FIND_PATIENT)
        return self.script.play(self._call("find_patient", nhs_number), lambda: self.diary.find_patient(nhs_number))

    def read_patient(self, host_id: str) -> Patient:
        """The active patient by the host's own id, or PatientUnknown."""
        self._need(Capability.FIND_PATIENT)
        return self.script.play(self._call("read_patient", host_id), lambda: self.diary.read_patient(host_id))

    def find_practitioner(self, sds_user_id: str) -> Practitioner | None:
        """Who holds a session in this diary and has this national user id."""
        return self.script.play(
            self._call("find_practitioner", sds_user_id), lambda: self.diary.find_practitioner(sds_user_id)
        )

    def register_patient(self, patient: Patient) -> Patient:
        """Register temporarily."""
        self._need(Capability.REGISTER_PATIENT)
        return self.script.play(self._call("register_patient", patient), lambda: self.diary.register(patient))

    def book(self, request: BookingRequest) -> Receipt:
        """Book."""
        self._need(Capability.BOOK)
        if len(request.slots) > 1:
            self._need(Capability.BOOK_ADJACENT)
        return self.script.play(self._call("book", request), lambda: self.diary.book(request).receipt)

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        """Ours, or a seen absence."""
        self._need(Capability.FIND_BOOKING)
        return self.script.play(
            self._call("find_booking", request),
            lambda: self._shown(pick_ours(request, self.diary.of_patient(request.patient_host_id))),
        )

    def read(self, receipt: Receipt) -> Appointment:
        """The appointment as it stands, for a day after its start where visits have a place."""
        self._need(Capability.FIND_BOOKING)
        begun = timedelta(days=1) if Capability.REPORT_STATUS in self.capabilities else timedelta()
        return self.script.play(
            self._call("read", receipt), lambda: self._placed(self.diary.read(receipt.appointment_id, begun=begun))
        )

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        """Change the texts."""
        self._need(Capability.AMEND)
        return self.script.play(
            self._call("amend", receipt),
            lambda: self.diary.amend(receipt, description=description, comment=comment).receipt,
        )

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        """Cancel; again is no error."""
        self._need(Capability.CANCEL)
        return self.script.play(self._call("cancel", receipt), lambda: self.diary.cancel(receipt, reason.words).receipt)

    def read_record(self, nhs_number: NHSNumber, query: RecordQuery) -> Record:
        """The record the practice keeps, or the one that a seed makes of this patient."""
        self._need(Capability.READ_RECORD)
        return self.script.play(
            self._call("read_record", nhs_number), lambda: self.diary.read_record(nhs_number, query)
        )

    def find_documents(self, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
        """The papers in the cabinet."""
        self._need(Capability.READ_DOCUMENTS)
        return self.script.play(
            self._call("find_documents", nhs_number), lambda: self.diary.find_documents(nhs_number, created)
        )

    def read_document(self, nhs_number: NHSNumber, document: Document) -> DocumentContent:
        """What one of them holds."""
        self._need(Capability.READ_DOCUMENTS)
        check_available(document)
        return self.script.play(
            self._call("read_document", document.binary_id), lambda: self.diary.read_document(nhs_number, document)
        )

    def file_record(self, document: RecordDocument) -> Filing:
        """Into the cabinet at once."""
        self._need(Capability.FILE_RECORD)
        return self.script.play(self._call("file_record", document), lambda: self.diary.file_record(document))

    def report_status(self, receipt: Receipt, status: VisitStatus, *, at: datetime) -> Receipt:
        """Into the diary at once."""
        self._need(Capability.REPORT_STATUS)
        return self.script.play(
            self._call("report_status", status), lambda: self.diary.report_status(receipt, status, at=at).receipt
        )

    def ping(self) -> timedelta:
        """Always quick, unless scripted."""
        return self.script.play(self._call("ping"), lambda: timedelta(milliseconds=1))

    def _shown(self, found: Appointment | None) -> Appointment | None:
        return self._placed(found) if found is not None else None

    def _placed(self, found: Appointment) -> Appointment:
        """Where the patient is, unless this system is played as one without a place for it."""
        return found if Capability.REPORT_STATUS in self.capabilities else replace(found, visit=None)

    def _need(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise Unsupported("The practice's system cannot do that.", detail=f"no capability {capability}")

    def _call(self, method: str, argument: object = None) -> Call:
        return Call(method, self.caller, argument)
