"""Faults: each thing that can go wrong is told apart, and what really happened can be found out afterwards."""

# ruff: noqa: S101  a kit of tests asserts

import time
from collections.abc import Callable

import pytest

from connectors.conformance.bench import Bench, CannotPlay, planned, request
from connectors.conformance.booking import JO, known
from connectors.conformance.changing import booked
from connectors.conformance.patients import ROBIN
from connectors.faults import Fault, Garbled, NoAnswer, PatientUnknown, Refused, SlotGone, Unreachable
from connectors.mock.script import Mishap
from connectors.patience import within
from connectors.port import GPSystem
from vocabulary.appointments import AppointmentStatus, CancellationReason
from vocabulary.times import Window

BEFORE = {
    Mishap.UNREACHABLE: Unreachable,
    Mishap.NO_ANSWER_BEFORE_COMMIT: NoAnswer,
    Mishap.REFUSED: Refused,
    Mishap.GARBLED_BEFORE_COMMIT: Garbled,
}
AFTER = {
    Mishap.NO_ANSWER_AFTER_COMMIT: NoAnswer,
    Mishap.GARBLED_AFTER_COMMIT: Garbled,
}
SLOT = {Mishap.SLOT_GONE: SlotGone, Mishap.SLOT_GONE_AFTER_COMMIT: SlotGone}
READS: dict[str, Callable[[GPSystem, Window], object]] = {
    "free_slots": lambda system, window: system.free_slots(window),
    "find_patient": lambda system, _window: system.find_patient(ROBIN.nhs_number),
    "ping": lambda system, _window: system.ping(),
}


def play(bench: Bench, method: str, mishap: Mishap) -> None:
    """Let it go wrong, or skip the test."""
    try:
        bench.play(method, mishap)
    except CannotPlay:
        pytest.skip(f"this bench cannot play {mishap} in {method}")


class FaultConformance:
    """How any connector must tell what went wrong."""

    @pytest.mark.parametrize("mishap", [*BEFORE, *AFTER, *SLOT])
    def test_booking(self, bench: Bench, mishap: Mishap) -> None:
        slot, _ = planned(bench)
        ours = request(bench, slot, patient=known(bench))
        play(bench, "book", mishap)
        fault = _fault_of(lambda: bench.connect(bench.caller).book(ours))
        assert type(fault) is {**BEFORE, **AFTER, **SLOT}[mishap]
        bench.behave()
        assert bench.live(slot) == (1 if mishap.commits else 0)
        found = bench.connect(bench.caller).find_booking(ours)
        assert (found is not None) is mishap.commits

    @pytest.mark.parametrize("mishap", [*BEFORE, *AFTER])
    def test_cancelling_goes_wrong_and_is_tried_again(self, bench: Bench, mishap: Mishap) -> None:
        ours, receipt = booked(bench)
        play(bench, "cancel", mishap)
        fault = _fault_of(lambda: bench.connect(bench.caller).cancel(receipt, CancellationReason.PATIENT_ASKED))
        assert type(fault) is {**BEFORE, **AFTER}[mishap]
        bench.behave()
        assert bench.live(ours.slots[0]) == (0 if mishap.commits else 1)
        system = bench.connect(bench.caller)
        system.cancel(receipt, CancellationReason.PATIENT_ASKED)
        assert system.read(receipt).status is AppointmentStatus.CANCELLED

    @pytest.mark.parametrize("mishap", [*BEFORE, *AFTER])
    def test_amending(self, bench: Bench, mishap: Mishap) -> None:
        _, receipt = booked(bench)
        play(bench, "amend", mishap)
        fault = _fault_of(lambda: bench.connect(bench.caller).amend(receipt, description="Changed", comment=""))
        assert type(fault) is {**BEFORE, **AFTER}[mishap]
        bench.behave()
        assert ("Changed" in bench.connect(bench.caller).read(receipt).description) is mishap.commits

    @pytest.mark.parametrize("mishap", [*BEFORE, *AFTER])
    def test_registering(self, bench: Bench, mishap: Mishap) -> None:
        bench.make_known(JO)
        play(bench, "register_patient", mishap)
        fault = _fault_of(lambda: bench.connect(bench.caller).register_patient(JO))
        assert type(fault) is {**BEFORE, **AFTER}[mishap]
        bench.behave()
        system = bench.connect(bench.caller)
        if mishap.commits:
            assert system.find_patient(JO.nhs_number).host_id
        else:
            with pytest.raises(PatientUnknown):
                system.find_patient(JO.nhs_number)

    @pytest.mark.parametrize("mishap", BEFORE)
    @pytest.mark.parametrize("method", READS)
    def test_reading(self, bench: Bench, method: str, mishap: Mishap) -> None:
        slot, _ = planned(bench)
        bench.add_patient(ROBIN)
        play(bench, method, mishap)
        fault = _fault_of(lambda: READS[method](bench.connect(bench.caller), slot.window))
        assert type(fault) is BEFORE[mishap]
        bench.behave()
        READS[method](bench.connect(bench.caller), slot.window)

    @pytest.mark.parametrize("mishap", [Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_BEFORE_COMMIT, Mishap.REFUSED])
    def test_an_unanswered_look_is_not_an_empty_look(self, bench: Bench, mishap: Mishap) -> None:
        ours, receipt = booked(bench)
        for method in ("find_booking", "read"):
            play(bench, method, mishap)
        system = bench.connect(bench.caller)
        assert type(_fault_of(lambda: system.find_booking(ours))) is BEFORE[mishap]
        assert type(_fault_of(lambda: system.read(receipt))) is BEFORE[mishap]

    def test_a_slow_host_costs_no_more_than_the_callers_patience(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        play(bench, "free_slots", Mishap.SLOW)
        system = bench.connect(bench.caller)
        began = time.monotonic()
        with within(0.4):
            fault = _fault_of(lambda: system.free_slots(slot.window))
        assert isinstance(fault, NoAnswer)
        assert time.monotonic() - began < 1.5

    def test_no_fault_carries_a_patient_or_an_address(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        for mishap in BEFORE:
            try:
                bench.play("find_patient", mishap)
            except CannotPlay:
                continue
            fault = _fault_of(lambda: bench.connect(bench.caller).find_patient(ROBIN.nhs_number))
            told = f"{fault!r} {fault.words} {fault.detail}"
            assert fault.words
            assert ROBIN.nhs_number.value not in told
            assert ROBIN.family not in told
            assert "://" not in told
            bench.behave()


def _fault_of(act: Callable[[], object]) -> Fault:
    with pytest.raises(Fault) as caught:
        act()
    return caught.value
