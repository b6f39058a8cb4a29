"""Every fault on request: what the other side sees, and what was really done."""

import time
from typing import Any

import pytest
import requests

from connectors.mock.simulator.child import Simulator
from gp_connect import appointments, interactions, patients, slots
from gp_connect.elements import Unreadable
from tests.connectors.mock_server.conftest import practice_json
from tests.connectors.mock_server.consumer import ALEX, Consumer, Control
from vocabulary.identifiers import OdsCode


def booked_at(control: Control, consumer: Consumer) -> int:
    return len(control.appointments(consumer.ods, "booked"))


@pytest.mark.parametrize(("after_commit", "done"), [(False, 0), (True, 1)])
def test_a_dropped_line_gives_no_answer_before_or_after_the_work(
    consumer: Consumer, control: Control, after_commit: bool, done: int
) -> None:
    slot = consumer.free()[0]
    control.fault("drop", practice=consumer.ods, interaction="book", after_commit=after_commit, times=1)
    with pytest.raises(requests.ConnectionError):
        consumer.book(slot)
    assert booked_at(control, consumer) == done
    assert consumer.book(slot).status == (409 if done else 201)


@pytest.mark.parametrize(("after_commit", "done"), [(False, 0), (True, 1)])
def test_a_hanging_system_keeps_the_line_open(
    consumer: Consumer, control: Control, after_commit: bool, done: int
) -> None:
    slot = consumer.free()[0]
    control.fault("hang", practice=consumer.ods, interaction="book", after_commit=after_commit, times=1)
    consumer.timeout = 0.4
    began = time.perf_counter()
    with pytest.raises(requests.Timeout):
        consumer.book(slot)
    assert time.perf_counter() - began >= 0.4
    assert booked_at(control, consumer) == done


def test_a_hanging_practice_does_not_slow_the_others(
    simulator: Simulator, consumer: Consumer, control: Control, ods: str
) -> None:
    control.call("POST", "load", {"practices": [practice_json(f"{ods}X")]})
    control.fault("hang", practice=consumer.ods)
    other, consumer.timeout = Consumer(simulator.url, f"{ods}X"), 0.05
    for _ in range(30):
        with pytest.raises(requests.Timeout):
            consumer.free()
    began = time.perf_counter()
    assert len(other.free()) == 12
    assert time.perf_counter() - began < 1


def test_clearing_a_fault_lets_go_of_what_hangs_on_it(consumer: Consumer, control: Control) -> None:
    made = control.fault("slow", practice=consumer.ods, interaction="free-slots", seconds=30)
    consumer.timeout = 0.2
    with pytest.raises(requests.Timeout):
        consumer.free()
    assert control.call("DELETE", f"faults/{made['id']}") == {"cleared": 1}
    assert len(consumer.free()) == 12


def test_a_slow_system_answers_in_the_end(consumer: Consumer, control: Control) -> None:
    control.fault("slow", practice=consumer.ods, seconds=0.3, times=1)
    began = time.perf_counter()
    assert len(consumer.free()) == 12
    assert time.perf_counter() - began >= 0.3


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"code": "ACCESS DENIED"}, 403, "ACCESS DENIED"),
        ({"code": "DUPLICATE_REJECTED"}, 409, "DUPLICATE_REJECTED"),
        ({"code": "INTERNAL_SERVER_ERROR", "status": 503}, 503, "INTERNAL_SERVER_ERROR"),
        ({"code": "ROTA_RULE_17"}, 422, "ROTA_RULE_17"),
        ({}, 422, "INVALID_RESOURCE"),
    ],
)
def test_a_refusal_with_the_code_and_status_of_choice(
    consumer: Consumer, control: Control, order: dict[str, Any], status: int, code: str
) -> None:
    slot = consumer.free()[0]
    control.fault("refuse", practice=consumer.ods, interaction="book", times=1, **order)
    answer = consumer.book(slot)
    assert (answer.status, answer.code) == (status, code)
    assert booked_at(control, consumer) == 0


@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize(
    ("kind", "status"), [("garbage", 201), ("garbage", 0), ("html", 0), ("empty", 0), ("empty", 503)]
)
def test_unreadable_answers_with_and_without_the_work_done(
    consumer: Consumer, control: Control, kind: str, status: int, after_commit: bool
) -> None:
    slot = consumer.free()[0]
    control.fault(kind, practice=consumer.ods, interaction="book", status=status, after_commit=after_commit, times=1)
    response = consumer.line.post(
        f"{consumer.root}/Appointment",
        json=appointments.booking(consumer.request(slot)),
        headers=consumer.headers(interactions.BOOK),
        timeout=5,
    )
    assert response.status_code == (status or {"garbage": 200, "html": 502, "empty": 500}[kind])
    with pytest.raises(ValueError):
        response.json()
    assert booked_at(control, consumer) == after_commit


def test_a_request_done_twice_answers_with_the_second_outcome(consumer: Consumer, control: Control) -> None:
    slot = consumer.free()[0]
    control.fault("twice", practice=consumer.ods, interaction="book", times=1)
    answer = consumer.book(slot)
    assert (answer.status, answer.code) == (409, "DUPLICATE_REJECTED")
    assert booked_at(control, consumer) == 1


def test_a_slot_booked_twice_over(consumer: Consumer, control: Control) -> None:
    slot = consumer.free()[0]
    control.fault("double", practice=consumer.ods, interaction="book", times=1)
    answer = consumer.book(slot)
    assert answer.status == 201
    booked = control.appointments(consumer.ods, "booked")
    assert len(booked) == 2 and booked[0]["slots"] == booked[1]["slots"] == [slot.host_id]
    assert consumer.cancel(answer.body).status == 200
    assert slot.host_id not in {each.host_id for each in consumer.free()}, "the other one still sits in it"


def test_answers_about_something_else(consumer: Consumer, control: Control) -> None:
    slot = consumer.free()[0]
    control.fault("wrong", practice=consumer.ods)
    someone = patients.read_found(consumer.find().body)
    assert someone is not None and someone.nhs_number != ALEX.nhs_number
    mixed_up = consumer.book(slot)
    assert mixed_up.status == 201 and mixed_up.body["slot"] == [{"reference": "Slot/of-somebody-else"}]
    with pytest.raises(Unreadable):
        consumer.free()
    with pytest.raises(Unreadable):
        slots.read(consumer.ask(interactions.METADATA).body, OdsCode(consumer.ods))


def test_a_fault_is_played_as_often_as_ordered_and_where(consumer: Consumer, control: Control) -> None:
    control.fault("empty", practice=consumer.ods, interaction="find-patient", times=2)
    assert [consumer.find().status for _ in range(3)] == [500, 500, 200]
    assert len(consumer.free()) == 12
    (order,) = control.call("GET", "faults")["faults"]
    assert (order["played"], order["remaining"]) == (2, 0)


def test_a_seed_repeats_the_pattern_of_a_fault_by_chance(consumer: Consumer, control: Control) -> None:
    def pattern(seed: int) -> list[int]:
        made = control.fault("empty", practice=consumer.ods, probability=0.3, seed=seed)
        found = [consumer.find().status for _ in range(60)]
        control.call("DELETE", f"faults/{made['id']}")
        return found

    first = pattern(1)
    assert first == pattern(1)
    assert first != pattern(2)
    assert 5 <= first.count(500) <= 32


def test_clearing_by_practice_leaves_the_others(consumer: Consumer, control: Control) -> None:
    control.fault("empty", practice=consumer.ods)
    control.fault("empty", practice="Y99998")
    assert control.call("DELETE", "faults", practice="Y99998") == {"cleared": 1}
    assert consumer.find().status == 500
    assert control.call("DELETE", "faults") == {"cleared": 1}
    assert consumer.find().status == 200


def test_a_line_kept_open_serves_many_requests_and_survives_a_drop(consumer: Consumer, control: Control) -> None:
    for _ in range(5):
        assert len(consumer.free()) == 12
    control.fault("drop", practice=consumer.ods, times=1)
    with pytest.raises(requests.ConnectionError):
        consumer.find()
    assert consumer.find().status == 200


@pytest.mark.parametrize(
    "order", [{"kind": "earthquake"}, {}, {"kind": "slow", "seconds": "long"}, {"kind": "empty", "probability": True}]
)
def test_an_order_that_makes_no_sense_is_refused(control: Control, order: dict[str, Any]) -> None:
    said = control.call("POST", "faults", order)
    assert said["status_code"] == 400 and said["error"]
