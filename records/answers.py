"""What was answered so far at a visit, by the patient to whomever or by the practice that holds the record: the ledger
knows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from records.problems import RecordWithheld
from storage.base import among
from storage.ledger import LedgerRow
from storage.work import Tx
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.identifiers import BookingRef
from vocabulary.purposes import Scope

_ANSWERS = (Permission.GIVEN.value, Permission.REFUSED.value)


@dataclass(frozen=True, slots=True)
class Refusal:
    """That somebody said no: when, and who."""

    at: datetime
    by: AnsweredBy


def refusal(tx: Tx, ref: BookingRef) -> Refusal | None:
    """That a look was refused, if that is the last answer at this visit; None: it is not."""
    said, by = LedgerRow.detail["permission"].astext, LedgerRow.detail["answered_by"].astext
    asked = select(LedgerRow.at, said, by).where(
        LedgerRow.booking_ref == ref.value,
        LedgerRow.booking_ref != "",  # what its partial index says, which a prepared statement could not know
        LedgerRow.act == f"permit.{Scope.VIEW_RECORD.value}",
        said.in_(_ANSWERS),
    )
    last = tx.execute(asked.order_by(LedgerRow.id.desc()).limit(1)).first()
    if last is None or last[1] != Permission.REFUSED.value:
        return None
    return Refusal(last[0], AnsweredBy(last[2]) if last[2] in set(AnsweredBy) else AnsweredBy.PATIENT)


def withheld(tx: Tx, refs: Collection[BookingRef]) -> dict[BookingRef, datetime]:
    """Of which of these visits the practice's system withheld the record when it was last asked, and when that was. It
    does so for whoever has told it that theirs is not to be shared, and no broken glass opens that."""
    if not refs:
        return {}
    row = LedgerRow
    last = (
        select(func.max(row.id))
        .where(
            among(row.booking_ref, [ref.value for ref in refs]),
            row.booking_ref != "",  # as above
            row.act.in_(("record.shown", "record.not-shown")),
        )
        .group_by(row.booking_ref)
    )
    said = tx.execute(select(row.booking_ref, row.at).where(row.id.in_(last), row.reason == RecordWithheld.code))
    return {BookingRef(ref): at for ref, at in said}
