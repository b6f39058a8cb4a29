"""What is done once before the hub starts: skipped when done, begun afresh when it was interrupted."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from demo import preparing
from demo.data_folder import log_folder
from demo.postgres import Postgres
from demo.postgres_home import forget_home
from demo.preparing import Ground, Preparations
from demo.words import CannotStart, Stopped
from tests.demo.listening import Listener, until

# Stand in for `flask db upgrade` and `demo.seed`: each notes that it ran; the seed may be told to break half-way.
_MIGRATE = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS practice (ods text)")
open(os.environ["JOURNAL"], "a").write("migrate\\n")
"""
_SEED = """
import os, pathlib, sys, time
import psycopg
what = next((word for word in ("--top-up", "--simulator") if word in sys.argv), "database")
open(os.environ["JOURNAL"], "a").write(f"{what} begins\\n")
if what == "database":
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("INSERT INTO practice VALUES ('Y90001')")
        broken = pathlib.Path(os.environ["JOURNAL"] + ".break")
        if broken.exists():
            broken.unlink()
            sys.exit("the seed broke half-way")
if pathlib.Path(os.environ["JOURNAL"] + ".slow").exists():
    time.sleep(60)
open(os.environ["JOURNAL"], "a").write(f"{what} done\\n")
"""


class Site:
    """A data folder with a database, and the preparations made in it."""

    def __init__(self, folder: Path, server: Postgres) -> None:
        self.folder, self.server = folder, server
        self.journal = folder / "journal"
        self.listener = Listener()
        self.stopping = threading.Event()
        self.simulator_url = "http://127.0.0.1:1"

    def prepare(self) -> None:
        environment = {
            **os.environ,
            "DATABASE_OWNER_URL": self.server.urls.owner,
            "JOURNAL": str(self.journal),
            "SIMULATOR_URL": self.simulator_url,
        }
        ground = Ground(
            data=self.folder,
            logs=log_folder(self.folder),
            simulator=self.folder / "simulator",
            environment=environment,
            database=self.server.urls,
            embedded=self.server,
            size="full",
        )
        Preparations(ground, self.listener, self.stopping).do()

    def entries(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []

    def practices(self) -> int:
        with psycopg.connect(self.server.urls.owner) as connection:
            [(count,)] = connection.execute("SELECT count(*) FROM practice").fetchall()
            return int(count)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(preparing, "_FLASK", (sys.executable, "-c", _MIGRATE))
    monkeypatch.setattr(preparing, "_SEED", (sys.executable, "-c", _SEED))
    server = Postgres(tmp_path / "postgres", durable=False)
    server.start()
    yield Site(tmp_path, server)
    server.stop()
    forget_home(tmp_path / "postgres")


def test_a_second_start_repeats_nothing(site: Site) -> None:
    site.prepare()
    before = site.entries()
    assert sorted(before) == ["--simulator begins", "--simulator done", "database begins", "database done", "migrate"]
    site.prepare()
    assert site.entries() == before


def test_an_interrupted_filling_is_begun_afresh(site: Site) -> None:
    Path(f"{site.journal}.break").touch()
    with pytest.raises(CannotStart, match=r"the seed broke half-way \(all of it in .*seed\.log\)"):
        site.prepare()
    assert site.practices() == 1
    site.prepare()
    assert site.practices() == 1  # not two: the half-filled database was thrown away
    assert any("made afresh" in line for line in site.listener.lines)


def test_half_filled_diaries_are_thrown_away(site: Site) -> None:
    (site.folder / "simulator").mkdir()
    (site.folder / "simulator" / "half").touch()
    site.prepare()
    assert not (site.folder / "simulator" / "half").exists()


def test_one_can_stop_it_while_it_fills(site: Site) -> None:
    Path(f"{site.journal}.slow").touch()
    threading.Thread(target=lambda: (until(lambda: "database begins" in site.entries()), site.stopping.set())).start()
    with pytest.raises(Stopped):
        site.prepare()
    assert "database done" not in site.entries()


def test_the_calendar_is_carried_on_when_the_simulator_had_to_move(site: Site) -> None:
    site.prepare()
    site.simulator_url = "http://127.0.0.1:2"
    site.prepare()
    site.prepare()
    assert site.entries().count("--top-up done") == 1
