"""Asking hosts, with no transaction open: book, look, cancel. Each returns an outcome and never raises a fault."""

from dataclasses import replace
from datetime import datetime

from connectors.faults import Fault, PatientUnknown, Refused, SlotGone
from connectors.port import GPSystem
from scheduling import outcomes
from scheduling.desk import Desk
from scheduling.outcomes import (
    Absent,
    Booked,
    Cancelled,
    CancelUnanswered,
    Declined,
    Doubtful,
    NotCancelled,
    Outcome,
    Unanswered,
)
from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, CancellationReason, Receipt
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import Patient


def find_patient(system: GPSystem, nhs_number: NHSNumber) -> Patient | None:
    """The patient at the host, None when it shows none. Raises the fault when it did not answer or refused."""
    try:
        return system.find_patient(nhs_number)
    except PatientUnknown:
        return None


def register(system: GPSystem, patient: Patient, host_name: str) -> Patient | Declined:
    """Register a traced patient at the host, so that it can book for them."""
    try:
        return system.register_patient(patient)
    except Fault as fault:
        return outcomes.of_preparation_fault(fault, host_name)


def book(desk: Desk, system: GPSystem, request: BookingRequest, host_name: str, *, asked_at: datetime) -> Outcome:
    """Send the booking, once, and never later than the limit after its claim was committed; a 409 gets one look."""
    if desk.clock.now() - asked_at > desk.settings.send_within:
        return Declined(
            "too-slow", f"{host_name}'s system was too slow, so the booking was not sent. Nothing was booked."
        )
    try:
        return Booked(system.book(request))
    except SlotGone as gone:
        return _after_conflict(system, request, outcomes.of_booking_fault(gone, host_name), host_name)
    except Fault as fault:
        return outcomes.of_booking_fault(fault, host_name)


def _after_conflict(
    system: GPSystem, request: BookingRequest, gone: Declined | Doubtful, host_name: str
) -> Booked | Declined | Doubtful:
    """409: the slot is taken; by us, if an earlier try had arrived after all."""
    try:
        found = system.find_booking(request)
    except Fault as fault:
        return Doubtful(f"{host_name} says the slot is taken and did not answer whether by us: {fault.words}")
    if found is not None and found.status is AppointmentStatus.BOOKED:
        return Booked(found.receipt)
    return gone


def find_booking(system: GPSystem, request: BookingRequest) -> Appointment | None:
    """Our appointment at the host; the patient is found first when a crash kept us from learning their id there.

    Raises PatientUnknown (then there is no appointment either) and every other fault.
    """
    if not request.patient_host_id:
        request = replace(request, patient_host_id=system.find_patient(request.nhs_number).host_id)
    return system.find_booking(request)


def look(system: GPSystem, request: BookingRequest, host_name: str) -> Outcome:
    """Look whether the host has our appointment. An unanswered look is not an empty look.

    A host that never knew the patient cannot have booked them; one that knew them and shows them no more (they left,
    or became restricted) has told us nothing.
    """
    try:
        return outcomes.of_look(find_booking(system, request), host_name)
    except PatientUnknown:
        if request.patient_host_id:
            return Unanswered(f"{host_name} no longer shows this patient.")
        return Absent()
    except Fault as fault:
        return Unanswered(fault.words)


def cancel(system: GPSystem, receipt: Receipt, reason: CancellationReason) -> Outcome:
    """Cancel at the host, once more after a version conflict; safe to repeat."""
    try:
        return Cancelled(system.cancel(receipt, reason).version)
    except SlotGone:
        return _cancel_again(system, receipt, reason)
    except Refused as refused:
        return NotCancelled(refused.words)
    except Fault as fault:
        return CancelUnanswered(fault.words)


def _cancel_again(system: GPSystem, receipt: Receipt, reason: CancellationReason) -> Outcome:
    try:
        return Cancelled(system.cancel(receipt, reason).version)
    except Fault as fault:  # changed twice under our hands: leave it to the next round
        return CancelUnanswered(fault.words)
