"""What was answered so far at a visit, by the patient to whomever or by the practice that holds the record: the ledger
knows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.problems import RecordWithheld
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


def withheld_at(tx: Tx, ref: BookingRef) -> datetime | None:
    """When the practice's system withheld the record, if that is the last it answered at this visit; None: it did not.
    It does so for whoever has told it that theirs is not to be shared, and no broken glass opens that."""
    answered = select(LedgerRow.at, LedgerRow.reason).where(
        LedgerRow.booking_ref == ref.value, LedgerRow.act.in_(("record.shown", "record.not-shown"))
    )
    last = tx.execute(answered.order_by(LedgerRow.id.desc()).limit(1)).first()
    return last[0] if last is not None and last[1] == RecordWithheld.code else None
