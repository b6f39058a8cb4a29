"""One whole benchmark over a migrated, empty database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg_pool import ConnectionPool
from sqlalchemy import Engine, create_engine

from demo.postgres import DatabaseUrls
from hub.database import SETTINGS
from storage.work import Work
from tests.bench import federation, memory
from tests.bench.contests import claim_contest, page_contest, search_contest
from tests.bench.federation import Scale
from tests.bench.hub_side import HubSide, config, environment, hub_side, issuer, week
from tests.bench.memory import WorkerMemory
from tests.bench.turns import Contest
from vocabulary.times import SystemClock


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to go on."""

    scale: Scale
    rounds: int
    searches: int  # a round and side
    claims: int
    warm_up: int
    worker_requests: int


FULL_EFFORT = Effort(federation.FULL_SCALE, rounds=12, searches=25, claims=15, warm_up=15, worker_requests=500)
Say = Callable[[str], None]


def run(urls: DatabaseUrls, data: Path, effort: Effort, *, say: Say) -> tuple[list[Contest], WorkerMemory]:
    """Fill the database, measure each contest, then a worker's memory."""
    with prepared(urls, effort.scale, say=say) as (side, pool, settings):
        contests = []
        for make, times in (
            (search_contest, effort.searches),
            (page_contest, effort.searches),
            (claim_contest, effort.claims),
        ):
            contest = make(side, pool)
            say(f"{contest.title}: {effort.rounds} rounds of {times} requests a side…")
            contest.run(rounds=effort.rounds, times=times, warm_up=effort.warm_up)
            contests.append(contest)
        say("A gunicorn worker's memory…")
        window = week(side.hub.clock.now())
        requests = [side.search(window) if n % 4 else side.search_page() for n in range(effort.worker_requests)]
        return contests, memory.measure(requests, environment=settings, data=data)


@contextmanager
def prepared(
    urls: DatabaseUrls, scale: Scale, *, say: Say
) -> Iterator[tuple[HubSide, "ConnectionPool[Any]", dict[str, str]]]:
    """A filled database, the hub over it, a pool of plain connections to it, and a real hub's environment."""
    say("Filling the database…")
    with _engine(urls.app) as engine:
        slots = federation.fill(Work(lambda: engine), scale, now=SystemClock().now())
    with _engine(urls.owner, isolation_level="AUTOCOMMIT") as owner, owner.connect() as connection:
        federation.settle_statistics(connection)
    options = {"options": SETTINGS, "application_name": "bare"}
    with issuer() as by, ConnectionPool(urls.app, min_size=2, max_size=8, kwargs=options, open=True) as pool:
        settings = config(urls.app, by.url)
        side = hub_side(settings, by, slots)
        try:
            yield side, pool, environment(urls.app, by.url)
        finally:
            side.hub.work.engine.dispose()


@contextmanager
def _engine(url: str, **options: Any) -> Iterator[Engine]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), **options)
    try:
        yield engine
    finally:
        engine.dispose()
