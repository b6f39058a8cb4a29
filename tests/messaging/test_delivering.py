"""A summary into the practice's own system: directly, or by MESH over a folder as the mailbox; once, come what may."""

import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from connectors.emis.system import PROFILE
from connectors.guard import Guard
from connectors.mesh.folder import FolderMailbox
from connectors.mesh.port import Parcel
from connectors.mesh.twin import Twin
from connectors.mesh.twin import main as rehearse
from connectors.mock.script import Mishap
from connectors.port import Capability, GPSystem, Link, Postbox
from connectors.standard import over
from messaging import reading
from messaging.answering import Answer, answer
from messaging.delivering import SEND_AGAIN_AFTER, collect, deliver, document_id
from messaging.lifecycle import Step
from messaging.results import MessageLine
from storage.work import idle
from tests.messaging.test_messages import sealed_texts, tables_with
from tests.messaging.writing import DOCTOR, GP, MARK, PostRoom, open_post_room, texts
from tests.scheduling.world import ANN, HOME, World
from vocabulary.identifiers import OdsCode
from vocabulary.messages import MessageState, Way, WayState
from vocabulary.people import Caller


@pytest.fixture
def box(tmp_path: Path) -> FolderMailbox:
    return FolderMailbox(tmp_path, name="X26OT001")


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    """The practice's side of that mailbox."""
    return Twin(tmp_path)


@pytest.fixture
def post(world: World) -> PostRoom:
    """The home practice's system takes documents at once."""
    return open_post_room(world)


@pytest.fixture
def by_mesh(post: PostRoom, tmp_path: Path) -> PostRoom:
    """The home practice's system takes documents by MESH."""

    def connect(host: OdsCode, caller: Caller) -> GPSystem:
        link = Link(host, "emis", "http://127.0.0.1:1", postbox=Postbox(str(tmp_path), "X26OT001"))
        return over(PROFILE, link, caller, clock=post.world.clock)

    guard = Guard(is_idle=idle, admit=post.office.gate.admit)
    post.office = replace(post.office, connect=guard.connect(connect), able=guard.able(connect))
    return post


def line_of(post: PostRoom, who: Caller = DOCTOR) -> MessageLine:
    listed = reading.sent if who is DOCTOR else reading.inbox
    (line,) = listed(post.office, who)
    return line


def put_out(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").glob("*")) if (tmp_path / "out").is_dir() else []


# --- The folder.


def test_a_folder_is_a_mailbox_and_shows_its_files_to_nobody_else(box: FolderMailbox, tmp_path: Path) -> None:
    box.send(Parcel("a-1", "GPPROVIDER_1_<&>", "W", "S", {"x": "é"}))
    assert put_out(tmp_path) == ["a-1.ctl", "a-1.dat"]
    control = tmp_path / "out" / "a-1.ctl"
    assert "<To_DTS>GPPROVIDER_1_&lt;&amp;&gt;</To_DTS>" in control.read_text()
    assert stat.S_IMODE(control.stat().st_mode) == 0o600
    with pytest.raises(ValueError, match="letters, digits and dashes"):
        box.send(Parcel("../a", "x", "W", "S", {}))


def test_what_a_client_is_still_writing_is_left_to_it(box: FolderMailbox, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    half = tmp_path / "in" / "a.dat"
    half.write_text('{"half": ')
    assert box.received() == () and half.exists()


@pytest.mark.parametrize("body", ["no json", "[]", "[" * 100_000, json.dumps({"x": "y" * 1_100_000})])
def test_what_cannot_be_read_is_told_as_empty_and_put_aside(box: FolderMailbox, tmp_path: Path, body: str) -> None:
    name = Twin(tmp_path).comes_in(body)
    (odd,) = box.received()
    assert odd.body == {}
    box.put_aside(odd)
    assert box.received() == ()
    assert (tmp_path / "aside" / f"{name}.dat").read_text() == body


@pytest.mark.parametrize(("how", "files"), [("received", 1), ("acknowledged", 2), ("refused", 1), ("undelivered", 1)])
def test_whoever_rehearses_answers_everything_from_the_command_line(
    box: FolderMailbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str, files: int
) -> None:
    ours = uuid4()
    box.send(Parcel(str(ours), "GPPROVIDER_1", "W", "S", {}))
    assert rehearse([str(tmp_path), how]) == 0
    assert capsys.readouterr().out == f"1 message {how}.\n" and put_out(tmp_path) == []
    came = box.received()
    assert len(came) == files
    assert (came[0].undelivered == str(ours)) is (how == "undelivered")
    assert rehearse([str(tmp_path), how]) == 0
    assert "0 messages" in capsys.readouterr().out


# --- Directly.


@pytest.mark.database
def test_it_is_filed_in_the_record_and_still_waits_for_somebody_to_read_it(post: PostRoom) -> None:
    sent = post.sends()
    assert (sent.way, sent.way_state) == (Way.SYSTEM, WayState.WAITING)
    assert (deliver(post.office), deliver(post.office)) == (1, 0)
    (filed,) = post.world.network.diary(HOME).cabinet.filed(ANN)
    assert (filed.id, filed.author, filed.title) == (document_id(sent.ref), "Dr Grace Example", "Visit summary")
    assert filed.sender_phone == "0117 4960100" and MARK in dict(filed.parts)["Why the patient came"]
    line = line_of(post)
    assert (line.state, line.way_state) == (MessageState.NEW, WayState.FILED)
    assert texts(reading.open_message(post.office, sent.ref, GP)), "and the inbox has it until somebody says so"
    permits = [row for row in post.world.ledger(act="permit.send-task") if row.user_role == "system"]
    assert [(row.host_ods, row.user_id, row.nhs_number, row.outcome) for row in permits] == [
        (HOME.value, "grace", ANN.value, "allowed")
    ]


@pytest.mark.database
@pytest.mark.parametrize(
    ("mishap", "state"),
    [
        (Mishap.NO_ANSWER_BEFORE_COMMIT, WayState.IN_DOUBT),
        (Mishap.NO_ANSWER_AFTER_COMMIT, WayState.IN_DOUBT),
        (Mishap.GARBLED_AFTER_COMMIT, WayState.IN_DOUBT),
        (Mishap.UNREACHABLE, WayState.DELAYED),
    ],
)
def test_what_is_not_known_is_found_out_by_filing_it_again_and_it_is_there_once(
    post: PostRoom, mishap: Mishap, state: WayState
) -> None:
    post.sends()
    script = post.world.network.script(HOME)
    script.inject("file_record", mishap)
    assert deliver(post.office) == 0
    assert line_of(post).way_state is state
    assert deliver(post.office) == 0, "not at once"
    post.world.clock.forward(minutes=2)
    assert deliver(post.office) == 1
    assert line_of(post).way_state is WayState.FILED
    assert len(post.world.network.diary(HOME).cabinet.filed(ANN)) == 1
    assert len({call.argument.id for call in script.calls if call.method == "file_record"}) == 1  # type: ignore[attr-defined]


@pytest.mark.database
def test_what_was_in_doubt_stays_in_doubt_when_the_next_look_does_not_even_get_there(post: PostRoom) -> None:
    post.sends()
    script = post.world.network.script(HOME)
    script.inject("file_record", Mishap.NO_ANSWER_AFTER_COMMIT)
    script.inject("file_record", Mishap.UNREACHABLE, times=None)
    for minutes in (0, 2, 10, 60, 600):
        post.world.clock.forward(minutes=minutes)
        deliver(post.office)
    assert line_of(post).way_state is WayState.IN_DOUBT
    tries = len([call for call in script.calls if call.method == "file_record"])
    assert tries == 5 and sealed_texts(post.world) == 1
    post.world.clock.forward(minutes=30)
    assert len([call for call in script.calls if call.method == "file_record"]) == tries, "the longer, the more seldom"


def _refuses(post: PostRoom) -> None:
    post.world.network.script(HOME).inject("file_record", Mishap.REFUSED, code="ACCESS_DENIED", status=403)


def _knows_nobody(post: PostRoom) -> None:
    post.world.network.diary(HOME)._patients.clear()


def _can_no_more(post: PostRoom) -> None:
    post.world.network.limit(HOME, frozenset(Capability) - {Capability.FILE_RECORD})


def _suspended(post: PostRoom) -> None:
    post.world.suspend()


@pytest.mark.database
@pytest.mark.parametrize(
    ("befalls", "code"),
    [
        (_refuses, "ACCESS_DENIED"),
        (_knows_nobody, "PATIENT_NOT_FOUND"),
        (_can_no_more, "Unsupported"),
        (_suspended, "not-permitted"),
    ],
)
def test_what_will_never_be_filed_waits_in_the_inbox_and_is_not_tried_again(
    post: PostRoom, befalls: Callable[[PostRoom], None], code: str
) -> None:
    sent = post.sends()
    befalls(post)
    assert deliver(post.office) == 0
    post.world.clock.forward(days=2)
    assert deliver(post.office) == 0
    line = line_of(post, GP)
    assert (line.way_state, line.state, line.readable) == (WayState.FAILED, MessageState.NEW, True)
    assert [row.detail["code"] for row in post.world.ledger(act="message.undelivered")] == [code]
    assert texts(reading.open_message(post.office, sent.ref, GP)), "they have it all the same"


@pytest.mark.database
def test_where_the_system_takes_no_documents_the_inbox_is_the_way(post: PostRoom) -> None:
    _can_no_more(post)
    assert (post.sends().way, line_of(post).way_state) == (Way.INBOX, WayState.NONE)
    assert post.asks().way is Way.INBOX, "a task is for people in any case"
    post.world.network.limit(HOME, frozenset(Capability))
    assert post.asks().way is Way.INBOX
    assert deliver(post.office) == 0 == len(post.world.network.script(HOME).calls)


@pytest.mark.database
def test_acknowledged_while_the_system_is_asked_it_ends_and_that_it_went_out_is_told(post: PostRoom) -> None:
    sent = post.sends()

    def quicker() -> None:
        reading.open_message(post.office, sent.ref, GP)
        answer(post.office, Answer(sent.ref, Step.ACKNOWLEDGE), GP)

    post.world.network.script(HOME).interleave("file_record", quicker)
    assert deliver(post.office) == 1
    assert line_of(post).state is MessageState.ACKNOWLEDGED and sealed_texts(post.world) == 0
    assert post.acts()[-2:] == ["message.delivered", "message.listed"]
    assert deliver(post.office) == 0


@pytest.mark.database
def test_several_workers_file_each_message_once(post: PostRoom) -> None:
    first = post.sends()
    sent = [first, post.sends(corrects=first.ref)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: deliver(post.office), range(4))) == len(sent)
    asked = [call for call in post.world.network.script(HOME).calls if call.method == "file_record"]
    assert len(asked) == len(sent) == len(post.world.network.diary(HOME).cabinet.filed(ANN))


@pytest.mark.database
def test_sending_wakes_the_worker_only_for_what_goes_into_a_system(post: PostRoom) -> None:
    woken: list[object] = []
    post.office = replace(post.office, wake=woken.append)
    post.asks()
    assert woken == []
    post.sends()
    assert len(woken) == 1


# --- By MESH.


@pytest.mark.database
def test_it_goes_out_once_and_the_practices_own_answer_settles_it(
    by_mesh: PostRoom, box: FolderMailbox, twin: Twin, tmp_path: Path
) -> None:
    post = by_mesh
    sent = post.sends()
    assert (deliver(post.office), deliver(post.office)) == (1, 0)
    ours = document_id(sent.ref)
    assert put_out(tmp_path) == [f"{ours}.ctl", f"{ours}.dat"]
    assert MARK in (tmp_path / "out" / f"{ours}.dat").read_text()
    assert f"GPPROVIDER_{ANN.value}_19800229_Example" in (tmp_path / "out" / f"{ours}.ctl").read_text()
    assert ANN.value not in "".join(put_out(tmp_path)) and tables_with(post.world, MARK) == []
    twin.answers(ours, "20013")
    assert collect(post.office, box) == 1
    line = line_of(post)
    assert (line.state, line.way_state) == (MessageState.NEW, WayState.CONFIRMED) and sealed_texts(post.world) == 1
    twin.answers(ours, "30001")
    twin.answers(ours, "30001")
    assert collect(post.office, box) == 1 and box.received() == ()
    line = line_of(post)
    assert (line.state, line.acknowledged_by_name) == (MessageState.ACKNOWLEDGED, "their GP system")
    assert sealed_texts(post.world) == 0
    assert post.acts()[-3:-1] == ["message.listed", "message.acknowledged"]


@pytest.mark.database
def test_without_an_answer_it_is_sent_again_and_waits_in_the_inbox_meanwhile(by_mesh: PostRoom, tmp_path: Path) -> None:
    post = by_mesh
    sent = post.sends()
    deliver(post.office)
    assert [taken.id for taken in Twin(tmp_path).take()] == [document_id(sent.ref)] and put_out(tmp_path) == []
    post.world.clock.forward(seconds=SEND_AGAIN_AFTER.total_seconds() - 1)
    assert deliver(post.office) == 0
    post.world.clock.forward(seconds=2)
    assert deliver(post.office) == 1 and f"{document_id(sent.ref)}.dat" in put_out(tmp_path)
    assert [line.ref for line in reading.inbox(post.office, GP) if line.readable] == [sent.ref]


@pytest.mark.database
def test_what_the_system_refuses_stays_in_the_inbox_and_is_not_sent_again(
    by_mesh: PostRoom, box: FolderMailbox, twin: Twin, tmp_path: Path
) -> None:
    post = by_mesh
    sent = post.sends()
    deliver(post.office)
    twin.answers(document_id(sent.ref), "30003", ok=False)
    twin.answers(uuid4(), "30001")
    twin.comes_in(json.dumps({"entry": "nonsense"}))
    assert collect(post.office, box) == 1
    assert len(list((tmp_path / "aside").glob("*.dat"))) == 1, "what is no answer is somebody else's, and kept"
    post.world.clock.forward(days=2)
    assert deliver(post.office) == 0
    line = line_of(post, GP)
    assert (line.way_state, line.state, line.readable) == (WayState.FAILED, MessageState.NEW, True)
    assert post.world.ledger(act="message.undelivered")[0].detail["code"] == "30003"


@pytest.mark.database
def test_what_the_exchange_could_not_deliver_is_told_and_a_late_answer_still_settles_it(
    by_mesh: PostRoom, box: FolderMailbox, twin: Twin, tmp_path: Path
) -> None:
    post = by_mesh
    ours = document_id(post.sends().ref)
    deliver(post.office)
    twin.could_not_deliver(ours)
    twin.could_not_deliver(uuid4())
    twin.comes_in(control="<MessageType>Report</MessageType><Status>SUCCESS</Status>")
    assert collect(post.office, box) == 1 and box.received() == ()
    assert line_of(post).way_state is WayState.FAILED
    assert post.world.ledger(act="message.undelivered")[0].detail["code"] == "exchange-14"
    post.world.clock.forward(days=1)
    assert deliver(post.office) == 0, "it lies in the inbox; nothing is sent over and over"
    twin.answers(ours, "30001")
    collect(post.office, box)
    assert line_of(post).state is MessageState.ACKNOWLEDGED


@pytest.mark.database
def test_a_mailbox_that_is_away_is_tried_again(by_mesh: PostRoom, tmp_path: Path) -> None:
    post = by_mesh
    post.sends()
    (tmp_path / "out").write_text("no folder")
    assert deliver(post.office) == 0
    assert line_of(post).way_state is WayState.DELAYED
    (tmp_path / "out").unlink()
    post.world.clock.at += timedelta(minutes=6)
    assert deliver(post.office) == 1
    assert line_of(post).way_state is WayState.SENT
