"""From the national directory to a booking, over mutual TLS and through the proxy: what a live practice would take."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.conformance.bench import planned, request
from connectors.directory import spine
from connectors.directory.port import look_up
from connectors.emis.system import PROFILE
from connectors.faults import Refused, Unreachable
from connectors.line import LineSettings
from connectors.port import Endpoint, MessageSet
from connectors.standard import over
from tests.connectors.certificates import Authority
from tests.connectors.people import ALEX, HOST
from tests.connectors.simulated import SimulatedBench, Simulator
from vocabulary.times import SystemClock


@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_a_practice_is_found_asked_and_booked_where_the_directory_says(tmp_path: Path, way: str) -> None:
    authority = Authority.make(tmp_path, "The Spine's authority")
    with Simulator.running(tmp_path, authority=authority) as simulator:
        bench = SimulatedBench(simulator)
        slot, _ = planned(bench)
        bench.add_patient(ALEX)
        settings = LineSettings(trust=bench.link.trust, certificate=bench.link.secret)
        directory = spine.create(simulator.url, api_key="a-key", settings=settings)
        found = {each.message_set: each.endpoint for each in look_up(directory, bench.host)}
        assert [each.endpoint for each in look_up(directory, HOST)] == [None] * len(MessageSet)
        shared, structured = found[MessageSet.APPOINTMENTS], found[MessageSet.STRUCTURED_RECORD]
        assert shared == found[MessageSet.FOUNDATIONS]
        assert shared is not None and structured is not None
        assert structured.address == f"{shared.address}/structured"
        through = "" if way == "direct" else f"{simulator.url}/ssp/"
        link = replace(
            bench.link,
            address=f"{through}{shared.address}",
            provider_asid=shared.asid,
            structured=Endpoint(f"{through}{structured.address}", structured.asid),
        )
        system = over(PROFILE, link, bench.caller, clock=SystemClock())
        assert system.describe().software
        patient = system.find_patient(ALEX.nhs_number)
        assert system.find_patient(ALEX.nhs_number) == system.read_patient(patient.host_id)
        receipt = system.book(request(bench, slot, patient=patient))
        assert bench.live(slot) == 1
        assert system.read(receipt).slot_ids == (slot.host_id,)
        stranger = over(PROFILE, replace(link, secret=""), bench.caller, clock=SystemClock())
        with pytest.raises(Exception, match=r"could not be reached|did not answer"):
            stranger.ping()


def test_the_proxys_own_refusals_reach_the_desk_in_plain_words(tmp_path: Path) -> None:
    with Simulator.running(tmp_path) as simulator:
        bench = SimulatedBench(simulator)
        moved = replace(bench.link, address=f"{simulator.url}/ssp/https://gp.example/{bench.host}/STU3/1/gpconnect")
        with pytest.raises(Refused) as caught:
            over(PROFILE, moved, bench.caller, clock=SystemClock()).ping()
        assert (caught.value.code, caught.value.mended_by) == ("ADDRESS_MOVED", "whoever runs the hub")
        wrong = replace(bench.link, address=f"{simulator.url}/ssp/{bench.link.address}", provider_asid="999999999999")
        with pytest.raises(Refused) as caught:
            over(PROFILE, wrong, bench.caller, clock=SystemClock()).ping()
        assert caught.value.code in {"HOST_NOT_ENABLED", "ASID_CHECK_FAILED", "PAIR_NOT_ALLOWED"}
        nowhere = replace(bench.link, address="http://127.0.0.1:1/ssp/https://gp.example/x")
        with pytest.raises(Unreachable):
            over(PROFILE, nowhere, bench.caller, clock=SystemClock()).ping()
