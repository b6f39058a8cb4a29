"""Accounts out of the ledger: who has looked at this patient, what has this person looked at, what have I looked at.

Refusals are in them as full as grants. Asking for an account is an act itself and goes into the ledger first.
Who sees what: a practice's manager and Caldicott Guardian, everything about their practice's own patients and every
act of their practice's people; a federation admin, people and acts of all practices and of the patients nothing;
everybody, their own acts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_, union

from accountability.oversight import Oversight
from accountability.problems import NotYoursToSee
from connectors.faults import Fault, PatientUnknown
from scheduling.models import BookingRow
from storage.base import AnySelect, among
from storage.ledger import LedgerEvent, LedgerRow, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller, UserRole
from vocabulary.times import Window

PAGE = 300  # a patient's busy evening: what is told in the same words is one row of it
LONGEST_EXPORT = 10_000
OF_PATIENTS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
OF_PEOPLE = OF_PATIENTS | {UserRole.FEDERATION_ADMIN}
_LISTED_FOR = timedelta(days=90)
_LOOKS = (
    *("patient.looked-up", "patient.searched", "patient.shown", "booking.viewed", "permit.view-record"),
    *("record.shown", "record.not-shown", "glass.broken", "glass.refused", "message.opened"),
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


@dataclass(frozen=True, slots=True)
class PatientAccount:
    """Who looked at one patient. `whole` is False where only what concerns the caller's practice is shown."""

    account: Account
    nhs_number: NHSNumber
    traced: TracedPatient | None  # for the home practice only
    home_practice: OdsCode | None
    whole: bool
    tracing_down: bool

    def __repr__(self) -> str:
        return "PatientAccount(hidden)"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody who acted for a practice lately."""

    user_id: str
    name: str
    role: str
    last_at: datetime
    acts: int
    patients: int
    refused: int


def patient_account(oversight: Oversight, nhs_number: NHSNumber, asked: Asked, caller: Caller) -> PatientAccount:
    """Who has looked at this patient. Raises NotYoursToSee.

    Another practice's patient: only what one's own practice did, and what was done at it. That answer is the same
    whatever the national record says of the patient.
    """
    if caller.role not in OF_PATIENTS:
        raise NotYoursToSee(
            "Who has looked at a patient is for the Caldicott Guardian and the manager of the patient’s practice.",
            next_step="Ask the guardian of the practice where the patient is registered.",
        )
    traced, down = _trace(oversight, nhs_number, caller)
    with oversight.work.begin() as tx:
        numbers = _all_numbers(nhs_number, traced)
        refs = tuple(tx.scalars(select(BookingRow.ref).where(among(BookingRow.nhs_number, numbers))))
        home = traced.home_practice if traced is not None else _home_by_bookings(tx, nhs_number)
        whole = home == caller.practice
        detail = {"whole": whole, **_told(asked)}
        event = LedgerEvent("access.patient-asked", nhs_number=nhs_number, detail=detail)
        record(tx, event, caller=caller, at=oversight.clock.now())
        mine = or_(LedgerRow.acting_for == caller.practice.value, LedgerRow.host_ods == caller.practice.value)
        account = _account(tx, asked, _about(numbers, refs), *(() if whole else (mine,)), show=True)
    return PatientAccount(account, nhs_number, traced if whole else None, home if whole else None, whole, down)


def person_account(oversight: Oversight, user_id: str, asked: Asked, caller: Caller) -> Account:
    """What this person has done: for their practice's manager and guardian, as far as they acted for it; for a
    federation admin everywhere, without the patients. Raises NotYoursToSee."""
    if caller.role not in OF_PEOPLE:
        raise NotYoursToSee(
            "What a colleague has looked at is for the practice’s manager and Caldicott Guardian.",
            next_step="Your own history is under “My access history”.",
        )
    everywhere = caller.role is UserRole.FEDERATION_ADMIN
    theirs = [LedgerRow.user_id == user_id]
    if not everywhere:
        theirs.append(LedgerRow.acting_for == caller.practice.value)
    with oversight.work.begin() as tx:
        event = LedgerEvent("access.person-asked", detail={"about": user_id, **_told(asked)})
        record(tx, event, caller=caller, at=oversight.clock.now())
        return _account(tx, asked, *theirs, show=not everywhere)


def own_account(oversight: Oversight, asked: Asked, caller: Caller) -> Account:
    """What the caller has done, wherever they acted."""
    with oversight.work.begin() as tx:
        event = LedgerEvent("access.own-asked", detail=_told(asked))
        record(tx, event, caller=caller, at=oversight.clock.now())
        account = _account(tx, asked, LedgerRow.user_id == caller.user_id, show=True)
        return replace(account, called=_called(tx, account, caller))


def _called(tx: Tx, account: Account, caller: Caller) -> dict[NHSNumber, tuple[str, str]]:
    """A number alone reminds nobody of whom they opened by mistake. As at the latest booking."""
    row, mine = BookingRow, caller.practice.value
    numbers = {line.nhs_number.value for line in account.lines if line.nhs_number is not None}
    part = or_(row.booking_ods == mine, row.home_ods == mine, row.host_ods == mine)
    asked = select(row.nhs_number, row.family, row.given).where(among(row.nhs_number, numbers), part)
    found = tx.execute(asked.order_by(row.requested_at)).all() if numbers else []
    return {NHSNumber(number): (family, given) for number, family, given in found}


def people(oversight: Oversight, practice: OdsCode, caller: Caller) -> tuple[PersonLine, ...]:
    """Who acted for a practice in the last ninety days, by name. Raises NotYoursToSee."""
    if caller.role not in OF_PEOPLE or (caller.role in OF_PATIENTS and practice != caller.practice):
        raise NotYoursToSee("Those are another practice’s people.", next_step="Ask that practice’s guardian.")
    row, now = LedgerRow, oversight.clock.now()
    asked = (
        select(
            row.user_id,
            func.max(row.user_name),
            func.max(row.user_role),
            func.max(row.at),
            func.count(),
            func.count(row.nhs_number.distinct()).filter(row.nhs_number != ""),
            func.count().filter(row.outcome == "refused"),
        )
        .where(row.acting_for == practice.value, row.at >= now - _LISTED_FOR, row.user_role != UserRole.SYSTEM.value)
        .group_by(row.user_id)
        .order_by(func.max(row.user_name), row.user_id)
    )
    with oversight.work.begin() as tx:
        found = tuple(PersonLine(*each) for each in tx.execute(asked))
        event = LedgerEvent("access.people-listed", host=practice, detail={"shown": len(found)})
        record(tx, event, caller=caller, at=now)
    return found


def _trace(oversight: Oversight, nhs_number: NHSNumber, caller: Caller) -> tuple[TracedPatient | None, bool]:
    try:
        return oversight.tracing.trace(nhs_number, caller=caller), False
    except PatientUnknown:
        return None, False
    except Fault:
        return None, True


def _home_by_bookings(tx: Tx, nhs_number: NHSNumber) -> OdsCode | None:
    """The home practice as of the latest booking: what is known while the national record does not answer."""
    row = BookingRow
    asked = select(row.home_ods).where(row.nhs_number == nhs_number.value, row.home_ods.is_not(None))
    home = tx.scalar(asked.order_by(row.requested_at.desc()).limit(1))
    return OdsCode(home) if home else None


def _all_numbers(nhs_number: NHSNumber, traced: TracedPatient | None) -> frozenset[str]:
    """The number asked for, and the one that replaced it: acts before and after the change are one patient's."""
    if traced is None:
        return frozenset({nhs_number.value})
    newer = traced.superseded_by or traced.patient.nhs_number
    return frozenset({nhs_number.value, newer.value})


def _about(numbers: frozenset[str], refs: tuple[str, ...]) -> ColumnElement[bool]:
    """Events that name the patient, or one of their bookings. Two indexes, so two questions and not an OR; each says
    what its partial index says, which a prepared statement could not know."""
    row = LedgerRow
    named = select(row.id).where(among(row.nhs_number, numbers), row.nhs_number != "")
    if not refs:
        return row.id.in_(named)
    return row.id.in_(union(named, select(row.id).where(among(row.booking_ref, refs), row.booking_ref != "")))


def _account(tx: Tx, asked: Asked, *conditions: ColumnElement[bool], show: bool) -> Account:
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


def _told(asked: Asked) -> dict[str, Any]:
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
