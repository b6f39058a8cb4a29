"""Sealing: each event of the ledger gets its place in the chain of the practice it was done for, within a second.

One pass at a time takes the events that can no longer change their order: those of transactions below the lowest one
still open. So a transaction left open anywhere in the database server delays sealing, and nothing ever forks: the
primary key of `ledger_seal` has room for one event in each place. The application role may only add here.

Controller: as for `ledger_event`. Names patients: no (hashes and numbers). Retention: with the events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import AnyRow, Base
from storage.chain import NOTHING_BEFORE, PLAIN, VEILED, link, write_down
from storage.work import Tx, Work
from vocabulary.times import Clock

AT_ONCE = 2000
LATE_AFTER = timedelta(seconds=5)
_AT_FIRST = 20_000  # a pass over everything costs more, so it takes more
_LOOKED_THROUGH = 1000


class SealRow(Base):
    """An event's place in a chain."""

    __tablename__ = "ledger_seal"
    __table_args__ = (Index(None, "event_id", unique=True),)

    practice: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int]
    sealed_at: Mapped[datetime]
    link: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a practice's chain stands."""

    practice: str
    sequence: int
    link: bytes
    sealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be sealed. `count` stops at 1,000."""

    count: int
    seconds: float  # the age of the oldest
    held_up: bool  # its order may still change: some transaction has been open since before

    @property
    def late(self) -> bool:
        """Sealing is not keeping up."""
        return self.seconds > LATE_AFTER.total_seconds()


class Sealer:
    """Seals, pass by pass; remembers how far back it need not look any more."""

    def __init__(self, work: Work, clock: Clock, *, at_once: int = AT_ONCE) -> None:
        self._work = work
        self._clock = clock
        self.at_once = at_once
        self._mark = ""  # every event of a transaction below this one is sealed; empty: look at all of them

    def seal(self) -> int | None:
        """One pass; how many events were sealed. None when another process is at it just now.

        The first pass, and the one after anything went wrong, looks through the whole ledger: after a restore into
        another server, transactions' numbers begin again, and what an earlier mark says means nothing there.
        """
        mark, self._mark = self._mark, ""
        with self._work.begin() as tx:
            if not lock(tx):
                self._mark = mark
                return None
            horizon = tx.scalars(_HORIZON).one()
            limit = self.at_once if mark else max(self.at_once, _AT_FIRST)
            known = {"horizon": horizon, "limit": limit, **({"mark": mark} if mark else {})}
            rows = tx.connection().execute(_READY if mark else _READY_OF_ALL, known).all()
            if rows:
                _seal(tx, rows, at=self._clock.now())
        all_of_them = len(rows) < limit
        self._mark = horizon if all_of_them else mark and rows[-1].xid
        return len(rows)


def lock(tx: Tx) -> bool:
    """Whether this transaction, and no other, may add to the chains and the roots until it ends."""
    return bool(tx.scalars(_LOCKING).one())


def wait_for_lock(tx: Tx) -> None:
    """The same, once whoever is at it has ended."""
    tx.execute(_WAITING_FOR_LOCK)


def heads(tx: Tx, practices: Sequence[str] = ()) -> dict[str, Head]:
    """Where the chains of these practices stand (of all, when none is named)."""
    found = tx.execute(_HEADS_OF if practices else _HEADS, {"practices": list(practices)} if practices else {})
    return {row.practice: Head(row.practice, row.sequence, bytes(row.link), row.sealed_at) for row in found}


def backlog(tx: Tx, now: datetime) -> Backlog:
    """How much waits to be sealed, and since when: the newest thousand events are looked at."""
    row = tx.execute(_WAITING, {"limit": _LOOKED_THROUGH}).one()
    oldest = row.oldest
    if row.waiting == _LOOKED_THROUGH:  # and more before them: what was sealed last is older than what waits
        oldest = tx.scalars(_LAST_SEALED).one_or_none() or oldest
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return Backlog(row.waiting, age, bool(row.held_up))


def _seal(tx: Tx, rows: Sequence[AnyRow], *, at: datetime) -> None:
    standing = heads(tx, sorted({row.acting_for for row in rows}))
    made: list[tuple[str, int, int, datetime, bytes]] = []
    for row in rows:
        head = standing.get(row.acting_for) or Head(row.acting_for, 0, NOTHING_BEFORE)
        sealed_at = max(at, head.sealed_at or at)  # a clock that was set back does not set a chain back
        new = replace(head, sequence=head.sequence + 1, sealed_at=sealed_at)
        linked = link(
            write_down(row), practice=new.practice, sequence=new.sequence, sealed_at=sealed_at, previous=head.link
        )
        standing[row.acting_for] = replace(new, link=linked)
        made.append((new.practice, new.sequence, row.id, sealed_at, linked))
    practices, sequences, ids, times, links = (list(column) for column in zip(*made, strict=True))
    tx.execute(_SEALING, {"practices": practices, "sequences": sequences, "ids": ids, "times": times, "links": links})


_LOCKING = text("SELECT pg_try_advisory_xact_lock(hashtextextended('ledger', 5))")
_WAITING_FOR_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('ledger', 5))")
_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
_EVENT = ", ".join(f"event.{name}" for name in ("id", "at", "salt", *PLAIN, *VEILED))
# A row that is seen although its transaction's number is yet to come was restored from another server.
_READY_OF_ALL = text(
    f"SELECT {_EVENT}, event.xid::text AS xid FROM ledger_event AS event "  # noqa: S608 - our own column names
    "WHERE (event.xid < CAST(:horizon AS xid8) OR event.xid >= pg_snapshot_xmax(pg_current_snapshot())) "
    "AND NOT EXISTS (SELECT FROM ledger_seal WHERE event_id = event.id) "
    "ORDER BY event.xid < CAST(:horizon AS xid8), event.xid, event.id LIMIT :limit"
)
_READY = text(
    f"SELECT {_EVENT}, event.xid::text AS xid FROM ledger_event AS event "  # noqa: S608 - our own column names
    "WHERE event.xid >= CAST(:mark AS xid8) AND event.xid < CAST(:horizon AS xid8) "
    "AND NOT EXISTS (SELECT FROM ledger_seal WHERE event_id = event.id) "
    "ORDER BY event.xid, event.id LIMIT :limit"
)
_HEADS = text(
    "SELECT DISTINCT ON (practice) practice, sequence, link, sealed_at FROM ledger_seal "
    "ORDER BY practice, sequence DESC"
)
_HEADS_OF = text(
    "SELECT head.practice, head.sequence, head.link, head.sealed_at FROM unnest(CAST(:practices AS text[])) AS named "
    "CROSS JOIN LATERAL (SELECT * FROM ledger_seal WHERE practice = named ORDER BY sequence DESC LIMIT 1) AS head"
)
_SEALING = text(
    "INSERT INTO ledger_seal (practice, sequence, event_id, sealed_at, link) SELECT * FROM unnest("
    "CAST(:practices AS text[]), CAST(:sequences AS bigint[]), CAST(:ids AS bigint[]), "
    "CAST(:times AS timestamptz[]), CAST(:links AS bytea[]))"
)
_WAITING = text(
    "SELECT count(*) AS waiting, min(at) AS oldest, "
    "bool_or(xid >= pg_snapshot_xmin(pg_current_snapshot()) AND xid < pg_snapshot_xmax(pg_current_snapshot())) "
    "AS held_up FROM (SELECT id, at, xid FROM ledger_event ORDER BY id DESC LIMIT :limit) AS recent "
    "WHERE NOT EXISTS (SELECT FROM ledger_seal WHERE event_id = recent.id)"
)
_LAST_SEALED = text("SELECT at FROM ledger_event WHERE id = (SELECT max(event_id) FROM ledger_seal)")
