"""Follow: ask hosts whether what is booked for today and tomorrow still stands there, and heed what they say.

GP Connect tells nobody of a change, so hosts are asked: each booking by the host's own id, in the name of who booked
it, until it begins (what has begun cannot be read any more). A host whose system has a place for where patients are is
asked on, until nothing is said of the visit any more. One that does not answer is left alone for a while and costs the
others nothing.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from connectors.faults import Fault, PatientUnknown, Refused
from connectors.patience import within
from connectors.port import GPSystem
from scheduling import heeding, onbehalf, reporting
from scheduling.desk import Desk
from scheduling.models import BookingRow, HostLookRow
from scheduling.outcomes import BY_PHONE, Seen
from scheduling.visit_rules import SPOKEN_OF
from sharing_agreements.gate import Permit
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import Appointment, BookingState, CancellationReason, Receipt
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import Window, london_date

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
_AFTER_REFUSAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One booking to look at, by whoever took it."""

    ref: BookingRef
    caller: Caller  # who booked it
    receipt: Receipt
    nhs_number: NHSNumber
    agreement: str  # the label of the one it was made under, if any


def follow_due(desk: Desk, *, at_once: int = 8) -> int:
    """Look at what is due, several hosts at once, one call at a time each; how many were answered. Any number of
    workers may run it: each booking is taken by one."""
    by_host: dict[OdsCode, list[_Taken]] = defaultdict(list)
    for one in _take_due(desk):
        by_host[one.receipt.host].append(one)
    if not by_host:
        return 0
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="follow") as pool:
        return sum(pool.map(lambda taken: _ask_host(desk, taken), by_host.values()))


def standing_there(system: GPSystem, receipt: Receipt) -> Appointment | None:
    """What the host holds under this receipt; None when it says that it holds nothing.

    Raises the fault when it did not say: a patient whom it no longer shows (they left, or became restricted) says
    nothing of the appointment.
    """
    try:
        return system.read(receipt)
    except PatientUnknown:
        raise
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def followed_until(now: datetime) -> datetime:
    """The end of tomorrow by the clock on the wall: what begins later is compared at night."""
    today = london_date(now)
    return Window.of_days(today, today + timedelta(days=1)).end


def _take_due(desk: Desk) -> list[_Taken]:
    """Take by lease what is due, what has waited longest first and not all of one host at once."""
    now = desk.clock.now()
    hearing = _hearing(desk, now)
    with desk.work.begin() as tx:
        refs = _lease(
            tx, _due(desk, tx, now, hearing), now=now, until=now + desk.settings.follow_budget + desk.settings.lease
        )
        rows = tx.scalars(select(BookingRow).where(BookingRow.ref.in_(refs)).order_by(BookingRow.start_at)).all()
        trace_id = uuid.uuid4().hex  # this is nobody's doing: not the trace of the booking itself
        taken = [_taken(tx, row, trace_id) for row in rows]
        _account_for_new(tx, taken, now)
    return taken


def _taken(tx: Tx, row: BookingRow, trace_id: str) -> _Taken:
    return _Taken(
        ref=BookingRef(row.ref),
        caller=replace(onbehalf.caller_of(tx, row), trace_id=trace_id),
        receipt=Receipt(OdsCode(row.host_ods), row.appointment_id, row.appointment_version),
        nhs_number=NHSNumber(row.nhs_number),
        agreement=row.agreement,
    )


def _hearing(desk: Desk, now: datetime) -> list[str]:
    """The hosts that see patients now and whose systems have a place for where they are; nothing is asked of them."""
    visits = desk.settings.visits
    around = BookingRow.start_at.between(now - visits.closes, now + visits.opens)
    with desk.work.read() as tx:
        hosts = sorted(tx.scalars(select(BookingRow.host_ods).where(around).distinct()))
    return [host for host in hosts if reporting.hears(desk, _at(OdsCode(host)))]


def _at(host: OdsCode) -> Caller:
    """A job of the host's own, to be told what its system can do."""
    return Caller("", "", UserRole.SYSTEM, host, host.value, trace_id="", via="job")


def _due(desk: Desk, tx: Tx, now: datetime, hearing: Collection[str]) -> list[str]:
    row, look = BookingRow, HostLookRow
    cancelled = row.state == BookingState.CANCELLED.value
    cancelled_there = and_(cancelled, row.cancel_reason == CancellationReason.HOST_CANCELLED.value)
    cancelled_late = and_(cancelled, row.cancel_reason == CancellationReason.LATE.value)
    visited = and_(
        row.host_ods.in_(hearing),
        row.start_at > now - desk.settings.visits.closes,
        or_(row.state.in_([state.value for state in SPOKEN_OF]), cancelled_there, cancelled_late),
    )
    ahead = and_(row.start_at > now, or_(row.state == BookingState.BOOKED.value, cancelled_there))
    waited = (look.next_at.asc().nulls_first(), row.start_at, row.ref)
    turn = func.row_number().over(partition_by=row.host_ods, order_by=waited).label("turn")
    due = (
        select(row.ref, row.start_at, turn)
        .outerjoin(look, look.ref == row.ref)
        .where(
            row.start_at < followed_until(now),
            or_(ahead, visited) if hearing else ahead,
            row.appointment_id != BY_PHONE,
            or_(look.ref.is_(None), _free(now)),
        )
        .subquery()
    )
    query = select(due.c.ref).where(due.c.turn <= desk.settings.follow_at_once).order_by(due.c.start_at)
    return list(tx.scalars(query))


def _free(now: datetime) -> ColumnElement[bool]:
    look = HostLookRow
    return and_(look.next_at <= now, or_(look.lease_until.is_(None), look.lease_until < now))


def _lease(tx: Tx, refs: Sequence[str], *, now: datetime, until: datetime) -> list[str]:
    """Those of them that nobody took meanwhile: one statement, so of two who ask at once only one gets it."""
    if not refs:
        return []
    rows = [{"ref": ref, "next_at": now, "lease_until": until} for ref in sorted(refs)]
    statement = insert(HostLookRow).values(rows)
    taking = statement.on_conflict_do_update(
        index_elements=["ref"], set_={"lease_until": statement.excluded.lease_until}, where=_free(now)
    )
    return list(tx.scalars(taking.returning(HostLookRow.ref)))


def _account_for_new(tx: Tx, taken: Sequence[_Taken], now: datetime) -> None:
    """That a booking begins to be followed is in the ledger once, as is whatever is found; not every look."""
    refs = [one.ref.value for one in taken]
    begun = (
        update(HostLookRow)
        .where(HostLookRow.ref.in_(refs), HostLookRow.followed_since.is_(None))
        .values(followed_since=now)
        .returning(HostLookRow.ref)
    )
    new = set(tx.scalars(begun)) if refs else set()
    for one in taken:
        if one.ref.value in new:
            event = LedgerEvent(
                "booking.followed",
                host=one.receipt.host,
                nhs_number=one.nhs_number,
                booking_ref=one.ref.value,
                purpose="direct-care",
                agreement=one.agreement,
            )
            record(tx, event, caller=one.caller, at=now)


def _ask_host(desk: Desk, taken: Sequence[_Taken]) -> int:
    """One host's bookings, one after the other, within its budget; when it turns out to be away, no more of them."""
    answered = 0
    began = desk.clock.now()
    for number, one in enumerate(taken):
        spent = desk.clock.now() - began
        if spent >= desk.settings.follow_budget:
            _let_go(desk, taken[number:])
            break
        permit = _permitted(desk, one)
        if permit is None:
            continue
        fault = _ask(desk, one, permit, (desk.settings.follow_budget - spent).total_seconds())
        if fault is None:
            answered += 1
        elif not isinstance(fault, Refused):
            _put_off(desk, taken[number:])
            break
        else:  # it answered, and would not say this one
            _put_off(desk, [one])
    return answered


def _ask(desk: Desk, one: _Taken, permit: Permit, seconds: float) -> Fault | None:
    sent_at = desk.clock.now()
    try:
        with within(seconds):
            there = standing_there(desk.connect(permit), one.receipt)
    except Fault as fault:
        return fault
    heeding.heed(desk, one.ref, Seen(there, one.receipt.appointment_id, sent_at), caller=one.caller)
    return None


def _permitted(desk: Desk, one: _Taken) -> Permit | None:
    with desk.work.begin() as tx:
        permit = desk.gate.for_following(
            tx,
            one.caller,
            one.receipt.host,
            nhs_number=one.nhs_number,
            booking_ref=one.ref.value,
            agreement=one.agreement,
        )
        if permit is None:
            again = desk.clock.now() + _AFTER_REFUSAL
            tx.execute(_of([one]).values(lease_until=None, next_at=again))
    return permit


def _put_off(desk: Desk, taken: Sequence[_Taken]) -> None:
    """Ask again later, ever less often. An unanswered look says nothing, so nothing else is written."""
    now = desk.clock.now()
    with desk.work.begin() as tx:
        failures = tx.scalars(
            _of(taken).values(failures=HostLookRow.failures + 1, lease_until=None).returning(HostLookRow.failures)
        ).all()
        pause = min(_FIRST_PAUSE * 2 ** min(max(failures, default=1) - 1, 10), _LONGEST_PAUSE)
        tx.execute(_of(taken).values(next_at=now + pause))


def _let_go(desk: Desk, taken: Sequence[_Taken]) -> None:
    """Not asked after all: the next round begins with them."""
    with desk.work.begin() as tx:
        tx.execute(_of(taken).values(lease_until=None))


def _of(taken: Sequence[_Taken]) -> Update:
    return update(HostLookRow).where(HostLookRow.ref.in_([one.ref.value for one in taken]))
