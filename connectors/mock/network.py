"""Many practices' mock systems by ODS code, and the factory that the registry calls."""

from threading import Lock

from connectors.faults import Unsupported
from connectors.mock.diary import Diary
from connectors.mock.script import Script
from connectors.mock.system import CAPABILITIES, MockSystem
from connectors.mock.tracing import MockTracing
from connectors.port import Capability, GPSystem, Link
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import Clock


class MockNetwork:
    """Everything outside the hub, in memory: diaries, their scripts, and tracing. A practice appears when named."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.tracing = MockTracing()
        self._clock = clock
        self._lock = Lock()
        self._diaries: dict[OdsCode, Diary] = {}
        self._scripts: dict[OdsCode, Script] = {}
        self._capabilities: dict[OdsCode, frozenset[Capability]] = {}

    def diary(self, host: OdsCode) -> Diary:
        """The practice's diary, made on first use."""
        with self._lock:
            return self._diaries.setdefault(host, Diary(host, clock=self._clock))

    def script(self, host: OdsCode) -> Script:
        """The faults the practice's system plays, made on first use."""
        with self._lock:
            return self._scripts.setdefault(host, Script())

    def limit(self, host: OdsCode, capabilities: frozenset[Capability]) -> None:
        """Let the practice's system do these things only."""
        with self._lock:
            self._capabilities[host] = capabilities

    def connect(self, host: OdsCode, caller: Caller) -> GPSystem:
        """The practice's system on behalf of this caller (a connectors.port.Connect). Unsupported for no practice."""
        with self._lock:
            diary = self._diaries.get(host)
            capabilities = self._capabilities.get(host, CAPABILITIES)
        if diary is None:
            raise Unsupported(f"The hub has no connection to {host}.", detail="no link")
        return MockSystem(diary, self.script(host), caller, capabilities)


_networks: dict[str, MockNetwork] = {}
_networks_lock = Lock()


def network(name: str) -> MockNetwork:
    """The network of this name in this process, made on first use; a mock link's address names one."""
    with _networks_lock:
        return _networks.setdefault(name, MockNetwork())


def create(link: Link, caller: Caller) -> GPSystem:
    """The registry's "mock": the practice in the network that the link's address names."""
    return network(link.address).connect(link.host, caller)
