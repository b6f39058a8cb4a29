"""Tidy the pool: past slots that no booking needs, and holds that came to nothing. What is under a legal hold stays."""

from datetime import timedelta

from sqlalchemy import delete, exists, select

from scheduling.desk import Desk
from scheduling.models import BookingRow, ClinicSessionRow, SlotClaimRow, SlotRow
from storage.holds import not_held

KEPT_FOR = timedelta(days=1)
_AT_ONCE = 2000  # rows a transaction: a tidying up must not stand in a booking's way


def tidy(desk: Desk) -> int:
    """Delete what nobody needs any more; how many slots went. Bookings, their claims and their slots stay."""
    before = desk.clock.now() - KEPT_FOR
    came_to_nothing = (
        select(SlotClaimRow.id)
        .where(
            SlotClaimRow.expires_at < before,
            ~exists().where(BookingRow.ref == SlotClaimRow.ref),
            not_held(SlotClaimRow.host_ods, SlotClaimRow.booking_ods),
        )
        .limit(_AT_ONCE)
    )
    unneeded = (
        select(SlotRow.id)
        .where(SlotRow.end_at < before, ~exists().where(SlotClaimRow.slot_id == SlotRow.id))
        .order_by(SlotRow.id)
        .limit(_AT_ONCE)
    )
    total = 0
    while True:
        with desk.work.begin() as tx:
            tx.execute(delete(SlotClaimRow).where(SlotClaimRow.id.in_(came_to_nothing)))
            gone = tx.execute(
                delete(SlotRow).where(SlotRow.id.in_(unneeded)).returning(SlotRow.id, SlotRow.clinic_session_id)
            ).all()
            sessions = {session_id for _, session_id in gone}
            still_used = exists().where(SlotRow.clinic_session_id == ClinicSessionRow.id)
            tx.execute(delete(ClinicSessionRow).where(ClinicSessionRow.id.in_(sessions), ~still_used))
        total += len(gone)
        if len(gone) < _AT_ONCE:
            return total
