"""Ledgers for tests: who acts, what they do, sealed and signed."""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, text

from demo.postgres import DatabaseUrls
from storage.exporting import Extent, export
from storage.ledger import LedgerEvent, record
from storage.roots import Root, SigningKey, make_root
from storage.sealing import Sealer
from storage.work import Work
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
FIRST, SECOND = OdsCode("Y90001"), OdsCode("Y90003")
KEY = SigningKey.new()
PATIENT = NHSNumber("9990000018")


class Clock:
    """Goes on by a second with each look at it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def caller(practice: OdsCode = FIRST, *, name: str = "Rita Reception") -> Caller:
    return Caller(
        user_id="rita.reception",
        name=name,
        role=UserRole.RECEPTIONIST,
        practice=practice,
        practice_name=f"Practice {practice}",
        trace_id="trace-1",
        sds_role_profile_id="555043300081",
        authority="Dr Grace Guardian",
        device="192.0.2.7, Firefox on Linux",
        interaction="web.book",
    )


def settle(work: Work, *, until: str = "") -> None:
    """Wait until all transactions that are open now, in other tests' databases too, have ended (or, given a
    transaction's number, all before it): only then can everything written so far be sealed."""
    with work.read() as tx:
        until = until or tx.scalars(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")).one()
    ends = time.monotonic() + 60
    reached = text("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= CAST(:until AS xid8)")
    while True:
        with work.read() as tx:
            if tx.scalars(reached, {"until": until}).one():
                return
        assert time.monotonic() < ends, "some other transaction stays open"
        time.sleep(0.02)


class Ledger:
    """A ledger that is written, sealed and signed step by step."""

    def __init__(self, work: Work, *, at_once: int = 2000) -> None:
        self.work = work
        self.clock = Clock()
        self.sealer = Sealer(work, self.clock, at_once=at_once)

    def write(self, count: int = 1, *, practice: OdsCode = FIRST) -> None:
        for number in range(count):
            refused = number % 3 == 2
            event = LedgerEvent(
                act="permit.book",
                outcome="refused" if refused else "allowed",
                host=SECOND,
                nhs_number=PATIENT,
                booking_ref=f"REF{number}",
                purpose="direct-care",
                agreement="AGR v1",
                clause="3",
                reason="no-grant" if refused else "granted",
                detail={
                    "number": number,
                    "words": "Zoë said “yes”",
                    "miles": 1.5,
                    "more": [True, None, {"b": 1, "a": 2}],
                },
            )
            with self.work.begin() as tx:
                record(tx, event, caller=caller(practice), at=self.clock.now())

    def seal(self, *, settled: bool = True) -> int:
        """Everything that can be."""
        if settled:
            settle(self.work)
        total = 0
        while sealed := self.sealer.seal():
            total += sealed
        return total

    def sign(self, *, key: SigningKey = KEY, next_key: str = "", **more: Any) -> Root:
        with self.work.begin() as tx:
            return make_root(tx, key, day=date(2026, 11, 24), at=self.clock.now(), next_key=next_key, **more)

    def export(
        self,
        practice: OdsCode = FIRST,
        *,
        start: datetime = NOW - timedelta(days=1),
        end: datetime = NOW + timedelta(days=1),
        leave_out: Iterable[str] = (),
    ) -> list[dict[str, Any]]:
        extent = Extent(practice.value, start, end, frozenset(leave_out))
        with self.work.read() as tx:
            return list(export(tx, extent, at=self.clock.now(), practice_name="Practice"))


class Owner:
    """Somebody with the owner's rights: the database lets them change everything."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self.engine: Engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://"))

    def do(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def close(self) -> None:
        self.engine.dispose()
