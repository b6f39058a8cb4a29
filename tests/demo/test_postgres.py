"""The embedded PostgreSQL: survives kill -9, takes over from a left-over, and keeps parameters out of its log."""

import json
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from demo import postgres
from demo.ports import free_port
from demo.postgres import Postgres
from demo.postgres_home import forget_home, left_home
from demo.words import CannotStart
from tests.demo.listening import Listener, until

pytestmark = pytest.mark.xdist_group("own servers")  # one process, so that its tests share them


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that every user can get through, as a checkout usually is; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hub tests "))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running(open_folder: Path) -> Iterator[Postgres]:
    """A server for all tests that leave it as they found it: making one takes longer than most of them."""
    server = Postgres(open_folder / "a folder", durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Postgres) -> Postgres:
    """The same, started again where the test before stopped it."""
    if not running.alive():
        running.start()
    return running


@pytest.fixture
def data(server: Postgres, open_folder: Path) -> Path:
    """Its data folder."""
    return open_folder / "a folder"


@pytest.fixture(scope="module")
def durable(open_folder: Path) -> Iterator[Postgres]:
    """One as safe as the demo's, which takes longer."""
    server = Postgres(open_folder / "durable")
    server.start()
    yield server
    server.stop()


def cluster(data: Path) -> Path:
    home = left_home(data)
    assert home is not None
    return home / "cluster"


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def test_what_was_committed_survives_kill_9(durable: Postgres) -> None:
    with psycopg.connect(durable.urls.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        for number in range(50):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        assert durable.pid
        os.kill(durable.pid, signal.SIGKILL)
    until(lambda: not durable.alive())
    port = durable.port
    durable.start()
    assert durable.port == port
    assert ask(durable.urls.owner, "SELECT count(*) FROM kept") == 50


def test_a_second_start_takes_over_from_a_server_that_was_left_running(server: Postgres, data: Path) -> None:
    first = server.pid
    second = Postgres(data)
    second.start()
    try:
        until(lambda: not server.alive())
        assert second.pid != first
        assert ask(second.urls.app, "SELECT current_user") == "hub_app"
    finally:
        second.stop()


def test_a_lock_file_with_somebody_elses_id_ends_nobody(server: Postgres, data: Path) -> None:
    server.stop()
    # As after a crash, when the id has since gone to another process: here, to this very test.
    lines = [str(os.getpid()), str(cluster(data)), "1", str(server.port), "", "127.0.0.1", "0 0", "ready"]
    (cluster(data) / "postmaster.pid").write_text("\n".join(lines) + "\n")
    server.start()
    assert ask(server.urls.app, "SELECT 1") == 1


def test_passwords_are_wanted_private_and_kept(server: Postgres, data: Path) -> None:
    kept = data / "passwords.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    passwords = json.loads(kept.read_text())
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.urls.app.replace(passwords["hub_app"], "guessed"))
    server.stop()
    server.start()
    assert json.loads(kept.read_text()) == passwords
    assert all(password not in repr(server.urls) for password in passwords.values())


def test_lost_passwords_are_told_with_the_mend(server: Postgres, data: Path) -> None:
    server.stop()
    passwords = (data / "passwords.json").rename(data / "lost")
    with pytest.raises(CannotStart, match="--reset"):
        server.start()
    passwords.rename(data / "passwords.json")


def test_it_is_as_safe_as_it_has_to_be(durable: Postgres) -> None:
    settings = {
        name: ask(durable.urls.app, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "listen_addresses")
    }
    assert settings == {"fsync": "on", "synchronous_commit": "on", "listen_addresses": "127.0.0.1"}


def test_it_does_not_run_as_root(server: Postgres) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_parameters_never_reach_the_log(server: Postgres, data: Path) -> None:
    log = data / "postgres.log"
    with psycopg.connect(server.urls.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (number text PRIMARY KEY)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            for _ in range(2):
                connection.execute("INSERT INTO person VALUES (%s)", ["9990000018"])
        # The search proves itself: the refusal is in the log, and a number put there on purpose is found.
        connection.execute("DO $$ BEGIN RAISE LOG 'planted 9990000026'; END $$")
    until(lambda: "planted 9990000026" in log.read_text())
    assert "duplicate key" in log.read_text()
    assert "9990000018" not in log.read_text()


def test_it_has_the_extensions_that_the_migrations_want(server: Postgres) -> None:
    with psycopg.connect(server.urls.owner) as connection:
        for extension in ("btree_gist", "pg_trgm"):
            connection.execute(f"CREATE EXTENSION {extension}")


def test_an_interrupted_initdb_is_begun_afresh(server: Postgres, data: Path) -> None:
    server.stop()
    half_made = cluster(data).rename(cluster(data).with_name("cluster.1234"))
    server.start()
    assert ask(server.urls.app, "SELECT 1") == 1
    assert not half_made.exists()


def test_a_port_that_another_server_took_since_it_was_found_free_is_given_up(
    server: Postgres, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is a PostgreSQL too: it answers, and knows none of our passwords."""
    ports = iter([server.port, free_port()])
    monkeypatch.setattr(postgres, "free_port", lambda *_: next(ports))
    second = Postgres(data.with_name("another"), durable=False)
    second.start()
    try:
        assert second.port != server.port
        assert ask(second.urls.app, "SELECT current_user") == "hub_app"
        assert ask(server.urls.app, "SELECT current_user") == "hub_app"
    finally:
        second.stop()


def test_a_port_taken_while_the_server_was_down_is_told_with_the_mend(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_PORT_PATIENCE", 0.5)
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # lines of the stopped server may linger
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(CannotStart, match=f"Another program has taken port {server.port}"):
            server.start()
    server.start()
    assert ask(server.urls.app, "SELECT 1") == 1


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A data folder that only root can reach, so that the server has to live elsewhere."""
    tmp_path.chmod(0o700)
    data = tmp_path / "closed"
    yield data
    if data.is_dir():
        forget_home(data)


ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that another user cannot reach")


@ROOT_ONLY
def test_a_data_folder_deleted_and_made_again_starts_cleanly(closed: Path) -> None:
    first = Postgres(closed, durable=False)
    first.start()
    home = left_home(closed)
    assert home is not None and home.is_relative_to("/var/lib")
    shutil.rmtree(closed)  # while it runs: its server is ended by the next start
    listener = Listener()
    second = Postgres(closed, durable=False, teller=listener)
    second.start()
    try:
        until(lambda: not first.alive())
        assert ask(second.urls.app, "SELECT current_user") == "hub_app"
        assert any("was deleted since" in line for line in listener.lines)
    finally:
        second.stop()


@ROOT_ONLY
def test_a_server_folder_goes_when_its_data_folder_has_gone_and_others_stay(closed: Path) -> None:
    gone = Postgres(closed, durable=False)
    gone.start()
    gone.stop()
    left = left_home(closed)
    assert left is not None
    other = closed.with_name("other")
    kept = Postgres(other, durable=False)
    kept.start()
    kept.stop()
    stays = left_home(other)
    shutil.rmtree(closed)
    try:
        third = Postgres(closed.with_name("third"), durable=False)
        third.start()
        third.stop()
        assert not left.exists()
        assert stays is not None and stays.is_dir()
    finally:
        for each in ("other", "third"):
            forget_home(closed.with_name(each))


@ROOT_ONLY
def test_under_a_closed_folder_it_lives_elsewhere_and_says_so(tmp_path: Path) -> None:
    listener = Listener()
    tmp_path.chmod(0o700)
    server = Postgres(tmp_path / "closed", teller=listener)
    server.start()
    try:
        home = left_home(tmp_path / "closed")
        assert home is not None
        assert home.is_relative_to("/var/lib")
        assert any(str(home) in line for line in listener.lines)
        assert tmp_path.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        forget_home(tmp_path / "closed")
    assert not home.exists()
