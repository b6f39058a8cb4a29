"""Backup and restore: the same bookings, claims and ledger come back, or nothing changes at all."""

import stat
import zipfile
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from demo.postgres import DatabaseUrls
from hub.backup import BackupUnusable, read_manifest, restore_backup, write_backup
from hub.config import Secret
from scheduling import drift, views
from scheduling.commands import ListBookings
from sharing_agreements.gate import Gate
from storage.work import Work
from tests.database import TestDatabases
from tests.scheduling.world import ANN, BOB, HOME, HOST, NOW, World, caller

pytestmark = pytest.mark.database
EVERYTHING = ListBookings(by_practice=HOME)


class Place:
    """A database of the test's own."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self.owner = Secret(urls.owner.replace("postgresql://", "postgresql+psycopg://"))
        self.engine: Engine = create_engine(urls.app.replace("postgresql://", "postgresql+psycopg://"))
        self.work = Work(lambda: self.engine)

    def count(self, table: str) -> int:
        with self.work.read() as tx:
            return tx.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - our own table names


@pytest.fixture
def places(test_databases: TestDatabases) -> Iterator[tuple[Place, Place]]:
    urls = [test_databases.clone() for _ in range(2)]
    made = Place(urls[0]), Place(urls[1])
    yield made
    for place, url in zip(made, urls, strict=True):
        place.engine.dispose()
        test_databases.drop(url)


@pytest.fixture
def full(places: tuple[Place, Place]) -> World:
    world = World(places[0].work)
    world.clinic(slots=6)
    world.sync()
    world.book(comment="Tab\there, back\\slash,\nnew line and ö", phone="")
    world.book(nhs_number=BOB)
    world.hold()
    return world


def test_what_is_restored_is_what_was_there(places: tuple[Place, Place], full: World, tmp_path: Path) -> None:
    there, here = places
    before = views.listed(full.desk, EVERYTHING, caller())
    ledger = full.acts()
    file = tmp_path / "hub.backup"
    written = write_backup(there.owner, file, at=NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_name("hub.backup.part").exists()
    restored = restore_backup(here.owner, file)
    assert restored == written == read_manifest(file)

    again = copy(full)
    again.work = here.work
    again.desk = replace(full.desk, work=here.work, gate=Gate(here.work, full.clock))
    assert views.listed(again.desk, EVERYTHING, caller()) == before
    assert again.acts()[: len(ledger)] == ledger
    assert again.offers() == full.offers()
    (report,) = drift.check_all(again.desk)
    assert (report.host, report.compared, report.unanswered, report.found) == (HOST, 2, 0, ())
    third = again.book(nhs_number=ANN, clash_reason="Dressing")
    assert third.ref not in {one.ref for one in before}


def test_a_backup_is_one_moment_although_work_goes_on(places: tuple[Place, Place], full: World, tmp_path: Path) -> None:
    there, here = places
    booked_meanwhile: list[str] = []

    def book_meanwhile(said: str) -> None:
        if said.startswith("practice") and not booked_meanwhile:
            booked_meanwhile.append(full.book(clash_reason="Dressing").ref.value)

    write_backup(there.owner, tmp_path / "hub.backup", at=NOW, say=book_meanwhile)
    restore_backup(here.owner, tmp_path / "hub.backup")
    assert booked_meanwhile
    assert (there.count("booking"), here.count("booking")) == (3, 2)


def test_sessions_and_jobs_stay_behind(places: tuple[Place, Place], full: World, tmp_path: Path) -> None:
    there, _ = places
    names = {table.name for table in write_backup(there.owner, tmp_path / "b", at=NOW).tables}
    assert {"booking", "ledger_event", "slot_claim", "idempotency_key", "agreement"} <= names
    assert not {name for name in names if name.startswith("procrastinate") or name in ("web_session", "timetable_run")}


def test_a_database_that_is_not_empty_is_left_alone(places: tuple[Place, Place], full: World, tmp_path: Path) -> None:
    there, _ = places
    write_backup(there.owner, tmp_path / "b", at=NOW)
    with pytest.raises(BackupUnusable, match="not empty"):
        restore_backup(there.owner, tmp_path / "b")
    assert there.count("booking") == 2


def test_a_hub_at_work_does_not_notice_a_restore_into_it(
    places: tuple[Place, Place], full: World, tmp_path: Path
) -> None:
    there, _ = places
    write_backup(there.owner, tmp_path / "b", at=NOW)
    with there.work.begin() as tx:  # with any lock wanted, this would be waited for
        tx.execute(text("SELECT FROM booking FOR UPDATE"))
        with pytest.raises(BackupUnusable, match="not empty"):
            restore_backup(there.owner, tmp_path / "b")


def test_an_empty_database_that_is_in_use_is_not_waited_for(
    places: tuple[Place, Place], full: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = places
    monkeypatch.setattr("hub.backup._PATIENCE", "100ms")
    write_backup(there.owner, tmp_path / "b", at=NOW)
    with here.work.begin() as tx:
        tx.execute(text("SELECT FROM booking"))
        with pytest.raises(BackupUnusable, match="Something else is working"):
            restore_backup(here.owner, tmp_path / "b")
    assert here.count("practice") == 0
    assert restore_backup(here.owner, tmp_path / "b").rows


def test_a_spoilt_file_is_found_before_anything_is_touched(
    places: tuple[Place, Place], full: World, tmp_path: Path
) -> None:
    there, here = places
    file, spoilt = tmp_path / "b", tmp_path / "spoilt"
    write_backup(there.owner, file, at=NOW)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(spoilt, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name, content.replace(b"Practice", b"Practise") if name == "tables/practice.copy" else content
            )
    with pytest.raises(BackupUnusable, match="cannot be read"):
        restore_backup(here.owner, spoilt)
    spoilt.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BackupUnusable, match="cannot be read"):
        restore_backup(here.owner, spoilt)
    with pytest.raises(BackupUnusable, match="cannot be read"):
        restore_backup(here.owner, tmp_path / "missing")
    assert here.count("practice") == 0


def test_another_revision_is_refused(places: tuple[Place, Place], full: World, tmp_path: Path) -> None:
    there, here = places
    write_backup(there.owner, tmp_path / "b", at=NOW)
    owner = create_engine(here.owner.reveal())
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    owner.dispose()
    with pytest.raises(BackupUnusable, match="revision"):
        restore_backup(here.owner, tmp_path / "b")


def test_a_folder_that_is_not_there_is_said_plainly(places: tuple[Place, Place], tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="cannot be written") as caught:
        write_backup(places[0].owner, tmp_path / "nowhere" / "b", at=NOW)
    assert "folder" in caught.value.next_step


def test_a_backup_does_not_overwrite(places: tuple[Place, Place], tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    with pytest.raises(BackupUnusable, match="there already"):
        write_backup(places[0].owner, tmp_path / "b", at=NOW)
    assert (tmp_path / "b").read_text() == "precious"
