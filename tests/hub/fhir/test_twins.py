"""One request sent twice: at the same moment, after a cancellation, or with other words under the same trace id."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from connectors.mock.script import Mishap
from tests.hub.fhir.consumer import Consumer, refusal
from tests.hub.rig import Rig
from tests.scheduling.world import ANN, HOST, World, patient
from vocabulary.slots import Slot

pytestmark = pytest.mark.database
AT_ONCE = 4


@pytest.fixture
def slot(world: World) -> Slot:
    slots = world.clinic(slots=4)
    world.see()
    return slots[0]


@pytest.fixture
def ann(world: World) -> str:
    return world.network.diary(HOST).add_patient(patient(ANN)).host_id


def at_once(rig: Rig, world: World, ask: Callable[[Consumer, int], TestResponse]) -> list[TestResponse]:
    start = Barrier(AT_ONCE)

    def one(number: int) -> TestResponse:
        consumer = Consumer(rig.app.test_client(), world)
        start.wait(timeout=10)
        return ask(consumer, number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.mark.parametrize("slow", ["find_patient", "book"])
class TestAtTheSameMoment:
    def test_one_trace_id_is_one_appointment_for_all(
        self, rig: Rig, world: World, slot: Slot, ann: str, slow: str
    ) -> None:
        world.network.script(HOST).inject(slow, Mishap.SLOW, times=None, seconds=0.3)
        answers = at_once(rig, world, lambda asker, _: asker.book(slot, patient_id=ann, trace_id="trace-of-mine"))
        assert [answer.status_code for answer in answers] == [201] * AT_ONCE, [each.text for each in answers]
        assert len({answer.get_json(force=True)["id"] for answer in answers}) == 1
        assert len(world.network.diary(HOST).appointments) == 1

    def test_another_trace_id_is_a_duplicate(self, rig: Rig, world: World, slot: Slot, ann: str, slow: str) -> None:
        world.network.script(HOST).inject(slow, Mishap.SLOW, times=None, seconds=0.3)
        answers = at_once(
            rig, world, lambda asker, number: asker.book(slot, patient_id=ann, trace_id=f"trace-of-mine-{number % 2}")
        )
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
        assert {refusal(each)[1] for each in answers if each.status_code != 201} == {"DUPLICATE_REJECTED"}
        assert len(world.network.diary(HOST).appointments) == 1


def test_cancelled_twice_at_once_is_cancelled_and_no_doubt(
    consumer: Consumer, rig: Rig, world: World, slot: Slot, ann: str
) -> None:
    held = consumer.book(slot, patient_id=ann).get_json(force=True)
    world.network.script(HOST).inject("cancel", Mishap.SLOW, times=None, seconds=0.3)
    answers = at_once(rig, world, lambda asker, _: asker.cancel(held))
    codes = [answer.status_code for answer in answers]
    assert 200 in codes
    assert set(codes) <= {200, 409}, "409: came when the version had changed already"


def test_a_replay_does_not_book_again_what_was_cancelled(
    consumer: Consumer, world: World, slot: Slot, ann: str
) -> None:
    held = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine").get_json(force=True)
    assert consumer.cancel(held).status_code == 200
    world.see()
    again = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine")
    assert refusal(again) == (409, "DUPLICATE_REJECTED")
    assert "cancelled since" in again.text
    assert world.claimed() == {}
    assert consumer.book(slot, patient_id=ann, trace_id="a-new-trace").status_code == 201


@pytest.mark.parametrize("other", [{"description": "Something else"}, {"comment": ""}])
def test_other_words_under_the_same_trace_id_are_refused_not_dropped(
    consumer: Consumer, world: World, slot: Slot, ann: str, other: dict[str, str]
) -> None:
    held = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine").get_json(force=True)
    again = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine", **other)
    assert refusal(again) == (409, "DUPLICATE_REJECTED")
    assert "other texts" in again.text
    assert consumer.read(held["id"]).get_json(force=True) == held
