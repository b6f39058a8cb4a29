"""Live and ready: what a supervisor and a load balancer are told."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, text

from demo.postgres import DatabaseUrls
from hub.health import SILENT_AFTER, newest_revision
from hub.worker import HEARTBEAT
from storage.jobs import account_for_run
from storage.work import Work
from tests.hub.rig import Rig
from tests.scheduling.world import World

pytestmark = pytest.mark.database


def beat(world: World) -> None:
    now = world.clock.now()
    with world.work.begin() as tx:
        account_for_run(tx, HEARTBEAT, started=now, finished=now)


def test_live_asks_nobody(rig: Rig) -> None:
    rig.world.work.engine.dispose()
    answer = rig.app.test_client().get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"status": "live"})


def test_ready_with_a_worker_that_beats(rig: Rig, world: World) -> None:
    beat(world)
    answer = rig.app.test_client().get("/health/ready")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert answer.json["checks"]["migrations"]["words"] == f"at {newest_revision()}"


def test_without_a_worker_it_is_degraded_and_still_serves(rig: Rig, world: World) -> None:
    never = rig.app.test_client().get("/health/ready")
    assert (never.status_code, never.json["status"]) == (200, "degraded")
    beat(world)
    world.clock.at += SILENT_AFTER + timedelta(seconds=1)
    silent = rig.app.test_client().get("/health/ready")
    assert (silent.status_code, silent.json["status"]) == (200, "degraded")
    assert silent.json["checks"]["worker"]["words"] == "last heartbeat 61 s ago"


def test_another_versions_tables_are_not_ready(own_database_urls: DatabaseUrls) -> None:
    engine = _engine(own_database_urls)
    world = World(Work(lambda: engine))
    rig = Rig(world)
    owner = create_engine(own_database_urls.owner.replace("postgresql://", "postgresql+psycopg://"))
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = rig.app.test_client().get("/health/ready")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert "db upgrade" in answer.json["checks"]["migrations"]["words"]
    engine.dispose()
    owner.dispose()


def test_a_database_that_is_away_is_not_ready(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    away = create_engine("postgresql+psycopg://nobody:secret-word@127.0.0.1:1/none")
    monkeypatch.setattr(rig.world.work, "_engine", away)
    answer = rig.app.test_client().get("/health/ready")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert "secret-word" not in answer.text


def _engine(urls: DatabaseUrls) -> Engine:
    return create_engine(urls.app.replace("postgresql://", "postgresql+psycopg://"))
