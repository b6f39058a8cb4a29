"""The reader against the examples published with the specification, and against any folder of real-shaped records.

What an example's own Lists name is either read or counted as not shown; nothing is dropped silently.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from gp_connect.elements import Unreadable
from gp_connect.structured import areas, reader
from gp_connect.structured.reader import ids_under
from tests.gp_connect.structured.examples import extract
from vocabulary.record_parts import Allergy, Consultation, Entry, EntryStatus, Medication, Observation, RecordSection
from vocabulary.records import Record, SectionState

_S = RecordSection
_SPEC = os.environ.get("GP_CONNECT_SPEC", "")
_RECORDS = os.environ.get("STRUCTURED_RECORDS", "")


def _example(name: str) -> Any:
    return json.loads((extract.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _read(name: str) -> Record:
    return reader.read(_example(name), RecordSection)


def test_allergies_in_force_and_ended_and_a_list_that_names_one_too_many() -> None:
    section = _read("allergies_response1").section(_S.ALLERGIES)
    assert [entry.status for entry in section.entries].count(EntryStatus.ACTIVE) == len(section.entries)
    assert (len(section.entries), section.not_shown) == (3, 1)
    first = section.entries[0]
    assert isinstance(first, Allergy)
    assert first.what.words
    assert first.recorded_by is not None


def test_medication_with_its_plan_and_issues() -> None:
    section = _read("meds_response").section(_S.MEDICATION)
    assert (len(section.entries), section.not_shown) == (3, 0)
    for entry in section.entries:
        assert isinstance(entry, Medication)
        assert entry.what.words
        assert entry.dosage
        assert entry.date is not None
    assert any(isinstance(entry, Medication) and entry.issues for entry in section.entries)


def test_an_older_system_says_which_areas_it_does_not_know() -> None:
    record = _read("consultations_forwards_response1")
    for name in (_S.CONSULTATIONS, _S.PROBLEMS):
        assert record.section(name).state is SectionState.SWITCHED_OFF
        assert record.section(name).words
    assert record.section(_S.MEDICATION).entries
    assert record.section(_S.INVESTIGATIONS).state is SectionState.NOT_ANSWERED


def test_diary_entries_that_stand_in_no_resource_are_counted() -> None:
    record = _read("diaryentries_response1")
    assert record.section(_S.DIARY).entries == ()
    assert record.section(_S.DIARY).not_shown == 2
    assert record.not_shown == 2


def test_a_report_comes_with_results_specimen_and_laboratory() -> None:
    (report,) = _read("pathology_response1").section(_S.INVESTIGATIONS).entries
    shown = _observations(report)
    assert len(shown) > 5
    assert any(each.value for each in shown)
    assert any(each.range for each in shown)


def test_what_says_it_is_about_somebody_else_is_not_shown_but_counted() -> None:
    section = _read("uncategorised_response1").section(_S.UNCATEGORISED)
    assert (len(section.entries), section.not_shown) == (2, 1)


@pytest.mark.parametrize("name", extract.COMMITTED)
def test_every_entry_of_every_list_is_read_or_counted(name: str) -> None:
    _account_for(_example(name))


def _account_for(bundle: Any) -> Record:
    """Each primary List's distinct entries: as many read as named, less those counted as not shown."""
    record = reader.read(bundle, RecordSection)
    named: dict[RecordSection, set[str]] = {}
    for entry in bundle["entry"]:
        resource = entry.get("resource", {})
        section = areas.PRIMARY.get(areas.list_code(resource)) if resource.get("resourceType") == "List" else None
        if section is not None:
            items = resource.get("entry", [])
            found = named.setdefault(section, set())
            found |= {each["item"]["reference"] for each in (items if isinstance(items, list) else [items])}
    for name, references in named.items():
        section = record.section(name)
        ids = {entry.id for entry in section.entries}.union(*(_nested(entry) for entry in section.entries))
        assert len(references) <= len(ids) + section.not_shown, name
        assert len(section.entries) <= len(references), name
    return record


def _nested(entry: Entry) -> set[str]:
    return ids_under(entry) if isinstance(entry, Observation) else set()


def _observations(entry: Entry) -> list[Observation]:
    waiting, found = list(getattr(entry, "results", ())), []
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].members
    return found


@pytest.mark.skipif(not _SPEC, reason="GP_CONNECT_SPEC names no clone of the specification: only the committed ones")
def test_every_published_example_reads_or_fails_cleanly() -> None:
    unreadable = []
    for name, bundle in extract.published(Path(_SPEC)):
        try:
            _account_for(bundle)
        except Unreadable:
            unreadable.append(name)
    assert unreadable == ["skeleton_full_record"]  # its patient has no NHS number


@pytest.mark.skipif(not _SPEC, reason="GP_CONNECT_SPEC names no clone of the specification")
def test_the_published_consultations_have_topics_headings_and_items() -> None:
    bundle = dict(extract.published(Path(_SPEC)))["consultations_response1"]
    (patient,) = [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Patient"]
    # The example names four patients by their ids; here it is about one.
    bundle = json.loads(re.sub(r"Patient/[0-9a-zA-Z-]+", f"Patient/{patient['id']}", json.dumps(bundle)))
    section = _account_for(bundle).section(_S.CONSULTATIONS)
    assert section.entries
    for entry in section.entries:
        assert isinstance(entry, Consultation)
        assert entry.topics
        assert any(heading.items for topic in entry.topics for heading in topic.headings)


@pytest.mark.skipif(not _RECORDS, reason="STRUCTURED_RECORDS names no folder of records")
def test_a_folder_of_real_shaped_records() -> None:
    read = 0
    for path in sorted(Path(_RECORDS).glob("*.json")):
        try:
            bundle = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError:
            continue
        if bundle.get("resourceType") == "Bundle":
            record = _account_for(bundle)
            assert any(section.entries for section in record.sections), path.name
            read += 1
    assert read
