"""The life of a booking as one table, and what a host's answer or silence is taken to mean."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from connectors.faults import Fault, Garbled, NoAnswer, PatientUnknown, Refused, SlotGone, Unreachable, Unsupported
from gp_connect.spine_codes import Owner
from scheduling import outcomes
from scheduling.lifecycle import OPEN, SETTLED_BY_HAND, STANDING, TRANSITIONS, allowed
from scheduling.outcomes import Absent, Booked, Declined, Doubtful
from vocabulary.appointments import Appointment, AppointmentStatus, BookingState, Receipt
from vocabulary.identifiers import OdsCode
from vocabulary.times import Window

LIFE = """
requested   booked refused in-doubt
in-doubt    booked refused
refused     in-doubt
booked      cancelling attended missed cancelled
cancelling  cancelled booked
cancelled   booked
attended    booked
missed      booked
"""
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_booking_lives_by_this_table_and_no_other() -> None:
    drawn = set()
    for line in LIFE.split("\n"):
        before, *afters = line.split() or [""]
        drawn |= {(BookingState(before), BookingState(after)) for after in afters}
    assert drawn == TRANSITIONS
    for before, after in product(BookingState, repeat=2):
        assert allowed(before, after) == ((before, after) in drawn)


def test_what_waits_for_an_answer_also_takes_the_patients_time() -> None:
    assert OPEN < STANDING
    assert SETTLED_BY_HAND < OPEN
    assert {BookingState.BOOKED} == STANDING - OPEN


def _refused(code: str = "INVALID_RESOURCE") -> Refused:
    return Refused("No room.", code=code, status=422)


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (Unreachable("x"), "host-unreachable"),
        (Unsupported("x"), "host-cannot"),
        (SlotGone("x", code="DUPLICATE_REJECTED", status=409), "slot-taken"),
        (_refused(), "INVALID_RESOURCE"),
        (_refused(""), "host-refused"),
        (PatientUnknown("x", code="PATIENT_NOT_FOUND", status=404), "PATIENT_NOT_FOUND"),
        (NoAnswer("x"), None),
        (Garbled("x"), None),
    ],
)
def test_a_booking_is_refused_only_when_surely_nothing_happened(fault: Fault, meaning: str | None) -> None:
    found = outcomes.of_booking_fault(fault, "Hill Surgery")
    assert "Hill Surgery" in found.words
    if meaning is None:
        assert isinstance(found, Doubtful)
    else:
        assert isinstance(found, Declined)
        assert found.code == meaning


@pytest.mark.parametrize(
    ("code", "said", "next_step"),
    [
        ("NO_RECORD_FOUND", "no longer has this slot", "Choose another slot. This one is offered again only if"),
        ("REFERENCE_NOT_FOUND", "no longer has this slot", "Choose another slot."),
        ("ACCESS DENIED", "does not let your practice book", "ring Hill Surgery on 0117 496 0100. Tell your practice"),
        ("INVALID_NHS_NUMBER", "No room.", "Check the patient's details with them."),
        ("INVALID_RESOURCE", "did not take the booking. No room.", "If it happens again, ring Hill Surgery on 0117"),
        ("", "did not take the booking. No room.", "Choose another slot."),
    ],
)
def test_a_refusal_is_told_in_a_receptionists_words_with_what_to_do(code: str, said: str, next_step: str) -> None:
    found = outcomes.of_booking_fault(_refused(code), "Hill Surgery")
    assert isinstance(found, Declined) and found.slot_lost
    assert said in found.words and found.words.startswith("Hill Surgery")
    assert next_step in outcomes.next_step(found.code, "Hill Surgery", "0117 496 0100")


def test_a_refusal_says_whose_it_is_to_put_right_and_a_callers_own_does_not() -> None:
    off = Refused("GP Connect is switched off.", code="GP_CONNECT_OFF", status=403, owner=Owner.HOST)
    found = outcomes.of_booking_fault(off, "Hill Surgery")
    assert found.words == (
        "Hill Surgery did not take the booking. GP Connect is switched off. This is for the host practice to put right."
    )
    assert "Choose another practice" in outcomes.next_step("GP_CONNECT_OFF", "Hill Surgery", "")
    assert "put right" not in outcomes.of_booking_fault(Refused("x", owner=Owner.CALLER), "Hill Surgery").words
    assert "Not enabled." in outcomes.of_preparation_fault(Unsupported("Not enabled."), "Hill Surgery").words


@pytest.mark.parametrize("code", ["slot-taken", "not-at-host", "host-unreachable", "too-slow", "settled-by-person"])
def test_every_refusal_says_what_to_do_with_or_without_a_number(code: str) -> None:
    for phone in ("", "0117 496 0100"):
        said = outcomes.next_step(code, "Hill Surgery", phone)
        assert said.endswith(".") and " on ." not in said


def test_what_never_reached_the_host_says_nothing_about_its_slot() -> None:
    found = outcomes.of_booking_fault(Unreachable("x"), "Hill Surgery")
    assert isinstance(found, Declined) and not found.slot_lost


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PatientUnknown("x", status=404), "patient-unknown"),
        (SlotGone("x", status=409), "patient-cannot-be-found-or-registered"),
        (_refused(), "INVALID_RESOURCE"),
        (_refused(""), "registration-refused"),
        (Unreachable("x"), "host-unavailable"),
        (Unsupported("x"), "host-cannot"),
        (NoAnswer("x"), "host-unavailable"),
        (Garbled("x"), "host-unavailable"),
    ],
)
def test_while_preparing_nothing_was_booked_whatever_went_wrong(fault: Fault, code: str) -> None:
    found = outcomes.of_preparation_fault(fault, "Hill Surgery")
    assert isinstance(found, Declined)
    assert found.code == code
    assert "Hill Surgery" in found.words


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (None, Absent),
        (AppointmentStatus.BOOKED, Booked),
        (AppointmentStatus.OTHER, Booked),
        (AppointmentStatus.CANCELLED, Declined),
    ],
)
def test_a_look_says_booked_absent_or_cancelled_there(status: AppointmentStatus | None, meaning: type) -> None:
    receipt = Receipt(OdsCode("Y90003"), "a1", "2")
    window = Window(NOON, NOON + timedelta(minutes=15))
    there = Appointment(receipt, status, "p1", ("s1",), window) if status else None
    found = outcomes.of_look(there, "Hill Surgery")
    assert isinstance(found, meaning)
    assert not isinstance(found, Booked) or found.receipt == receipt
