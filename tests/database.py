"""PostgreSQL for tests: one server a session, its schema made once, a cheap clone of it for every worker.

With DATABASE_URL set (as CI does for Debian's PostgreSQL) that server is used, and its owner role must be allowed to
create databases. With none, an embedded one is started; it forgets its safety (fsync off), so that tests are quick.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from demo.postgres import DatabaseUrls, Postgres

_CHECKOUT = Path(__file__).resolve().parents[1]
_SCRATCH, _OWNER, _APP = "hub_scratch", "hub_owner_url", "hub_app_url"


class TestDatabases:
    """The databases of one pytest session, made when first asked for.

    The session's first process owns the server and the scratch folder; xdist's workers are told of both. `durable`:
    an embedded server keeps its safety, which is what a benchmark has to measure.
    """

    __test__ = False

    def __init__(self, told: dict[str, str] | None = None, *, durable: bool = False) -> None:
        self._told = told
        self._durable = durable
        self._scratch: Path | None = None
        self._urls: DatabaseUrls | None = None
        self._server: Postgres | None = None

    def open(self) -> None:
        """Name the server, starting it if it is ours to start. Safe to repeat."""
        if self._urls is not None:
            return
        if self._told is not None:
            self._scratch = Path(self._told[_SCRATCH])
            self._urls = DatabaseUrls(owner=self._told[_OWNER], app=self._told[_APP])
            return
        self._scratch = Path(tempfile.mkdtemp(prefix="hub-tests-"))
        self._scratch.chmod(0o711)  # the server may run as another user, who has to get through this folder
        app = os.environ.get("DATABASE_URL")
        if app:
            self._urls = DatabaseUrls(owner=os.environ.get("DATABASE_OWNER_URL", app), app=app)
        else:
            self._server = Postgres(self._scratch, durable=self._durable, create_databases=True)
            self._server.start()
            self._urls = self._server.urls

    def tell(self) -> dict[str, str]:
        """What a worker has to know."""
        self.open()
        return {_SCRATCH: str(self.scratch), _OWNER: self.server_urls.owner, _APP: self.server_urls.app}

    def close(self) -> None:
        """Drop what the session made and stop the server; only in the process that opened it."""
        if self._told is not None or self._urls is None:
            return
        if self._server is not None:
            self._server.stop()
        else:
            self._drop_all()
        shutil.rmtree(self.scratch)

    @property
    def scratch(self) -> Path:
        if self._scratch is None:
            raise RuntimeError("the test databases have not been opened")
        return self._scratch

    @property
    def server_urls(self) -> DatabaseUrls:
        if self._urls is None:
            raise RuntimeError("the test databases have not been opened")
        return self._urls

    def clone(self) -> DatabaseUrls:
        """A new database with the hub's schema and no rows."""
        self.open()
        name = f"{self._prefix}_{secrets.token_hex(4)}"
        with self._one_at_a_time():
            template = self._template()
            self._administer(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self._in_database(name)

    def drop(self, urls: DatabaseUrls) -> None:
        """Drop a clone, cutting off whoever still uses it."""
        name = make_url(urls.owner).database or ""
        with psycopg.connect(self.server_urls.owner, autocommit=True) as connection:
            _drop(connection, name)

    @property
    def _prefix(self) -> str:
        return "test_" + "".join(sign for sign in self.scratch.name.lower() if sign.isalnum())

    def _template(self) -> str:
        name = f"{self._prefix}_template"
        ready = self.scratch / "template-ready"
        if not ready.exists():
            self._administer(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            _migrate(self._in_database(name))
            ready.touch()
        return name

    def _in_database(self, name: str) -> DatabaseUrls:
        owner, app = (
            make_url(url).set(database=name).render_as_string(hide_password=False)
            for url in (self.server_urls.owner, self.server_urls.app)
        )
        return DatabaseUrls(owner=owner, app=app)

    def _administer(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.server_urls.owner, autocommit=True) as connection:
            connection.execute(statement)

    def _drop_all(self) -> None:
        with psycopg.connect(self.server_urls.owner, autocommit=True) as connection:
            names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{self._prefix}_%"])
            for (name,) in names.fetchall():
                _drop(connection, name)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.scratch / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, cutting off whoever still uses it.

    An autovacuum worker that is in there just now belongs to nobody we may cut off, and is soon gone.
    """
    dropping = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for _ in range(50):
        try:
            connection.execute(dropping)
            return
        except psycopg.errors.InsufficientPrivilege:
            time.sleep(0.2)
    connection.execute(dropping)


class Cleaner:
    """Empties the tables of one clone between tests and starts their numbers again.

    One DELETE after another, children before parents: a TRUNCATE of small tables takes longer than most tests. What
    the migrations themselves put in is part of the schema and stays.
    """

    def __init__(self, urls: DatabaseUrls) -> None:
        self._connection = psycopg.connect(urls.owner, autocommit=True)
        kept = self._filled()
        emptying = [
            sql.SQL("DELETE FROM {};").format(sql.Identifier(name))
            for name in self._children_first()
            if name not in kept
        ]
        restarting = [
            sql.SQL("SELECT setval({}, 1, false);").format(sql.Literal(name))
            for name in self._names("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        ]
        self._cleaning = sql.SQL("BEGIN; SET LOCAL lock_timeout = '10s'; {} COMMIT").format(
            sql.SQL(" ").join([*emptying, *restarting])
        )

    def clean(self) -> None:
        self._connection.execute(self._cleaning)

    def close(self) -> None:
        self._connection.close()

    def _children_first(self) -> tuple[str, ...]:
        tables = self._tables()
        order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
        keys = self._connection.execute(
            "SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        )
        for parent, child in keys.fetchall():
            if parent in tables and child in tables and parent != child:
                order.add(parent, child)
        return tuple(order.static_order())

    def _filled(self) -> set[str]:
        question = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        parts = [question.format(sql.Literal(name), sql.Identifier(name)) for name in self._tables()]
        return {name for (name,) in self._connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()}

    def _tables(self) -> list[str]:
        return self._names("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    def _names(self, question: LiteralString) -> list[str]:
        return [name for (name,) in self._connection.execute(question).fetchall()]


def _migrate(urls: DatabaseUrls) -> None:
    """Bring an empty database to the newest revision, by the command that production uses."""
    migrated = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=_CHECKOUT,
        env={
            **os.environ,
            "HUB_MODE": "test",
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "SECRET_KEY": "only-for-tests",
            "HUB_URL": "http://127.0.0.1:8080",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if migrated.returncode != 0:
        raise RuntimeError(f"the migrations failed:\n{migrated.stdout}\n{migrated.stderr}")
