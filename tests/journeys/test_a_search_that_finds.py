"""The search for what nobody may keep (kept.py) finds what is kept: in a table, a log, a temporary file, the WAL."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from psycopg.types.json import Jsonb

from tests.browser import find_chromium
from tests.journeys.conftest import Journal
from tests.journeys.kept import Keepers, shapes
from tests.journeys.pages import Pages
from tests.journeys.records import PLANTED, Surgery
from tests.journeys.town import Town, until
from tests.journeys.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("federation")]

# Not what is planted in records: that may be found nowhere. Nor the same twice: the write-ahead log keeps it.
ELSEWHERE, IN_A_TABLE, TAKEN_BACK = "thistlewick-9999", "thistlewick-9998", "thistlewick-9997"


@pytest.fixture
def keepers(town: Town) -> Keepers:
    return Keepers(town)


@pytest.fixture
def owner(town: Town) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(town.federation.database.owner) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    "value",
    [f"He said {IN_A_TABLE.upper()}", Jsonb({"deep": [IN_A_TABLE]}), IN_A_TABLE.encode(), [IN_A_TABLE]],
    ids=["text", "JSON", "bytes", "array"],
)
def test_it_finds_what_is_in_a_table(
    keepers: Keepers, owner: "psycopg.Connection[tuple[object, ...]]", value: object
) -> None:
    assert keepers.tables(owner, IN_A_TABLE) == []
    columns = "as_text text, as_json jsonb, as_bytes bytea, as_array text[]"
    owner.execute(f"CREATE TABLE planted_on_purpose ({columns})".encode())
    column = {str: b"as_text", Jsonb: b"as_json", bytes: b"as_bytes", list: b"as_array"}[type(value)]
    owner.execute(b"INSERT INTO planted_on_purpose (" + column + b") VALUES (%s)", [value])
    assert keepers.tables(owner, IN_A_TABLE) == ["1 rows of planted_on_purpose"]


def test_it_finds_what_was_written_and_taken_back_in_the_write_ahead_log(
    keepers: Keepers, owner: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    owner.execute("CREATE TABLE planted_on_purpose (note text)")
    owner.execute("INSERT INTO planted_on_purpose VALUES (%s)", [TAKEN_BACK])
    owner.rollback()
    owner.execute("CREATE TEMPORARY TABLE hurry (note text)")
    owner.commit()  # whatever waits to be written to the log is written with the next commit
    until(lambda: any("pg_wal" in file for file in keepers.files(TAKEN_BACK)), within=10, what="the log says it")
    assert keepers.tables(owner, TAKEN_BACK) == []


@pytest.mark.parametrize("shape", range(len(shapes(ELSEWHERE))))
def test_it_finds_what_is_in_a_log_in_whatever_shape(keepers: Keepers, town: Town, shape: int) -> None:
    log = town.federation.logs / "planted-on-purpose.log"
    assert keepers.files(ELSEWHERE) == []
    log.write_bytes(b'{"event": "' + shapes(ELSEWHERE)[shape] + b'"}\n')
    try:
        assert keepers.files(ELSEWHERE) == [str(log)]
    finally:
        log.unlink()


def test_it_finds_what_is_in_a_temporary_file_of_the_products_processes(keepers: Keepers, town: Town) -> None:
    folder = town.data.parent / "tmp"
    for name, pid in town.federation.pids().items():
        if name != "database":  # PostgreSQL's own lie in its data folder
            assert f"TMPDIR={folder}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(ELSEWHERE.encode())
        file.flush()
        assert keepers.of(ELSEWHERE) == [file.name]
        os.utime(file.name, (0, 0))  # and again when it looks older than the last search
        assert keepers.files(ELSEWHERE) == [file.name]


def test_it_finds_what_a_process_holds_in_a_file_without_a_name(town: Town) -> None:
    class Ours(Keepers):
        def _processes(self) -> set[int]:
            return {os.getpid()}

    with tempfile.TemporaryFile() as file:
        file.write(ELSEWHERE.encode())
        file.flush()
        assert len(Ours(town).open_files(ELSEWHERE)) == 1
    assert Ours(town).open_files(ELSEWHERE) == []


def test_a_browser_keeps_nothing_of_a_record_on_its_disk(surgery: Surgery, browser: Browser, journal: Journal) -> None:
    """One with a profile of its own, as at a desk: its cache, history and sessions are read when it is closed."""
    visit = surgery.visit()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        context = browser.browser_type.launch_persistent_context(
            profile, executable_path=find_chromium(), args=arguments, locale="en-GB", timezone_id="Europe/London"
        )
        context.set_default_timeout(15_000)
        pages = Pages(context, Watch(context, journal.made, seen=journal.seen), surgery.town.federation.hub_url)
        pages.sign_in("Daniel Whitcombe")
        assert PLANTED in surgery.opens(visit, at=pages)
        pages.press(pages.page.get_by_role("link", name="Consultations", exact=True))
        assert PLANTED in pages.says()
        context.close()
        kept = Keepers(surgery.town, Path(profile))
        assert kept.files(f"/session/{visit.ref}/record"), "the history names the page, so the search reads the profile"
        assert kept.files(PLANTED) == []
    pages.watch.nothing_is_wrong()
    assert surgery.kept() == []
