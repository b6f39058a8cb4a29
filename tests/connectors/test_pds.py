"""Tracing over the national service's wire: who somebody is, and what must never be guessed."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import structlog.testing

from connectors.faults import Garbled, NoAnswer, PatientUnknown, Refused, Unreachable
from connectors.line import LineSettings
from connectors.pds.tracing import PdsTracing, create
from tests.connectors.people import ALEX, BOOKING_PRACTICE, RECEPTIONIST
from tests.connectors.stub_server import Behaviour, StubServer, answer, drop
from vocabulary.identifiers import NHSNumber
from vocabulary.slots import Gender

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore"
OLD = NHSNumber.parse("999 000 0034")


def coded(code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"code": code, "display": display}]}


PERSON: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "9990000018",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "meta": {"versionId": "2", "security": [{"code": "U", "display": "unrestricted"}]},
    "name": [
        {"use": "usual", "family": "Before", "given": ["Alex"], "period": {"start": "1980-02-29", "end": "2001-01-01"}},
        {"use": "usual", "family": "Testcase", "given": ["Alex", "Lee"], "period": {"start": "2001-01-01"}},
        {"use": "nickname", "family": "Testcase", "given": ["Lex"]},
    ],
    "gender": "female",
    "birthDate": "1980-02-29",
    "address": [
        {"use": "temp", "line": ["9 Elsewhere"], "postalCode": "BA1 1AA"},
        {"use": "home", "line": ["2 Example Street", "Bristol"], "postalCode": "BS1 4DJ"},
    ],
    "telecom": [
        {"system": "email", "value": "alex@example.org"},
        {"system": "phone", "use": "home", "value": "0117 496 0999"},
        {"system": "phone", "use": "mobile", "value": "07700 900123"},
    ],
    "generalPractitioner": [
        {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "L81002"}}
    ],
    "extension": [
        {
            "url": f"{UK_CORE}-NHSCommunication",
            "extension": [
                {"url": "language", "valueCodeableConcept": coded("pl", "Polish")},
                {"url": "interpreterRequired", "valueBoolean": True},
            ],
        },
        {
            "url": f"{UK_CORE}-ContactPreference",
            "extension": [
                {"url": "PreferredWrittenCommunicationFormat", "valueCodeableConcept": coded("12", "Braille")}
            ],
        },
    ],
}
NOT_FOUND = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "not_found", "details": coded("RESOURCE_NOT_FOUND", "9990000018 unknown")}],
}


def tracing_at(server: StubServer, **options: Any) -> PdsTracing:
    return create(server.url, settings=LineSettings(silence=0.3, budget=0.6), **options)


def trace(*behaviours: Behaviour, number: NHSNumber = ALEX.nhs_number) -> Any:
    with StubServer(list(behaviours)) as server:
        return tracing_at(server).trace(number, caller=RECEPTIONIST)


def test_a_person_is_read_with_what_is_current() -> None:
    traced = trace(answer(PERSON))
    assert traced.patient == replace(ALEX, given="Alex Lee")
    assert (traced.home_practice, traced.interpreter, traced.access_needs) == (BOOKING_PRACTICE, "Polish", ("Braille",))
    assert (traced.restricted, traced.deceased, traced.superseded_by) == (False, False, None)


def test_a_restricted_person_has_no_whereabouts() -> None:
    bare = {name: value for name, value in PERSON.items() if name not in ("address", "telecom", "generalPractitioner")}
    traced = trace(answer({**bare, "meta": {"security": [{"code": "R", "display": "restricted"}]}}))
    assert traced.restricted
    assert (traced.home_practice, traced.patient.postcode, traced.patient.phone) == (None, "", "")


@pytest.mark.parametrize("death", [{"deceasedDateTime": "2025-03-02T00:00:00+00:00"}, {"deceasedBoolean": True}])
def test_a_death_is_told(death: dict[str, Any]) -> None:
    assert trace(answer({**PERSON, **death})).deceased
    assert not trace(answer({**PERSON, "deceasedBoolean": False})).deceased


def test_a_superseded_number_answers_with_the_one_in_use() -> None:
    traced = trace(answer(PERSON), number=OLD)
    assert traced.superseded_by == ALEX.nhs_number
    assert traced.patient.nhs_number == ALEX.nhs_number
    assert traced.home_practice == BOOKING_PRACTICE


def test_a_registration_that_ended_is_no_home_practice() -> None:
    ended = {
        "system": "https://fhir.nhs.uk/Id/ods-organization-code",
        "value": "L81002",
        "period": {"start": "2001-01-01", "end": "2020-01-01"},
    }
    assert trace(answer({**PERSON, "generalPractitioner": [{"identifier": ended}]})).home_practice is None
    assert trace(answer({**PERSON, "generalPractitioner": []})).home_practice is None


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (answer(NOT_FOUND, status=404), PatientUnknown),
        (answer(NOT_FOUND, status=403), Refused),
        (answer({**PERSON, "birthDate": "1980"}), Garbled),
        (answer({**PERSON, "identifier": [], "id": "x"}), Garbled),
        (answer({"resourceType": "Bundle"}), Garbled),
        (answer(b"<html>", kind="text/html"), Garbled),
        (answer(b"", status=503), Garbled),
        (drop, NoAnswer),
    ],
)
def test_faults_are_told_apart(behaviour: Behaviour, fault: type[Exception]) -> None:
    with pytest.raises(fault) as caught:
        trace(behaviour)
    assert "9990000018" not in f"{caught.value!r}{caught.value.detail}"  # type: ignore[attr-defined]


def test_nothing_listening_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="national demographics service could not be reached"):
        create("http://127.0.0.1:1").trace(ALEX.nhs_number, caller=RECEPTIONIST)


def test_a_search_asks_for_what_was_given_and_never_picks_one() -> None:
    twin = {**PERSON, "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"}]}
    both = {"resourceType": "Bundle", "total": 2, "entry": [{"resource": PERSON}, {"resource": twin}]}
    with StubServer([answer(both), answer({"resourceType": "Bundle", "total": 0})]) as server:
        tracing = tracing_at(server)
        found = tracing.search(
            family="Testcase",
            given="Alex",
            birth_date=date(1980, 2, 29),
            gender=Gender.FEMALE,
            postcode="BS1 4DJ",
            caller=RECEPTIONIST,
        )
        assert [person.patient.nhs_number.value for person in found] == ["9990000018", "9990000026"]
        assert tracing.search(family="Nobody", birth_date=date(1980, 2, 29), caller=RECEPTIONIST) == ()
        assert server.seen[0].line == (
            "GET /personal-demographics/FHIR/R4/Patient?family=Testcase&birthdate=eq1980-02-29&given=Alex"
            "&gender=female&address-postalcode=BS1+4DJ HTTP/1.1"
        )
        assert "given" not in server.seen[1].line


def test_too_many_people_is_said_and_not_cut_short() -> None:
    many = {"resourceType": "OperationOutcome", "issue": [{"code": "multiple-matches"}]}
    many["issue"][0]["details"] = coded("TOO_MANY_MATCHES", "Too Many Matches")  # type: ignore[index]
    for status in (200, 400):
        with StubServer([answer(many, status=status)]) as server, pytest.raises(Refused, match="Too many people"):
            tracing_at(server).search(family="Smith", birth_date=date(1980, 1, 1), caller=RECEPTIONIST)


def test_each_request_names_its_trace_and_the_callers_role() -> None:
    caller = replace(RECEPTIONIST, sds_role_profile_id="555000000001")
    with StubServer([answer(PERSON)]) as server:
        tracing = tracing_at(server)
        for _ in range(2):
            tracing.trace(ALEX.nhs_number, caller=caller)
        assert [seen.header("Authorization") for seen in server.seen] == ["", ""]
        assert {seen.header("X-Correlation-ID") for seen in server.seen} == {"trace-1"}
        assert len({seen.header("X-Request-ID") for seen in server.seen}) == 2
        assert {seen.header("NHSD-Session-URID") for seen in server.seen} == {"555000000001"}


def test_the_number_in_the_services_own_path_is_in_no_log() -> None:
    with structlog.testing.capture_logs() as events:
        trace(answer(PERSON))
    assert events[0]["path"] == "/Patient/{nhs-number}"
    assert "9990000018" not in json.dumps(events)
