"""What an account is made of: lines of the ledger as they are told, and which of them were asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_

from storage.base import AnySelect, among
from storage.ledger import LedgerRow
from storage.work import Tx
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.times import Window

PAGE = 300  # a patient's busy evening: what is told in the same words is one row of it
LONGEST_EXPORT = 10_000
_LOOKS = (
    *("patient.looked-up", "patient.searched", "patient.shown", "booking.viewed", "permit.view-record"),
    *("record.shown", "record.not-shown", "record.document-shown", "record.document-not-shown"),
    *("glass.broken", "glass.refused", "message.opened"),
)


class Kind(StrEnum):
    """Which acts to show."""

    ALL = "all"
    LOOKS = "looks"
    BOOKINGS = "bookings"
    DECISIONS = "decisions"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """What of an account to show; `before` is where the last page ended, `limit` how much at once."""

    kind: Kind = Kind.ALL
    since: date | None = None
    until: date | None = None
    jobs: bool = False  # also what the hub did by itself on somebody's behalf
    before: tuple[datetime, int] | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Line:
    """One event, as told. `nhs_number` is None where there is none, or where the caller may not see whose it was."""

    id: int
    at: datetime
    act: str
    outcome: str
    user_id: str
    user_name: str
    user_role: str
    acting_for: OdsCode
    acting_for_name: str  # as at the time, where the ledger says
    role_profile: str
    authority: str
    via: str
    device: str
    trace_id: str
    host: OdsCode | None
    nhs_number: NHSNumber | None
    about_a_patient: bool
    booking_ref: str
    purpose: str
    agreement: str
    clause: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Line({self.id}, {self.act})"


@dataclass(frozen=True, slots=True)
class Account:
    """Lines, the latest first, and where the next page begins. `called` is what patients are called, by NHS number, in
    one's own account: as far as the practice one acts for has a part in a booking of theirs."""

    lines: tuple[Line, ...]
    older: tuple[datetime, int] | None
    called: Mapping[NHSNumber, tuple[str, str]] = field(default_factory=dict)  # family and given names

    def __repr__(self) -> str:
        return f"Account({len(self.lines)} lines)"


def account_of(tx: Tx, asked: Asked, *conditions: ColumnElement[bool], show: bool) -> Account:
    """The events that meet all conditions, as far as `asked` wants them; without `show`, without whose they were."""
    rows = tx.scalars(_asking(asked, *conditions)).all()
    lines = tuple(as_told(row, show=show) for row in rows[: asked.limit])
    return Account(lines, (lines[-1].at, lines[-1].id) if len(rows) > asked.limit else None)


def _asking(asked: Asked, *conditions: ColumnElement[bool]) -> AnySelect:
    row = LedgerRow
    wanted = [*conditions, *_KINDS[asked.kind]]
    if asked.since is not None:
        wanted.append(row.at >= Window.of_days(asked.since, asked.since).start)
    if asked.until is not None:
        wanted.append(row.at < Window.of_days(asked.until, asked.until).end)
    if not asked.jobs:
        wanted.append(row.via != "job")
    if asked.before is not None:
        wanted.append(tuple_(row.at, row.id) < tuple_(*asked.before))
    return select(row).where(*wanted).order_by(row.at.desc(), row.id.desc()).limit(asked.limit + 1)


_KINDS: Mapping[Kind, tuple[ColumnElement[bool], ...]] = {
    Kind.ALL: (),
    Kind.LOOKS: (among(LedgerRow.act, _LOOKS),),
    Kind.BOOKINGS: (LedgerRow.act.like("booking.%"), LedgerRow.act != "booking.viewed"),
    Kind.DECISIONS: (LedgerRow.act.like("permit.%"),),
    Kind.REFUSED: (LedgerRow.outcome == "refused",),
}


def said_of(asked: Asked) -> dict[str, Any]:
    """What of an account was asked for, for the ledger."""
    said: dict[str, Any] = {"kind": asked.kind.value}
    if asked.since is not None or asked.until is not None:
        said |= {"since": str(asked.since or ""), "until": str(asked.until or "")}
    return {**said, "export": True} if asked.limit > PAGE else said


def _is_a_code(row: LedgerRow) -> bool:
    """A reason that the hub wrote itself. What people write may name a patient."""
    return row.act.startswith("permit.") or row.outcome == "refused"


def as_told(row: LedgerRow, *, show: bool) -> Line:
    """A line as it is told; without `show`, without whose it was."""
    return Line(
        id=row.id,
        at=row.at,
        act=row.act,
        outcome=row.outcome,
        user_id=row.user_id,
        user_name=row.user_name,
        user_role=row.user_role,
        acting_for=OdsCode(row.acting_for),
        acting_for_name=row.practice_name,
        role_profile=row.role_profile,
        authority=row.authority,
        via=row.via,
        device=row.device,
        trace_id=row.trace_id,
        host=OdsCode(row.host_ods) if row.host_ods else None,
        nhs_number=NHSNumber(row.nhs_number) if row.nhs_number and show else None,
        about_a_patient=bool(row.nhs_number),
        booking_ref=row.booking_ref if show else "",
        purpose=row.purpose,
        agreement=row.agreement,
        clause=row.clause,
        reason=row.reason if show or _is_a_code(row) else "",
        detail=row.detail if show else {},
    )
