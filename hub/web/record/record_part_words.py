"""One part of a record by itself: consultations as they were written, results as tables, the rest as lines. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from hub.web.record.document_words import file_words, size_words, title_of
from hub.web.record.record_words import TITLES, Line, Opening, by_words, code_words, nothing_words, short
from records.trimming import Trimmed
from vocabulary.record_parts import (
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

_ANY_REPORT = frozenset({"721981007"})  # Diagnostic studies report: says nothing of what was examined
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
    panel: bool = False  # only the name of those below it


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
    about: str = ""  # what the reader should know of the list itself
    order: str = "newest first"
    came_along: bool = False  # not asked for by itself: what other parts brought along, so no complete list


Opens = Callable[[Document], Opening]


def part(
    trimmed: Trimmed,
    name: RecordSection,
    *,
    practice: str,
    today: date,
    phone: str = "",
    opens: Opens | None = None,
) -> Part:
    """The part of this name. What only came along with other parts is shown as that, never as a complete list. With
    `opens` documents lead to where they are opened."""
    section, home = trimmed.record.section(name), trimmed.record.practice_name
    entries = _newest(section.entries or section.linked)
    if name is RecordSection.DIARY:
        entries = _soonest(entries)
    if not entries:
        return Part(name, TITLES[name], nothing=nothing_words(trimmed, section, practice=practice))
    return Part(
        name,
        TITLES[name],
        encounters=tuple(
            _encounter(entry, entry.id in trimmed.cut, home) for entry in entries if isinstance(entry, Consultation)
        ),
        reports=tuple(
            _report(entry, entry.id in trimmed.cut, home) for entry in entries if isinstance(entry, Investigation)
        ),
        lines=tuple(
            replace(_line(entry, home, today), opens=_openings(entry, trimmed, opens))
            for entry in entries
            if not isinstance(entry, Consultation | Investigation)
        ),
        about=_about(name, entries, practice=practice, phone=phone, opens=opens is not None),
        order="soonest first" if name is RecordSection.DIARY else "newest first",
        came_along=not section.entries,
    )


def _openings(entry: Entry, trimmed: Trimmed, opens: Opens | None) -> tuple[Opening, ...]:
    """The ways to the documents of a line: its own, or the letters of a referral that are listed as well."""
    if opens is None:
        return ()
    if isinstance(entry, Document):
        return (opens(entry),)
    sent = (trimmed.record.entry(each) for each in entry.documents) if isinstance(entry, Referral) else ()
    return tuple(_letter(each, opens(each)) for each in sent if isinstance(each, Document))


def _letter(document: Document, opening: Opening) -> Opening:
    """One of several on a line: which one it is must be read before it is opened."""
    title, file = title_of(document), file_words(document.content_type)
    why_not = f"{opening.words[:1].lower()}{opening.words[1:]}"
    words = f"Open “{title}” ({file})" if opening.address else f"“{title}” ({file}): {why_not}"
    return replace(opening, words=words, which=short(document.date or document.recorded))


def _about(name: RecordSection, entries: Iterable[Entry], *, practice: str, phone: str, opens: bool) -> str:
    """What opening a document means, where the reader looks for a way to; or that it is listed and not opened."""
    ring = f"ring {practice}{f' on {phone}' if phone else ''}"
    if opens and name is RecordSection.DOCUMENTS:
        return _BEFORE_OPENING
    if opens and any(isinstance(entry, Referral) and entry.documents for entry in entries):
        return _BEFORE_OPENING
    if name is RecordSection.DOCUMENTS:
        return f"Documents are listed here; the hub cannot open them. If you need one, {ring}."
    if any(isinstance(entry, Referral) and entry.documents for entry in entries):
        return f"Letters of referrals are listed under Documents; the hub cannot open them. To read one, {ring}."
    return ""


_BEFORE_OPENING = (
    "The hub leaves out what is coded as sensitive. It cannot read a letter or a scan: open one only if you need it "
    "for this appointment. Each one you open is written down, and the patient’s practice can read that."
)


def _encounter(entry: Consultation, cut: bool, home: str) -> Encounter:
    at_home = entry.place.casefold() == home.casefold()
    return Encounter(
        when=short(entry.date),
        kind=entry.what.words,
        place="" if at_home or any(entry.place in author.words for author in entry.seen_by) else entry.place,
        people="; ".join(by_words(author, home) for author in entry.seen_by) or by_words(entry.recorded_by, home),
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


def _report(entry: Investigation, cut: bool, home: str) -> Report:
    specimens = "; ".join(
        ", ".join(
            part for part in (each.words, f"taken {short(each.collected)}" if each.collected else "", each.note) if part
        )
        for each in entry.specimens
    )
    title, code = _report_title(entry), code_words(entry.what)
    return Report(
        when=short(entry.date),
        what=title,
        code=", ".join(part for part in ("" if title == entry.what.words else entry.what.words, code) if part),
        results=tuple(_results(_listed(entry))),
        specimens=specimens,
        conclusion=entry.conclusion,
        note=entry.note,
        source="; ".join(by_words(author, home) for author in entry.performers) or by_words(entry.recorded_by, home),
        flag=_LABELS[entry.status],
        cut=cut,
    )


def _report_title(entry: Investigation) -> str:
    """What was examined: the names of its panels where the report's own name only says that it is a report."""
    panels = dict.fromkeys(each.what.words for each in entry.results if each.members)
    return ", ".join(panels) if panels and entry.what.snomed in _ANY_REPORT else entry.what.words


def _listed(entry: Investigation) -> tuple[Observation, ...]:
    """Its results; those of a single panel that the title names already, without saying the name again."""
    if len(entry.results) == 1 and entry.results[0].members and _report_title(entry) == entry.results[0].what.words:
        (only,) = entry.results
        bare = not (only.value or only.range or only.interpretation or only.note)
        return only.members if bare else entry.results
    return entry.results


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
            panel=bool(each.members) and not (each.value or each.range or each.interpretation),
        )
        yield from _results(each.members, depth + 1)


def _line(entry: Entry, home: str, today: date) -> Line:
    what = entry.what.words
    if isinstance(entry, Document) and entry.title:
        what = entry.title
    facts = tuple((label, words) for label, words in _facts(entry, home) if words)
    overdue = isinstance(entry, DiaryEntry) and entry.date is not None and entry.date.last_day < today
    return Line(
        what=what,
        code=code_words(entry.what),
        since=short(entry.date),
        facts=facts,
        note=entry.note,
        source=by_words(entry.recorded_by, home),
        flag=_LABELS[entry.status] or ("Overdue" if overdue else ""),
    )


def _facts(entry: Entry, home: str) -> Iterable[tuple[str, str]]:
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
            yield "By", by_words(entry.given_by, home)
        case Referral():
            yield "Urgency", entry.urgency
            yield "To", "; ".join(author.words for author in entry.to)
            yield "Specialty", entry.specialty
            yield "Description", entry.description
            number = len(entry.documents)
            yield "Letters", f"{number}, under Documents" if number else ""
        case Document():
            yield "Kind", entry.what.words if entry.title else ""
            yield "File", ", ".join(part for part in (file_words(entry.content_type), size_words(entry.size)) if part)
            yield "Filed", "" if short(entry.recorded) == short(entry.date) else short(entry.recorded)
        case DiaryEntry():
            yield "Noted", short(entry.recorded)
        case _:
            return


def _soonest(entries: Iterable[Entry]) -> list[Entry]:
    """What is due first comes first, so what is overdue; without a date it stands at the end."""
    return sorted(entries, key=lambda entry: entry.date.first_day if entry.date else date.max)


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    """Newest first; what has no date stands at the end, where it cannot pass for recent."""
    return sorted(entries, key=lambda entry: entry.date.first_day if entry.date else date.min, reverse=True)
