"""Which booking practice asks which host: decided by the agreements in force, written as the sync's timetable."""

from dataclasses import dataclass

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from practices import directory
from practices.results import PracticeView
from scheduling.desk import Desk
from scheduling.models import PoolAskRow, SlotSightRow
from sharing_agreements.reading import read_terms
from sharing_agreements.terms import Question, decide
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
        known = {
            (OdsCode(host), OdsCode(booker))
            for host, booker in tx.execute(select(PoolAskRow.host_ods, PoolAskRow.booking_ods).distinct())
        }
        opened, closed = sorted(wanted - known), sorted(known - wanted)
        _open(desk, tx, opened)
        _close(tx, closed)
        now = desk.clock.now()
        for act, pairs in (("pool.opened", opened), ("pool.closed", closed)):
            for host, booker in pairs:
                if booker in live:
                    event = LedgerEvent(act, host=host, purpose="direct-care")
                    record(tx, event, caller=background(live[booker], trace_id="plan"), at=now)
    return PlanChange(len(opened), len(closed))


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


def _allowed(desk: Desk, tx: Tx, live: dict[OdsCode, PracticeView]) -> set[tuple[OdsCode, OdsCode]]:
    terms = read_terms(tx, live.keys(), any_of=True)
    now = desk.clock.now()
    pairs = {(ods, ods) for ods in live}
    for agreement in terms:
        members = agreement.parties & live.keys()
        for booker in members:
            for host in members - {booker}:
                question = Question(booker, UserRole.SYSTEM, host, Scope.SEE_SLOTS)
                if decide([agreement], question, now).allowed:
                    pairs.add((host, booker))
    return pairs


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


def _close(tx: Tx, pairs: list[tuple[OdsCode, OdsCode]]) -> None:
    if not pairs:
        return
    keys = [(host.value, booker.value) for host, booker in pairs]
    for table in (PoolAskRow, SlotSightRow):
        tx.execute(delete(table).where(tuple_(table.host_ods, table.booking_ods).in_(keys)))
