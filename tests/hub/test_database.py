"""Connections that the server has ended are found when they leave the pool, without asking it every time."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from demo.postgres import DatabaseUrls
from hub import database
from hub.config import Config

pytestmark = pytest.mark.database


@pytest.fixture
def pooled(database_urls: DatabaseUrls) -> Iterator[Engine]:
    app = Flask("hub")
    env = {"HUB_MODE": "test", "DATABASE_URL": database_urls.app, "SECRET_KEY": "x", "HUB_URL": "http://127.0.0.1"}
    database.register(app, Config.from_env(env))
    engine = database.engine_of(app)()
    yield engine
    engine.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalars(text("SELECT pg_backend_pid()")).one()


def end_all(urls: DatabaseUrls, name: str = "hub") -> None:
    """As a restart of the server does."""
    with psycopg.connect(urls.app, autocommit=True) as other:
        ours = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"
        assert other.execute(ours, [name]).fetchall()


def pings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    seen: list[object] = []
    really = engine.dialect.do_ping
    monkeypatch.setattr(engine.dialect, "do_ping", lambda connection: seen.append(connection) or really(connection))
    return seen


def test_a_connection_is_used_again_without_asking(pooled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pings(pooled, monkeypatch)
    assert backend(pooled) == backend(pooled) == backend(pooled)
    assert seen == []


def test_one_that_the_server_ended_is_replaced_unseen(pooled: Engine, database_urls: DatabaseUrls) -> None:
    with pooled.connect() as one, pooled.connect() as other:
        before = {found.scalars(text("SELECT pg_backend_pid()")).one() for found in (one, other)}
    end_all(database_urls)
    with pooled.connect() as one, pooled.connect() as other:
        after = {found.scalars(text("SELECT pg_backend_pid()")).one() for found in (one, other)}
    assert len(before) == len(after) == 2
    assert not before & after


def test_one_that_rested_is_asked_first(pooled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pings(pooled, monkeypatch)
    first = backend(pooled)
    later = time.monotonic() + 60
    monkeypatch.setattr(database.time, "monotonic", lambda: later)
    assert backend(pooled) == first
    assert len(seen) == 1
