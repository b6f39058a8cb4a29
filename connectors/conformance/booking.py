"""Booking and finding what was booked: once, whole or not at all, and recognisably ours."""

# ruff: noqa: S101  a kit of tests asserts

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta

import pytest

from connectors.conformance.bench import Bench, evening, planned, request
from connectors.conformance.patients import ROBIN
from connectors.conformance.slots import next_change
from connectors.faults import Fault, Refused, SlotGone
from connectors.port import Capability
from connectors.recognition import refs_in
from vocabulary.appointments import (
    COMMENT_ROOM,
    DESCRIPTION_LIMIT,
    AppointmentStatus,
    BookingRequest,
    CancellationReason,
    Receipt,
)
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.patients import Patient
from vocabulary.slots import DeliveryChannel, Slot
from vocabulary.times import Window, at_london

JO = replace(ROBIN, nhs_number=NHSNumber.parse("999 000 0069"), given="Jo")


def known(bench: Bench, patient: Patient = ROBIN) -> Patient:
    """The patient as the host knows them."""
    bench.add_patient(patient)
    return bench.connect(bench.caller).find_patient(patient.nhs_number)


class BookingConformance:
    """What any system must do with a booking."""

    def test_a_booking_is_made_and_reads_back(self, bench: Bench) -> None:
        slot, other = planned(bench)
        ours = request(bench, slot, patient=known(bench))
        system = bench.connect(bench.caller)
        receipt = system.book(ours)
        assert (receipt.host, bench.live(slot)) == (bench.host, 1)
        held = system.read(receipt)
        assert held.receipt.appointment_id == receipt.appointment_id
        assert (held.status, held.window, held.slot_ids) == (AppointmentStatus.BOOKED, slot.window, (slot.host_id,))
        assert held.patient_host_id == ours.patient_host_id
        assert refs_in(held.description, held.comment) == {ours.ref}
        shown = system.free_slots(Window(slot.window.start, other.window.end))
        assert [each.host_id for each in shown] == [other.host_id]

    def test_a_slot_is_booked_once(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        system = bench.connect(bench.caller)
        first = request(bench, slot, patient=known(bench))
        second = request(bench, slot, patient=known(bench, JO))
        system.book(first)
        for again in (second, first):
            with pytest.raises(SlotGone):
                system.book(again)
        assert bench.live(slot) == 1
        assert system.find_booking(second) is None
        assert system.find_booking(first) is not None

    def test_the_front_desk_was_quicker(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        ours = request(bench, slot, patient=known(bench))
        bench.take(slot)
        with pytest.raises(SlotGone):
            bench.connect(bench.caller).book(ours)
        assert bench.live(slot) == 0

    def test_nothing_booked_is_a_seen_absence(self, bench: Bench) -> None:
        slot, other = planned(bench)
        system = bench.connect(bench.caller)
        robin = known(bench)
        assert system.find_booking(request(bench, slot, patient=robin)) is None
        made = request(bench, other, patient=robin)
        receipt = system.book(made)
        assert system.find_booking(request(bench, slot, patient=robin)) is None
        found = system.find_booking(made)
        assert found is not None
        assert found.receipt.appointment_id == receipt.appointment_id

    def test_another_bookings_reference_is_not_ours(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        system = bench.connect(bench.caller)
        made = request(bench, slot, patient=known(bench))
        system.book(made)
        assert system.find_booking(replace(made, ref=BookingRef.from_number(5))) is None

    def test_adjoining_slots_are_one_appointment(self, bench: Bench) -> None:
        first, second, third = _adjacent(bench)
        system = bench.connect(bench.caller)
        ours = request(bench, first, second, patient=known(bench))
        held = system.read(system.book(ours))
        assert (held.window, set(held.slot_ids)) == (ours.window, {first.host_id, second.host_id})
        found = system.find_booking(ours)
        assert found is not None
        shown = system.free_slots(Window(first.window.start, third.window.end))
        assert [slot.host_id for slot in shown] == [third.host_id]

    def test_slots_that_do_not_adjoin_are_refused_whole(self, bench: Bench) -> None:
        first, _, third = _adjacent(bench)
        starts = third.window.end
        another = planned(bench, name="Another", starts=starts, slots=1)
        by_phone = planned(bench, starts=starts + timedelta(hours=1), slots=1, channel=DeliveryChannel.TELEPHONE)
        robin = known(bench)
        system = bench.connect(bench.caller)
        for slots in ((first, third), (third, *another), (third, *by_phone)):
            with pytest.raises(Refused):
                system.book(request(bench, *slots, patient=robin))
        assert [bench.live(slot) for slot in (first, third, *another, *by_phone)] == [0, 0, 0, 0]

    def test_one_taken_slot_of_two_refuses_both(self, bench: Bench) -> None:
        first, second, _ = _adjacent(bench)
        ours = request(bench, first, second, patient=known(bench))
        bench.take(second)
        with pytest.raises(SlotGone):
            bench.connect(bench.caller).book(ours)
        assert bench.live(first) == 0

    def test_a_slot_kept_for_others_cannot_be_booked(self, bench: Bench) -> None:
        slot, _ = planned(bench, only_for=(bench.caller.practice,))
        ours = request(bench, slot, patient=known(bench))
        theirs = replace(
            ours, booking_practice=bench.outsider.practice, booking_practice_name=bench.outsider.practice_name
        )
        with pytest.raises(Refused):
            bench.connect(bench.outsider).book(theirs)
        assert bench.live(slot) == 0

    def test_no_organisation_gets_more_of_a_session_than_its_limit(self, bench: Bench) -> None:
        slots = planned(bench, slots=3, most=1)
        assert len(slots) == 3
        robin = known(bench)
        system = bench.connect(bench.caller)
        receipt = system.book(request(bench, slots[0], patient=robin))
        window = Window(slots[0].window.start, slots[2].window.end)
        assert system.free_slots(window) == ()
        with pytest.raises(Refused):
            system.book(request(bench, slots[1], patient=robin))
        assert bench.live(slots[1]) == 0
        assert len(bench.connect(bench.outsider).free_slots(window)) == 2
        system.cancel(receipt, CancellationReason.PATIENT_ASKED)
        assert slots[1].host_id in {slot.host_id for slot in system.free_slots(window)}

    def test_many_at_one_slot_make_one_booking(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        numbers = ("999 000 0018", "999 000 0026", "999 000 0034", "999 000 0042", "999 000 0050", "999 000 0069")
        people = [replace(ROBIN, nhs_number=NHSNumber.parse(number)) for number in numbers]
        asked = [request(bench, slot, patient=known(bench, patient)) for patient in people]

        def book(one: BookingRequest) -> object:
            try:
                return bench.connect(bench.caller).book(one)
            except Fault as fault:
                return fault

        with ThreadPoolExecutor(len(asked)) as pool:
            outcomes = list(pool.map(book, asked))
        won = [one for one, outcome in zip(asked, outcomes, strict=True) if isinstance(outcome, Receipt)]
        assert (len(won), bench.live(slot)) == (1, 1)
        assert {type(outcome) for outcome in outcomes if not isinstance(outcome, Receipt)} == {SlotGone}
        found = [bench.connect(bench.caller).find_booking(one) for one in asked]
        assert [one for one, seen in zip(asked, found, strict=True) if seen] == won

    def test_a_slot_in_the_past_cannot_be_booked(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        begun = Window(bench.now - timedelta(minutes=20), bench.now - timedelta(minutes=5))
        with pytest.raises(Refused):
            bench.connect(bench.caller).book(request(bench, replace(slot, window=begun), patient=known(bench)))
        assert bench.live(slot) == 0

    def test_a_slot_that_is_no_more_cannot_be_booked(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        ours = request(bench, replace(slot, host_id="no-such-slot"), patient=known(bench))
        with pytest.raises(Refused):
            bench.connect(bench.caller).book(ours)

    def test_an_unknown_patient_cannot_be_booked(self, bench: Bench) -> None:
        slot, _ = planned(bench)
        with pytest.raises(Refused):
            bench.connect(bench.caller).book(request(bench, slot, patient=replace(ROBIN, host_id="nobody")))
        assert bench.live(slot) == 0

    def test_texts_come_through_to_their_limits(self, bench: Bench) -> None:
        slot, other = planned(bench)
        robin = known(bench)
        system = bench.connect(bench.caller)
        full = replace(
            request(bench, slot, patient=robin, comment="é" * (COMMENT_ROOM - 1) + "£"),
            description='"<b>&amp;\\ 10% ☎' + "x" * (DESCRIPTION_LIMIT - 16),
        )
        held = system.read(system.book(full))
        told = f"{held.description} {held.comment}"  # systems may join their texts or swap them
        assert full.description in told
        assert full.comment_on_the_wire in told
        for too_much in (
            replace(request(bench, other, patient=robin), description="x" * (DESCRIPTION_LIMIT + 1)),
            request(bench, other, patient=robin, comment="x" * (COMMENT_ROOM + 1)),
        ):
            with pytest.raises(Refused):
                system.book(too_much)

    @pytest.mark.parametrize("month", [3, 10])
    def test_an_appointment_over_a_clock_change_keeps_its_time(self, bench: Bench, month: int) -> None:
        starts = at_london(next_change(bench.now, month), time(0, 30))
        slots = planned(bench, starts=starts, slots=4, minutes=30)
        system = bench.connect(bench.caller)
        robin = known(bench)
        for slot in slots[1:4:2]:
            ours = request(bench, slot, patient=robin)
            receipt = system.book(ours)
            assert system.read(receipt).window == slot.window
            found = system.find_booking(ours)
            assert found is not None
            assert found.receipt.appointment_id == receipt.appointment_id


def _adjacent(bench: Bench) -> tuple[Slot, Slot, Slot]:
    """Three slots in a row, in a system that can book several at once."""
    if Capability.BOOK_ADJACENT not in bench.connect(bench.caller).capabilities:
        pytest.skip("this system does not book adjoining slots")
    first, second, third = planned(bench, starts=evening(bench), slots=3)
    return first, second, third
