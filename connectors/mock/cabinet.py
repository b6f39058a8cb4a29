"""The records one practice keeps, in memory: made from a seed unless a test puts one in, and what is withheld."""

from collections.abc import Iterable
from dataclasses import replace
from threading import Lock
from uuid import UUID

from connectors.documents import check_available, oversized
from connectors.faults import Refused
from connectors.mock.records import make_record
from connectors.mock.records.papers import paper
from connectors.record import unaskable
from gp_connect.structured import request, selecting
from vocabulary.documents import LARGEST_DOCUMENT, DocumentContent, RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import Document, RecordSection
from vocabulary.records import DateRange, Record, RecordQuery, SectionState
from vocabulary.times import Clock, london_date


class Cabinet:
    """A practice's records."""

    def __init__(self, host: OdsCode, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[NHSNumber, Record] = {}
        self._dissenting: set[NHSNumber] = set()
        self._off: frozenset[RecordSection] = frozenset()
        self._filed: dict[NHSNumber, dict[UUID, RecordDocument]] = {}
        self._papers: dict[NHSNumber, dict[str, tuple[Document, bytes]]] = {}
        self._withheld: set[str] = set()

    def keep(self, record: Record) -> None:
        """Put this record in, in place of the one a seed would make."""
        with self._lock:
            self._kept[record.patient.nhs_number] = record

    def dissent(self, nhs_number: NHSNumber) -> None:
        """Let this patient refuse to have their record shown elsewhere."""
        with self._lock:
            self._dissenting.add(nhs_number)

    def switch_off(self, sections: Iterable[RecordSection]) -> None:
        """Give these sections to nobody; none switches everything on again."""
        with self._lock:
            self._off = frozenset(sections)

    def file(self, document: RecordDocument) -> None:
        """Put a document in; one that is there already stays as it is."""
        with self._lock:
            self._filed.setdefault(document.nhs_number, {}).setdefault(document.id, document)

    def filed(self, nhs_number: NHSNumber) -> tuple[RecordDocument, ...]:
        """What was put in from outside, the oldest first."""
        with self._lock:
            return tuple(self._filed.get(nhs_number, {}).values())

    def scan(self, nhs_number: NHSNumber, document: Document, content: bytes) -> None:
        """Put a paper into somebody's record, by its content's id: as it is listed, and what it holds."""
        with self._lock:
            self._papers.setdefault(nhs_number, {})[document.binary_id] = (document, content)

    def withhold(self, binary_id: str) -> None:
        """Take a paper for confidential: it is neither listed as a document nor given out, and nobody says so."""
        with self._lock:
            self._withheld.add(binary_id)

    def documents(self, patient: Patient, created: DateRange) -> tuple[Document, ...]:
        """The papers of a patient that were made in this period."""
        with self._lock:
            self._check_dissent(patient.nhs_number)
            scanned, withheld = dict(self._papers.get(patient.nhs_number, {})), set(self._withheld)
        listed = self._record(patient).section(RecordSection.DOCUMENTS).entries
        found = {each.binary_id: each for each in listed if isinstance(each, Document)}
        found |= {binary_id: document for binary_id, (document, _) in scanned.items()}
        return tuple(
            each
            for each in found.values()
            if each.binary_id not in withheld and created.touches(each.date or each.recorded)
        )

    def content(self, patient: Patient, binary_id: str) -> DocumentContent:
        """What one of them holds."""
        found = {each.binary_id: each for each in self.documents(patient, DateRange())}
        if not binary_id or binary_id not in found:
            raise Refused("It is not in their system any more.", code="NO_RECORD_FOUND", status=404)
        check_available(found[binary_id])
        with self._lock:
            scanned = self._papers.get(patient.nhs_number, {}).get(binary_id)
        content = scanned[1] if scanned else paper(found[binary_id])
        if len(content) > LARGEST_DOCUMENT:
            raise oversized()
        return DocumentContent(found[binary_id].content_type, content)

    def read(self, patient: Patient, query: RecordQuery) -> Record:
        """What an answer to this query holds."""
        today = london_date(self._clock.now())
        try:
            request.write(patient.nhs_number, query, today=today)
        except InvalidValue as invalid:
            raise unaskable(invalid) from None
        with self._lock:
            self._check_dissent(patient.nhs_number)
            off = self._off
        record = self._record(patient)
        sections = tuple(
            replace(section, state=SectionState.SWITCHED_OFF, words="The practice has switched this part off.")
            if section.name in off
            else section
            for section in record.sections
        )
        return selecting.select(replace(record, sections=sections), query)

    def _record(self, patient: Patient) -> Record:
        with self._lock:
            kept = self._kept.get(patient.nhs_number)
        today = london_date(self._clock.now())
        return kept or make_record(patient, host=self._host, practice_name=f"Surgery {self._host}", today=today)

    def _check_dissent(self, nhs_number: NHSNumber) -> None:
        if nhs_number in self._dissenting:
            raise Refused(
                "The patient has asked for their record not to be shared.", code="NO_PATIENT_CONSENT", status=403
            )
