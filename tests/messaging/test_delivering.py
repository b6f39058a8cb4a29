"""A summary by MESH, over a folder as the mailbox: put out, put out again, settled by the practice's own answer."""

import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from connectors.mesh.folder import FolderMailbox
from connectors.mesh.port import Parcel
from gp_connect.send_document import message_id, reply
from messaging import reading
from messaging.delivering import RESEND_AFTER, collect, deliver
from storage.work import idle
from tests.messaging.test_messages import sealed_texts, tables_with
from tests.messaging.writing import DOCTOR, GP, MARK, PostRoom, open_post_room
from tests.scheduling.world import ANN, World
from vocabulary.messages import MessageState, Way


@pytest.fixture
def box(tmp_path: Path) -> FolderMailbox:
    return FolderMailbox(tmp_path, name="X26OT001")


@pytest.fixture
def post(world: World) -> PostRoom:
    post = open_post_room(world)
    post.office = replace(post.office, way_to=lambda _practice: Way.MESH)
    return post


def put_out(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").glob("*")) if (tmp_path / "out").is_dir() else []


def comes_in(tmp_path: Path, body: object) -> None:
    (tmp_path / "in").mkdir(exist_ok=True)
    (tmp_path / "in" / f"{uuid4()}.dat").write_text(body if isinstance(body, str) else json.dumps(body))


def test_a_folder_is_a_mailbox_and_shows_its_files_to_nobody_else(box: FolderMailbox, tmp_path: Path) -> None:
    box.send(Parcel("a-1", "GPPROVIDER_1_<&>", "W", "S", {"x": "é"}))
    assert put_out(tmp_path) == ["a-1.ctl", "a-1.dat"]
    control = tmp_path / "out" / "a-1.ctl"
    assert "<To_DTS>GPPROVIDER_1_&lt;&amp;&gt;</To_DTS>" in control.read_text()
    assert stat.S_IMODE(control.stat().st_mode) == 0o600
    with pytest.raises(ValueError, match="letters, digits and dashes"):
        box.send(Parcel("../a", "x", "W", "S", {}))
    comes_in(tmp_path, "no json")
    (odd,) = box.received()
    assert odd.body == {}
    box.settle(odd)
    assert box.received() == ()


@pytest.mark.database
def test_it_goes_out_once_and_the_practices_own_answer_settles_it(
    post: PostRoom, box: FolderMailbox, tmp_path: Path
) -> None:
    sent = post.sends()
    assert (sent.way, sent.way_state) == (Way.MESH, "waiting")
    assert (deliver(post.office, box), deliver(post.office, box)) == (1, 0)
    ours = message_id(sent.ref)
    assert put_out(tmp_path) == [f"{ours}.ctl", f"{ours}.dat"]
    assert MARK in (tmp_path / "out" / f"{ours}.dat").read_text()
    assert f"GPPROVIDER_{ANN.value}_29021980_Example" in (tmp_path / "out" / f"{ours}.ctl").read_text()
    assert ANN.value not in "".join(put_out(tmp_path)) and tables_with(post.world, MARK) == []
    comes_in(tmp_path, reply(ours, code="20013", ok=True, header_id="a"))
    assert collect(post.office, box) == 1
    (line,) = reading.sent(post.office, DOCTOR)
    assert (line.state, line.way_state) == (MessageState.NEW, "confirmed") and sealed_texts(post.world) == 1
    comes_in(tmp_path, reply(ours, code="30001", ok=True, header_id="b"))
    comes_in(tmp_path, reply(ours, code="30001", ok=True, header_id="c"))
    assert collect(post.office, box) == 1 and box.received() == ()
    (line,) = reading.sent(post.office, DOCTOR)
    assert (line.state, line.acknowledged_by_name) == (MessageState.ACKNOWLEDGED, "their GP system")
    assert sealed_texts(post.world) == 0
    assert post.acts()[-3:-1] == ["message.listed", "message.acknowledged"]


@pytest.mark.database
def test_without_an_answer_it_is_sent_again_and_waits_in_the_inbox_meanwhile(
    post: PostRoom, box: FolderMailbox, tmp_path: Path
) -> None:
    sent = post.sends()
    deliver(post.office, box)
    for name in put_out(tmp_path):
        (tmp_path / "out" / name).unlink()
    post.world.clock.forward(seconds=RESEND_AFTER.total_seconds() - 1)
    assert deliver(post.office, box) == 0
    post.world.clock.forward(seconds=2)
    assert deliver(post.office, box) == 1 and f"{message_id(sent.ref)}.dat" in put_out(tmp_path)
    assert [line.ref for line in reading.inbox(post.office, GP) if line.readable] == [sent.ref]


@pytest.mark.database
def test_what_the_system_refuses_stays_in_the_inbox_and_is_not_sent_again(
    post: PostRoom, box: FolderMailbox, tmp_path: Path
) -> None:
    sent = post.sends()
    deliver(post.office, box)
    comes_in(tmp_path, reply(message_id(sent.ref), code="30003", ok=False, header_id="a"))
    comes_in(tmp_path, reply(uuid4(), code="30001", ok=True, header_id="b"))
    comes_in(tmp_path, {"entry": "nonsense"})
    assert collect(post.office, box) == 1
    post.world.clock.forward(days=2)
    assert deliver(post.office, box) == 0
    (line,) = reading.inbox(post.office, GP)
    assert (line.way_state, line.state, line.readable) == ("failed", MessageState.NEW, True)
    assert post.world.ledger(act="message.undelivered")[0].detail["code"] == "30003"


class _Full(FolderMailbox):
    """A mailbox that cannot be written to, and that notices a transaction left open."""

    def send(self, parcel: Parcel) -> None:
        assert idle(), "a transaction was open while the exchange was called"
        raise OSError("no space left")


@pytest.mark.database
def test_a_mailbox_that_fails_is_tried_again(post: PostRoom, box: FolderMailbox, tmp_path: Path) -> None:
    post.sends()
    assert deliver(post.office, _Full(tmp_path, name="X26OT001")) == 0
    (line,) = reading.sent(post.office, DOCTOR)
    assert line.way_state == "waiting"
    post.world.clock.at += timedelta(minutes=6)
    assert deliver(post.office, box) == 1
