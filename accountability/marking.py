"""Letting the hub know which record, and which home, is a colleague's own. Only marks are kept."""

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from accountability.models import StaffMarkRow
from accountability.oversight import Oversight
from accountability.problems import NothingThere, NotYoursToSee
from storage.ledger import LedgerEvent, LedgerRow, record
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller, UserRole

KEEPERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})


def mark_own_record(
    oversight: Oversight,
    user_id: str,
    user_name: str,
    caller: Caller,
    *,
    nhs_number: NHSNumber,
    postcode: str = "",
    first_line: str = "",
) -> None:
    """Raises NotYoursToSee, and NothingThere for somebody who has not acted for the caller's practice."""
    if caller.role not in KEEPERS:
        raise NotYoursToSee(
            "Only a practice manager or Caldicott Guardian records this.", next_step="Ask one of your practice."
        )
    marks, now = oversight.marks, oversight.clock.now()
    values = {
        "user_name": user_name,
        "ods": caller.practice.value,
        "number_mark": marks.number(nhs_number),
        "home_mark": marks.home(postcode, first_line),
        "told_by": caller.user_id,
        "told_by_name": caller.name,
        "told_at": now,
    }
    statement = insert(StaffMarkRow).values(user_id=user_id, **values)
    with oversight.work.begin() as tx:
        ours = LedgerRow.user_id == user_id, LedgerRow.acting_for == caller.practice.value
        if not tx.scalar(select(exists().where(*ours))):
            raise NothingThere("Nobody with that id has acted for your practice.", next_step="Choose one of the list.")
        tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
        event = LedgerEvent("access.record-marked", detail={"user_id": user_id, "home": bool(values["home_mark"])})
        record(tx, event, caller=caller, at=now)
