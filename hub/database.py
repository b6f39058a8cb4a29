"""flask-sqlalchemy and flask-migrate: configuration, one engine a process (made after any fork), `flask db`.

Nothing but storage.work.Work uses `db`, through `engine_of`.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, make_url

from hub.config import Config
from storage.base import Base
from storage.rights import grant_application_role

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()

# Short: a database that is away must show as a plain page with the way round it, not as a spinning wheel.
_CONNECT_TIMEOUT = 3
# A statement prepared once and used often would, after a while, get one plan for any parameters: three to thirty times
# slower for the search, whose best plan depends on the window. Planning anew takes a millisecond (docs/benchmarks.md).
SETTINGS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan"
_ENGINE_OPTIONS: dict[str, Any] = {
    "pool_size": 8,
    "max_overflow": 8,
    "pool_timeout": 10,
    "pool_pre_ping": True,
    "pool_recycle": 1800,
    # Parameters hold patients' details: no exception text may carry them.
    "hide_parameters": True,
    "connect_args": {"connect_timeout": _CONNECT_TIMEOUT, "application_name": "hub", "options": SETTINGS},
}


def register(app: Flask, config: Config) -> None:
    """Tell flask-sqlalchemy and flask-migrate where our data are."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url.reveal() or "postgresql+psycopg://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _ENGINE_OPTIONS
    db.init_app(app)
    migrate.init_app(app, db, directory="migrations")


def engine_of(app: Flask) -> Callable[[], Engine]:
    """The engine of this process, made when first asked for, so that gunicorn's workers never share connections."""

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
