"""Reading, amending and cancelling what was booked; cancelling may be repeated without harm."""

# ruff: noqa: S101  a kit of tests asserts

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.conformance.bench import Bench, planned, request
from connectors.conformance.booking import known
from connectors.faults import Refused, SlotGone
from vocabulary.appointments import (
    COMMENT_LIMIT,
    DESCRIPTION_LIMIT,
    AppointmentStatus,
    BookingRequest,
    CancellationReason,
    Receipt,
)
from vocabulary.patients import Patient


def booked(bench: Bench) -> tuple[BookingRequest, Receipt]:
    """A booking of the bench's caller."""
    ours = request(bench, planned(bench)[0], patient=known(bench))
    return ours, bench.connect(bench.caller).book(ours)


class ChangingConformance:
    """What any system must do with an appointment that is there."""

    def test_an_amended_appointment_has_the_new_texts_and_is_still_ours(self, bench: Bench) -> None:
        ours, receipt = booked(bench)
        system = bench.connect(bench.caller)
        changed = system.amend(receipt, description="Another word", comment="Bring a list of medicines")
        held = system.read(changed)
        told = f"{held.description} {held.comment}"
        assert "Another word" in told
        assert "Bring a list of medicines" in told
        assert "ramp" not in told
        assert (held.status, held.window) == (AppointmentStatus.BOOKED, ours.window)
        found = system.find_booking(ours)
        assert found is not None
        assert found.receipt == held.receipt

    def test_amending_what_has_changed_since_is_a_conflict(self, bench: Bench) -> None:
        _, receipt = booked(bench)
        system = bench.connect(bench.caller)
        changed = system.amend(receipt, description="First", comment="")
        if not receipt.version or receipt.version == changed.version:
            pytest.skip("this system tells no versions apart")
        with pytest.raises(SlotGone):
            system.amend(receipt, description="Second, without having seen the first", comment="")
        assert "First" in system.read(changed).description

    def test_a_cancelled_appointment_says_so_and_why(self, bench: Bench) -> None:
        ours, receipt = booked(bench)
        system = bench.connect(bench.caller)
        done = system.cancel(receipt, CancellationReason.PATIENT_ASKED)
        held = system.read(done)
        assert held.status is AppointmentStatus.CANCELLED
        assert held.cancellation_reason == CancellationReason.PATIENT_ASKED.words
        assert bench.live(ours.slots[0]) == 0
        found = system.find_booking(ours)
        assert found is not None
        assert found.status is AppointmentStatus.CANCELLED

    @pytest.mark.parametrize("reason", list(CancellationReason))
    def test_cancelling_again_changes_nothing(self, bench: Bench, reason: CancellationReason) -> None:
        _, receipt = booked(bench)
        system = bench.connect(bench.caller)
        done = system.cancel(receipt, reason)
        for old in (receipt, done):
            assert system.cancel(old, CancellationReason.BOOKED_IN_ERROR).appointment_id == receipt.appointment_id
        assert system.read(done).cancellation_reason == reason.words

    def test_an_appointment_that_was_amended_can_be_cancelled_by_its_old_receipt(self, bench: Bench) -> None:
        _, receipt = booked(bench)
        system = bench.connect(bench.caller)
        system.amend(receipt, description="Changed at the desk", comment="")
        system.cancel(receipt, CancellationReason.NO_LONGER_NEEDED)
        assert system.read(receipt).status is AppointmentStatus.CANCELLED

    def test_a_cancelled_appointment_cannot_be_amended(self, bench: Bench) -> None:
        _, receipt = booked(bench)
        system = bench.connect(bench.caller)
        done = system.cancel(receipt, CancellationReason.PATIENT_ASKED)
        with pytest.raises(Refused):
            system.amend(done, description="Too late", comment="")

    def test_texts_beyond_their_limits_are_refused_and_change_nothing(self, bench: Bench) -> None:
        _, receipt = booked(bench)
        system = bench.connect(bench.caller)
        before = system.read(receipt)
        for description, comment in (
            ("x" * (DESCRIPTION_LIMIT + 1), ""),
            ("Short", "x" * (COMMENT_LIMIT + 1)),
            ("", ""),
        ):
            with pytest.raises(Refused):
                system.amend(receipt, description=description, comment=comment)
        assert system.read(receipt) == before

    def test_another_practice_may_change_it_or_is_refused_whole(self, bench: Bench) -> None:
        """The standard knows no owners: whoever is let in at all may change any future appointment. Who is not, may
        nothing, and then nothing has changed."""
        ours, receipt = booked(bench)
        theirs = bench.connect(bench.outsider)
        try:
            changed = theirs.amend(receipt, description="Amended elsewhere", comment="")
            theirs.cancel(changed, CancellationReason.PATIENT_ASKED)
            expected, standing = AppointmentStatus.CANCELLED, 0
        except Refused:
            expected, standing = AppointmentStatus.BOOKED, 1
        assert bench.live(ours.slots[0]) == standing
        found = bench.connect(bench.caller).find_booking(ours)
        assert found is not None
        assert found.status is expected

    def test_what_is_not_there_is_refused(self, bench: Bench) -> None:
        system = bench.connect(bench.caller)
        nothing = Receipt(bench.host, "no-such-appointment", "1")
        with pytest.raises(Refused):
            system.read(nothing)
        with pytest.raises(Refused):
            system.cancel(nothing, CancellationReason.PATIENT_ASKED)
        with pytest.raises(Refused):
            system.amend(nothing, description="x", comment="")

    def test_the_slot_of_a_cancelled_appointment_may_be_booked_again_once_seen_free(self, bench: Bench) -> None:
        ours, receipt = booked(bench)
        system = bench.connect(bench.caller)
        system.cancel(receipt, CancellationReason.PATIENT_ASKED)
        shown = system.free_slots(ours.window)
        if not shown:
            pytest.skip("this system keeps the slot of a cancelled appointment closed")
        again = replace(ours, ref=request(bench, *shown, patient=known_again(bench, ours)).ref, slots=shown)
        fresh = system.book(again)
        found, old = system.find_booking(again), system.find_booking(ours)
        assert found is not None
        assert old is not None
        assert found.receipt.appointment_id == fresh.appointment_id
        assert (old.receipt.appointment_id, old.status) == (receipt.appointment_id, AppointmentStatus.CANCELLED)

    def test_an_appointment_is_found_through_the_days_around_it(self, bench: Bench) -> None:
        ours, receipt = booked(bench)
        later = planned(bench, starts=ours.window.start + timedelta(days=7), slots=1)
        system = bench.connect(bench.caller)
        second = replace(ours, ref=request(bench, *later, patient=known_again(bench, ours)).ref, slots=later)
        other = system.book(second)
        found = [system.find_booking(each) for each in (ours, second)]
        assert [each and each.receipt.appointment_id for each in found] == [
            receipt.appointment_id,
            other.appointment_id,
        ]


def known_again(bench: Bench, ours: BookingRequest) -> Patient:
    """The patient of a request, as the host knows them."""
    return bench.connect(bench.caller).find_patient(ours.nhs_number)
