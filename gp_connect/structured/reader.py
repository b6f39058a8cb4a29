"""A Bundle read as a Record: what was listed for each section, what came along, what is missing, what is not shown."""

from collections.abc import Iterable

from gp_connect import patients
from gp_connect.elements import Resource, Unreadable, child, children, expect, text
from gp_connect.structured.entries import Entries
from gp_connect.structured.lists import Listed, read_lists
from gp_connect.structured.notices import Notices, read_notices
from gp_connect.structured.shelf import Shelf
from vocabulary.record_parts import Author, Entry, Observation, RecordSection
from vocabulary.records import NOTHING_RECORDED, Record, Section, SectionState

_SWITCHED_OFF = "The practice's system does not give out this part of the record, or the practice has switched it off."
_NOT_ANSWERED = "The practice's system said nothing about this part of the record. It may hold entries all the same."
# Resources that hold no entry of their own: people, places, products, and parts of other entries.
_NO_ENTRIES = frozenset(
    {
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Location",
        "HealthcareService",
        "RelatedPerson",
        "Device",
        "Medication",
        "Specimen",
        "List",
        "OperationOutcome",
        "Binary",
    }
)


def read(bundle: Resource, asked: Iterable[RecordSection]) -> Record:
    """The record in a bundle. Raises Unreadable when it is no bundle, not whole, or not about exactly one patient."""
    expect(bundle, "Bundle")
    if any(text(link, "relation") == "next" for link in children(bundle, "link")):
        raise Unreadable("the bundle is one page of several, so it is not the whole answer")
    shelf = Shelf(bundle)
    people = shelf.of_type("Patient")
    if len(people) != 1:
        raise Unreadable("a structured record must be about exactly one patient")
    patient = patients.read(people[0])
    listed, notices = read_lists(shelf), read_notices(shelf)
    reading = _Reading(shelf, listed, notices, frozenset(asked))
    return Record(
        patient=patient,
        sections=tuple(reading.section(name) for name in RecordSection),
        practice_name=_practice(people[0], shelf),
        usual_gp=_usual_gp(people[0], shelf),
        warnings=notices.general,
        not_shown=shelf.unusable + reading.foreign,
    )


class _Reading:
    def __init__(self, shelf: Shelf, listed: Listed, notices: Notices, asked: frozenset[RecordSection]) -> None:
        self._listed, self._notices, self._asked = listed, notices, asked
        self._entries = Entries(shelf)
        self._by_section: dict[RecordSection, list[Resource]] = {name: [] for name in RecordSection}
        self.foreign = 0
        placed = {id(found) for primary in listed.primary.values() for found in primary.resources}
        for resource in shelf.everything():
            if id(resource) in placed or resource["resourceType"] in _NO_ENTRIES or self._entries.is_part(resource):
                continue
            section = self._entries.section_of(resource)
            if section is None:
                self.foreign += 1
            else:
                self._by_section[section].append(resource)

    def section(self, name: RecordSection) -> Section:
        primary = self._listed.primary.get(name)
        others = self._by_section[name]
        own = primary.resources if primary else others if name in self._asked else []
        beside = others if primary or name not in self._asked else []
        entries, missed = self._read(own)
        linked, missed_too = self._read(beside)
        if name not in self._asked:  # such as the List of ended allergies that a problem leads to
            entries, linked = (), (*entries, *linked)
        missed += missed_too + (primary.dangling if primary else 0)
        if name is RecordSection.CONSULTATIONS:
            missed += self._entries.trees.missed
        if name is RecordSection.INVESTIGATIONS:
            missed += self._entries.missed_results
        state = self._state(name, answered=primary is not None, any_entries=bool(entries))
        return Section(
            name=name,
            state=state,
            entries=entries,
            linked=_beyond(linked, entries),
            warnings=self._listed.warnings(name),
            host_note=self._listed.note(name),
            words=self._words(name, state),
            not_shown=missed,
        )

    def _read(self, resources: list[Resource]) -> tuple[tuple[Entry, ...], int]:
        found: dict[int, Entry] = {}
        missed = 0
        for resource in resources:
            try:
                head = self._entries.head(resource)
                found.setdefault(id(head), self._entries.read(head))
            except Unreadable:
                missed += 1
        return _without_members(tuple(found.values())), missed

    def _state(self, name: RecordSection, *, answered: bool, any_entries: bool) -> SectionState:
        if name in self._notices.off:
            return SectionState.SWITCHED_OFF
        if name not in self._asked:
            return SectionState.NOT_ASKED
        if any_entries:
            return SectionState.PRESENT
        # Documents have no List of their own: they come along with other sections, or there are none.
        if answered or name is RecordSection.DOCUMENTS:
            return SectionState.EMPTY
        return SectionState.NOT_ANSWERED

    def _words(self, name: RecordSection, state: SectionState) -> str:
        match state:
            case SectionState.SWITCHED_OFF:
                return _SWITCHED_OFF
            case SectionState.NOT_ANSWERED:
                return _NOT_ANSWERED
            case SectionState.EMPTY:
                return NOTHING_RECORDED
            case _:
                return ""


def _without_members(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Observations that are shown under another of the same section stand there only."""
    inner: set[str] = set()
    for entry in entries:
        if isinstance(entry, Observation) and entry.id not in inner:
            inner |= ids_under(entry)
    return tuple(entry for entry in entries if entry.id not in inner)


def ids_under(observation: Observation) -> set[str]:
    """The ids of everything below an observation."""
    found = {member.id for member in observation.members if member.id}
    return found.union(*(ids_under(member) for member in observation.members)) - {observation.id}


def _beyond(linked: tuple[Entry, ...], entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    known = {entry.id for entry in entries}
    return tuple(entry for entry in linked if entry.id not in known)


def _practice(patient: Resource, shelf: Shelf) -> str:
    return shelf.organisation_name(child(patient, "managingOrganization"))


def _usual_gp(patient: Resource, shelf: Shelf) -> Author | None:
    found = (shelf.author(each) for each in children(patient, "generalPractitioner"))
    return next((who for who in found if who is not None and who.name), None)
