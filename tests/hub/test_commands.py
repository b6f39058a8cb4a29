"""The commands a person types: what they print, and with what status they end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import ClickException
from click.testing import Result
from flask import Flask, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from connectors.mock.script import Mishap
from hub.commands.running import _forget_failed
from hub.commands.terminal import plain_refusals
from hub.config import Mode
from hub.wiring import EXTENSION
from storage.jobs import defer
from tests.hub.rig import Rig
from tests.hub.served import served
from tests.scheduling.world import HOST, World

pytestmark = pytest.mark.database


def flask(rig: Rig, *words: str) -> Result:
    return rig.app.test_cli_runner().invoke(args=list(words))


def test_sync_plans_and_asks(rig: Rig, world: World) -> None:
    world.clinic()
    done = flask(rig, "sync")
    assert done.exit_code == 0
    assert "9 pairs of practices opened, 0 closed." in done.output
    assert "18 asks" in done.output
    assert len(world.offers()) == 4


def test_sweep_settles_what_waits(rig: Rig, world: World) -> None:
    world.clinic()
    world.sync()
    world.network.script(HOST).inject("book", Mishap.NO_ANSWER_AFTER_COMMIT)
    world.book()
    world.clock.forward(seconds=16)
    assert flask(rig, "sweep").output == "Looked at 1 bookings.\n"
    assert flask(rig, "sweep").output == "Looked at 0 bookings.\n"


def test_drift_check_says_what_differs_and_ends_with_1(rig: Rig, world: World) -> None:
    assert "no future bookings" in flask(rig, "drift", "check").output
    world.clinic()
    world.sync()
    booked = world.book()
    agrees = flask(rig, "drift", "check")
    assert agrees.exit_code == 0
    assert f"{HOST} Practice {HOST}: 1 compared, 0 differ" in agrees.output
    world.network.diary(HOST).cancel_locally(booked.host_reference)
    differs = flask(rig, "drift", "check", "--host", HOST.value.lower())
    assert differs.exit_code == 1
    assert f"{booked.ref}  cancelled-at-host" in differs.output
    (report,) = json.loads(flask(rig, "drift", "check", "--json").output)
    assert (report["host"], report["found"][0]["ref"]) == (HOST.value, str(booked.ref))


def test_drift_is_not_checked_at_a_practice_that_is_not_there(rig: Rig) -> None:
    done = flask(rig, "drift", "check", "--host", "ZZZ")
    assert done.exit_code == 1
    assert done.output == (
        "Error: The address book has no practice ZZZ. Check the code, or import the practice first.\n"
    )


def test_a_wrong_code_is_told_in_plain_words(rig: Rig) -> None:
    done = flask(rig, "drift", "check", "--host", "??")
    assert done.exit_code == 2
    assert "3 to 12 letters and digits" in done.output


def test_a_database_without_tables_or_without_a_server_is_said_plainly(rig: Rig, world: World, tmp_path: Path) -> None:
    with pytest.raises(ClickException, match="db upgrade"), plain_refusals(), world.work.read() as tx:
        tx.execute(text("SELECT FROM no_such_table"))
    with pytest.raises(DBAPIError), plain_refusals(), world.work.read() as tx:  # a mistake of ours stays one
        tx.execute(text("SELECT 1 / 0"))
    nobody_there = flask(rig, "backup", str(tmp_path / "b"))  # the rig's owner address has no server behind it
    assert nobody_there.exit_code == 1
    assert nobody_there.output.startswith("Error: The database does not answer")


def test_a_wrong_setting_is_told_without_a_traceback() -> None:
    env = {"PATH": os.environ["PATH"], "HUB_MODE": "holiday"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "sweep"],
        cwd=Path(__file__).parents[2],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The hub cannot start:\n  - HUB_MODE")
    assert "Traceback" not in done.stderr


def test_the_worker_does_not_start_without_its_tables(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.health.newest_revision", lambda: "9999")
    done = flask(rig, "worker")
    assert done.exit_code == 1
    assert "flask --app wsgi db upgrade" in done.output


@pytest.fixture
def sign_in() -> Iterator[str]:
    app = Flask("sign-in")

    @app.post("/demo/token")
    def token() -> object:
        if request.json["person"] != "receptionist.y90001":
            return jsonify(error="invalid_request", error_description="nobody here has that id"), 404
        return jsonify(access_token=f"token for {request.json['role'] or 'the only role'}")

    with served(app) as url:
        yield url


def test_a_demo_token_is_asked_of_the_demos_sign_in(rig: Rig, sign_in: str) -> None:
    _in_mode(rig, Mode.DEMO, sign_in)
    assert flask(rig, "demo", "token", "receptionist.y90001").output == "token for the only role\n"
    assert "token for clinician" in flask(rig, "demo", "token", "receptionist.y90001", "--role", "clinician").output
    nobody = flask(rig, "demo", "token", "nobody")
    assert nobody.exit_code == 1
    assert "nobody here has that id" in nobody.output


def test_there_are_no_demo_tokens_elsewhere(rig: Rig, sign_in: str) -> None:
    _in_mode(rig, Mode.PRODUCTION, sign_in)
    done = flask(rig, "demo", "token", "receptionist.y90001")
    assert done.exit_code == 1
    assert "This is not the demo" in done.output


def test_a_demo_that_is_not_running_is_said_so(rig: Rig) -> None:
    _in_mode(rig, Mode.DEMO, "http://127.0.0.1:1")
    assert "start the demo with ./run" in flask(rig, "demo", "token", "receptionist.y90001").output


def test_failed_jobs_are_forgotten_after_their_week(rig: Rig, world: World) -> None:
    with world.work.begin() as tx:
        defer(tx, "resolve", queue="bookings", ref="X")
        defer(tx, "resolve", queue="bookings", ref="Y")
        tx.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'ref' = 'X'"))
        tx.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE args ->> 'ref' = 'X'"))
    world.clock.at = datetime.now(UTC)  # the database stamps a job's events by its own clock
    assert _forget_failed(rig.hub) == 0
    world.clock.forward(days=8)
    assert _forget_failed(rig.hub) == 1
    with world.work.read() as tx:
        assert tx.scalar(text("SELECT args ->> 'ref' FROM procrastinate_jobs")) == "Y"


def _in_mode(rig: Rig, mode: Mode, issuer: str) -> None:
    config = replace(rig.hub.config, mode=mode, api_issuer=issuer)
    rig.app.extensions[EXTENSION] = replace(rig.hub, config=config)
