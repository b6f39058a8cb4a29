"""What is kept of a body says nothing of a patient, whatever a host puts where."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.redaction import HIDDEN, redacted, redacted_params
from gp_connect import appointments, bundles, outcomes, patients, slot_search, slots
from gp_connect.organisations import Organisation
from gp_connect.slots import Includes
from gp_connect.spine_codes import PATIENT_NOT_FOUND
from tests.connectors.people import ALEX, BOOKING_PRACTICE, HOST
from tests.connectors.test_emis_wire import MADE, NOW, REQUEST, SLOT, wire
from vocabulary.times import Window

PATIENT = replace(ALEX, host_id="p-77", phone="07700 900123", address=("2 Example Street",))
PLANTED = ("9990000018", "Testcase", "Alex", "1980-02-29", "BS1 4DJ", "Example Street", "07700 900123", "p-77")


def kept(body: Any) -> str:
    return json.dumps(redacted(body))


@pytest.mark.parametrize(
    "body",
    [
        patients.write(PATIENT, organisation_id="1"),
        bundles.searchset([patients.write(PATIENT, organisation_id="1")]),
        patients.registration(PATIENT),
        appointments.booking(replace(REQUEST, patient_host_id="p-77")),
        bundles.searchset([wire(replace(MADE, patient_host_id="p-77", comment="Testcase rang 07700 900123"))]),
        outcomes.write(PATIENT_NOT_FOUND, "9990000018 Testcase of 2 Example Street"),
    ],
    ids=["patient", "found", "registration", "booking", "appointments", "refusal"],
)
def test_nothing_of_a_patient_is_kept(body: dict[str, Any]) -> None:
    text = kept(body)
    for planted in (*PLANTED, REQUEST.description):
        assert planted not in text
    assert HIDDEN in text


def test_what_support_needs_is_kept() -> None:
    said = redacted(wire(MADE))
    assert (said["status"], said["start"], said["meta"]["versionId"]) == ("booked", wire(MADE)["start"], "3")
    assert said["slot"] == [{"reference": "Slot/slot-1"}]
    refused = redacted(outcomes.write(PATIENT_NOT_FOUND, "x"))
    coding = refused["issue"][0]["details"]["coding"][0]
    assert (refused["issue"][0]["code"], coding["code"]) == ("not-found", "PATIENT_NOT_FOUND")
    assert refused["issue"][0]["diagnostics"] == HIDDEN


def test_a_diary_is_counted_and_its_beginning_shown() -> None:
    many = [replace(SLOT, host_id=f"slot-{number}") for number in range(200)]
    said = redacted(slots.write(many, Includes(Organisation(HOST, "Test Surgery", host_id="1"))))
    assert said["entries"] == {"Location": 1, "Organization": 1, "Schedule": 1, "Slot": 200}
    assert [each["id"] for each in said["first"]] == ["slot-0", "slot-1", "slot-2"]
    assert len(json.dumps(said)) < 2_000
    assert "Extended" not in json.dumps(said)


def test_of_a_query_only_how_the_diary_was_asked_is_kept() -> None:
    asked = redacted_params([*patients.find_query(ALEX.nhs_number), ("family", "Testcase"), ("Testcase", "x")])
    assert asked == [["identifier", HIDDEN], ["(other)", HIDDEN], ["(other)", HIDDEN]]
    window = Window(NOW, MADE.window.end)
    for name, value in redacted_params(slot_search.query(window, BOOKING_PRACTICE)):
        assert HIDDEN not in value, name


_JUNK = st.recursive(
    st.sampled_from([*PLANTED, 9990000018, None, True, 1.5]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PLANTED, "resourceType", "id", "status", "start", "meta", "entry", "resource", "issue"])
            | st.sampled_from(
                ["details", "coding", "code", "slot", "reference", "schedule", "software", "version", "type"]
            ),
            inner | st.sampled_from(["Slot", "Patient", "Appointment", "Bundle", "OperationOutcome"]),
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(_JUNK)
def test_whatever_a_host_puts_where_no_number_address_or_text_comes_through(body: Any) -> None:
    text = kept(body)
    for planted in ("9990000018", "07700 900123", "Example Street", "BS1 4DJ"):
        assert planted not in text
    assert kept({"resourceType": "Patient", "status": "Testcase", "id": "Testcase"}).count("Testcase") == 0
    assert kept({"resourceType": "Appointment", "status": "Testcase"}).count("Testcase") == 0


def test_a_slots_own_number_is_no_patients() -> None:
    assert redacted({"resourceType": "Slot", "id": "7399450312"})["id"] == "7399450312"
    for personal in ("9990000018", "07700900123", "slot-9990000018"):
        assert redacted({"resourceType": "Slot", "id": personal})["id"] == HIDDEN
