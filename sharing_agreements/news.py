"""What has happened to an agreement, told to everybody it binds: who did it, when and why; it stands until it is seen.

Written with the act itself. Each act is in the chain of the practice that acted; here the others read it too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update

from sharing_agreements.models import AgreementRow, NewsRow, PartyRow
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller

FEDERATION = "FEDERATION"
"""Stands where a practice's code does, for who looks after every agreement."""
IN_FORCE, ENDED = "agreement.in-force", "agreement.ended"
TOLD = frozenset(
    {
        *(IN_FORCE, ENDED, "agreement.suspended", "agreement.resumed", "agreement.left", "agreement.declined"),
        *("agreement.end-planned", "agreement.end-put-off", "agreement.expired"),
    }
)
"""The acts that others hear of; a signature that is wanted is a list of its own."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that has happened, as one practice is told of it."""

    id: int
    code: str
    version: int
    title: str
    act: str
    at: datetime
    by: str  # who did it; empty where it happened by its date
    by_ods: str  # for which practice, or FEDERATION
    reason: str
    takes_effect: datetime | None  # where that is later
    told: str
    seen_at: datetime | None
    seen_by: str

    @property
    def label(self) -> str:
        """As cited."""
        return f"{self.code} v{self.version}"


def spread(tx: Tx, row: AgreementRow, act: str, *, caller: Caller, by_ods: str, at: datetime, reason: str) -> None:
    """Tell every party that has not left before, and the federation. Whoever acted has seen it."""
    if act not in TOLD or (act == ENDED and row.proposed_at is None):
        return  # a draft that is given up concerns nobody yet
    listed = select(PartyRow.ods).where(
        PartyRow.agreement_id == row.id, PartyRow.left_at.is_(None) | (PartyRow.left_at == at)
    )
    by_itself = act in (ENDED, "agreement.expired") and row.ends_at <= at
    effect = {IN_FORCE: row.in_force_since, "agreement.end-planned": row.ends_at, "agreement.end-put-off": row.ends_at}
    moment = effect.get(act)
    values = {
        "agreement_id": row.id,
        "act": act,
        "at": at,
        "by_name": "" if by_itself else caller.name,
        "by_ods": "" if by_itself else by_ods,
        "reason": reason,
        "takes_effect": moment if moment is not None and moment > at else None,
    }
    who = {*tx.scalars(listed), FEDERATION} - (_heard_of_the_successor(tx, row, at) if act == ENDED else set())
    seen = {"seen_at": at, "seen_by": caller.name}
    unseen = {"seen_at": None, "seen_by": ""}
    rows = [{**values, "told": one, **(seen if one == values["by_ods"] else unseen)} for one in sorted(who)]
    if rows:
        tx.execute(insert(NewsRow), rows)


def _heard_of_the_successor(tx: Tx, row: AgreementRow, at: datetime) -> set[str]:
    """Who has just been told that a later version is in force need not hear that this one gave way to it."""
    told = select(NewsRow.told).join(AgreementRow, AgreementRow.id == NewsRow.agreement_id)
    later = (AgreementRow.code == row.code, AgreementRow.version > row.version)
    return set(tx.scalars(told.where(*later, NewsRow.act == IN_FORCE, NewsRow.at == at)))


def unseen(tx: Tx, told: str) -> tuple[News, ...]:
    """What nobody there has seen yet, the latest first."""
    return _read(tx, NewsRow.told == told, NewsRow.seen_at.is_(None))


def of_agreement(tx: Tx, number: int) -> tuple[News, ...]:
    """What has happened to one version, the latest first; each act once."""
    once: dict[tuple[str, datetime], News] = {}
    for each in _read(tx, NewsRow.agreement_id == number):
        once.setdefault((each.act, each.at), each)
    return tuple(once.values())


def told_between(tx: Tx, practice: OdsCode, first: datetime, last: datetime) -> tuple[News, ...]:
    """What this practice was told from `first` until before `last`, seen or not: for an inspection."""
    return _read(tx, NewsRow.told == practice.value, NewsRow.at >= first, NewsRow.at < last)


def mark_seen(tx: Tx, told: str, numbers: Collection[int], *, by: str, at: datetime) -> Mapping[str, int]:
    """Somebody there has read these; how many, by the agreement as cited."""
    chosen = update(NewsRow).where(NewsRow.id.in_(numbers), NewsRow.told == told, NewsRow.seen_at.is_(None))
    read = tx.scalars(chosen.values(seen_at=at, seen_by=by).returning(NewsRow.agreement_id)).all()
    labels: dict[str, int] = {}
    rows = tx.execute(select(AgreementRow.id, AgreementRow.code, AgreementRow.version).where(AgreementRow.id.in_(read)))
    for number, code, version in rows:
        labels[f"{code} v{version}"] = list(read).count(number)
    return labels


def _read(tx: Tx, *conditions: ColumnElement[bool]) -> tuple[News, ...]:
    chosen = select(NewsRow, AgreementRow.code, AgreementRow.version, AgreementRow.title).join(
        AgreementRow, AgreementRow.id == NewsRow.agreement_id
    )
    found = tx.execute(chosen.where(*conditions).order_by(NewsRow.at.desc(), NewsRow.id.desc()))
    return tuple(_view(row, code, version, title) for row, code, version, title in found)


def _view(row: NewsRow, code: str, version: int, title: str) -> News:
    return News(
        id=row.id,
        code=code,
        version=version,
        title=title,
        act=row.act,
        at=row.at,
        by=row.by_name,
        by_ods=row.by_ods,
        reason=row.reason,
        takes_effect=row.takes_effect,
        told=row.told,
        seen_at=row.seen_at,
        seen_by=row.seen_by,
    )
