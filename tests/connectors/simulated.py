"""The kit's bench over the simulator: EMIS, through real HTTP, at a practice of its own for every test."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import requests

from connectors.conformance import CannotPlay, SessionPlan
from connectors.emis.system import PROFILE
from connectors.mock import Mishap
from connectors.mock.simulator import (
    SeedPatient,
    SeedPractice,
    SeedSession,
    Standing,
    child,
    documents,
    provider,
    structured,
)
from connectors.mock.simulator.diary import set_slots
from connectors.mock.simulator.document_room import DocumentRoom
from connectors.mock.simulator.faults import FaultKind
from connectors.mock.simulator.loading import load_into, patient_row, person_row, session_row, slot_row
from connectors.mock.simulator.manners import Settings, manner_named
from connectors.mock.simulator.store import Store
from connectors.port import Endpoint, GPSystem, Link, Postbox
from connectors.standard import SupplierProfile, over
from gp_connect.provider_rules.restrictions import Restriction
from tests.connectors.certificates import Authority, folder_for_tls
from tests.connectors.people import OUTSIDER, RECEPTIONIST
from vocabulary.appointments import Receipt
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.people import Caller
from vocabulary.record_parts import Document
from vocabulary.slots import ClinicSession, Location, Slot
from vocabulary.times import SystemClock, Window
from vocabulary.visits import VisitStatus

INTERACTIONS = {
    "free_slots": "free-slots",
    "find_patient": "find-patient",
    "register_patient": "register-patient",
    "book": "book",
    "find_booking": "patient-appointments",
    "read": "read-appointment",
    "amend": "amend",
    "cancel": "cancel",
    "ping": "metadata",
    "read_record": "get-structured-record",
    "find_documents": "find-documents",
    "read_document": "read-document",
}
_numbers = count(10_001)


@dataclass
class Simulator:
    """The simulator as a process of its own on a free port; its store is opened beside it, to set up and to check."""

    store: Store
    process: child.Simulator
    secret: str = ""
    trust: str = ""

    @classmethod
    @contextmanager
    def running(cls, folder: Path, *, authority: Authority | None = None) -> "Iterator[Simulator]":
        """With an authority it speaks mutual TLS, and this side has a certificate of the same one."""
        tls = folder_for_tls(folder / "certificates", authority) if authority else None
        with child.Simulator(folder, tls=tls) as process:
            store = Store(folder)
            if authority is None:
                yield cls(store, process)
            else:
                yield cls(store, process, authority.issue("hub"), str(authority.path))
            store.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.process.url

    def order(self, kind: FaultKind, *, practice: str, interaction: str = "*", **details: object) -> None:
        """Order a fault; it is in force when this returns."""
        body = {"kind": kind.value, "practice": practice, "interaction": interaction, **details}
        self._control("POST", json=body)

    def clear(self, *, practice: str) -> None:
        """Take back a practice's faults."""
        self._control("DELETE", params={"practice": practice})

    def _control(self, verb: str, **asked: Any) -> None:
        cert, verify = self.secret or None, self.trust or True
        answer = requests.request(verb, f"{self.url}/control/faults", cert=cert, verify=verify, timeout=5, **asked)
        answer.raise_for_status()

    def know(self, person: TracedPatient) -> None:
        """Make somebody known to the national service."""
        with self.store.writing() as connection:
            _insert(connection, "INSERT OR REPLACE INTO person", person_row(person))


@dataclass
class SimulatedBench:
    """One practice of the simulator."""

    simulator: Simulator
    caller: Caller = RECEPTIONIST
    outsider: Caller = OUTSIDER
    host: OdsCode = field(default_factory=lambda: OdsCode(f"Y{next(_numbers)}"))
    cut_off: bool = False
    system: str = "emis"
    profile: SupplierProfile = PROFILE
    hidden_as: Standing = Standing.SENSITIVE
    proxied: bool = False  # through the Spine proxy's place
    mailbox: Path | None = None  # the practice takes documents from our mailbox in this folder

    def __post_init__(self) -> None:
        settings = Settings(manner_named(self.system), traces=self.hidden_as is not Standing.UNTRACED)
        practice = SeedPractice(
            self.host, "Test Surgery", "0117 496 0001", ("1 High Street",), "BS1 1AA", asid="A1", settings=settings
        )
        load_into(self.simulator.store, [practice])
        with self.simulator.store.writing() as connection:
            row = (self.host.value, "place", "Test Surgery", json.dumps(["1 High Street"]), "BS1 1AA", "")
            _insert(connection, "INSERT INTO location", row)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def link(self) -> Link:
        root = "http://127.0.0.1:1" if self.cut_off else self.simulator.url
        way = f"{root}/ssp/{root}" if self.proxied else root
        return Link(
            host=self.host,
            system=self.system,
            address=f"{way}/{self.host}/{provider.ROOT}",
            provider_asid="A1",
            consumer_asids={self.caller.practice: "C1", self.outsider.practice: "C2"},
            secret=self.simulator.secret,
            trust=self.simulator.trust,
            structured=Endpoint(f"{way}/{self.host}/{structured.ROOT}", "A1"),
            documents=Endpoint(f"{way}/{self.host}/{documents.ROOT}", "A1"),
            postbox=Postbox(str(self.mailbox), "X26OT001") if self.mailbox else None,
        )

    def connect(self, caller: Caller) -> GPSystem:
        return over(self.profile, self.link, caller, clock=SystemClock())

    def add_session(self, plan: SessionPlan) -> None:
        place = Location("place", "Test Surgery")
        session = ClinicSession(uuid4().hex, plan.name, place, None, plan.role_code)
        length = (plan.window.end - plan.starts) / plan.slots
        slots = [
            Slot(
                self.host,
                uuid4().hex,
                Window(plan.starts + number * length, plan.starts + (number + 1) * length),
                plan.channel,
                plan.slot_type,
                session,
            )
            for number in range(plan.slots)
        ]
        restriction = Restriction(
            kinds=frozenset(plan.only_for_kinds),
            ods_codes=frozenset(plan.only_for),
            embargo=plan.starts - plan.opens_at if plan.opens_at else None,
        )
        with self.simulator.store.writing() as connection:
            row = session_row(self.host.value, SeedSession(session, tuple(slots), restriction, plan.most))
            _insert(connection, "INSERT INTO session", row)
            for slot in slots:
                _insert(connection, "INSERT INTO slot", slot_row(slot, "free"))

    def add_patient(self, patient: Patient, *, hidden: bool = False) -> None:
        standing = self.hidden_as if hidden else Standing.ACTIVE
        row = patient_row(self.host.value, uuid4().hex, SeedPatient(patient, standing))
        with self.simulator.store.writing() as connection:
            _insert(connection, "INSERT INTO patient", row)

    def make_known(self, patient: Patient) -> None:
        self.simulator.know(TracedPatient(replace(patient, host_id=""), self.caller.practice))

    def take(self, slot: Slot) -> None:
        with self.simulator.store.writing() as connection:
            set_slots(connection, self.host.value, [slot.host_id], "busy")

    def live(self, slot: Slot) -> int:
        with self.simulator.store.reading() as connection:
            rows = connection.execute(
                "SELECT slot_ids FROM appointment WHERE ods = ? AND status = 'booked'", (self.host.value,)
            ).fetchall()
        return sum(slot.host_id in json.loads(row["slot_ids"]) for row in rows)

    def filed(self, nhs_number: NHSNumber) -> tuple[UUID, ...]:
        """What lies ready for the practice to be picked up, by the messages' own ids."""
        assert self.mailbox is not None
        found = []
        for control in (self.mailbox / "out").glob("*.ctl"):
            assert f"GPPROVIDER_{nhs_number.value}_" in control.read_text(encoding="utf-8")
            body = json.loads(control.with_suffix(".dat").read_text(encoding="utf-8"))
            found.append(UUID(body["identifier"]["value"]))
        return tuple(found)

    def scan(self, nhs_number: NHSNumber, document: Document, content: bytes) -> None:
        DocumentRoom(self.simulator.store, self.host, SystemClock()).file(nhs_number, document, content)

    def visit(self, receipt: Receipt) -> VisitStatus:
        """GP Connect has no place for it, so the kit does not ask."""
        raise AssertionError(f"asked where the patient of {receipt.appointment_id} is")

    def say(self, receipt: Receipt, status: VisitStatus) -> None:
        """Nor does its front desk say it."""
        raise AssertionError(f"asked to say that {receipt.appointment_id} is {status}")

    def play(self, method: str, mishap: Mishap) -> None:
        if method == "file_record":
            self._mailbox_is_away(mishap)
            return
        if mishap is Mishap.UNREACHABLE:
            self.cut_off = True
            return
        kinds = {
            Mishap.SLOW: (FaultKind.SLOW, False, ""),
            Mishap.NO_ANSWER_BEFORE_COMMIT: (FaultKind.DROP, False, ""),
            Mishap.NO_ANSWER_AFTER_COMMIT: (FaultKind.DROP, True, ""),
            Mishap.GARBLED_BEFORE_COMMIT: (FaultKind.HTML, False, ""),
            Mishap.GARBLED_AFTER_COMMIT: (FaultKind.GARBAGE, True, ""),
            Mishap.REFUSED: (FaultKind.REFUSE, False, "ACCESS DENIED"),
            Mishap.SLOT_GONE: (FaultKind.REFUSE, False, "DUPLICATE_REJECTED"),
            Mishap.SLOT_GONE_AFTER_COMMIT: (FaultKind.TWICE, True, ""),
        }
        if mishap not in kinds:
            raise CannotPlay
        kind, after_commit, code = kinds[mishap]
        self.simulator.order(
            kind,
            practice=self.host.value,
            interaction=INTERACTIONS[method],
            after_commit=after_commit,
            code=code,
            seconds=3,
        )

    def behave(self) -> None:
        self.cut_off = False
        if self.mailbox and self.mailbox.is_file():
            self.mailbox.unlink()
        self.simulator.clear(practice=self.host.value)

    def _mailbox_is_away(self, mishap: Mishap) -> None:
        if mishap is not Mishap.UNREACHABLE or self.mailbox is None:
            raise CannotPlay("what goes into a folder gets no answer")
        self.mailbox.write_text("no folder")


def _insert(connection: sqlite3.Connection, statement: str, row: tuple[object, ...]) -> None:
    connection.execute(f"{statement} VALUES ({', '.join('?' * len(row))})", row)
