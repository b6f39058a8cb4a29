"""docs/gp-connect.md holds: a line for every interaction and every refusal, with its code, and tests that exist."""

import re
from pathlib import Path

from gp_connect import interactions
from gp_connect.provider_rules import catalogue
from tests.house.test_code import tracked

_PAGE = (Path(__file__).parents[2] / "docs" / "gp-connect.md").read_text(encoding="utf-8")
_PROVED_BY_RULES = "`test_a_request_that_breaks_a_rule_gets_its_code`"


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    after = _PAGE.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in after.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_interaction_has_a_line_with_its_request_and_both_ends() -> None:
    lines = table("What each interaction asks, and what proves that it works")
    assert [line[0] for line in lines] == [interaction.name for interaction in interactions.ALL]
    for line, interaction in zip(lines, interactions.ALL, strict=True):
        verb, _, path = line[1].strip("`").partition(" ")
        assert (verb, path.rstrip("=").partition("?")[0]) == (interaction.verb, interaction.path)
        assert line[2].startswith("`test_"), f"{interaction.name}: nothing proves that the simulator plays it"
    assert sum(line[4] == "—" for line in lines) <= 1  # nobody here asks for the record's own statement


def test_every_refusal_has_a_line_with_its_interactions_its_code_and_its_proofs() -> None:
    lines = {line[0].strip("`"): line for line in table("What a provider refuses")}
    assert list(lines) == [rule.key for rule in catalogue.RULES]
    for rule in catalogue.RULES:
        _, where, wrong, answer, rules, simulator, _ = lines[rule.key]
        everywhere = set(rule.interactions) == set(interactions.FOUNDATIONS_AND_APPOINTMENTS)
        names = ", ".join(interaction.name for interaction in rule.interactions)
        assert where == ("all" if everywhere else names), rule.key
        assert (wrong, answer) == (rule.wrong, f"{rule.code.status} {rule.code.code}")
        assert simulator.startswith("`test_"), f"{rule.key}: nothing proves that the simulator says so"
        if not rule.needs_diary and rule.key != "not-offered":
            assert rules == _PROVED_BY_RULES


def test_every_test_and_class_it_names_exists() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+|Test[A-Za-z]+)`", _PAGE))
    sources = [path.read_text() for path in tracked("tests/*.py", "connectors/conformance/*.py")]
    known = {name for text in sources for name in re.findall(r"(?:def|class) ((?:test_|Test)\w+)", text)}
    assert len(named) > 50
    assert not sorted(named - known)


def test_every_proof_is_of_the_end_it_stands_for() -> None:
    """A test in the simulator's column is one of the simulator's, one in the hub's column one of the hub's."""

    def defined(*patterns: str) -> set[str]:
        return {name for path in tracked(*patterns) for name in re.findall(r"def (test_\w+)", path.read_text())}

    asked = table("What each interaction asks, and what proves that it works")
    refused = table("What a provider refuses")
    ends = {
        "tests/connectors/mock_server/*.py": [line[2] for line in asked] + [line[5] for line in refused],
        "tests/hub/fhir/*.py": [line[3] for line in asked] + [line[6] for line in refused],
        "tests/gp_connect/*.py": [line[4] for line in refused],
    }
    for pattern, cells in ends.items():
        known = defined(pattern)
        assert {cell.strip("`") for cell in cells} - {"—"} <= known, pattern
    consumer = defined("connectors/conformance/*.py", "tests/connectors/test_*.py")
    assert {line[4].strip("`") for line in asked} - {"—"} <= consumer
