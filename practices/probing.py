"""Asking hosts what they are: their capability statement, kept for the page that says how they are connected.

A probe is made in the practice's own name, by whoever switched its pooling on there: it shows nobody's data.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.faults import Fault
from connectors.port import Description, MessageSet
from practices import directory
from practices.models import GPSystemLinkRow, LinkEndpointRow, SystemReportRow
from practices.results import Connection, EndpointView, PracticeView, SystemReport
from storage.work import Tx, Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import Clock

Describe = Callable[[OdsCode, Caller], Description]
"""Asks one host on behalf of a caller; raises any fault."""


def probe_all(work: Work, describe: Describe, *, clock: Clock, trace_id: Callable[[], str]) -> int:
    """Ask every host whose pooling is live; how many answered."""
    with work.read() as tx:
        hosts = [host for host in directory.practices(tx, open_only=True) if host.pooling_live]
    return sum(probe(work, host, describe, clock=clock, trace_id=trace_id()) for host in hosts)


def probe(work: Work, host: PracticeView, describe: Describe, *, clock: Clock, trace_id: str) -> bool:
    """Ask one host and keep what it said, or why it did not; whether it answered."""
    caller = Caller(
        user_id=host.pooling_by,
        name=host.pooling_by_name,
        role=UserRole.SYSTEM,
        practice=host.ods,
        practice_name=host.name,
        practice_phone=host.phone,
        trace_id=trace_id,
        via="job",
    )
    asked_at = clock.now()
    values: dict[str, Any] = {"asked_at": asked_at}
    try:
        said = describe(host.ods, caller)
    except Fault as fault:
        values["failure"] = fault.in_full
    else:
        values |= {
            "answered_at": asked_at,
            "took_ms": round(said.took.total_seconds() * 1000),
            "standard": said.standard,
            "software": said.software,
            "software_version": said.software_version,
            "interactions": list(said.interactions),
            "failure": "",
            "record_standard": said.record_standard,
            "record_failure": said.record_failure,
            "documents_standard": said.documents_standard,
            "documents_failure": said.documents_failure,
        }
    with work.begin() as tx:
        statement = upsert(SystemReportRow).values(ods=host.ods.value, **values)
        tx.execute(statement.on_conflict_do_update(index_elements=["ods"], set_=values))
    return "answered_at" in values


def connection_of(tx: Tx, ods: OdsCode) -> Connection | None:
    """How a practice is connected; None where it has no link."""
    row = GPSystemLinkRow
    link = tx.execute(select(row.system, row.address).where(row.ods == ods.value)).one_or_none()
    practice = directory.practice(tx, ods)
    if link is None or practice is None:
        return None
    return Connection(ods, practice.name, link.system, not link.address, _endpoints(tx, ods), _report(tx, ods))


def _endpoints(tx: Tx, ods: OdsCode) -> tuple[EndpointView, ...]:
    row = LinkEndpointRow
    columns = (row.message_set, row.enabled, row.asid, row.party_key, row.looked_up_at, row.changed_at)
    found = {each.message_set: each for each in tx.execute(select(*columns).where(row.ods == ods.value))}
    return tuple(
        EndpointView(message_set, each.enabled, each.asid, each.party_key, each.looked_up_at, each.changed_at)
        for message_set in MessageSet
        if (each := found.get(message_set.value)) is not None
    )


def _report(tx: Tx, ods: OdsCode) -> SystemReport | None:
    row = SystemReportRow
    columns = (
        row.asked_at,
        row.answered_at,
        row.took_ms,
        row.standard,
        row.software,
        row.software_version,
        row.interactions,
        row.failure,
        row.record_standard,
        row.record_failure,
        row.documents_standard,
        row.documents_failure,
    )
    found = tx.execute(select(*columns).where(row.ods == ods.value)).one_or_none()
    if found is None:
        return None
    return SystemReport(
        asked_at=found.asked_at,
        answered_at=found.answered_at,
        took_ms=found.took_ms,
        standard=found.standard,
        software=found.software,
        software_version=found.software_version,
        interactions=tuple(found.interactions),
        failure=found.failure,
        record_standard=found.record_standard,
        record_failure=found.record_failure,
        documents_standard=found.documents_standard,
        documents_failure=found.documents_failure,
    )
