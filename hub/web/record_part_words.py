"""One part of a record by itself: consultations as they were written, results as tables, the rest as lines. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hub.web.record_words import TITLES, Line, code_words, nothing_words, short
from records.trimming import Trimmed
from vocabulary.record_parts import (
    Author,
    Consultation,
    DiaryEntry,
    Document,
    Entry,
    EntryStatus,
    Hidden,
    Immunisation,
    Investigation,
    Observation,
    RecordSection,
    Referral,
)

_ORDINARY = frozenset({"normal", "n", "negative", "within normal limits", "within range"})
_LABELS = {
    EntryStatus.ACTIVE: "",
    EntryStatus.COMPLETED: "",
    EntryStatus.UNKNOWN: "",
    EntryStatus.INACTIVE: "Inactive",
    EntryStatus.STOPPED: "Stopped",
    EntryStatus.RESOLVED: "Resolved",
    EntryStatus.ENTERED_IN_ERROR: "Entered in error",
}


@dataclass(frozen=True, slots=True, repr=False)
class Passage(Hidden):
    """A heading of a consultation and what stands under it: words, and more about them."""

    title: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Encounter(Hidden):
    """One consultation: when, what kind, where, with whom, and topic by topic what was written."""

    when: str
    kind: str
    place: str
    people: str
    topics: tuple[tuple[str, tuple[Passage, ...]], ...]
    note: str = ""
    flag: str = ""
    cut: bool = False  # a part of it is left out


@dataclass(frozen=True, slots=True, repr=False)
class Result(Hidden):
    """One row of a report; `depth` says under how many groups it stands."""

    what: str
    code: str
    value: str
    range: str
    interpretation: str
    note: str
    depth: int = 0
    abnormal: bool = False  # the laboratory says so; nothing is worked out here


@dataclass(frozen=True, slots=True, repr=False)
class Report(Hidden):
    """One report with its results."""

    when: str
    what: str
    code: str
    results: tuple[Result, ...]
    specimens: str = ""
    conclusion: str = ""
    note: str = ""
    source: str = ""
    flag: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Part(Hidden):
    """A part of the record as its own page shows it; exactly one of the three kinds of content is filled."""

    section: RecordSection
    title: str
    encounters: tuple[Encounter, ...] = ()
    reports: tuple[Report, ...] = ()
    lines: tuple[Line, ...] = ()
    nothing: str = ""
    came_along: bool = False  # not asked for by itself: what other parts brought along, so no complete list


def part(trimmed: Trimmed, name: RecordSection, *, practice: str) -> Part:
    """The part of this name. What only came along with other parts is shown as that, never as a complete list."""
    section = trimmed.record.section(name)
    entries = _newest(section.entries or section.linked)
    if not entries:
        return Part(name, TITLES[name], nothing=nothing_words(trimmed, section, practice=practice))
    return Part(
        name,
        TITLES[name],
        encounters=tuple(
            _encounter(entry, entry.id in trimmed.cut) for entry in entries if isinstance(entry, Consultation)
        ),
        reports=tuple(_report(entry, entry.id in trimmed.cut) for entry in entries if isinstance(entry, Investigation)),
        lines=tuple(_line(entry) for entry in entries if not isinstance(entry, Consultation | Investigation)),
        came_along=not section.entries,
    )


def _encounter(entry: Consultation, cut: bool) -> Encounter:
    return Encounter(
        when=short(entry.date),
        kind=entry.what.words,
        place="" if any(entry.place in author.words for author in entry.seen_by) else entry.place,
        people="; ".join(author.words for author in entry.seen_by) or _by(entry.recorded_by),
        topics=tuple(
            (
                topic.title,
                tuple(
                    Passage(heading.title, tuple((item.words, item.detail) for item in heading.items))
                    for heading in topic.headings
                ),
            )
            for topic in entry.topics
        ),
        note=entry.note,
        flag=_LABELS[entry.status],
        cut=cut,
    )


def _report(entry: Investigation, cut: bool) -> Report:
    specimens = "; ".join(
        ", ".join(
            part for part in (each.words, f"taken {short(each.collected)}" if each.collected else "", each.note) if part
        )
        for each in entry.specimens
    )
    return Report(
        when=short(entry.date),
        what=entry.what.words,
        code=code_words(entry.what),
        results=tuple(_results(entry.results)),
        specimens=specimens,
        conclusion=entry.conclusion,
        note=entry.note,
        source="; ".join(author.words for author in entry.performers) or _by(entry.recorded_by),
        flag=_LABELS[entry.status],
        cut=cut,
    )


def _results(observations: Iterable[Observation], depth: int = 0) -> Iterable[Result]:
    for each in observations:
        yield Result(
            what=each.what.words,
            code=code_words(each.what),
            value=each.value,
            range=each.range,
            interpretation=each.interpretation,
            note=each.note,
            depth=depth,
            abnormal=bool(each.interpretation) and each.interpretation.casefold() not in _ORDINARY,
        )
        yield from _results(each.members, depth + 1)


def _line(entry: Entry) -> Line:
    what = entry.what.words
    if isinstance(entry, Document) and entry.title:
        what = entry.title
    facts = tuple((label, words) for label, words in _facts(entry) if words)
    return Line(
        what=what,
        code=code_words(entry.what),
        since=short(entry.date),
        facts=facts,
        note=entry.note,
        source=_by(entry.recorded_by),
        flag=_LABELS[entry.status],
    )


def _facts(entry: Entry) -> Iterable[tuple[str, str]]:
    match entry:
        case Observation():
            yield "Value", entry.value
            yield "Range", entry.range
            yield "Interpretation", entry.interpretation
            yield "Body site", entry.body_site
            for result in _results(entry.members):
                yield result.what, " ".join(part for part in (result.value, result.interpretation, result.note) if part)
        case Immunisation():
            yield "Given", "" if entry.given else "No"
            yield "Vaccine", entry.product
            yield "Dose", entry.dose
            yield "Batch", entry.batch
            yield "Expires", short(entry.expires)
            yield "Site", ", ".join(part for part in (entry.site, entry.route) if part)
            yield "Maker", entry.manufacturer
            yield "Reason", entry.reason
            yield "By", _by(entry.given_by)
        case Referral():
            yield "Urgency", entry.urgency
            yield "To", "; ".join(author.words for author in entry.to)
            yield "Specialty", entry.specialty
            yield "Description", entry.description
            yield "Documents", str(len(entry.documents)) if entry.documents else ""
        case Document():
            yield "Kind", entry.what.words if entry.title else ""
            yield "File", ", ".join(part for part in (entry.content_type, _size(entry.size)) if part)
            yield "Filed", short(entry.recorded)
        case DiaryEntry():
            yield "Noted", short(entry.recorded)
        case _:
            return


def _size(octets: int | None) -> str:
    if octets is None:
        return ""
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{max(1, round(octets / 1000))} kB"


def _by(author: Author | None) -> str:
    return author.words if author else ""


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    """Newest first; what has no date stands at the end, where it cannot pass for recent."""
    return sorted(entries, key=lambda entry: entry.date.first_day if entry.date else date.min, reverse=True)
