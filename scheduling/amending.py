"""Amend: change the two texts of a booking, at the host and here; everything else stays as it is."""

from dataclasses import dataclass

from connectors.faults import Fault, Refused, SlotGone, Unreachable, Unsupported
from connectors.port import GPSystem
from scheduling import bookings, hosted_bookings
from scheduling.commands import AmendBooking
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.problems import BookingUnknown, HostRefused, HostSlow, InvalidBooking, OutcomeUnknown, WrongState
from scheduling.results import BookingView
from sharing_agreements.gate import Permit
from storage.work import Tx
from vocabulary.appointments import COMMENT_ROOM, DESCRIPTION_LIMIT, AppointmentStatus, BookingState, Receipt
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope


def amend(desk: Desk, command: AmendBooking, caller: Caller) -> BookingView:
    """Change description and comment of a booking that is still ahead. Sending the same again is no error.

    Raises InvalidBooking, BookingUnknown, WrongState (also: changed in the meantime), HostRefused and HostSlow (it
    stands as before), and OutcomeUnknown.
    """
    _check(command)
    known = _mine(desk, command, caller)
    permit = desk.gate.permit(
        caller,
        known.facts.host,
        Scope.BOOK,
        giver_name=known.facts.host_name,
        nhs_number=known.nhs_number,
        booking_ref=known.ref.value,
    )
    receipt = _receipt(desk, command)
    version = _ask(desk, known, receipt, command, permit)
    with desk.work.begin() as tx:
        row = _locked(tx, command)
        row.description, row.comment = command.description.strip(), command.comment.strip()
        row.appointment_version = version or row.appointment_version
        words = "The texts were changed."
        bookings.note(tx, row, row.state, caller=caller, at=desk.clock.now(), words=words, act="booking.amended")
    return _mine(desk, command, caller)


def _check(command: AmendBooking) -> None:
    if not command.description.strip() or len(command.description) > DESCRIPTION_LIMIT:
        raise InvalidBooking(f"Enter a reason of at most {DESCRIPTION_LIMIT} characters.", field="description")
    if len(command.comment) > COMMENT_ROOM:
        raise InvalidBooking(f"The note must be {COMMENT_ROOM} characters or fewer.", field="comment")


def _mine(desk: Desk, command: AmendBooking, caller: Caller) -> BookingView:
    with desk.work.read() as tx:
        found = bookings.view(tx, command.ref)
    if found is None or caller.practice not in (found.booking_practice, found.home_practice, found.facts.host):
        raise BookingUnknown(
            "There is no booking with that reference at your practice.", next_step="Check the reference."
        )
    return found


def _locked(tx: Tx, command: AmendBooking) -> BookingRow:
    row = bookings.locked(tx, command.ref)
    if row is None:
        raise RuntimeError("a booking vanished")
    return row


def _receipt(desk: Desk, command: AmendBooking) -> Receipt:
    """How the host knows it, if it may be changed as it is now."""
    with desk.work.begin() as tx:
        row = _locked(tx, command)
        if row.state != BookingState.BOOKED.value:
            raise WrongState(f"This booking is {row.state}, so it cannot be changed.", next_step="Look at it again.")
        if row.start_at <= desk.clock.now():
            raise WrongState("This appointment has already started, so it cannot be changed.")
        if command.version is not None and command.version != hosted_bookings.version(tx, command.ref):
            raise _changed()
        return Receipt(OdsCode(row.host_ods), row.appointment_id, row.appointment_version)


def _changed() -> WrongState:
    return WrongState(
        "The appointment was changed in the meantime, so nothing was changed now.", next_step="Look at it again."
    )


def _ask(desk: Desk, known: BookingView, receipt: Receipt, command: AmendBooking, permit: Permit) -> str:
    """The version that the host gives the amended appointment. No transaction is open."""
    name = known.facts.host_name
    asked = _Asked(receipt, command.description.strip(), command.comment.strip())
    try:
        system = desk.connect(permit)
        return system.amend(receipt, description=asked.description, comment=asked.comment).version
    except SlotGone:
        _learn_version(desk, system, command, receipt)
        raise _changed() from None
    except Refused as refused:
        raise HostRefused(f"{name} did not change it: {refused.words}", next_step=f"Ring {name}.") from None
    except (Unreachable, Unsupported) as fault:
        raise HostSlow(f"{fault.words} It stands as before.", next_step=f"Try again, or ring {name}.") from None
    except Fault:
        found = _look(system, asked)
    if found is None:
        raise OutcomeUnknown(
            f"{name} did not say whether it was changed.", next_step="Send the same again: that does no harm."
        )
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    receipt: Receipt
    description: str
    comment: str


def _look(system: GPSystem, asked: _Asked) -> str | None:
    """After an unclear answer: the version at the host if it has our texts (some systems join them), else None."""
    try:
        held = system.read(asked.receipt)
    except Fault:
        return None
    texts = f"{held.description} {held.comment}"
    return held.receipt.version if asked.description in texts and asked.comment in texts else None


def _learn_version(desk: Desk, system: GPSystem, command: AmendBooking, receipt: Receipt) -> None:
    """The practice changed it itself: the next try is made of what it is now, if it still stands."""
    try:
        held = system.read(receipt)
    except Fault:
        return
    if held.status is AppointmentStatus.BOOKED:
        with desk.work.begin() as tx:
            _locked(tx, command).appointment_version = held.receipt.version
