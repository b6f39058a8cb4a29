"""What has to be done before the hub can be started: migrate, fill the database, fill the simulator's diaries.

Each is done once and noted; a later start skips what is done. What was interrupted is begun afresh.
"""

import hashlib
import json
import shutil
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from demo.children import roll
from demo.postgres import DatabaseUrls, Postgres
from demo.processes import end, identify, spawn
from demo.words import CannotStart, Stopped, Teller, step
from vocabulary.times import SystemClock, london_date

CHECKOUT = Path(__file__).resolve().parents[1]
_FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
_SEED = (sys.executable, "-m", "demo.seed")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and with what the preparations are made."""

    data: Path
    logs: Path
    simulator: Path
    environment: Mapping[str, str] = field(repr=False)
    database: DatabaseUrls
    embedded: Postgres | None  # None: the database is somebody else's
    size: str  # of the demo federation: full or small


class Preparations:
    """Runs what is not yet done, side by side where it can be."""

    def __init__(self, ground: Ground, teller: Teller, stopping: threading.Event) -> None:
        self._ground, self._teller, self._stopping = ground, teller, stopping
        self._given_up = threading.Event()
        self._notes = Notes(ground.data / "prepared.json")

    def do(self) -> None:
        """Everything still to do. Raises CannotStart."""
        # The diaries are files and the rest is the database's, so neither waits for the other.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for task in as_completed([pool.submit(self._prepare_database), pool.submit(self._fill_diaries)]):
                if task.exception():
                    self._given_up.set()
                task.result()
        self._carry_on()

    def _prepare_database(self) -> None:
        embedded = self._ground.embedded
        if embedded and self._notes.get("filling"):
            self._teller.say("  An earlier start was interrupted while filling the database: it is made afresh.")
            embedded.recreate_database()
            self._notes.forget("filling", "migrated")
        revisions = _fingerprint(CHECKOUT / "migrations" / "versions")
        # Somebody else's database may have changed behind our notes, so those are believed for our own only.
        if not embedded or self._notes.get("migrated") != revisions:
            with step(self._teller, "Bringing the database to the newest revision"):
                self._run("migrate", [*_FLASK, "db", "upgrade"])
            self._notes.put("migrated", revisions)
        if not _holds_practices(self._ground.database):
            self._notes.put("filling", True)
            with step(self._teller, "Filling the database with the demo federation"):
                self._run("seed", [*_SEED, *self._size()])
            self._notes.forget("filling")

    def _fill_diaries(self) -> None:
        if self._notes.get("diaries"):
            return
        if self._ground.simulator.exists():
            shutil.rmtree(self._ground.simulator)
        self._ground.simulator.mkdir()
        with step(self._teller, "Filling the practices' diaries"):
            self._run("seed-simulator", [*_SEED, "--simulator", "--data", str(self._ground.simulator), *self._size()])
        self._notes.put("diaries", True)

    def _carry_on(self) -> None:
        """Once a day the calendar is carried on; and the practices' links follow the simulator when it had to move."""
        present = [london_date(SystemClock().now()).isoformat(), self._ground.environment["SIMULATOR_URL"]]
        if self._notes.get("carried_on") == present:
            return
        if self._notes.get("carried_on"):
            with step(self._teller, "Carrying the calendar on to today"):
                self._run("top-up", [*_SEED, "--top-up", "--data", str(self._ground.simulator)])
        self._notes.put("carried_on", present)

    def _size(self) -> list[str]:
        return ["--size", self._ground.size] if self._ground.size != "full" else []

    def _run(self, name: str, command: Sequence[str]) -> None:
        """Run one command to its end; its words go to its log."""
        log = self._ground.logs / f"{name}.log"
        roll(log)
        with log.open("ab") as output:
            child = spawn(command, env=self._ground.environment, cwd=CHECKOUT, output=output)
        identity = identify(child.pid)
        while child.poll() is None:
            if (self._stopping.wait(0.05) or self._given_up.is_set()) and identity:
                end(identity, signals=((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)), reap=child.poll)
                raise Stopped
        if child.returncode != 0:
            raise CannotStart(f"'python {' '.join(command[1:])}' failed: {_last_line(log)} (all of it in {log})")


class Notes:
    """What is done, on disk."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def get(self, name: str) -> object:
        return self._read().get(name)

    def put(self, name: str, value: object) -> None:
        with self._lock:
            self._write({**self._read(), name: value})

    def forget(self, *names: str) -> None:
        with self._lock:
            self._write({name: value for name, value in self._read().items() if name not in names})

    def _read(self) -> dict[str, object]:
        try:
            kept: dict[str, object] = json.loads(self._file.read_text())
            return kept
        except FileNotFoundError:
            return {}

    def _write(self, notes: dict[str, object]) -> None:
        scratch = self._file.with_suffix(".new")
        scratch.write_text(json.dumps(notes, indent=1))
        scratch.replace(self._file)


def _fingerprint(folder: Path) -> str:
    """Changes when any migration does."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _holds_practices(database: DatabaseUrls) -> bool:
    with psycopg.connect(database.owner) as connection:
        return connection.execute("SELECT 1 FROM practice LIMIT 1").fetchone() is not None


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
