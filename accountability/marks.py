"""Keyed digests that tell whether two records are one person's, or two people's homes one, and tell nothing else.

They let a rule know a member of staff's own record without the hub keeping staff's NHS numbers or addresses. The key
is derived from SECRET_KEY: after that is changed, marks have to be told anew.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from accountability.models import StaffMarkRow
from accountability.problems import NothingThere, NotYoursToSee
from storage.ledger import LedgerEvent, LedgerRow, record
from storage.work import Work
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller, UserRole
from vocabulary.times import Clock

KEEPERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
_SIGNS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes marks with one key."""

    key: bytes

    @classmethod
    def from_secret(cls, secret: str) -> "Marks":
        """A key of its own from the hub's secret."""
        return cls(hmac.new(secret.encode(), b"staff marks", hashlib.sha256).digest())

    def number(self, nhs_number: NHSNumber) -> str:
        """The mark of one person."""
        return self._mark(f"number {nhs_number.value}")

    def home(self, postcode: str, first_line: str) -> str:
        """The mark of one home; empty when either part is missing."""
        code, line = _bare(postcode), _bare(first_line)
        return self._mark(f"home {code} {line}") if code and line else ""

    def _mark(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:40]

    def __repr__(self) -> str:
        return "Marks(hidden)"


def _bare(text: str) -> str:
    return _SIGNS.sub("", text.casefold())


def tell(
    work: Work,
    clock: Clock,
    marks: Marks,
    caller: Caller,
    *,
    user_id: str,
    user_name: str,
    nhs_number: NHSNumber,
    postcode: str = "",
    first_line: str = "",
) -> None:
    """Let the hub know a colleague's own record and home. Only marks are kept. Raises NotYoursToSee."""
    if caller.role not in KEEPERS:
        raise NotYoursToSee(
            "Only a practice manager or Caldicott Guardian records this.", next_step="Ask one of your practice."
        )
    values = {
        "user_name": user_name,
        "ods": caller.practice.value,
        "number_mark": marks.number(nhs_number),
        "home_mark": marks.home(postcode, first_line),
        "told_by": caller.user_id,
        "told_by_name": caller.name,
        "told_at": clock.now(),
    }
    statement = insert(StaffMarkRow).values(user_id=user_id, **values)
    with work.begin() as tx:
        ours = LedgerRow.user_id == user_id, LedgerRow.acting_for == caller.practice.value
        if not tx.scalar(select(exists().where(*ours))):
            raise NothingThere("Nobody with that id has acted for your practice.", next_step="Choose one of the list.")
        tx.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
        event = LedgerEvent("access.record-marked", detail={"user_id": user_id, "home": bool(values["home_mark"])})
        record(tx, event, caller=caller, at=clock.now())
