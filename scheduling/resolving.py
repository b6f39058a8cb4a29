"""Resolve: find out what became of bookings that wait, machine first, then a person."""

from datetime import datetime

from sqlalchemy import and_, or_, select, update

from connectors.faults import Fault
from scheduling import asking, attention, bookings, cancelling, heeding, lifecycle, onbehalf
from scheduling.commands import SettleByHand
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.onbehalf import Deal
from scheduling.outcomes import BY_PHONE, Booked, Cancelled, Declined, NotCancelled, Outcome, Unanswered
from scheduling.problems import BookingUnknown, InvalidBooking, WrongState
from scheduling.results import BookingView
from scheduling.settling import settle
from storage.work import Tx
from vocabulary.appointments import BookingState, Receipt
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller

_LOOKED_FOR = (BookingState.REQUESTED.value, BookingState.IN_DOUBT.value, BookingState.REFUSED.value)


def sweep(desk: Desk, *, limit: int = 20) -> int:
    """Resolve every booking whose time to be looked at has come; how many were looked at.

    The state is the queue: any number of workers may sweep; each takes rows by lease, skipping what others hold.
    """
    refs = _take_due(desk, limit)
    mistakes = []
    for ref in refs:
        try:
            _resolve_leased(desk, ref)
        except Exception as mistake:  # a mistake of ours in one must not leave all the others in doubt
            mistakes.append(mistake)
    if mistakes:
        raise mistakes[0]
    return len(refs)


def resolve(desk: Desk, ref: BookingRef) -> bool:
    """Resolve one booking if it is due and nobody else is at it; False when there was nothing to do."""
    taken = _take_due(desk, 1, ref=ref)
    for found in taken:
        _resolve_leased(desk, found)
    return bool(taken)


def settle_by_hand(desk: Desk, command: SettleByHand, caller: Caller) -> BookingView:
    """A person says what became of a booking the machine cannot settle: who, why, and the host's reference if any.

    Of a cancellation without an answer, `was_booked` says that the appointment still stands.
    """
    if not command.why.strip():
        raise InvalidBooking("Say how you know, for example who you rang.", field="why")
    with desk.work.begin() as tx:
        row = bookings.locked(tx, command.ref)
        if row is None or caller.practice.value not in (row.booking_ods, row.host_ods, row.home_ods):
            raise BookingUnknown("There is no such booking at your practice.", next_step="Check the reference.")
        if row.state == BookingState.BOOKED.value and attention.is_open(tx, row.ref, attention.NOT_AT_HOST):
            return _said_of_absent(desk, tx, row, command, caller)
        if row.state not in lifecycle.SETTLED_BY_HAND:
            raise WrongState(
                f"This booking is {row.state}: nobody has to ring about it.", next_step="Look at the booking's page."
            )
        words = f"{caller.name}: {command.why.strip()}"
        outcome = _said(row, command, words)
    replaced = settle(desk, command.ref, outcome, caller=caller)
    with desk.work.begin() as tx:
        attention.settle_for(tx, command.ref.value, by=caller.user_id, settlement=words, at=desk.clock.now())
    if replaced is not None:
        cancelling.carry_out(desk, replaced, caller)
    with desk.work.read() as tx:
        settled = bookings.view(tx, command.ref)
    if settled is None:
        raise RuntimeError("a booking vanished")
    return settled


def _said_of_absent(desk: Desk, tx: Tx, row: BookingRow, command: SettleByHand, caller: Caller) -> BookingView:
    """The host no longer shows a booking, and somebody rang them: it stands all the same, or it does not."""
    words = f"{caller.name}: {command.why.strip()}"
    now = desk.clock.now()
    if command.was_booked:
        row.appointment_id = command.appointment_id.strip() or BY_PHONE
        bookings.note(tx, row, row.state, caller=caller, at=now, words=words, act=heeding.CHANGED)
        heeding.stands_after_all(desk, tx, row)
        attention.settle_kinds(tx, row.ref, [attention.NOT_AT_HOST], by=caller.user_id, settlement=words, at=now)
    else:
        heeding.said_gone(desk, tx, row, words, caller=caller)
    tx.flush()
    found = bookings.view(tx, BookingRef(row.ref))
    if found is None:
        raise RuntimeError("a booking vanished")
    return found


def _said(row: BookingRow, command: SettleByHand, words: str) -> Outcome:
    if row.state == BookingState.CANCELLING.value:
        return NotCancelled(words) if command.was_booked else Cancelled("", words)
    if not command.was_booked:
        return Declined("settled-by-person", words)
    appointment_id = command.appointment_id.strip() or row.appointment_id or BY_PHONE
    return Booked(Receipt(OdsCode(row.host_ods), appointment_id), words)


def _take_due(desk: Desk, limit: int, *, ref: BookingRef | None = None) -> list[BookingRef]:
    now = desk.clock.now()
    due = and_(
        BookingRow.next_look_at <= now,
        or_(BookingRow.lease_until.is_(None), BookingRow.lease_until < now),
    )
    with desk.work.begin() as tx:
        query = select(BookingRow.ref).where(due).order_by(BookingRow.next_look_at).limit(limit)
        if ref is not None:
            query = query.where(BookingRow.ref == ref.value)
        refs = list(tx.scalars(query.with_for_update(skip_locked=True)))
        tx.execute(update(BookingRow).where(BookingRow.ref.in_(refs)).values(lease_until=now + desk.settings.lease))
    return [BookingRef(found) for found in refs]


def _resolve_leased(desk: Desk, ref: BookingRef) -> None:
    with desk.work.read() as tx:
        row = tx.get_one(BookingRow, ref.value)
        deal, state = onbehalf.deal(tx, row), row.state
        host_name, started = str(row.facts["host_name"]), _started(row, desk.clock.now())
    if state == BookingState.CANCELLING.value:
        cancelling.carry_out(desk, ref, deal.caller)
    elif state not in _LOOKED_FOR:
        _nothing_to_look_for(desk, ref)
    elif started:
        settle(desk, ref, Unanswered(f"{host_name} cannot show past appointments"), caller=deal.caller)
    else:
        replaced = settle(desk, ref, _look(desk, deal, host_name), caller=deal.caller)
        if replaced is not None:
            cancelling.carry_out(desk, replaced, deal.caller)


def _look(desk: Desk, deal: Deal, host_name: str) -> Outcome:
    try:
        system = desk.connect(onbehalf.permit(desk, deal, finding_out=True))
    except Fault as fault:  # no connection is set up any more
        return Unanswered(fault.words)
    return asking.look(system, deal.request, host_name)


def _nothing_to_look_for(desk: Desk, ref: BookingRef) -> None:
    with desk.work.begin() as tx:
        tx.execute(update(BookingRow).where(BookingRow.ref == ref.value).values(next_look_at=None, lease_until=None))


def _started(row: BookingRow, now: datetime) -> bool:
    return row.start_at <= now
