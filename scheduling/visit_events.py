"""What was said about visits, as it is kept, and the booking's own state, which follows it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from scheduling import bookings, lifecycle
from scheduling.models import BookingRow, VisitEventRow
from scheduling.visit_rules import BOOKING_STATES, VisitEvent
from storage.base import among
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.people import Caller
from vocabulary.visits import CallOutcome, VisitStatus

OWN_SYSTEM = "Your own system"  # whose word it is, to those who work at the host


def read(tx: Tx, refs: Collection[str]) -> dict[str, list[VisitEvent]]:
    """Everything said about each of these bookings' visits, in the order in which it was said."""
    found: dict[str, list[VisitEvent]] = defaultdict(list)
    query = select(VisitEventRow).where(among(VisitEventRow.ref, refs)).order_by(VisitEventRow.id)
    for row in tx.scalars(query) if refs else ():
        found[row.ref].append(
            VisitEvent(
                id=row.id,
                at=row.at,
                by=row.by_user,
                by_name=row.by_name,
                status=VisitStatus(row.status) if row.status else None,
                call=CallOutcome(row.call) if row.call else None,
                in_person=row.in_person,
                undoes=row.undoes,
                there_at=row.there_at,
            )
        )
    return found


def say_there(tx: Tx, ref: str, status: VisitStatus, *, said_at: datetime, at: datetime) -> None:
    """Keep what was said in the host's own system: by whom, only they know."""
    said = {"ref": ref, "at": at, "there_at": said_at, "status": status.value, "by_user": "", "by_name": OWN_SYSTEM}
    tx.execute(insert(VisitEventRow).values(**said))


def follow(
    tx: Tx,
    row: BookingRow,
    status: VisitStatus,
    *,
    caller: Caller,
    by: str,
    at: datetime,
    words: str,
    act: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """The booking follows its visit, with one line of history and one ledger event. From one end of a visit to another
    it goes through booked, as if the first had been taken back. `by` is who cancelled, if that is what was said."""
    before, after = BookingState(row.state), BOOKING_STATES.get(status, BookingState.BOOKED)
    steps = {(before, after)} if lifecycle.allowed(before, after) else {(before, _MIDDLE), (_MIDDLE, after)}
    if not all(one is two or lifecycle.allowed(one, two) for one, two in steps):
        raise RuntimeError(f"no way from {before} to {after}")
    if after is BookingState.CANCELLED:
        row.cancel_reason, row.cancel_by, row.cancel_by_name = CancellationReason.LATE.value, caller.user_id, by
        row.cancel_asked_at = row.settled_at = at
    elif before is BookingState.CANCELLED:
        row.cancel_reason = row.cancel_by = row.cancel_by_name = ""
        row.cancel_asked_at, row.settled_at = None, at
    row.state = after.value
    bookings.note(tx, row, before.value, caller=caller, at=at, words=words, act=act, detail=detail)


_MIDDLE = BookingState.BOOKED
