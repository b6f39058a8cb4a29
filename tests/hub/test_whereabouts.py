"""Every event says from where and by what it was done."""

import socket

import pytest
from sqlalchemy import text

from hub.whereabouts import program
from tests.hub.rig import Program, Rig
from tests.scheduling.world import World

_FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
_SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"
_EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (_FIREFOX, "Firefox on Windows"),
        (_SAFARI, "Safari on iPhone"),
        (_EDGE, "Edge on Windows"),
        ("python-requests/2.34", "python-requests/2.34"),
        ("<script>\n9990000018", "script9990000018"),
        ("x" * 500, "x" * 60),
        ("", ""),
    ],
)
def test_a_kind_of_program_and_no_more(agent: str, said: str) -> None:
    assert program(agent) == said


@pytest.mark.database
def test_what_is_asked_by_program_and_by_job_is_told_apart(world: World, rig: Rig, program: Program) -> None:
    world.clinic()
    world.sync()
    program.client.environ_base["HTTP_USER_AGENT"] = "practice-system/3"
    assert program.get("/slots", **{"from": "2026-11-24T15:00:00Z", "to": "2026-11-25T15:00:00Z"}).status_code == 200
    with world.work.read() as tx:
        rows = tx.execute(
            text("SELECT via, device, interaction, authority FROM ledger_event WHERE act = :act"),
            {"act": "slots.searched"},
        ).all()
        jobs = tx.execute(text("SELECT DISTINCT device FROM ledger_event WHERE via = 'job'")).scalars().all()
    (row,) = rows
    assert (row.via, row.device, row.interaction) == ("api", "127.0.0.1, practice-system/3", "slots.find")
    assert jobs in ([], [socket.gethostname()])
