"""What was said about visits, as it is kept."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select

from scheduling.models import VisitEventRow
from scheduling.visit_rules import VisitEvent
from storage.base import among
from storage.work import Tx
from vocabulary.visits import CallOutcome, VisitStatus


def read(tx: Tx, refs: Collection[str]) -> dict[str, list[VisitEvent]]:
    """Everything said about each of these bookings' visits, in the order in which it was said."""
    found: dict[str, list[VisitEvent]] = defaultdict(list)
    query = select(VisitEventRow).where(among(VisitEventRow.ref, refs)).order_by(VisitEventRow.id)
    for row in tx.scalars(query) if refs else ():
        found[row.ref].append(
            VisitEvent(
                id=row.id,
                at=row.at,
                by=row.by_user,
                by_name=row.by_name,
                status=VisitStatus(row.status) if row.status else None,
                call=CallOutcome(row.call) if row.call else None,
                in_person=row.in_person,
                undoes=row.undoes,
            )
        )
    return found
