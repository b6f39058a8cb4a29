"""Problems and medication over the years: nothing drawn that is not so, nothing left out unsaid, whatever there is."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.record.record_timeline import MOST_YEARS, Bar, Row, Timeline, timeline
from records.sensitive import SensitiveCodes
from records.trimming import trim
from tests.hub.web.shop import Shop, open_shop
from tests.hub.web.test_record_words import ALEX, TODAY, page, trimmed, with_section
from vocabulary.record_parts import (
    Coded,
    Entry,
    EntryStatus,
    Medication,
    MedicationKind,
    Problem,
    RecordDate,
    RecordSection,
)
from vocabulary.records import Record, Section, SectionState, WarningKind, empty_record

PROBLEMS, MEDICATION = RecordSection.PROBLEMS, RecordSection.MEDICATION
ACTIVE, OVER, UNSAID = EntryStatus.ACTIVE, EntryStatus.RESOLVED, EntryStatus.UNKNOWN


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(Path(tmp_path_factory.mktemp("shop")))


def drawn(*entries: Entry, name: RecordSection = PROBLEMS, **facts: object) -> Timeline:
    found = timeline(trimmed(with_section(name, entries=entries, **facts)), today=TODAY)
    assert found is not None
    return found


def problem(words: str, *start: int, status: EntryStatus = ACTIVE, ended: RecordDate | None = None) -> Problem:
    when = RecordDate(*start) if start else None
    return Problem(id=words, what=Coded(words), date=when, status=status, ended=ended)


def only_row(drawing: Timeline) -> Row:
    ((row,),) = [group.rows for group in drawing.groups]
    return row


def only_bar(drawing: Timeline) -> Bar:
    (bar,) = only_row(drawing).bars
    return bar


def test_without_anything_to_draw_there_is_no_drawing(shop: Shop) -> None:
    nothing = with_section(PROBLEMS)
    assert timeline(trimmed(nothing), today=TODAY) is None
    assert "Over the years" not in page(shop, trimmed(nothing))
    mistake = problem("Asthma", 2020, status=EntryStatus.ENTERED_IN_ERROR)
    assert timeline(trimmed(with_section(PROBLEMS, entries=(mistake,))), today=TODAY) is None


def test_what_is_in_force_goes_past_today_and_what_is_over_ends_before() -> None:
    drawing = drawn(problem("Asthma", 2020, 5, 1))
    assert (only_bar(drawing).kind, only_bar(drawing).end) == ("now", 100.0) and drawing.today < 100
    over = only_bar(drawn(problem("Asthma", 2020, 5, 1, status=OVER, ended=RecordDate(2022, 6, 1))))
    assert over.kind == "over" and over.start < over.end < drawing.today
    unsaid = only_bar(drawn(problem("Asthma", 2020, 5, 1, status=UNSAID)))
    assert (unsaid.kind, unsaid.end) == ("unsaid", 100.0)


def test_an_end_nobody_knows_is_not_drawn_as_going_on() -> None:
    bar = only_bar(drawn(problem("Asthma", 2020, 5, 1, status=OVER)))
    assert bar.end - bar.start < 2


def test_a_date_half_known_is_drawn_as_such() -> None:
    year = only_bar(drawn(problem("Asthma", 2020)))
    assert year.sure_from > year.start + 5, "a year wide"
    day = only_bar(drawn(problem("Asthma", 2020, 5, 1)))
    assert day.sure_from == day.start


def test_what_began_long_ago_comes_in_from_the_edge_with_its_year() -> None:
    drawing = drawn(problem("Asthma", 1987), problem("Gout", 2024, 1, 2))
    assert drawing.first_year == TODAY.year - MOST_YEARS
    asthma, gout = drawing.groups[0].rows
    assert (asthma.since, asthma.bars[0].start, gout.since) == ("1987", 0.0, "")


def test_what_has_no_date_is_named_all_the_same() -> None:
    rows = drawn(problem("Asthma", 2020), problem("Gout")).groups[0].rows
    assert [(row.label, len(row.bars), row.undated) for row in rows] == [("Gout", 0, True), ("Asthma", 1, False)]


def test_everything_of_one_name_is_one_row_and_two_plans_in_force_are_counted() -> None:
    courses = [
        Medication(
            id=f"m{year}",
            what=Coded("Amoxicillin 500mg capsules"),
            date=RecordDate(year, 3, 1),
            status=EntryStatus.COMPLETED,
            kind=MedicationKind.ACUTE,
        )
        for year in (2019, 2021, 2024)
    ]
    row = only_row(drawn(*courses, name=MEDICATION))
    assert (len(row.bars), row.kind, row.times) == (3, "over", 1)
    twice = [
        Medication(id=f"a{n}", what=Coded("Atorvastatin"), date=RecordDate(2020 + n), status=ACTIVE) for n in (1, 2)
    ]
    assert only_row(drawn(*twice, name=MEDICATION)).times == 2


def test_one_course_without_an_end_is_not_drawn_as_if_it_went_on_but_a_repeat_is() -> None:
    def bar(kind: MedicationKind) -> Bar:
        issued = RecordDate(2024, 3, 8)
        one = Medication(
            id="m", what=Coded("X"), date=RecordDate(2024, 3, 1), status=ACTIVE, kind=kind, last_issued=issued
        )
        return only_bar(drawn(one, name=MEDICATION))

    assert bar(MedicationKind.ACUTE).end < 95 and bar(MedicationKind.REPEAT).end == 100.0
    assert bar(MedicationKind.REPEAT).issued is not None


def test_forty_items_fold_what_is_over_away_and_leave_none_out(shop: Shop) -> None:
    entries = [
        problem(
            f"Problem {n}", 2000 + n % 20, status=OVER if n % 2 else ACTIVE, ended=RecordDate(2022) if n % 2 else None
        )
        for n in range(40)
    ]
    drawing = drawn(*entries)
    (group,) = drawing.groups
    assert (len(group.rows), len(group.folded), drawing.folded) == (20, 20, 20)
    shown = page(shop, trimmed(with_section(PROBLEMS, entries=tuple(entries))))
    assert shown.count('class="rec-row__name">Problem ') == 40 and "Over (20)" in shown


@pytest.mark.parametrize("missing", [{"warnings": (WarningKind.CONFIDENTIAL,)}, {"not_shown": 1}, {}])
def test_that_not_all_is_drawn_is_said_at_the_drawing(shop: Shop, missing: dict[str, object]) -> None:
    found = trimmed(with_section(PROBLEMS, entries=(problem("Asthma", 2020),), **missing))
    assert ("Not all problems are drawn" in page(shop, found)) is bool(missing)


def test_a_part_that_did_not_come_at_all_does_not_look_as_if_there_were_nothing(shop: Shop) -> None:
    sections = [
        Section(name=PROBLEMS, state=SectionState.PRESENT, entries=(problem("Asthma", 2020),)),
        Section(name=MEDICATION, state=SectionState.SWITCHED_OFF),
    ]
    shown = page(shop, trimmed(empty_record(ALEX, sections=sections)))
    assert "Not all medication is drawn" in shown and "Not all problems" not in shown
    nothing = [sections[0], Section(name=MEDICATION, state=SectionState.EMPTY)]
    assert "Not all medication" not in page(shop, trimmed(empty_record(ALEX, sections=nothing)))


def test_what_may_not_be_shown_is_not_drawn(shop: Shop) -> None:
    secret = Problem(id="s", what=Coded("Secret", "86406008"), date=RecordDate(2020), status=ACTIVE)
    record = with_section(PROBLEMS, entries=(secret, problem("Asthma", 2020)))
    found = trim(record, frozenset(RecordSection), SensitiveCodes("1", "a test", frozenset({"86406008"})))
    assert "Secret" not in page(shop, found) and "Not all problems are drawn" in page(shop, found)


def test_the_drawing_needs_no_inline_style_and_readers_of_the_tables_are_spared_it(shop: Shop) -> None:
    shown = page(shop, trimmed(with_section(PROBLEMS, entries=(problem("Asthma", 2020),))))
    figure = shown[shown.index("<figure") : shown.index("</figure>")]
    assert not re.search(r"\sstyle=|<style|<script|\son[a-z]+=", figure)
    assert figure.count('<div class="rec-rows" aria-hidden="true">') == 1
    assert "The tables above say the same" in figure


_DATES = st.builds(RecordDate, st.integers(1900, 2030), st.just(0) | st.integers(1, 12), st.just(0)) | st.dates(
    date(1900, 1, 1), date(2030, 1, 1)
).map(RecordDate.of)


@given(
    start=st.none() | _DATES,
    ended=st.none() | _DATES,
    status=st.sampled_from(EntryStatus),
    today=st.dates(date(2024, 1, 1), date(2032, 12, 31)),
)
def test_whatever_the_dates_every_place_lies_within_the_drawing(
    start: RecordDate | None, ended: RecordDate | None, status: EntryStatus, today: date
) -> None:
    one = Problem(id="1", what=Coded("Asthma"), date=start, ended=ended, status=status)
    record: Record = with_section(PROBLEMS, entries=(one, problem("Gout", 2020)))
    drawing = timeline(trimmed(record), today=today)
    assert drawing is not None
    for group in drawing.groups:
        for bar in (bar for row in (*group.rows, *group.folded) for bar in row.bars):
            assert 0 <= bar.start <= bar.sure_from <= bar.end <= 100
    written = [place for place, year in drawing.years if year]
    assert all(after - before > 5 for before, after in pairwise(written))
