"""Which booking practice asks which host: decided by the agreements in force, written as the sync's timetable."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from practices import directory
from practices.results import PracticeView
from scheduling.desk import Desk
from scheduling.models import PoolAskRow, SlotSightRow
from sharing_agreements.terms import Decision, Question
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

STRETCHES = ("near", "far")


@dataclass(frozen=True, slots=True)
class PlanChange:
    """How many pairs began and ceased to be asked."""

    opened: int
    closed: int


def plan(desk: Desk) -> PlanChange:
    """Bring the timetable into line with agreements and go-live switches, each change accounted for in the ledger."""
    with desk.work.begin() as tx:
        live = {found.practice.ods: found.practice for found in directory.live_links(tx)}
        wanted = _allowed(desk, tx, live)
        now = desk.clock.now()
        known = {
            (OdsCode(host), OdsCode(booker))
            for host, booker in tx.execute(select(PoolAskRow.host_ods, PoolAskRow.booking_ods).distinct())
        }
        opened, closed = sorted(wanted.keys() - known), sorted(known - wanted.keys())
        _open(desk, tx, opened)
        if closed:
            _close(tx, closed)
        for host, booker in opened:
            made_by = wanted[host, booker]
            _account(tx, "pool.opened", host, background(live[booker], trace_id="plan"), made_by, at=now)
        for host, booker in closed:
            if booker in live:
                _account(tx, "pool.closed", host, background(live[booker], trace_id="plan"), None, at=now)
    return PlanChange(len(opened), len(closed))


def close(desk: Desk, tx: Tx, host: OdsCode, caller: Caller) -> None:
    """Stop asking this host for the caller's practice, and show it nothing of what was seen there, from now on."""
    if _close(tx, [(host, caller.practice)]):
        _account(tx, "pool.closed", host, caller, None, at=desk.clock.now())


def background(practice: PracticeView, *, trace_id: str) -> Caller:
    """The caller of a background ask: the booking practice, and the person who switched pooling on there."""
    return Caller(
        user_id=practice.pooling_by or "UNK",
        name=practice.pooling_by_name or practice.name,
        role=UserRole.SYSTEM,
        practice=practice.ods,
        practice_name=practice.name,
        practice_phone=practice.phone,
        trace_id=trace_id,
        via="job",
    )


def _allowed(desk: Desk, tx: Tx, live: dict[OdsCode, PracticeView]) -> dict[tuple[OdsCode, OdsCode], Decision]:
    """Who may ask whom, as (host, booking practice), and the decision that says so."""
    standing, now = desk.gate.standing(tx), desk.clock.now()
    pairs = {}
    for booker in live:
        named = {booker}.union(*(agreement.parties for agreement in standing.naming(booker)))
        for host in named & live.keys():
            decision = standing.decide(Question(booker, UserRole.SYSTEM, host, Scope.SEE_SLOTS), now)
            if decision.allowed:
                pairs[host, booker] = decision
    return pairs


def _account(tx: Tx, act: str, host: OdsCode, caller: Caller, made_by: Decision | None, *, at: datetime) -> None:
    agreement, clause = (made_by.agreement, made_by.clause) if made_by else ("", "")
    event = LedgerEvent(act, host=host, purpose="direct-care", agreement=agreement, clause=clause)
    record(tx, event, caller=caller, at=at)


def _open(desk: Desk, tx: Tx, pairs: list[tuple[OdsCode, OdsCode]]) -> None:
    if not pairs:
        return
    now = desk.clock.now()
    values = [
        {"host_ods": host.value, "booking_ods": booker.value, "stretch": stretch, "next_at": now}
        for host, booker in pairs
        for stretch in STRETCHES
    ]
    tx.execute(insert(PoolAskRow).values(values).on_conflict_do_nothing())


def _close(tx: Tx, pairs: list[tuple[OdsCode, OdsCode]]) -> bool:
    """Whether any of them was being asked."""
    keys = [(host.value, booker.value) for host, booker in pairs]
    tx.execute(delete(SlotSightRow).where(tuple_(SlotSightRow.host_ods, SlotSightRow.booking_ods).in_(keys)))
    asked = delete(PoolAskRow).where(tuple_(PoolAskRow.host_ods, PoolAskRow.booking_ods).in_(keys))
    return bool(tx.scalars(asked.returning(PoolAskRow.host_ods)).all())
