"""The kit can fail: each connector with a mistake is caught by the check that names it, and a sound one by none."""

import inspect
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors import conformance as kit_folder
from connectors.conformance import Conformance
from connectors.conformance.broken import BROKEN, Broken
from connectors.conformance.checks import Check, checks, failing
from connectors.port import GPSystem
from tests.connectors.test_mock_conformance import MockBench
from vocabulary.people import Caller


@dataclass
class BrokenBench(MockBench):
    """The twin's bench with a mistake before it."""

    mistake: type[Broken] = Broken

    def connect(self, caller: Caller) -> GPSystem:
        return self.mistake(super().connect(caller), super().connect(self.caller))  # type: ignore[return-value]


def test_there_are_ten_and_more_and_each_says_what_catches_it() -> None:
    names = {check.name for check in checks(Conformance)}
    assert len(BROKEN) >= 10
    for mistake in BROKEN:
        assert mistake.caught_by in names  # type: ignore[attr-defined]
        assert inspect.getdoc(mistake)
    assert len({mistake.caught_by for mistake in BROKEN}) == len(BROKEN)  # type: ignore[attr-defined]


def test_the_mistakes_are_documented_with_what_catches_them() -> None:
    readme = (Path(kit_folder.__file__).parent / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| `(test_\w+)` \|$", readme, re.MULTILINE))
    assert told == {mistake.__name__: mistake.caught_by for mistake in BROKEN}  # type: ignore[attr-defined]


@pytest.mark.parametrize("mistake", BROKEN, ids=lambda mistake: str(mistake.__name__))
def test_a_connector_with_a_mistake_is_caught_by_name(mistake: type[Broken]) -> None:
    assert failing(Conformance, BrokenBench, mistake.caught_by) == [], "the bench itself is sound"
    caught = failing(Conformance, lambda: BrokenBench(mistake=mistake), mistake.caught_by)
    assert {check.name for check in caught} == {mistake.caught_by}


def test_a_mistake_is_caught_where_it_is_made_and_not_everywhere() -> None:
    """A few of the others, so that a check that always fails would be found out."""
    for mistake in BROKEN[:3]:
        bystanders = ["test_an_empty_diary_is_an_empty_answer", "test_a_patient_is_found_as_the_practice_knows_them"]
        for name in bystanders:
            assert failing(Conformance, lambda: BrokenBench(mistake=mistake), name) == []  # noqa: B023  run at once


def test_every_value_of_a_check_is_run() -> None:
    def collected(name: str) -> list[str]:
        return [str(check) for check in checks(Conformance, name)]

    assert len(collected("test_booking")) == 8
    assert len(collected("test_reading")) == 3 * 4
    assert collected("test_it_answers_a_ping") == ["test_it_answers_a_ping"]
    assert Check("test_x", {"month": 3}) != Check("test_x", {"month": 10})
