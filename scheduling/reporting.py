"""Report: tell a host's own system where its patients are, where it has a place for that.

The state is the queue: a row says which of what was said the host has not heard yet, and a sweep tells it, as things
stand then. Whoever says something about a visit waits for none of it.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from connectors.faults import Fault, Refused, Unsupported
from connectors.port import Capability, HearsOfVisits
from practices.models import PracticeRow
from scheduling import visit_events
from scheduling.desk import Desk
from scheduling.models import BookingRow, VisitReportRow
from scheduling.visit_rules import VisitEvent, visit_of
from storage.base import among
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import Receipt
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope
from vocabulary.visits import VisitStatus


@dataclass(frozen=True, slots=True)
class VisitReport:
    """How far the host's own system knows where a visit stands."""

    heard: bool  # what was said last
    at: datetime  # since when it knows, or since when it should
    failure: str = ""  # why it does not, in plain words
    given_up: bool = False  # it will not be told again: somebody has to


@dataclass(frozen=True, slots=True)
class _News:
    """What one host has to be told of one visit, as it stands now."""

    ref: BookingRef
    receipt: Receipt
    nhs_number: NHSNumber
    status: VisitStatus
    event: int
    at: datetime
    starts: datetime
    caller: Caller


def hears(desk: Desk, caller: Caller) -> bool:
    """Whether the caller's own system has a place for where patients are; nothing is asked of it."""
    return Capability.REPORT_STATUS in desk.able(caller.practice, caller)


def want(tx: Tx, ref: str, event: int, *, at: datetime) -> None:
    """The host has to hear of this, and of nothing that was said before it."""
    news = {"wanted_event": event, "wanted_at": at, "next_at": at, "failures": 0, "failure": ""}
    statement = insert(VisitReportRow).values(ref=ref, **news)
    tx.execute(statement.on_conflict_do_update(index_elements=["ref"], set_=news))


def overtaken(tx: Tx, ref: str) -> None:
    """The host's own staff have said something since: what was waiting to be told is older, so is not told any more."""
    said = _of([ref]).where(VisitReportRow.told_event < VisitReportRow.wanted_event)
    tx.execute(said.values(told_event=VisitReportRow.wanted_event, failures=0, failure=""))


def reports(tx: Tx, refs: Collection[str]) -> dict[str, VisitReport]:
    """How far the hosts know, for those of which they have to be told."""
    rows = tx.scalars(select(VisitReportRow).where(among(VisitReportRow.ref, refs))) if refs else ()
    return {row.ref: _report(row) for row in rows}


def report_due(desk: Desk, *, limit: int = 40, at_once: int = 8) -> int:
    """Tell hosts what they have not heard, several at once; how many visits they heard of."""
    by_host: dict[OdsCode, list[_News]] = defaultdict(list)
    for news in _take_due(desk, limit):
        by_host[news.receipt.host].append(news)
    if not by_host:
        return 0
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="report") as pool:
        return sum(pool.map(lambda told: _tell_host(desk, told), by_host.values()))


def _report(row: VisitReportRow) -> VisitReport:
    if row.told_event >= row.wanted_event:
        return VisitReport(heard=True, at=row.told_at or row.wanted_at)
    return VisitReport(heard=False, at=row.wanted_at, failure=row.failure, given_up=row.next_at is None)


def _take_due(desk: Desk, limit: int) -> list[_News]:
    now, row = desk.clock.now(), VisitReportRow
    due = (
        select(row.ref)
        .where(
            row.told_event < row.wanted_event,
            row.next_at <= now,
            or_(row.lease_until.is_(None), row.lease_until < now),
        )
        .order_by(row.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with desk.work.begin() as tx:
        refs = list(tx.scalars(due))
        tx.execute(_of(refs).values(lease_until=now + desk.settings.lease))
        said = visit_events.read(tx, refs)
        query = select(BookingRow, PracticeRow).join(PracticeRow, PracticeRow.ods == BookingRow.host_ods)
        found = tx.execute(query.where(among(BookingRow.ref, refs)).order_by(BookingRow.start_at)).all()
        trace_id = uuid.uuid4().hex
        return [_news(booking, host, said[booking.ref], trace_id) for booking, host in found]


def _news(row: BookingRow, host: PracticeRow, said: Sequence[VisitEvent], trace_id: str) -> _News:
    last = said[-1]
    caller = Caller(
        user_id=last.by,
        name=last.by_name,
        role=UserRole.SYSTEM,
        practice=OdsCode(host.ods),
        practice_name=host.name,
        practice_phone=host.phone,
        trace_id=trace_id,
        via="job",
    )
    receipt = Receipt(OdsCode(row.host_ods), row.appointment_id, row.appointment_version)
    status = visit_of(said).status
    return _News(
        BookingRef(row.ref), receipt, NHSNumber(row.nhs_number), status, last.id, last.at, row.start_at, caller
    )


def _tell_host(desk: Desk, told: Sequence[_News]) -> int:
    """One host's news one after the other; when it turns out to be away, no more of it."""
    heard = 0
    for number, news in enumerate(told):
        fault = _tell(desk, news)
        if fault is None:
            heard += 1
        elif isinstance(fault, Refused | Unsupported):
            _give_up(desk, news, fault)
        else:
            _put_off(desk, told[number:], fault)
            break
    return heard


def _tell(desk: Desk, news: _News) -> Fault | None:
    permit = desk.gate.permit(
        news.caller, news.receipt.host, Scope.BOOK, nhs_number=news.nhs_number, booking_ref=news.ref.value
    )
    try:
        system = desk.connect(permit)
        if not isinstance(system, HearsOfVisits):
            raise Unsupported("The practice's system has no place for it.", detail="no hearing of visits")
        system.report_status(news.receipt, news.status, at=news.at)
    except Fault as fault:
        return fault
    with desk.work.begin() as tx:
        now = desk.clock.now()
        heard = _of([news.ref.value]).where(VisitReportRow.told_event < news.event)
        tx.execute(heard.values(told_event=news.event, told_at=now, failures=0, failure="", lease_until=None))
        event = LedgerEvent(
            "visit.reported",
            host=news.receipt.host,
            nhs_number=news.nhs_number,
            booking_ref=news.ref.value,
            purpose="direct-care",
            detail={"status": news.status.value},
        )
        record(tx, event, caller=news.caller, at=now)
    return None


def _give_up(desk: Desk, news: _News, fault: Fault) -> None:
    """The host will not have it. What is said next is told anew."""
    unchanged = VisitReportRow.wanted_event == news.event
    with desk.work.begin() as tx:
        tx.execute(_of([news.ref.value]).values(lease_until=None))
        tx.execute(_of([news.ref.value]).where(unchanged).values(next_at=None, failure=fault.in_full))


def _put_off(desk: Desk, told: Sequence[_News], fault: Fault) -> None:
    """Later, ever less often, for as long as a visit may be spoken of."""
    now, pauses = desk.clock.now(), desk.settings.report_pauses
    with desk.work.begin() as tx:
        for news in told:
            row = tx.get_one(VisitReportRow, news.ref.value, with_for_update=True)
            again = now + pauses[min(row.failures, len(pauses) - 1)]
            row.lease_until, row.failure, row.failures = None, fault.words, row.failures + 1
            row.next_at = again if again < news.starts + desk.settings.visits.closes else None


def _of(refs: Sequence[str]) -> Update:
    return update(VisitReportRow).where(VisitReportRow.ref.in_(refs))
