"""The clash check: another booking that takes the patient's time, told before the form and again on confirming."""

from sqlalchemy import bindparam, select

from scheduling import bookings, lifecycle, rules
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.problems import PatientClash
from scheduling.results import BookingView
from storage.base import among
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.people import Caller
from vocabulary.times import Window

_STANDING = select(BookingRow.ref, BookingRow.start_at, BookingRow.end_at).where(
    BookingRow.nhs_number == bindparam("patient"),
    among(BookingRow.state, [state.value for state in lifecycle.STANDING]),
)


def foreseen(
    desk: Desk, window: Window, nhs_number: NHSNumber, caller: Caller, *, replaces: BookingRef | None = None
) -> PatientClash | None:
    """The clash that confirming would meet, so that nobody fills in a form in vain; showing it is accounted for."""
    with desk.work.begin() as tx:
        clash = found(tx, window, nhs_number, replaces=replaces, ahead=True)
        if clash is not None:
            event = LedgerEvent(
                "booking.viewed",
                nhs_number=nhs_number,
                booking_ref=clash.other.ref.value,
                purpose="direct-care",
                detail={"shown": 1},
            )
            record(tx, event, caller=caller, at=desk.clock.now())
    return clash


def found(
    tx: Tx,
    window: Window,
    nhs_number: NHSNumber,
    *,
    replaces: BookingRef | None = None,
    clash_reason: str = "",
    ahead: bool = False,
) -> PatientClash | None:
    """The clash that stops a booking in this window, if any; the booking that it replaces is left out.

    `ahead`: nobody has confirmed anything yet, so there is nothing to say of what was not booked.
    """
    standing = tx.connection().execute(_STANDING, {"patient": nhs_number.value})
    others = [
        rules.OtherBooking(ref, Window(start, end))
        for ref, start, end in standing
        if replaces is None or ref != replaces.value
    ]
    clash = rules.clash(window, others, clash_reason=clash_reason)
    if clash is None:
        return None
    other = bookings.view(tx, BookingRef(clash.ref))
    if other is None:
        raise RuntimeError("a clashing booking vanished")
    when = "that day" if clash.overridable else "at that time"
    outcome = "" if ahead else " Nothing was booked."
    return PatientClash(
        f"The patient already has a booking {when}, at {other.facts.host_name}.{outcome}",
        other=other,
        overridable=clash.overridable,
        next_step="Say why a second one is needed, or move the first." if clash.overridable else _way_out(other),
    )


def _way_out(other: BookingView) -> str:
    """What can be done about the booking in the way: one that is not known yet can be neither moved nor cancelled."""
    if other.state is BookingState.CANCELLING:
        return f"{other.facts.host_name} has not confirmed its cancellation yet: try again once they have."
    if other.state in lifecycle.OPEN:
        return (
            "It is not known yet whether that one is booked, so it cannot be moved or cancelled: try again once the "
            "hub knows, or ring them and write down what they say under “Needs attention”."
        )
    return "Move or cancel that one first."
