"""The records of one practice: who may have one read, what is special about somebody's, and what is switched off."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors.mock.records import make_record
from connectors.mock.simulator import rows
from connectors.mock.simulator.seeds import RecordTrait
from connectors.mock.simulator.store import Store
from gp_connect import patients
from gp_connect.elements import Resource
from gp_connect.organisations import write_organisation
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules.structured import Asked
from gp_connect.spine_codes import NO_PATIENT_CONSENT, PATIENT_NOT_FOUND
from gp_connect.structured import writer
from gp_connect.structured.writer import Answering
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import MONTHS, Document, Entry, Investigation, RecordSection
from vocabulary.records import Record, Section, SectionState, WarningKind, empty_record
from vocabulary.times import Clock, london_date

_WARNS = {
    RecordTrait.CONFIDENTIAL: WarningKind.CONFIDENTIAL,
    RecordTrait.IN_TRANSIT: WarningKind.IN_TRANSIT,
    RecordTrait.AWAITING_FILING: WarningKind.AWAITING_FILING,
}
_WITHHELD = (RecordSection.PROBLEMS, RecordSection.MEDICATION, RecordSection.UNCATEGORISED)


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """What a practice holds of one of its own patients."""

    nhs_number: NHSNumber
    patient: Patient
    version: str
    practice: sqlite3.Row
    traits: frozenset[RecordTrait]
    record: Record


class RecordRoom:
    """Where one practice's records are asked for."""

    def __init__(self, store: Store, host: OdsCode, clock: Clock) -> None:
        self._store = store
        self._host = host
        self._clock = clock

    def read(self, asked: Asked, *, trace_id: str) -> Resource:
        """The bundle for this request. Raises PATIENT_NOT_FOUND for everybody who is not registered here for good."""
        held = self.held(asked.nhs_number)
        if held is None:
            raise Rejected(PATIENT_NOT_FOUND, "no patient with this NHS number is registered here")
        if RecordTrait.DISSENT in held.traits:
            raise Rejected(NO_PATIENT_CONSENT, "the patient dissents from sharing")
        around = Answering(
            trace_id,
            patients.write(held.patient, organisation_id=rows.ORGANISATION_ID, version_id=held.version),
            write_organisation(rows.organisation(held.practice)),
            self._host.value,
            self._clock.now(),
        )
        return writer.write(self._with_switches(held.record), asked.query, around, unknown=asked.unknown)

    def held(self, nhs_number: NHSNumber) -> Held | None:
        """What is held of somebody who is registered here for good; None of anybody else."""
        with self._store.reading() as connection:
            practice = connection.execute("SELECT * FROM practice WHERE ods = ?", (self._host.value,)).fetchone()
            row = connection.execute(
                "SELECT * FROM patient WHERE ods = ? AND nhs_number = ? AND standing = 'active' AND temporary = 0",
                (self._host.value, nhs_number.value),
            ).fetchone()
        if row is None:
            return None
        traits, patient = self._traits(nhs_number), rows.patient(row, row["id"])
        record = self._record(patient, practice["name"], traits)
        return Held(nhs_number, patient, str(row["version"]), practice, traits, record)

    def mark(self, nhs_number: NHSNumber, traits: Iterable[RecordTrait]) -> None:
        """Make somebody's record special in these ways and no others."""
        with self._store.writing() as connection:
            who = (self._host.value, nhs_number.value)
            connection.execute("DELETE FROM record_trait WHERE ods = ? AND nhs_number = ?", who)
            connection.executemany(
                "INSERT INTO record_trait VALUES (?, ?, ?)", {(*who, trait.value) for trait in traits}
            )

    def plant(self, nhs_number: NHSNumber, words: str) -> None:
        """Let every part of somebody's record say these words, for tests that search for them afterwards."""
        with self._store.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO record_words VALUES (?, ?, ?)", (self._host.value, nhs_number.value, words)
            )

    def switch_off(self, sections: Iterable[RecordSection]) -> None:
        """Let the practice give out everything but these; the whole service is a switch of the practice's settings."""
        with self._store.writing() as connection:
            connection.execute("DELETE FROM record_off WHERE ods = ?", (self._host.value,))
            connection.executemany(
                "INSERT INTO record_off VALUES (?, ?)", {(self._host.value, each.value) for each in sections}
            )

    def _off(self) -> frozenset[str]:
        with self._store.reading() as connection:
            found = connection.execute("SELECT part FROM record_off WHERE ods = ?", (self._host.value,))
            return frozenset(row["part"] for row in found)

    def _traits(self, nhs_number: NHSNumber) -> frozenset[RecordTrait]:
        with self._store.reading() as connection:
            found = connection.execute(
                "SELECT trait FROM record_trait WHERE ods = ? AND nhs_number = ?", (self._host.value, nhs_number.value)
            )
            return frozenset(RecordTrait(row["trait"]) for row in found)

    def _planted(self, nhs_number: NHSNumber) -> str:
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT words FROM record_words WHERE ods = ? AND nhs_number = ?",
                (self._host.value, nhs_number.value),
            ).fetchone()
            return str(row["words"]) if row else ""

    def _record(self, patient: Patient, practice_name: str, traits: frozenset[RecordTrait]) -> Record:
        today = london_date(self._clock.now())
        if RecordTrait.EMPTY in traits:
            record = empty_record(patient, practice_name=practice_name)
        else:
            rich = RecordTrait.RICH in traits
            record = make_record(patient, host=self._host, practice_name=practice_name, today=today, rich=rich)
            record = replace(record, sections=tuple(_addressed(each, patient.host_id) for each in record.sections))
        if words := self._planted(patient.nhs_number):
            record = replace(record, sections=tuple(_noted(section, words) for section in record.sections))
        if RecordTrait.CONFIDENTIAL in traits:
            record = replace(record, sections=tuple(map(_withheld, record.sections)))
        moved = today - timedelta(days=21)
        since = f"{moved.day:02}-{MONTHS[moved.month][:3]}-{moved.year}"
        return replace(record, sections=tuple(_warned(section, traits, since) for section in record.sections))

    def _with_switches(self, record: Record) -> Record:
        off = self._off()
        return replace(
            record,
            sections=tuple(
                replace(section, state=SectionState.SWITCHED_OFF) if section.name.value in off else section
                for section in record.sections
            ),
        )


def _addressed(section: Section, patient_id: str) -> Section:
    """With ids of contents by which the patient is found again, so that nobody else's record need be made."""
    if section.name is not RecordSection.DOCUMENTS:
        return section
    found = (each for each in section.entries if isinstance(each, Document))
    return replace(
        section,
        entries=tuple(replace(each, binary_id=f"{patient_id}.{number}") for number, each in enumerate(found, start=1)),
    )


def _noted(section: Section, words: str) -> Section:
    return replace(section, entries=tuple(_saying(entry, words) for entry in section.entries))


def _saying(entry: Entry, words: str) -> Entry:
    """The entry with these words where the standard has a place for them; a consultation's are those of its notes."""
    if isinstance(entry, Investigation):
        return replace(entry, conclusion=words)
    if isinstance(entry, Document):
        return replace(entry, title=words)
    return replace(entry, note=words)


def _withheld(section: Section) -> Section:
    return replace(section, entries=section.entries[1:]) if section.name in _WITHHELD else section


def _warned(section: Section, traits: frozenset[RecordTrait], since: str) -> Section:
    kinds = [kind for trait, kind in _WARNS.items() if trait in traits]
    if section.name not in _WITHHELD:  # only where something was left out
        kinds = [kind for kind in kinds if kind is not WarningKind.CONFIDENTIAL]
    note = " ".join(writer.warning_text(kind, since) for kind in kinds)
    return replace(section, warnings=tuple(kinds), host_note=note)
