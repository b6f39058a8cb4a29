"""`python -m demo.seed`: fills once, refuses politely, carries the calendar on, and writes what was promised."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.mock.simulator import manners
from connectors.mock.simulator.store import FILE
from demo import seed
from demo.federation.agreements import GIVES_ONLY, SUSPENDED_CLUSTER, UNSIGNED, agreement_of
from demo.federation.database import write_database
from demo.federation.memorable import memorable
from demo.federation.network import by_ods, clusters
from demo.federation.size import FULL, SMALL
from demo.people import PEOPLE, PRACTICES
from demo.postgres import DatabaseUrls
from demo.words import Silence
from practices import directory
from practices.models import PlaceRow, PracticeRow
from records.sections import covered_by
from sharing_agreements.reading import read_terms
from sharing_agreements.terms import Decision, Question, Terms, Why, decide
from sharing_agreements.validation import gaps
from storage.work import Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.record_parts import RecordSection
from vocabulary.times import FixedClock, london_date

NOW = datetime(2025, 5, 14, 8, 0, tzinfo=UTC)  # a Wednesday
URL = "http://127.0.0.1:18123"


def ods(number: int) -> OdsCode:
    return OdsCode(f"Y9{number:04d}")


@contextmanager
def simulator(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder / FILE)
    try:
        yield connection
    finally:
        connection.close()


def count(folder: Path, question: str, *values: object) -> int:
    with simulator(folder) as connection:
        return int(connection.execute(question, values).fetchone()[0])


one_process = pytest.mark.xdist_group("whole federation")  # so that its diaries are filled once


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole federation's diaries; tests only look at them."""
    folder = tmp_path_factory.mktemp("full")
    began = time.process_time()  # whatever else the machine does meanwhile
    seed.fill_diaries(folder, FULL, now=NOW, teller=Silence())
    assert time.process_time() - began < 20
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "diaries"
    seed.fill_diaries(folder, SMALL, now=NOW, teller=Silence())
    return folder


@one_process
def test_the_whole_federation_is_life_sized(full: Path) -> None:
    assert count(full, "SELECT count(*) FROM practice") == 82
    assert 40_000 <= count(full, "SELECT count(*) FROM slot") <= 50_000
    assert 30_000 <= count(full, "SELECT count(*) FROM person") <= 40_000
    week = [int(datetime(2025, 5, day, tzinfo=UTC).timestamp()) for day in (12, 19)]
    assert 5_700 <= count(full, "SELECT count(*) FROM slot WHERE starts >= ? AND starts < ?", *week) <= 6_300


@one_process
def test_every_busy_slot_has_its_appointment_and_reception_books_no_memorable_patient(full: Path) -> None:
    busy = count(full, "SELECT count(*) FROM slot WHERE status = 'busy'")
    assert busy == count(full, "SELECT count(*) FROM appointment")
    assert busy > 12_000
    joined = "SELECT count(*) FROM appointment a JOIN patient p ON p.ods = a.ods AND p.id = a.patient_id"
    assert count(full, joined) == busy
    assert count(full, f"{joined} WHERE p.nhs_number < '9990010000' OR p.standing <> 'active'") == 0
    assert count(full, "SELECT count(*) FROM appointment WHERE created > ?", int(NOW.timestamp())) == 0
    assert count(full, "SELECT count(*) FROM appointment WHERE created > starts") == 0


@one_process
def test_a_memorable_patient_stands_where_promised(full: Path) -> None:
    number = memorable("seen-before").nhs_number.value
    with simulator(full) as connection:
        held = connection.execute(
            "SELECT ods, temporary, standing FROM patient WHERE nhs_number = ? ORDER BY ods", (number,)
        ).fetchall()
        old = connection.execute(
            "SELECT superseded_by FROM person WHERE nhs_number = ?", (memorable("superseded").nhs_number.value,)
        ).fetchone()
    assert held == [("Y90001", 0, "active"), ("Y90002", 1, "active")]
    assert old == (memorable("current-number").nhs_number.value,)


@pytest.mark.database
def test_the_command_fills_both_once(
    tmp_path: Path,
    database_urls: DatabaseUrls,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_urls.app)
    command = ["--simulator-data", str(tmp_path / "diaries"), "--simulator-url", URL, "--small"]
    clock = FixedClock(NOW)
    assert seed.main(command, clock=clock) == 0
    told = capsys.readouterr().out
    assert "10 practices" in told
    assert "done in" in told
    with work.read() as tx:
        before = [tx.scalar(select(func.count()).select_from(row)) for row in (PracticeRow, PlaceRow)]
    slots = count(tmp_path / "diaries", "SELECT count(*) FROM slot")
    assert before[0] == 10

    assert seed.main(command, clock=clock) == 0
    told = capsys.readouterr().out
    assert "filled already: nothing to do" in told
    assert "holds practices already: nothing is added" in told
    with work.read() as tx:
        assert [tx.scalar(select(func.count()).select_from(row)) for row in (PracticeRow, PlaceRow)] == before
    assert count(tmp_path / "diaries", "SELECT count(*) FROM slot") == slots


@pytest.mark.database
def test_links_follow_the_simulator_to_its_new_port(
    tmp_path: Path, database_urls: DatabaseUrls, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_database(work, SMALL, simulator_url=URL, now=NOW)
    monkeypatch.setenv("DATABASE_URL", database_urls.app)
    monkeypatch.setenv("SIMULATOR_URL", "http://127.0.0.1:18999")
    assert seed.main(["--top-up", "--data", str(tmp_path)], clock=FixedClock(NOW)) == 0
    with work.read() as tx:
        addresses = [each.link.address for each in directory.live_links(tx)]
    assert addresses == [f"http://127.0.0.1:18999/{ods(number)}/STU3/1/gpconnect" for number in range(1, 11)]


def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SIMULATOR_URL", raising=False)
    cases = {
        "The simulator's address is missing": [],
        "DATABASE_URL is not set": ["--simulator-url", URL],
        "--top-up needs --data DIR": ["--top-up"],
    }
    for words, arguments in cases.items():
        assert seed.main(arguments) == 1
        told = capsys.readouterr().err
        assert words in told
        assert told.count("\n") == 1
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    for arguments in (["--simulator-url", URL], ["--top-up", "--data", str(tmp_path), "--simulator-url", URL]):
        assert seed.main(arguments) == 1
        assert "cannot be reached" in capsys.readouterr().err


def test_a_folder_that_somebody_else_filled_is_refused(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "federation.json").unlink()
    assert seed.main(["--simulator", "--data", str(small), "--small"], clock=FixedClock(NOW)) == 1
    assert "empty that folder first" in capsys.readouterr().err


def test_a_top_up_on_the_same_day_is_a_quick_no_op(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (small / FILE).stat().st_mtime_ns
    began = time.monotonic()
    assert seed.main(["--top-up", "--data", str(small)], clock=FixedClock(NOW + timedelta(hours=3))) == 0
    assert time.monotonic() - began < 0.5
    assert (small / FILE).stat().st_mtime_ns == before
    assert capsys.readouterr().out == ""


def test_a_top_up_without_a_seeded_folder_does_nothing(tmp_path: Path) -> None:
    assert seed.main(["--top-up", "--data", str(tmp_path / "nothing")], clock=FixedClock(NOW)) == 0
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("days", [1, 6, 12])
def test_a_top_up_days_later_carries_the_calendar_on(
    small: Path, days: int, capsys: pytest.CaptureFixture[str]
) -> None:
    booked = count(small, "SELECT count(*) FROM appointment")
    slots = count(small, "SELECT count(*) FROM slot")
    later = NOW + timedelta(days=days)
    assert seed.main(["--top-up", "--data", str(small)], clock=FixedClock(later)) == 0
    assert "The calendar was carried on" in capsys.readouterr().out
    assert json.loads((small / "federation.json").read_text())["filled_on"] == london_date(later).isoformat()
    assert count(small, "SELECT count(*) FROM appointment") > booked
    weeks = (later.date() - date(2025, 5, 12)).days // 7
    assert (count(small, "SELECT count(*) FROM slot") > slots) == (weeks > 0)
    with simulator(small) as connection:
        (last,) = connection.execute("SELECT max(starts) FROM slot").fetchone()
    assert london_date(datetime.fromtimestamp(last, UTC)) == date(2025, 5, 24) + timedelta(weeks=weeks)


def test_a_topped_up_calendar_is_as_full_as_a_new_one(small: Path, tmp_path: Path) -> None:
    later = NOW + timedelta(days=7)
    seed.main(["--top-up", "--data", str(small)], clock=FixedClock(later))
    fresh = tmp_path / "fresh"
    seed.fill_diaries(fresh, SMALL, now=later, teller=Silence())
    question = "SELECT ods, id, status FROM slot WHERE starts >= ? ORDER BY ods, id"
    since = (int(later.timestamp()),)
    with simulator(small) as one, simulator(fresh) as other:
        assert one.execute(question, since).fetchall() == other.execute(question, since).fetchall()


def test_a_top_up_leaves_what_is_booked_alone(small: Path) -> None:
    question = "SELECT ods, id, patient_id, slot_ids FROM appointment ORDER BY ods, id"
    with simulator(small) as connection:
        before = connection.execute(question).fetchall()
    seed.main(["--top-up", "--data", str(small)], clock=FixedClock(NOW + timedelta(days=9)))
    with simulator(small) as connection:
        after = connection.execute(question).fetchall()
        given = [slot for row in after for slot in [(row[0], each) for each in json.loads(row[3])]]
    assert set(before) <= set(after)
    assert len(given) == len(set(given))


def test_a_top_up_after_a_long_pause_makes_only_the_weeks_wanted_now(small: Path) -> None:
    later = NOW + timedelta(days=100)
    seed.main(["--top-up", "--data", str(small)], clock=FixedClock(later))
    first = int((later - timedelta(days=later.weekday())).replace(hour=0).timestamp())
    assert count(small, "SELECT count(*) FROM slot WHERE starts >= ?", first) > 1_000
    gap = int((NOW + timedelta(days=14)).timestamp())
    assert count(small, "SELECT count(*) FROM slot WHERE starts >= ? AND starts < ?", gap, first) == 0


@pytest.fixture
def terms(work: Work) -> tuple[Terms, ...]:
    """Every agreement of the whole federation."""
    write_database(work, FULL, simulator_url=URL, now=NOW)
    with work.read() as tx:
        return read_terms(tx, [each.ods for cluster in clusters() for each in cluster.practices], any_of=True)


def ask(
    terms: tuple[Terms, ...],
    asker: OdsCode,
    giver: OdsCode,
    scope: Scope = Scope.BOOK,
    role: UserRole = UserRole.RECEPTIONIST,
) -> Decision:
    return decide(terms, Question(asker, role, giver, scope), NOW)


@pytest.mark.database
def test_one_agreement_a_cluster_all_signed_but_one_and_in_force_but_one(terms: tuple[Terms, ...]) -> None:
    assert len(terms) == 18
    by_cluster = {each.code.removeprefix("DSA-"): each for each in terms}
    for cluster in clusters():
        agreement = by_cluster[cluster.code]
        assert agreement.parties == {each.ods for each in cluster.practices}
        assert agreement.parties - agreement.signed == ({UNSIGNED} if cluster.code == "AVON-02" else set())
        assert agreement.status == ("suspended" if cluster.code == SUSPENDED_CLUSTER else "in-force")


def test_what_was_signed_has_no_gaps_and_says_what_each_clause_is_about() -> None:
    for cluster in clusters():
        agreement = agreement_of(cluster, now=NOW)
        known = {each.ods for each in cluster.practices}
        assert gaps(agreement.document, known, agreement.starts_at - timedelta(days=30)) == ()
        assert len(agreement.document.clauses) == len(agreement.grants)
        views = [clause for clause in agreement.document.clauses if clause.scope is Scope.VIEW_RECORD]
        assert views and all(covered_by(clause.categories) == frozenset(RecordSection) for clause in views)


@pytest.mark.database
def test_practices_of_a_cluster_may_use_each_other_and_nobody_else(terms: tuple[Terms, ...]) -> None:
    for cluster in clusters():
        if cluster.code in ("AVON-02", SUSPENDED_CLUSTER):
            continue
        for asker in cluster.practices:
            for giver in cluster.practices:
                assert ask(terms, asker.ods, giver.ods).allowed
    assert ask(terms, ods(1), ods(6)).why is Why.NO_AGREEMENT


@pytest.mark.database
def test_roles_may_what_the_clauses_say(terms: tuple[Terms, ...]) -> None:
    people = set(UserRole) - {UserRole.SYSTEM}
    may = {
        scope: {role for role in people if ask(terms, ods(1), ods(2), scope, role).allowed}
        for scope in (Scope.SEE_SLOTS, Scope.BOOK, Scope.VIEW_RECORD)
    }
    booking = {UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER}
    assert may[Scope.SEE_SLOTS] == booking | {UserRole.FEDERATION_ADMIN}
    assert may[Scope.BOOK] == booking
    assert may[Scope.VIEW_RECORD] == {UserRole.CLINICIAN}


@pytest.mark.database
def test_the_three_exceptions_refuse_for_their_own_reasons(terms: tuple[Terms, ...]) -> None:
    assert ask(terms, ods(6), UNSIGNED).why is Why.NOT_SIGNED_BY_THEM
    assert ask(terms, UNSIGNED, ods(6)).why is Why.NOT_SIGNED_BY_YOU
    assert ask(terms, ods(6), GIVES_ONLY).allowed
    assert ask(terms, GIVES_ONLY, ods(6)).why is Why.NOT_THIS_DIRECTION
    assert ask(terms, ods(6), ods(7)).allowed
    assert ask(terms, ods(11), ods(12)).why is Why.SUSPENDED


@pytest.mark.database
def test_every_practice_is_live_and_reached_where_the_simulator_plays_it(work: Work) -> None:
    write_database(work, FULL, simulator_url=f"{URL}/", now=NOW)
    with work.read() as tx:
        live = directory.live_links(tx)
        assert len(live) == 82
        for each in live:
            assert each.link.address == f"{URL}/{each.practice.ods}/STU3/1/gpconnect"
            assert each.link.system == by_ods()[each.practice.ods].system
            assert each.practice.booking_live
            assert each.practice.pooling_by_name
            assert set(each.link.consumer_asids) == {other.practice.ods for other in live}
        systems = Counter(each.link.system for each in live)
        assert systems == {"emis": 77, "tpp": 5}
        managers = {person.uid for person in PEOPLE if person.posts[0].role is UserRole.PRACTICE_MANAGER}
        assert {each.practice.pooling_by for each in live if each.practice.ods.value in PRACTICES} == managers
        assert len(directory.cluster_mates(tx, ods(1))) == 4
        assert directory.place_of(tx, memorable("ordinary").person.patient.postcode) is not None


@one_process
def test_each_practices_system_is_played_in_its_suppliers_manner(full: Path) -> None:
    with simulator(full) as connection:
        held = dict(connection.execute("SELECT ods, settings FROM practice"))
    played = {code: manners.read(settings).manner.name for code, settings in held.items()}
    assert played == {each.ods.value: each.system for each in FULL.practices}


@pytest.mark.database
def test_who_needs_a_local_grant_has_one(work: Work) -> None:
    write_database(work, SMALL, simulator_url=URL, now=NOW)
    with work.read() as tx:
        for person in PEOPLE:
            granted = directory.staff_grants(tx, person.uid, NOW.date())
            expected = [(post.role, post.practice) for post in person.posts if post.granted_locally]
            assert [(grant.role, grant.practice.value) for grant in granted] == expected
