"""What patients chose about sharing: written down where they say so, withdrawn only where they are registered.

Writing one down protects, so any practice may for whoever asks at its desk. Withdrawing one opens a record, so only
the patient's own practice may, as the national record names it: nobody withdraws a dissent to look.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from connectors.faults import Fault, PatientUnknown
from connectors.tracing import Tracing
from practices.directory import practices
from sharing_agreements.refusing_models import PatientChoiceRow
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.times import Clock

KEEPERS = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})


class ChoiceNotYours(Problem):
    """This choice is not this person's to write down or to withdraw. Nothing was changed."""

    code = "choice-not-yours"
    kind = ProblemKind.FORBIDDEN


class HomeUnknown(Problem):
    """Where the patient is registered cannot be made sure of now, so nothing was withdrawn."""

    code = "home-practice-unknown"
    kind = ProblemKind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Recorded:
    """A choice that stands: since when, who wrote it down, for which practice."""

    choice: PatientChoice
    since: datetime
    by: str
    practice: OdsCode
    practice_name: str


def show(work: Work, nhs_number: NHSNumber, *, caller: Caller, clock: Clock) -> tuple[Recorded, ...]:
    """The choices that stand for this patient; that they were looked at is accounted for. Raises ChoiceNotYours."""
    _check(caller)
    with work.begin() as tx:
        _account(tx, "choice.shown", nhs_number, None, caller, clock.now())
        return _standing(tx, nhs_number)


def write_down(work: Work, nhs_number: NHSNumber, choice: PatientChoice, *, caller: Caller, clock: Clock) -> None:
    """Keep a patient's choice from now on. One that stands already stays as it is. Raises ChoiceNotYours."""
    _check(caller)
    values = {
        "nhs_number": nhs_number.value,
        "choice": choice.value,
        "recorded_at": clock.now(),
        "recorded_by": caller.user_id,
        "recorded_by_name": caller.name,
        "recorded_for": caller.practice.value,
    }
    with work.begin() as tx:
        made = insert(PatientChoiceRow).values(**values).on_conflict_do_nothing().returning(PatientChoiceRow.id)
        if tx.scalars(made).one_or_none() is not None:
            _account(tx, "choice.recorded", nhs_number, choice, caller, clock.now())


def withdraw(
    work: Work, tracing: Tracing, nhs_number: NHSNumber, choice: PatientChoice, *, caller: Caller, clock: Clock
) -> None:
    """End a choice, at the patient's word, where they are registered. One that does not stand is no error.

    Raises ChoiceNotYours and HomeUnknown; a refusal is accounted for.
    """
    _check(caller)
    home = _home(tracing, nhs_number, caller)
    if home != caller.practice:
        with work.begin() as tx:
            _account(tx, "choice.withdrawn", nhs_number, choice, caller, clock.now(), outcome="refused")
        raise ChoiceNotYours(
            "Only the practice where the patient is registered can withdraw this. Nothing was changed.",
            next_step="Ask the patient to tell their own practice.",
        )
    row = PatientChoiceRow
    with work.begin() as tx:
        ended = (
            update(row)
            .where(row.nhs_number == nhs_number.value, row.choice == choice.value, row.withdrawn_at.is_(None))
            .values(withdrawn_at=clock.now(), withdrawn_by=caller.user_id, withdrawn_by_name=caller.name)
            .returning(row.id)
        )
        if tx.scalars(ended).one_or_none() is not None:
            _account(tx, "choice.withdrawn", nhs_number, choice, caller, clock.now())


def _home(tracing: Tracing, nhs_number: NHSNumber, caller: Caller) -> OdsCode | None:
    try:
        return tracing.trace(nhs_number, caller=caller).home_practice
    except PatientUnknown:
        return None
    except Fault:
        raise HomeUnknown(
            "The national demographics service is not answering, so nothing was withdrawn.",
            next_step="Try again in a few minutes.",
        ) from None


def _check(caller: Caller) -> None:
    at_a_terminal = caller.role is UserRole.SYSTEM and caller.via == "command"  # whoever looks after the hub
    if caller.role not in KEEPERS and not at_a_terminal:
        raise ChoiceNotYours(
            "Your role does not keep patients' choices.", next_step="Ask reception or the Caldicott Guardian."
        )


def _standing(tx: Tx, nhs_number: NHSNumber) -> tuple[Recorded, ...]:
    row = PatientChoiceRow
    found = tx.execute(
        select(row.choice, row.recorded_at, row.recorded_by_name, row.recorded_for).where(
            row.nhs_number == nhs_number.value, row.withdrawn_at.is_(None)
        )
    ).all()
    names = {each.ods: each.name for each in practices(tx, {OdsCode(ods) for *_, ods in found})} if found else {}
    by_choice = {
        PatientChoice(choice): Recorded(PatientChoice(choice), at, by, OdsCode(ods), names.get(OdsCode(ods), ods))
        for choice, at, by, ods in found
    }
    return tuple(by_choice[choice] for choice in PatientChoice if choice in by_choice)


def _account(
    tx: Tx,
    act: str,
    nhs_number: NHSNumber,
    choice: PatientChoice | None,
    caller: Caller,
    at: datetime,
    *,
    outcome: str = "done",
) -> None:
    detail = {"choice": choice.value} if choice else {}
    event = LedgerEvent(act, outcome=outcome, nhs_number=nhs_number, purpose="direct-care", detail=detail)
    record(tx, event, caller=caller, at=at)
