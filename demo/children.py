"""The supervisor's children: how each is started, known to be ready, and stopped, and the record of who runs."""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from demo.ports import answers
from demo.postgres import Postgres
from demo.processes import ProcessIdentity, end, identify, spawn, still_runs
from demo.words import CannotStart, Teller

StopSignals = Sequence[tuple[signal.Signals, float]]
_POLITE: StopSignals = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))
_LOG_LIMIT = 10_000_000


class Service(Protocol):
    """One thing that the supervisor keeps running."""

    @property
    def name(self) -> str: ...
    @property
    def log(self) -> Path: ...
    @property
    def identity(self) -> ProcessIdentity | None: ...
    def start(self) -> None: ...
    def alive(self) -> bool: ...
    def ready(self) -> bool: ...
    def how_it_ended(self) -> str: ...
    def stop(self, *, hard: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """How to run one child. `ready` is asked again and again until it says yes."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    log: Path
    ready: Callable[[], bool] = lambda: True
    stop_signals: StopSignals = _POLITE


class Child:
    """A child process of ours, in a process group of its own."""

    def __init__(self, plan: ChildPlan) -> None:
        self._plan = plan
        self._child: subprocess.Popen[bytes] | None = None
        self._identity: ProcessIdentity | None = None

    @property
    def name(self) -> str:
        return self._plan.name

    @property
    def log(self) -> Path:
        return self._plan.log

    @property
    def identity(self) -> ProcessIdentity | None:
        return self._identity

    def start(self) -> None:
        """Start it; its output is added to its log."""
        roll(self.log)
        with self.log.open("ab") as log:
            self._child = spawn(self._plan.command, env=self._plan.env, cwd=self._plan.cwd, output=log)
        self._identity = identify(self._child.pid)

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def ready(self) -> bool:
        return self.alive() and self._plan.ready()

    def how_it_ended(self) -> str:
        return _ending(self._child.returncode if self._child else None)

    def stop(self, *, hard: bool = False) -> None:
        """Stop it and what it started: politely, or at once."""
        child, identity = self._child, self._identity
        if child is None:
            return
        if identity is not None:
            signals = ((signal.SIGKILL, 5.0),) if hard else self._plan.stop_signals
            end(identity, signals=signals, reap=child.poll)
        child.wait(timeout=10)
        self._child = self._identity = None


class DatabaseChild:
    """The embedded PostgreSQL in a child's shape."""

    def __init__(self, server: Postgres, log: Path) -> None:
        self._server = server
        self.name = "database"
        self.log = log

    @property
    def identity(self) -> ProcessIdentity | None:
        return identify(self._server.pid) if self._server.pid else None

    def start(self) -> None:
        """Start it and wait until it answers."""
        roll(self.log)
        self._server.start()

    def alive(self) -> bool:
        return self._server.alive()

    def ready(self) -> bool:
        return self._server.alive()

    def how_it_ended(self) -> str:
        return _ending(self._server.exit_status)

    def stop(self, *, hard: bool = False) -> None:
        self._server.stop(hard=hard)


class Roster:
    """The children that run, on disk: so that a start after `kill -9` knows exactly whom it may end."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, services: Iterable[Service]) -> None:
        """Note who runs now."""
        entries = [{"name": s.name, **asdict(s.identity)} for s in services if s.identity is not None]
        scratch = self._file.with_suffix(".new")
        scratch.write_text(json.dumps(entries, indent=1))
        scratch.replace(self._file)

    def clear(self) -> None:
        self._file.unlink(missing_ok=True)

    def end_left_overs(self, teller: Teller, *, patience: float = 15.0) -> None:
        """End the noted children that still run. A process that only has the same id is left alone."""
        left = {name: identity for name, identity in self._read() if still_runs(identity)}
        # The database is left to its own driver: it ends another way, and last.
        left.pop("database", None)
        if left:
            teller.say(f"  Ending what an earlier run left behind: {', '.join(left)}.")
        for identity in left.values():
            end(identity, signals=((signal.SIGTERM, 0.0),))
        for name, identity in left.items():
            end(identity, signals=((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)))
            if still_runs(identity):
                raise CannotStart(
                    f"An earlier run's {name} (process {identity.pid}) does not end: 'kill -9 {identity.pid}' ends it."
                )

    def _read(self) -> list[tuple[str, ProcessIdentity]]:
        try:
            entries = json.loads(self._file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return []
        return [(e["name"], ProcessIdentity(e["pid"], e["started"], tuple(e["command"]))) for e in entries]


def answers_on(port: int) -> Callable[[], bool]:
    """Ready when somebody accepts connections on the port."""
    return lambda: answers(port)


def is_live_at(port: int) -> Callable[[], bool]:
    """Ready when /health/live on the port says 200."""

    def ask() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def roll(log: Path) -> None:
    """Put a log that has grown large aside, keeping one such."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        os.replace(log, log.with_suffix(".log.1"))


def _ending(status: int | None) -> str:
    if status is None:
        return "was lost"
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
