"""The worker and the post room, over the hub’s own settings: brought up, sent by MESH, settled by an answer."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gp_connect.send_document import message_id, reply
from hub.commands.posting import posting_chores
from hub.config import Config, ConfigError
from hub.post_office import office_of
from messaging import reading
from tests.hub.rig import CONFIG, Rig
from tests.messaging.writing import DOCTOR, PostRoom, open_post_room
from tests.scheduling.world import HOME, World
from vocabulary.messages import MessageState, Way


@pytest.mark.database
def test_the_timetable_sends_brings_up_and_settles(world: World, tmp_path: Path) -> None:
    config = replace(CONFIG, mesh_folder=str(tmp_path), mesh_mailbox="X26OT001", mesh_practices=frozenset({HOME.value}))
    hub = Rig(world, config).hub
    opened = open_post_room(world)
    post = PostRoom(world, opened.booking, office_of(hub))
    sent = post.sends()
    assert sent.way is Way.MESH
    chores = posting_chores(hub)
    assert [chore.task for chore in chores] == ["messages", "mesh"]
    for chore in chores:
        chore.run()
    ours = message_id(sent.ref)
    assert (tmp_path / "out" / f"{ours}.ctl").is_file()
    world.clock.at += timedelta(days=3)
    for chore in chores:
        chore.run()
    assert [row.detail["to"] for row in world.ledger(act="message.escalated")] == ["recipient"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "answer.dat").write_text(json.dumps(reply(ours, code="30001", ok=True, header_id="a")))
    chores[1].run()
    (line,) = reading.sent(post.office, DOCTOR)
    assert line.state is MessageState.ACKNOWLEDGED


@pytest.mark.database
def test_without_a_mailbox_there_is_the_inbox_and_one_chore(rig: Rig) -> None:
    assert [chore.task for chore in posting_chores(rig.hub)] == ["messages"]
    assert office_of(rig.hub).way_to(HOME) is Way.INBOX


def test_practices_by_mesh_need_a_mailbox() -> None:
    env = {"HUB_MODE": "test", "DATABASE_URL": "postgresql://x", "SECRET_KEY": "x", "HUB_URL": "http://localhost"}
    with pytest.raises(ConfigError, match="HUB_MESH_FOLDER"):
        Config.from_env({**env, "HUB_MESH_PRACTICES": "Y90001"})
    found = Config.from_env(
        {**env, "HUB_MESH_PRACTICES": "y90001, Y90002", "HUB_MESH_FOLDER": "mesh", "HUB_MESH_MAILBOX": "X26OT001"}
    )
    assert found.mesh_practices == {"Y90001", "Y90002"}
