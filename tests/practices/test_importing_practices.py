"""The practice import, as somebody with the published files meets it: what is taken, what is not, and why."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from practices import directory
from practices.importing import CannotImport, Outcome, PracticeFiles, PracticeSummary, import_practices
from practices.models import GPSystemLinkRow, PlaceRow, PracticeRow
from practices.results import FutureBooking, Place
from storage.ledger import LedgerRow
from storage.work import Tx, Work
from tests.practices.ods_files import OdsFolder, practice_line, size_line
from tests.practices.people import AT, CLOCK, caller
from vocabulary.identifiers import BookingRef, OdsCode

pytestmark = pytest.mark.database

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ods"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published ODS files are not in ../shared/data/ods beside this checkout"
)


@pytest.fixture
def ods(tmp_path: Path) -> OdsFolder:
    return OdsFolder(tmp_path)


def bring_in(work: Work, files: PracticeFiles, *, apply: bool = True, only: str = "15C") -> PracticeSummary:
    return import_practices(work, files, only=only, apply=apply, caller=caller(), clock=CLOCK)


def count_rows(work: Work) -> tuple[int, int, int]:
    with work.read() as tx:
        counted = [tx.scalar(select(func.count()).select_from(row)) or 0 for row in (PracticeRow, PlaceRow, LedgerRow)]
    return counted[0], counted[1], counted[2]


def words_about(summary: PracticeSummary, code: str) -> list[tuple[Outcome, str]]:
    return [(note.outcome, note.words) for note in summary.notes if note.code == code]


@needs_published
def test_the_published_files_give_the_77_open_practices_of_15c(work: Work) -> None:
    files = PracticeFiles(
        PUBLISHED / "epraccur.csv",
        PUBLISHED / "gp-reg-pat-prac-all.csv",
        PUBLISHED / "gp-system-suppliers.csv",
        PUBLISHED / "postcode-outcodes.csv",
    )
    seen: list[tuple[str, int, int]] = []
    summary = import_practices(
        work,
        files,
        only="15C",
        apply=True,
        caller=caller(),
        clock=CLOCK,
        progress=lambda file, done, total: seen.append((file, done, total)),
    )
    assert (summary.created, summary.open_practices, summary.patients) == (77, 77, 1_037_391)
    assert summary.elsewhere == 15_971 - 184
    dormant = next(note for note in summary.notes if note.code == "L81622")
    assert (dormant.outcome, dormant.words) == (Outcome.SKIPPED, "dormant")
    assert not [note for note in summary.notes if note.outcome is Outcome.WARNING]
    assert ("practice", 15_971, 15_971) in seen
    assert len(seen) > 8
    with work.read() as tx:
        held = directory.practices(tx)
        assert sum(each.list_size for each in held) == 1_037_391
        assert all(each.place is not None and 51.2 < each.place.latitude < 51.7 for each in held)
        portishead = directory.practice(tx, OdsCode("L81004"))
        assert portishead is not None
        assert portishead.name == "Portishead Medical Group"
        assert directory.place_of(tx, "BS0 1AA") is None  # published as (0, 0): nobody lives there
    again = bring_in(work, files)
    assert again.changes_nothing
    assert (again.created, again.changed, again.unchanged) == (0, 0, 77)


def test_without_apply_nothing_is_written(work: Work, ods: OdsFolder) -> None:
    planned = bring_in(work, ods.files, apply=False)
    assert (planned.applied, planned.created, planned.places_created, planned.patients) == (False, 2, 2, 20_500)
    assert count_rows(work) == (0, 0, 0)
    done = bring_in(work, ods.files)
    assert {**done.as_json(), "applied": False} == planned.as_json()
    assert count_rows(work) == (2, 2, 1)


def test_every_fact_is_kept(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    with work.read() as tx:
        row = tx.get_one(PracticeRow, "L81001")
        assert (row.name, row.address, row.postcode) == (
            "The High Street Surgery",
            ["1 High Street", "Bristol"],
            "BS3 1AS",
        )
        assert (row.status, row.opened_on, row.closed_on) == ("open", date(1974, 4, 1), None)
        assert (row.list_size, row.supplier, row.commissioner, row.phone) == (8000, "EMIS", "15C", "0117 496 0001")
        assert (row.latitude, row.longitude) == (51.43776, -2.60144)


def test_a_second_import_changes_nothing_and_says_so(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    before = count_rows(work)
    again = bring_in(work, ods.files)
    assert again.changes_nothing
    assert again.as_json()["changes_nothing"] is True
    assert (again.unchanged, again.places_created, again.places_changed) == (2, 0, 0)
    assert count_rows(work) == before


def test_a_changed_fact_is_named_with_before_and_after(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    ods.sizes[0] = size_line(patients="8340")
    ods.places[0] = "1,BS3,51.43000,-2.60000"
    summary = bring_in(work, ods.files)
    assert (summary.changed, summary.unchanged, summary.places_changed) == (2, 0, 1)
    (outcome, words), *_ = words_about(summary, "L81001")
    assert outcome is Outcome.CHANGED
    assert "list size 8,000 → 8,340" in words
    assert "place (51.43776, -2.60144) → (51.43000, -2.60000)" in words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (practice_line("L81009", status="C", closed="20191231"), "closed since 31 December 2019"),
        (practice_line("L81009", status="D"), "dormant"),
        (practice_line("L81009", status="P"), "proposed: not open yet"),
        (practice_line("L81009", setting="9"), "not a GP practice (prescribing setting 9)"),
        (practice_line("L81009", setting=""), "not a GP practice (prescribing setting not given)"),
        (practice_line("L81009", status="X"), "unknown status 'X' (A, C, D or P expected)"),
        (practice_line("L81009", name=""), "no name"),
        (practice_line("L81009") + ",extra", "wrong number of columns: 28 where there should be 27"),
        ("L81009,ONLY,THREE", "wrong number of columns: 3 where there should be 27"),
    ],
)
def test_a_line_that_is_not_taken_says_why(work: Work, ods: OdsFolder, line: str, words: str) -> None:
    ods.practices.append(line)
    summary = bring_in(work, ods.files)
    assert words_about(summary, "L81009") == [(Outcome.SKIPPED, words)]
    assert (summary.created, summary.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (practice_line("L8-1009"), "not an ODS code (3 to 12 letters and digits)"),
        (practice_line("L81009", name="CAF\udce9"), "not UTF-8 text (byte 14 of the line)"),
        (practice_line("L81009", name="NUL \0 BYTE"), "a NUL byte stands in it: the line is damaged"),
        ('"L81009","half a line', "a quotation mark is out of place, so the columns are unclear"),
    ],
)
def test_a_line_that_cannot_be_read_costs_only_itself(work: Work, ods: OdsFolder, line: str, words: str) -> None:
    ods.practices.insert(1, line)
    summary = bring_in(work, ods.files)
    assert [(note.line, note.words) for note in summary.notes if note.outcome is Outcome.SKIPPED] == [(2, words)]
    assert summary.created == 2


def test_the_first_of_two_lines_with_one_code_counts(work: Work, ods: OdsFolder) -> None:
    ods.practices.append(practice_line("L81001", "IMPOSTOR"))
    ods.sizes.append(size_line("L81001", "1"))
    ods.suppliers.append("L81001,Other")
    ods.places.append("3,bs3,50.0,-2.0")
    summary = bring_in(work, ods.files)
    duplicates = [note for note in summary.notes if note.words.startswith("duplicate")]
    assert [(note.file, note.line) for note in duplicates] == [
        ("practice", 3),
        ("list-size", 4),
        ("supplier", 4),
        ("places", 4),
    ]
    with work.read() as tx:
        row = tx.get_one(PracticeRow, "L81001")
        assert (row.name, row.list_size, row.supplier, row.latitude) == (
            "The High Street Surgery",
            8000,
            "EMIS",
            51.43776,
        )


def test_codes_that_the_practice_file_does_not_have_are_named(work: Work, ods: OdsFolder) -> None:
    ods.sizes += [size_line("L81777"), size_line("X99999", commissioner="99Z")]
    ods.suppliers.append("L81888,EMIS")
    ods.practices.append(practice_line("L81009", status="D"))
    ods.sizes.append(size_line("L81009"))
    summary = bring_in(work, ods.files)
    unknown = "unknown code: the practice file does not have it"
    assert words_about(summary, "L81777") == [(Outcome.SKIPPED, unknown)]
    assert words_about(summary, "L81888") == [(Outcome.SKIPPED, unknown)]
    assert words_about(summary, "X99999") == []  # another commissioner's affair
    nowhere = "no practice was imported under this code, so its list size has nowhere to go"
    assert words_about(summary, "L81009") == [(Outcome.SKIPPED, "dormant"), (Outcome.SKIPPED, nowhere)]


@pytest.mark.parametrize("number", ["", "-5", "12.5", "many", "1e3", "٣٤", "99999999"])
def test_a_list_size_that_is_no_number_is_not_guessed(work: Work, ods: OdsFolder, number: str) -> None:
    ods.sizes[0] = size_line(patients=number)
    summary = bring_in(work, ods.files)
    outcomes = words_about(summary, "L81001")
    assert (Outcome.SKIPPED, f"the number of patients is {number!r}, not a whole number") in outcomes
    assert (Outcome.WARNING, "no list size in the list-size file: it stays at 0") in outcomes


def test_a_bad_postcode_is_imported_with_a_warning_and_no_place(work: Work, ods: OdsFolder) -> None:
    ods.practices = [practice_line(postcode="BRISTOL"), practice_line("L81002", postcode="ZZ99 9ZZ")]
    summary = bring_in(work, ods.files)
    assert (summary.created, summary.warnings) == (2, 2)
    words = "bad postcode 'BRISTOL': imported, but no distance can be worked out"
    assert words_about(summary, "L81001")[0] == (Outcome.WARNING, words)
    words = "no place is known for its postcode: imported, but no distance can be worked out"
    assert words_about(summary, "L81002")[0] == (Outcome.WARNING, words)
    with work.read() as tx:
        assert [each.place for each in directory.practices(tx)] == [None, None]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("9,BS0,0,0", "published without coordinates (0, 0)"),
        ("9,BS0,51.4,north", "its latitude and longitude are not numbers"),
        ("9,BS0,nan,nan", "its coordinates are not in the British Isles"),
        ("9,BS0,-2.6,51.4", "its coordinates are not in the British Isles"),
        ("9,Bristol,51.4,-2.6", "bad postcode: neither a postcode nor an outward code"),
    ],
)
def test_a_place_that_is_nowhere_is_not_taken(work: Work, ods: OdsFolder, line: str, words: str) -> None:
    ods.places.append(line)
    summary = bring_in(work, ods.files)
    assert [note.words for note in summary.notes if note.file == "places"] == [words]
    assert summary.places_created == 2


def test_full_postcodes_may_be_given_as_places_and_win_over_outward_codes(work: Work, ods: OdsFolder) -> None:
    ods.places.append("3,bs31as,51.44,-2.61")
    bring_in(work, ods.files)
    with work.read() as tx:
        found = directory.practice(tx, OdsCode("L81001"))
    assert found is not None
    assert found.place == Place(51.44, -2.61)


def test_a_practice_that_closed_is_closed_here_its_bookings_listed_and_nothing_deleted(
    work: Work, ods: OdsFolder
) -> None:
    bring_in(work, ods.files)
    with work.begin() as tx:
        tx.execute(
            insert(GPSystemLinkRow).values(
                ods="L81001", system="emis", address="http://a", pooling_live=True, booking_live=True, tested_at=AT
            )
        )
    ods.practices[0] = practice_line(status="C", closed="20250531")
    booking = FutureBooking(BookingRef.from_number(7), datetime(2025, 6, 9, 17, 30, tzinfo=UTC), OdsCode("L81002"))

    def future_bookings(_tx: Tx, practice: OdsCode) -> list[FutureBooking]:
        return [booking] if practice == OdsCode("L81001") else []

    for apply in (False, True):
        summary = import_practices(
            work,
            ods.files,
            only="15C",
            apply=apply,
            caller=caller(),
            clock=CLOCK,
            future_bookings=future_bookings,
        )
        assert (summary.closed, summary.changed, summary.open_practices, summary.patients) == (1, 0, 1, 12_500)
        assert summary.future_bookings == (("L81001", (booking,)),)
        assert summary.as_json()["future_bookings"] == {
            "L81001": [{"ref": booking.ref.spoken, "starts": "2025-06-09T17:30:00+00:00", "booking_practice": "L81002"}]
        }
    with work.read() as tx:
        row = tx.get_one(PracticeRow, "L81001")
        assert (row.status, row.closed_on, row.list_size) == ("closed", date(2025, 5, 31), 8000)
        link = tx.get_one(GPSystemLinkRow, "L81001")
        assert (link.pooling_live, link.booking_live, link.address) == (False, False, "http://a")
    assert bring_in(work, ods.files).changes_nothing


def test_a_practice_we_hold_is_followed_to_another_commissioner(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    ods.practices[0] = practice_line(commissioner="99Z", status="C", closed="20250531")
    summary = bring_in(work, ods.files)
    assert (summary.closed, summary.open_practices) == (1, 1)


def test_a_practice_missing_from_the_file_is_left_and_said(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    del ods.practices[1], ods.sizes[1], ods.suppliers[1]
    summary = bring_in(work, ods.files)
    assert summary.changes_nothing
    assert words_about(summary, "L81002") == [
        (Outcome.WARNING, "in the address book but not in this file: left as it is")
    ]
    assert count_rows(work)[0] == 2


def test_what_the_practice_set_itself_is_not_touched(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    with work.begin() as tx:
        tx.get_one(PracticeRow, "L81001").bypass_phone = "0117 496 0999"
    ods.sizes[0] = size_line(patients="9000")
    bring_in(work, ods.files)
    with work.read() as tx:
        assert tx.get_one(PracticeRow, "L81001").bypass_phone == "0117 496 0999"


def test_facts_of_files_not_given_stay_as_they_are(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    summary = bring_in(work, PracticeFiles(ods.files.epraccur))
    assert summary.changes_nothing
    assert summary.patients == 20_500


def test_all_commissioners_are_taken_when_none_is_named(work: Work, ods: OdsFolder) -> None:
    ods.practices.append(practice_line("A81001", commissioner="16C"))
    assert bring_in(work, ods.files).elsewhere == 1
    summary = bring_in(work, ods.files, only="")
    assert (summary.created, summary.unchanged, summary.elsewhere) == (1, 2, 0)


class StoppedClock:
    """Fails when asked, which an import does only after its rows are written."""

    def now(self) -> datetime:
        raise RuntimeError("the clock stopped")


def test_an_import_that_fails_halfway_leaves_nothing_behind(work: Work, ods: OdsFolder) -> None:
    with pytest.raises(RuntimeError, match="the clock stopped"):
        import_practices(work, ods.files, only="15C", apply=True, caller=caller(), clock=StoppedClock())
    assert count_rows(work) == (0, 0, 0)


def test_the_ledger_says_who_imported_what(work: Work, ods: OdsFolder) -> None:
    bring_in(work, ods.files)
    with work.read() as tx:
        (event,) = tx.scalars(select(LedgerRow)).all()
    assert (event.act, event.outcome, event.user_name, event.at) == ("practices.imported", "done", "Ada Tester", AT)
    assert (event.detail["created"], event.detail["patients"]) == (2, 20_500)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "practice file is empty"),
        (b"  \r\n", "practice file is empty"),
        (b"PK\x03\x04rest", "a zip file or an Excel workbook"),
        (b"\xff\xfeA\x00", "UTF-16 text"),
        (b"a\0b", "not text"),
        (b"ODSCode,Supplier\r\nL81001,EMIS\r\n", "Not one line of the practice file has the 27 columns"),
        (practice_line(commissioner="16C").encode(), "no line of the commissioner 15C"),
    ],
)
def test_a_file_that_is_something_else_is_refused_whole(
    work: Work, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "epraccur.csv"
    path.write_bytes(content)
    with pytest.raises(CannotImport, match=message) as refused:
        bring_in(work, PracticeFiles(path))
    assert refused.value.next_step
    assert count_rows(work) == (0, 0, 0)


def test_a_missing_file_and_a_folder_are_refused(work: Work, tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="There is no practice file"):
        bring_in(work, PracticeFiles(tmp_path / "nothing.csv"))
    with pytest.raises(CannotImport, match="cannot be read: Is a directory"):
        bring_in(work, PracticeFiles(tmp_path))


def test_files_named_in_each_others_place_are_refused(work: Work, ods: OdsFolder) -> None:
    right = ods.files
    with pytest.raises(CannotImport, match="list-size file has no column CODE"):
        bring_in(work, PracticeFiles(right.epraccur, list_sizes=right.suppliers))
    with pytest.raises(
        CannotImport, match=r"places file has no column postcode.*its first line has: ODSCode, Supplier"
    ):
        bring_in(work, PracticeFiles(right.epraccur, places=right.suppliers))


def test_a_byte_order_mark_does_no_harm(work: Work, ods: OdsFolder) -> None:
    files = ods.files
    for path in (files.epraccur, files.list_sizes, files.suppliers, files.places):
        assert path is not None
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert bring_in(work, files).created == 2
