"""The worked example in docs is a whole connector: short, typed, and it passes the kit."""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connectors.conformance import Conformance
from connectors.port import GPSystem, Link
from tests.connectors import abacus
from tests.connectors.test_mock_conformance import MockBench
from vocabulary.people import Caller

EXAMPLE = Path(__file__).parents[2] / "docs" / "example_connector.py"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The document as a module, with the supplier's library in place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "abacus", abacus)
        spec = importlib.util.spec_from_file_location("example_connector", EXAMPLE)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "example_connector", module)
        spec.loader.exec_module(module)
        yield module


@dataclass
class ExampleBench(MockBench):
    """The twin's bench, seen through the example."""

    create: Any = field(default=None)

    def connect(self, caller: Caller) -> GPSystem:
        callers = {each.practice.value: each for each in (self.caller, self.outsider)}
        abacus.PLAYED["abacus.example"] = (self.network, self.host, callers)
        system: GPSystem = self.create(Link(self.host, "abacus", "abacus.example"), caller)
        return system


class TestExample(Conformance):
    @pytest.fixture
    def bench(self, example: ModuleType) -> ExampleBench:
        return ExampleBench(create=example.create)


def test_it_is_short_enough_to_be_read_at_one_sitting() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 160
