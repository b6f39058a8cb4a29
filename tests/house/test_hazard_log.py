"""The hazard log is whole, rated by its own matrix, and every control it claims has its test."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).parents[2]
_SAFETY = _CHECKOUT / "docs" / "safety"
_RISK = re.compile(r"\*\*Risk (before|after):\*\* (\w+) × ([\w ]+) = (\d)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
HAZARD_COUNT = 21


@dataclass(frozen=True)
class Hazard:
    """One section of the log."""

    title: str
    text: str

    def said(self, name: str) -> str:
        found = re.search(rf"^- \*\*{name}:\*\* (.+)$", self.text, re.MULTILINE)
        return found.group(1) if found else ""

    @property
    def controls(self) -> list[tuple[str, str]]:
        rows = re.findall(r"^\| (?!Control|---)(.+?) \| (.+?) \|$", self.text, re.MULTILINE)
        return [(control, shown) for control, shown in rows]

    def rating(self, when: str) -> tuple[str, str, int]:
        return next((sev, like, int(rate)) for at, sev, like, rate in _RISK.findall(self.text) if at == when)


def _hazards() -> list[Hazard]:
    parts = re.split(r"^## ", (_SAFETY / "hazard-log.md").read_text(), flags=re.MULTILINE)[1:]
    return [Hazard(part.splitlines()[0], part) for part in parts if re.match(r"H\d", part)]


HAZARDS = _hazards()


def _matrix() -> dict[tuple[str, str], int]:
    rows = re.findall(r"^\| ((?:very )?(?:high|medium|low)) \| (.+) \|$", (_SAFETY / "README.md").read_text(), re.M)
    severities = ("minor", "significant", "considerable", "major", "catastrophic")
    return {
        (severity, likelihood): int(rating)
        for likelihood, ratings in rows
        for severity, rating in zip(severities, ratings.split(" | "), strict=True)
    }


@cache
def _tests_in(path: str) -> frozenset[str]:
    file = _CHECKOUT / path
    if not file.exists():
        return frozenset()
    return frozenset(node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef))


def test_the_log_is_read_whole() -> None:
    numbers = [hazard.title.split()[0] for hazard in HAZARDS]
    assert numbers == [f"H{number:02}" for number in range(1, len(HAZARDS) + 1)] and len(HAZARDS) >= HAZARD_COUNT
    assert len(_matrix()) == 25


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.title)
def test_a_hazard_has_harm_causes_controls_and_what_is_left(hazard: Hazard) -> None:
    assert all(hazard.said(name) for name in ("Harm", "Causes", "Left to the deployer"))
    assert hazard.controls


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.title)
def test_a_hazard_is_rated_by_the_matrix_and_its_controls_lower_it(hazard: Hazard) -> None:
    likelihoods = ("very low", "low", "medium", "high", "very high")
    before, after = hazard.rating("before"), hazard.rating("after")
    for severity, likelihood, rating in (before, after):
        assert _matrix()[severity, likelihood] == rating
    assert before[0] == after[0], "a control makes harm rarer; if it makes it milder, say how in words"
    assert likelihoods.index(after[1]) < likelihoods.index(before[1]) and after[2] < 4


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.title)
def test_every_control_names_a_test_that_is_there(hazard: Hazard) -> None:
    for control, shown in hazard.controls:
        named = _TEST.findall(shown)
        assert named, f"nothing shows “{control}”"
        gone = [f"{path}::{name}" for path, name in named if name not in _tests_in(path)]
        assert not gone, f"“{control}” is shown by tests that are gone: {gone}"
