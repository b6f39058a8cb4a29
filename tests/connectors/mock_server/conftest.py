"""One simulator process for these tests, its clock standing still; a practice of its own for every test."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors.mock.simulator.child import Simulator
from gp_connect.moments import write_moment
from tests.connectors.mock_server.consumer import ALEX, NOW, Consumer, Control

_numbers = count(50_001)
START = NOW + timedelta(days=1, hours=8)


def session_json(number: int = 12, session_id: str = "evening", **more: Any) -> dict[str, Any]:
    """A session as the control API takes it: ten-minute slots from START on, ids 1, 2, 3…"""
    length = timedelta(minutes=10)
    return {
        "id": session_id,
        "name": "Evening clinic",
        "role_code": "R0260",
        "location": {"id": "17", "name": "Host Surgery", "address": ["1 High Street"], "postcode": "BS1 1AA"},
        "practitioner": {"id": "2", "name": "Sarah Black", "gender": "female"},
        "slots": [
            {
                "id": f"{session_id[0]}{each}",
                "start": write_moment(START + each * length),
                "end": write_moment(START + (each + 1) * length),
                "channel": "in-person",
                "slot_type": "Extended access GP",
            }
            for each in range(number)
        ],
        **more,
    }


def person_json(patient: Any = ALEX, **more: Any) -> dict[str, Any]:
    return {
        "nhs_number": patient.nhs_number.value,
        "family": patient.family,
        "given": patient.given,
        "birth_date": patient.birth_date.isoformat(),
        "gender": patient.gender.value,
        "postcode": patient.postcode,
        "address": list(patient.address),
        "phone": patient.phone,
        **more,
    }


def practice_json(ods: str, **more: Any) -> dict[str, Any]:
    return {
        "ods": ods,
        "name": "Host Surgery",
        "phone": "0117 496 0003",
        "address": ["1 High Street"],
        "postcode": "BS1 1AA",
        "sessions": [session_json()],
        "patients": [person_json(id="1")],
        **more,
    }


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator(tmp_path_factory.mktemp("simulator")) as running:
        Control(running.url).call("PUT", "clock", {"now": write_moment(NOW)})
        yield running


@pytest.fixture
def control(simulator: Simulator) -> Iterator[Control]:
    control = Control(simulator.url)
    yield control
    control.call("DELETE", "faults")


@pytest.fixture
def ods() -> str:
    return f"Y{next(_numbers)}"


@pytest.fixture
def consumer(simulator: Simulator, control: Control, ods: str) -> Consumer:
    """A consumer of a fresh practice with twelve free slots and one patient."""
    control.call("POST", "load", {"practices": [practice_json(ods)]})
    return Consumer(simulator.url, ods)


@pytest.fixture
def host(simulator: Simulator, control: Control, ods: str) -> Callable[..., Consumer]:
    """Loads a practice of one's own making and answers with a consumer of it."""

    def loaded(people: Sequence[dict[str, Any]] = (), **more: Any) -> Consumer:
        said = control.call("POST", "load", {"practices": [practice_json(ods, **more)], "people": list(people)})
        assert "error" not in said, said
        return Consumer(simulator.url, ods)

    return loaded


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder for a simulator of the test's own."""
    return tmp_path / "simulator"
