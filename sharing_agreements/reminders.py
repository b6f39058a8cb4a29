"""Reminders: 90, 30 and 7 days before an agreement ends or is to be reviewed, and when a signature is long in coming.

Each is raised once for each party, however often the timetable runs, and stands until the matter is settled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from sharing_agreements.models import AgreementRow, NoticeRow, PartyRow, SignatureRow
from storage.work import Tx
from vocabulary.agreements import AgreementStatus
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date

STAGES = (90, 30, 7)
_UNSIGNED_AFTER = 7  # days
END, REVIEW, SIGNATURE = "end", "review", "signature"


@dataclass(frozen=True, slots=True)
class Notice:
    """One reminder as a page shows it."""

    code: str
    version: int
    title: str
    practice: OdsCode
    about: str  # end, review or signature
    due_on: date
    days_left: int


def stage(days_left: int) -> int | None:
    """The narrowest stage that has been reached: 90, 30 or 7; None while there is more time, or none left."""
    reached = [days for days in STAGES if 0 <= days_left <= days]
    return min(reached) if reached else None


def raise_due(tx: Tx, now: datetime) -> list[tuple[AgreementRow, str, int, int]]:
    """Raise what is due; for each agreement and matter with new notices: at which stage, and to how many parties."""
    raised = []
    for row, about, days, due_on, parties in _due(tx, now):
        key = {"agreement_id": row.id, "about": about, "days": days, "due_on": due_on, "raised_at": now}
        values = [{**key, "ods": ods} for ods in parties]
        if values:
            new = upsert(NoticeRow).values(values).on_conflict_do_nothing().returning(NoticeRow.ods)
            number = len(tx.scalars(new).all())
            if number:
                raised.append((row, about, days, number))
    return raised


def _due(tx: Tx, now: datetime) -> Iterator[tuple[AgreementRow, str, int, date, list[str]]]:
    today = london_date(now)
    running = (AgreementStatus.IN_FORCE.value, AgreementStatus.SUSPENDED.value)
    for row in tx.scalars(select(AgreementRow).where(AgreementRow.status.in_(running)).order_by(AgreementRow.id)).all():
        for about, due_on in ((END, last_day(row)), (REVIEW, row.review_on)):
            reached = stage((due_on - today).days) if due_on else None
            if due_on is not None and reached is not None:
                yield row, about, reached, due_on, _staying(tx, row)
    waiting = select(AgreementRow).where(
        AgreementRow.status == AgreementStatus.PROPOSED.value,
        AgreementRow.proposed_at <= now - timedelta(days=_UNSIGNED_AFTER),
    )
    for row in tx.scalars(waiting.order_by(AgreementRow.id)).all():
        proposed_on = london_date(row.proposed_at) if row.proposed_at else today
        yield row, SIGNATURE, _UNSIGNED_AFTER, proposed_on, _unsigned(tx, row)


def last_day(row: AgreementRow) -> date:
    """The last day on which it holds, at least in part."""
    return london_date(row.ends_at - timedelta(seconds=1))


def notices(tx: Tx, now: datetime, *, practice: OdsCode | None) -> tuple[Notice, ...]:
    """What stands for one practice (None: for all), the most urgent first; one line an agreement, matter and party."""
    today = london_date(now)
    chosen = (
        select(NoticeRow, AgreementRow, PartyRow.left_at, SignatureRow.signed_at)
        .join(AgreementRow, AgreementRow.id == NoticeRow.agreement_id)
        .join(PartyRow, (PartyRow.agreement_id == NoticeRow.agreement_id) & (PartyRow.ods == NoticeRow.ods))
        .outerjoin(
            SignatureRow,
            (SignatureRow.agreement_id == NoticeRow.agreement_id) & (SignatureRow.ods == NoticeRow.ods),
        )
        .order_by(NoticeRow.days)
    )
    if practice is not None:
        chosen = chosen.where(NoticeRow.ods == practice.value)
    standing: dict[tuple[int, str, str], Notice] = {}
    for notice, row, left_at, signed_at in tx.execute(chosen):
        if left_at is None and _stands(notice, row, signed=signed_at is not None, today=today):
            days_left = (notice.due_on - today).days
            standing.setdefault(
                (row.id, notice.ods, notice.about),
                Notice(row.code, row.version, row.title, OdsCode(notice.ods), notice.about, notice.due_on, days_left),
            )
    return tuple(sorted(standing.values(), key=lambda each: (each.due_on, each.code, each.practice, each.about)))


def _stands(notice: NoticeRow, row: AgreementRow, *, signed: bool, today: date) -> bool:
    """A notice is over once its date has moved, the agreement has ended, or the signature has come."""
    if notice.about == SIGNATURE:
        return row.status == AgreementStatus.PROPOSED and not signed
    if row.status not in (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED):
        return False
    return notice.due_on == (last_day(row) if notice.about == END else row.review_on)


def _staying(tx: Tx, row: AgreementRow) -> list[str]:
    return list(tx.scalars(select(PartyRow.ods).where(PartyRow.agreement_id == row.id, PartyRow.left_at.is_(None))))


def _unsigned(tx: Tx, row: AgreementRow) -> list[str]:
    signed = select(SignatureRow.ods).where(SignatureRow.agreement_id == row.id)
    chosen = select(PartyRow.ods).where(
        PartyRow.agreement_id == row.id, PartyRow.must_sign, PartyRow.left_at.is_(None), PartyRow.ods.not_in(signed)
    )
    return list(tx.scalars(chosen))
