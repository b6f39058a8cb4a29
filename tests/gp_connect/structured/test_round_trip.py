"""What is written is read back the same: every entry of every section, and what a section says about itself."""

import json
from dataclasses import replace
from datetime import date

import pytest

from gp_connect.structured import reader
from tests.gp_connect.structured.people import WHOLE, bundle, fullest, record
from vocabulary.record_parts import Allergy, EntryStatus, Immunisation, Medication, Observation, RecordSection
from vocabulary.records import DateRange, Record, RecordQuery, SectionState, WarningKind

_S = RecordSection


def _back(of: Record, query: RecordQuery = WHOLE) -> Record:
    return reader.read(json.loads(json.dumps(bundle(of, query))), query.sections)


@pytest.mark.parametrize("number", range(0, 60, 3))
def test_a_record_comes_back_as_it_was(number: int) -> None:
    made = record(number)
    back = _back(made)
    assert back.all_not_shown == 0
    for section in made.sections:
        assert [entry.id for entry in back.section(section.name).entries] == [entry.id for entry in section.entries]
        assert back.section(section.name) == section, section.name
    assert back.usual_gp == made.usual_gp
    assert back.practice_name == "Host Surgery"


def test_the_records_of_the_test_hold_every_section() -> None:
    filled = {section.name for number in range(0, 60, 3) for section in record(number).sections if section.entries}
    assert filled == set(RecordSection)
    kinds = {type(entry) for number in range(60) for each in record(number).sections for entry in each.entries}
    assert len(kinds) == 10


@pytest.mark.parametrize("kind", [WarningKind.CONFIDENTIAL, WarningKind.IN_TRANSIT, WarningKind.AWAITING_FILING])
def test_a_warning_travels_with_its_section_and_its_text(kind: WarningKind) -> None:
    made = fullest()
    warned = [
        replace(each, warnings=(kind,), host_note="Told by the practice.") if each.name is _S.MEDICATION else each
        for each in made.sections
    ]
    back = _back(replace(made, sections=tuple(warned)))
    assert back.section(_S.MEDICATION).warnings == (kind,)
    assert back.section(_S.MEDICATION).host_note == "Told by the practice."
    assert back.section(_S.ALLERGIES).warnings == ()


def test_a_warning_without_text_gets_the_prescribed_one() -> None:
    made = fullest()
    warned = [replace(each, warnings=(WarningKind.CONFIDENTIAL,)) for each in made.sections]
    back = _back(replace(made, sections=tuple(warned)))
    assert back.section(_S.PROBLEMS).host_note.startswith("Items excluded")


def test_an_area_that_is_off_is_said_to_be_off_and_gives_nothing() -> None:
    made = fullest()
    off = [
        replace(each, state=SectionState.SWITCHED_OFF) if each.name in (_S.PROBLEMS, _S.DOCUMENTS) else each
        for each in made.sections
    ]
    back = _back(replace(made, sections=tuple(off)))
    for name in (_S.PROBLEMS, _S.DOCUMENTS):
        assert back.section(name).state is SectionState.SWITCHED_OFF
        assert back.section(name).words
        assert back.section(name).entries == back.section(name).linked == ()
    assert back.section(_S.CONSULTATIONS).entries


def test_only_what_is_asked_comes_by_itself() -> None:
    made = fullest()
    back = _back(made, RecordQuery.of([_S.ALLERGIES]))
    assert back.section(_S.ALLERGIES).entries == made.section(_S.ALLERGIES).entries
    for name in set(RecordSection) - {_S.ALLERGIES}:
        assert back.section(name).state is SectionState.NOT_ASKED
        assert back.section(name).entries == ()


def test_what_consultations_bring_along_is_no_list_of_its_own() -> None:
    made = fullest()
    back = _back(made, RecordQuery.of([_S.CONSULTATIONS]))
    findings = back.section(_S.UNCATEGORISED)
    assert findings.state is SectionState.NOT_ASKED
    assert findings.entries == ()
    assert findings.linked
    assert {entry.id for entry in findings.linked} < {entry.id for entry in made.section(_S.UNCATEGORISED).entries}


def test_ended_allergies_stay_apart_and_can_be_left_out() -> None:
    made = next(each for each in map(record, range(400)) if any(map(_ended, each.section(_S.ALLERGIES).entries)))
    everything = _back(made).section(_S.ALLERGIES).entries
    in_force = _back(made, RecordQuery(sections=frozenset({_S.ALLERGIES}), ended_allergies=False))
    assert any(map(_ended, everything))
    assert not any(map(_ended, in_force.section(_S.ALLERGIES).entries))
    written = [each["resource"] for each in bundle(made)["entry"]]
    ended = next(each for each in written if each["resourceType"] == "List" and each["title"] == "Ended allergies")
    inside = {each["id"] for each in ended["contained"]}
    assert inside
    assert not inside & {each.get("id") for each in written}


def _ended(entry: object) -> bool:
    return isinstance(entry, Allergy) and entry.status is EntryStatus.RESOLVED


def test_limits_leave_out_what_lies_beyond_and_keep_what_has_no_date() -> None:
    made = fullest()
    since = date(2026, 5, 1)
    kept = _back(made, RecordQuery(sections=frozenset({_S.MEDICATION}), medication_since=since))
    for entry in kept.section(_S.MEDICATION).entries:
        assert isinstance(entry, Medication)
        assert entry.ended is None or entry.ended.last_day >= since
    undated = replace(made.section(_S.UNCATEGORISED).entries[0], date=None)
    section = replace(made.section(_S.UNCATEGORISED), entries=(undated,))
    other = replace(made, sections=tuple(section if each.name is section.name else each for each in made.sections))
    span = DateRange(since, date(2026, 6, 1))
    found = _back(other, RecordQuery(sections=frozenset({_S.UNCATEGORISED}), uncategorised=span))
    assert [entry.id for entry in found.section(_S.UNCATEGORISED).entries] == [undated.id]


def test_the_latest_consultations_are_the_latest() -> None:
    made = fullest()
    dates = sorted((each.date.first_day for each in made.section(_S.CONSULTATIONS).entries if each.date), reverse=True)
    assert len(dates) > 2
    two = _back(made, RecordQuery(sections=frozenset({_S.CONSULTATIONS}), latest_consultations=2))
    assert [each.date.first_day for each in two.section(_S.CONSULTATIONS).entries if each.date] == dates[:2]


def test_vaccinations_not_given_and_refusals_come_when_asked() -> None:
    made = fullest()
    given = next(each for each in made.section(_S.IMMUNISATIONS).entries if isinstance(each, Immunisation))
    refused = replace(given, id="Immunization/refused", given=False, reason="Unwell", site="", route="")
    consent = Observation(id="Observation/consent", what=given.what, date=given.date, recorded=given.recorded)
    section = replace(made.section(_S.IMMUNISATIONS), entries=(given, refused, consent))
    other = replace(made, sections=tuple(section if each.name is section.name else each for each in made.sections))

    def ids(**limits: bool) -> list[str]:
        query = RecordQuery(sections=frozenset({_S.IMMUNISATIONS}), **limits)
        return [entry.id for entry in _back(other, query).section(_S.IMMUNISATIONS).entries]

    assert ids() == [given.id, consent.id]
    assert ids(immunisations_not_given=True) == [given.id, refused.id, consent.id]
    assert ids(immunisation_statuses=False) == [given.id]
