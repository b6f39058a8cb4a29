"""A GP system that is not there: the in-process twin for unit tests, and (in server.py) the simulator over HTTP.

Tests take a `MockNetwork`; the registry takes `create`, which finds the network that a link's address names.
"""

from connectors.mock.diary import Diary
from connectors.mock.network import MockNetwork, create, network
from connectors.mock.script import Call, Mishap, Script
from connectors.mock.system import MockSystem
from connectors.mock.tracing import MockTracing

__all__ = ["Call", "Diary", "Mishap", "MockNetwork", "MockSystem", "MockTracing", "Script", "create", "network"]
