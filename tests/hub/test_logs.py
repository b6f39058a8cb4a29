"""Log lines: JSON, traced, and without anybody's number, whoever wrote them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from demo.postgres import DatabaseUrls
from hub import logs
from hub.logs import MASKED, configure_logging, masked, sane_trace, start_trace, trace_id

NUMBER = "9990000018"
SOMEBODY = "Winterbottom"


class Lines:
    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    caught = Lines()
    configure_logging(caught.stream)
    structlog.contextvars.clear_contextvars()
    yield caught
    root.handlers, root.level = before[0], before[1]
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_our_lines_and_a_librarys_share_form_and_trace(lines: Lines) -> None:
    trace = start_trace()
    structlog.get_logger("hub").info("slot_held", ref="7KQ4-MPXB")
    logging.getLogger("some.library").warning("it took %s s", 3)
    ours, theirs = lines.all
    assert (ours["event"], ours["ref"], ours["level"], ours["logger"]) == ("slot_held", "7KQ4-MPXB", "info", "hub")
    assert (theirs["event"], theirs["logger"]) == ("it took 3 s", "some.library")
    assert ours["trace_id"] == theirs["trace_id"] == trace == trace_id()
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("written", [NUMBER, "999 000 0018", "999-000-0018", f"nhs-number%7C{NUMBER}", f"x{NUMBER}y"])
def test_a_number_is_masked_wherever_it_stands(lines: Lines, written: str) -> None:
    log = structlog.get_logger("hub")
    log.info(f"asked for {written}", plain=written, deep={"a": [{written: (written,)}]}, digits=int(NUMBER))
    logging.getLogger("some.library").error("asked for %s", written)
    assert written not in lines.text
    assert NUMBER not in lines.text
    first, second = lines.all
    assert MASKED in first["event"] and MASKED in first["plain"] and first["digits"] == MASKED
    assert MASKED in second["event"]


@given(st.integers(0, 10**10 - 1), st.text(alphabet="abc :/|-", max_size=5), st.text(alphabet="abc :/|-", max_size=5))
def test_any_ten_digits_between_other_signs_are_masked(number: int, before: str, after: str) -> None:
    digits = f"{number:010d}"
    assert digits not in masked(f"{before}{digits}{after}")


def test_longer_and_shorter_numbers_and_references_stay() -> None:
    for kept in ("123456789", "12345678901", "555002001001", "7KQ4-MPXB", "Y90001", "2030-03-31T01:30:00Z"):
        assert masked(kept) == kept
    assert masked(12.5) == 12.5 and masked(None) is None and masked(True) is True


def test_a_database_error_is_logged_without_its_data(lines: Lines, engine: Engine) -> None:
    log = structlog.get_logger("hub")
    statement = text("INSERT INTO cluster (code, name) VALUES (:code, :name)")
    with engine.connect() as connection:
        connection.execute(statement, {"code": "C1", "name": "first"})
        with pytest.raises(IntegrityError) as caught:
            connection.execute(statement, {"code": "C1", "name": SOMEBODY})
    try:
        raise RuntimeError("while doing something") from caught.value
    except RuntimeError:
        log.exception("it_failed")
    (line,) = lines.all
    assert "23505 duplicate key value violates unique constraint" in line["exception"]
    assert "RuntimeError: while doing something" in line["exception"]
    assert SOMEBODY not in lines.text and "DETAIL" not in lines.text and "[SQL" not in lines.text


def test_a_lost_database_is_logged_as_such(lines: Lines, database_urls: DatabaseUrls) -> None:
    log = structlog.get_logger("hub")
    engine = create_engine("postgresql+psycopg://nobody:secret-word@127.0.0.1:1/none")
    try:
        engine.connect()
    except Exception:
        log.exception("it_failed")
    assert "no connection" in lines.all[0]["exception"]
    assert "secret-word" not in lines.text


def test_a_request_is_traced_under_the_name_its_client_gave_it(lines: Lines) -> None:
    client = _app().test_client()
    client.get("/", headers={"X-Request-Id": "proxy-00000042"})
    client.get("/", headers={"X-Request-Id": NUMBER})
    client.get("/", headers={"X-Request-Id": "a b"})
    first, second, third = (line["trace_id"] for line in lines.all)
    assert first == "proxy-00000042"
    assert NUMBER not in lines.text
    assert len({first, second, third}) == 3
    assert len(second) == len(third) == 32


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, f"id-{NUMBER}", "with space", "new\nline-12", "semi;colon"])
def test_ids_that_could_carry_something_else_are_not_taken(offered: str) -> None:
    assert sane_trace(offered) == ""


def _app() -> Flask:
    app = Flask("traced")
    configured, logs.configure_logging = logs.configure_logging, lambda: None  # the fixture has set up the chain
    try:
        logs.configure(app)
    finally:
        logs.configure_logging = configured

    @app.get("/")
    def index() -> str:
        structlog.get_logger("hub").info("page")
        return ""

    return app
