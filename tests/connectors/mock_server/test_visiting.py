"""What every service of a simulated practice has in common: a fault of the simulator's own is told as one."""

import logging
from pathlib import Path
from typing import NoReturn

import pytest

from connectors.mock.simulator import SeedPractice, load, playing
from connectors.mock.simulator.app import create_app
from connectors.mock.simulator.record_room import RecordRoom
from gp_connect import audit_token, headers, interactions, outcomes
from gp_connect.structured import request
from tests.connectors.mock_server.consumer import ALEX, BOOKING_PRACTICE
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.records import RecordQuery
from vocabulary.times import SystemClock, london_date

HOST = OdsCode("Y90003")
ROOT = f"http://localhost/{HOST}/STU3/1/gpconnect"


@pytest.mark.parametrize(
    "interaction", [interactions.METADATA, interactions.GET_STRUCTURED_RECORD], ids=lambda each: each.name
)
def test_a_bug_is_an_outcome_and_names_nobody(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    interaction: interactions.Interaction,
) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise KeyError(ALEX.nhs_number.value)

    monkeypatch.setattr(playing, "play", broken)
    monkeypatch.setattr(RecordRoom, "read", broken)
    load(tmp_path, [SeedPractice(HOST, "Host Surgery", "0117 496 0003")])
    now = SystemClock().now()
    records = interaction in interactions.STRUCTURED
    root = f"{ROOT}/structured" if records else ROOT
    who = Caller("u-1", "Sam Carter", UserRole.RECEPTIONIST, BOOKING_PRACTICE, "Riverside", "t")
    token = audit_token.build(who, root, issuer="https://hub.example", now=now, scope=interaction.scope)
    sent = headers.write(interaction, token, trace_id="t", sender="1", recipient="2")
    body = request.write(ALEX.nhs_number, RecordQuery.whole(), today=london_date(now)) if records else None
    client = create_app(tmp_path).test_client()
    with caplog.at_level(logging.ERROR, logger="simulator.bugs"):
        answer = client.open(f"{root}{interaction.path}", method=interaction.verb, json=body, headers=sent)
    assert (answer.status_code, outcomes.read(answer.get_json(force=True)).code) == (500, "INTERNAL_SERVER_ERROR")
    assert "KeyError" in caplog.text
    assert ALEX.nhs_number.value not in caplog.text + answer.text
