"""How much of a whole record an answer holds: the provider's side of a request's limits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from vocabulary.record_parts import (
    Allergy,
    Consultation,
    ConsultationItem,
    Entry,
    EntryStatus,
    Immunisation,
    Medication,
    Observation,
    Problem,
    RecordDate,
    RecordSection,
    Referral,
    Topic,
)
from vocabulary.records import NOTHING_RECORDED, DateRange, Record, RecordQuery, Section, SectionState


def select(record: Record, query: RecordQuery) -> Record:
    """The record as far as the query asks: sections not asked for only hold what the others bring along."""
    record = _without_dead_ends(record)
    chosen = {
        section.name: _limited(section, query) if _given_out(section, query) else () for section in record.sections
    }
    brought = _brought(record, chosen, query)
    return replace(record, sections=tuple(_section(each, query, chosen, brought) for each in record.sections))


def _without_dead_ends(record: Record) -> Record:
    """Consultations and problems name nothing that is switched off or withheld, not even in passing."""
    off = {section.name for section in record.sections if section.state is SectionState.SWITCHED_OFF}
    given = [section for section in record.sections if section.name not in off]
    known = {entry.id for section in given for entry in section.entries}
    return replace(
        record,
        sections=tuple(
            replace(section, entries=tuple(_cleaned(entry, known, off) for entry in section.entries))
            for section in record.sections
        ),
    )


def _cleaned(entry: Entry, known: set[str], off: set[RecordSection]) -> Entry:
    match entry:
        case Problem():
            return replace(entry, related=tuple(each for each in entry.related if each in known))
        case Referral():
            return replace(entry, documents=tuple(each for each in entry.documents if each in known))
        case Consultation():
            return replace(entry, topics=tuple(_cleaned_topic(topic, known, off) for topic in entry.topics))
        case _:
            return entry


def _cleaned_topic(topic: Topic, known: set[str], off: set[RecordSection]) -> Topic:
    headings = (replace(each, items=tuple(_cleaned_items(each.items, known, off))) for each in topic.headings)
    return Topic(
        topic.title,
        tuple(heading for heading in headings if heading.items),
        tuple(each for each in topic.problems if each in known),
    )


def _cleaned_items(
    items: Iterable[ConsultationItem], known: set[str], off: set[RecordSection]
) -> Iterator[ConsultationItem]:
    for item in items:
        if item.section in off:
            yield ConsultationItem(f"{str(item.section).capitalize()} items have been disabled")
        elif not item.entry_id or item.entry_id in known:
            yield item


def _given_out(section: Section, query: RecordQuery) -> bool:
    return section.name in query.sections and section.state is not SectionState.SWITCHED_OFF


def _section(
    section: Section, query: RecordQuery, chosen: dict[RecordSection, tuple[Entry, ...]], brought: set[str]
) -> Section:
    if section.state is SectionState.SWITCHED_OFF:
        return replace(section, entries=(), linked=(), not_shown=0)
    entries = chosen[section.name]
    own = {entry.id for entry in entries}
    if section.name is RecordSection.DOCUMENTS:
        return _documents(section, query, brought)
    linked = tuple(_trim(entry, query) for entry in section.entries if entry.id in brought - own)
    if section.name not in query.sections:
        asked = bool(linked and section.warnings)
        return replace(
            section,
            entries=(),
            linked=linked,
            state=SectionState.NOT_ASKED,
            words="",
            warnings=section.warnings if asked else (),
            host_note=section.host_note if asked else "",
            not_shown=0,
        )
    state = SectionState.PRESENT if entries else SectionState.EMPTY
    return replace(section, entries=entries, linked=linked, state=state, words="" if entries else NOTHING_RECORDED)


def _documents(section: Section, query: RecordQuery, brought: set[str]) -> Section:
    """Only what came along with something else: documents have no request of their own."""
    found = tuple(entry for entry in section.entries if entry.id in brought)
    if section.name not in query.sections:
        return replace(section, entries=(), linked=found, state=SectionState.NOT_ASKED, words="")
    state = SectionState.PRESENT if found else SectionState.EMPTY
    return replace(section, entries=found, state=state, words="" if found else NOTHING_RECORDED)


def _limited(section: Section, query: RecordQuery) -> tuple[Entry, ...]:
    keep = _LIMITS.get(section.name)
    entries = tuple(_trim(entry, query) for entry in section.entries if keep is None or keep(entry, query))
    if section.name is RecordSection.CONSULTATIONS and query.latest_consultations is not None:
        latest = sorted(entries, key=_when, reverse=True)[: query.latest_consultations]
        return tuple(latest)
    return entries


def _when(entry: Entry) -> tuple[str, str]:
    moment = entry.date.moment if entry.date else None
    return (entry.date.first_day.isoformat() if entry.date else "", moment.isoformat() if moment else "")


def _trim(entry: Entry, query: RecordQuery) -> Entry:
    if isinstance(entry, Medication) and not query.prescription_issues:
        return replace(entry, issues=())
    return entry


def _allergy(entry: Entry, query: RecordQuery) -> bool:
    return query.ended_allergies or not (isinstance(entry, Allergy) and entry.status is EntryStatus.RESOLVED)


def _medication(entry: Entry, query: RecordQuery) -> bool:
    ended = entry.ended if isinstance(entry, Medication) else None
    return query.medication_since is None or ended is None or ended.last_day >= query.medication_since


def _problem(entry: Entry, query: RecordQuery) -> bool:
    return query.active_problems is None or (entry.status is EntryStatus.ACTIVE) == query.active_problems


def _immunisation(entry: Entry, query: RecordQuery) -> bool:
    if isinstance(entry, Observation):  # a consent or dissent
        return query.immunisation_statuses is not False
    return bool(query.immunisations_not_given) or not (isinstance(entry, Immunisation) and not entry.given)


def _dated(field: str) -> Callable[[Entry, RecordQuery], bool]:
    def keep(entry: Entry, query: RecordQuery) -> bool:
        span: DateRange | None = getattr(query, field)
        return span is None or span.touches(entry.date)

    return keep


def _diary(entry: Entry, query: RecordQuery) -> bool:
    due: RecordDate | None = entry.date
    return query.diary_until is None or due is None or due.first_day <= query.diary_until


_LIMITS: dict[RecordSection, Callable[[Entry, RecordQuery], bool]] = {
    RecordSection.ALLERGIES: _allergy,
    RecordSection.MEDICATION: _medication,
    RecordSection.PROBLEMS: _problem,
    RecordSection.IMMUNISATIONS: _immunisation,
    RecordSection.CONSULTATIONS: _dated("consultations"),
    RecordSection.UNCATEGORISED: _dated("uncategorised"),
    RecordSection.INVESTIGATIONS: _dated("investigations"),
    RecordSection.REFERRALS: _dated("referrals"),
    RecordSection.DIARY: _diary,
    RecordSection.DOCUMENTS: lambda entry, query: False,  # only what is brought along
}


def _brought(record: Record, chosen: dict[RecordSection, tuple[Entry, ...]], query: RecordQuery) -> set[str]:
    """Ids of what comes along: the content of consultations and problems, documents of referrals, and the problems
    that are linked with anything that is given out."""
    found: set[str] = set()
    for entry in (each for entries in chosen.values() for each in entries):
        found.update(refers_to(entry))
    for entry in (each for section in record.sections for each in section.entries if each.id in found):
        if isinstance(entry, Referral):
            found.update(entry.documents)
    given = found | {entry.id for entries in chosen.values() for entry in entries}
    for problem in record.section(RecordSection.PROBLEMS).entries:
        if isinstance(problem, Problem) and given.intersection(problem.related):
            found.add(problem.id)
    return found


def refers_to(entry: Entry) -> Iterator[str]:
    """The ids of entries that this one's meaning rests on."""
    match entry:
        case Problem():
            yield from entry.related
        case Consultation():
            yield from contents(entry)
            yield from (problem for topic in entry.topics for problem in topic.problems)
        case Referral():
            yield from entry.documents


def contents(consultation: Consultation) -> Iterable[str]:
    """The ids of what stands in a consultation."""
    items = (item for topic in consultation.topics for heading in topic.headings for item in heading.items)
    return dict.fromkeys(item.entry_id for item in items if item.entry_id)
