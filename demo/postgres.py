"""A small driver for the PostgreSQL programs that come in a wheel: one private server, a direct child of ours.

It listens on 127.0.0.1 only, wants a password from everybody, and writes no parameter and no statement to its log.
`kill -9` of the server or of us loses nothing that was committed: the next start recovers.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from demo.ports import free_port, is_free
from demo.postgres_home import PostgresHome, cluster_in, left_home, open_home
from demo.postgres_left import STOP_SIGNALS, end_left_over, is_ready
from demo.private_files import write_private
from demo.processes import end, identify, spawn
from demo.words import CannotStart, Silence, Teller

DATABASE = "hub"
OWNER_ROLE = "hub_owner"
APP_ROLE = "hub_app"
_SUPERUSER = "postgres"
_START_PATIENCE = 60.0
_PORT_PATIENCE = 10.0  # what a killed server leaves behind may keep its port for a moment
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """The two ways into one database: the owner migrates, the application works. Neither shows in a repr."""

    owner: str = field(repr=False)
    app: str = field(repr=False)


class Postgres:
    """One embedded server with one database, kept in `data`.

    `durable=False` trades safety for speed, for test data only. `create_databases` lets the owner role make
    databases, which the tests' cheap clones need.
    """

    def __init__(
        self,
        data: Path,
        *,
        log: Path | None = None,
        port: int | None = None,
        durable: bool = True,
        create_databases: bool = False,
        teller: Teller | None = None,
    ) -> None:
        self._data = data
        self._log = log or data / "postgres.log"
        self._preferred_port = port
        self._port: int | None = None  # chosen at the first start, then kept: other processes hold our address
        self._durable = durable
        self._create_databases = create_databases
        self._teller: Teller = teller or Silence()
        self._child: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}

    @property
    def urls(self) -> DatabaseUrls:
        return DatabaseUrls(owner=self._url(OWNER_ROLE), app=self._url(APP_ROLE))

    @property
    def port(self) -> int:
        if self._port is None:
            raise CannotStart("The built-in PostgreSQL has not been started.")
        return self._port

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers; ends a left-over of an earlier run first."""
        if self.alive():
            return
        self._data.mkdir(parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._passwords = _kept_passwords(self._data / "passwords.json")
        self.end_left_over()
        home = open_home(self._data, self._teller)
        if not home.cluster.is_dir():
            self._create_cluster(home)
        known = self._port is not None  # then others hold our address: another port would help nobody
        if self._port is None:
            self._port = free_port(self._preferred_port)
        self._launch(home, may_change_port=not known)
        self._make_roles_and_database()

    def end_left_over(self) -> None:
        """End the server that a killed run left behind, if there is one."""
        folder = left_home(self._data)
        if folder is not None:
            end_left_over(cluster_in(folder), self._teller)

    @property
    def exit_status(self) -> int | None:
        return self._child.returncode if self._child else None

    def stop(self, *, hard: bool = False) -> None:
        """Stop the server; everything committed is on disk afterwards. `hard` leaves the tidying to the next start."""
        child = self._child
        # Asked for now: just after its start it may still have had another command line.
        process = identify(child.pid) if child is not None and child.poll() is None else None
        if child is not None and process is not None:
            signals = STOP_SIGNALS[1:] if hard else STOP_SIGNALS
            end(process, signals=signals, group=False, reap=child.poll)
        if child is not None:
            child.wait(timeout=10)
        self._child = None

    def recreate_database(self) -> None:
        """Throw the database away and make it again, empty."""
        with psycopg.connect(self._url(_SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        self._make_roles_and_database()

    def _url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{database}"

    def _create_cluster(self, home: PostgresHome) -> None:
        """Run initdb beside the final place and rename at the end, so that an interrupted one is never used."""
        for half_made in home.folder.glob("cluster.*"):
            shutil.rmtree(half_made)
        scratch = home.folder / f"cluster.{secrets.token_hex(4)}"
        # Passed through a pipe: a file that the unprivileged user can read would outlive a crash.
        reader, writer = os.pipe()
        os.write(writer, self._passwords[_SUPERUSER].encode() + b"\n")
        os.close(writer)
        if home.owner:
            os.fchown(reader, *home.owner)
        command = [
            str(home.programs / "initdb"),
            f"--pgdata={scratch}",
            f"--username={_SUPERUSER}",
            f"--pwfile=/dev/fd/{reader}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]
        try:
            made = subprocess.run(
                command,
                env=_ENVIRONMENT,
                cwd="/",
                pass_fds=[reader],
                user=home.owner[0] if home.owner else None,
                group=home.owner[1] if home.owner else None,
                extra_groups=[] if home.owner else None,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            os.close(reader)
        if made.returncode != 0:
            self._log.write_text(made.stdout + made.stderr)
            raise CannotStart(
                f"PostgreSQL could not make its data folder in {home.folder}; its words are in {self._log}."
            )
        scratch.rename(home.cluster)

    def _launch(self, home: PostgresHome, *, may_change_port: bool) -> None:
        began = time.monotonic()
        deadline = began + _START_PATIENCE
        while True:
            with self._log.open("ab") as log:
                child = spawn(
                    [str(home.programs / "postgres"), "-D", str(home.cluster), *self._settings()],
                    env=_ENVIRONMENT,
                    cwd=Path("/"),
                    output=log,
                    owner=home.owner,
                    death_signal=signal.SIGINT,
                )
            self._child = child
            if self._answers(child, home, deadline):
                return
            if child.poll() is not None and not is_free(self.port):
                if may_change_port:
                    self._port = free_port()
                elif time.monotonic() > began + _PORT_PATIENCE:
                    raise CannotStart(
                        f"Another program has taken port {self.port}, which the built-in PostgreSQL had: "
                        "stop that program, or end ./run and start it again."
                    )
            # What a killed server leaves behind needs a little longer than it to go: try again.
            if time.monotonic() > deadline:
                self.stop()
                raise CannotStart(
                    f"PostgreSQL did not start within {_START_PATIENCE:.0f} s; its words are in {self._log}."
                )
            time.sleep(0.1)

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "timezone": "UTC",
            "jit": "off",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_min_error_statement": "panic",
            "synchronous_commit": "on",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _answers(self, child: subprocess.Popen[bytes], home: PostgresHome, deadline: float) -> bool:
        """Wait until the server answers (True) or has ended (False). Whoever else has the port is not asked."""
        while child.poll() is None:
            if time.monotonic() > deadline:
                return False
            if not is_ready(home.cluster, child.pid):
                time.sleep(0.03)
                continue
            try:
                psycopg.connect(self._url(_SUPERUSER, "postgres"), connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise CannotStart(
                        f"The database in {self._data} does not know its passwords any more: start with --reset."
                    ) from None
            else:
                return True
            time.sleep(0.03)
        return False

    def _make_roles_and_database(self) -> None:
        with psycopg.connect(self._url(_SUPERUSER, "postgres"), autocommit=True) as connection:
            names = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER_ROLE, APP_ROLE):
                if role not in names:
                    statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                    connection.execute(statement.format(sql.Identifier(role), self._passwords[role]))
            if self._create_databases:
                connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER_ROLE)))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)))


def _kept_passwords(file: Path) -> dict[str, str]:
    """The roles' passwords: made once, then read back."""
    try:
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    except FileNotFoundError:
        made = {role: secrets.token_urlsafe(24) for role in (_SUPERUSER, OWNER_ROLE, APP_ROLE)}
    write_private(file, json.dumps(made))
    return made
