"""A record on the page: nothing of it lost, nothing missing read as nothing, what is over never shown as in force."""

import html
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import render_template

from connectors.mock.records.making import make_record
from gp_connect.structured import reader
from hub.web.record import record_part_words, record_timeline, record_words
from records.sensitive import SensitiveCodes
from records.trimming import Trimmed, trim
from tests.gp_connect.structured.examples import extract
from tests.hub.web.shop import Shop
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import (
    Allergy,
    Author,
    Coded,
    Consultation,
    ConsultationItem,
    DiaryEntry,
    Document,
    Entry,
    EntryStatus,
    Heading,
    Investigation,
    Medication,
    Observation,
    Problem,
    RecordDate,
    RecordSection,
    Referral,
    Topic,
)
from vocabulary.records import Record, Section, SectionState, WarningKind, empty_record

ALEX = Patient(NHSNumber.parse("9990000018"), "PRITCHARD", "Alex", date(1950, 2, 28))
NO_CODES = SensitiveCodes("2026-10", "a test", frozenset({"86406008"}))
EVERYTHING = frozenset(RecordSection)
PRACTICE = "Fallodon Way"
TODAY = date(2026, 11, 24)
EXAMPLES = sorted(file.stem for file in extract.FOLDER.glob("*.json"))


def with_section(name: RecordSection, **facts: Any) -> Record:
    return empty_record(ALEX, sections=[Section(name=name, **{"state": SectionState.PRESENT, **facts})])


def trimmed(record: Record) -> Trimmed:
    return trim(record, EVERYTHING, NO_CODES)


def page(shop: Shop, found: Trimmed, name: RecordSection | None = None) -> str:
    with shop.app.test_request_context("/"):
        made = render_template(
            "record.html",
            patient_line=SimpleNamespace(name="PRITCHARD, Alex", born="28 Feb 1950", nhs_number="999 000 0018"),
            practice=PRACTICE,
            fetched=datetime(2026, 11, 24, 19, 2, tzinfo=UTC),
            usual_gp="",
            because="Alex is booked here.",
            notices=record_words.notices(found, practice=PRACTICE),
            blocks=record_words.summary(found, practice=PRACTICE),
            drawing=record_timeline.timeline(found, today=TODAY) if name is None else None,
            part=record_part_words.part(found, name, practice=PRACTICE, today=TODAY) if name else None,
            parts=[],
        )
    return " ".join(html.unescape(made).split())


def every_page(shop: Shop, found: Trimmed) -> str:
    names = (None, *(name for name in RecordSection if name not in record_words.SUMMARY))
    return " ".join(page(shop, found, name) for name in names)


def words_of(entry: Any) -> Iterator[str]:
    """What was written by people: words, notes, values, doses and details, wherever they stand in an entry."""
    if isinstance(entry, tuple):
        for each in entry:
            yield from words_of(each)
    elif isinstance(entry, Coded):
        yield entry.words
    elif is_dataclass(entry) and not isinstance(entry, type):
        for each in fields(entry):
            value = getattr(entry, each.name)
            if isinstance(value, str):
                if each.name in _WRITTEN and value:
                    yield value
            else:
                yield from words_of(value)


_WRITTEN = {"words", "detail", "note", "value", "dosage", "instruction", "quantity", "conclusion", "title", "product"}
_WRITTEN |= {"batch", "dose", "description", "urgency", "reason", "interpretation", "range", "stopped_because"}


def lacks(shown: str, record: Record) -> list[str]:
    found: set[str] = set()
    for section in record.sections:
        for entry in section.entries:
            if isinstance(entry, Medication):  # its issues are summed up, not listed
                entry = replace(entry, issues=())
            found |= {" ".join(words.split()) for words in words_of(entry)}
    return sorted(words for words in found if words not in shown)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_published_example_is_shown_with_all_that_was_written(shop: Shop, name: str) -> None:
    record = reader.read(json.loads((extract.FOLDER / f"{name}.json").read_text(encoding="utf-8")), RecordSection)
    shown = every_page(shop, trimmed(record))
    assert lacks(shown, record) == []
    for section in record.sections:
        if section.not_shown:
            assert "could not be read by the hub" in shown
        for warning in section.warnings:
            assert warning.words in shown


def test_a_made_record_is_shown_with_all_that_was_written(shop: Shop) -> None:
    record = make_record(ALEX, host=OdsCode("Y90001"), practice_name=PRACTICE, today=date(2026, 3, 29))
    assert sum(len(section.entries) for section in record.sections) > 10
    assert lacks(every_page(shop, trimmed(record)), record) == []


@pytest.mark.parametrize("name", record_words.SUMMARY)
def test_only_an_empty_section_without_warning_reads_as_nothing_recorded(shop: Shop, name: RecordSection) -> None:
    verb = "is" if name is RecordSection.MEDICATION else "are"
    recorded = f"{PRACTICE} says that no {record_words.TITLES[name].lower()} {verb} recorded."
    assert recorded in page(shop, trimmed(with_section(name, state=SectionState.EMPTY)))
    for facts in (
        {"state": SectionState.SWITCHED_OFF, "words": "It is switched off."},
        {"state": SectionState.NOT_ANSWERED},
        {"state": SectionState.EMPTY, "warnings": (WarningKind.CONFIDENTIAL,)},
        {"state": SectionState.EMPTY, "not_shown": 2},
    ):
        shown = page(shop, trimmed(with_section(name, **facts)))
        assert recorded not in shown and "does not mean that nothing is recorded" in shown, facts
        assert "Not everything is shown" in shown
    assert recorded not in page(shop, trim(with_section(name), EVERYTHING - {name}, NO_CODES))


def test_a_warning_of_every_part_is_said_once_and_that_of_one_part_stands_by_itself() -> None:
    transit, confidential = WarningKind.IN_TRANSIT, WarningKind.CONFIDENTIAL
    names = (RecordSection.PROBLEMS, RecordSection.MEDICATION, RecordSection.ALLERGIES)

    def told(*warnings: tuple[WarningKind, ...]) -> dict[str, tuple[str, ...]]:
        asked = dict(zip(names, warnings, strict=False))
        sections = [
            Section(
                name=name,
                state=SectionState.EMPTY if name in asked else SectionState.NOT_ASKED,
                warnings=asked.get(name, ()),
            )
            for name in RecordSection
        ]
        found = record_words.notices(trimmed(empty_record(ALEX, sections=sections)), practice=PRACTICE)
        return {notice.about: notice.words for notice in found}

    assert told((transit,), (transit, confidential)) == {
        "Every part that came": (transit.words,),
        "Medication": (confidential.words,),
    }
    assert set(told((transit,), (transit,), ())) == {"Problems", "Medication"}
    other = WarningKind.OTHER
    assert set(told((other,), (other,))) == {"Problems", "Medication"}, "each has words of its own"


def test_what_the_hub_leaves_out_is_counted_where_it_would_have_stood(shop: Shop) -> None:
    record = with_section(RecordSection.PROBLEMS, entries=(Problem(id="p1", what=Coded("Secret", "86406008")),))
    shown = page(shop, trimmed(record))
    assert "Secret" not in shown and "86406008" not in shown
    assert "1 item on the list of sensitive codes (edition 2026-10) is left out. Ask the patient." in shown
    assert "says that no problems" not in shown


def test_a_consultation_that_lost_a_part_does_not_say_that_nothing_was_written(shop: Shop) -> None:
    topic = Topic("About it", (Heading("History", (ConsultationItem("Feverish"),)),), ("p1",))
    visit = Consultation(id="c1", what=Coded("Surgery visit"), topics=(topic,))
    record = empty_record(
        ALEX,
        sections=[
            Section(
                name=RecordSection.PROBLEMS,
                state=SectionState.PRESENT,
                entries=(Problem(id="p1", what=Coded("Secret", "86406008")),),
            ),
            Section(name=RecordSection.CONSULTATIONS, state=SectionState.PRESENT, entries=(visit,)),
        ],
    )
    shown = page(shop, trimmed(record), RecordSection.CONSULTATIONS)
    assert "A part of this consultation is left out" in shown and "Feverish" not in shown
    assert "No text came" not in shown


@pytest.mark.parametrize(
    ("entry", "group"),
    [
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.ACTIVE, significant=True), "Active, major"),
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.ACTIVE, significant=False), "Active, minor"),
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.ACTIVE), "Active, major"),
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.UNKNOWN), "Active, major"),
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.INACTIVE), "Past"),
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.UNKNOWN, ended=RecordDate(2019)), "Past"),
        (Problem(id="1", what=Coded("Asthma"), status=EntryStatus.ENTERED_IN_ERROR), "Past"),
        (Allergy(id="1", what=Coded("Penicillin"), status=EntryStatus.ACTIVE), "In force"),
        (Allergy(id="1", what=Coded("Penicillin"), status=EntryStatus.UNKNOWN), "In force"),
        (Allergy(id="1", what=Coded("Penicillin"), status=EntryStatus.RESOLVED), "Ended"),
        (Medication(id="1", what=Coded("Ramipril"), status=EntryStatus.ACTIVE), "Acute"),
        (Medication(id="1", what=Coded("Ramipril"), status=EntryStatus.UNKNOWN), "Acute"),
        (Medication(id="1", what=Coded("Ramipril"), status=EntryStatus.STOPPED), "Past"),
        (Medication(id="1", what=Coded("Ramipril"), status=EntryStatus.COMPLETED), "Past"),
    ],
)
def test_what_is_over_stands_apart_and_what_nobody_said_counts_as_in_force(entry: Entry, group: str) -> None:
    """The cautious reading: an allergy whose status is not said is one."""
    name = {Problem: RecordSection.PROBLEMS, Allergy: RecordSection.ALLERGIES, Medication: RecordSection.MEDICATION}
    found = trimmed(with_section(name[type(entry)], entries=(entry,)))
    blocks = {block.section: block for block in record_words.summary(found, practice=PRACTICE)}
    (only,) = blocks[name[type(entry)]].groups
    assert only.title == group and only.folded is (group in ("Past", "Ended"))
    assert bool(only.lines[0].flag) is (entry.status in (EntryStatus.UNKNOWN, EntryStatus.ENTERED_IN_ERROR))


def test_what_only_came_along_is_no_complete_list(shop: Shop) -> None:
    section = {"state": SectionState.NOT_ASKED, "linked": (Problem(id="p", what=Coded("Asthma")),)}
    found = trimmed(with_section(RecordSection.UNCATEGORISED, **section))
    shown = page(shop, found, RecordSection.UNCATEGORISED)
    assert "Asthma" in shown and "The list is not complete" in shown


def test_a_name_or_a_note_cannot_bring_markup_in(shop: Shop) -> None:
    entry = Problem(id="1", what=Coded("<b>Asthma</b>"), note="<script>alert(1)</script>", status=EntryStatus.ACTIVE)
    found = trimmed(with_section(RecordSection.PROBLEMS, entries=(entry,)))
    with shop.app.test_request_context("/"):
        made = render_template(
            "record.html",
            blocks=record_words.summary(found, practice="<i>Practice</i>"),
            practice="<i>Practice</i>",
            fetched=datetime(2026, 11, 24, 19, 2, tzinfo=UTC),
            parts=[],
        )
    assert "<b>Asthma" not in made and "<script>alert" not in made and "<i>Practice" not in made


def test_nothing_of_it_is_printed_by_accident() -> None:
    found = trimmed(with_section(RecordSection.PROBLEMS, entries=(Problem(id="1", what=Coded("Asthma")),)))
    for made in (record_words.summary(found, practice=PRACTICE), record_words.notices(found, practice=PRACTICE)):
        assert "Asthma" not in repr(made)
    assert "Asthma" not in repr(record_part_words.part(found, RecordSection.PROBLEMS, practice=PRACTICE, today=TODAY))


def test_that_there_is_no_allergy_does_not_look_like_one(shop: Shop) -> None:
    entries = (
        Allergy(id="1", what=Coded("No known allergy", "716186003"), status=EntryStatus.ACTIVE),
        Allergy(id="2", what=Coded("Penicillin"), status=EntryStatus.ACTIVE),
    )
    found = trimmed(with_section(RecordSection.ALLERGIES, entries=entries))
    groups = {group.title: group for group in record_words.summary(found, practice=PRACTICE)[0].groups}
    assert [line.what for line in groups["In force"].lines] == ["Penicillin"]
    assert [line.what for line in groups[record_words.RECORDED_NONE].lines] == ["No known allergy"]
    assert "rec-table--none" in page(shop, found)


@pytest.mark.parametrize(("said", "marked"), [("Low", True), ("Abnormal", True), ("Normal", False), ("", False)])
def test_a_result_that_the_laboratory_calls_abnormal_stands_out(shop: Shop, said: str, marked: bool) -> None:
    result = Observation(id="o", what=Coded("MCV"), value="78 fL", range="80 to 100", interpretation=said)
    report = Investigation(id="i", what=Coded("Blood count"), results=(result,))
    found = trimmed(with_section(RecordSection.INVESTIGATIONS, entries=(report,)))
    assert ("rec-abnormal" in page(shop, found, RecordSection.INVESTIGATIONS)) is marked


# --- Parts by themselves.


def part_of(name: RecordSection, *entries: Entry, home: str = "", phone: str = "") -> record_part_words.Part:
    record = replace(with_section(name, entries=entries), practice_name=home)
    return record_part_words.part(trimmed(record), name, practice=PRACTICE, today=TODAY, phone=phone)


def test_what_is_due_first_stands_first_and_what_is_overdue_says_so(shop: Shop) -> None:
    days = {"Check": date(2027, 2, 20), "Bloods": date(2026, 12, 1), "Recall": date(2026, 11, 1)}
    entries = [DiaryEntry(id=words, what=Coded(words), date=RecordDate.of(day)) for words, day in days.items()]
    part = part_of(RecordSection.DIARY, DiaryEntry(id="x", what=Coded("Some day")), *entries)
    assert [(line.what, line.flag) for line in part.lines] == [
        ("Recall", "Overdue"),
        ("Bloods", ""),
        ("Check", ""),
        ("Some day", ""),
    ]
    found = trimmed(with_section(RecordSection.DIARY, entries=tuple(entries)))
    assert "Diary, soonest first" in page(shop, found, RecordSection.DIARY)


def test_a_month_is_overdue_only_when_it_is_over() -> None:
    part = part_of(RecordSection.DIARY, DiaryEntry(id="1", what=Coded("Recall"), date=RecordDate(2026, 11)))
    assert part.lines[0].flag == ""


def test_documents_are_listed_and_said_to_be_elsewhere() -> None:
    letter = Document(id="d", what=Coded("Letter"), title="To the clinic", content_type="application/pdf", size=250_000)
    part = part_of(RecordSection.DOCUMENTS, letter, phone="0117 496 0101")
    assert part.about.endswith("the hub cannot open them. If you need one, ring Fallodon Way on 0117 496 0101.")
    assert dict(part.lines[0].facts) == {"Kind": "Letter", "File": "PDF, 250 kB"}
    with_letter = Referral(id="r", what=Coded("Physiotherapy"), documents=("d",))
    assert "listed under Documents" in part_of(RecordSection.REFERRALS, with_letter).about
    assert part_of(RecordSection.REFERRALS, replace(with_letter, documents=())).about == ""


def test_a_report_is_called_by_what_was_examined() -> None:
    names = ("Full blood count", "Liver function")
    panels = tuple(
        Observation(id=name, what=Coded(name), members=(Observation(id=f"{name}1", what=Coded("One"), value="1"),))
        for name in names
    )
    report = Investigation(id="i", what=Coded("Diagnostic studies report", "721981007"), results=panels)
    (both,) = part_of(RecordSection.INVESTIGATIONS, report).reports
    assert both.what == "Full blood count, Liver function" and both.code.startswith("Diagnostic studies report, SNOMED")
    assert [(row.what, row.panel) for row in both.results] == [
        ("Full blood count", True),
        ("One", False),
        ("Liver function", True),
        ("One", False),
    ]
    (only,) = part_of(RecordSection.INVESTIGATIONS, replace(report, results=panels[:1])).reports
    assert only.what == "Full blood count" and [row.what for row in only.results] == ["One"], "not said twice"
    named = replace(report, what=Coded("Histology", "1"), results=panels[:1])
    assert part_of(RecordSection.INVESTIGATIONS, named).reports[0].what == "Histology"


@pytest.mark.parametrize(
    ("author", "words"),
    [
        (Author("Dr Dunmore", "General Medical Practitioner", organisation="Beechwood Surgery"), "Dr Dunmore"),
        (Author("Sister Ash", "Nurse", organisation="BEECHWOOD SURGERY"), "Sister Ash, Nurse"),
        (Author("Dr Hollins", "Consultant", organisation="Hospital"), "Dr Hollins, Consultant, Hospital"),
        (Author("", organisation="Beechwood Surgery"), "Beechwood Surgery"),
        (None, ""),
    ],
)
def test_who_recorded_it_is_said_without_what_holds_for_all(author: Author | None, words: str) -> None:
    assert record_words.by_words(author, "Beechwood Surgery") == words
