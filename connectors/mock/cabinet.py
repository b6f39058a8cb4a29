"""The records one practice keeps, in memory: made from a seed unless a test puts one in, and what is withheld."""

from collections.abc import Iterable
from dataclasses import replace
from threading import Lock
from uuid import UUID

from connectors.faults import Refused
from connectors.mock.records import make_record
from connectors.record import unaskable
from gp_connect.structured import request, selecting
from vocabulary.documents import RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import RecordSection
from vocabulary.records import Record, RecordQuery, SectionState
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

    def read(self, patient: Patient, query: RecordQuery) -> Record:
        """What an answer to this query holds."""
        today = london_date(self._clock.now())
        try:
            request.write(patient.nhs_number, query, today=today)
        except InvalidValue as invalid:
            raise unaskable(invalid) from None
        with self._lock:
            if patient.nhs_number in self._dissenting:
                raise Refused(
                    "The patient has asked for their record not to be shared.", code="NO_PATIENT_CONSENT", status=403
                )
            record, off = self._kept.get(patient.nhs_number), self._off
        if record is None:
            record = make_record(patient, host=self._host, practice_name=f"Surgery {self._host}", today=today)
        sections = tuple(
            replace(section, state=SectionState.SWITCHED_OFF, words="The practice has switched this part off.")
            if section.name in off
            else section
            for section in record.sections
        )
        return selecting.select(replace(record, sections=sections), query)
