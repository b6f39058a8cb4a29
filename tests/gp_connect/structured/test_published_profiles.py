"""Whatever is written has what the published profiles demand, nothing they forbid, and is STU3 by a second opinion."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.STU3 import get_fhir_model_class

from connectors.mock.records import make_record
from gp_connect.structured import statement, writer
from tests.gp_connect.structured.people import HOST, TODAY, WHOLE, answering, bundle, patient, record
from tests.gp_connect.structured.published import extract
from vocabulary.record_parts import RecordSection
from vocabulary.records import RecordQuery, empty_record

_PROFILES: dict[str, Any] = json.loads(extract.FILE.read_text(encoding="utf-8"))


def _mistakes(resource: dict[str, Any]) -> Iterator[str]:
    for url in resource.get("meta", {}).get("profile", []):
        for rule, facts in _PROFILES.get(url, {"elements": {}})["elements"].items():
            if "." in rule:
                yield from _broken(resource, rule.split(".")[1:], facts, rule)
    for inner in resource.get("contained", []):
        yield from _mistakes(inner)


def _broken(holder: Any, way: list[str], facts: dict[str, Any], rule: str) -> Iterator[str]:
    """How one element of a profile is broken anywhere below this holder; slices are told by their extension."""
    name, *rest = way
    items = _items(holder, name, facts if not rest else {})
    if items is None:
        return
    if rest:
        for each in items:
            if isinstance(each, dict):
                yield from _broken(each, rest, facts, rule)
        return
    if len(items) < facts["min"]:
        yield f"{rule} must be there"
    if facts["max"] != "*" and len(items) > int(facts["max"]):
        yield f"{rule} is there {len(items)} times"
    yield from (f"{rule} is not {facts['fixed']}" for each in items if "fixed" in facts and str(each) != facts["fixed"])


def _items(holder: dict[str, Any], name: str, facts: dict[str, Any]) -> list[Any] | None:
    """What stands there; None where a slice cannot be told without more than the facts kept."""
    name, _, part = name.partition(":")
    if name.endswith("[x]"):
        found = [held for key, held in holder.items() if key.startswith(name[:-3]) and key != name[:-3]]
    else:
        held = holder.get(name, [])
        found = held if isinstance(held, list) else [held]
    if not part:
        return found
    if "extension" not in facts:
        return None
    return [each for each in found if each.get("url") == facts["extension"]]


def _resources(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield whole
    yield from (each["resource"] for each in whole["entry"])


@pytest.mark.parametrize("number", range(0, 120, 8))
def test_a_written_record_is_as_the_profiles_demand(number: int) -> None:
    whole = bundle(record(number))
    for resource in _resources(whole):
        assert list(_mistakes(resource)) == [], resource["resourceType"]


def test_an_empty_record_and_every_single_section_are_too() -> None:
    someone = patient(3)
    made = make_record(someone, host=HOST, practice_name="Host Surgery", today=TODAY)
    answers = [writer.write(empty_record(someone), WHOLE, answering(someone))]
    for name in set(RecordSection) - {RecordSection.DOCUMENTS}:
        answers.append(writer.write(made, RecordQuery.of([name]), answering(someone)))
    for whole in answers:
        for resource in _resources(whole):
            assert list(_mistakes(resource)) == []


@pytest.mark.parametrize("number", [1, 8, 30])
def test_a_second_opinion_takes_it_for_stu3(number: int) -> None:
    for resource in _resources(bundle(record(number))):
        if resource["resourceType"] != "Bundle":
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_the_statement_is_stu3_and_names_the_profiles_that_are_written() -> None:
    written = statement.write("Example", "1")
    get_fhir_model_class("CapabilityStatement").model_validate(written)
    named = {each["reference"] for each in written["profile"]}
    used = {url for resource in _resources(bundle(record(8))) for url in resource["meta"]["profile"]}
    assert used <= named


def test_the_check_finds_what_is_missing_forbidden_or_not_as_fixed() -> None:
    whole = bundle(record(8))
    statement_ = next(each for each in _resources(whole) if each["resourceType"] == "MedicationStatement")
    spoiled = {key: held for key, held in statement_.items() if key not in ("extension", "dateAsserted")}
    assert {"MedicationStatement.dateAsserted must be there"} <= set(_mistakes(spoiled))
    assert any("prescribingAgency" in each for each in _mistakes(spoiled))
    listed = next(each for each in _resources(whole) if each["resourceType"] == "List")
    assert "List.mode is not snapshot" in set(_mistakes(listed | {"mode": "working"}))
    assert "Bundle.total is there 1 times" in set(_mistakes(whole | {"total": 5}))
