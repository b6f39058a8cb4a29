"""Loading a federation: straight into the file, from a seed file, over the control API; and the access log."""

import json
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connectors.mock.simulator import (
    LoadCounts,
    SeedAppointment,
    SeedPatient,
    SeedPractice,
    SeedSession,
    load,
)
from connectors.mock.simulator.app import create_app, surroundings
from connectors.mock.simulator.child import Simulator
from connectors.mock.simulator.loading import LoadError
from connectors.mock.simulator.store import FILE
from gp_connect import appointments
from gp_connect.moments import write_moment
from tests.connectors.mock_server.conftest import START, person_json, practice_json
from tests.connectors.mock_server.consumer import ALEX, NOW, Consumer, Control, fresh_number
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, Slot
from vocabulary.times import Window

HOST = OdsCode("Y90003")
SESSION = ClinicSession("1", "Evening clinic", Location("1", "Host Surgery", ("1 High Street",)), None, "R0260")


def slots(number: int = 4, session: ClinicSession = SESSION, host: OdsCode = HOST) -> tuple[Slot, ...]:
    length = timedelta(minutes=10)
    return tuple(
        Slot(
            host,
            f"{session.host_id}-{each}",
            Window(START + each * length, START + (each + 1) * length),
            DeliveryChannel.IN_PERSON,
            "GP",
            session,
        )
        for each in range(number)
    )


def practice(**changes: Any) -> SeedPractice:
    booked = SeedAppointment(ALEX.nhs_number, ("1-0", "1-1"), NOW, "Seeded", booked_by=OdsCode("Y90001"))
    freed = SeedAppointment(
        ALEX.nhs_number, ("1-2",), NOW, "Seeded", cancellation_reason="Moved", appointment_id="known-to-the-hub"
    )
    made = SeedPractice(
        HOST,
        "Host Surgery",
        "0117 496 0003",
        sessions=(SeedSession(SESSION, slots()),),
        patients=(SeedPatient(ALEX),),
        appointments=(booked, freed),
    )
    return replace(made, **changes)


def test_what_is_loaded_is_served(data: Path) -> None:
    counts = load(data, [practice()], [TracedPatient(ALEX, HOST)])
    assert counts == LoadCounts(practices=1, sessions=1, slots=4, patients=1, appointments=2, people=1)
    with Simulator(data) as simulator:
        Control(simulator.url).call("PUT", "clock", {"now": write_moment(NOW)})
        consumer = Consumer(simulator.url, HOST.value)
        assert consumer.free() == slots()[2:]
        patient_id = consumer.find().body["entry"][0]["resource"]["id"]
        held = [appointments.read(e["resource"], HOST) for e in consumer.retrieve(patient_id).body["entry"]]
        assert [(each.slot_ids, each.status) for each in held] == [(("1-0", "1-1"), "booked"), (("1-2",), "cancelled")]
        assert held[1].receipt.appointment_id == "known-to-the-hub"
        assert held[0].booked_by == OdsCode("Y90001")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"patients": ()}, "does not have"),
        ({"sessions": ()}, "does not have"),
        ({"sessions": (SeedSession(SESSION, slots(host=OdsCode("Y90004"))),)}, "another practice"),
        ({"sessions": (SeedSession(SESSION, slots()), SeedSession(SESSION, slots()))}, "twice"),
        (
            {"appointments": (SeedAppointment(ALEX.nhs_number, ("1-0",), NOW, "x"),) * 2},
            "two appointments in slot 1-0",
        ),
    ],
)
def test_a_seed_that_contradicts_itself_loads_nothing(data: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(LoadError, match=words):
        load(data, [practice(ods=OdsCode("Y90009"), sessions=(), appointments=()), practice(**changes)])
    assert load(data, [practice(ods=OdsCode("Y90009"), sessions=(), appointments=())]).practices == 1


def test_loading_twice_is_an_error_that_says_so(data: Path) -> None:
    load(data, [practice()])
    with pytest.raises(LoadError, match="Y90003: loaded already"):
        load(data, [practice()])


def test_life_sized_practices_load_in_less_than_a_fifth_of_a_second_each(data: Path) -> None:
    """A federation of 82 in 15 seconds, that is; tests/demo_federation/test_seed.py fills a whole one."""
    numbers = [fresh_number() for _ in range(2_440)]
    people = [Patient(number, "Testcase", "Alex", date(1980, 2, 29)) for number in numbers]
    practices = [_life_sized(index, people[index * 487 : (index + 1) * 487]) for index in range(5)]
    began = time.process_time()
    counts = load(data, practices, [TracedPatient(person, HOST) for person in people])
    assert time.process_time() - began < 5 * 15 / 82
    assert (counts.slots, counts.appointments, counts.people) == (5 * 588, 5 * 245, 2_440)


def _life_sized(index: int, patients: list[Patient]) -> SeedPractice:
    ods = OdsCode(f"Y9{index:04d}")
    place = Location("1", "Site")
    sessions = tuple(
        SeedSession(session, slots(12, session, ods))
        for session in (ClinicSession(str(each), "Evening", place, None, "R0260") for each in range(49))
    )
    taken = [slot.host_id for each in sessions for slot in each.slots][:245]
    booked = tuple(
        SeedAppointment(patients[each].nhs_number, (slot_id,), NOW, "Seeded") for each, slot_id in enumerate(taken)
    )
    listed = tuple(SeedPatient(patient) for patient in patients)
    return SeedPractice(ods, f"Practice {index}", "0117 496 0001", (), "", "", sessions, listed, booked)


def test_a_seed_file_is_loaded_once(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"practices": [practice_json("Y90003")], "people": [person_json()]}))
    command = [sys.executable, "-m", "connectors.mock.server", "--data", str(tmp_path / "data"), "--seed", str(seed)]
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["listening"]
        counts = Control(url).call("GET", "counts")
        assert (counts["practice"], counts["slot"], counts["person"]) == (1, 12, 1)
        process.terminate()
        process.communicate(timeout=10)
        assert process.returncode == 0


@pytest.mark.parametrize("content", ["{", '{"practices": [{"ods": "Y90003"}]}'])
def test_a_seed_file_that_cannot_be_read_stops_the_start(tmp_path: Path, content: str) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(content)
    command = [sys.executable, "-m", "connectors.mock.server", "--data", str(tmp_path / "data"), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "cannot start" in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_is_one_plain_line(simulator: Simulator, tmp_path: Path) -> None:
    port = simulator.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "connectors.mock.server", "--data", str(tmp_path), "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "in use" in done.stderr


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"practices": [{"name": "x"}]}, "practice 1 cannot be read: element.ods is missing"),
        ({"people": [{"nhs_number": "9990000019"}]}, "person 1 cannot be read"),
        ({"practices": [practice_json("Y95555", sessions=[{"id": "1", "slots": [{"id": "1"}]}])]}, "start"),
    ],
)
def test_the_control_api_says_what_it_could_not_load(control: Control, document: dict[str, Any], words: str) -> None:
    said = control.call("POST", "load", document)
    assert said["status_code"] == 400 and words in said["error"]
    assert "9990000019" not in said["error"]


def test_the_access_log_holds_templates_and_nobody_s_number(data: Path) -> None:
    with Simulator(data) as simulator:
        control = Control(simulator.url)
        control.call("POST", "load", {"practices": [practice_json("Y90003")], "people": [person_json()]})
        consumer = Consumer(simulator.url, "Y90003", now=datetime.now(UTC))
        consumer.find()
        consumer.line.get(
            f"{simulator.url}/pds/personal-demographics/FHIR/R4/Patient/{ALEX.nhs_number.value}", timeout=5
        )
        consumer.line.get(f"{simulator.url}/nowhere/{ALEX.nhs_number.value}", timeout=5)
        consumer.line.request("BREW", f"{simulator.url}/{ALEX.nhs_number.value}", timeout=5)
        control.fault("drop", practice="Y90003", interaction="find-patient", times=1)
        with pytest.raises(OSError):
            consumer.find()
    log = (data / "access.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    found = next(line for line in lines if line.get("interaction") == "find-patient")
    assert found["path"] == "/<ods>/STU3/1/gpconnect/<path:path>"
    assert (found["practice"], found["asked_by"], found["status"]) == ("Y90003", "Y90001", 200)
    assert found["trace_id"]
    assert ALEX.nhs_number.value not in log and "Testcase" not in log
    assert any(line["path"] == "(no such address)" for line in lines)


def test_a_bug_is_logged_by_its_place_and_not_by_what_it_says(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(data)
    with sqlite3.connect(data / FILE) as connection:
        connection.execute("DROP TABLE person")
    connection.close()
    answer = app.test_client().get(
        f"/pds/personal-demographics/FHIR/R4/Patient/{ALEX.nhs_number.value}", headers={"X-Request-ID": str(uuid4())}
    )
    assert answer.status_code == 500
    assert "OperationalError in" in caplog.text and "people.py" in caplog.text
    assert ALEX.nhs_number.value not in caplog.text
    surroundings(app).store.close()
