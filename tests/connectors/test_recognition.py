"""Whose appointment is it: our reference wherever the host put it, and what to make of none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.recognition import pick_ours, refs_in, with_ref_of
from tests.connectors.people import HOST, STRANGER
from tests.connectors.test_emis_wire import MADE, REQUEST
from vocabulary.appointments import Appointment, AppointmentStatus, Receipt
from vocabulary.identifiers import BookingRef

OURS = MADE
BARE = replace(MADE, receipt=Receipt(HOST, "a-2"), description="Extended access", comment="")
CANCELLED = replace(BARE, receipt=Receipt(HOST, "a-3"), status=AppointmentStatus.CANCELLED)
OTHER_REF = BookingRef.from_number(123_456)


@pytest.mark.parametrize("texts", [("{}", ""), ("", "x {} y"), ("words {}, joined", "")])
def test_a_reference_is_found_in_either_text(texts: tuple[str, str]) -> None:
    description, comment = (text.format(f"[{REQUEST.ref.spoken}]") for text in texts)
    assert pick_ours(REQUEST, [replace(BARE, description=description, comment=comment)]) is not None


def test_brackets_that_only_look_like_one_are_no_reference() -> None:
    assert refs_in("[7KQ4-MPX9] [ABCD-EFGH] [0000-0000]") == frozenset()
    assert refs_in(f"[{OTHER_REF.spoken}][{REQUEST.ref.spoken}]") == {OTHER_REF, REQUEST.ref}


@pytest.mark.parametrize(
    "not_ours",
    [
        replace(OURS, patient_host_id="p-2"),
        replace(OURS, slot_ids=("slot-1", "slot-2")),
        replace(OURS, comment=f"[{OTHER_REF.spoken}] words"),
        replace(BARE, booked_by=STRANGER),
        replace(OURS, slot_ids=(), window=replace(OURS.window, end=OURS.window.end + timedelta(minutes=5))),
    ],
    ids=["patient", "slots", "reference", "practice", "time, where slots are not told"],
)
def test_what_differs_is_not_ours(not_ours: Appointment) -> None:
    assert pick_ours(REQUEST, [not_ours]) is None


def test_what_the_host_left_out_does_not_count_against_it() -> None:
    for left_out in (BARE, replace(BARE, booked_by=None), replace(OURS, slot_ids=())):
        assert pick_ours(REQUEST, [left_out]) == left_out


def test_our_reference_goes_before_a_live_one_and_that_before_the_rest() -> None:
    assert pick_ours(REQUEST, [CANCELLED, BARE, OURS]) == OURS
    assert pick_ours(REQUEST, [CANCELLED, BARE]) == BARE
    assert pick_ours(REQUEST, [CANCELLED]) == CANCELLED
    assert pick_ours(REQUEST, []) is None


def test_an_amended_comment_keeps_the_reference_once() -> None:
    old = f"Extended access [{REQUEST.ref.spoken}] Needs a ramp"
    new = with_ref_of(old, "Needs a lift")
    assert new == f"[{REQUEST.ref.spoken}] Needs a lift"
    assert with_ref_of(old, new) == new
    assert with_ref_of("no reference", "words") == "words"
