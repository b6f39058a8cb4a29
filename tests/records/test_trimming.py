"""What one look may show: nothing sensitive anywhere, nothing outside the covered sections, and every omission said."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mock.records.making import make_record
from records.sensitive import SensitiveCodes
from records.trimming import LeftOut, Trimmed, trim
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import (
    Coded,
    Consultation,
    ConsultationItem,
    Document,
    Entry,
    Heading,
    Investigation,
    Medication,
    Observation,
    Problem,
    RecordSection,
    Referral,
    Topic,
)
from vocabulary.records import Record, Section, SectionState, empty_record

ALEX = Patient(NHSNumber.parse("9990000018"), "PRITCHARD", "Alex", date(1950, 2, 28))
EVERYTHING = frozenset(RecordSection)
SECRET, PLAIN = Coded("Zanzibar fever", "86406008"), Coded("Asthma", "195967001")
LIST = SensitiveCodes("2026-10", "a test", frozenset({SECRET.snomed}))


def record(**sections: tuple[Entry, ...]) -> Record:
    return empty_record(
        ALEX,
        sections=[
            Section(name=RecordSection(name), state=SectionState.PRESENT, entries=entries)
            for name, entries in sections.items()
        ],
    )


def texts(part: Any) -> Iterator[str]:
    """Every text anywhere in a piece of a record."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from texts(each)
    elif is_dataclass(part) and not isinstance(part, type):
        for each in fields(part):
            yield from texts(getattr(part, each.name))


def shown(trimmed: Trimmed) -> str:
    return "\n".join(texts(trimmed.record.sections))


def consultation(*items: ConsultationItem, problems: tuple[str, ...] = ()) -> Consultation:
    topic = Topic("About it", (Heading("History", items),), problems)
    return Consultation(id="c1", what=Coded("Surgery visit"), topics=(topic,))


def test_a_sensitive_entry_is_left_out_counted_and_the_edition_named() -> None:
    whole = record(problems=(Problem(id="p1", what=SECRET), Problem(id="p2", what=PLAIN)))
    trimmed = trim(whole, EVERYTHING, LIST)
    (omission,) = trimmed.omissions
    assert (omission.section, omission.why, omission.items) == (RecordSection.PROBLEMS, LeftOut.SENSITIVE, 1)
    assert trimmed.left_out == 1 and trimmed.sensitive_version == "2026-10"
    assert SECRET.words not in shown(trimmed) and PLAIN.words in shown(trimmed)


def test_a_line_of_a_consultation_goes_with_the_entry_it_names() -> None:
    whole = record(
        consultations=(
            consultation(
                ConsultationItem("Zanzibar fever", entry_id="p1", section=RecordSection.PROBLEMS),
                ConsultationItem("Feels well"),
            ),
        ),
        problems=(Problem(id="p1", what=SECRET),),
    )
    trimmed = trim(whole, EVERYTHING, LIST)
    assert SECRET.words not in shown(trimmed) and "Feels well" in shown(trimmed)
    assert trimmed.left_out == 2  # the problem, and the line about it


def test_a_topic_linked_with_a_sensitive_problem_goes_whole() -> None:
    whole = record(
        consultations=(consultation(ConsultationItem("Back from Zanzibar, feverish"), problems=("p1",)),),
        problems=(Problem(id="p1", what=SECRET),),
    )
    trimmed = trim(whole, EVERYTHING, LIST)
    assert "Zanzibar" not in shown(trimmed)
    assert [omission.items for omission in trimmed.omissions] == [1, 1]


def test_what_was_noted_about_something_sensitive_goes_wherever_it_stands() -> None:
    """Found by looking at the page: the topic was gone, and its notes stood among the other entries."""
    note = Observation(id="o1", what=Coded("Comment note"), note="Back from Zanzibar, feverish")
    letter = Document(id="d1", what=Coded("Letter"), title="Tropical clinic")
    other = Observation(id="o2", what=Coded("Comment note"), note="Feels well")
    line = ConsultationItem(note.note, entry_id="o1", section=RecordSection.UNCATEGORISED)
    whole = record(
        consultations=(consultation(line, problems=("p1",)),),
        problems=(Problem(id="p1", what=SECRET, related=("d1", "m1", "p2")), Problem(id="p2", what=PLAIN)),
        medication=(Medication(id="m1", what=Coded("Quinine")),),
        uncategorised=(note, other),
        documents=(letter,),
    )
    trimmed = trim(whole, EVERYTHING, LIST)
    assert "Zanzibar" not in shown(trimmed) and "Tropical" not in shown(trimmed)
    assert "Feels well" in shown(trimmed) and "Asthma" in shown(trimmed)
    assert "Quinine" in shown(trimmed), "not to know of a medicine can harm"
    assert trimmed.cut == {"c1"}


def test_a_report_keeps_its_other_results_but_not_a_conclusion_that_may_tell() -> None:
    secret = Observation(id="o1", what=SECRET, value="positive")
    group = Observation(id="o2", what=PLAIN, members=(secret, Observation(id="o3", what=PLAIN, value="5 mmol/L")))
    whole = record(
        investigations=(
            Investigation(id="i1", what=Coded("Blood test"), results=(group,), conclusion="Consistent with fever"),
        )
    )
    trimmed = trim(whole, EVERYTHING, LIST)
    assert "positive" not in shown(trimmed) and "fever" not in shown(trimmed)
    assert "5 mmol/L" in shown(trimmed) and trimmed.left_out == 1


def test_links_to_what_is_left_out_go_too() -> None:
    whole = record(
        problems=(Problem(id="p2", what=PLAIN, related=("m1", "m2")),),
        medication=(Medication(id="m1", what=SECRET), Medication(id="m2", what=PLAIN)),
        referrals=(Referral(id="r1", what=PLAIN, documents=("d1",)),),
        documents=(Document(id="d1", what=SECRET, title="Letter"),),
    )
    trimmed = trim(whole, EVERYTHING, LIST)
    (problem,) = trimmed.record.section(RecordSection.PROBLEMS).entries
    (referral,) = trimmed.record.section(RecordSection.REFERRALS).entries
    assert isinstance(problem, Problem) and problem.related == ("m2",)
    assert isinstance(referral, Referral) and referral.documents == ()


def test_what_came_along_is_trimmed_like_what_was_asked_for() -> None:
    whole = record(problems=(Problem(id="p2", what=PLAIN),))
    linked = Section(
        name=RecordSection.MEDICATION, state=SectionState.NOT_ASKED, linked=(Medication(id="m1", what=SECRET),)
    )
    sections = tuple(linked if section.name is linked.name else section for section in whole.sections)
    assert SECRET.words not in shown(trim(replace(whole, sections=sections), EVERYTHING, LIST))


def test_a_section_that_is_not_covered_shows_nothing_and_says_why() -> None:
    whole = record(
        problems=(Problem(id="p2", what=PLAIN, related=("m2",)),), medication=(Medication(id="m2", what=PLAIN),)
    )
    trimmed = trim(whole, EVERYTHING - {RecordSection.MEDICATION}, LIST)
    section = trimmed.record.section(RecordSection.MEDICATION)
    assert section.state is SectionState.NOT_ASKED and not section.entries
    assert "does not cover" in section.words
    assert [(one.section, one.why, one.items) for one in trimmed.omissions] == [
        (RecordSection.MEDICATION, LeftOut.NOT_COVERED, None)
    ]
    (problem,) = trimmed.record.section(RecordSection.PROBLEMS).entries
    assert isinstance(problem, Problem) and problem.related == ()


def test_warnings_of_the_practice_stay() -> None:
    whole = replace(record(), warnings=("Not everything has arrived.",), not_shown=3)
    trimmed = trim(whole, EVERYTHING, LIST)
    assert trimmed.record.warnings == whole.warnings and trimmed.record.not_shown == 3


def test_a_trimmed_record_shows_nothing_when_printed() -> None:
    assert "Asthma" not in repr(trim(record(problems=(Problem(id="p2", what=PLAIN),)), EVERYTHING, LIST))


def _patients() -> Iterator[Patient]:
    for number in ("9990000018", "9990000026", "9990000034", "9990000042"):
        yield Patient(NHSNumber.parse(number), "PRITCHARD", "Alex", date(1950, 2, 28))


_RECORDS = [
    make_record(patient, host=OdsCode("Y90001"), practice_name="Ashcombe Steps", today=date(2026, 3, 29))
    for patient in _patients()
]
_CODES = sorted(
    {
        code.snomed
        for whole in _RECORDS
        for section in whole.sections
        for entry in section.entries
        for code in [entry.what]
        if code.snomed
    }
)


@given(
    whole=st.sampled_from(_RECORDS),
    codes=st.sets(st.sampled_from(_CODES), max_size=4),
    covered=st.sets(st.sampled_from(sorted(RecordSection))),
)
def test_of_any_record_and_any_list_no_listed_code_is_shown_and_nothing_else_is_lost(
    whole: Record, codes: set[str], covered: set[RecordSection]
) -> None:
    trimmed = trim(whole, covered, SensitiveCodes("1", "a test", frozenset(codes)))
    assert not codes & set(texts(trimmed.record.sections))
    secret = {entry.id for entry in whole.section(RecordSection.PROBLEMS).entries if entry.what.snomed in codes}
    linked = set(texts(tuple(entry for entry in whole.section(RecordSection.PROBLEMS).entries if entry.id in secret)))
    for entry in whole.section(RecordSection.CONSULTATIONS).entries:
        assert isinstance(entry, Consultation)
        linked |= set(texts(tuple(topic for topic in entry.topics if secret & set(topic.problems))))
    for before, after in zip(whole.sections, trimmed.record.sections, strict=True):
        if before.name not in covered:
            assert not after.entries and not after.linked
            continue
        kept = {entry.id for entry in after.entries}
        assert kept <= {entry.id for entry in before.entries}
        gone = [entry for entry in before.entries if entry.id not in kept]
        assert all(codes & set(texts(entry)) or entry.id in linked for entry in gone)
    assert trim(trimmed.record, covered, LIST).record.sections  # and trims again


@pytest.mark.parametrize("whole", _RECORDS[:2])
def test_with_an_empty_list_and_everything_covered_nothing_changes(whole: Record) -> None:
    trimmed = trim(whole, EVERYTHING, SensitiveCodes("1", "a test", frozenset()))
    assert trimmed.record == whole and trimmed.omissions == ()
