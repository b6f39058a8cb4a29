"""What the worker does and when: doorways to verbs, nothing else. Task arguments are ids, because they are logged."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hub.worker import Chore, Errand, stopping
from scheduling import drift, following, pairs, reporting, resolving, syncing, tidying
from scheduling.desk import Desk
from storage.jobs import defer
from storage.work import Tx
from vocabulary.identifiers import BookingRef

BOOKINGS, SYNC, HOUSEKEEPING = "bookings", "sync", "housekeeping"
RESOLVE = "resolve"

# A run takes few and comes back for more, so that its lane is never long behind one slow host.
_SWEEP_AT_ONCE, _SWEEP_LANES = 5, 3
_SYNC_AT_ONCE, _SYNC_LANES = 24, 2
_ROUNDS = 20


def wake(tx: Tx, ref: BookingRef, at: datetime) -> None:
    """Desk.wake: look at this booking then, deferred in the verb's own transaction. The sweep finds it anyhow."""
    once = f"{RESOLVE} {ref.value} {at:%Y-%m-%dT%H:%M:%S}"
    defer(tx, RESOLVE, queue=BOOKINGS, at=at, once=once, ref=ref.value)


def chores(desk: Desk, *, tidy: Sequence[Callable[[], object]]) -> tuple[Chore, ...]:
    """The timetable. `tidy` are the clean-ups of other rooms' tables that the wiring knows of."""
    return (
        Chore("sweep", "* * * * * */15", BOOKINGS, lambda: _sweep(desk), lanes=_SWEEP_LANES),
        Chore("sync", "* * * * * */5", SYNC, lambda: _sync(desk), lanes=_SYNC_LANES),
        Chore("report", "* * * * * */10", BOOKINGS, lambda: reporting.report_due(desk)),
        Chore("follow", "* * * * *", SYNC, lambda: following.follow_due(desk)),
        Chore("plan", "* * * * *", SYNC, lambda: pairs.plan(desk)),
        Chore("tidy", "40 * * * *", HOUSEKEEPING, lambda: _tidy(desk, tidy)),
        Chore("drift", "30 2 * * *", HOUSEKEEPING, lambda: drift.check_all(desk)),
    )


def errands(desk: Desk) -> tuple[Errand, ...]:
    """What verbs defer."""
    return (Errand(RESOLVE, lambda ref: resolving.resolve(desk, BookingRef.parse(ref))),)


def _sweep(desk: Desk) -> None:
    for _ in range(_ROUNDS):
        if resolving.sweep(desk, limit=_SWEEP_AT_ONCE) < _SWEEP_AT_ONCE or stopping():
            return


def _sync(desk: Desk) -> None:
    for _ in range(_ROUNDS):
        if syncing.sync_due(desk, limit=_SYNC_AT_ONCE) < _SYNC_AT_ONCE or stopping():
            return


def _tidy(desk: Desk, others: Sequence[Callable[[], object]]) -> None:
    tidying.tidy(desk)
    for clean_up in others:
        clean_up()
