"""The hub as it is served: gunicorn with our own settings, and `flask worker`, on a real database."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from demo.ports import free_port
from demo.postgres import DatabaseUrls

pytestmark = pytest.mark.database
_CHECKOUT = Path(__file__).parents[2]
NUMBER = "9990000018"
PRODUCTION = {
    "HUB_MODE": "production",
    "SECRET_KEY": "long-enough-to-be-taken-and-for-tests-only",
    "HUB_URL": "https://hub.example.nhs.uk",
    "OIDC_ISSUER": "https://issuer.example",
    "OIDC_CLIENT_ID": "hub",
    "OIDC_CLIENT_SECRET": "only-for-tests",
    "PDS_URL": "https://pds.example",
}


@dataclass
class Served:
    """What runs, and what it says."""

    url: str
    environment: dict[str, str]
    folder: Path
    children: dict[str, subprocess.Popen[bytes]]

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("wb")
        with log:
            child = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=_CHECKOUT, env=self.environment, stdout=log, stderr=log
            )
        self.children[name] = child
        return child

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / f"{name}.log").read_text().splitlines()]

    def text(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


@pytest.fixture
def served(own_database_urls: DatabaseUrls, tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    environment = {
        **os.environ,
        "HUB_MODE": "test",
        "DATABASE_URL": own_database_urls.app,
        "DATABASE_OWNER_URL": own_database_urls.owner,
        "SECRET_KEY": "only-for-tests",
        "HUB_URL": f"http://127.0.0.1:{port}",
        "HUB_DATA": str(tmp_path / "data"),
        "HUB_BIND": f"127.0.0.1:{port}",
        "HUB_WEB_WORKERS": "2",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counters"),
        "PYTHONUNBUFFERED": "1",
    }
    made = Served(environment["HUB_URL"], environment, tmp_path, {})
    yield made
    for child in made.children.values():
        child.kill()
        child.wait()


def until(holds: Callable[[], bool], *, seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.1)


def answers(served: Served) -> bool:
    try:
        return requests.get(f"{served.url}/health/live", timeout=2).ok
    except requests.RequestException:
        return False


def test_web_and_worker_serve_count_and_stop(served: Served) -> None:
    web = served.start("web", "gunicorn", "wsgi:application")
    worker = served.start("worker", "flask", "--app", "wsgi", "worker")
    until(lambda: answers(served))
    until(lambda: requests.get(f"{served.url}/health/ready", timeout=5).json()["status"] == "ready")

    for _ in range(12):
        answer = requests.get(f"{served.url}/api/v1/slots?nhs={NUMBER}", timeout=5)
        assert answer.status_code == 401
    requests.get(f"{served.url}/nowhere/{NUMBER}?patient={NUMBER}", timeout=5)
    counted = requests.get(f"{served.url}/metrics", timeout=5).text
    assert 'hub_request_seconds_count{endpoint="slots.find",method="GET",status="4xx"} 12.0' in counted
    assert 'hub_job_seconds_count{outcome="done",task="heartbeat"}' in counted  # the worker's, in the same folder

    for child in (web, worker):
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=30) == 0

    requested = [line for line in served.lines("web") if line["event"] == "request"]
    assert {line["path"] for line in requested} == {"/api/v1/slots", "/nowhere/[ten digits]"}
    traced = next(line for line in requested if line["trace_id"] == answer.headers["X-Trace-Id"])
    assert (traced["method"], traced["status"], traced["logger"]) == ("GET", 401, "hub.access")
    assert NUMBER not in served.text("web") + served.text("worker")
    assert [line["event"] for line in served.lines("worker")][-1] == "worker_stopped"


def test_a_worker_that_comes_first_and_a_web_worker_that_dies(served: Served) -> None:
    served.start("worker", "flask", "--app", "wsgi", "worker")
    served.start("web", "gunicorn", "wsgi:application")
    until(lambda: answers(served))
    started = [line for line in served.lines("web") if str(line["event"]).startswith("web worker")]
    os.kill(int(str(started[0]["event"]).split()[2]), signal.SIGKILL)
    until(lambda: len([line for line in served.lines("web") if str(line["event"]).startswith("web worker")]) == 3)
    until(lambda: answers(served))


def test_what_gunicorn_loads_for_its_workers_opens_no_connection_and_no_thread(served: Served) -> None:
    first = served.start("web", "gunicorn", "wsgi:application")
    until(lambda: answers(served))
    process = Path(f"/proc/{first.pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    sockets = [file for file in (process / "fd").iterdir() if str(file.readlink()).startswith("socket:")]
    assert int(status["Threads"]) == 1
    assert len(sockets) == 1, "only the one that listens"


def test_production_does_not_start_with_a_role_that_could_change_the_ledger(served: Served) -> None:
    served.environment |= {**PRODUCTION, "DATABASE_URL": served.environment["DATABASE_OWNER_URL"]}
    web = served.start("web", "gunicorn", "wsgi:application")
    assert web.wait(timeout=60) != 0
    assert "may change ledger_event, ledger_root, ledger_seal" in served.text("web")
    worker = served.start("worker", "flask", "--app", "wsgi", "worker")
    assert worker.wait(timeout=60) == 1
    assert "The ledger is not ready" in served.text("worker")


def test_a_production_worker_wants_the_key_of_the_signed_roots(served: Served) -> None:
    served.environment |= PRODUCTION
    worker = served.start("worker", "flask", "--app", "wsgi", "worker")
    assert worker.wait(timeout=60) == 1
    assert "HUB_AUDIT_KEY is not set here" in served.text("worker")
