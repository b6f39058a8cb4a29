"""The worker process keeps its timetable, runs errands, stops when told, and takes over from the dead."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, create_engine, make_url, text

from demo.postgres import DatabaseUrls
from storage.jobs import TaskRun, defer, last_runs
from storage.work import Work

pytestmark = pytest.mark.database

_CHECKOUT = Path(__file__).parents[2]


class Rig:
    """A database of the test's own and the workers started on it."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self.urls = urls
        self.engine: Engine = create_engine(urls.app.replace("postgresql://", "postgresql+psycopg://"))
        self.work = Work(lambda: self.engine)
        self.children: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        url = self.urls.app.replace("postgresql://", "postgresql+psycopg://")
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.hub.worker_process", url],
            cwd=_CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.children.append(child)
        return child

    def runs(self) -> dict[str, TaskRun]:
        with self.work.read() as tx:
            return last_runs(tx)

    def count(self, table: str, where: str = "true") -> int:
        with self.work.read() as tx:
            return tx.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}")) or 0  # noqa: S608

    def execute(self, statement: str) -> None:
        with self.work.begin() as tx:
            tx.execute(text(statement))

    def close(self) -> None:
        for child in self.children:
            child.kill()
            child.communicate()
        self.engine.dispose()


@pytest.fixture
def rig(own_database_urls: DatabaseUrls) -> Iterator[Rig]:
    made = Rig(own_database_urls)
    yield made
    made.close()


def until(holds: Callable[[], bool], *, seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.1)


def test_the_timetable_is_kept_and_accounted_for(rig: Rig) -> None:
    child = rig.start()
    until(lambda: {"tick", "broken", "heartbeat"} <= rig.runs().keys())
    first = rig.runs()["tick"].finished_at
    until(lambda: rig.runs()["tick"].finished_at > first)
    runs = rig.runs()
    assert runs["broken"].failure == "LookupError"
    assert runs["tick"].failure == ""
    child.send_signal(signal.SIGTERM)
    output, _ = child.communicate(timeout=20)
    assert child.returncode == 0
    assert '"event": "worker_stopped"' in output
    assert "LookupError" in output
    assert "999 000 0018" not in output


def test_an_errand_is_run_by_whichever_worker(rig: Rig) -> None:
    first, second = rig.start(), rig.start()
    with rig.work.begin() as tx:
        for number in range(10):
            defer(tx, "note", queue="bookings", ref=f"R{number}")
    until(lambda: rig.count("cluster") == 10)
    until(lambda: rig.count("procrastinate_workers") == 2)
    for child in (first, second):
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == 0
    assert rig.count("procrastinate_jobs", "task_name = 'note'") == 0  # done and deleted


def test_a_worker_that_loses_its_database_ends_so_that_it_is_started_again(rig: Rig) -> None:
    child = rig.start()
    until(lambda: "tick" in rig.runs())
    rig.engine.dispose()
    _cut_off(rig.urls)
    assert child.wait(timeout=40) == 1
    output = child.stdout.read() if child.stdout else ""
    assert '"event": "worker_broke"' in output


def test_what_a_killed_worker_was_doing_is_done_by_the_next(rig: Rig) -> None:
    with rig.work.begin() as tx:
        defer(tx, "hang", queue="bookings", ref="R1")
    killed = rig.start()
    until(lambda: rig.count("cluster", "code = 'R1'") == 1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert rig.count("procrastinate_jobs", "task_name = 'hang' AND status = 'doing'") == 1
    rig.execute("DELETE FROM cluster")
    rig.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    rig.start()
    until(lambda: rig.count("cluster", "code = 'R1'") == 1)


def test_a_job_that_does_not_end_keeps_no_worker_from_stopping(rig: Rig) -> None:
    with rig.work.begin() as tx:
        defer(tx, "hang", queue="bookings", ref="R1")
    child = rig.start()
    until(lambda: rig.count("cluster", "code = 'R1'") == 1)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=15) == 0
    assert rig.count("procrastinate_jobs", "task_name = 'hang' AND status = 'doing'") == 1  # for the next worker


def test_a_lane_blocked_by_a_killed_worker_is_freed(rig: Rig) -> None:
    columns = "queue_name, task_name, lock, queueing_lock, args, status"
    values = """'housekeeping', 'tick', 'tick/0', 'tick/0', '{"lane": 0, "timestamp": 1}'"""
    rig.execute(f"INSERT INTO procrastinate_jobs ({columns}) VALUES ({values}, 'doing')")  # noqa: S608
    rig.execute(f"INSERT INTO procrastinate_jobs ({columns}) VALUES ({values}, 'todo')")  # noqa: S608
    rig.start()
    until(lambda: rig.count("procrastinate_jobs", "lock = 'tick/0' AND (args ->> 'timestamp') = '1'") == 0)
    until(lambda: "tick" in rig.runs())


def _cut_off(urls: DatabaseUrls) -> None:
    name = make_url(urls.owner).database or ""
    elsewhere = make_url(urls.owner).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    app = make_url(urls.app).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(app, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
