"""The worker and the post room, over the hub’s own settings: brought up, sent by MESH, settled by an answer."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.port import Capability
from gp_connect.send_document import reply
from hub.commands.posting import posting_chores, posting_errands
from hub.config import Config, ConfigError
from hub.post_office import DELIVER, office_of
from hub.wiring import open_hub
from messaging import reading
from messaging.delivering import document_id
from tests.hub.rig import CONFIG, Rig
from tests.messaging.writing import DOCTOR, PostRoom, open_post_room
from tests.scheduling.world import ANN, HOME, HOST, World
from vocabulary.messages import MessageState, Way


@pytest.mark.database
def test_the_timetable_sends_brings_up_and_settles(world: World, rig: Rig, tmp_path: Path) -> None:
    """Over the hub's own wiring: a link that a practice has, and the mailbox that the settings name."""
    with world.work.begin() as tx:
        tx.execute(text("UPDATE gp_system_link SET system = 'emis', address = 'http://127.0.0.1:1'"))
    config = replace(CONFIG, mesh_folder=str(tmp_path), mesh_mailbox="X26OT001", mesh_practices=frozenset({HOME.value}))
    wired = open_hub(config, engine=lambda: world.work.engine, clock=world.clock)
    hub = replace(rig.hub, config=config, connect=wired.connect, able=wired.able, gate=wired.gate)
    post = PostRoom(world, open_post_room(world).booking, office_of(hub))
    sent = post.sends()
    assert (sent.way, hub.able(HOST, DOCTOR) & {Capability.FILE_RECORD}) == (Way.SYSTEM, frozenset())
    chores = posting_chores(hub)
    assert [chore.task for chore in chores] == ["messages", "post"]
    for chore in chores:
        chore.run()
    ours = document_id(sent.ref)
    assert (tmp_path / "out" / f"{ours}.ctl").is_file()
    world.clock.at += timedelta(days=3)
    for chore in chores:
        chore.run()
    assert [row.detail["to"] for row in world.ledger(act="message.escalated")] == ["recipient"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "answer.dat").write_text(json.dumps(reply(ours, code="30001", ok=True, header_id="a")))
    (tmp_path / "in" / "answer.ctl").write_text("<DTSControl/>")
    chores[1].run()
    (line,) = reading.sent(post.office, DOCTOR)
    assert line.state is MessageState.ACKNOWLEDGED


@pytest.mark.database
def test_sending_wakes_the_worker_at_once_and_one_job_waits_at_most(world: World, rig: Rig) -> None:
    post = PostRoom(world, open_post_room(world).booking, office_of(rig.hub))
    first = post.sends()
    post.sends(corrects=first.ref)
    with world.work.read() as tx:
        waiting = tx.execute(text("SELECT task_name, args::text FROM procrastinate_jobs WHERE status = 'todo'")).all()
    assert [row for row in waiting if row[0] == DELIVER] == [(DELIVER, "{}")], "and it carries nothing"
    (errand,) = posting_errands(rig.hub)
    assert errand.task == DELIVER
    errand.run()
    assert len(world.network.diary(HOME).cabinet.filed(ANN)) == 2


def test_practices_by_mesh_need_a_mailbox() -> None:
    env = {"HUB_MODE": "test", "DATABASE_URL": "postgresql://x", "SECRET_KEY": "x", "HUB_URL": "http://localhost"}
    with pytest.raises(ConfigError, match="HUB_MESH_FOLDER"):
        Config.from_env({**env, "HUB_MESH_PRACTICES": "Y90001"})
    found = Config.from_env(
        {**env, "HUB_MESH_PRACTICES": "y90001, Y90002", "HUB_MESH_FOLDER": "mesh", "HUB_MESH_MAILBOX": "X26OT001"}
    )
    assert found.mesh_practices == {"Y90001", "Y90002"}
