"""Stands before every GP system: no call without a permit that fits, none while a transaction is open, none it cannot
do, two in flight a host.

It also times calls for the metrics, and turns a connector's own mistakes into "unknown" so that a booking is never
lost to a traceback.
"""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import structlog

from connectors.admission import Act, Admit, Pass, PermittedConnect
from connectors.faults import Fault, Garbled, Unreachable, Unsupported
from connectors.patience import left
from connectors.port import (
    Able,
    Capability,
    Connect,
    Describes,
    Description,
    Filing,
    GivesDocuments,
    GPSystem,
    HearsOfVisits,
    ReadsFoundations,
)
from connectors.tracing import Tracing
from connectors.witness import Exchanged, watched
from vocabulary.appointments import Appointment, BookingRequest, CancellationReason, Receipt
from vocabulary.documents import DocumentContent, DocumentList, RecordDocument
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.records import DateRange, Record, RecordQuery
from vocabulary.slots import Gender, Practitioner, Slot
from vocabulary.times import Window
from vocabulary.visits import VisitStatus

IN_FLIGHT = 2  # calls at once, a host and process: one slow host must not take every thread
TRACES_IN_FLIGHT = 8  # everybody's patients are traced at one national service
_TRACING = "tracing"
_log = structlog.get_logger("connectors.guard")


Trace = Callable[[OdsCode, Caller, Exchanged], None]
"""Keeps an exchange with this host that this caller's request caused."""


class CalledInsideTransaction(RuntimeError):
    """A programming error: a GP system must never be called while a transaction of ours is open."""


@dataclass(frozen=True, slots=True)
class CallSeen:
    """One finished call, for the metrics: `outcome` is "ok" or the fault's class name."""

    host: str
    method: str
    outcome: str
    seconds: float


@dataclass(slots=True)
class Guard:
    """The rules of calling out, shared by every system of this process. `is_idle` and `admit` come from the wiring."""

    is_idle: Callable[[], bool]
    admit: Admit  # the gate's word on whether a permit fits an act
    observe: Callable[[CallSeen], None] = lambda _seen: None
    trace: Trace | None = None  # is told every exchange with a GP system, and who asked
    wait: float = 1.0  # how long a call may queue for one of the host's places
    in_flight: int = IN_FLIGHT
    traces_in_flight: int = TRACES_IN_FLIGHT
    _places: dict[str, threading.BoundedSemaphore] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def connect(self, connect: Connect) -> PermittedConnect:
        """The systems of this Connect, guarded: a permit opens the one of its host, on behalf of its caller."""

        def guarded(permit: Pass) -> GPSystem:
            return GuardedSystem(connect(permit.host, permit.caller), permit, self)

        return guarded

    def able(self, connect: Connect) -> Able:
        """What the systems of this Connect can do; nothing is asked, and nothing of a system is handed out."""

        def can_do(host: OdsCode, caller: Caller) -> frozenset[Capability]:
            try:
                return connect(host, caller).capabilities
            except Unsupported:
                return frozenset()

        return can_do

    def tracing(self, tracing: Tracing) -> Tracing:
        """The same tracing, guarded."""
        return GuardedTracing(tracing, self)

    @contextmanager
    def call(self, host: str, method: str) -> Iterator[None]:
        """One call to a host: refuses inside a transaction, waits for a place, times it, and lets out only Faults."""
        if not self.is_idle():
            raise CalledInsideTransaction(
                f"{method} would call out while a transaction is open: commit first, ask, then settle in a new one"
            )
        place = self._place(host)
        began = time.monotonic()
        if not place.acquire(timeout=left(self.wait)):
            self._report(CallSeen(host, method, "Busy", time.monotonic() - began))
            raise Unreachable(
                f"{_subject(host)} is slow at the moment and the hub is already waiting for it.",
                detail="no place free",
            )
        outcome = "Interrupted"
        try:
            yield
            outcome = "ok"
        except Fault as fault:
            outcome = type(fault).__name__
            raise
        except Exception as mistake:
            outcome = "Mistake"
            kind = type(mistake).__name__
            _log.error("connector_mistake", host=host, method=method, kind=kind, at=_where(mistake))
            raise Garbled(f"{_subject(host)} said something the hub could not make sense of.", detail=kind) from None
        finally:
            place.release()
            self._report(CallSeen(host, method, outcome, time.monotonic() - began))

    def _place(self, host: str) -> threading.BoundedSemaphore:
        with self._lock:
            if host not in self._places:
                places = self.traces_in_flight if host == _TRACING else self.in_flight
                self._places[host] = threading.BoundedSemaphore(places)
            return self._places[host]

    def _report(self, seen: CallSeen) -> None:
        try:
            self.observe(seen)
        except Exception as mistake:  # a metric that fails must not lose a booking that was made
            _log.error("metric_mistake", kind=type(mistake).__name__)


def _subject(host: str) -> str:
    return "The national demographics service" if host == _TRACING else "The practice's system"


def _where(mistake: Exception) -> str:
    """File and line of a mistake, without its text: that may hold what a host sent."""
    frames = traceback.extract_tb(mistake.__traceback__)
    return f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""


@dataclass(frozen=True, slots=True)
class GuardedSystem:
    """A GPSystem that asks its guard first."""

    system: GPSystem
    permit: Pass
    guard: Guard

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the system behind can do."""
        return self.system.capabilities

    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        """As the port says."""
        with self._call("free_slots", Capability.FREE_SLOTS):
            return self.system.free_slots(window)

    def find_patient(self, nhs_number: NHSNumber) -> Patient:
        """As the port says."""
        with self._call("find_patient", Capability.FIND_PATIENT, of=nhs_number):
            return self.system.find_patient(nhs_number)

    def register_patient(self, patient: Patient) -> Patient:
        """As the port says."""
        with self._call("register_patient", Capability.REGISTER_PATIENT, of=patient.nhs_number):
            return self.system.register_patient(patient)

    def book(self, request: BookingRequest) -> Receipt:
        """As the port says."""
        needed = (Capability.BOOK, Capability.BOOK_ADJACENT) if len(request.slots) > 1 else (Capability.BOOK,)
        with self._call("book", *needed, host=request.host, of=request.nhs_number, ref=request.ref):
            return self.system.book(request)

    def find_booking(self, request: BookingRequest) -> Appointment | None:
        """As the port says."""
        with self._call(
            "find_booking", Capability.FIND_BOOKING, host=request.host, of=request.nhs_number, ref=request.ref
        ):
            return self.system.find_booking(request)

    def read(self, receipt: Receipt) -> Appointment:
        """As the port says."""
        with self._call("read", Capability.FIND_BOOKING, host=receipt.host):
            return self.system.read(receipt)

    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        """As the port says."""
        with self._call("amend", Capability.AMEND, host=receipt.host):
            return self.system.amend(receipt, description=description, comment=comment)

    def cancel(self, receipt: Receipt, reason: CancellationReason) -> Receipt:
        """As the port says."""
        with self._call("cancel", Capability.CANCEL, host=receipt.host):
            return self.system.cancel(receipt, reason)

    def read_record(self, nhs_number: NHSNumber, query: RecordQuery) -> Record:
        """As the port says."""
        with self._call("read_record", Capability.READ_RECORD, of=nhs_number):
            return self.system.read_record(nhs_number, query)

    def find_documents(self, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
        """As the port says. Raises Unsupported where the system gives out no documents."""
        with self._call("find_documents", Capability.READ_DOCUMENTS, of=nhs_number):
            return self._documents().find_documents(nhs_number, created)

    def read_document(self, nhs_number: NHSNumber, document: Document) -> DocumentContent:
        """As the port says. Raises Unsupported where the system gives out no documents."""
        with self._call("read_document", Capability.READ_DOCUMENTS, of=nhs_number):
            return self._documents().read_document(nhs_number, document)

    def _documents(self) -> GivesDocuments:
        if not isinstance(self.system, GivesDocuments):
            raise _cannot("no documents")
        return self.system

    def file_record(self, document: RecordDocument) -> Filing:
        """As the port says."""
        with self._call("file_record", Capability.FILE_RECORD, of=document.nhs_number):
            return self.system.file_record(document)

    def report_status(self, receipt: Receipt, status: VisitStatus, *, at: datetime) -> Receipt:
        """As the port says. Raises Unsupported where the system has no place for it."""
        with self._call("report_status", Capability.REPORT_STATUS, host=receipt.host):
            if not isinstance(self.system, HearsOfVisits):
                raise _cannot("no hearing of visits")
            return self.system.report_status(receipt, status, at=at)

    def ping(self) -> timedelta:
        """As the port says."""
        with self._call("ping"):
            return self.system.ping()

    def read_patient(self, host_id: str) -> Patient:
        """The patient by the host's own id. Raises Unsupported where the system cannot read one."""
        with self._call("read_patient", Capability.FIND_PATIENT):
            if not isinstance(self.system, ReadsFoundations):
                raise _cannot("no reading by id")
            return self.system.read_patient(host_id)

    def find_practitioner(self, sds_user_id: str) -> Practitioner | None:
        """Who has this national user id. Raises Unsupported where the system cannot tell."""
        with self._call("find_practitioner"):
            if not isinstance(self.system, ReadsFoundations):
                raise _cannot("no finding of practitioners")
            return self.system.find_practitioner(sds_user_id)

    def describe(self) -> Description:
        """What the system says of itself; one that cannot say more is only asked whether it is there."""
        with self._call("ping"):
            if isinstance(self.system, Describes):
                return self.system.describe()
            return Description(self.system.ping())

    @contextmanager
    def _call(
        self,
        method: str,
        *needed: Capability,
        host: OdsCode | None = None,
        of: NHSNumber | None = None,
        ref: BookingRef | None = None,
    ) -> Iterator[None]:
        self.guard.admit(self.permit, Act(method, host or self.permit.host, of, ref))
        for capability in needed:
            if capability not in self.system.capabilities:
                raise _cannot(f"no capability {capability}")
        trace = self.guard.trace
        witness = partial(trace, self.permit.host, self.permit.caller) if trace else None
        with self.guard.call(str(self.permit.host), method), watched(witness):
            yield


def _cannot(detail: str) -> Unsupported:
    return Unsupported("The practice's system cannot do that. Phone the practice instead.", detail=detail)


@dataclass(frozen=True, slots=True)
class GuardedTracing:
    """A Tracing that asks its guard first."""

    tracing: Tracing
    guard: Guard

    def trace(self, nhs_number: NHSNumber, *, caller: Caller) -> TracedPatient:
        """As the tracing port says."""
        with self.guard.call(_TRACING, "trace"):
            return self.tracing.trace(nhs_number, caller=caller)

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
        """As the tracing port says."""
        with self.guard.call(_TRACING, "search"):
            return self.tracing.search(
                family=family, given=given, birth_date=birth_date, gender=gender, postcode=postcode, caller=caller
            )
