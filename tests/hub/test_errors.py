"""Refusals and mistakes: told in plain words as a page, as problem+json to machines, never with data in the log."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from hub.auth.access import public
from hub.errors import KINDS, status_of
from scheduling.problems import SlotTaken
from tests.hub.web.shop import open_shop
from vocabulary.problems import Problem, ProblemKind


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made = open_shop(tmp_path).app

    @public
    def taken() -> str:
        raise SlotTaken("Somebody else took that slot.", next_step="Choose another time.")

    @public
    def broken() -> str:
        raise ValueError("9990000018 Joan Pritchard")

    @public
    def away() -> str:
        raise OperationalError("SELECT", {}, Exception("gone"))

    for prefix in ("", "/api"):
        for view in (taken, broken, away):
            made.add_url_rule(
                f"{prefix}/{view.__name__}",
                f"{prefix[1:]}{view.__name__}",
                view,
                methods=["GET", "POST"] if not prefix else ["GET"],
            )
    return made


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(KINDS) == set(ProblemKind)


def test_a_refusal_is_a_page_in_plain_words(app: Flask) -> None:
    answer = app.test_client().get("/taken")
    assert answer.status_code == 409
    assert "<h1>Somebody else took that slot.</h1>" in answer.text
    assert "Choose another time." in answer.text
    assert answer.headers["X-Trace-Id"][:8] in answer.text


def test_a_refusal_is_problem_json_to_machines(app: Flask) -> None:
    answer = app.test_client().get("/api/taken")
    told = json.loads(answer.data)
    assert answer.status_code == told["status"] == 409
    assert answer.content_type == "application/problem+json"
    assert told["code"] == "slot-taken" and told["detail"] == "Somebody else took that slot."
    assert told["trace_id"] == answer.headers["X-Trace-Id"]


def test_a_trace_goes_on_when_the_caller_brings_one(app: Flask) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = app.test_client().get("/taken", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer.headers["X-Trace-Id"] == trace


def test_no_such_page(app: Flask) -> None:
    assert "<h1>There is no page at this address.</h1>" in app.test_client().get("/nowhere").text
    told = json.loads(app.test_client().get("/api/nowhere").data)
    assert told["status"] == 404


def test_a_method_that_is_not_there_names_those_that_are(app: Flask) -> None:
    answer = app.test_client().post("/tonight")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_too_much_text_is_refused_before_it_is_read(app: Flask) -> None:
    answer = app.test_client().post("/sign-in/back-channel-logout", data={"logout_token": "x" * 300_000})
    assert answer.status_code == 413
    assert "too much for one form" in answer.text


def test_a_mistake_shows_and_logs_no_data(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.testing = False
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert "The hub made a mistake." in answer.text
    logged = " ".join(str(record.msg) for record in caplog.records)
    assert "ValueError" in logged
    for place in (answer.text, logged):
        assert "Pritchard" not in place and "9990000018" not in place


def test_a_database_that_is_away_points_to_the_last_copy(app: Flask) -> None:
    answer = app.test_client().get("/away")
    assert answer.status_code == 503
    assert 'href="/tonight/last-copy"' in answer.text
    assert json.loads(app.test_client().get("/api/away").data)["code"] == "database-away"


def test_status_of_a_plain_problem_is_that_of_its_kind() -> None:
    assert status_of(Problem("No.")) == 422
