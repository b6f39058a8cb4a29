"""flask-sqlalchemy and flask-migrate: configuration, one engine a process (no connection before a fork), `flask db`.

Nothing but storage.work.Work uses `db`, through `engine_of`.
"""

import select
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg import Connection as DriverConnection
from psycopg import Error as DriverError
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from hub.config import Config
from storage.base import Base
from storage.rights import grant_application_role

db = SQLAlchemy(metadata=Base.metadata)

# Short: a database that is away must show as a plain page with the way round it, not as a spinning wheel.
_CONNECT_TIMEOUT = 3
_UNHEARD_FOR = 8_000  # milliseconds until a server whose machine went away counts as gone
_LAST_USED = "last used"
_TRUSTED_FOR = 20.0  # seconds of rest
# A statement prepared once and used often would, after a while, get one plan for any parameters: three to thirty times
# slower for the search, whose best plan depends on the window. Planning anew takes a millisecond (docs/benchmarks.md).
SETTINGS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan"
_ENGINE_OPTIONS: dict[str, Any] = {
    "pool_size": 8,
    "max_overflow": 8,
    "pool_timeout": 10,
    "pool_recycle": 1800,
    # Parameters hold patients' details: no exception text may carry them.
    "hide_parameters": True,
    "connect_args": {
        "connect_timeout": _CONNECT_TIMEOUT,
        "tcp_user_timeout": _UNHEARD_FOR,
        "application_name": "hub",
        "options": SETTINGS,
    },
}


def register(app: Flask, config: Config) -> None:
    """Tell flask-sqlalchemy and flask-migrate where our data are."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url.reveal() or "postgresql+psycopg://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _ENGINE_OPTIONS
    db.init_app(app)
    with app.app_context():
        _check_connections(db.engine)
    app.cli.add_command(_Migrations(app))


class _Migrations(click.Group):
    """`flask db`, loaded when somebody calls it: Alembic would be six megabytes of every web worker."""

    def __init__(self, app: Flask) -> None:
        super().__init__("db", help="Perform database migrations.")
        self._app = app

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """flask-migrate's, which has options of its own before the command's."""
        return self._loaded().make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """flask-migrate's."""
        return self._loaded().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """flask-migrate's."""
        return self._loaded().get_command(ctx, cmd_name)

    def _loaded(self) -> click.Group:
        import_module("flask_migrate").Migrate(self._app, db, directory="migrations")  # takes our place
        group = self._app.cli.commands["db"]
        assert isinstance(group, click.Group)  # noqa: S101 - it is flask-migrate's own
        return group


def _check_connections(engine: Engine) -> None:
    """Let no connection out of the pool that the server has ended meanwhile, as after a restart of the database.

    SQLAlchemy's own pre-ping asks the server each time, and a hold and its booking are thirteen short transactions. A
    server that goes away says so on the socket at once; only after a rest, in which a firewall may have forgotten the
    connection in silence, is it asked.
    """

    def note_use(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info[_LAST_USED] = time.monotonic()

    def check(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        now = time.monotonic()
        if now - record.info.get(_LAST_USED, now) < _TRUSTED_FOR and not _said_something(record):
            return
        try:
            engine.dialect.do_ping(connection)
        except DriverError as error:
            raise InvalidatePoolError("the server ended this connection") from error

    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", check)


def _said_something(record: ConnectionPoolEntry) -> bool:
    """Whether anything waits to be read from the server, though nothing was asked: usually that it is gone."""
    driver = record.driver_connection
    if not isinstance(driver, DriverConnection) or driver.closed:
        return True
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def engine_of(app: Flask) -> Callable[[], Engine]:
    """The engine of this process; it connects when first used, so that gunicorn's workers never share connections."""

    def make() -> Engine:
        with app.app_context():
            return db.engine

    return make


def grant_rights(connection: Connection, config: Config) -> None:
    """Called by migrations/env.py after every upgrade, as the owner: give the application role what it may do."""
    role = make_url(config.database_url.reveal()).username
    owner = make_url(config.database_owner_url.reveal()).username
    if role and role != owner:
        grant_application_role(connection, role)
