"""`python -m demo`: refusals are one plain line with the mend, and nothing that is not ours is ever deleted."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.__main__ import main
from demo.data_folder import empty, held
from demo.ports import free_port
from demo.postgres import DatabaseUrls
from demo.settings import settle, write_environment


@pytest.fixture(autouse=True)
def _no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 1
    words = capsys.readouterr().err
    assert words.count("\n") == 1
    assert "Traceback" not in words
    return words


def test_a_taken_port_is_told_with_another_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, taken_port: int
) -> None:
    words = refused(capsys, "--data", str(tmp_path / "d"), "--port", str(taken_port))
    assert f"Port {taken_port} is taken" in words
    other = re.search(r"--port (\d+)", words)
    assert other is not None and int(other[1]) != taken_port  # usually the next one, unless that is taken too


@pytest.mark.parametrize("url", ["postgresql://hub:hunter2@127.0.0.1:1/hub", "hunter2 is no address"])
def test_an_unreachable_database_is_told_without_its_password(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    words = refused(capsys, "--data", str(tmp_path / "d"), "--port", str(free_port()))
    assert "DATABASE_URL" in words
    assert "unset DATABASE_URL" in words
    assert "hunter2" not in words


def test_a_folder_with_other_files_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for more in ([], ["--reset"]):
        assert "holds other files" in refused(capsys, "--data", str(tmp_path), *more)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_is_no_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is not a folder" in refused(capsys, "--data", str(tmp_path / "file"))


def test_a_second_start_beside_the_first_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with held(tmp_path / "d"):
        assert "already runs" in refused(capsys, "--data", str(tmp_path / "d"))


def test_emptying_keeps_the_mark_and_does_not_follow_links(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    data = tmp_path / "d"
    with held(data):
        (data / "link").symlink_to(precious)
        (data / "simulator").mkdir()
        empty(data)
        assert sorted(path.name for path in data.iterdir()) == [".practice-hub-demo", "lock"]
    assert (precious / "file").exists()


def test_a_port_has_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--port", "eighty"])
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_ports_and_secrets_stay_from_start_to_start(tmp_path: Path) -> None:
    first = settle(tmp_path, hub_port=1)
    assert settle(tmp_path, hub_port=1) == first
    assert (tmp_path / "settings.json").stat().st_mode & 0o777 == 0o600
    assert first.secret_key not in repr(first)


def test_the_environment_file_is_private_and_quoted(tmp_path: Path) -> None:
    settings = settle(tmp_path / ".", hub_port=1)
    urls = DatabaseUrls(owner="postgresql://o", app="postgresql://a b")
    file = write_environment(tmp_path, settings.environment(urls))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "export DATABASE_URL='postgresql://a b'\n" in file.read_text()
