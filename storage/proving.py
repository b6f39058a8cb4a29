"""Whether the ledger in the database is the one that was written: its chains, its roots, and what has no seal."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import text

from storage.exporting import acts_of
from storage.roots import Root, roots
from storage.sealing import heads
from storage.work import Tx
from verifier.verify_audit import Chain, Report, Roots

UNSEALED_FOR = timedelta(minutes=5)


def prove(
    tx: Tx, *, keys: Iterable[str], now: datetime, kept: Iterable[Root] = (), practices: Collection[str] = ()
) -> Report:
    """Check every chain (or these practices') against every root, here and `kept` elsewhere. Reads all of it."""
    report = Report()
    known = Roots(report, keys)
    for root in _all_roots(tx):
        known.add(root.published(), source="the database")
    for root in kept:
        known.add(root.published(), source="what was published")
    known.judge()
    for missing in sorted({*range(1, max(known.numbers, default=0))} - {*known.numbers}):
        report.find("it is gone from the database", root=missing)
    for practice in sorted(practices or heads(tx).keys() | known.practices()):
        chain = Chain(report, practice, known.heads(practice))
        for line in acts_of(tx, practice):
            chain.take(line)
        chain.finish()
        if chain.late:
            report.notes.append(f"{practice}: {chain.late} acts were sealed more than 5 minutes after they happened")
    _look_for_unsealed(tx, report, now, practices)
    return report


def _all_roots(tx: Tx) -> Iterable[Root]:
    before: int | None = None
    while some := roots(tx, before=before):
        yield from some
        before = some[-1].number


def _look_for_unsealed(tx: Tx, report: Report, now: datetime, practices: Collection[str]) -> None:
    for row in tx.execute(_UNSEALED, {"practices": list(practices)}):
        words = f"{row.events} events wait to be sealed, the first of them {row.first} of {row.since:%Y-%m-%d %H:%M}"
        if now - row.since > UNSEALED_FOR:
            report.find(f"{words}: nothing vouches for them (does a worker run?)", practice=row.acting_for)
        else:
            report.notes.append(f"{row.acting_for}: {words}")


_UNSEALED = text(
    "SELECT acting_for, count(*) AS events, min(id) AS first, min(at) AS since FROM ledger_event AS event "
    "WHERE NOT EXISTS (SELECT FROM ledger_seal WHERE event_id = event.id) "
    "AND (cardinality(CAST(:practices AS text[])) = 0 OR acting_for = ANY(CAST(:practices AS text[]))) "
    "GROUP BY acting_for ORDER BY acting_for"
)
