"""How many of what there are right now, for the metrics: numbers only, nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from scheduling import claims
from scheduling.attention import NOTICES
from scheduling.models import AttentionRow, BookingRow, PoolAskRow, SlotClaimRow
from storage.work import Tx
from vocabulary.appointments import BookingState


@dataclass(frozen=True, slots=True)
class PoolAge:
    """How old the pool's answers for one stretch of time are, in seconds, and how many asks are overdue."""

    oldest_seconds: float
    overdue: int


@dataclass(frozen=True, slots=True)
class Census:
    """The desk in numbers, at one moment."""

    bookings: Mapping[BookingState, int]
    holds: int
    attention: int
    pool: Mapping[str, PoolAge]


def census(tx: Tx, now: datetime) -> Census:
    """Count; four selects whatever the size of the federation."""
    states = dict.fromkeys(BookingState, 0)
    for state, number in tx.execute(select(BookingRow.state, func.count()).group_by(BookingRow.state)):
        states[BookingState(state)] = number
    held = select(func.count()).where(claims.LIVE, SlotClaimRow.expires_at > now)
    waiting = select(func.count()).where(AttentionRow.settled_at.is_(None), AttentionRow.kind.not_in(NOTICES))
    return Census(states, tx.scalar(held) or 0, tx.scalar(waiting) or 0, _pool(tx, now))


def _pool(tx: Tx, now: datetime) -> dict[str, PoolAge]:
    found = tx.execute(
        select(
            PoolAskRow.stretch,
            func.min(PoolAskRow.asked_at),
            func.count().filter(PoolAskRow.next_at < now),
        ).group_by(PoolAskRow.stretch)
    )
    return {
        stretch: PoolAge((now - oldest).total_seconds() if oldest else 0.0, overdue)
        for stretch, oldest, overdue in found
    }
