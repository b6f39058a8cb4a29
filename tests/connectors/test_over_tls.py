"""The kit over mutual TLS and through the Spine proxy's place: the wire as it is outside a test environment."""

from collections.abc import Iterator

import pytest

from connectors.conformance import ChangingConformance, PatientConformance, RecordConformance
from connectors.faults import Refused
from connectors.mock.simulator.manners import EMIS, Settings, write
from connectors.port import MessageSet
from gp_connect.spine_codes import Owner
from tests.connectors.certificates import Authority
from tests.connectors.people import ALEX
from tests.connectors.simulated import SimulatedBench, Simulator


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    authority = Authority.make(tmp_path_factory.mktemp("authority"), "Test authority")
    with Simulator.running(tmp_path_factory.mktemp("simulator"), authority=authority) as running:
        yield running


@pytest.fixture
def bench(simulator: Simulator) -> Iterator[SimulatedBench]:
    bench = SimulatedBench(simulator, proxied=True)
    yield bench
    bench.behave()


class TestThroughTheProxyOverTls(PatientConformance, ChangingConformance, RecordConformance):
    """Those parts of the kit that send every kind of request."""


def test_what_the_proxy_refuses_is_told_with_whose_it_is(bench: SimulatedBench) -> None:
    assert bench.simulator.url.startswith("https://")
    settings = Settings(EMIS, unlisted=frozenset({MessageSet.FOUNDATIONS}))
    with bench.simulator.store.writing() as connection:
        connection.execute("UPDATE practice SET settings = ? WHERE ods = ?", (write(settings), bench.host.value))
    with pytest.raises(Refused) as caught:
        bench.connect(bench.caller).find_patient(ALEX.nhs_number)
    assert (caught.value.code, caught.value.owner) == ("HOST_NOT_ENABLED", Owner.HOST_SUPPLIER)
