"""The test booking there and back: what must pass before a practice's go-live switches may be turned on."""

from dataclasses import replace

from sqlalchemy import select

from connectors.faults import Fault
from connectors.port import GPSystem
from practices.admin import TestBooking, record_test_booking
from scheduling import asking, claims
from scheduling.desk import Desk
from scheduling.models import SlotClaimRow
from scheduling.outcomes import Declined
from scheduling.references import new_ref
from vocabulary.appointments import AppointmentStatus, BookingRequest, CancellationReason, Receipt
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.slots import Slot
from vocabulary.times import Window


class _Failed(Exception):
    """Where the rehearsal stopped, in plain words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def book_there_and_back(desk: Desk, host: OdsCode, test_patient: NHSNumber, caller: Caller) -> TestBooking:
    """Book the practice's last free slot for the test patient, see it there, cancel it, see it gone; keep the outcome.

    Every step is the real thing over the real line. A failure after booking still tries to cancel.
    """
    at = desk.clock.now()
    try:
        _there_and_back(desk, host, test_patient, caller)
        outcome = TestBooking(passed=True, at=at)
    except _Failed as failed:
        outcome = TestBooking(passed=False, at=at, words=failed.words)
    except Fault as fault:
        outcome = TestBooking(passed=False, at=at, words=fault.in_full)
    record_test_booking(desk.work, host, outcome, caller=caller, clock=desk.clock)
    return outcome


def _there_and_back(desk: Desk, host: OdsCode, test_patient: NHSNumber, caller: Caller) -> None:
    now = desk.clock.now()
    system = _permitted(desk, host, test_patient, caller)
    slot = _last_free(desk, system.free_slots(Window(now, now + desk.settings.horizon)))
    request = BookingRequest(
        ref=new_ref(),
        host=host,
        slots=(slot,),
        nhs_number=test_patient,
        patient_host_id=_patient_host_id(desk, system, test_patient, caller),
        booking_practice=caller.practice,
        booking_practice_name=caller.practice_name,
        booking_practice_phone=caller.practice_phone,
        description="Test booking",
        comment="Made and cancelled by the booking hub",
        created=now,
    )
    receipt = system.book(request)
    system = _permitted(desk, host, test_patient, caller)  # the way back has a minute of its own
    try:
        _see(system, request, AppointmentStatus.BOOKED, "The booking was accepted but then not shown.")
    finally:
        receipt = _cancel(system, receipt)
    if system.read(receipt).status is not AppointmentStatus.CANCELLED:
        raise _Failed("The cancellation was accepted but the appointment still stands. Cancel it by hand.")


def _permitted(desk: Desk, host: OdsCode, test_patient: NHSNumber, caller: Caller) -> GPSystem:
    return desk.connect(desk.gate.permit(caller, host, Scope.BOOK, nhs_number=test_patient))


def _last_free(desk: Desk, free: tuple[Slot, ...]) -> Slot:
    """The last free slot that nobody holds: the one least missed for a minute."""
    with desk.work.read() as tx:
        rows = tx.scalars(
            select(SlotClaimRow.host_slot_id).where(
                claims.blocks(desk.clock.now()), SlotClaimRow.host_slot_id.in_([slot.host_id for slot in free])
            )
        )
        taken = set(rows)
    open_ones = [slot for slot in free if slot.host_id not in taken]
    if not open_ones:
        raise _Failed("The practice shows no free slot in the next two weeks: share one clinic, then try again.")
    return max(open_ones, key=lambda slot: slot.window.start)


def _patient_host_id(desk: Desk, system: GPSystem, test_patient: NHSNumber, caller: Caller) -> str:
    found = asking.find_patient(system, test_patient)
    if found is None:
        traced = desk.tracing.trace(test_patient, caller=caller)
        registered = asking.register(system, replace(traced.patient, host_id=""), "The practice")
        if isinstance(registered, Declined):
            raise _Failed(registered.words)
        found = registered
    return found.host_id


def _see(system: GPSystem, request: BookingRequest, status: AppointmentStatus, otherwise: str) -> None:
    there = system.find_booking(request)
    if there is None or there.status is not status:
        raise _Failed(otherwise)


def _cancel(system: GPSystem, receipt: Receipt) -> Receipt:
    try:
        return system.cancel(receipt, CancellationReason.BOOKED_IN_ERROR)
    except Fault as fault:
        raise _Failed(f"It was booked but could not be cancelled: {fault.words} Cancel it by hand.") from None
