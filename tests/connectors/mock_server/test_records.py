"""The simulator's structured records: who gets one, what is said of gaps, and each refusal with its code."""

import json
from typing import Any

import pytest
import requests

from connectors.mock.simulator.child import Simulator
from gp_connect import interactions
from gp_connect.structured import reader, request
from tests.connectors.mock_server.conftest import person_json, practice_json
from tests.connectors.mock_server.consumer import ALEX, NOW, Answer, Consumer, Control
from vocabulary.record_parts import RecordSection
from vocabulary.records import Record, RecordQuery, SectionState, WarningKind

_S = RecordSection
_WHOLE = RecordQuery.whole()


class RecordConsumer(Consumer):
    """Asks at the structured address."""

    @property
    def root(self) -> str:
        return f"{super().root}/structured"

    def record(self, query: RecordQuery = _WHOLE) -> Answer:
        body = request.write(ALEX.nhs_number, query, today=NOW.date())
        return self.ask(interactions.GET_STRUCTURED_RECORD, body=body)

    def read(self, query: RecordQuery = _WHOLE) -> Record:
        answer = self.record(query)
        assert answer.status == 200, answer.body
        return reader.read(answer.body, query.sections)


@pytest.fixture
def records(simulator: Simulator, control: Control, ods: str) -> RecordConsumer:
    control.call("POST", "load", {"practices": [practice_json(ods)]})
    return RecordConsumer(simulator.url, ods)


def _mark(control: Control, ods: str, *traits: str) -> None:
    control.call("PUT", f"records/{ods}/traits", {"nhs_number": ALEX.nhs_number.value, "traits": list(traits)})


def test_a_registered_patient_has_a_record_and_always_the_same(records: RecordConsumer) -> None:
    first, second = records.record(), records.record()
    assert first.status == second.status == 200
    assert first.headers["Cache-Control"] == "no-store"
    assert first.body["type"] == "collection"
    record = reader.read(first.body, RecordSection)
    assert record.patient.nhs_number == ALEX.nhs_number
    assert record.practice_name == "Host Surgery"
    assert record.all_not_shown == 0
    assert record.section(_S.UNCATEGORISED).entries
    strip = [{key: value for key, value in each.body.items() if key != "id"} for each in (first, second)]
    assert strip[0] == strip[1]


def test_the_bundle_bears_the_trace_id(records: RecordConsumer) -> None:
    body = request.write(ALEX.nhs_number, _WHOLE, today=NOW.date())
    answer = records.ask(interactions.GET_STRUCTURED_RECORD, body=body, extra={"Ssp-TraceID": "trace-of-ours"})
    assert answer.body["id"] == "trace-of-ours"


def test_the_structured_address_has_a_statement_of_its_own(records: RecordConsumer) -> None:
    answer = records.ask(interactions.STRUCTURED_METADATA)
    assert (answer.status, answer.body["version"]) == (200, "1.6.2")
    assert answer.body["rest"][0]["operation"][0]["name"] == "gpc.getstructuredrecord"


@pytest.mark.parametrize("standing", ["sensitive", "deceased", "inactive"])
def test_whoever_is_not_active_here_is_not_found(
    simulator: Simulator, control: Control, ods: str, standing: str
) -> None:
    patients = [person_json(id="1", standing=standing)]
    control.call("POST", "load", {"practices": [practice_json(ods, patients=patients)]})
    answer = RecordConsumer(simulator.url, ods).record()
    assert (answer.status, answer.code) == (404, "PATIENT_NOT_FOUND")


def test_only_the_practice_where_a_patient_is_registered_for_good_answers(
    simulator: Simulator, control: Control, ods: str
) -> None:
    control.call("POST", "load", {"practices": [practice_json(ods, patients=[person_json(id="1", temporary=True)])]})
    answer = RecordConsumer(simulator.url, ods).record()
    assert (answer.status, answer.code) == (404, "PATIENT_NOT_FOUND")


def test_a_patient_who_dissents_is_respected(records: RecordConsumer, control: Control) -> None:
    _mark(control, records.ods, "dissent")
    answer = records.record()
    assert (answer.status, answer.code) == (403, "NO_PATIENT_CONSENT")
    _mark(control, records.ods)
    assert records.record().status == 200


def test_confidential_items_are_left_out_and_nowhere_named(records: RecordConsumer, control: Control) -> None:
    before = records.read()
    _mark(control, records.ods, "confidential")
    answer = records.record()
    after = reader.read(answer.body, RecordSection)
    section = after.section(_S.UNCATEGORISED)
    assert section.warnings == (WarningKind.CONFIDENTIAL,)
    assert section.host_note
    gone = {entry.id for entry in before.section(_S.UNCATEGORISED).entries} - {entry.id for entry in section.entries}
    assert len(gone) == 1
    assert gone.pop().partition("/")[2] + '"' not in json.dumps(answer.body)


@pytest.mark.parametrize(
    ("trait", "kind"),
    [("in-transit", WarningKind.IN_TRANSIT), ("awaiting-filing", WarningKind.AWAITING_FILING)],
)
def test_what_has_not_arrived_or_been_filed_is_warned_of_everywhere(
    records: RecordConsumer, control: Control, trait: str, kind: WarningKind
) -> None:
    _mark(control, records.ods, trait)
    record = records.read()
    for name in set(RecordSection) - {_S.DOCUMENTS}:
        assert record.section(name).warnings == (kind,)
        assert "11-May-2026" in record.section(name).host_note


def test_an_empty_record_says_so_section_by_section(records: RecordConsumer, control: Control) -> None:
    _mark(control, records.ods, "empty")
    record = records.read()
    assert {section.state for section in record.sections} == {SectionState.EMPTY}
    assert {section.words for section in record.sections} == {"No content recorded."}


def test_an_area_switched_off_is_told_and_the_rest_is_given(records: RecordConsumer, control: Control) -> None:
    control.call("PUT", f"records/{records.ods}/off", {"off": ["uncategorised", "documents"]})
    record = records.read()
    assert record.section(_S.UNCATEGORISED).state is SectionState.SWITCHED_OFF
    assert record.section(_S.DOCUMENTS).state is SectionState.SWITCHED_OFF
    assert record.section(_S.MEDICATION).state in (SectionState.PRESENT, SectionState.EMPTY)
    assert record.all_not_shown == 0


def test_a_practice_without_the_service_denies_access_to_records_only(
    records: RecordConsumer, control: Control, simulator: Simulator
) -> None:
    control.call("PUT", f"practices/{records.ods}", {"enabled": {"structured-record": False}})
    for answer in (records.record(), records.ask(interactions.STRUCTURED_METADATA)):
        assert (answer.status, answer.code) == (403, "ACCESS DENIED")
    assert Consumer(simulator.url, records.ods).find().status == 200


def test_an_unknown_parameter_is_reported_inside_the_answer(records: RecordConsumer) -> None:
    body = request.write(ALEX.nhs_number, RecordQuery.of([_S.PROBLEMS]), today=NOW.date())
    body["parameter"].append({"name": "includeHoroscope"})
    answer = records.ask(interactions.GET_STRUCTURED_RECORD, body=body)
    record = reader.read(answer.body, [_S.PROBLEMS])
    assert answer.status == 200
    assert any("includeHoroscope" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"resourceType": "Patient"}, 422, "INVALID_RESOURCE"),
        ({"resourceType": "Parameters", "parameter": [{"name": "includeProblems"}]}, 422, "INVALID_PARAMETER"),
    ],
)
def test_a_faulty_request_is_refused(records: RecordConsumer, body: Any, status: int, code: str) -> None:
    answer = records.ask(interactions.GET_STRUCTURED_RECORD, body=body)
    assert (answer.status, answer.code) == (status, code)


def test_a_body_that_is_no_json_is_an_invalid_resource(records: RecordConsumer) -> None:
    sent = requests.post(
        f"{records.root}/Patient/$gpc.getstructuredrecord",
        data="<no>",
        headers=records.headers(interactions.GET_STRUCTURED_RECORD),
        timeout=10,
    )
    assert sent.status_code == 422
    assert sent.json()["issue"][0]["details"]["coding"][0]["code"] == "INVALID_RESOURCE"


def test_each_address_keeps_to_its_own_interactions(records: RecordConsumer, simulator: Simulator) -> None:
    elsewhere = Consumer(simulator.url, records.ods)
    body = request.write(ALEX.nhs_number, _WHOLE, today=NOW.date())
    assert elsewhere.ask(interactions.GET_STRUCTURED_RECORD, body=body).status != 200
    assert records.ask(interactions.METADATA).status != 200


def test_a_rich_record_has_something_in_every_section(records: RecordConsumer, control: Control, ods: str) -> None:
    _mark(control, ods, "rich")
    record = records.read()
    assert {section for section in _S if not record.section(section).entries} == set()
    assert len(record.section(_S.PROBLEMS).entries) > 4


def test_words_can_be_planted_in_every_section(records: RecordConsumer, control: Control, ods: str) -> None:
    _mark(control, ods, "rich")
    control.call("PUT", f"records/{ods}/words", {"nhs_number": ALEX.nhs_number.value, "words": "wintergreen"})
    for section in _S:
        asked = frozenset({section} - {_S.DOCUMENTS}) or frozenset({_S.REFERRALS})
        said = json.dumps(records.record(RecordQuery.of(asked)).body)
        assert "wintergreen" in said, section
