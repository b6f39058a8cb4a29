"""Whatever is done to a bundle, the reader reads it, counts what it cannot show, or says Unreadable: nothing else."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gp_connect.elements import Unreadable
from gp_connect.structured import reader
from tests.gp_connect.structured.examples import extract
from tests.gp_connect.structured.people import bundle, fullest, record
from vocabulary.record_parts import RecordSection
from vocabulary.records import Record

_BUNDLES = [
    bundle(fullest()),
    bundle(record(7)),
    *(json.loads((extract.FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in extract.COMMITTED),
]
_JUNK: tuple[Any, ...] = (
    None,
    "",
    "x",
    "#x",
    0,
    -1,
    1e308,
    float("nan"),
    True,
    [],
    [None],
    [[]],
    {},
    {"reference": "List/x"},
    {"coding": "x"},
    "2019-02-30",
    "0000",
    "9999-12-31T23:59:59-14:00",
    "Patient/other",
    {"resourceType": "List"},
    ["x", 1, {}],
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        found += _places(value, (*path, key))
    return found


_PLACES = [_places(each) for each in _BUNDLES]


def _spoil(spoiled: Any, places: list[tuple[Any, ...]], lot: random.Random) -> None:
    *way, last = lot.choice(places)
    holder = spoiled
    for key in way:
        try:
            holder = holder[key]
        except (KeyError, IndexError, TypeError):
            return
    try:
        match lot.randrange(4):
            case 0:
                del holder[last]
            case 1:
                holder[last] = copy.deepcopy(lot.choice(_JUNK))
            case 2:
                holder[last] = [holder[last], copy.deepcopy(holder[last])]
            case _:
                other = spoiled
                for key in lot.choice(places):
                    other = other[key]
                holder[last] = copy.deepcopy(other)
    except (KeyError, IndexError, TypeError):
        return


def _read(spoiled: Any) -> Record | None:
    try:
        return reader.read(spoiled, RecordSection)
    except Unreadable:
        return None


@given(st.integers(0, len(_BUNDLES) - 1), st.integers(0, 2**32), st.integers(1, 12))
def test_no_spoilt_bundle_crashes_the_reader(which: int, seed: int, times: int) -> None:
    lot = random.Random(seed)
    spoiled = copy.deepcopy(_BUNDLES[which])
    for _ in range(times):
        _spoil(spoiled, _PLACES[which], lot)
    read = _read(spoiled)
    if read is not None:
        assert len(read.sections) == len(RecordSection)
        assert read.all_not_shown >= 0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=8))
def test_what_is_no_bundle_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable):
        reader.read(value, RecordSection)
    with pytest.raises(Unreadable):
        reader.read({"resourceType": "Bundle", "entry": value}, RecordSection)


@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance", "Immunization", "ReferralRequest", "Medication"])
def test_an_entry_that_loses_its_meaning_is_counted_and_the_others_stay(kind: str) -> None:
    made = fullest()
    whole = bundle(made)
    if not any(each["resource"]["resourceType"] == kind for each in whole["entry"]):
        whole = bundle(record(7))
    before = _read(copy.deepcopy(whole))
    spoiled = next(each["resource"] for each in whole["entry"] if each["resource"]["resourceType"] == kind)
    for name in ("code", "reasonCode", "vaccineCode", "extension", "description", "specialty"):
        spoiled.pop(name, None)
    after = _read(whole)
    assert before is not None
    assert after is not None
    shown = [sum(len(section.entries) for section in each.sections) for each in (before, after)]
    assert shown[1] == shown[0] - 1
    assert after.all_not_shown >= 1


def _group(number: int, members: list[int]) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "code": {"text": f"Test {number}"},
        "subject": {"reference": "Patient/77"},
        "related": [{"type": "has-member", "target": {"reference": f"Observation/o{each}"}} for each in members],
    }


def test_observations_that_hold_each_other_are_read_once_and_in_good_time() -> None:
    number = 60
    whole = bundle(record(7))
    whole["entry"] += [{"resource": _group(each, list(range(number)))} for each in range(number)]
    reports = {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "code": {"text": "Everything"},
        "result": [{"reference": f"Observation/o{each}"} for each in range(number)],
    }
    whole["entry"].append({"resource": reports})
    assert _read(whole) is not None


def test_lists_that_hold_each_other_end() -> None:
    whole = bundle(fullest())
    trees = [each["resource"] for each in whole["entry"] if each["resource"].get("encounter")]
    assert trees
    for tree in trees:
        tree["entry"] = [{"item": {"reference": f"List/{other.get('id')}"}} for other in trees]
    read = _read(whole)
    assert read is not None
    assert read.section(RecordSection.CONSULTATIONS).not_shown


def test_two_patients_or_none_are_no_record() -> None:
    whole = bundle(record(7))
    patient = next(each for each in whole["entry"] if each["resource"]["resourceType"] == "Patient")
    other = copy.deepcopy(patient)
    other["resource"]["id"] = "78"
    with pytest.raises(Unreadable):
        reader.read({**whole, "entry": [*whole["entry"], other]}, RecordSection)
    with pytest.raises(Unreadable):
        reader.read({**whole, "entry": [each for each in whole["entry"] if each is not patient]}, RecordSection)


def test_one_page_of_several_is_no_record() -> None:
    whole = bundle(record(7)) | {"link": [{"relation": "next", "url": "https://host/next"}]}
    with pytest.raises(Unreadable):
        reader.read(whole, RecordSection)
