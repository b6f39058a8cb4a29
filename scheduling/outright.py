"""Book outright: hold and book in one, for systems that know no holds; what they ask twice is booked once."""

from typing import Any

from sqlalchemy import select

from practices.results import PracticeView
from scheduling import at_host, booking, bookings, claims, holding, hosted
from scheduling.commands import Asking, BookOutright, BookSlots, TakeHold
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.problems import SlotUnknown
from scheduling.results import BookingView, HoldView
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Slot

_STANDS = (BookingState.REQUESTED, BookingState.BOOKED, BookingState.IN_DOUBT)


def book(desk: Desk, practice: PracticeView, command: BookOutright, caller: Caller) -> BookingView:
    """Book slots for a patient of the host's; the view says booked, refused or in doubt.

    The same request again (same trace id, user, patient and slots) is the same booking. Raises what `holding.take` and
    `booking.book` raise; then nothing is held or booked.
    """
    slots = hosted.named(desk, practice.ods, command.slot_ids)
    if not slots or len(slots) != len(command.slot_ids):
        raise SlotUnknown("There is no such slot.", next_step="Search again: the list has changed.")
    patient = at_host.identify(desk, practice, command.patient_id, caller)
    ids = tuple(number for number, _ in slots)
    again = _asked_before(desk, patient, ids, slots[0][1], caller)
    if again is not None:
        return again
    held = _hold(desk, ids, caller)
    form = BookSlots(
        ref=held.ref,
        nhs_number=patient.nhs_number,
        description=command.description,
        comment=command.comment,
        patient_told=True,  # the consumer's duty under the standard, as are the next two
        differences_seen=True,
        phone_at_host=True,
        clash_reason=f"Asked for by {caller.practice_name} in its own system",
    )
    try:
        return booking.book(desk, form, caller)
    except BaseException:
        holding.release(desk, held.ref, caller)
        raise


def _hold(desk: Desk, ids: tuple[int, ...], caller: Caller) -> HoldView:
    """What the pool shows this practice is held at once; the rest only if the host shows it to them now."""
    if caller.organisation_type == hosted.POOLED_AS:
        try:
            return holding.take(desk, TakeHold(ids, asking=Asking.NO), caller)
        except SlotUnknown:
            pass
    return holding.take(desk, TakeHold(ids, asking=Asking.MUST), caller)


def _asked_before(
    desk: Desk, patient: Patient, ids: tuple[int, ...], first: Slot, caller: Caller
) -> BookingView | None:
    conditions: list[Any] = [
        BookingRow.nhs_number == patient.nhs_number.value,
        BookingRow.start_at == first.window.start,
        BookingRow.host_ods == first.host.value,
        BookingRow.booking_ods == caller.practice.value,
        BookingRow.created_by == caller.user_id,
        BookingRow.trace_id == caller.trace_id,
        BookingRow.state.in_([state.value for state in _STANDS]),
    ]
    with desk.work.read() as tx:
        for ref in tx.scalars(select(BookingRow.ref).where(*conditions)):
            if set(claims.slot_ids(tx, BookingRef(ref))) == set(ids):
                return bookings.view(tx, BookingRef(ref))
    return None
