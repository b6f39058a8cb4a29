"""Accounting: what of whose was asked for by whom, when, why and under which clause; refusals in the same detail."""

from datetime import datetime

from sharing_agreements.terms import Decision, Question
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller
from vocabulary.purposes import Scope


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
        detail=_detail(question, decision),
    )
    record(tx, event, caller=caller, at=at)


def _detail(question: Question, decision: Decision) -> dict[str, str | bool]:
    detail: dict[str, str | bool] = {}
    if decision.despite:
        detail["despite"] = decision.despite.value
    if question.scope is Scope.VIEW_RECORD and question.patient is not None:
        detail["care_link"] = question.patient.care_link
        detail["permission"] = question.patient.permission.value if question.patient.permission else "not-asked"
        if question.patient.answered_by is not None:
            detail["answered_by"] = question.patient.answered_by.value
    return detail
