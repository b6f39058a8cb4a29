"""A patient's record as one host answered it: its sections, what may be missing from them and why, and what was asked.

Nothing here is ever stored or logged (see vocabulary/record_parts.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Self

from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import Author, Entry, Hidden, RecordDate, RecordSection


class SectionState(StrEnum):
    """What came back for a section."""

    PRESENT = "present"
    EMPTY = "empty"  # asked, and nothing is recorded
    SWITCHED_OFF = "switched-off"  # the host's system does not support it, or the practice switched it off
    NOT_ANSWERED = "not-answered"  # asked, and the answer does not speak of it: not the same as empty
    NOT_ASKED = "not-asked"


class WarningKind(StrEnum):
    """Why a section may be incomplete."""

    CONFIDENTIAL = "confidential-items"
    IN_TRANSIT = "data-in-transit"
    AWAITING_FILING = "data-awaiting-filing"
    OTHER = "other"

    @property
    def words(self) -> str:
        """As shown to users, beside the host's own text."""
        return _WARNING_WORDS[self]


_WARNING_WORDS = {
    WarningKind.CONFIDENTIAL: "Some items are left out because they are confidential or the patient asked for that.",
    WarningKind.IN_TRANSIT: "The record has not come in full from the previous practice: older items may be missing.",
    WarningKind.AWAITING_FILING: "Some items wait at the practice to be filed and are not shown yet.",
    WarningKind.OTHER: "The practice's system warns that this may be incomplete.",
}
NOTHING_RECORDED = "No content recorded."


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Section(Hidden):
    """One section. What `linked` holds was not asked for by itself: it came along with problems or consultations, so
    it is no complete list and must not be shown as one. `not_shown` counts items that could not be understood.
    """

    name: RecordSection
    state: SectionState
    entries: tuple[Entry, ...] = ()
    linked: tuple[Entry, ...] = ()
    warnings: tuple[WarningKind, ...] = ()
    host_note: str = ""  # the host's own text to its warnings
    words: str = ""  # why there is nothing, in plain English
    not_shown: int = 0


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Record(Hidden):
    """What one practice answered about one patient; every section is there, those not asked for as NOT_ASKED.

    `warnings` are about the whole; `not_shown` counts items that belong to no section the hub knows.
    """

    patient: Patient
    sections: tuple[Section, ...]
    practice_name: str = ""
    usual_gp: Author | None = None
    warnings: tuple[str, ...] = ()
    not_shown: int = 0

    def section(self, name: RecordSection) -> Section:
        """The section of this name."""
        return next(section for section in self.sections if section.name is name)

    def entry(self, entry_id: str) -> Entry | None:
        """The entry with this id, wherever it stands."""
        everything = (entry for section in self.sections for entry in (*section.entries, *section.linked))
        return next((entry for entry in everything if entry.id == entry_id), None)

    @property
    def all_not_shown(self) -> int:
        """How many items of the answer cannot be shown, in all."""
        return self.not_shown + sum(section.not_shown for section in self.sections)


@dataclass(frozen=True, slots=True)
class DateRange:
    """From one day to another, both included; either end may be open."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.start > self.end:
            raise InvalidValue("The first date is after the last one.", next_step="Swap the two dates.")

    def touches(self, when: RecordDate | None) -> bool:
        """Whether it may lie within; what has no date, or only part of one, gets the benefit of the doubt."""
        if when is None:
            return True
        after = self.start is None or when.last_day >= self.start
        return after and (self.end is None or when.first_day <= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """Which sections of a record to ask for, and how much of each; without restrictions a section comes whole.

    gp_connect/structured/request.py knows which restrictions the standard lets one combine.
    """

    sections: frozenset[RecordSection]
    ended_allergies: bool = True
    prescription_issues: bool = True
    medication_since: date | None = None
    consultations: DateRange | None = None
    latest_consultations: int | None = None
    active_problems: bool | None = None  # True: only active ones, False: only inactive ones
    immunisations_not_given: bool | None = None  # None leaves it to the standard: not included
    immunisation_statuses: bool | None = None  # None leaves it to the standard: included
    uncategorised: DateRange | None = None
    investigations: DateRange | None = None
    referrals: DateRange | None = None
    diary_until: date | None = None

    def __post_init__(self) -> None:
        if not self.sections:
            raise InvalidValue("No part of the record was asked for.", next_step="Choose at least one section.")
        if self.latest_consultations is not None and self.latest_consultations < 1:
            raise InvalidValue("At least one consultation must be asked for.", next_step="Ask for one or more.")
        for name, section in _RESTRICTS.items():
            if getattr(self, name) is not None and section not in self.sections:
                raise InvalidValue(
                    f"A limit was set for {section.value}, which was not asked for.",
                    next_step="Ask for that section too, or leave the limit out.",
                )

    @classmethod
    def of(cls, sections: Iterable[RecordSection]) -> Self:
        """These sections, whole."""
        return cls(sections=frozenset(sections))

    @classmethod
    def whole(cls) -> Self:
        """Everything."""
        return cls.of(RecordSection)

    @property
    def restrictions(self) -> frozenset[str]:
        """The names of the limits that are set."""
        return frozenset(each.name for each in fields(self) if each.name in _RESTRICTS and self._is_set(each.name))

    def _is_set(self, name: str) -> bool:
        return getattr(self, name) is not None


_RESTRICTS = {
    "medication_since": RecordSection.MEDICATION,
    "consultations": RecordSection.CONSULTATIONS,
    "latest_consultations": RecordSection.CONSULTATIONS,
    "active_problems": RecordSection.PROBLEMS,
    "immunisations_not_given": RecordSection.IMMUNISATIONS,
    "immunisation_statuses": RecordSection.IMMUNISATIONS,
    "uncategorised": RecordSection.UNCATEGORISED,
    "investigations": RecordSection.INVESTIGATIONS,
    "referrals": RecordSection.REFERRALS,
    "diary_until": RecordSection.DIARY,
}


def empty_record(
    patient: Patient, *, sections: Iterable[Section] = (), practice_name: str = "", usual_gp: Author | None = None
) -> Record:
    """A record with these sections; the others say that nothing is recorded."""
    given = {section.name: section for section in sections}
    return Record(
        patient=patient,
        practice_name=practice_name,
        usual_gp=usual_gp,
        sections=tuple(
            given.get(name) or Section(name=name, state=SectionState.EMPTY, words=NOTHING_RECORDED)
            for name in RecordSection
        ),
    )
