"""What a host changes is found over GP Connect itself: the simulator as a process, its front desk, and its faults."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import requests

from connectors.conformance import SessionPlan
from connectors.emis.system import PROFILE
from connectors.guard import Guard
from connectors.mock.simulator.faults import FaultKind
from connectors.mock.simulator.front_desk import FrontDesk
from connectors.port import GPSystem
from connectors.standard import over
from gp_connect.moments import write_moment
from scheduling import following
from scheduling.host_words import AtHost, HostSays
from scheduling.results import BookingView
from storage.work import idle
from tests.connectors.simulated import SimulatedBench, Simulator
from tests.scheduling.world import ANN, HOST, NOW, TONIGHT, World, caller, patient
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import FixedClock, Window

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator.running(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@dataclass
class Wire:
    """The world's desk, talking to a practice that the simulator plays."""

    world: World
    bench: SimulatedBench

    @property
    def front_desk(self) -> FrontDesk:
        """The practice's own staff."""
        return FrontDesk(self.bench.simulator.store, HOST, FixedClock(NOW))

    def follow(self, *, minutes: float = 30) -> int:
        """Time passes at both ends, then what is due is looked at."""
        self.world.clock.forward(minutes=minutes)
        self.same_time()
        return following.follow_due(self.world.desk, at_once=1)

    def same_time(self) -> None:
        clock = f"{self.bench.simulator.url}/control/clock"
        requests.put(clock, json={"now": write_moment(self.world.clock.now())}, timeout=5).raise_for_status()

    def now(self, found: BookingView) -> BookingView:
        seen = self.world.view(found.ref)
        assert seen is not None
        return seen

    def there(self, found: BookingView) -> AtHost | None:
        return self.now(found).at_host


@pytest.fixture
def wire(world: World, simulator: Simulator) -> Wire:
    with simulator.store.writing() as connection:
        for table in ("appointment", "slot", "session", "patient", "location", "practice"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
    simulator.clear(practice=HOST.value)
    bench = SimulatedBench(simulator, caller(), caller(user="outsider"), HOST)
    bench.add_patient(patient(ANN))
    bench.add_session(SessionPlan("Evening clinic", TONIGHT, slots=4))

    def connect(host: OdsCode, who: Caller) -> GPSystem:
        assert host == HOST
        return over(PROFILE, bench.link, who, clock=world.clock)

    guard = Guard(is_idle=idle, admit=world.desk.gate.admit)
    world.desk = replace(world.desk, connect=guard.connect(connect))
    made = Wire(world, bench)
    made.same_time()
    return made


def booked(wire: Wire) -> BookingView:
    wire.world.see()
    found = wire.world.book()
    assert found.state is BookingState.BOOKED
    return found


def free_there(wire: Wire) -> str:
    lines = wire.front_desk.lines(Window(TONIGHT, TONIGHT + timedelta(hours=2)))
    return [line.slot_id for line in lines if line.status == "free"][-1]


def test_what_stands_there_stands_here(wire: Wire) -> None:
    found = booked(wire)
    assert wire.follow() == 1 and wire.now(found) == found


def test_what_the_front_desk_cancels_is_cancelled_here(wire: Wire) -> None:
    found = booked(wire)
    wire.front_desk.cancel_appointment(found.host_reference)
    assert wire.follow() == 1
    now = wire.now(found)
    assert (now.state, now.cancel_reason) == (BookingState.CANCELLED, CancellationReason.HOST_CANCELLED)


def test_what_goes_with_its_session_is_cancelled_here(wire: Wire) -> None:
    found = booked(wire)
    (line,) = [
        one for one in wire.front_desk.lines(Window(TONIGHT, TONIGHT + timedelta(hours=2))) if one.appointment_id
    ]
    wire.front_desk.cancel_session(line.session_id, "The doctor is ill")
    wire.follow()
    assert wire.now(found).state is BookingState.CANCELLED


def test_what_the_front_desk_moves_and_moves_back_is_marked_and_unmarked(wire: Wire) -> None:
    found = booked(wire)
    before = [one for one in wire.front_desk.lines(found.facts.window) if one.appointment_id]
    wire.front_desk.move_appointment(found.host_reference, free_there(wire))
    wire.follow()
    moved = wire.there(found)
    assert moved is not None and moved.says is HostSays.MOVED and moved.window is not None
    assert moved.window.start == TONIGHT + timedelta(minutes=45)
    wire.front_desk.move_appointment(found.host_reference, before[0].slot_id)
    wire.follow()
    assert wire.there(found) is None and wire.world.attention() == []


def test_what_is_no_longer_there_at_all_is_marked(wire: Wire) -> None:
    found = booked(wire)
    with wire.bench.simulator.store.writing() as connection:
        connection.execute("DELETE FROM appointment")
    wire.follow()
    gone = wire.there(found)
    assert gone is not None and gone.says is HostSays.ABSENT


@pytest.mark.parametrize("kind", [FaultKind.GARBAGE, FaultKind.HTML, FaultKind.DROP, FaultKind.REFUSE])
def test_a_host_that_talks_nonsense_or_not_at_all_changes_nothing(wire: Wire, kind: FaultKind) -> None:
    found = booked(wire)
    wire.front_desk.cancel_appointment(found.host_reference)
    more = {"code": "INTERNAL_SERVER_ERROR"} if kind is FaultKind.REFUSE else {}
    wire.bench.simulator.order(kind, practice=HOST.value, interaction="read-appointment", **more)
    assert wire.follow() == 0 and wire.now(found) == found
    wire.bench.simulator.clear(practice=HOST.value)
    assert wire.follow() == 1 and wire.now(found).state is BookingState.CANCELLED


def test_a_host_that_is_down_changes_nothing(wire: Wire) -> None:
    found = booked(wire)
    wire.front_desk.cancel_appointment(found.host_reference)
    wire.bench.cut_off = True
    assert wire.follow() == 0 and wire.now(found) == found
    wire.bench.cut_off = False
    assert wire.follow() == 1 and wire.now(found).state is BookingState.CANCELLED


def test_two_who_look_at_once_write_it_once(wire: Wire) -> None:
    found = booked(wire)
    wire.front_desk.move_appointment(found.host_reference, free_there(wire))
    wire.world.clock.forward(minutes=30)
    wire.same_time()
    with ThreadPoolExecutor(3) as pool:
        answered = list(pool.map(lambda _: following.follow_due(wire.world.desk, at_once=1), range(3)))
    assert sum(answered) == 1 and len(wire.world.attention()) == 1
