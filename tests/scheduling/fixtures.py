"""Fixtures of the rooms that test against the world: one engine a process, and tables emptied by DELETE.

An engine of its own for every test would compile every statement again, and a TRUNCATE of twenty small tables takes
longer than most tests here.
"""

from collections.abc import Iterator
from graphlib import TopologicalSorter

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, create_engine

from demo.postgres import DatabaseUrls
from storage.work import Work
from tests.database import Cleaner
from tests.scheduling.world import World


class Broom:
    """Empties the hub's tables, children before parents, and starts their numbers again, in one statement."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self._connection = psycopg.connect(urls.owner, autocommit=True)
        emptying = [sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for name in self._children_first()]
        sequences = self._names(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND sequencename !~ '^procrastinate'"
        )
        again = [sql.SQL("SELECT setval({}, 1, false);").format(sql.Literal(name)) for name in sequences]
        self._sweeping = sql.SQL("BEGIN; SET LOCAL lock_timeout = '10s'; {} COMMIT").format(
            sql.SQL(" ").join([*emptying, *again])
        )

    def sweep(self) -> None:
        self._connection.execute(self._sweeping)

    def close(self) -> None:
        self._connection.close()

    def _children_first(self) -> tuple[str, ...]:
        tables = self._names(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^(procrastinate|alembic)'"
        )
        order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
        keys = self._connection.execute(
            "SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        )
        for parent, child in keys.fetchall():
            if parent in tables and child in tables and parent != child:
                order.add(parent, child)
        return tuple(order.static_order())

    def _names(self, question: str) -> list[str]:
        return [name for (name,) in self._connection.execute(question).fetchall()]


@pytest.fixture(scope="session")
def _broom(_worker_database: tuple[DatabaseUrls, Cleaner]) -> Iterator[Broom]:
    made = Broom(_worker_database[0])
    yield made
    made.close()


@pytest.fixture(scope="session")
def _desk_engine(_worker_database: tuple[DatabaseUrls, Cleaner]) -> Iterator[Engine]:
    made = create_engine(_worker_database[0].app, pool_size=24, max_overflow=16)
    yield made
    made.dispose()


@pytest.fixture
def engine(_broom: Broom, _desk_engine: Engine) -> Engine:
    """The process's engine over a database without rows."""
    _broom.sweep()
    return _desk_engine


@pytest.fixture
def world(work: Work) -> World:
    """The desk and everything round it."""
    return World(work)
