"""How much memory a gunicorn worker of the real wsgi.py takes once it has answered 500 requests."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.ports import answers, free_port
from tests.bench.calling import Request, Unexpected

_CHECKOUT = Path(__file__).parents[2]
_PATIENCE = 60.0
_CLIENTS = 4  # at once, so that several of the worker's threads have work


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """In MiB."""

    at_first: float
    after: float
    own: float  # of it not shared with gunicorn's first process or anybody else: what one worker more takes
    requests: int


def measure(requests: list[Request], *, environment: Mapping[str, str], data: Path) -> WorkerMemory:
    """One worker, these requests in four threads, and its resident set before and afterwards."""
    with _gunicorn(environment, data) as (port, master):
        _ask(port, requests[:1])  # answered, so the worker is there and everything is loaded
        worker = _worker_of(master)
        at_first = _resident(worker)
        with ThreadPoolExecutor(_CLIENTS) as clients:
            list(clients.map(lambda mine: _ask(port, mine), [requests[1 + at :: _CLIENTS] for at in range(_CLIENTS)]))
        return WorkerMemory(at_first, _resident(worker), _own(worker), len(requests))


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
        _stop(server)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Whatever happened before: no process stays behind."""
    server.terminate()
    try:
        server.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _worker_of(master: int) -> int:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    workers = [int(pid) for pid, parent in (line.split() for line in listed.splitlines()) if int(parent) == master]
    if len(workers) != 1:
        raise Unexpected(f"gunicorn should have one worker, and has {len(workers)}")
    return workers[0]


def _resident(pid: int) -> float:
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(asked.stdout) / 1024


def _own(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def _ask(port: int, requests: list[Request]) -> None:
    """These, one after another on one connection. Raises Unexpected at the first that fails."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as connection:
        for request in requests:
            environ = request.environ()
            path = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
            connection.request(request.method, path, headers=dict(request.headers))
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise Unexpected(f"{request.path}: {answer.status} {said.decode()[:500]}")
