"""A record as the summary page shows it: what stands now first, what is over apart, what is missing before all.

Pure. Nothing here is kept: the values live as long as one request, print as nothing and cannot be pickled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from records.trimming import LeftOut, Trimmed
from vocabulary.record_parts import (
    MONTHS,
    Allergy,
    Author,
    Coded,
    Entry,
    EntryStatus,
    Hidden,
    Medication,
    MedicationKind,
    Problem,
    RecordDate,
    RecordSection,
)
from vocabulary.records import Record, Section, SectionState, WarningKind

_E = TypeVar("_E", bound=Entry)
TITLES = {
    RecordSection.PROBLEMS: "Problems",
    RecordSection.MEDICATION: "Medication",
    RecordSection.ALLERGIES: "Allergies",
    RecordSection.CONSULTATIONS: "Consultations",
    RecordSection.INVESTIGATIONS: "Results",
    RecordSection.IMMUNISATIONS: "Immunisations",
    RecordSection.REFERRALS: "Referrals",
    RecordSection.UNCATEGORISED: "Other entries",
    RecordSection.DIARY: "Diary",
    RecordSection.DOCUMENTS: "Documents",
}
_ONE = (RecordSection.MEDICATION, RecordSection.DIARY)  # titles in the singular
SUMMARY = (RecordSection.ALLERGIES, RecordSection.PROBLEMS, RecordSection.MEDICATION)
NOT_NOTHING = "This does not mean that nothing is recorded."
_OVER = frozenset(
    {
        EntryStatus.INACTIVE,
        EntryStatus.RESOLVED,
        EntryStatus.STOPPED,
        EntryStatus.COMPLETED,
        EntryStatus.ENTERED_IN_ERROR,
    }
)
RECORDED_NONE = "Recorded that there is none"
_NO_ALLERGY = frozenset(
    {
        "716186003",  # No known allergy
        "409137002",  # No known drug allergy
        "429625007",  # No known food allergy
        "428607008",  # No known environmental allergy
        "1003774007",  # No known latex allergy
    }
)
_GP = frozenset({"general medical practitioner", "general practitioner", "gp"})
_KINDS = {
    MedicationKind.ACUTE: "Acute",
    MedicationKind.REPEAT: "Repeat",
    MedicationKind.REPEAT_DISPENSING: "Repeat dispensing",
    MedicationKind.UNKNOWN: "",
}


@dataclass(frozen=True, slots=True, repr=False)
class Notice(Hidden):
    """Something missing, or said to be perhaps missing: which part it is about, and what is known of it."""

    about: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Opening(Hidden):
    """The way to a document: what the link says, where it leads, and to which one; without an address why not."""

    words: str
    address: str = ""
    which: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Line(Hidden):
    """One entry: what it is, its code, when, what else is said of it (label and words), and who recorded it."""

    what: str
    code: str
    since: str
    until: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    note: str = ""
    source: str = ""
    flag: str = ""  # such as "Status not said": never silently taken for active
    opens: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Group(Hidden):
    """Lines of one kind under a title."""

    title: str
    lines: tuple[Line, ...]
    folded: bool = False  # what is over: there, but not in the way


@dataclass(frozen=True, slots=True, repr=False)
class Block(Hidden):
    """A section on the page: its groups, or a sentence why there are none."""

    section: RecordSection
    title: str
    groups: tuple[Group, ...]
    nothing: str = ""


def notices(trimmed: Trimmed, *, practice: str) -> tuple[Notice, ...]:
    """Everything that the reader must know is missing before they read: of the whole first, then section by section."""
    record = trimmed.record
    whole = list(record.warnings)
    if record.not_shown:
        whole.append(_unreadable(record.not_shown))
    found = [Notice("The whole record", tuple(dict.fromkeys(whole)))] if whole else []
    common = _said_of_all(record)
    if common:
        found.append(Notice("Every part that came", tuple(kind.words for kind in common)))
    for section in record.sections:
        words = tuple(dict.fromkeys(_missing(trimmed, section, practice, common)))
        if words:
            found.append(Notice(TITLES[section.name], words))
    return tuple(found)


def _said_of_all(record: Record) -> tuple[WarningKind, ...]:
    """Warnings that stand at every part of several: they are said once, so that those of one part stand out."""
    came = [
        each for each in record.sections if each.warnings or each.state in (SectionState.PRESENT, SectionState.EMPTY)
    ]
    shared = set(WarningKind).intersection(*(each.warnings for each in came)) - {WarningKind.OTHER}
    return tuple(kind for kind in WarningKind if kind in shared) if len(came) > 1 else ()


def _missing(trimmed: Trimmed, section: Section, practice: str, said_already: tuple[WarningKind, ...]) -> Iterable[str]:
    for warning in section.warnings:
        if warning in said_already:
            continue
        own = section.host_note if warning is WarningKind.OTHER else ""
        yield f"{warning.words} {practice} adds: “{own}”" if own else warning.words
    for omission in trimmed.omissions:
        if omission.section is not section.name:
            continue
        if omission.why is LeftOut.NOT_COVERED:
            yield f"Not shown: {omission.why.words}. {NOT_NOTHING}"
        elif omission.items:
            one = omission.items == 1
            yield (
                f"{omission.items} {'item' if one else 'items'} {omission.why.words} (edition "
                f"{trimmed.sensitive_version}) {'is' if one else 'are'} left out. Ask the patient."
            )
    if section.not_shown:
        yield _unreadable(section.not_shown)
    if section.state in (SectionState.SWITCHED_OFF, SectionState.NOT_ANSWERED):
        yield f"Not supplied by {practice}. {section.words} {NOT_NOTHING}".replace("  ", " ")


def summary(trimmed: Trimmed, *, practice: str) -> tuple[Block, ...]:
    """Allergies, problems and medication: what a clinician reads before the patient has sat down."""
    record = trimmed.record
    return (
        _block(trimmed, RecordSection.ALLERGIES, _allergies(record), practice),
        _block(trimmed, RecordSection.PROBLEMS, _problems(record), practice),
        _block(trimmed, RecordSection.MEDICATION, _medication(record), practice),
    )


def nothing_words(trimmed: Trimmed, section: Section, *, practice: str) -> str:
    """Why a section shows no entries. Only an empty one without any warning may read as “nothing recorded”."""
    name = TITLES[section.name].lower()
    left_out = any(omission.section is section.name for omission in trimmed.omissions)
    if section.state in (SectionState.SWITCHED_OFF, SectionState.NOT_ANSWERED, SectionState.NOT_ASKED):
        return f"{TITLES[section.name]}: NOT SUPPLIED. {section.words} {NOT_NOTHING}".replace("  ", " ")
    if left_out or section.warnings or section.not_shown:
        return f"No {name} in what may be shown here: some are missing, see above. {NOT_NOTHING}"
    return f"{practice} says that no {name} {'is' if section.name in _ONE else 'are'} recorded."


def _block(trimmed: Trimmed, name: RecordSection, groups: Iterable[Group], practice: str) -> Block:
    filled = tuple(group for group in groups if group.lines)
    section = trimmed.record.section(name)
    nothing = "" if filled else nothing_words(trimmed, section, practice=practice)
    return Block(name, TITLES[name], filled, nothing)


def _problems(record: Record) -> Iterable[Group]:
    found = [entry for entry in record.section(RecordSection.PROBLEMS).entries if isinstance(entry, Problem)]
    now = [problem for problem in found if not _is_over(problem.status, problem.ended)]
    over = [problem for problem in found if _is_over(problem.status, problem.ended)]
    home = record.practice_name
    yield Group("Active, major", tuple(_problem(each, home) for each in _newest(now) if each.significant is not False))
    yield Group("Active, minor", tuple(_problem(each, home) for each in _newest(now) if each.significant is False))
    yield Group("Past", tuple(_problem(each, home) for each in _newest(over)), folded=True)


def _problem(problem: Problem, home: str) -> Line:
    return Line(
        what=problem.what.words,
        code=code_words(problem.what),
        since=short(problem.date),
        until=short(problem.ended),
        note=problem.note,
        source=by_words(problem.recorded_by, home),
        flag=_flag(problem.status),
    )


def _medication(record: Record) -> Iterable[Group]:
    found = [entry for entry in record.section(RecordSection.MEDICATION).entries if isinstance(entry, Medication)]
    now = [medicine for medicine in found if not _is_over(medicine.status, None)]
    over = [medicine for medicine in found if _is_over(medicine.status, None)]
    repeats = [each for each in now if each.kind in (MedicationKind.REPEAT, MedicationKind.REPEAT_DISPENSING)]
    others = [each for each in now if each not in repeats]
    home, by_name = record.practice_name, sorted(repeats, key=lambda each: each.what.words.casefold())
    yield Group("Repeat", tuple(_medicine(each, home) for each in by_name))
    yield Group("Acute", tuple(_medicine(each, home) for each in _newest(others)))
    yield Group("Past", tuple(_medicine(each, home) for each in _newest(over)), folded=True)


def _medicine(medicine: Medication, home: str) -> Line:
    issues = ""
    if medicine.issues_made is not None:
        issues = str(medicine.issues_made)
        issues += f" of {medicine.issues_allowed}" if medicine.issues_allowed is not None else ""
    facts = (
        ("Dose", medicine.dosage),
        ("For the patient", medicine.instruction),
        ("Quantity", medicine.quantity),
        ("Kind", _KINDS[medicine.kind]),
        ("Last issued", short(medicine.last_issued)),
        ("Issues", issues),
        ("Review due", short(medicine.review_due)),
        ("Stopped because", medicine.stopped_because),
        ("Prescribed", "elsewhere" if medicine.prescribed_elsewhere else ""),
    )
    return Line(
        what=medicine.what.words,
        code=code_words(medicine.what),
        since=short(medicine.date),
        until=short(medicine.ended),
        facts=tuple((label, words) for label, words in facts if words),
        note=medicine.note,
        source=by_words(medicine.recorded_by, home),
        flag=_flag(medicine.status),
    )


def _allergies(record: Record) -> Iterable[Group]:
    found = [entry for entry in record.section(RecordSection.ALLERGIES).entries if isinstance(entry, Allergy)]
    now = [allergy for allergy in found if not _is_over(allergy.status, allergy.ended) and not _is_none(allergy)]
    none = [allergy for allergy in found if not _is_over(allergy.status, allergy.ended) and _is_none(allergy)]
    over = [allergy for allergy in found if _is_over(allergy.status, allergy.ended)]
    home = record.practice_name
    yield Group("In force", tuple(_allergy(each, home) for each in _newest(now)))
    yield Group(RECORDED_NONE, tuple(_allergy(each, home) for each in _newest(none)))
    yield Group("Ended", tuple(_allergy(each, home) for each in _newest(over)), folded=True)


def _is_none(allergy: Allergy) -> bool:
    """Somebody asked and was told that there is none: the opposite of an allergy, and must not look like one."""
    return allergy.what.snomed in _NO_ALLERGY


def _allergy(allergy: Allergy, home: str) -> Line:
    reactions = "; ".join(
        ", ".join(part for part in (", ".join(each.manifestations), each.severity, each.route, each.note) if part)
        for each in allergy.reactions
    )
    facts = (
        ("Reaction", reactions),
        ("Kind", ", ".join(allergy.categories)),
        ("Criticality", allergy.criticality),
        ("Ended because", allergy.ended_because),
    )
    return Line(
        what=allergy.what.words,
        code=code_words(allergy.what),
        since=short(allergy.date),
        until=short(allergy.ended),
        facts=tuple((label, words) for label, words in facts if words),
        note=allergy.note,
        source=by_words(allergy.recorded_by, home),
        flag=_flag(allergy.status),
    )


def by_words(author: Author | None, home: str) -> str:
    """Who recorded it, without what the head of the page says for all: the practice, and that its doctors are GPs."""
    if author is None:
        return ""
    taken_for_granted = author.role.casefold() in _GP and author.name.startswith("Dr ")
    where = "" if author.name and author.organisation.casefold() == home.casefold() else author.organisation
    return ", ".join(part for part in (author.name, "" if taken_for_granted else author.role, where) if part)


def short(when: RecordDate | None) -> str:
    """28 Mar 2019, Mar 2019, 2019, or nothing."""
    if when is None:
        return ""
    if not when.year:
        return when.words
    month = MONTHS[when.month][:3] if when.month else ""
    return " ".join(part for part in (str(when.day) if when.day else "", month, str(when.year)) if part)


def code_words(what: Coded) -> str:
    """The code, with its own term where the recorder's words say something else."""
    if not what.snomed:
        return ""
    return f"SNOMED CT {what.snomed}" + (f", {what.term}" if what.term and what.term != what.words else "")


def _newest(entries: Iterable[_E]) -> list[_E]:
    return sorted(entries, key=lambda entry: entry.date.first_day if entry.date else date.min, reverse=True)


def _is_over(status: EntryStatus, ended: RecordDate | None) -> bool:
    """Over only where the record says so; an end in words of its own is taken for one."""
    return status in _OVER or (ended is not None and status is not EntryStatus.ACTIVE)


def _flag(status: EntryStatus) -> str:
    if status is EntryStatus.ENTERED_IN_ERROR:
        return "Entered in error"
    return "Status not said" if status is EntryStatus.UNKNOWN else ""


def _unreadable(number: int) -> str:
    return f"{number} {'item' if number == 1 else 'items'} could not be read by the hub and are not shown."
