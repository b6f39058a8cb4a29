"""Book outright: hold and book in one, for systems that know no holds; what they ask twice is booked once.

Such a system waits for the answer, so the whole act has one permit before the host is asked, and asks for the patient
once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import distinct, func, select

from practices.results import PracticeView
from scheduling import at_host, booking, claims, holding, hosted, twins
from scheduling.commands import Asking, BookOutright, BookSlots, TakeHold
from scheduling.desk import Desk
from scheduling.models import BookingRow, SlotSightRow
from scheduling.problems import AskedBefore, OutcomeUnknown, SlotTaken, SlotUnknown
from scheduling.results import BookingView, HoldView
from sharing_agreements.gate import Permit
from storage.base import among
from storage.ledger import LedgerRow
from storage.work import Tx
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Slot

_GIVEN_UP = (BookingState.CANCELLING, BookingState.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What makes a request the same request: who asks, under which trace id, for whom and which slots."""

    caller: Caller
    patient: Patient
    ids: tuple[int, ...]
    first: Slot


def _fit(_slots: Sequence[Slot]) -> None:
    """Any slots will do."""


def book(
    desk: Desk,
    practice: PracticeView,
    command: BookOutright,
    caller: Caller,
    *,
    check: Callable[[Sequence[Slot]], None] = _fit,
) -> BookingView:
    """Book slots for a patient of the host's; the view says booked, refused or in doubt.

    `check` is shown the slots once the act is permitted, and raises where the request does not fit them; slots that
    nobody knows here are not among them.
    The same request again (same trace id, user, patient and slots) is the same booking, also while the first is still
    being carried out: then this one waits for it. Raises AskedBefore where it has other texts or that booking was given
    up since, OutcomeUnknown where the first takes too long, and what `holding.take` and `booking.book` raise; then
    nothing is held or booked.
    """
    permit = at_host.permit(desk, practice, caller)
    slots = hosted.named(desk, permit, command.slot_ids)
    check([slot for _, slot in slots])
    if not slots or len(slots) != len(command.slot_ids):
        raise SlotUnknown("There is no such slot.", next_step="Search again: the list has changed.")
    patient = at_host.identify(desk, permit, command.patient_id)
    ids = tuple(number for number, _ in slots)
    asked = _Asked(caller, patient, ids, slots[0][1])
    with desk.work.read() as tx:
        again = _asked_before(tx, asked)
    if again is not None:
        return _once_more(desk, again, command)
    try:
        held = _hold(desk, ids, caller, permit)
    except SlotTaken as taken:
        twin = _twin(desk, asked)
        if twin is None:
            if taken.never_shown and _shown_to_others(desk, ids):
                raise SlotUnknown("That slot is not open to your practice.", next_step="Search again.") from None
            raise
        return _once_more(desk, twin, command)
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
        return booking.book(desk, form, caller, shown=patient)
    except BaseException:
        holding.release(desk, held.ref, caller)
        raise


def _hold(desk: Desk, ids: tuple[int, ...], caller: Caller, permit: Permit) -> HoldView:
    """What the pool shows this practice is held at once; the rest only if the host shows it to them now."""
    if caller.organisation_type == hosted.POOLED_AS:
        try:
            return holding.take(desk, TakeHold(ids, asking=Asking.NO), caller, permit)
        except SlotUnknown:
            pass
    try:
        return holding.take(desk, TakeHold(ids, asking=Asking.MUST), caller, permit)
    except SlotTaken as taken:
        # asked as another kind of organisation, what the pool shows others says nothing
        taken.never_shown = caller.organisation_type == hosted.POOLED_AS
        raise


def _shown_to_others(desk: Desk, ids: tuple[int, ...]) -> bool:
    """Whether others are shown every one of these: then the host keeps them for those."""
    query = select(func.count(distinct(SlotSightRow.slot_id))).where(among(SlotSightRow.slot_id, ids))
    with desk.work.read() as tx:
        return tx.scalar(query) == len(ids)


def _asked_before(tx: Tx, asked: _Asked) -> BookingRef | None:
    """The booking that this request made when it came first; a refused one counts for nothing."""
    caller = asked.caller
    found = (
        select(BookingRow.ref)
        .where(
            BookingRow.nhs_number == asked.patient.nhs_number.value,
            BookingRow.start_at == asked.first.window.start,
            BookingRow.host_ods == asked.first.host.value,
            BookingRow.booking_ods == caller.practice.value,
            BookingRow.created_by == caller.user_id,
            BookingRow.trace_id == caller.trace_id,
            BookingRow.state != BookingState.REFUSED.value,
        )
        .order_by(BookingRow.requested_at.desc())
    )
    refs = [BookingRef(ref) for ref in tx.scalars(found)]
    return next((ref for ref in refs if set(claims.slot_ids(tx, ref)) == set(asked.ids)), None)


def _twin(desk: Desk, asked: _Asked) -> BookingRef | None:
    """The booking that the same request, come a moment before, makes of these slots; None when it is somebody else's
    slot, or nothing came of it. One snapshot a look: a hold becomes a booking in one commit."""
    patience = twins.Patience(desk)
    while True:
        with desk.work.read() as tx:
            made = _asked_before(tx, asked)
            if made is not None or not _being_held(desk, tx, asked):
                return made
        if not patience.wait():
            raise OutcomeUnknown(
                "The same request is being carried out this moment, and how it ends is not known yet.",
                next_step="Send the same again in a minute, under the same trace id: that books nothing twice.",
            )


def _being_held(desk: Desk, tx: Tx, asked: _Asked) -> bool:
    caller = asked.caller
    held = claims.live_hold_on(tx, caller.user_id, asked.ids, booking_practice=caller.practice, now=desk.clock.now())
    if held is None:
        return False
    ref = LedgerRow.booking_ref  # not empty: so its partial index says, which a prepared statement could not know
    taken = select(LedgerRow.trace_id).where(ref == held.value, ref != "", LedgerRow.act == "hold.taken")
    return caller.trace_id in set(tx.scalars(taken))


def _once_more(desk: Desk, ref: BookingRef, command: BookOutright) -> BookingView:
    """What the first made, if this asks for no more than that."""
    view = twins.awaited(desk, ref)
    if view.state in _GIVEN_UP:
        raise AskedBefore(
            "This request was booked, and the appointment has been cancelled since: nothing was booked again.",
            next_step="Book under a new trace id if the patient wants it again.",
        )
    if (view.description, view.comment) != (command.description.strip(), command.comment.strip()):
        raise AskedBefore(
            "This trace id has booked these slots already, and the appointment has other texts: nothing was changed.",
            next_step="Amend the appointment to change its texts.",
        )
    return view
