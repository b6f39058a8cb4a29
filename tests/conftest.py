"""Fixtures every room's tests may use: databases, the loopback fence, and who of xdist's processes owns what."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from demo.postgres import DatabaseUrls
from storage.work import Work
from tests.database import Cleaner, TestDatabases

_DATABASES = pytest.StashKey[TestDatabases]()


def pytest_configure(config: pytest.Config) -> None:
    _fence_sockets()
    told = getattr(config, "workerinput", None)
    config.stash[_DATABASES] = TestDatabases(told)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: tell a worker which server the session uses (the first call starts it)."""
    node.workerinput.update(node.config.stash[_DATABASES].tell())


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_DATABASES].close()


@pytest.fixture(scope="session")
def test_databases(pytestconfig: pytest.Config) -> TestDatabases:
    return pytestconfig.stash[_DATABASES]


@pytest.fixture(scope="session")
def _worker_database(test_databases: TestDatabases) -> tuple[DatabaseUrls, Cleaner]:
    urls = test_databases.clone()
    return urls, Cleaner(urls)


@pytest.fixture
def database_urls(_worker_database: tuple[DatabaseUrls, Cleaner]) -> DatabaseUrls:
    """Owner's and application's way into a migrated database without rows."""
    urls, cleaner = _worker_database
    cleaner.clean()
    return urls


@pytest.fixture
def own_database_urls(test_databases: TestDatabases) -> Iterator[DatabaseUrls]:
    """The same, but a database of the test's own: for tests that change the schema or leave processes behind."""
    urls = test_databases.clone()
    yield urls
    test_databases.drop(urls)


@pytest.fixture
def engine(database_urls: DatabaseUrls) -> Iterator[Engine]:
    """An engine with the application's rights over a database without rows."""
    made = create_engine(database_urls.app)
    yield made
    made.dispose()


@pytest.fixture
def work(engine: Engine) -> Work:
    """Transactions over a database without rows."""
    return Work(lambda: engine)


def _fence_sockets() -> None:
    """Let no test reach beyond this machine: a forgotten real address fails at once and by name."""
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: Any) -> None:
        _check(self, address)
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(self, address)
        return real_connect_ex(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise RuntimeError(f"a test tried to reach {host}: tests talk to this machine only")
