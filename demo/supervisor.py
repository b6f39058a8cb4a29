"""The whole product on one machine: PostgreSQL, the GP systems' simulator, the demo sign-in, the web server, a worker.

`./run` uses this, and so do the tests that want everything real round the hub (`running_federation`).
"""

import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

from demo.children import Child, ChildPlan, DatabaseChild, Roster, Service, answers_on, is_live_at
from demo.data_folder import database_folder, empty, held, log_folder, tell_address
from demo.keeping import Keeper
from demo.ports import free_port, is_free
from demo.postgres import DatabaseUrls, Postgres
from demo.preparing import CHECKOUT, Ground, Preparations
from demo.processes import children_of
from demo.settings import Settings, settle, write_environment
from demo.words import CannotStart, Silence, Teller, step

Size = Literal["full", "small"]
DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class Options:
    """What one may choose about a demo. `port=None` takes any free one."""

    data: Path
    port: int | None = DEFAULT_PORT
    reset: bool = False
    size: Size = "full"
    web_workers: int = 2
    database: DatabaseUrls | None = None  # None: an embedded one


class Federation:
    """One running demo. The names of its services: database, simulator, sign-in, web, worker."""

    def __init__(self, options: Options, *, teller: Teller | None = None) -> None:
        self._options = options
        self._teller: Teller = teller or Silence()
        self._data = options.data.resolve()
        self._held = ExitStack()
        self._roster = Roster(self._data / "children.json")
        self._keeper = Keeper(self._roster, self._teller)
        self._settings: Settings | None = None
        self._database: DatabaseUrls | None = None
        self._environment: dict[str, str] = {}

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises CannotStart."""
        self._held.enter_context(held(self._data))
        try:
            self._roster.end_left_overs(self._teller)
            if self._options.reset:
                Postgres(database_folder(self._data), teller=self._teller).end_left_over()
                empty(self._data)
            self._settings = settle(self._data, hub_port=_hub_port(self._options.port))
            self._keeper.run(self._bring_up)
        except BaseException:
            self._held.close()
            raise
        tell_address(self._data, self.settings.hub_url)

    def stop(self) -> None:
        """Stop everything, the last started first."""
        self._keeper.stop()
        self._held.close()

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting; a second call stops at once."""
        self._keeper.ask_to_stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is down; False when `timeout` came first."""
        down = self._keeper.wait(timeout)
        if down:
            self._held.close()
        return down

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            raise RuntimeError("the federation has not been started")
        return self._settings

    @property
    def database(self) -> DatabaseUrls:
        if self._database is None:
            raise RuntimeError("the federation has not been started")
        return self._database

    @property
    def hub_url(self) -> str:
        return self.settings.hub_url

    @property
    def signin_url(self) -> str:
        return self.settings.signin_url

    @property
    def simulator_url(self) -> str:
        return self.settings.simulator_url

    @property
    def logs(self) -> Path:
        return log_folder(self._data)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of its children, for commands run beside them."""
        return self._environment

    def pids(self) -> dict[str, int]:
        """The process of each service that runs now."""
        return {service.name: service.identity.pid for service in self._keeper.services if service.identity}

    def web_workers(self) -> tuple[int, ...]:
        """The web server's worker processes, which gunicorn itself starts again."""
        master = self.pids().get("web")
        return children_of(master) if master else ()

    def kill(self, name: str) -> int:
        """`kill -9` a service, as an accident would; returns the process id it had."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Wait until every service is up and ready again. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while not all(service.ready() for service in self._keeper.services):
            if time.monotonic() > deadline:
                raise TimeoutError("not every service came back")
            time.sleep(0.1)

    def _bring_up(self) -> None:
        """In the keeper's thread: start and prepare everything, in the order that keeps nobody waiting."""
        keeper = self._keeper
        (self._data / "hub").mkdir(exist_ok=True)
        embedded = self._start_database()
        self._environment = self.settings.environment(self.database)
        environment_file = write_environment(self._data, self._environment)
        keeper.launch([self._signin()])
        preparations = Preparations(
            Ground(
                data=self._data,
                logs=self.logs,
                simulator=self._data / "simulator",
                environment=self._child_environment(),
                database=self.database,
                embedded=embedded,
                size=self._options.size,
            ),
            self._teller,
            keeper.stopping,
        )
        preparations.do()
        keeper.check_stopping()
        with step(self._teller, "Starting the GP systems' simulator and the web server"):
            keeper.launch([self._simulator(), self._web()])
            keeper.await_ready()
        # Nobody waits for the worker, and on two cores it would make them wait for the web server.
        keeper.launch([self._worker()])
        self._teller.say(f"  For commands beside it: . {shlex.quote(str(environment_file))}")

    def _start_database(self) -> Postgres | None:
        if self._options.database is not None:
            self._database = self._options.database
            _check_reachable(self._database)
            return None
        log = self.logs / "database.log"
        server = Postgres(database_folder(self._data), log=log, port=self.settings.database_port, teller=self._teller)
        with step(self._teller, "Starting PostgreSQL"):
            self._keeper.launch([DatabaseChild(server, log)])
        self._database = server.urls
        return server

    def _signin(self) -> Service:
        port = self.settings.signin_port
        folder = self._data / "sign-in"
        command = ["demo.signin", "--port", str(port), "--data", str(folder), "--hub-url", self.hub_url]
        return self._python("sign-in", command, answers_on(port))

    def _simulator(self) -> Service:
        port = self.settings.simulator_port
        command = ["connectors.mock.server", "--port", str(port), "--data", str(self._data / "simulator")]
        return self._python("simulator", command, answers_on(port))

    def _web(self) -> Service:
        port = self.settings.hub_port
        # Everything else about it is in gunicorn.conf.py.
        command = ["gunicorn", "wsgi:application", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(self._options.web_workers), "--graceful-timeout", "10"]
        return self._python("web", command, is_live_at(port))

    def _worker(self) -> Service:
        return self._python("worker", ["flask", "--app", "wsgi", "worker"], lambda: True)

    def _python(self, name: str, arguments: list[str], ready: Callable[[], bool]) -> Service:
        plan = ChildPlan(
            name=name,
            command=(sys.executable, "-m", *arguments),
            env=self._child_environment(),
            cwd=CHECKOUT,
            log=self.logs / f"{name}.log",
            ready=ready,
        )
        return Child(plan)

    def _child_environment(self) -> dict[str, str]:
        return {**os.environ, **self._environment, "PYTHONUNBUFFERED": "1"}


@contextmanager
def running_federation(
    data: Path, *, size: Size = "small", web_workers: int = 2, teller: Teller | None = None
) -> Iterator[Federation]:
    """The whole product on free ports, for a test: started on entry, stopped on leaving."""
    federation = Federation(Options(data, port=None, size=size, web_workers=web_workers), teller=teller)
    federation.start()
    try:
        yield federation
    finally:
        federation.stop()


def _hub_port(wanted: int | None) -> int:
    if wanted is None:
        return free_port()
    if not is_free(wanted):
        raise CannotStart(
            f"Port {wanted} is taken by another program: end that one, or start with --port {free_port(wanted + 1)}."
        )
    return wanted


def _check_reachable(database: DatabaseUrls) -> None:
    for name, url in (("DATABASE_URL", database.app), ("DATABASE_OWNER_URL", database.owner)):
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.Error as failure:
            # Only the server's own words: those about the form of the address would repeat it, password and all.
            operational = isinstance(failure, psycopg.OperationalError)
            reason = str(failure).splitlines()[0] if operational else "it cannot be read as an address"
            raise CannotStart(
                f"Cannot use the database that {name} names ({reason}): start it or correct {name}, "
                "or unset DATABASE_URL to use the built-in one."
            ) from None
