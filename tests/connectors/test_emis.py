"""EMIS over GP Connect against the simulator, through real HTTP: the whole kit, and what is EMIS's own."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.conformance import Conformance
from connectors.conformance.bench import planned, request
from connectors.faults import Garbled, NoAnswer, PatientUnknown, Refused, SlotGone
from connectors.mock.simulator.faults import TRACING, FaultKind
from connectors.mock.simulator.loading import practitioner_row
from connectors.pds.tracing import create
from connectors.standard import StandardSystem
from tests.connectors.people import ALEX, BOOKING_PRACTICE, RECEPTIONIST
from tests.connectors.simulated import SimulatedBench, Simulator
from vocabulary.appointments import BookingRequest
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.slots import Gender, Practitioner


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator.running(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def bench(simulator: Simulator, tmp_path: Path) -> Iterator[SimulatedBench]:
    bench = SimulatedBench(simulator, mailbox=tmp_path / "mesh")
    yield bench
    bench.behave()


class TestEmis(Conformance):
    """The kit."""


def test_the_simulators_mix_ups_are_seen_through(bench: SimulatedBench) -> None:
    (slot, _) = planned(bench)
    bench.add_patient(ALEX)
    system = bench.connect(bench.caller)
    robin = system.find_patient(ALEX.nhs_number)
    for interaction, ask in (
        ("find-patient", lambda: system.find_patient(ALEX.nhs_number)),
        ("free-slots", lambda: system.free_slots(slot.window)),
        ("metadata", system.ping),
        ("book", lambda: system.book(request(bench, slot, patient=robin))),
    ):
        bench.simulator.order(FaultKind.WRONG, practice=bench.host.value, interaction=interaction)
        with pytest.raises(Garbled):
            ask()
    assert bench.live(slot) == 1


def test_what_stands_behind_a_diary_can_be_asked_for(bench: SimulatedBench) -> None:
    """The organisation, its places and its practitioners: by their national ids, and by the host's own."""
    grace = Practitioner("gp-1", "Grace Example", Gender.FEMALE, "555000000001")
    with bench.simulator.store.writing() as connection:
        connection.execute("INSERT INTO practitioner VALUES (?, ?, ?, ?, ?)", practitioner_row(bench.host.value, grace))
    system = bench.connect(bench.caller)
    assert isinstance(system, StandardSystem)
    behind = system.foundations
    practice = behind.find_organisation(bench.host)
    assert practice is not None and practice == behind.organisation(practice.host_id)
    assert (practice.name, practice.phone) == ("Test Surgery", "0117 496 0001")
    assert behind.find_organisation(OdsCode("Y99999")) is None
    assert behind.find_practitioner("555000000001") == behind.practitioner("gp-1") == grace
    assert behind.find_practitioner("555000000002") is None
    assert behind.location("place").postcode == "BS1 1AA"
    for missing in (lambda: behind.practitioner("gp-2"), lambda: behind.location("nowhere")):
        with pytest.raises(Refused) as caught:
            missing()
        assert caught.value.status == 404


def test_a_kept_line_that_the_host_cuts_costs_a_read_nothing(bench: SimulatedBench) -> None:
    system = bench.connect(bench.caller)
    system.ping()
    bench.simulator.order(FaultKind.DROP, practice=bench.host.value, times=1)
    system.ping()


def test_many_callers_and_one_slot(bench: SimulatedBench) -> None:
    (slot, _) = planned(bench)
    bench.add_patient(ALEX)
    patient = bench.connect(bench.caller).find_patient(ALEX.nhs_number)
    wanted = [request(bench, slot, patient=patient) for _ in range(16)]

    def attempt(each: BookingRequest) -> bool:
        try:
            bench.connect(bench.caller).book(each)
        except SlotGone:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, wanted))
    assert (sum(won), bench.live(slot)) == (1, 1)
    system = bench.connect(bench.caller)
    assert [system.find_booking(each) is not None for each in wanted] == won


def test_a_host_that_dies_while_it_is_asked_has_booked_or_not_and_can_be_asked_again(tmp_path: Path) -> None:
    with Simulator.running(tmp_path) as simulator, ThreadPoolExecutor(1) as pool:
        bench = SimulatedBench(simulator)
        slot, other = planned(bench)
        bench.add_patient(ALEX)
        patient = bench.connect(bench.caller).find_patient(ALEX.nhs_number)
        for wanted, committed in ((slot, True), (other, False)):
            ours = request(bench, wanted, patient=patient)
            simulator.order(
                FaultKind.SLOW, practice=str(bench.host), interaction="book", after_commit=committed, seconds=9
            )
            asked = pool.submit(bench.connect(bench.caller).book, ours)
            time.sleep(0.3)
            simulator.process.kill()
            with pytest.raises(NoAnswer):
                asked.result()
            simulator.process.restart()
            assert (bench.connect(bench.caller).find_booking(ours) is not None) is committed
            assert bench.live(wanted) == committed


class TestTracing:
    """The national service's wire as the simulator serves it."""

    def test_everything_told_of_a_person_comes_through(self, simulator: Simulator) -> None:
        person = TracedPatient(
            replace(ALEX, given="Alex Lee"), BOOKING_PRACTICE, interpreter="pl", access_needs=("Large print",)
        )
        assert traced(simulator, person) == person

    def test_a_restricted_person_keeps_their_whereabouts(self, simulator: Simulator) -> None:
        person = TracedPatient(replace(ALEX, nhs_number=NUMBERS[1]), BOOKING_PRACTICE, restricted=True)
        found = traced(simulator, person)
        assert (found.restricted, found.home_practice, found.patient.address) == (True, None, ())

    def test_a_death_and_a_superseded_number_are_told(self, simulator: Simulator) -> None:
        assert traced(simulator, TracedPatient(replace(ALEX, nhs_number=NUMBERS[2]), None, deceased=True)).deceased
        old = TracedPatient(replace(ALEX, nhs_number=NUMBERS[3]), None, superseded_by=NUMBERS[2])
        found = traced(simulator, old)
        assert (found.superseded_by, found.patient.nhs_number) == (NUMBERS[2], NUMBERS[2])

    def test_a_search_finds_twins_and_the_unknown_is_unknown(self, simulator: Simulator) -> None:
        tracing = create(f"{simulator.url}/pds")
        for number in NUMBERS[4:6]:
            simulator.know(TracedPatient(replace(ALEX, nhs_number=number, family="Twin"), BOOKING_PRACTICE))
        found = tracing.search(family="twin", birth_date=ALEX.birth_date, postcode="bs14dj", caller=RECEPTIONIST)
        assert [person.patient.nhs_number for person in found] == NUMBERS[4:6]
        assert tracing.search(family="Nobody", birth_date=ALEX.birth_date, caller=RECEPTIONIST) == ()
        with pytest.raises(PatientUnknown):
            tracing.trace(NUMBERS[6], caller=RECEPTIONIST)

    @pytest.mark.parametrize(
        ("kind", "fault"), [(FaultKind.DROP, NoAnswer), (FaultKind.HTML, Garbled), (FaultKind.REFUSE, Refused)]
    )
    def test_faults_are_told_apart(self, simulator: Simulator, kind: FaultKind, fault: type[Exception]) -> None:
        simulator.order(kind, practice=TRACING)
        try:
            with pytest.raises(fault):
                create(f"{simulator.url}/pds").trace(NUMBERS[6], caller=RECEPTIONIST)
        finally:
            simulator.clear(practice=TRACING)


NUMBERS = [NHSNumber(f"999000{tail}") for tail in ("0018", "0026", "0042", "0077", "0085", "0093", "0034")]


def traced(simulator: Simulator, person: TracedPatient) -> TracedPatient:
    """What tracing over the wire says of a person put into the simulator."""
    simulator.know(person)
    return create(f"{simulator.url}/pds").trace(person.patient.nhs_number, caller=RECEPTIONIST)
