"""Many at once, and killed in the middle: one slot has one booking, and what was answered is there afterwards."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
import requests

from connectors.mock.simulator.child import Simulator
from gp_connect.moments import write_moment
from tests.connectors.mock_server.conftest import practice_json, session_json
from tests.connectors.mock_server.consumer import NOW, Consumer, Control
from vocabulary.slots import Slot

CLIENTS = 32


def test_many_at_one_slot_make_exactly_one_booking(consumer: Consumer, control: Control) -> None:
    slot = consumer.free()[0]
    together = Barrier(CLIENTS)

    def book(_: int) -> int:
        together.wait()
        return Consumer(consumer.url, consumer.ods).book(slot).status

    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = Counter(pool.map(book, range(CLIENTS)))
    assert statuses == {201: 1, 409: CLIENTS - 1}
    assert len(control.appointments(consumer.ods)) == 1


def test_overlapping_runs_of_slots_never_share_one(consumer: Consumer, control: Control) -> None:
    found = consumer.free()
    pairs = [found[start : start + length] for start in range(10) for length in (1, 2, 3)]
    together = Barrier(len(pairs))

    def book(wanted: tuple[Slot, ...]) -> int:
        together.wait()
        return Consumer(consumer.url, consumer.ods).book(*wanted).status

    with ThreadPoolExecutor(len(pairs)) as pool:
        statuses = list(pool.map(book, pairs))
    taken = [slot_id for each in control.appointments(consumer.ods, "booked") for slot_id in each["slots"]]
    assert len(taken) == len(set(taken)) > 0
    assert statuses.count(201) == len(control.appointments(consumer.ods))
    assert set(statuses) <= {201, 409}
    assert {each.host_id for each in consumer.free()}.isdisjoint(taken)


def test_the_front_desk_and_consumers_race_for_a_diary_and_no_slot_is_lost(
    consumer: Consumer, control: Control
) -> None:
    def act(number: int) -> None:
        if number % 2:
            control.call("POST", f"desk/{consumer.ods}/book")
        else:
            free = consumer_of(number).free()
            if free:
                consumer_of(number).book(free[0])

    def consumer_of(_: int) -> Consumer:
        return Consumer(consumer.url, consumer.ods)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(act, range(60)))
    taken = [slot_id for each in control.appointments(consumer.ods, "booked") for slot_id in each["slots"]]
    assert sorted(taken) == sorted(f"e{each}" for each in range(12))


def test_what_was_answered_survives_a_kill(data: Path) -> None:
    with Simulator(data) as simulator:
        control = Control(simulator.url)
        control.call("PUT", "clock", {"now": write_moment(NOW)})
        sessions = [session_json(60, f"{name}-session") for name in "abcd"]
        control.call("POST", "load", {"practices": [practice_json("Y90003", sessions=sessions)]})
        answered: list[str] = []
        enough = Event()

        def book_away(first: str) -> None:
            consumer = Consumer(simulator.url, "Y90003")
            mine = [slot for slot in consumer.free() if slot.host_id.startswith(first)]
            for slot in mine:
                try:
                    answer = consumer.book(slot)
                except requests.RequestException:
                    return
                assert answer.status == 201
                answered.append(answer.body["id"])
                if len(answered) > 40:
                    enough.set()

        threads = [Thread(target=book_away, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        assert enough.wait(20)
        simulator.kill()
        for thread in threads:
            thread.join()
        simulator.restart()
        control = Control(simulator.url)
        held = control.appointments("Y90003")
        assert set(answered) <= {each["id"] for each in held}
        assert len(held) - len(answered) <= 4  # at most one unanswered a client
        busy = [each["id"] for each in control.call("GET", "slots", practice="Y90003", status="busy")]
        assert sorted(busy) == sorted(slot_id for each in held for slot_id in each["slots"])
        assert control.call("GET", "health")["now"] != write_moment(NOW), "a clock that was set is not kept"


@pytest.mark.slow
def test_sixty_four_clients_are_served(consumer: Consumer) -> None:
    def search(_: int) -> int:
        mine = Consumer(consumer.url, consumer.ods)
        return sum(len(mine.free()) == 12 for _ in range(5))

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(search, range(64))) == 320
