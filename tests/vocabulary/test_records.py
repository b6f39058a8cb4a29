"""Records: dates as far as they are known, questions that make sense, and nothing that shows when printed."""

import pickle
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from vocabulary import record_parts
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import Allergy, Author, Coded, EntryStatus, Hidden, RecordDate, RecordSection
from vocabulary.records import DateRange, RecordQuery, Section, SectionState, empty_record

_MARKER = "Zanzibar fever"
_SPRING = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)  # the day the clocks go forward: past midnight in England
_AUTUMN = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)  # the day they go back: before midnight
_ALEX = Patient(NHSNumber.parse("9990000018"), _MARKER, "Alex", date(1950, 2, 28))


@pytest.mark.parametrize(
    ("when", "first", "last", "words"),
    [
        (RecordDate(2019), date(2019, 1, 1), date(2019, 12, 31), "2019"),
        (RecordDate(2020, 2), date(2020, 2, 1), date(2020, 2, 29), "February 2020"),
        (RecordDate(2019, 3, 28), date(2019, 3, 28), date(2019, 3, 28), "28 March 2019"),
        (
            RecordDate.of(datetime(2026, 3, 29, 23, 30, tzinfo=UTC)),
            date(2026, 3, 30),
            date(2026, 3, 30),
            "30 March 2026",
        ),
        (RecordDate.of(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)), date(2026, 10, 25), date(2026, 10, 25), ""),
        (RecordDate(0), date.min, date.max, "a date that cannot be read"),
    ],
)
def test_a_date_means_as_much_as_is_known(when: RecordDate, first: date, last: date, words: str) -> None:
    assert (when.first_day, when.last_day) == (first, last)
    assert not words or when.words == words


def test_a_range_gives_what_is_only_partly_dated_the_benefit_of_the_doubt() -> None:
    span = DateRange(date(2020, 3, 1), date(2020, 6, 30))
    assert span.touches(RecordDate(2020))
    assert span.touches(RecordDate(2020, 6))
    assert span.touches(None)
    assert span.touches(RecordDate(0))
    assert not span.touches(RecordDate(2020, 2))
    assert not span.touches(RecordDate(2020, 7, 1))
    assert span.touches(RecordDate(2020, 6, 30))


@pytest.mark.parametrize(
    "question",
    [
        {"sections": frozenset()},
        {"sections": frozenset({RecordSection.ALLERGIES}), "medication_since": date(2020, 1, 1)},
        {"sections": frozenset({RecordSection.CONSULTATIONS}), "latest_consultations": 0},
    ],
)
def test_a_question_without_sense_is_refused_in_plain_words(question: dict[str, object]) -> None:
    with pytest.raises(InvalidValue) as caught:
        RecordQuery(**question)  # type: ignore[arg-type]
    assert caught.value.next_step


def test_a_range_has_its_ends_in_order() -> None:
    with pytest.raises(InvalidValue):
        DateRange(date(2020, 2, 1), date(2020, 1, 1))


def _record() -> object:
    entry = Allergy(
        id="AllergyIntolerance/1",
        what=Coded(_MARKER),
        recorded_by=Author(_MARKER),
        status=EntryStatus.ACTIVE,
        note=_MARKER,
    )
    section = Section(name=RecordSection.ALLERGIES, state=SectionState.PRESENT, entries=(entry,), host_note=_MARKER)
    return empty_record(_ALEX, sections=[section], practice_name=_MARKER)


def test_nothing_of_a_record_shows_when_printed_and_nothing_can_be_pickled() -> None:
    record = _record()
    assert _MARKER not in f"{record!r} {record} {[record]} {record.__dict__ if hasattr(record, '__dict__') else ''}"
    for section in record.sections:  # type: ignore[attr-defined]
        assert _MARKER not in f"{section!r} {section.entries!r}"
        for entry in section.entries:
            for each in fields(entry):
                held = getattr(entry, each.name)
                assert isinstance(held, str) or _MARKER not in repr(held)
    with pytest.raises(TypeError):
        pickle.dumps(record)


def test_every_part_of_a_record_is_hidden() -> None:
    parts = [
        each for each in vars(record_parts).values() if isinstance(each, type) and hasattr(each, "__dataclass_fields__")
    ]
    assert len(parts) > 15
    assert all(issubclass(each, Hidden) for each in parts)
    assert all(each.__repr__ is Hidden.__repr__ for each in parts)
