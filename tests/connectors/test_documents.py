"""Documents over the wire: what is sent to which address, whose are taken, and that nothing of them gets into a log."""

import base64
import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import structlog.testing

from connectors.emis.system import PROFILE
from connectors.exchange import Exchange
from connectors.faults import Fault, Garbled, OfAnotherPatient, Oversized, PatientUnknown, Refused, Unsupported
from connectors.guard import Guard
from connectors.port import Capability, Describes, Endpoint, Link, MessageSet
from connectors.standard import StandardSystem, over
from connectors.witness import Exchanged
from gp_connect import audit_token, capability, documents, outcomes, patients
from gp_connect.bundles import searchset
from gp_connect.organisations import Organisation, write_organisation
from gp_connect.spine_codes import ACCESS_DENIED, NO_PATIENT_CONSENT, NO_RECORD_FOUND, PATIENT_NOT_FOUND, SpineCode
from tests.connectors.people import ALEX, BOOKING_PRACTICE, HOST, RECEPTIONIST, SAM, Slip, admit_all
from tests.connectors.stub_server import Behaviour, StubServer, answer
from vocabulary.documents import LARGEST_DOCUMENT, DocumentContent
from vocabulary.patients import Patient
from vocabulary.record_parts import Coded, Document, RecordDate
from vocabulary.records import DateRange
from vocabulary.times import FixedClock

NOW = datetime(2026, 6, 5, 12, tzinfo=UTC)
MAY = DateRange(date(2026, 5, 1), date(2026, 5, 31))
MARKER = "Zanzibarfieber"
LETTER = Document(
    id="DocumentReference/9",
    what=Coded("Letter"),
    date=RecordDate.of(date(2026, 5, 4)),
    title=MARKER,
    content_type="text/plain",
    size=len(MARKER),
    binary_id="9-1",
)


def _patient(whose: Patient = ALEX) -> dict[str, Any]:
    return patients.write(replace(whose, host_id="p-1"), organisation_id="1", version_id="1")


def _found(whose: Patient = ALEX) -> Behaviour:
    return answer(searchset([_patient(whose)]))


def _listed(*letters: Document, patient_id: str = "p-1") -> Behaviour:
    practice = write_organisation(Organisation(ods=HOST, name="Host Surgery", host_id="1"))
    patient = {**_patient(), "id": patient_id}
    return answer(documents.write_found(letters, patient=patient, practice=practice, root="https://gp.example/x"))


def _holds(held: bytes = MARKER.encode(), **changes: Any) -> Behaviour:
    return answer({**documents.write_content("9-1", DocumentContent("text/plain", held)), **changes})


def _system(server: StubServer, **changes: Any) -> StandardSystem:
    root = f"{server.url}/{HOST}/STU3/1/gpconnect"
    link = Link(
        host=HOST,
        system="emis",
        address=root,
        provider_asid="200000000001",
        consumer_asids={BOOKING_PRACTICE: "200000000002"},
        documents=Endpoint(f"{root}/documents", "200000000007"),
    )
    return over(PROFILE, replace(link, **changes), RECEPTIONIST, clock=FixedClock(NOW))


def _refuse(code: SpineCode) -> Behaviour:
    return answer(outcomes.write(code, f"{MARKER} {ALEX.nhs_number.value}"), status=code.status)


def test_the_patient_is_found_at_the_documents_own_address_and_then_their_documents() -> None:
    with StubServer([_found(), _listed(LETTER), _holds()]) as server:
        system = _system(server)
        listed = system.find_documents(ALEX.nhs_number, MAY)
        (letter,) = listed.documents
        read = system.read_document(ALEX.nhs_number, letter)
    assert (listed.patient.nhs_number, read.content) == (ALEX.nhs_number, MARKER.encode())
    find, search, binary = server.seen
    below = f"GET /{HOST}/STU3/1/gpconnect/documents"
    assert find.line.startswith(f"{below}/Patient?identifier=")
    assert search.line.startswith(f"{below}/Patient/p-1/DocumentReference?")
    assert "created=ge2026-05-01&created=le2026-05-31" in search.line
    assert binary.line.startswith(f"{below}/Binary/9-1 ")
    for seen, interaction in (
        (find, "search:patient-1"),
        (search, "search:documentreference-1"),
        (binary, "read:binary-1"),
    ):
        assert seen.header("Ssp-To") == "200000000007"
        assert seen.header("Ssp-InteractionID") == f"urn:nhs:names:services:gpconnect:documents:fhir:rest:{interaction}"
        token = audit_token.read(seen.header("Authorization").removeprefix("Bearer "))
        assert (token.scope, token.organisation) == ("patient/*.read", BOOKING_PRACTICE.value)
        assert token.audience.endswith("/gpconnect/documents")
    assert ALEX.nhs_number.value not in search.head + binary.head


def test_documents_of_somebody_else_are_not_taken() -> None:
    with StubServer([_found(SAM)]) as server, pytest.raises(OfAnotherPatient):
        _system(server).find_documents(ALEX.nhs_number, MAY)
    with StubServer([_found(), _listed(LETTER, patient_id="p-2")]) as server, pytest.raises(OfAnotherPatient):
        _system(server).find_documents(ALEX.nhs_number, MAY)


def test_nobody_found_is_asked_for_no_documents() -> None:
    with StubServer([answer(searchset([]))]) as server, pytest.raises(PatientUnknown):
        _system(server).find_documents(ALEX.nhs_number, MAY)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (NO_PATIENT_CONSENT, Refused),
        (PATIENT_NOT_FOUND, PatientUnknown),
        (ACCESS_DENIED, Refused),
        (NO_RECORD_FOUND, Refused),
    ],
)
def test_a_refusal_keeps_its_code_and_says_it_in_plain_words(code: SpineCode, fault: type[Refused]) -> None:
    with StubServer([_found(), _refuse(code)]) as server, pytest.raises(fault) as caught:
        _system(server).find_documents(ALEX.nhs_number, MAY)
    assert caught.value.code == code.code and caught.value.words
    assert MARKER not in caught.value.words + caught.value.detail


def test_what_is_listed_as_too_large_or_without_a_content_is_not_asked_for() -> None:
    with StubServer([_holds()]) as server:
        with pytest.raises(Oversized):
            _system(server).read_document(ALEX.nhs_number, replace(LETTER, size=LARGEST_DOCUMENT + 1))
        with pytest.raises(Unsupported):
            _system(server).read_document(ALEX.nhs_number, replace(LETTER, binary_id=""))
    assert server.seen == []


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    with StubServer([_holds(b"x" * (LARGEST_DOCUMENT + 100_000))]) as server, pytest.raises(Oversized):
        _system(server).read_document(ALEX.nhs_number, LETTER)


def test_the_largest_that_may_be_sent_is_read() -> None:
    with StubServer([_holds(b"x" * LARGEST_DOCUMENT)]) as server:
        assert len(_system(server).read_document(ALEX.nhs_number, LETTER).content) == LARGEST_DOCUMENT


@pytest.mark.parametrize("changes", [{"id": "9-2"}, {"content": "###"}, {"resourceType": "Basic"}, {"contentType": ""}])
def test_what_is_no_such_document_is_garbled(changes: dict[str, str]) -> None:
    with StubServer([_holds(**changes)]) as server, pytest.raises(Garbled):
        _system(server).read_document(ALEX.nhs_number, LETTER)


def test_without_a_known_address_no_document_can_be_read() -> None:
    with StubServer([_found()]) as server:
        for link in ({"documents": None}, {"not_enabled": frozenset({MessageSet.DOCUMENTS})}):
            system = _system(server, **link)
            assert Capability.READ_DOCUMENTS not in system.capabilities
            with pytest.raises(Unsupported) as caught:
                system.find_documents(ALEX.nhs_number, MAY)
            assert "documents" in caught.value.words
        assert Capability.READ_DOCUMENTS in _system(server).capabilities
    assert server.seen == []


def test_the_documents_own_address_is_asked_for_its_own_statement() -> None:
    behaviours = [answer(capability.write("EMIS Web", "9")), answer(documents.write_statement("EMIS Web", "9"))]
    with StubServer(behaviours) as server:
        system = _system(server)
        assert isinstance(system, Describes)
        said = system.describe()
    assert server.seen[1].header("Ssp-InteractionID").endswith("documents:fhir:rest:read:metadata-1")
    assert (said.standard, said.documents_standard, said.documents_failure) == ("1.2.7", "1.6.2", "")


def test_documents_have_a_line_of_their_own_that_takes_the_largest() -> None:
    with StubServer([]) as server:
        lines, link = Exchange(), _system(server).consumer.link
        usual, apart = (lines.line_for(link, each) for each in (MessageSet.APPOINTMENTS, MessageSet.DOCUMENTS))
    assert usual is not apart
    assert apart._settings.largest_answer > LARGEST_DOCUMENT * 4 / 3


def test_nothing_of_a_document_gets_into_a_log_a_fault_or_a_repr(caplog: pytest.LogCaptureFixture) -> None:
    """Every way of going wrong with a marked document; the witness gets it, and keeps no bodies of this message set
    (tests/practices/test_wire_trace.py)."""
    told: list[str] = []
    witnessed: list[Exchanged] = []
    caplog.set_level(logging.DEBUG)
    whole = base64.b64encode(MARKER.encode()).decode()
    with structlog.testing.capture_logs() as events:
        for last in (_holds(), _holds(content=f"{whole}#"), _holds(id=MARKER), _refuse(NO_RECORD_FOUND)):
            with StubServer([_found(), _listed(LETTER), last]) as server:
                guard = Guard(is_idle=lambda: True, admit=admit_all, trace=lambda _h, _c, seen: witnessed.append(seen))
                guarded: Any = guard.connect(lambda _host, _caller, at=server: _system(at))(Slip(HOST))  # type: ignore[misc]
                try:
                    listed = guarded.find_documents(ALEX.nhs_number, MAY)
                    told.append(repr(listed))
                    told.append(repr(guarded.read_document(ALEX.nhs_number, listed.documents[0])))
                except Fault as fault:
                    told.append(f"{fault!r} {fault.words} {fault.detail} {fault.__cause__!r}")
    printed = f"{events} {caplog.text} {told} {witnessed}"
    assert len(witnessed) == 12 and {each.message_set for each in witnessed} == {MessageSet.DOCUMENTS}
    for secret in (MARKER, whole, ALEX.nhs_number.value, ALEX.family):
        assert secret not in printed
