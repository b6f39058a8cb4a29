"""What else is ahead for a patient who is being seen: their appointments across the cluster, and giving one up that
need not be any more.

The visit is the reason: it stands, is at the caller's own practice, and is about now. Each appointment at a practice
with which the caller's own has nothing to do in this booking needs a permit of its own, for being shown and again for
being cancelled; those that no agreement covers are counted and not described.
"""

from dataclasses import dataclass, replace

from scheduling import bookings, cancelling, telling, views
from scheduling.commands import CancelBooking
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.problems import BookingUnknown, WrongState
from scheduling.results import BookingView
from sharing_agreements.gate import Permit
from sharing_agreements.problems import NotPermitted
from storage.work import Tx
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller
from vocabulary.purposes import Scope

_SEEN = (BookingState.BOOKED, BookingState.ATTENDED)
_AHEAD = (BookingState.BOOKED, BookingState.CANCELLING, BookingState.IN_DOUBT, BookingState.REQUESTED)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A visit, the patient's other appointments still to come, and how many of them may not be shown here."""

    visit: BookingView
    others: tuple[BookingView, ...]
    not_shown: int


def look(desk: Desk, visit: BookingRef, caller: Caller) -> Ahead:
    """What else is ahead for the patient of this visit; accounted for as a list of their bookings."""
    with desk.work.read() as tx:
        seen = _visit(desk, tx, visit, caller)
        found = bookings.views(
            tx,
            BookingRow.nhs_number == seen.nhs_number.value,
            BookingRow.ref != visit.value,
            BookingRow.start_at > desk.clock.now(),
            BookingRow.state.in_([state.value for state in _AHEAD]),
        )
    shown = tuple(one for one in found if _has_part(one, caller) or _permit(desk, one, caller) is not None)
    with desk.work.begin() as tx:
        views.account(desk, tx, caller, seen.nhs_number, None, shown=len(shown))
    return Ahead(seen, shown, len(found) - len(shown))


def cancel(desk: Desk, visit: BookingRef, command: CancelBooking, caller: Caller) -> BookingView:
    """Cancel one of them, in the name of whoever sees the patient. Raises BookingUnknown, NotPermitted, WrongState."""
    with desk.work.read() as tx:
        seen = _visit(desk, tx, visit, caller)
        other = bookings.view(tx, command.ref)
    if other is None or other.nhs_number != seen.nhs_number or other.ref == seen.ref:
        raise BookingUnknown(
            "That is no other appointment of this patient's, so nothing was cancelled.",
            next_step="Look at their appointments again.",
        )
    command = replace(command, note=f"{command.note} {telling.SEEN_WITH_THEM}".strip())
    if _has_part(other, caller):
        return cancelling.cancel(desk, command, caller)
    permit = _permit(desk, other, caller)
    if permit is None:
        raise WrongState(
            f"Your practice may not cancel appointments at {other.facts.host_name}, so nothing was cancelled.",
            next_step=f"Ring {other.facts.host_name}, or ask the patient to cancel it through their own practice.",
        )
    return cancelling.cancel_permitted(desk, command, other, permit, caller)


def _visit(desk: Desk, tx: Tx, ref: BookingRef, caller: Caller) -> BookingView:
    found, now, settings = bookings.view(tx, ref), desk.clock.now(), desk.settings.visits
    if found is None or found.facts.host != caller.practice:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        )
    window = found.facts.window
    seen = found.state in _SEEN or found.came_at is not None
    if not seen or not window.start - settings.opens <= now <= window.end + settings.closes:
        raise WrongState(
            "The patient's visit is not about now, so their other appointments are not shown.",
            next_step="Look at them while the patient is with you, or ask them.",
        )
    return found


def _has_part(booking: BookingView, caller: Caller) -> bool:
    return caller.practice in (booking.booking_practice, booking.home_practice, booking.facts.host)


def _permit(desk: Desk, booking: BookingView, caller: Caller) -> Permit | None:
    """A permit for this one appointment, or None; either is in the ledger."""
    try:
        return desk.gate.permit(
            caller,
            booking.facts.host,
            Scope.BOOK,
            giver_name=booking.facts.host_name,
            nhs_number=booking.nhs_number,
            booking_ref=booking.ref.value,
        )
    except NotPermitted:
        return None
