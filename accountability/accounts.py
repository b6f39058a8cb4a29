"""Accounts out of the ledger: who has looked at this patient, what has this person looked at, what have I looked at.

Refusals are in them as full as grants. Asking for an account is an act itself and goes into the ledger first.
Who sees what: a practice's manager and Caldicott Guardian, everything about their practice's own patients and every
act of their practice's people; a federation admin, people and acts of all practices and of the patients nothing;
everybody, their own acts.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, union

from accountability.lines import Account, Asked, account_of, said_of
from accountability.oversight import Oversight
from accountability.problems import NotYoursToSee
from connectors.faults import Fault, PatientUnknown
from scheduling.models import BookingRow
from storage.base import among
from storage.ledger import LedgerEvent, LedgerRow, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller, UserRole

OF_PATIENTS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
OF_PEOPLE = OF_PATIENTS | {UserRole.FEDERATION_ADMIN}
_LISTED_FOR = timedelta(days=90)


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
        detail = {"whole": whole, **said_of(asked)}
        event = LedgerEvent("access.patient-asked", nhs_number=nhs_number, detail=detail)
        record(tx, event, caller=caller, at=oversight.clock.now())
        mine = or_(LedgerRow.acting_for == caller.practice.value, LedgerRow.host_ods == caller.practice.value)
        account = account_of(tx, asked, _about(numbers, refs), *(() if whole else (mine,)), show=True)
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
        event = LedgerEvent("access.person-asked", detail={"about": user_id, **said_of(asked)})
        record(tx, event, caller=caller, at=oversight.clock.now())
        return account_of(tx, asked, *theirs, show=not everywhere)


def own_account(oversight: Oversight, asked: Asked, caller: Caller) -> Account:
    """What the caller has done, wherever they acted."""
    with oversight.work.begin() as tx:
        event = LedgerEvent("access.own-asked", detail=said_of(asked))
        record(tx, event, caller=caller, at=oversight.clock.now())
        account = account_of(tx, asked, LedgerRow.user_id == caller.user_id, show=True)
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
