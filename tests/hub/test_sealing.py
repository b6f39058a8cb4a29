"""Sealing goes on: sixteen writers, a sealer killed with -9, every connection cut; nothing forks, nothing is left."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from demo.postgres import DatabaseUrls
from storage.ledger import LedgerEvent, record
from storage.proving import prove
from storage.sealing import backlog
from storage.work import Work
from tests.storage.ledgers import caller
from vocabulary.identifiers import OdsCode
from vocabulary.times import SystemClock

pytestmark = pytest.mark.database
_CHECKOUT = Path(__file__).parents[2]
WRITERS = 16


class Rig:
    """A database of the test's own, sealers as processes, writers as threads."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self.urls = urls
        self.engine: Engine = create_engine(_sqlalchemy(urls.app), pool_size=WRITERS + 2)
        self.work = Work(lambda: self.engine)
        self.sealers: list[subprocess.Popen[bytes]] = []
        self.stop = threading.Event()
        self.written = [0] * WRITERS
        self.writers = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def start_sealer(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.hub.sealing_process", _sqlalchemy(self.urls.app)]
        self.sealers.append(subprocess.Popen(command, cwd=_CHECKOUT))
        return self.sealers[-1]

    def sealed(self) -> int:
        return self._count("SELECT count(*) FROM ledger_seal")

    def events(self) -> int:
        return self._count("SELECT count(*) FROM ledger_event")

    def _count(self, question: LiteralString) -> int:
        """As the owner, whose connections nobody cuts."""
        with psycopg.connect(self.urls.owner) as connection:
            row = connection.execute(question).fetchone()
        return int(row[0]) if row else 0

    def cut_off(self) -> None:
        """As a restart of the database does; of one's own role's connections anybody may do so."""
        with psycopg.connect(self.urls.app, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = current_user AND pid <> pg_backend_pid()"
            )

    def close(self) -> None:
        self.stop.set()
        for child in self.sealers:
            child.kill()
            child.wait()
        self.engine.dispose()

    def _write(self, number: int) -> None:
        who = caller(OdsCode(f"Y9000{number % 5}"))
        while not self.stop.is_set():
            try:
                with self.work.begin() as tx:
                    record(tx, LedgerEvent("slots.searched"), caller=who, at=SystemClock().now())
                    record(tx, LedgerEvent("hold.taken"), caller=who, at=SystemClock().now())
                self.written[number] += 2
                self.stop.wait(0.05)  # people think in between; what is tried here is the sealing, not the processor
            except SQLAlchemyError:
                time.sleep(0.05)


def _sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def rig(own_database_urls: DatabaseUrls) -> Iterator[Rig]:
    made = Rig(own_database_urls)
    yield made
    made.close()


def until(holds: Callable[[], bool], *, seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def test_sixteen_writers_make_no_fork_whatever_becomes_of_the_sealers(rig: Rig) -> None:
    first = rig.start_sealer()
    rig.start_sealer()
    for writer in rig.writers:
        writer.start()
    until(lambda: rig.sealed() > 50)
    first.kill()
    before = rig.sealed()
    until(lambda: rig.sealed() > before + 50)  # the other goes on
    rig.cut_off()
    before = rig.sealed()
    until(lambda: rig.sealed() > before + 50)  # and again when its connection is gone
    rig.stop.set()
    for writer in rig.writers:
        writer.join()
    until(lambda: rig.sealed() == rig.events())
    assert rig.events() >= sum(rig.written) > 0
    rig.engine.dispose()  # its connections may be among those that were cut
    with rig.work.read() as tx:
        report = prove(tx, keys=(), now=SystemClock().now())
        assert backlog(tx, SystemClock().now()).count == 0
    assert (report.findings, report.acts) == ([], rig.events())
