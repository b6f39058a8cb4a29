"""What goes wrong between the hub and the host, as another system is told of it, and what it may conclude."""

from collections.abc import Callable

import pytest

from connectors.mock.script import Mishap
from gp_connect import interactions
from gp_connect.elements import Resource
from tests.hub.fhir.consumer import Consumer, refusal, resources
from tests.scheduling.world import ANN, BOB, HOME, HOST, World, patient
from vocabulary.slots import Slot

pytestmark = pytest.mark.database
UNKNOWN, DOWN = (504, "INTERNAL_SERVER_ERROR"), (503, "INTERNAL_SERVER_ERROR")


@pytest.fixture
def slot(world: World) -> Slot:
    slots = world.clinic(slots=4)
    world.see()
    return slots[0]


@pytest.fixture
def ann(world: World) -> str:
    return world.network.diary(HOST).add_patient(patient(ANN)).host_id


def booked(consumer: Consumer, slot: Slot, ann: str) -> Resource:
    made = consumer.book(slot, patient_id=ann)
    assert made.status_code == 201, made.text
    found: Resource = made.get_json(force=True)
    return found


class TestBooking:
    @pytest.mark.parametrize(
        ("mishap", "told"),
        [
            (Mishap.UNREACHABLE, DOWN),
            (Mishap.SLOT_GONE, (409, "DUPLICATE_REJECTED")),
            (Mishap.REFUSED, (422, "INVALID_RESOURCE")),
            (Mishap.NO_ANSWER_BEFORE_COMMIT, UNKNOWN),
            (Mishap.NO_ANSWER_AFTER_COMMIT, UNKNOWN),
            (Mishap.GARBLED_AFTER_COMMIT, UNKNOWN),
        ],
    )
    def test_what_the_host_did_is_told_as_it_is(
        self, consumer: Consumer, world: World, slot: Slot, ann: str, mishap: Mishap, told: tuple[int, str]
    ) -> None:
        world.network.script(HOST).inject("book", mishap)
        assert refusal(consumer.book(slot, patient_id=ann)) == told

    def test_a_hosts_own_code_comes_through(self, consumer: Consumer, world: World, slot: Slot, ann: str) -> None:
        world.network.script(HOST).inject("book", Mishap.REFUSED, code="ACCESS DENIED", status=403)
        assert refusal(consumer.book(slot, patient_id=ann)) == (403, "ACCESS DENIED")

    @pytest.mark.parametrize("there", [True, False])
    def test_retrieve_says_nothing_until_it_is_known_and_then_tells(
        self, consumer: Consumer, world: World, slot: Slot, ann: str, there: bool
    ) -> None:
        mishap = Mishap.NO_ANSWER_AFTER_COMMIT if there else Mishap.NO_ANSWER_BEFORE_COMMIT
        world.network.script(HOST).inject("book", mishap)
        assert refusal(consumer.book(slot, patient_id=ann, trace_id="trace-of-mine")) == UNKNOWN
        assert refusal(consumer.of_patient(ann)) == UNKNOWN
        assert refusal(consumer.book(slot, patient_id=ann, trace_id="trace-of-mine")) == UNKNOWN
        for wait in (20, 60, 180, 600):
            world.clock.forward(seconds=wait)
            answer = consumer.of_patient(ann)
            if answer.status_code == 200:
                break
        assert [each["status"] for each in resources(consumer.of_patient(ann))] == (["booked"] if there else [])
        again = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine")
        assert again.status_code == (201 if there else again.status_code)
        assert len(world.network.diary(HOST).appointments) <= 1

    def test_the_same_request_again_is_the_same_appointment(
        self, consumer: Consumer, world: World, slot: Slot, ann: str
    ) -> None:
        first = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine")
        again = consumer.book(slot, patient_id=ann, trace_id="trace-of-mine")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.get_json(force=True) == first.get_json(force=True)
        assert refusal(consumer.book(slot, patient_id=ann, trace_id="another-trace")) == (409, "DUPLICATE_REJECTED")

    def test_who_may_not_be_booked_is_not_said_why(
        self, consumer: Consumer, world: World, slot: Slot, ann: str
    ) -> None:
        world.network.tracing.add(patient(ANN), home_practice=HOME, restricted=True)
        answer = consumer.book(slot, patient_id=ann)
        assert refusal(answer) == refusal(consumer.book(slot, patient_id="nobody")) == (422, "REFERENCE_NOT_FOUND")
        assert "restrict" not in answer.text and "phone" not in answer.text
        assert world.claimed() == {}

    def test_another_appointment_at_that_time_is_not_said_where(
        self, consumer: Consumer, world: World, slot: Slot, ann: str
    ) -> None:
        booked(consumer, slot, ann)
        (other, *_) = world.clinic(slots=1)
        world.see()
        answer = consumer.book(other, patient_id=ann)
        assert refusal(answer) == (422, "INVALID_RESOURCE")
        assert "Practice" not in answer.text

    @pytest.mark.parametrize(
        "wrong",
        [
            {"participant": []},
            {"status": "proposed"},
            {"slot": [{"reference": "Slot/nowhere"}]},
            {"description": ""},
            {"comment": "x" * 501},
            {"comment": "bell \x07"},
            {"comment": "half \ud800"},
            {"description": "nil \x00"},
            {"description": "turned \u202e round"},
            {"reason": [{"text": "x"}]},
            {"start": "2026-11-24T18:31:00+00:00"},
            {"contained": []},
            {"resourceType": "Bundle"},
            {"id": "mine"},
        ],
    )
    def test_what_the_standard_forbids_is_refused_before_anything_is_held(
        self, consumer: Consumer, world: World, slot: Slot, ann: str, wrong: dict[str, object]
    ) -> None:
        assert refusal(consumer.book(slot, patient_id=ann, **wrong))[0] in (400, 422)
        assert world.claimed() == {}

    def test_nobody_books_in_anothers_name(self, consumer: Consumer, slot: Slot, ann: str, world: World) -> None:
        body = consumer.booking(slot, patient_id=ann)
        body["contained"][0]["identifier"][0]["value"] = "Y90004"
        assert refusal(consumer.ask(interactions.BOOK, body=body)) == (422, "INVALID_RESOURCE")
        assert world.claimed() == {}
        assert len(consumer.free()) == 4
        assert consumer.free(ods=HOST) == []


class TestChanging:
    @pytest.mark.parametrize("unfit", ["\x00", "\x07", "\x85", "\ud800", "\u202e"])
    def test_no_text_is_changed_to_one_that_cannot_be_printed(
        self, consumer: Consumer, slot: Slot, ann: str, unfit: str
    ) -> None:
        held = booked(consumer, slot, ann)
        for name in ("description", "comment"):
            assert refusal(consumer.amend(held, **{name: f"x{unfit}"})) == (422, "INVALID_RESOURCE")
        assert consumer.read(held["id"]).get_json(force=True) == held

    def test_a_stale_version_changes_nothing(self, consumer: Consumer, slot: Slot, ann: str) -> None:
        held = booked(consumer, slot, ann)
        for ask in (consumer.amend, consumer.cancel):
            assert refusal(ask(held, version="77"))[0] == 409  # type: ignore[operator]
        assert consumer.read(held["id"]).get_json(force=True) == held

    @pytest.mark.parametrize(
        ("method", "act"),
        [
            ("amend", lambda consumer, held: consumer.amend(held)),
            ("cancel", lambda consumer, held: consumer.cancel(held)),
        ],
    )
    @pytest.mark.parametrize(
        ("mishap", "told"), [(Mishap.UNREACHABLE, (503, 504)), (Mishap.NO_ANSWER_BEFORE_COMMIT, (504,))]
    )
    def test_a_host_that_does_not_answer(
        self,
        consumer: Consumer,
        world: World,
        slot: Slot,
        ann: str,
        method: str,
        act: Callable[[Consumer, Resource], object],
        mishap: Mishap,
        told: tuple[int, ...],
    ) -> None:
        held = booked(consumer, slot, ann)
        world.network.script(HOST).inject(method, mishap)
        assert refusal(act(consumer, held))[0] in told  # type: ignore[arg-type]
        assert consumer.read(held["id"]).get_json(force=True)["status"] == "booked"

    def test_a_cancellation_is_finished_by_the_hub(
        self, consumer: Consumer, world: World, slot: Slot, ann: str
    ) -> None:
        held = booked(consumer, slot, ann)
        world.network.script(HOST).inject("cancel", Mishap.NO_ANSWER_BEFORE_COMMIT)
        assert refusal(consumer.cancel(held)) == UNKNOWN
        world.clock.forward(minutes=2)
        told = consumer.read(held["id"]).get_json(force=True)
        assert told["status"] == "cancelled"

    def test_what_is_cancelled_or_past_is_left_alone(
        self, consumer: Consumer, world: World, slot: Slot, ann: str
    ) -> None:
        held = booked(consumer, slot, ann)
        gone = consumer.cancel(held).get_json(force=True)
        assert refusal(consumer.cancel(gone)) == (422, "INVALID_RESOURCE")
        assert refusal(consumer.amend(gone)) == (422, "INVALID_RESOURCE")
        world.clock.forward(hours=6)
        assert refusal(consumer.read(held["id"])) == (422, "INVALID_RESOURCE")
        assert [each["status"] for each in resources(consumer.of_patient(ann))] == ["cancelled"]

    def test_only_the_texts_may_change(self, consumer: Consumer, slot: Slot, ann: str) -> None:
        held = booked(consumer, slot, ann)
        moved = {**held, "start": held["end"]}
        assert refusal(consumer.amend(moved))[0] == 422
        assert refusal(consumer.amend({**held, "participant": held["participant"][:1]}))[0] == 422

    @pytest.mark.parametrize("odd", ["2222-222H", "nothing", "22222222", "a" * 65, "%20"])
    def test_an_id_that_is_none_is_not_there(self, consumer: Consumer, odd: str) -> None:
        assert refusal(consumer.read(odd)) == (404, "NO_RECORD_FOUND")


class TestPeopleAndPlaces:
    def test_by_the_ids_that_slots_name(self, consumer: Consumer, slot: Slot) -> None:
        free = resources(consumer.slots())
        kinds = {each["resourceType"]: each for each in free}
        for kind, interaction in (
            ("Location", interactions.READ_LOCATION),
            ("Practitioner", interactions.READ_PRACTITIONER),
            ("Organization", interactions.READ_ORGANISATION),
        ):
            answer = consumer.ask(interaction, kinds[kind]["id"])
            assert answer.get_json(force=True) == kinds[kind]
            assert answer.headers["ETag"] == 'W/"1"'
            assert refusal(consumer.ask(interaction, "nobody"))[0] == 404

    def test_organisations_by_code(self, consumer: Consumer) -> None:
        system = "https://fhir.nhs.uk/Id/ods-organization-code"
        (found,) = resources(consumer.ask(interactions.FIND_ORGANISATION, params=[("identifier", f"{system}|{HOST}")]))
        assert found["id"] == HOST.value
        none = consumer.ask(interactions.FIND_ORGANISATION, params=[("identifier", f"{system}|X99999")])
        assert resources(none) == []
        assert refusal(consumer.ask(interactions.FIND_ORGANISATION))[0] == 400

    def test_registering_who_is_known_or_not_who_they_say(self, consumer: Consumer, world: World, ann: str) -> None:
        assert refusal(consumer.register(patient(ANN))) == (409, "DUPLICATE_REJECTED")
        world.network.tracing.add(patient(BOB, given="Bob"), home_practice=HOME, deceased=True)
        assert refusal(consumer.register(patient(BOB))) == (400, "INVALID_PATIENT_DEMOGRAPHICS")
        world.network.tracing.script.inject("trace", Mishap.UNREACHABLE)
        assert refusal(consumer.register(patient(BOB))) == DOWN
