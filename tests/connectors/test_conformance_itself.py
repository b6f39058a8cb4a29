"""The kit can fail: connectors with the mistakes that matter most do not pass it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.conformance import Conformance
from connectors.faults import Fault, NoAnswer, Refused, Unreachable
from connectors.mock import Mishap
from connectors.port import GPSystem
from tests.connectors.test_mock_conformance import MockBench
from vocabulary.appointments import Appointment, BookingRequest, Receipt
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Slot
from vocabulary.times import Window, aware_utc, london


@dataclass
class Flawed:
    """A system that does one thing wrongly and everything else as the one behind it."""

    behind: GPSystem

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


class TriesAgain(Flawed):
    def book(self, request: BookingRequest) -> Receipt:
        try:
            return self.behind.book(request)
        except NoAnswer:
            raise Unreachable("It did not work.") from None


class TakesSilenceForNothing(Flawed):
    def find_booking(self, request: BookingRequest) -> Appointment | None:
        try:
            return self.behind.find_booking(request)
        except Fault:
            return None


class TakesAnybodysForOurs(Flawed):
    def find_booking(self, request: BookingRequest) -> Appointment | None:
        return next(iter(self.behind.diary.appointments), None)  # type: ignore[attr-defined]


class MovesTheClock(Flawed):
    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        shown = self.behind.free_slots(window)
        return tuple(replace(slot, window=_naively(slot.window)) for slot in shown)


def _naively(window: Window) -> Window:
    """Through the wall clock without its season: the second pass of a repeated hour becomes the first."""
    start = london(window.start).replace(fold=0)
    return Window(start, aware_utc(start) + window.length)


class ShowsEverybodyEverything(Flawed):
    def free_slots(self, window: Window) -> tuple[Slot, ...]:
        caller = replace(self.behind.caller, practice=MockBench().caller.practice)  # type: ignore[attr-defined]
        return replace(self.behind, caller=caller).free_slots(window)  # type: ignore[type-var]


class CancelsOnce(Flawed):
    def cancel(self, receipt: Receipt, reason: Any) -> Receipt:
        if self.behind.read(receipt).cancellation_reason:
            raise Refused("It is cancelled already.", status=422)
        return self.behind.cancel(receipt, reason)


class ForgetsWhoseItIs(Flawed):
    def amend(self, receipt: Receipt, *, description: str, comment: str) -> Receipt:
        changed = self.behind.amend(receipt, description=description, comment=comment)
        diary = self.behind.diary  # type: ignore[attr-defined]
        held = diary._appointments[receipt.appointment_id]
        diary._appointments[receipt.appointment_id] = replace(held, comment="[7KQ4-MPX2]", booked_by=None)
        return changed


class TellsWhoItWas(Flawed):
    def find_patient(self, nhs_number: Any) -> Patient:
        try:
            return self.behind.find_patient(nhs_number)
        except Fault as fault:
            fault.detail = f"GET https://host/Patient?identifier={nhs_number.value}"
            raise


@dataclass
class FlawedBench(MockBench):
    flaw: type[Flawed] = Flawed

    def connect(self, caller: Caller) -> GPSystem:
        return self.flaw(super().connect(caller))


KIT = Conformance()
CASES: list[tuple[type[Flawed], Callable[[FlawedBench], None]]] = [
    (TriesAgain, lambda bench: KIT.test_booking(bench, Mishap.NO_ANSWER_AFTER_COMMIT)),
    (
        TakesSilenceForNothing,
        lambda bench: KIT.test_an_unanswered_look_is_not_an_empty_look(bench, Mishap.NO_ANSWER_BEFORE_COMMIT),
    ),
    (TakesAnybodysForOurs, KIT.test_another_bookings_reference_is_not_ours),
    (TakesAnybodysForOurs, KIT.test_a_slot_is_booked_once),
    (MovesTheClock, KIT.test_the_night_the_clocks_go_back),
    (ShowsEverybodyEverything, KIT.test_a_slot_kept_for_one_practice_is_shown_to_that_one_only),
    (
        CancelsOnce,
        lambda bench: KIT.test_cancelling_goes_wrong_and_is_tried_again(bench, Mishap.NO_ANSWER_AFTER_COMMIT),
    ),
    (ForgetsWhoseItIs, KIT.test_an_amended_appointment_has_the_new_texts_and_is_still_ours),
    (TellsWhoItWas, KIT.test_no_fault_carries_a_patient_or_an_address),
]


@pytest.mark.parametrize(("flaw", "check"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_flawed_connector_does_not_pass(flaw: type[Flawed], check: Callable[[FlawedBench], None]) -> None:
    check(FlawedBench(flaw=Flawed))  # the bench itself is sound
    with pytest.raises((AssertionError, pytest.fail.Exception, Fault)):
        check(FlawedBench(flaw=flaw))
