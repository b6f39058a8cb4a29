"""TPP over GP Connect against the simulator: the whole kit with another profile, and what is TPP's own."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.conformance import Conformance
from connectors.faults import Garbled, Refused
from connectors.mock.simulator import Standing
from connectors.standard import over
from connectors.tpp.system import PROFILE
from gp_connect import bundles, outcomes, slots
from gp_connect.organisations import Organisation
from gp_connect.slots import Includes
from gp_connect.spine_codes import ACCESS_DENIED, Owner
from tests.connectors.people import ALEX, HOST, RECEPTIONIST
from tests.connectors.simulated import SimulatedBench, Simulator
from tests.connectors.stub_server import Behaviour, StubServer, answer
from tests.connectors.test_emis_wire import MADE, NOW, RECEIPT, REQUEST, SLOT, link_to, wire
from vocabulary.times import FixedClock, Window


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator.running(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def bench(simulator: Simulator, tmp_path: Path) -> Iterator[SimulatedBench]:
    mailbox = tmp_path / "mesh"
    bench = SimulatedBench(simulator, system="tpp", profile=PROFILE, hidden_as=Standing.UNTRACED, mailbox=mailbox)
    yield bench
    bench.behave()


class TestTpp(Conformance):
    """The kit."""


def ask(*behaviours: Behaviour, write: bool = False) -> Refused | Garbled:
    """What a search, or a booking, comes to."""
    with StubServer(list(behaviours)) as server, pytest.raises((Refused, Garbled)) as caught:
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(NOW))
        if write:
            system.book(REQUEST)
        else:
            system.find_patient(ALEX.nhs_number)
    assert isinstance(caught.value, Refused | Garbled)
    return caught.value


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_system_that_is_shut_says_so_in_plain_words(status: int) -> None:
    fault = ask(answer(b"<html><b>SystmOne  Not Currently Open</b></html>", status=status, kind="text/html"))
    assert isinstance(fault, Refused)
    assert (fault.words, fault.owner) == ("The host practice's SystmOne is not open at the moment.", Owner.HOST)
    assert "opening hours" in fault.next_step


def test_a_booking_answered_so_by_a_5xx_is_unknown_all_the_same_and_by_a_4xx_refused() -> None:
    shut = b"SystmOne Not Currently Open"
    unknown = ask(answer(shut, status=500, kind="text/plain"), write=True)
    assert (type(unknown), "not open" in unknown.words) == (Garbled, True)
    assert type(ask(answer(shut, status=403, kind="text/plain"), write=True)) is Refused


def test_its_own_words_for_access_denied_are_its_practices_to_mend() -> None:
    told = ask(
        answer(outcomes.write(ACCESS_DENIED, "Organisation L81002 does not have access to this unit"), status=403)
    )
    assert isinstance(told, Refused)
    assert (told.owner, told.code) == (Owner.HOST, "ACCESS DENIED")
    assert "SystmOne" in told.words
    assert "L81002" not in f"{told.words} {told.detail}"


def test_slots_that_have_begun_are_left_to_tpp_to_drop() -> None:
    body = slots.write([SLOT], Includes(Organisation(HOST, "Test Surgery", host_id="1")))
    with StubServer([answer(body)]) as server:
        later = FixedClock(SLOT.window.start + timedelta(minutes=1))
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=later)
        assert len(system.free_slots(Window(NOW, NOW + timedelta(days=1)))) == 1


def test_an_amendment_that_left_the_texts_as_they_were_is_unknown() -> None:
    with StubServer([answer(wire(MADE))]) as server, pytest.raises(Garbled):
        system = over(PROFILE, link_to(server), RECEPTIONIST, clock=FixedClock(NOW))
        system.amend(RECEIPT, description="Something else", comment="")


def test_an_empty_answer_names_nobody_and_does_not_say_why() -> None:
    fault = ask(answer(bundles.searchset([])))
    assert isinstance(fault, Refused)
    assert "does not show a patient" in fault.words
    assert "phone the practice" in fault.next_step
