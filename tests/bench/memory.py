"""How much memory a gunicorn worker of the real wsgi.py takes once it has answered 500 requests."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.ports import answers, free_port
from tests.bench.calling import Request, Unexpected

_CHECKOUT = Path(__file__).parents[2]
_PATIENCE = 30.0
_CLIENTS = 4  # at once, so that several of the worker's threads have work


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """In MiB."""

    at_first: float
    after: float
    requests: int


def measure(requests: list[Request], *, environment: Mapping[str, str], data: Path) -> WorkerMemory:
    """One worker, these requests in four threads, and its resident set before and afterwards."""
    with _gunicorn(environment, data) as (port, master):
        _ask_all(port, requests[:1])  # answered, so everything is loaded
        worker = _worker_of(master)
        at_first = _resident(worker)
        _ask_all(port, requests[1:])
        return WorkerMemory(at_first, _resident(worker), len(requests))


@contextmanager
def _gunicorn(environment: Mapping[str, str], data: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    more = {"HUB_BIND": f"127.0.0.1:{port}", "HUB_WEB_WORKERS": "1", "HUB_DATA": str(data)}
    log = data / "gunicorn.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:application"],
            cwd=_CHECKOUT,
            env={**os.environ, **environment, **more},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + _PATIENCE
        while not answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unexpected(f"gunicorn did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def _worker_of(master: int) -> int:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    (worker,) = (int(pid) for pid, parent in (line.split() for line in listed.splitlines()) if int(parent) == master)
    return worker


def _resident(pid: int) -> float:
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(asked.stdout) / 1024


def _ask_all(port: int, requests: list[Request]) -> None:
    failures: list[str] = []

    def ask_some(mine: list[Request]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for request in mine:
            environ = request.environ()
            path = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
            connection.request(request.method, path, headers=dict(request.headers))
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                failures.append(f"{request.path}: {answer.status} {said.decode()[:500]}")
        connection.close()

    threads = [threading.Thread(target=ask_some, args=(requests[at::_CLIENTS],)) for at in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Unexpected(failures[0])
