"""`./run` as a person sees it: it comes up, outlives the death of any part, stops whole, takes over after kill -9."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from demo.data_folder import empty
from demo.ports import answers, free_port
from demo.preparing import CHECKOUT
from demo.processes import ProcessIdentity, identify, still_runs
from demo.supervisor import Federation
from tests.demo.listening import until

pytestmark = pytest.mark.slow


def says(url: str) -> int:
    return requests.get(url, timeout=30).status_code


@pytest.mark.parametrize("name", ["web", "worker", "sign-in", "simulator", "database"])
def test_each_part_comes_back_after_kill_9(federation: Federation, name: str) -> None:
    before = federation.kill(name)
    until(lambda: federation.pids().get(name, before) != before, within=20)
    federation.wait_ready(30)
    until(lambda: len(federation.web_workers()) == 2, within=20)
    assert says(f"{federation.hub_url}/health/live") == 200
    assert says(f"{federation.signin_url}/health/live") == 200


def test_a_web_worker_that_is_killed_is_replaced(federation: Federation) -> None:
    before = federation.web_workers()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(federation.web_workers()) == 2 and before[0] not in federation.web_workers(), within=20)
    assert says(f"{federation.hub_url}/health/live") == 200


class Command:
    """`python -m demo` in a process of its own."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port = data, port
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> list[str]:
        """Start it and read what it says until it is up."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo", "--data", str(self.data), "--port", str(self.port), "--size", "small"],
            cwd=CHECKOUT,
            env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line.rstrip())
            if "Ctrl-C stops it" in line:
                return said
        raise AssertionError("it did not come up:\n" + "\n".join(said))

    def end(self, sign: signal.Signals) -> int:
        assert self.process
        assert self.process.stdout
        self.process.send_signal(sign)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process = None
        return status

    def children(self) -> list[ProcessIdentity]:
        found = map(identify, _children(self.process.pid if self.process else 0))
        return [identity for identity in found if identity is not None]


def _children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


@pytest.fixture
def command() -> Iterator[Command]:
    folder = Path(tempfile.mkdtemp(prefix="hub run "))
    folder.chmod(0o711)
    command = Command(folder / "var", free_port())
    yield command
    if command.process is not None:
        command.end(signal.SIGKILL)
    empty(command.data)
    shutil.rmtree(folder)


def count_practices(data: Path) -> int:
    environment = dict(
        line.removeprefix("export ").split("=", 1) for line in (data / "environment").read_text().splitlines()
    )
    with psycopg.connect(environment["DATABASE_URL"].strip("'")) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM practice").fetchall()
        return int(count)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the children in /proc")
def test_it_starts_stops_whole_and_takes_over_after_kill_9(command: Command) -> None:
    said = command.start()
    assert any(f"http://127.0.0.1:{command.port}" in line for line in said)
    assert any("Rita Okafor" in line for line in said)
    practices = count_practices(command.data)
    assert practices > 1
    first = command.children()
    assert len(first) == 5

    command.end(signal.SIGKILL)
    said = command.start()
    assert not any("Filling" in line for line in said)
    assert not any(still_runs(child) for child in first)
    assert count_practices(command.data) == practices

    second = command.children()
    assert command.end(signal.SIGTERM) == 0
    assert not any(still_runs(child) for child in second)
    assert not answers(command.port)
