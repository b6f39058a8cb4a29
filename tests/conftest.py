"""Fixtures every room's tests may use: databases, the whole product, a browser, and the loopback fence.

With xdist the session's first process owns the PostgreSQL server, and all tests of the whole product share one worker.
`HUB_EXAMPLES=1000 ./test -m "not browser"` is the long run of the property tests. Their examples have no deadline.
"""

import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine, create_engine

from demo.data_folder import empty
from demo.postgres import DatabaseUrls
from demo.supervisor import Federation, running_federation
from storage.work import Work
from tests.browser import find_chromium
from tests.database import Cleaner, TestDatabases

# Here, because a profile set by one room's conftest comes too late for modules that another room imports first.
settings.register_profile("hub", deadline=None, max_examples=int(os.environ.get("HUB_EXAMPLES", "30")))
settings.load_profile("hub")

pytest_plugins = ["tests.second_try", "tests.compiled_templates"]
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the whole product on one worker (--dist loadgroup), so that it is started once."""
    for item in items:
        if "federation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("federation"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that wants a browser is skipped where there is none, and fails where CI says there has to be one."""
    if item.get_closest_marker("browser") and find_chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium here: ./test installs it, or set HUB_CHROMIUM to one", pytrace=False)
        pytest.skip("no Chromium here")


@pytest.fixture(scope="session")
def test_databases(pytestconfig: pytest.Config) -> TestDatabases:
    return pytestconfig.stash[_DATABASES]


@pytest.fixture(scope="session")
def _worker_database(test_databases: TestDatabases) -> Iterator[tuple[DatabaseUrls, Cleaner]]:
    urls = test_databases.clone()
    cleaner = Cleaner(urls)
    yield urls, cleaner
    cleaner.close()


@pytest.fixture(scope="session")
def _worker_engine(_worker_database: tuple[DatabaseUrls, Cleaner]) -> Iterator[Engine]:
    # One a process: an engine of its own for every test would compile every statement again.
    made = create_engine(_worker_database[0].app, pool_size=24, max_overflow=16)
    yield made
    made.dispose()


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
def engine(database_urls: DatabaseUrls, _worker_engine: Engine) -> Engine:
    """An engine with the application's rights over a database without rows."""
    return _worker_engine


@pytest.fixture
def work(engine: Engine) -> Work:
    """Transactions over a database without rows."""
    return Work(lambda: engine)


@pytest.fixture(scope="session")
def federation() -> Iterator[Federation]:
    """The whole product on free ports with a small federation, shared by the session's tests."""
    folder = Path(tempfile.mkdtemp(prefix="hub-federation-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user, who has to get through this folder
    try:
        with ExitStack() as stack:
            (folder / "tmp").mkdir()  # its processes' own: tests search it for what may not be there
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("TMPDIR", str(folder / "tmp"))
                running = stack.enter_context(running_federation(folder / "var"))
            yield running
    finally:
        empty(folder / "var")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not start as root; the pages it sees here are ours alone.
        launched = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without cookies, as a receptionist in England would have it."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


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
