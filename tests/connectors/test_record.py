"""Reading a record over the wire: what is sent, whose record is taken, and that nothing of it gets into a log."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import structlog.testing

from connectors.emis.system import PROFILE
from connectors.exchange import Exchange
from connectors.faults import Fault, Garbled, PatientUnknown, Refused, Unsupported
from connectors.guard import Guard
from connectors.mock.records import make_record
from connectors.port import Capability, Describes, Endpoint, GPSystem, Link, MessageSet
from connectors.standard import over
from gp_connect import audit_token, capability, outcomes, patients
from gp_connect.organisations import Organisation, write_organisation
from gp_connect.spine_codes import ACCESS_DENIED, NO_PATIENT_CONSENT, PATIENT_NOT_FOUND, SpineCode
from gp_connect.structured import request, statement, writer
from gp_connect.structured.writer import Answering
from tests.connectors.people import ALEX, BOOKING_PRACTICE, HOST, RECEPTIONIST, SAM, Slip, admit_all
from tests.connectors.stub_server import Behaviour, StubServer, answer
from vocabulary.patients import Patient
from vocabulary.record_parts import RecordSection
from vocabulary.records import RecordQuery
from vocabulary.times import FixedClock

NOW = datetime(2026, 6, 5, 12, tzinfo=UTC)
WHOLE = RecordQuery.whole()
MARKER = "Zanzibarfieber"


def _bundle(whose: Patient = ALEX) -> dict[str, Any]:
    held = replace(whose, host_id="p-1")
    practice = write_organisation(Organisation(ods=HOST, name="Host Surgery", host_id="1"))
    around = Answering("t", patients.write(held, organisation_id="1"), practice, HOST.value, NOW)
    made = make_record(held, host=HOST, practice_name="Host Surgery", today=date(2026, 6, 5))
    return writer.write(made, WHOLE, around)


def _marked(value: Any) -> Any:
    """Every text that says something, with the marker in it."""
    if isinstance(value, dict):
        return {
            name: f"{MARKER} {held}" if name in ("text", "display", "comment") else _marked(held)
            for name, held in value.items()
        }
    return [_marked(each) for each in value] if isinstance(value, list) else value


def _link(server: StubServer, **changes: Any) -> Link:
    root = f"{server.url}/{HOST}/STU3/1/gpconnect"
    link = Link(
        host=HOST,
        system="emis",
        address=root,
        provider_asid="200000000001",
        consumer_asids={BOOKING_PRACTICE: "200000000002"},
        structured=Endpoint(f"{root}/structured", "200000000009"),
    )
    return replace(link, **changes)


def _system(server: StubServer, **changes: Any) -> GPSystem:
    return over(PROFILE, _link(server, **changes), RECEPTIONIST, clock=FixedClock(NOW))


def _refuse(code: SpineCode) -> Behaviour:
    return answer(outcomes.write(code, f"{MARKER} {ALEX.nhs_number.value}"), status=code.status)


def test_the_question_goes_to_the_structured_address_with_its_own_system_id() -> None:
    with StubServer([answer(_bundle())]) as server:
        record = _system(server).read_record(ALEX.nhs_number, WHOLE)
    (seen,) = server.seen
    assert seen.line.startswith(f"POST /{HOST}/STU3/1/gpconnect/structured/Patient/$gpc.getstructuredrecord ")
    assert seen.header("Ssp-To") == "200000000009"
    assert seen.header("Ssp-InteractionID").endswith("operation:gpc.getstructuredrecord-1")
    token = audit_token.read(seen.header("Authorization").removeprefix("Bearer "))
    assert token.organisation == BOOKING_PRACTICE.value
    assert seen.body.decode().count(ALEX.nhs_number.value) == 1
    assert ALEX.nhs_number.value not in seen.head
    assert record.patient.nhs_number == ALEX.nhs_number
    assert record.section(RecordSection.UNCATEGORISED).entries


def test_the_records_own_address_is_asked_for_its_own_statement() -> None:
    with StubServer([answer(capability.write("EMIS Web", "9")), answer(statement.write("EMIS Web", "9"))]) as server:
        system = _system(server)
        assert isinstance(system, Describes)
        said = system.describe()
    first, second = server.seen
    assert second.line.startswith(f"GET /{HOST}/STU3/1/gpconnect/structured/metadata ")
    assert second.header("Ssp-To") == "200000000009"
    assert second.header("Ssp-InteractionID").endswith("structured:fhir:rest:read:metadata-1")
    assert first.header("Ssp-InteractionID") != second.header("Ssp-InteractionID")
    assert (said.standard, said.record_standard, said.record_failure) == ("1.2.7", "1.6.2", "")


def test_a_record_service_that_is_shut_takes_nothing_from_what_the_rest_says() -> None:
    with StubServer([answer(capability.write("EMIS Web", "9")), _refuse(ACCESS_DENIED)]) as server:
        system = _system(server)
        assert isinstance(system, Describes)
        said = system.describe()
    assert (said.standard, said.record_standard) == ("1.2.7", "")
    assert said.record_failure and MARKER not in said.record_failure


def test_without_an_address_for_records_only_the_one_statement_is_asked_for() -> None:
    with StubServer([answer(capability.write("EMIS Web", "9"))]) as server:
        system = _system(server, structured=None)
        assert isinstance(system, Describes)
        said = system.describe()
    assert len(server.seen) == 1
    assert (said.record_standard, said.record_failure) == ("", "")


def test_a_read_that_failed_is_tried_again() -> None:
    with StubServer([answer(b"<html>", status=502), answer(_bundle())]) as server:
        assert _system(server).read_record(ALEX.nhs_number, WHOLE).practice_name == "Host Surgery"
    assert len(server.seen) == 2


def test_the_record_of_somebody_else_is_not_taken() -> None:
    with StubServer([answer(_bundle(SAM))]) as server, pytest.raises(Garbled) as caught:
        _system(server).read_record(ALEX.nhs_number, WHOLE)
    assert "another patient" in caught.value.detail


@pytest.mark.parametrize("body", [{"resourceType": "Bundle"}, {"resourceType": "Patient"}, {"x": 1}, b"[1]"])
def test_what_is_no_record_is_garbled(body: Any) -> None:
    with StubServer([answer(body)]) as server, pytest.raises(Garbled):
        _system(server).read_record(ALEX.nhs_number, WHOLE)


@pytest.mark.parametrize(
    ("code", "fault"),
    [(NO_PATIENT_CONSENT, Refused), (PATIENT_NOT_FOUND, PatientUnknown), (ACCESS_DENIED, Refused)],
)
def test_a_refusal_keeps_its_code_and_says_it_in_plain_words(code: SpineCode, fault: type[Refused]) -> None:
    with StubServer([_refuse(code)]) as server, pytest.raises(fault) as caught:
        _system(server).read_record(ALEX.nhs_number, WHOLE)
    assert caught.value.code == code.code
    assert caught.value.words
    assert MARKER not in caught.value.words + caught.value.detail


def test_without_a_known_address_no_record_can_be_read() -> None:
    with StubServer([answer(_bundle())]) as server:
        for link in ({"structured": None}, {"not_enabled": frozenset({MessageSet.STRUCTURED_RECORD})}):
            system = _system(server, **link)
            assert Capability.READ_RECORD not in system.capabilities
            with pytest.raises(Unsupported):
                system.read_record(ALEX.nhs_number, WHOLE)
        assert Capability.READ_RECORD in _system(server).capabilities
    assert server.seen == []


def test_a_forbidden_question_is_not_sent() -> None:
    with StubServer([answer(_bundle())]) as server, pytest.raises(Unsupported) as caught:
        query = RecordQuery(sections=frozenset({RecordSection.DOCUMENTS}))
        _system(server).read_record(ALEX.nhs_number, query)
    assert "Documents" in caught.value.words
    assert server.seen == []


def test_a_record_may_be_larger_and_slower_than_anything_else() -> None:
    with StubServer([answer(_bundle())]) as server:
        lines = Exchange()
        usual, records = (
            lines.line_for(_link(server), each) for each in (MessageSet.APPOINTMENTS, MessageSet.STRUCTURED_RECORD)
        )
    assert (records._settings.budget, records._settings.largest_answer) == (15.0, 16 * 1024 * 1024)
    assert usual._settings.budget < 15.0


def test_a_large_record_is_read() -> None:
    whole = _bundle()
    note = {"resourceType": "Observation", "code": {"text": "Note"}, "comment": "x" * 4096}
    whole["entry"] += [{"resource": {**note, "id": f"n{number}"}} for number in range(2500)]
    with StubServer([answer(whole)]) as server:
        record = _system(server).read_record(ALEX.nhs_number, WHOLE)
    assert len(record.section(RecordSection.UNCATEGORISED).linked) == 2500


def test_nothing_of_a_record_gets_into_a_log_a_fault_or_a_repr(caplog: pytest.LogCaptureFixture) -> None:
    marked = _marked(_bundle())
    broken = [{**marked, "entry": marked["entry"] * 2}, _marked(_bundle(SAM)), {**marked, "resourceType": MARKER}]
    told: list[str] = []
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        for body in (marked, *broken, {**marked, "entry": 5}):
            with StubServer([answer(body)]) as server:
                guard = Guard(is_idle=lambda: True, admit=admit_all)
                guarded = guard.connect(lambda _host, _caller, at=server: _system(at))  # type: ignore[misc]
                try:
                    record = guarded(Slip(HOST)).read_record(ALEX.nhs_number, WHOLE)
                except Fault as fault:
                    told += [repr(fault), fault.words, fault.detail, repr(fault.__cause__), repr(fault.__context__)]
                else:
                    assert any(
                        MARKER in each.what.words for each in record.section(RecordSection.UNCATEGORISED).entries
                    )
                    told += [
                        repr(record),
                        str(record),
                        repr(record.sections),
                        f"{record.section(RecordSection.PROBLEMS)}",
                    ]
    said = f"{events} {caplog.text} {told}"
    assert events
    assert len(told) > 10
    assert MARKER not in said
    assert ALEX.nhs_number.value not in said
    assert ALEX.family not in said


def test_the_request_itself_shows_no_patient() -> None:
    body = request.write(ALEX.nhs_number, WHOLE, today=NOW.date())
    assert ALEX.nhs_number.value not in repr(WHOLE)
    assert body["parameter"][0]["valueIdentifier"]["value"] == ALEX.nhs_number.value
