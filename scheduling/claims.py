"""Claims: the hub's exclusive intent on a host's slot, by one partial unique index; a hold is a claim that expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from scheduling.models import SlotClaimRow
from storage.base import AnyRow
from storage.work import Tx
from vocabulary.identifiers import BookingRef, OdsCode

LIVE = SlotClaimRow.released_at.is_(None)


def blocks(now: datetime) -> Any:
    """A claim that keeps others out now: a booking's, or a hold that has not run out, of a slot that is not over.

    Without the last condition a year of bookings would make every search thirty times slower (docs/benchmarks.md).
    """
    in_time = or_(SlotClaimRow.expires_at.is_(None), SlotClaimRow.expires_at > now)
    return and_(LIVE, SlotClaimRow.slot_ends_at > now, in_time)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims, under which reference."""

    ref: BookingRef
    holder_id: str
    booking_practice: OdsCode


def take(tx: Tx, claimant: Claimant, slots: Sequence[AnyRow], *, now: datetime, expires_at: datetime | None) -> bool:
    """Claim these slots, overtaking holds that ran out; True only when all were won (else the caller rolls back).

    One statement a slot, in the fixed order of (host, slot), so that two claimants of the same slots never deadlock.
    """
    for slot in sorted(slots, key=lambda s: (s.host_ods, s.host_slot_id)):
        values = {
            "host_ods": slot.host_ods,
            "host_slot_id": slot.host_slot_id,
            "slot_id": slot.id,
            "slot_ends_at": slot.end_at,
            "ref": claimant.ref.value,
            "holder_id": claimant.holder_id,
            "booking_ods": claimant.booking_practice.value,
            "parts": len(slots),
            "taken_at": now,
            "expires_at": expires_at,
            "seen_free_at": None,
        }
        if tx.connection().execute(_TAKING, values).one_or_none() is None:
            return False
    return True


def _taking() -> ReturningInsert[int]:
    statement = insert(SlotClaimRow)
    new = statement.excluded
    fixed = ("id", "host_ods", "host_slot_id", "released_at")
    changing = [column.name for column in SlotClaimRow.__table__.columns if column.name not in fixed]
    return statement.on_conflict_do_update(
        index_elements=["host_ods", "host_slot_id"],
        index_where=LIVE,
        set_={name: new[name] for name in changing},
        where=SlotClaimRow.expires_at <= new.taken_at,
    ).returning(SlotClaimRow.id)


# Statements are made once: a booking asks a dozen of these, and making one takes about as long as running it.
_TAKING = _taking()
_HELD = (
    select(
        SlotClaimRow.id,
        SlotClaimRow.slot_id,
        SlotClaimRow.parts,
        SlotClaimRow.holder_id,
        SlotClaimRow.booking_ods,
        SlotClaimRow.taken_at,
        SlotClaimRow.expires_at,
        SlotClaimRow.seen_free_at,
    )
    .where(LIVE, SlotClaimRow.ref == bindparam("held"))
    .order_by(SlotClaimRow.id)
)
_HELD_LOCKED = _HELD.with_for_update()
_OF_REF = update(SlotClaimRow).where(LIVE, SlotClaimRow.ref == bindparam("held"))
_CONFIRMING = _OF_REF.values(expires_at=None)
_SEEN_FREE = _OF_REF.values(seen_free_at=bindparam("at"))
_RUNNING = (LIVE, SlotClaimRow.holder_id == bindparam("holder"), SlotClaimRow.expires_at > bindparam("now"))
_HOLDS = select(func.count(SlotClaimRow.ref.distinct())).where(*_RUNNING)
_HOLDS_THERE = (
    select(SlotClaimRow.ref, func.array_agg(SlotClaimRow.slot_id))
    .where(*_RUNNING, SlotClaimRow.booking_ods == bindparam("practice"))
    .group_by(SlotClaimRow.ref)
)


def held_by(tx: Tx, ref: BookingRef, *, lock: bool = False) -> list[AnyRow]:
    """The live claims under this reference, locked against overtaking when asked; none when any part was overtaken."""
    rows = list(tx.connection().execute(_HELD_LOCKED if lock else _HELD, {"held": ref.value}))
    return rows if rows and len(rows) == rows[0].parts else []


def slot_ids(tx: Tx, ref: BookingRef) -> list[int]:
    """The pool ids of every slot ever claimed under this reference, released ones included."""
    return list(tx.scalars(select(SlotClaimRow.slot_id).where(SlotClaimRow.ref == ref.value).distinct()))


def live_hold_on(
    tx: Tx, holder_id: str, pool_ids: Sequence[int], *, booking_practice: OdsCode, now: datetime
) -> BookingRef | None:
    """The caller's own running hold on exactly these slots, if any: taking it again is the same hold."""
    mine = {"holder": holder_id, "practice": booking_practice.value, "now": now}
    rows = tx.connection().execute(_HOLDS_THERE, mine)
    wanted = set(pool_ids)
    return next((BookingRef(ref) for ref, ids in rows if set(ids) == wanted), None)


def count_holds(tx: Tx, holder_id: str, *, now: datetime) -> int:
    """How many holds this user has running."""
    return tx.connection().scalar(_HOLDS, {"holder": holder_id, "now": now}) or 0


def confirm(tx: Tx, ref: BookingRef) -> None:
    """The hold becomes the booking's claim: it no longer expires."""
    tx.connection().execute(_CONFIRMING, {"held": ref.value})


def seen_free(tx: Tx, ref: BookingRef, at: datetime) -> None:
    """The host was asked and still had the held slots free."""
    tx.connection().execute(_SEEN_FREE, {"held": ref.value, "at": at})


def release(tx: Tx, ref: BookingRef, *, at: datetime) -> int:
    """Let go of every live claim under this reference; how many there were."""
    released = update(SlotClaimRow).where(LIVE, SlotClaimRow.ref == ref.value).values(released_at=at)
    return len(tx.execute(released.returning(SlotClaimRow.id)).all())
