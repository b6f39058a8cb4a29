"""Move: a booking with `replaces`. What may be given up for another; `settling` does it once the new one is firm.

The new time needs an agreement in force like any booking; giving the old one up does not.
"""

from sqlalchemy import select

from scheduling import bookings, cancelling, lifecycle
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.problems import BookingUnknown, WrongState
from sharing_agreements.gate import Permit
from storage.work import Tx
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.people import Caller


def permit(desk: Desk, ref: BookingRef, nhs_number: NHSNumber, caller: Caller) -> Permit | None:
    """The permit to give the old booking up. What is not theirs or not this patient's gets none: `check` refuses it."""
    with desk.work.read() as tx:
        old = bookings.view(tx, ref)
    if old is None or old.nhs_number != nhs_number:
        return None
    if caller.practice in (old.booking_practice, old.home_practice, old.facts.host):
        return cancelling.permit_giving_back(desk, old, caller)
    return None


def check(desk: Desk, tx: Tx, ref: BookingRef, nhs_number: NHSNumber, caller: Caller) -> None:
    """Raise unless this booking may be moved by this caller now: theirs, this patient's, booked, ahead, not on its way.

    Its row stays locked, so two moves of one booking cannot both pass.
    """
    old = bookings.locked(tx, ref)
    if old is None or caller.practice.value not in (old.booking_ods, old.home_ods, old.host_ods):
        raise BookingUnknown("There is no such booking to move at your practice.", next_step="Check the reference.")
    if old.nhs_number != nhs_number.value:
        raise _refusal("belongs to another patient", "Start again from the patient's own booking.")
    if old.state != BookingState.BOOKED.value:
        raise _refusal(
            f"is {old.state}, so it cannot be moved now",
            "Look at it first: it may be cancelled, or we may still be checking.",
        )
    if old.start_at <= desk.clock.now():
        raise _refusal("has already started", "Book another time without moving it.")
    cancelling.refuse_if_here(tx, old)
    standing = [state.value for state in lifecycle.STANDING]
    if tx.scalar(select(BookingRow.ref).where(BookingRow.replaces == old.ref, BookingRow.state.in_(standing))):
        raise _refusal("is being moved already", "Look at the other booking first: we may still be checking it.")


def _refusal(why: str, next_step: str) -> WrongState:
    return WrongState(f"The booking to move {why}. Nothing was changed.", next_step=next_step)
