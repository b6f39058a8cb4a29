"""What of a record one look may show: the sections its clauses and role cover, and nothing of the sensitive list. Pure.

Leaving out is never silent: whoever looks is told how many items are not shown, and why, in the section where they
would have stood. What is left out takes along what would give it away: the line in a consultation, the topic that was
about it with the notes made under it, what is linked with a problem. Three things stay unless their own code is listed:
medicines, allergies and other problems. Not to know of a medicine can harm, and the patient is asked about the rest.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from records.sensitive import SensitiveCodes
from vocabulary.record_parts import (
    Allergy,
    Coded,
    Consultation,
    Entry,
    Heading,
    Hidden,
    Investigation,
    Medication,
    Observation,
    Problem,
    RecordSection,
    Referral,
    Topic,
)
from vocabulary.records import Record, Section, SectionState

_E = TypeVar("_E", bound=Entry)


class LeftOut(StrEnum):
    """Why the hub itself does not show something that the practice's system sent."""

    SENSITIVE = "sensitive"
    NOT_COVERED = "not-covered"

    @property
    def words(self) -> str:
        """As shown in the place of what is missing."""
        return _WORDS[self]


_WORDS = {
    LeftOut.SENSITIVE: "on the list of sensitive codes",
    LeftOut.NOT_COVERED: "the agreement does not cover this part of the record for your role",
}


@dataclass(frozen=True, slots=True)
class Omission:
    """How many items of one section are not shown, and why. `items` is None for a section that was never asked for."""

    section: RecordSection
    why: LeftOut
    items: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Trimmed(Hidden):
    """A record as one look may show it, what was left out of it, and by which edition of the sensitive list."""

    record: Record
    omissions: tuple[Omission, ...]
    sensitive_version: str
    cut: frozenset[str] = frozenset()  # ids of entries that are shown without a part of them

    @property
    def left_out(self) -> int:
        """How many items are not shown, in all, as far as they can be counted."""
        return sum(omission.items or 0 for omission in self.omissions)


def trim(record: Record, covered: Collection[RecordSection], sensitive: SensitiveCodes) -> Trimmed:
    """The record with only the covered sections and without anything sensitive; every omission is counted."""
    hidden = _Hiding(sensitive.codes, covered)
    hidden.note_all(record)
    omissions: list[Omission] = []
    sections = []
    for section in record.sections:
        if section.name not in covered:
            omissions.append(Omission(section.name, LeftOut.NOT_COVERED))
            sections.append(Section(name=section.name, state=SectionState.NOT_ASKED, words=_NOT_COVERED))
            continue
        kept, gone = hidden.section(section)
        sections.append(kept)
        if gone:
            omissions.append(Omission(section.name, LeftOut.SENSITIVE, gone))
    cut = frozenset(hidden.cut)
    return Trimmed(replace(record, sections=tuple(sections)), tuple(omissions), sensitive.version, cut)


_NOT_COVERED = "The agreement does not cover this part of the record for your role."


_STAY = (Medication, Allergy, Problem, Consultation)
"""Left out by their own codes only (a consultation loses the topics in question)."""


class _Hiding:
    """One pass over one record: which ids must not be spoken of, then each section without them."""

    def __init__(self, codes: frozenset[str], covered: Collection[RecordSection]) -> None:
        self._codes = codes
        self._covered = covered
        self._sensitive: set[str] = set()  # ids of entries that are left out because of a code
        self._elsewhere: set[str] = set()  # ids of entries in sections that are not covered
        self.cut: set[str] = set()

    def note_all(self, record: Record) -> None:
        """Learn the ids first: a consultation may come before the problem it mentions."""
        everything = [
            (section.name, entry) for section in record.sections for entry in (*section.entries, *section.linked)
        ]
        self._sensitive = {entry.id for _, entry in everything if self._is_sensitive(entry)}
        told = {each for _, entry in everything for each in self._tells(entry)}
        self._sensitive |= {entry.id for _, entry in everything if entry.id in told and not isinstance(entry, _STAY)}
        self._elsewhere = {entry.id for name, entry in everything if name not in self._covered} - self._sensitive

    def _tells(self, entry: Entry) -> Iterable[str]:
        """What was written about something sensitive, by its links: that would tell as much as the thing itself."""
        if isinstance(entry, Problem) and entry.id in self._sensitive:
            yield from entry.related
        if isinstance(entry, Consultation):
            for topic in entry.topics:
                if self._sensitive.intersection(topic.problems):
                    yield from (item.entry_id for heading in topic.headings for item in heading.items)

    def section(self, section: Section) -> tuple[Section, int]:
        """The section as it may be shown, and how many items are gone from it."""
        entries, gone = self._entries(section.entries)
        linked, more = self._entries(section.linked)
        return replace(section, entries=entries, linked=linked), gone + more

    def _entries(self, entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], int]:
        kept, gone = [], 0
        for entry in entries:
            if entry.id in self._sensitive:
                gone += 1
                continue
            trimmed, inside = self._entry(entry)
            if inside:
                self.cut.add(entry.id)
            kept.append(trimmed)
            gone += inside
        return tuple(kept), gone

    def _entry(self, entry: Entry) -> tuple[Entry, int]:
        match entry:
            case Consultation():
                return self._consultation(entry)
            case Investigation():
                results, gone = self._observations(entry.results)
                # A conclusion is written about all the results: with one of them gone it may tell what that one was.
                conclusion = "" if gone else entry.conclusion
                return replace(entry, results=results, conclusion=conclusion), gone
            case Observation():
                members, gone = self._observations(entry.members)
                return replace(entry, members=members), gone
            case Problem():
                return replace(entry, related=self._speakable(entry.related)), 0
            case Referral():
                return replace(entry, documents=self._speakable(entry.documents)), 0
            case _:
                return entry, 0

    def _observations(self, observations: Iterable[Observation]) -> tuple[tuple[Observation, ...], int]:
        kept: list[Observation] = []
        gone = 0
        for observation in observations:
            if self._is_coded_so(observation.what):
                gone += 1
                continue
            members, inside = self._observations(observation.members)
            kept.append(replace(observation, members=members))
            gone += inside
        return tuple(kept), gone

    def _consultation(self, entry: Consultation) -> tuple[Consultation, int]:
        topics, gone = [], 0
        for topic in entry.topics:
            trimmed, inside = self._topic(topic)
            gone += inside
            if trimmed is not None:
                topics.append(trimmed)
        return replace(entry, topics=tuple(topics)), gone

    def _topic(self, topic: Topic) -> tuple[Topic | None, int]:
        """A topic linked with a sensitive problem is about it, whatever its lines say: it goes whole."""
        if self._sensitive.intersection(topic.problems):
            return None, 1
        headings, gone = [], 0
        for heading in topic.headings:
            items = tuple(item for item in heading.items if self._may_be_named(item.entry_id))
            gone += sum(item.entry_id in self._sensitive for item in heading.items)
            if items:
                headings.append(Heading(heading.title, items))
        return Topic(topic.title, tuple(headings), self._speakable(topic.problems)), gone

    def _speakable(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in ids if self._may_be_named(each))

    def _may_be_named(self, entry_id: str) -> bool:
        return entry_id not in self._sensitive and entry_id not in self._elsewhere

    def _is_sensitive(self, entry: Entry) -> bool:
        """Sensitive by its own code or by any code it carries, except that what holds parts loses only those parts."""
        if isinstance(entry, Consultation | Investigation | Observation):
            return self._is_coded_so(entry.what)
        return any(self._is_coded_so(code) for code in _codes(entry))

    def _is_coded_so(self, coded: Coded) -> bool:
        return coded.snomed in self._codes


def _codes(part: Any) -> Iterable[Coded]:
    """Every coded value anywhere in a piece of a record."""
    if isinstance(part, Coded):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _codes(each)
    elif is_dataclass(part) and not isinstance(part, type):
        for each in fields(part):
            yield from _codes(getattr(part, each.name))
