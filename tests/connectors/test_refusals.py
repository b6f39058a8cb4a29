"""Every text the national proxy, a supplier or a practice refuses with: plain words, an owner, a next step."""

from typing import Any

import pytest

from connectors.emis.system import PROFILE
from connectors.faults import Garbled, PatientUnknown, Refused, SlotGone, Unsupported
from connectors.port import Endpoint, MessageSet
from connectors.refusals import NEXT_STEPS, recognise
from connectors.standard import over
from gp_connect import outcomes
from gp_connect.spine_codes import (
    ALL,
    DUPLICATE_REJECTED,
    INVALID_PATIENT_DEMOGRAPHICS,
    NO_ORGANISATION_CONSENT,
    VERSION_CONFLICT,
    Owner,
)
from tests.connectors.people import ALEX, RECEPTIONIST
from tests.connectors.stub_server import Behaviour, StubServer, answer, drop
from tests.connectors.test_emis_wire import MADE, NOW, RECEIPT, REQUEST, link_to, wire
from vocabulary.appointments import CancellationReason
from vocabulary.times import FixedClock, Window


def proxy_says(status: int, display: str) -> Behaviour:
    """A refusal of the national proxy: the HTTP status for a code, the reason in the display and the diagnostics."""
    coding = {"system": "http://fhir.nhs.net/ValueSet/x", "code": str(status), "display": display}
    issue = {"severity": "error", "code": "forbidden", "details": {"coding": [coding]}, "diagnostics": display}
    return answer({"resourceType": "OperationOutcome", "issue": [issue]}, status=status)


def system_at(server: StubServer, **changes: Any) -> Any:
    return over(PROFILE, link_to(server, **changes), RECEPTIONIST, clock=FixedClock(NOW))


def refused(behaviour: Behaviour) -> Refused:
    with StubServer([behaviour]) as server, pytest.raises(Refused) as caught:
        system_at(server).find_patient(ALEX.nhs_number)
    return caught.value


SAID = [
    (403, "ASID_CHECK_FAILED_MESSAGESENDER_100000000001", "SENDER_NOT_ENABLED", Owner.HUB, "your practice's system"),
    (
        403,
        "PARTYKEY_INTERACTION_CHECK_FAILED_MESSAGERECEIVER_200000000002",
        "HOST_NOT_ENABLED",
        Owner.HOST_SUPPLIER,
        "not listed nationally",
    ),
    (
        403,
        "FOT_CHECK_FAILED_MESSAGESENDER_200000000001_MESSAGERECEIVER_200000000002",
        "PAIR_NOT_ALLOWED",
        Owner.NATIONAL,
        "does not let your practice",
    ),
    (
        400,
        "ENDPOINT_https://a.example/v1_CPAID_S1_VARIES_FROM_TARGETURL_https://b.example/v1",
        "ADDRESS_MOVED",
        Owner.HUB,
        "not the one registered",
    ),
    (
        403,
        "Recipient organisation is not enabled for interaction ID urn:nhs:names:services:gpconnect:fhir:rest:search",
        "HOST_NOT_ENABLED",
        Owner.HOST_SUPPLIER,
        "not listed nationally",
    ),
    (403, "Service type disabled", "SERVICE_TYPE_DISABLED", Owner.HOST, "switched off"),
    (403, "GP Connect not enabled", "GP_CONNECT_OFF", Owner.HOST, "GP Connect switched off"),
    (403, "This capability is disabled at this practice.", "CAPABILITY_OFF", Owner.HOST, "this part of GP Connect"),
    (403, "GP Connect is disabled for this organisation", "GP_CONNECT_OFF", Owner.HOST, "GP Connect switched off"),
]


@pytest.mark.parametrize(("status", "text", "code", "owner", "words"), SAID, ids=[case[1][:30] for case in SAID])
@pytest.mark.parametrize("form", ["outcome", "plain"])
def test_a_known_text_is_put_in_plain_words(
    form: str, status: int, text: str, code: str, owner: Owner, words: str
) -> None:
    plain = answer(f"<p>{text}</p>".encode(), status=status, kind="text/html")
    fault = refused(proxy_says(status, text) if form == "outcome" else plain)
    assert (fault.code, fault.owner, fault.mended_by) == (code, owner, owner.value)
    assert words in fault.words
    assert fault.next_step
    for hidden in ("example", "MESSAGE", "200000000002", "urn:"):
        assert hidden not in f"{fault.words} {fault.next_step} {fault.detail}"


def test_a_proxy_that_could_not_reach_the_host_is_tried_again_for_a_read_and_unknown_for_a_booking() -> None:
    lost = proxy_says(502, "ERROR_COMMUNICATING_TO_ENDPOINT_URL_https://supplier.example/Y1/Patient")
    with StubServer([lost]) as server, pytest.raises(Garbled, match="national proxy could not reach"):
        system_at(server).find_patient(ALEX.nhs_number)
    assert len(server.seen) == 2
    with StubServer([lost]) as server, pytest.raises(Garbled):
        system_at(server).book(REQUEST)
    assert len(server.seen) == 1


def test_an_unknown_text_stays_unknown_and_so_does_anything_behind_a_success() -> None:
    with StubServer([answer(b"Computer says no", status=403, kind="text/plain")]) as server, pytest.raises(Garbled):
        system_at(server).find_patient(ALEX.nhs_number)
    with StubServer([answer(b"GP Connect not enabled", status=200)]) as server, pytest.raises(Garbled):
        system_at(server).book(REQUEST)


@pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
def test_every_spine_code_has_words_an_owner_and_a_next_step(code: Any) -> None:
    if code.status >= 500:
        pytest.skip("a 5xx is never a refusal")
    fault = refused(answer(outcomes.write(code), status=code.status))
    assert fault.words.endswith(".")
    assert fault.owner is not None
    assert fault.next_step


def test_every_owner_has_a_next_step() -> None:
    assert set(NEXT_STEPS) == set(Owner)


def test_the_deadlock_of_an_empty_find_and_a_refused_registration_ends_at_the_phone() -> None:
    with StubServer([answer(outcomes.write(DUPLICATE_REJECTED), status=409)]) as server:
        with pytest.raises(Refused) as caught:
            system_at(server).register_patient(ALEX)
    fault = caught.value
    assert (type(fault), fault.status, fault.owner) == (Refused, 409, Owner.HOST)
    assert "neither found nor registered" in fault.words
    assert fault.next_step.startswith("Phone the practice")


def test_a_taken_slot_and_a_version_conflict_are_worded_apart() -> None:
    with StubServer([answer(outcomes.write(DUPLICATE_REJECTED), status=409)]) as server:
        with pytest.raises(SlotGone, match="just been taken"):
            system_at(server).book(REQUEST)
    with StubServer([answer(wire(MADE)), answer(outcomes.write(VERSION_CONFLICT), status=409)]) as server:
        with pytest.raises(SlotGone, match="changed at the host practice") as caught:
            system_at(server).cancel(RECEIPT, CancellationReason.PATIENT_ASKED)
    assert caught.value.next_step.startswith("Look at the appointment again")


def test_a_sensitive_patient_and_an_unknown_one_read_the_same() -> None:
    empty = answer({"resourceType": "Bundle", "type": "searchset"})
    refusals = [
        refused(empty),
        refused(answer(outcomes.write(next(code for code in ALL if code.code == "PATIENT_NOT_FOUND")), status=404)),
    ]
    assert [type(each) for each in refusals] == [PatientUnknown, PatientUnknown]
    assert len({(each.words, each.next_step, each.owner) for each in refusals}) == 1
    assert "sensitive" not in refusals[0].words


def test_a_practice_not_enabled_for_one_service_still_does_the_others() -> None:
    with StubServer([answer({"resourceType": "Bundle", "type": "searchset"})]) as server:
        off = frozenset({MessageSet.FOUNDATIONS})
        system = system_at(server, not_enabled=off)
        with pytest.raises(Unsupported, match="not enabled nationally for finding") as caught:
            system.find_patient(ALEX.nhs_number)
        assert caught.value.owner is Owner.HOST
        assert server.connections == 0
        assert system.free_slots(Window(NOW, MADE.window.end)) == ()


def test_refusals_of_one_service_leave_the_breakers_of_all_closed() -> None:
    denied = answer(outcomes.write(NO_ORGANISATION_CONSENT), status=403)
    plain = answer(b"Recipient organisation is not enabled for interaction ID x", status=403, kind="text/plain")
    empty = answer({"resourceType": "Bundle", "type": "searchset"})
    with StubServer([*([denied, plain] * 5), empty]) as server:
        system = system_at(server)
        for _ in range(10):
            with pytest.raises(Refused):
                system.find_patient(ALEX.nhs_number)
        assert system.free_slots(Window(NOW, MADE.window.end)) == ()


def test_silence_about_patients_does_not_stop_appointments() -> None:
    empty = answer({"resourceType": "Bundle", "type": "searchset"})
    with StubServer([*([drop] * 10), empty]) as server:
        system = system_at(server)
        for _ in range(6):
            with pytest.raises(Exception, match=r"did not answer|is not answering"):
                system.find_patient(ALEX.nhs_number)
        assert len(server.seen) == 10  # the sixth was not sent: that breaker is open
        assert system.free_slots(Window(NOW, MADE.window.end)) == ()


def test_a_dead_record_service_has_a_line_and_a_breaker_of_its_own() -> None:
    with StubServer([answer({"resourceType": "Bundle", "type": "searchset"})]) as server:
        link = link_to(server, structured=Endpoint("http://127.0.0.1:1/x", "200000000009"))
        system = over(PROFILE, link, RECEPTIONIST, clock=FixedClock(NOW))
        lines = system.consumer.lines
        assert lines.line_for(link, MessageSet.STRUCTURED_RECORD) is not lines.line_for(link)
        assert lines.line_for(link, MessageSet.FOUNDATIONS) is lines.line_for(link)
        assert system.free_slots(Window(NOW, MADE.window.end)) == ()


def test_only_the_beginning_of_an_answer_is_looked_at() -> None:
    assert recognise("x" * 30_000 + "GP Connect not enabled", ()) is None


def test_a_rejected_registration_says_whose_it_is() -> None:
    with StubServer([answer(outcomes.write(INVALID_PATIENT_DEMOGRAPHICS), status=400)]) as server:
        with pytest.raises(Refused) as caught:
            system_at(server).register_patient(ALEX)
    assert caught.value.owner is Owner.CALLER
