"""The tests' own databases: empty for every test, migrated, and the application's role kept to its rights."""

import socket

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text

from demo.postgres import DatabaseUrls
from storage.work import Work

pytestmark = pytest.mark.database


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_finds_empty_tables(work: Work, turn: str) -> None:
    with work.begin() as tx:
        assert tx.scalar(text("SELECT count(*) FROM cluster")) == 0
        tx.execute(text("INSERT INTO cluster (code, name) VALUES ('C1', :name)"), {"name": turn})


def test_the_application_may_add_to_the_ledger_but_not_change_it(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.app) as connection:
        for statement in ("UPDATE ledger_event SET act = ''", "DELETE FROM ledger_event", "TRUNCATE ledger_event"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
        assert connection.execute("SELECT count(*) FROM ledger_event").fetchone() == (0,)


def test_a_database_of_its_own_is_another_one(database_urls: DatabaseUrls, own_database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.app) as one, psycopg.connect(own_database_urls.app) as other:
        assert one.info.dbname != other.info.dbname


def test_the_engine_works_as_the_application(engine: Engine, database_urls: DatabaseUrls) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == make_url(database_urls.app).username


def test_a_test_cannot_reach_beyond_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="this machine only"):
        outside.connect(("192.0.2.1", 80))
