"""Setting and lifting legal holds, each with a reason: for guardians at their practice, federation admins anywhere."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select, update

from accountability.oversight import Oversight
from accountability.problems import NothingThere, NotYoursToSee, WordsMissing
from practices.models import PracticeRow
from storage.holds import LegalHoldRow
from storage.ledger import LedgerEvent, record
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import london_date

HOLDERS = frozenset({UserRole.CALDICOTT_GUARDIAN, UserRole.FEDERATION_ADMIN})
READERS = HOLDERS | {UserRole.PRACTICE_MANAGER}
SHORTEST_REASON, LONGEST_REASON = 3, 300


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as the page shows it; a federation admin does not see which patient."""

    id: int
    practice: OdsCode
    about_a_patient: bool
    nhs_number: NHSNumber | None
    reason: str
    look_again_on: date
    set_by_name: str
    set_at: datetime
    lifted_at: datetime | None
    lifted_by_name: str
    lift_reason: str

    def __repr__(self) -> str:
        return f"HoldView({self.id})"


def holds(oversight: Oversight, caller: Caller) -> tuple[HoldView, ...]:
    """Standing ones first, those to be looked at again soonest on top. Raises NotYoursToSee."""
    if caller.role not in READERS:
        raise NotYoursToSee("Legal holds are the Caldicott Guardian’s.", next_step="Ask your practice’s guardian.")
    row = LegalHoldRow
    asked = select(row).order_by(row.lifted_at.is_not(None), row.look_again_on, row.id)
    everywhere = caller.role is UserRole.FEDERATION_ADMIN
    if not everywhere:
        asked = asked.where(row.ods == caller.practice.value)
    with oversight.work.read() as tx:
        return tuple(_view(each, hidden=everywhere) for each in tx.scalars(asked))


def set_hold(
    oversight: Oversight,
    practice: OdsCode,
    caller: Caller,
    *,
    reason: str,
    look_again_on: date,
    nhs_number: NHSNumber | None = None,
) -> int:
    """From now on nothing of the practice (or about the patient there) is deleted by a job. Its number."""
    _check(practice, caller)
    said, now = _reason(reason), oversight.clock.now()
    if look_again_on <= london_date(now):
        raise WordsMissing("Enter a day in the future on which somebody looks at it again.", field="look_again_on")
    with oversight.work.begin() as tx:
        if not tx.scalar(select(exists().where(PracticeRow.ods == practice.value))):
            raise NothingThere(f"The address book has no practice {practice}.", next_step="Check the code.")
        row = LegalHoldRow(
            ods=practice.value,
            nhs_number=nhs_number.value if nhs_number else "",
            reason=said,
            look_again_on=look_again_on,
            set_by=caller.user_id,
            set_by_name=caller.name,
            set_at=now,
        )
        tx.add(row)
        tx.flush()
        event = LedgerEvent(
            "hold.legal-set", host=practice, nhs_number=nhs_number, reason=said, detail={"legal_hold": row.id}
        )
        record(tx, event, caller=caller, at=now)
        return row.id


def lift_hold(oversight: Oversight, hold: int, caller: Caller, *, reason: str) -> None:
    """The hold is over: ordinary retention goes on. Raises NothingThere when it does not stand (any more)."""
    if caller.role not in HOLDERS:
        raise NotYoursToSee("Only a Caldicott Guardian or federation admin lifts a hold.", next_step="Ask one.")
    said, now, row = _reason(reason, field=f"lift-{hold}"), oversight.clock.now(), LegalHoldRow
    lifting = (
        update(row)
        .where(row.id == hold, row.lifted_at.is_(None))
        .values(lifted_at=now, lifted_by=caller.user_id, lifted_by_name=caller.name, lift_reason=said)
        .returning(row.ods, row.nhs_number)
    )
    if caller.role is not UserRole.FEDERATION_ADMIN:
        lifting = lifting.where(row.ods == caller.practice.value)
    with oversight.work.begin() as tx:
        lifted = tx.execute(lifting).one_or_none()
        if lifted is None:
            raise NothingThere("There is no such hold, or it was lifted already.", next_step="Reload the page.")
        event = LedgerEvent(
            "hold.legal-lifted",
            host=OdsCode(lifted.ods),
            nhs_number=NHSNumber(lifted.nhs_number) if lifted.nhs_number else None,
            reason=said,
            detail={"legal_hold": hold},
        )
        record(tx, event, caller=caller, at=now)


def _check(practice: OdsCode, caller: Caller) -> None:
    own = caller.role is UserRole.CALDICOTT_GUARDIAN and practice == caller.practice
    if not own and caller.role is not UserRole.FEDERATION_ADMIN:
        raise NotYoursToSee(
            "Only the practice’s Caldicott Guardian or a federation admin sets a hold there.", next_step="Ask one."
        )


def _reason(text: str, *, field: str = "reason") -> str:
    said = text.strip()
    if len(said) < SHORTEST_REASON:
        raise WordsMissing("Say why: a claim, an inquiry, a request of the police.", field=field)
    if len(said) > LONGEST_REASON:
        raise WordsMissing(f"Say it in {LONGEST_REASON} characters or fewer.", field=field)
    return said


def _view(row: LegalHoldRow, *, hidden: bool) -> HoldView:
    return HoldView(
        id=row.id,
        practice=OdsCode(row.ods),
        about_a_patient=bool(row.nhs_number),
        nhs_number=NHSNumber(row.nhs_number) if row.nhs_number and not hidden else None,
        reason=row.reason,
        look_again_on=row.look_again_on,
        set_by_name=row.set_by_name,
        set_at=row.set_at,
        lifted_at=row.lifted_at,
        lifted_by_name=row.lifted_by_name,
        lift_reason=row.lift_reason,
    )
