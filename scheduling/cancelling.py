"""Cancel: asked here, carried out at the host, settled here; the claim stays until the host confirms."""

from connectors.faults import Fault
from scheduling import asking, bookings, onbehalf, syncing, visit_events
from scheduling.commands import CancelBooking
from scheduling.desk import Desk
from scheduling.host_words import when
from scheduling.models import BookingRow
from scheduling.outcomes import Cancelled, CancelUnanswered
from scheduling.problems import BookingUnknown, WrongState
from scheduling.results import BookingView
from scheduling.settling import ask_to_cancel, settle
from scheduling.visit_rules import HERE, visit_of
from sharing_agreements.gate import Permit
from sharing_agreements.terms import GivingBack, Why
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.times import Window

_WHY_NOT = {
    BookingState.REQUESTED: "It is being booked this moment.",
    BookingState.IN_DOUBT: "We are still finding out whether it was booked.",
    BookingState.REFUSED: "It was never booked.",
    BookingState.ATTENDED: "The patient has attended.",
    BookingState.MISSED: "It is recorded as missed.",
}


def cancel(desk: Desk, command: CancelBooking, caller: Caller) -> BookingView:
    """Cancel a booking that is still ahead. The view says cancelled, or cancelling: not yet released at the host.

    Any practice with a part in it may: the one that booked, the patient's own, the host; also when the agreement it was
    made under is suspended or has ended. Asking again is no error.
    """
    known = _mine(desk, command.ref, caller)
    if known.state in (BookingState.CANCELLED, BookingState.CANCELLING):
        return known
    return cancel_permitted(desk, command, known, permit_giving_back(desk, known, caller), caller)


def cancel_permitted(
    desk: Desk, command: CancelBooking, known: BookingView, permit: Permit, caller: Caller
) -> BookingView:
    """The same, by a permit that the caller already has for this booking; `known` is what they were shown."""
    if known.state in (BookingState.CANCELLED, BookingState.CANCELLING):
        return known
    _ask(desk, command, caller)
    carry_out(desk, command.ref, caller, permit)
    with desk.work.read() as tx:
        return bookings.view(tx, command.ref) or known


def permit_giving_back(desk: Desk, known: BookingView, caller: Caller) -> Permit:
    """The permit to give up a booking in which the caller's practice has a part (`known` says that it has)."""
    return desk.gate.permit(
        caller,
        known.facts.host,
        Scope.BOOK,
        giver_name=known.facts.host_name,
        nhs_number=known.nhs_number,
        booking_ref=known.ref.value,
        gives_back=GivingBack(known.agreement, made_by_asker=known.booking_practice == caller.practice),
    )


def carry_out(desk: Desk, ref: BookingRef, caller: Caller, permit: Permit | None = None) -> None:
    """Ask the host to cancel what is in cancelling, and settle. Safe to repeat: cancelling twice is cancelling.

    Without a permit of the caller's, what was asked for is carried on in the name of who booked it.
    """
    with desk.work.begin() as tx:
        row = bookings.locked(tx, ref)
        if row is None or row.state != BookingState.CANCELLING.value:
            return
        row.lease_until = desk.clock.now() + desk.settings.lease
        deal = onbehalf.deal(tx, row)
        reason = CancellationReason(row.cancel_reason)
    if deal.receipt is None:
        raise RuntimeError("a booked appointment without a receipt")
    permit = permit or onbehalf.permit(desk, deal)
    try:
        outcome = asking.cancel(desk.connect(permit), deal.receipt, reason)
    except Fault as fault:  # no connection is set up any more
        outcome = CancelUnanswered(fault.words)
    settle(desk, ref, outcome, caller=caller)
    if isinstance(outcome, Cancelled) and permit.decision.why is not Why.GIVING_BACK:
        # offered only when *seen* free; with no agreement in force, the host's diary may not be looked at
        syncing.look_at(desk, permit, deal.request.window)


def _mine(desk: Desk, ref: BookingRef, caller: Caller) -> BookingView:
    with desk.work.read() as tx:
        found = bookings.view(tx, ref)
    if found is None or caller.practice not in (found.booking_practice, found.home_practice, found.facts.host):
        raise BookingUnknown(
            "There is no booking with that reference at your practice.", next_step="Check the reference."
        )
    return found


def _ask(desk: Desk, command: CancelBooking, caller: Caller) -> None:
    with desk.work.begin() as tx:
        row = bookings.locked(tx, command.ref)
        if row is None:
            raise RuntimeError("a booking vanished")
        state, now = BookingState(row.state), desk.clock.now()
        if state in (BookingState.CANCELLED, BookingState.CANCELLING):
            return
        if state is not BookingState.BOOKED:
            raise WrongState(
                f"This booking cannot be cancelled. {_WHY_NOT[state]}", next_step="Look at the booking's page."
            )
        if row.start_at <= now:
            raise WrongState(
                "This appointment has already started, so it cannot be cancelled.",
                next_step=f"If the patient did not come, tell {row.facts['host_name']}: they record it.",
            )
        refuse_if_here(tx, row)
        ask_to_cancel(tx, row, command.reason, desk=desk, caller=caller, at=now, note=command.note.strip())
        row.lease_until = now + desk.settings.lease  # from the first moment on, a twin sees that somebody is at it


def refuse_if_here(tx: Tx, row: BookingRow) -> None:
    """Raise while the host has the patient down as there: nobody's visit is given up behind a clinician's back."""
    visit = visit_of(visit_events.read(tx, [row.ref])[row.ref])
    if visit.status not in HERE or visit.since is None:
        return
    host, day = row.facts["host_name"], Window(row.start_at, row.end_at)
    since = when(Window(visit.since, row.end_at), day)
    phone = row.facts["host_bypass_phone"] or row.facts["host_phone"]
    ring = f"ring {host} on {phone}" if phone else f"ring {host}"
    raise WrongState(
        f"The patient is at {host} now, down there as “{visit.status.words}” since {since}. Nothing was changed.",
        next_step=f"If that is a mistake, {ring}: they take it back on their list.",
    )
