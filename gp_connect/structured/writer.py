"""A Record written as the Bundle with which a provider answers: Lists for what was asked, resources, notices."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gp_connect.elements import Resource, meta, text, without_empty
from gp_connect.moments import write_moment
from gp_connect.structured import (
    allergies,
    areas,
    consultations,
    immunisations,
    investigations,
    medication,
    observations,
    plans,
    problems,
)
from gp_connect.structured.areas import Area
from gp_connect.structured.lists import NOT_AVAILABLE, WARNING
from gp_connect.structured.notices import write_notices
from gp_connect.structured.pen import CODE_SYSTEMS, PROFILES, Pen, coding
from gp_connect.structured.request import BRING_DOCUMENTS
from gp_connect.structured.selecting import contents, select
from vocabulary.record_parts import (
    MONTHS,
    Allergy,
    Consultation,
    DiaryEntry,
    Document,
    Entry,
    EntryStatus,
    Immunisation,
    Investigation,
    Medication,
    Observation,
    Problem,
    RecordSection,
    Referral,
)
from vocabulary.records import Record, RecordQuery, Section, SectionState, WarningKind
from vocabulary.times import london

_SETTING = f"{PROFILES}/Extension-CareConnect-GPC-ClinicalSetting-1"
_GENERAL_PRACTICE = ("1060971000000108", "General practice service")
_EMPTY_REASONS = f"{CODE_SYSTEMS}/CareConnect-ListEmptyReasonCode-1"
_NOTHING = ("no-content-recorded", "No Content Recorded")
# The texts that the standard prescribes for each warning, word for word
_TEXTS = {
    WarningKind.CONFIDENTIAL: "Items excluded due to confidentiality and/or patient preferences.",
    WarningKind.IN_TRANSIT: "Patient record transfer from previous GP practice not yet complete;"
    " information recorded before {since} may be missing.",
    WarningKind.AWAITING_FILING: "Patient record contains some items in the GP practice workflow that have not been"
    " reviewed for inclusion in this message; information recorded before {since} may be missing.",
}


def warning_text(kind: WarningKind, since: str) -> str:
    """The prescribed text; `since` is a date as the standard writes it, 21-Jun-2021."""
    return _TEXTS[kind].format(since=since) if kind in _TEXTS else ""


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers: the trace id of the request, the patient and practice as resources with ids, and the time."""

    trace_id: str
    patient: Resource
    organisation: Resource
    ods: str
    now: datetime


def write(record: Record, query: RecordQuery, around: Answering, *, unknown: Iterable[str] = ()) -> Resource:
    """The Bundle for this query, from a whole record; `unknown` are parameters to report as not recognised."""
    return _Writing(select(record, query), query, around).bundle(list(unknown))


class _Writing:
    def __init__(self, record: Record, query: RecordQuery, around: Answering) -> None:
        self._record, self._query, self._around = record, query, around
        self._pen = Pen(
            patient_id=around.patient["id"],
            organisation_id=around.organisation["id"],
            organisation_name=text(around.organisation, "name"),
            ods=around.ods,
        )
        day = london(around.now)
        self._today = f"{day.day:02}-{MONTHS[day.month][:3]}-{day.year}"
        everything = [entry for section in record.sections for entry in (*section.entries, *section.linked)]
        self._contained = [entry for entry in everything if _is_ended(entry)]
        self._entries = [entry for entry in everything if not _is_ended(entry)]
        self._present = frozenset(entry.id for entry in self._entries)

    def bundle(self, unknown: list[str]) -> Resource:
        clinical = [resource for entry in self._entries for resource in self._resources(entry)]
        lists = [*self._primary(), *self._secondary()]
        patient = dict(self._around.patient)
        if self._record.usual_gp is not None:
            patient["generalPractitioner"] = [self._pen.author(self._record.usual_gp)]
        off = [each.name for each in self._record.sections if self._is_off(each)]
        resources = [
            patient,
            self._around.organisation,
            *self._pen.administrative(),
            *lists,
            *_once(clinical),
            *write_notices(off, unknown),
        ]
        return {
            "resourceType": "Bundle",
            "id": self._around.trace_id,
            "meta": meta(f"{PROFILES}/GPConnect-StructuredRecord-Bundle-1"),
            "type": "collection",
            "entry": [{"resource": resource} for resource in resources],
        }

    def _is_off(self, section: Section) -> bool:
        asked = section.name in self._query.sections
        if section.name is RecordSection.DOCUMENTS:
            asked = asked or bool(self._query.sections.intersection(BRING_DOCUMENTS))
        return asked and section.state is SectionState.SWITCHED_OFF

    def _resources(self, entry: Entry) -> list[Resource]:
        pen = self._pen
        match entry:
            case Problem():
                return [problems.write(entry, pen, present=self._present)]
            case Medication():
                return medication.write(entry, pen)
            case Allergy():
                return [allergies.write(entry, pen)]
            case Consultation():
                return consultations.write(entry, pen, present=self._present)
            case Investigation():
                return investigations.write(entry, pen)
            case Immunisation():
                return [immunisations.write(entry, pen)]
            case Referral():
                return [plans.write_referral(entry, pen)]
            case Observation():
                return observations.write(entry, pen)
            case DiaryEntry():
                return [plans.write_diary_entry(entry, pen)]
            case Document():
                return [plans.write_document(entry, pen)]
            case _:
                raise TypeError("no such kind of entry is written")

    def _primary(self) -> Iterator[Resource]:
        for area in areas.AREAS:
            section = self._record.section(area.section)
            if not area.code or section.state is SectionState.SWITCHED_OFF:
                continue
            if area.section in self._query.sections:
                entries = [entry.id for entry in section.entries if entry.id in self._present]
                yield self._list(area.code, area.title, entries, section)
            if area.section is RecordSection.ALLERGIES:
                yield from self._ended_allergies(section)

    def _ended_allergies(self, section: Section) -> Iterator[Resource]:
        asked = section.name in self._query.sections and self._query.ended_allergies
        if not asked and not self._contained:
            return
        references = [f"#{_local(entry)}" for entry in self._contained]
        made = self._list(areas.ENDED_ALLERGIES, areas.ENDED_ALLERGIES_TITLE, references, section)
        inner = [resource for entry in self._contained for resource in self._resources(entry)]
        yield {**made, "contained": inner} if inner else made

    def _secondary(self) -> Iterator[Resource]:
        query, record = self._query.sections, self._record
        held = [each for each in record.section(RecordSection.CONSULTATIONS).entries if isinstance(each, Consultation)]
        in_consultations = {each for consultation in held for each in contents(consultation)}
        known = [each for each in record.section(RecordSection.PROBLEMS).entries if isinstance(each, Problem)]
        of_problems = {each for problem in known for each in problem.related}
        for area in areas.AREAS:
            if RecordSection.CONSULTATIONS in query:
                yield from self._second(area, area.in_consultations, in_consultations)
            if RecordSection.PROBLEMS in query and area.section is not RecordSection.PROBLEMS:
                yield from self._second(area, area.of_problems, of_problems)
        others = {entry.id for entry in record.section(RecordSection.PROBLEMS).linked}
        yield from self._second(areas.BY_SECTION[RecordSection.PROBLEMS], areas.LINKED_PROBLEMS, others)

    def _second(self, area: Area, code: str, ids: set[str]) -> Iterator[Resource]:
        section = self._record.section(area.section)
        everything = (*section.entries, *section.linked)
        entries = [entry.id for entry in everything if entry.id in ids and entry.id in self._present]
        if code and entries:
            subject, _, rest = code.partition("-")
            title = f"{subject.capitalize()} - {rest.replace('-', ' ')}"
            yield self._list(code, title, entries, section, system=areas.SECONDARY_LISTS, display=title)

    def _list(
        self,
        code: str,
        title: str,
        references: list[str],
        section: Section,
        *,
        system: str = areas.SNOMED,
        display: str = "",
    ) -> Resource:
        setting = {"url": _SETTING, "valueCodeableConcept": coding(areas.SNOMED, *_GENERAL_PRACTICE)}
        warnings = [{"url": WARNING, "valueCode": kind.value} for kind in section.warnings if kind in _TEXTS]
        note = section.host_note or " ".join(
            warning_text(kind, self._today) for kind in section.warnings if kind in _TEXTS
        )
        if not references:
            note = note or NOT_AVAILABLE
        return without_empty(
            {
                "resourceType": "List",
                "meta": meta(f"{PROFILES}/CareConnect-GPC-List-1"),
                "extension": [setting, *warnings],
                "status": "current",
                "mode": "snapshot",
                "title": title,
                "code": coding(system, code, display or areas.DISPLAYS[code]),
                "subject": self._pen.patient,
                "date": write_moment(self._around.now),
                "note": [{"text": note}] if note else [],
                "entry": [{"item": {"reference": each}} for each in references],
                "emptyReason": {} if references else coding(_EMPTY_REASONS, *_NOTHING),
            }
        )


def _is_ended(entry: Entry) -> bool:
    return isinstance(entry, Allergy) and entry.status is EntryStatus.RESOLVED


def _local(entry: Entry) -> str:
    return entry.id.rpartition("/")[2]


def _once(resources: list[Resource]) -> list[Resource]:
    """Each resource once: one observation may stand in several entries."""
    return list({(each["resourceType"], each["id"]): each for each in resources}.values())
