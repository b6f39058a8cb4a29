"""Sync: ask hosts what each practice may book, a stretch at a time, and keep the pool as they answered."""

import random
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, and_, or_, select, tuple_, update

from connectors.faults import Fault
from practices import directory
from scheduling import pairs, seeing
from scheduling.desk import Desk
from scheduling.models import PoolAskRow
from scheduling.pairs import background
from scheduling.seeing import Observation
from sharing_agreements.gate import Permit
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.slots import Slot
from vocabulary.times import Window

_LONGEST_PAUSE = timedelta(minutes=15)
_FIRST_PAUSE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of the timetable."""

    host: OdsCode
    booking_practice: OdsCode
    stretch: str


def sync_due(desk: Desk, *, limit: int = 50, at_once: int = 8) -> int:
    """Ask what is due, several hosts at once; how many asks were made. Any number of workers may run it."""
    asks = _take_due(desk, limit)
    if not asks:
        return 0
    callers = _callers(desk, asks)
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="sync") as pool:
        list(pool.map(lambda ask: _ask(desk, ask, callers[ask.booking_practice]), asks))
    return len(asks)


def sync_one(desk: Desk, host: OdsCode, booking_practice: OdsCode, stretch: str) -> bool:
    """Ask one host on behalf of one practice now; True when it answered."""
    ask = Ask(host, booking_practice, stretch)
    return _ask(desk, ask, _callers(desk, [ask])[booking_practice])


def look_at(desk: Desk, permit: Permit, window: Window) -> bool:
    """Re-read one window for the practice permitted, after a cancellation say; True when the host answered."""
    sent_at = desk.clock.now()
    if window.end <= sent_at:
        return False
    try:
        slots = desk.connect(permit).free_slots(window)
    except Fault:
        return False
    with desk.work.begin() as tx:
        seen = Observation(permit.host, permit.caller.practice, window, sent_at, slots, look=True)
        return seeing.write(tx, seen)


def stretch_window(desk: Desk, stretch: str, now: datetime) -> Window:
    """The part of the future a stretch covers: near is the next 72 hours, far the rest up to the horizon."""
    near_end = now + desk.settings.near
    return Window(now, near_end) if stretch == "near" else Window(near_end, now + desk.settings.horizon)


def _take_due(desk: Desk, limit: int) -> list[Ask]:
    row, now = PoolAskRow, desk.clock.now()
    due = and_(row.next_at <= now, or_(row.lease_until.is_(None), row.lease_until < now))
    with desk.work.begin() as tx:
        query = (
            select(row.host_ods, row.booking_ods, row.stretch)
            .where(due)
            .order_by(row.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        keys = [tuple(found) for found in tx.execute(query)]
        if keys:
            key = tuple_(row.host_ods, row.booking_ods, row.stretch)
            tx.execute(update(row).where(key.in_(keys)).values(lease_until=now + desk.settings.lease))
    return [Ask(OdsCode(host), OdsCode(booker), stretch) for host, booker, stretch in keys]


def _callers(desk: Desk, asks: Sequence[Ask]) -> dict[OdsCode, Caller]:
    trace_id = uuid.uuid4().hex
    with desk.work.read() as tx:
        found = directory.practices(tx, {ask.booking_practice for ask in asks})
    return {practice.ods: background(practice, trace_id=trace_id) for practice in found}


def _ask(desk: Desk, ask: Ask, caller: Caller) -> bool:
    permit = _permitted(desk, ask, caller)
    if permit is None:
        return False
    sent_at = desk.clock.now()
    window = stretch_window(desk, ask.stretch, sent_at)
    try:
        slots = desk.connect(permit).free_slots(window)
    except Fault as fault:
        _note_failure(desk, ask, fault, sent_at)
        return False
    _note_answer(desk, ask, window, slots, sent_at)
    return True


def _permitted(desk: Desk, ask: Ask, caller: Caller) -> Permit | None:
    """Decided anew at each ask: a pair that is refused now is closed here, without waiting for the next plan."""
    with desk.work.begin() as tx:
        permit = desk.gate.for_timetable(tx, caller, ask.host)
        if permit is None:
            pairs.close(desk, tx, ask.host, caller)
    return permit


def _note_answer(desk: Desk, ask: Ask, window: Window, slots: tuple[Slot, ...], sent_at: datetime) -> None:
    every = desk.settings.near_every if ask.stretch == "near" else desk.settings.far_every
    with desk.work.begin() as tx:
        now = desk.clock.now()
        if not seeing.write(tx, Observation(ask.host, ask.booking_practice, window, sent_at, slots)):
            return
        tx.execute(
            _the_row(ask)
            .where(or_(PoolAskRow.asked_at.is_(None), PoolAskRow.asked_at <= sent_at))
            .values(
                asked_at=sent_at,
                window_start=window.start,
                window_end=window.end,
                slots_seen=len(slots),
                failures=0,
                failure="",
                lease_until=None,
                next_at=sent_at + every * random.uniform(0.8, 0.95),  # noqa: S311 - jitter, not a secret
                took_ms=int((now - sent_at).total_seconds() * 1000),
            )
        )


def _note_failure(desk: Desk, ask: Ask, fault: Fault, sent_at: datetime) -> None:
    """A failed or unreadable answer removes nothing; ask again later, ever less often."""
    with desk.work.begin() as tx:
        failures = tx.scalar(
            _the_row(ask)
            .values(failures=PoolAskRow.failures + 1, failed_at=sent_at, failure=fault.in_full, lease_until=None)
            .returning(PoolAskRow.failures)
        )
        pause = min(_FIRST_PAUSE * 2 ** min(failures or 1, 10), _LONGEST_PAUSE)
        tx.execute(_the_row(ask).values(next_at=sent_at + pause * random.uniform(0.8, 1.2)))  # noqa: S311 - jitter


def _the_row(ask: Ask) -> Update:
    row = PoolAskRow
    return update(row).where(
        row.host_ods == ask.host.value,
        row.booking_ods == ask.booking_practice.value,
        row.stretch == ask.stretch,
    )
