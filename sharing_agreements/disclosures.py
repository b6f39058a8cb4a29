"""Accounting: what of whose was asked for by whom, when, why and under which clause; refusals in the same detail."""

from datetime import datetime

from sharing_agreements.terms import Decision, Question
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller


def account_for(
    tx: Tx,
    question: Question,
    decision: Decision,
    *,
    caller: Caller,
    at: datetime,
    nhs_number: NHSNumber | None,
    booking_ref: str,
) -> None:
    """Write one decision of the gate to the ledger."""
    event = LedgerEvent(
        act=f"permit.{question.scope.value}",
        outcome="allowed" if decision.allowed else "refused",
        host=question.giver,
        nhs_number=nhs_number,
        booking_ref=booking_ref,
        purpose=question.purpose.value,
        agreement=decision.agreement,
        clause=decision.clause,
        reason=decision.why.value,
        detail={"despite": decision.despite.value} if decision.despite else {},
    )
    record(tx, event, caller=caller, at=at)
