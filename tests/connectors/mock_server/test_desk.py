"""The front desk: by command, by control API and by page; each changes the diary the consumers see."""

from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.mock.server import main
from connectors.mock.simulator.child import ADDRESS_FILE, Simulator
from gp_connect import appointments
from gp_connect.moments import write_moment
from tests.connectors.mock_server.conftest import START, practice_json, session_json
from tests.connectors.mock_server.consumer import ALEX, NOW, Consumer, Control
from vocabulary.identifiers import OdsCode


def desk(control: Control, ods: str, action: str, **body: Any) -> Any:
    return control.call("POST", f"desk/{ods}/{action}", body)


def test_a_local_booking_takes_the_slot_from_the_consumers(consumer: Consumer, control: Control) -> None:
    slot = consumer.free()[4]
    made = desk(control, consumer.ods, "book", slot=slot.host_id, nhs_number=ALEX.nhs_number.value)
    assert slot not in consumer.free()
    assert consumer.book(slot).status == 409
    (held,) = consumer.retrieve().body["entry"]
    assert held["resource"]["id"] == made["appointment"]
    taken = desk(control, consumer.ods, "book", slot=slot.host_id)
    assert taken["status_code"] == 409 and "taken" in taken["error"]


def test_without_a_slot_the_next_free_one_is_booked(consumer: Consumer, control: Control) -> None:
    desk(control, consumer.ods, "book")
    assert consumer.free()[0].host_id == "e1"
    for _ in range(11):
        desk(control, consumer.ods, "book")
    assert desk(control, consumer.ods, "book")["status_code"] == 404


def test_an_added_session_is_offered(consumer: Consumer, control: Control) -> None:
    made = desk(
        control,
        consumer.ods,
        "add-session",
        start=write_moment(START.replace(hour=11)),
        count=3,
        minutes=20,
        name="Extra",
        role="nurse",
        channel="telephone",
        ods_codes=["Y90001"],
    )
    extra = [slot for slot in consumer.free() if slot.session.host_id == made["session"]]
    assert len(extra) == 3
    assert extra[0].session.role_code == "R0600" and extra[0].channel == "telephone"
    assert consumer.book(*extra[:2]).status == 201
    stranger = Consumer(consumer.url, consumer.ods, practice=OdsCode("Y90009"))
    assert len(stranger.free()) == 12


def test_a_cancelled_session_takes_slots_and_appointments_with_it(consumer: Consumer, control: Control) -> None:
    booked = consumer.book(consumer.free()[0]).body
    gone = desk(control, consumer.ods, "cancel-session", session="evening", reason="The doctor is ill")
    assert gone == {"cancelled": [booked["id"]]}
    assert consumer.free() == ()
    (held,) = consumer.retrieve().body["entry"]
    read = appointments.read(held["resource"], OdsCode(consumer.ods))
    assert (read.status, read.cancellation_reason, read.receipt.version) == ("cancelled", "The doctor is ill", "2")
    assert desk(control, consumer.ods, "cancel-session", session="evening")["status_code"] == 404


def test_a_cancelled_appointment_frees_its_slots(consumer: Consumer, control: Control) -> None:
    found = consumer.free()
    booked = consumer.book(*found[:2]).body
    desk(control, consumer.ods, "cancel-appointment", appointment=booked["id"])
    assert consumer.free() == found
    assert consumer.cancel(booked, version="1").status == 409
    assert desk(control, consumer.ods, "cancel-appointment", appointment=booked["id"])["status_code"] == 404


def test_a_moved_appointment_is_the_same_one_at_another_time(consumer: Consumer, control: Control) -> None:
    first, second, *_ = consumer.free()
    booked = consumer.book(first).body
    desk(control, consumer.ods, "move-appointment", appointment=booked["id"], slot=second.host_id)
    assert first in consumer.free() and second not in consumer.free()
    (held,) = consumer.retrieve().body["entry"]
    read = appointments.read(held["resource"], OdsCode(consumer.ods))
    assert (read.receipt.appointment_id, read.window, read.slot_ids) == (booked["id"], second.window, (second.host_id,))
    assert read.receipt.version == "2" and read.status == "booked"
    taken = desk(control, consumer.ods, "move-appointment", appointment=booked["id"], slot=second.host_id)
    assert taken["status_code"] == 409


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("book", {"slot": "nowhere"}, 404),
        ("book", {"nhs_number": "9990000019"}, 400),
        ("book", {"nhs_number": "9990000093"}, 404),
        ("add-session", {}, 400),
        ("add-session", {"start": "2026-06-02T18:30:00+01:00", "count": 0}, 404),
        ("add-session", {"start": "2026-06-02T18:30:00+01:00", "role": "wizard"}, 400),
        ("cancel-session", {}, 400),
        ("cancel-appointment", {"appointment": "nothing"}, 404),
        ("move-appointment", {"appointment": "nothing"}, 404),
    ],
)
def test_what_the_desk_cannot_do_it_says(
    consumer: Consumer, control: Control, action: str, body: dict[str, Any], status: int
) -> None:
    said = desk(control, consumer.ods, action, **body)
    assert said["status_code"] == status and said["error"]
    assert len(consumer.free()) == 12


def test_the_command_line_talks_to_the_running_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(["desk", "--data", str(tmp_path), "--ods", "Y90003", *arguments])
        return status, *capsys.readouterr()

    with Simulator(tmp_path) as simulator:
        control = Control(simulator.url)
        control.call("PUT", "clock", {"now": write_moment(NOW)})
        control.call("POST", "load", {"practices": [practice_json("Y90003")]})
        status, booked, _ = command("book", "--slot", "e0")
        assert status == 0 and booked.startswith("appointment ")
        listed = command("list", "--days", "3")[1].splitlines()
        assert len(listed) == 12 and "busy  slot e0" in listed[0] and booked.split()[1] in listed[0]
        assert command("add-session", "--day", "2026-06-03", "--count", "2")[0] == 0
        assert len(command("list", "--days", "3")[1].splitlines()) == 14
        assert command("move-appointment", "--appointment", booked.split()[1])[0] == 0
        assert "free  slot e0" in command("list", "--days", "3")[1].splitlines()[0]
        assert command("cancel-appointment", "--appointment", booked.split()[1])[0] == 0
        assert command("cancel-session", "--session", "evening")[0] == 0
        assert len(command("list", "--days", "3")[1].splitlines()) == 2
        status, said, wrong = command("book", "--slot", "e0")
        assert (status, said) == (1, "") and "no such slot" in wrong
    status, _, silent = command("list")
    assert status == 1 and "does not answer" in silent
    (tmp_path / ADDRESS_FILE).unlink()
    assert "--data" in command("list")[2]


def page(consumer: Consumer, path: str = "", **params: str) -> requests.Response:
    return consumer.line.get(f"{consumer.url}/desk/{path}", params=params, timeout=5)


def press(consumer: Consumer, action: str, **form: str) -> requests.Response:
    return consumer.line.post(f"{consumer.url}/desk/{consumer.ods}/{action}", data=form, timeout=5)


def test_the_page_shows_and_changes_the_diary(consumer: Consumer) -> None:
    assert consumer.ods in page(consumer).text
    day = START.date().isoformat()
    shown = page(consumer, consumer.ods, day=day)
    assert shown.status_code == 200
    assert "Evening clinic" in shown.text and "18:00–18:10" in shown.text and "Free" in shown.text
    done = press(consumer, "book", slot="e0", day=day)
    assert "Appointment booked." in done.text and "Alex Testcase" in done.text
    assert "taken" in press(consumer, "book", slot="e0", day=day).text
    (held,) = consumer.retrieve().body["entry"]
    assert "free again" in press(consumer, "cancel-appointment", appointment=held["resource"]["id"], day=day).text
    assert (
        "Session added."
        in press(
            consumer, "add-session", day=day, time="20:00", count="2", minutes="10", role="nurse", channel="video"
        ).text
    )
    assert len(consumer.free()) == 14
    assert "0 appointments" in press(consumer, "cancel-session", session="evening", day=day).text
    assert len(consumer.free()) == 2


def test_the_page_says_what_was_wrong(consumer: Consumer) -> None:
    assert press(consumer, "book", slot="e0", nhs_number="123").status_code == 400
    assert press(consumer, "add-session", day="soon", time="late").status_code == 400
    assert press(consumer, "dance").status_code == 409
    assert page(consumer, "Y99999").status_code == 404
    assert "No session" in page(consumer, consumer.ods, day="2030-01-01").text


def test_names_come_out_escaped(consumer: Consumer, control: Control) -> None:
    bold = session_json(1, "xss", name="<b>Evening</b>")
    practice = practice_json(f"{consumer.ods}X", name="<script>", sessions=[bold])
    practice["patients"][0]["family"] = "<i>Testcase</i>"
    control.call("POST", "load", {"practices": [practice]})
    desk(control, f"{consumer.ods}X", "book")
    shown = page(consumer, f"{consumer.ods}X", day=START.date().isoformat()).text
    assert "&lt;i&gt;Testcase" in shown and "<i>" not in shown and "<b>" not in shown and "<script>" not in shown


def test_a_page_of_another_site_cannot_press_our_buttons(consumer: Consumer) -> None:
    for path in (f"desk/{consumer.ods}/book", f"control/desk/{consumer.ods}/book", "control/faults"):
        answer = requests.post(
            f"{consumer.url}/{path}", headers={"Origin": "https://evil.example"}, json={"kind": "drop"}, timeout=5
        )
        assert answer.status_code == 403
    assert len(consumer.free()) == 12
