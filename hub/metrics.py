"""/metrics for Prometheus: what hub/meters.py counted, and what the database says right now.

With several processes on one host, PROMETHEUS_MULTIPROC_DIR names the folder in which their counts add up;
gunicorn.conf.py sets it for the web workers, and the job worker joins in when it is given the same.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy.exc import SQLAlchemyError

from hub.auth.access import public
from hub.meters import REQUESTS
from hub.wiring import Hub, current_hub
from messaging import census as post
from scheduling.census import Census, census
from storage.jobs import TaskRun, last_runs
from storage.roots import Root, newest
from storage.sealing import Backlog, backlog


def register(app: Flask) -> None:
    """Measure every request of this app, and answer /metrics."""

    @app.before_request
    def start() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        began = g.pop("began", None)
        if began is not None:
            status = f"{response.status_code // 100}xx"
            labels = (request.endpoint or "none", request.method, status)
            REQUESTS.labels(*labels).observe(time.perf_counter() - began)
        return response

    app.register_blueprint(blueprint)


blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Everything counted so far in every process of this host, and the database's own numbers."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Everything(REGISTRY.collect))
    registry.register(_Everything(lambda: _from_database(current_hub())))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Everything(Collector):
    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        yield from self._collect()

    def describe(self) -> list[Metric]:
        return []


def _from_database(hub: Hub) -> list[Metric]:
    now = hub.clock.now()
    try:
        with hub.work.read() as tx:
            found, runs = census(tx, now), last_runs(tx)
            waiting, last = backlog(tx, now), newest(tx)
            messages = post.census(tx)
    except SQLAlchemyError:
        return [GaugeMetricFamily("hub_database_up", "Whether the database answered", 0)]
    return [
        GaugeMetricFamily("hub_database_up", "Whether the database answered", 1),
        *_of_census(found),
        *_of_messages(messages),
        _of_runs(runs, now.timestamp()),
        *_of_proof(waiting, last, now.timestamp()),
    ]


def _of_census(found: Census) -> list[Metric]:
    bookings = GaugeMetricFamily("hub_bookings", "Bookings by state", labels=["state"])
    for state, number in found.bookings.items():
        bookings.add_metric([state.value], number)
    age = GaugeMetricFamily("hub_pool_age_seconds", "Age of the pool: the oldest answer in use", labels=["stretch"])
    late = GaugeMetricFamily("hub_pool_late", "Asks of hosts that are overdue", labels=["stretch"])
    for stretch, known in found.pool.items():
        age.add_metric([stretch], known.oldest_seconds)
        late.add_metric([stretch], known.overdue)
    return [
        bookings,
        age,
        late,
        GaugeMetricFamily("hub_attention_open", "Things that a person must settle", found.attention),
        GaugeMetricFamily("hub_holds", "Slots held now", found.holds),
    ]


def _of_messages(found: post.Census) -> list[Metric]:
    still = GaugeMetricFamily("hub_messages_open", "Open messages, by how far they were brought up", labels=["level"])
    for level, number in found.by_level.items():
        still.add_metric([level.name.lower()], number)
    stuck = GaugeMetricFamily(
        "hub_messages_not_through", "Open summaries that did not get into the practice's system", labels=["state"]
    )
    for state, number in found.stuck.items():
        stuck.add_metric([state.value], number)
    return [still, stuck]


def _of_runs(runs: dict[str, TaskRun], now: float) -> Metric:
    age = GaugeMetricFamily("hub_task_age_seconds", "Since the task last ran to its end", labels=["task"])
    for task, run in runs.items():
        age.add_metric([task], max(0.0, now - run.finished_at.timestamp()))
    return age


def _of_proof(waiting: Backlog, last: Root | None, now: float) -> list[Metric]:
    found: list[Metric] = [
        GaugeMetricFamily("hub_ledger_unsealed", "Events waiting to be sealed (1,000 or more is 1,000)", waiting.count),
        GaugeMetricFamily("hub_ledger_unsealed_seconds", "Age of the oldest of them", waiting.seconds),
    ]
    if last is not None:
        age = max(0.0, now - last.made_at.timestamp())
        found.append(GaugeMetricFamily("hub_ledger_root_age_seconds", "Since the last signed root", age))
    return found
