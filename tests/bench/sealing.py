"""`python -m tests.bench.sealing`: what sealing the ledger takes from booking, and how soon an act is sealed.

Two processes of eight threads hold and book, as two web workers do, in turns with and without a sealer beside them; for
a turn without, the index that sealing needs is dropped as well. What a turn left unsealed is sealed before the next.
"""

import multiprocessing
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection as Pipe
from typing import Any

import psycopg

from tests.bench.contests import Claim, Claims, claim_by_hub
from tests.bench.federation import PRACTICES, Scale
from tests.bench.hub_side import HubSide
from tests.bench.running import prepared
from tests.database import TestDatabases

PROCESSES, THREADS = 2, 8
ROUNDS, CLAIMS = 30, 24  # a turn
_INDEX = "CREATE INDEX ix_ledger_event_xid ON ledger_event (xid)"
_LAGS = (
    "SELECT extract(epoch FROM seal.sealed_at - event.at)::float FROM ledger_event AS event "
    "JOIN ledger_seal AS seal ON seal.event_id = event.id WHERE event.id > %s"
)


@dataclass(slots=True)
class Found:
    """Bookings a second, a turn; and how long each act of the turns with a sealer waited, in seconds."""

    sealed: list[float] = field(default_factory=list)
    unsealed: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """For people."""
        shares = sorted(with_it / without for with_it, without in zip(self.sealed, self.unsealed, strict=True))
        yield f"Booking with {PROCESSES * THREADS} writers, {len(shares)} turns each of {CLAIMS} holds and bookings"
        yield f"  without a sealer  {statistics.median(self.unsealed):6.1f} a second"
        yield f"  with a sealer     {statistics.median(self.sealed):6.1f} a second"
        yield f"  share             {statistics.median(shares):6.0%}  ({shares[0]:.0%} to {shares[-1]:.0%}; aim 75%)"
        lags = sorted(self.lags)
        late = sum(lag > 1 for lag in lags)
        most = lags[int(len(lags) * 0.99)]
        yield f"  sealed after      {statistics.median(lags):6.2f} s; 99 of 100 within {most:.2f} s"
        yield f"  later than 1 s    {late} of {len(lags)} acts, the last after {lags[-1]:.2f} s"


class Writers:
    """The processes that book."""

    def __init__(self, side: HubSide) -> None:
        fork = multiprocessing.get_context("fork")
        self._ends: list[Pipe] = []
        for _ in range(PROCESSES):
            ours, theirs = fork.Pipe()
            fork.Process(target=_work_off, args=(side, theirs), daemon=True).start()
            self._ends.append(ours)

    def book(self, claims: list[Claim]) -> float:
        """All of them; bookings a second."""
        began = time.perf_counter()
        for place, end in enumerate(self._ends):
            end.send(claims[place::PROCESSES])
        for end in self._ends:
            end.recv()
        return len(claims) / (time.perf_counter() - began)


def _work_off(side: HubSide, end: Pipe) -> None:
    side.hub.work.engine.dispose(close=False)  # the parent's connections stay the parent's
    people = cycle([side.as_user(f"bench.{number}") for number in range(4 * THREADS)])  # nobody holds more than three
    with ThreadPoolExecutor(THREADS) as threads:
        while True:
            claims: list[Claim] = end.recv()
            for done in [threads.submit(claim_by_hub, next(people), claim) for claim in claims]:
                done.result()
            end.send(len(claims))


def main() -> int:
    """Measure and print."""
    began = time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:5.1f} s] {words}\n")

    databases = TestDatabases(durable=True)
    try:
        urls = databases.clone()
        with prepared(urls, Scale(PRACTICES, 1), say=say) as (side, _, _):
            found = measure(side, urls.app, urls.owner, say)
    finally:
        databases.close()
    sys.stdout.write("\n".join(found.lines()) + "\n")
    return 0


def measure(side: HubSide, app: str, owner: str, say: Callable[[str], None]) -> Found:
    """Turn by turn."""
    fresh, writers, found = Claims(side.hub.work), Writers(side), Found()
    with psycopg.connect(owner, autocommit=True) as database, _sealer(app) as sealer:
        writers.book([next(fresh) for _ in range(CLAIMS)])  # to warm up
        for number in range(ROUNDS):
            _wait_until_all_is_sealed(database)
            sealer.send_signal(signal.SIGSTOP)
            database.execute("DROP INDEX ix_ledger_event_xid")
            found.unsealed.append(writers.book([next(fresh) for _ in range(CLAIMS)]))
            database.execute(_INDEX)
            sealer.send_signal(signal.SIGCONT)
            _wait_until_all_is_sealed(database)
            last = _one(database, "SELECT max(id) FROM ledger_event")
            found.sealed.append(writers.book([next(fresh) for _ in range(CLAIMS)]))
            _wait_until_all_is_sealed(database)
            found.lags += [lag for (lag,) in database.execute(_LAGS, [last]).fetchall()]
            say(f"round {number + 1}: {found.unsealed[-1]:.1f} without, {found.sealed[-1]:.1f} with a sealer")
    return found


@contextmanager
def _sealer(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    url = url.replace("postgresql://", "postgresql+psycopg://")
    child = subprocess.Popen([sys.executable, "-m", "tests.hub.sealing_process", url])
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def _wait_until_all_is_sealed(database: "psycopg.Connection[Any]") -> None:
    unsealed = "SELECT count(*) FROM ledger_event WHERE NOT EXISTS (SELECT FROM ledger_seal WHERE event_id = id)"
    while _one(database, unsealed):
        time.sleep(0.05)


def _one(database: "psycopg.Connection[Any]", question: Any) -> Any:
    row = database.execute(question).fetchone()
    return row[0] if row else None


if __name__ == "__main__":
    raise SystemExit(main())
