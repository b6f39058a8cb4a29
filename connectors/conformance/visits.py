"""Where patients are on the day: what any system that hears of it must do; others skip these, and say so."""

# ruff: noqa: S101  a kit of tests asserts

from datetime import timedelta

import pytest

from connectors.conformance.bench import Bench
from connectors.conformance.changing import booked
from connectors.conformance.faults import play
from connectors.faults import Fault, Garbled, NoAnswer, Refused, Unreachable
from connectors.mock.script import Mishap
from connectors.port import Capability, HearsOfVisits
from vocabulary.appointments import AppointmentStatus, CancellationReason, Receipt
from vocabulary.visits import VisitStatus, VisitThere

_FAULTS = {
    Mishap.UNREACHABLE: Unreachable,
    Mishap.REFUSED: Refused,
    Mishap.NO_ANSWER_BEFORE_COMMIT: NoAnswer,
    Mishap.NO_ANSWER_AFTER_COMMIT: NoAnswer,
    Mishap.GARBLED_BEFORE_COMMIT: Garbled,
    Mishap.GARBLED_AFTER_COMMIT: Garbled,
}


def _hearer(bench: Bench) -> HearsOfVisits:
    system = bench.connect(bench.caller)
    if Capability.REPORT_STATUS not in system.capabilities:
        pytest.skip("this system has no place for where patients are")
    assert isinstance(system, HearsOfVisits)
    return system


def _read(bench: Bench, receipt: Receipt) -> VisitThere | None:
    return bench.connect(bench.caller).read(receipt).visit


class VisitConformance:
    """What any system must do that is told where a patient is."""

    @pytest.mark.parametrize("status", list(VisitStatus))
    def test_what_is_said_of_a_visit_arrives(self, bench: Bench, status: VisitStatus) -> None:
        system = _hearer(bench)
        ours, receipt = booked(bench)
        told = system.report_status(receipt, status, at=bench.now)
        assert told.appointment_id == receipt.appointment_id
        assert bench.visit(receipt) is status
        found = bench.connect(bench.caller).find_booking(ours)
        assert found is not None
        assert found.status is not AppointmentStatus.CANCELLED

    def test_what_was_said_earlier_takes_no_later_words_place(self, bench: Bench) -> None:
        system = _hearer(bench)
        _, receipt = booked(bench)
        system.report_status(receipt, VisitStatus.DONE, at=bench.now)
        system.report_status(receipt, VisitStatus.ARRIVED, at=bench.now - timedelta(minutes=20))
        assert bench.visit(receipt) is VisitStatus.DONE
        system.report_status(receipt, VisitStatus.EXPECTED, at=bench.now + timedelta(minutes=1))
        assert bench.visit(receipt) is VisitStatus.EXPECTED, "taken back"

    @pytest.mark.parametrize("status", list(VisitStatus))
    def test_what_their_own_desk_says_is_read_back_with_when(self, bench: Bench, status: VisitStatus) -> None:
        _hearer(bench)
        _, receipt = booked(bench)
        assert _read(bench, receipt) == VisitThere(), "nothing was said"
        bench.say(receipt, status)
        there = _read(bench, receipt)
        assert there is not None
        assert there.status is status
        assert there.at is not None
        assert abs(there.at - bench.now) < timedelta(minutes=1)

    def test_what_we_say_comes_back_with_the_moment_we_gave(self, bench: Bench) -> None:
        """A moment of the host's own would make our words look like news of theirs. Whole seconds are enough."""
        system = _hearer(bench)
        _, receipt = booked(bench)
        said = (bench.now - timedelta(minutes=3)).replace(microsecond=0)
        system.report_status(receipt, VisitStatus.ARRIVED, at=said)
        assert _read(bench, receipt) == VisitThere(VisitStatus.ARRIVED, said)

    def test_a_system_without_a_place_for_it_says_nothing_of_it(self, bench: Bench) -> None:
        if Capability.REPORT_STATUS in bench.connect(bench.caller).capabilities:
            pytest.skip("this system has a place for where patients are")
        _, receipt = booked(bench)
        assert _read(bench, receipt) is None

    def test_saying_it_again_is_no_error(self, bench: Bench) -> None:
        system = _hearer(bench)
        _, receipt = booked(bench)
        first = system.report_status(receipt, VisitStatus.ARRIVED, at=bench.now)
        assert system.report_status(receipt, VisitStatus.ARRIVED, at=bench.now) == first

    @pytest.mark.parametrize("mishap", _FAULTS)
    def test_saying_it_goes_wrong_and_is_said_again(self, bench: Bench, mishap: Mishap) -> None:
        _hearer(bench)
        _, receipt = booked(bench)
        play(bench, "report_status", mishap)
        with pytest.raises(Fault) as caught:
            _hearer(bench).report_status(receipt, VisitStatus.ARRIVED, at=bench.now)
        assert type(caught.value) is _FAULTS[mishap]
        bench.behave()
        assert bench.visit(receipt) is (VisitStatus.ARRIVED if mishap.commits else VisitStatus.EXPECTED)
        _hearer(bench).report_status(receipt, VisitStatus.ARRIVED, at=bench.now)
        assert bench.visit(receipt) is VisitStatus.ARRIVED

    def test_nothing_is_said_of_what_does_not_stand(self, bench: Bench) -> None:
        system = _hearer(bench)
        _, receipt = booked(bench)
        bench.connect(bench.caller).cancel(receipt, CancellationReason.PATIENT_ASKED)
        for gone in (receipt, Receipt(bench.host, "no-such")):
            with pytest.raises(Refused):
                system.report_status(gone, VisitStatus.ARRIVED, at=bench.now)
