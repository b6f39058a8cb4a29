"""/metrics: what was counted, what the database says, and nobody's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine

from connectors.guard import CallSeen
from connectors.mock.script import Mishap
from hub.meters import observe_host_call
from hub.worker import HEARTBEAT
from messaging.chasing import chase
from messaging.delivering import deliver
from storage.jobs import account_for_run
from tests.hub.rig import Program, Rig
from tests.messaging.writing import open_post_room
from tests.scheduling.world import ANN, HOME, HOST, World
from vocabulary.messages import Urgency

pytestmark = pytest.mark.database
_CHECKOUT = Path(__file__).parents[2]


def measured(rig: Rig) -> dict[tuple[str, ...], float]:
    text = rig.app.test_client().get("/metrics").text
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_timed_by_endpoint(rig: Rig, program: Program) -> None:
    name = ("hub_request_seconds_count", "endpoint=slots.find", "method=GET", "status=2xx")
    before = measured(rig).get(name, 0)
    program.get("/slots")
    assert measured(rig)[name] == before + 1


def test_calls_to_hosts_are_counted_by_outcome(rig: Rig) -> None:
    name = ("hub_host_calls_total", "call=book", f"host={HOST}", "outcome=NoAnswer")
    before = measured(rig).get(name, 0)
    observe_host_call(CallSeen(HOST.value, "book", "NoAnswer", 5.0))
    assert measured(rig)[name] == before + 1


def test_the_database_is_counted_at_the_moment_of_asking(rig: Rig, program: Program, world: World) -> None:
    world.clinic()
    world.sync()
    booked = world.book()
    with world.work.begin() as tx:
        account_for_run(tx, HEARTBEAT, started=world.clock.now(), finished=world.clock.now())
    world.clock.forward(seconds=40)
    found = measured(rig)
    assert found["hub_database_up",] == 1
    assert found["hub_bookings", "state=booked"] == 1
    assert found["hub_bookings", "state=in-doubt"] == 0
    assert found["hub_pool_age_seconds", "stretch=near"] == 40
    assert found["hub_task_age_seconds", "task=heartbeat"] == 40
    text = rig.app.test_client().get("/metrics").text
    for secret in (ANN.value, booked.family, booked.ref.value, booked.ref.spoken):
        assert secret not in text


def test_messages_that_nobody_settles_are_counted(rig: Rig, world: World) -> None:
    post = open_post_room(world)
    post.asks()
    post.sends(urgency=Urgency.URGENT)
    world.network.script(HOME).inject("file_record", Mishap.UNREACHABLE)
    deliver(post.office)
    world.clock.forward(hours=5)
    chase(post.office)
    found = measured(rig)
    assert (found["hub_messages_open", "level=none"], found["hub_messages_open", "level=sender"]) == (1, 1)
    assert found["hub_messages_open", "level=managers"] == 0
    assert found["hub_messages_not_through", "state=delayed"] == 1
    assert found["hub_messages_not_through", "state=failed"] == 0


def test_without_its_database_it_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.world.work, "_engine", create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    assert measured(rig)["hub_database_up",] == 0


_COUNT_ONCE = """
from connectors.guard import CallSeen
from connectors.mock.script import Mishap
from hub.meters import observe_host_call
observe_host_call(CallSeen("Y90003", "book", "ok", 0.1))
"""
_ADD_UP = """
from prometheus_client import CollectorRegistry, multiprocess
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
print(registry.get_sample_value("hub_host_calls_total", {"host": "Y90003", "call": "book", "outcome": "ok"}))
"""


def test_the_counts_of_several_processes_add_up(tmp_path: Path) -> None:
    def run(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=_CHECKOUT,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counters")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    run(_COUNT_ONCE)
    run(_COUNT_ONCE)
    assert float(run(_ADD_UP)) == 2
