"""Kill switches: a practice stops one kind of access between itself and all others, at once, and lets it go on again.

Each verb is one transaction with its ledger event. A practice's own manager or Caldicott Guardian may, and a federation
admin for any. What is effective is what is committed: no claim commits after a switch was pulled.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from practices.admin import NotYourPractice, UnknownPractice
from practices.directory import practice
from sharing_agreements.reading import SWITCHES
from sharing_agreements.refusing_models import KillSwitchRow
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work, one_at_a_time
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.purposes import Scope
from vocabulary.times import Clock

PULLERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN, UserRole.FEDERATION_ADMIN})
LONGEST_REASON = 200


class ReasonNeeded(Problem):
    """A switch is pulled or released with a reason, in a sentence: the ledger and everybody refused by it see it."""

    code = "switch-reason-needed"
    kind = ProblemKind.INVALID


@dataclass(frozen=True, slots=True)
class Pulled:
    """A switch that is pulled: since when, by whom, why."""

    scope: Scope
    since: datetime
    by: str
    reason: str


def pulled(tx: Tx, ods: OdsCode) -> tuple[Pulled, ...]:
    """The switches this practice has pulled, in the order of the scopes."""
    row = KillSwitchRow
    found = tx.execute(
        select(row.scope, row.pulled_at, row.pulled_by_name, row.reason).where(
            row.ods == ods.value, row.released_at.is_(None)
        )
    )
    by_scope = {Scope(scope): Pulled(Scope(scope), at, by, reason) for scope, at, by, reason in found}
    return tuple(by_scope[scope] for scope in Scope if scope in by_scope)


def pull(work: Work, ods: OdsCode, scope: Scope, reason: str, *, caller: Caller, clock: Clock) -> None:
    """Stop this kind of access from and to the practice. Pulling what is pulled changes nothing.

    Claims under way are waited for; whoever comes after finds it pulled. Raises ReasonNeeded, UnknownPractice,
    NotYourPractice.
    """
    why = _reason(reason)
    with work.begin() as tx:
        _check(tx, ods, caller)
        one_at_a_time(tx, ods.value, kind=SWITCHES)
        values = {
            "ods": ods.value,
            "scope": scope.value,
            "reason": why,
            "pulled_at": clock.now(),
            "pulled_by": caller.user_id,
            "pulled_by_name": caller.name,
        }
        there = insert(KillSwitchRow).values(**values).on_conflict_do_nothing().returning(KillSwitchRow.id)
        if tx.scalars(there).one_or_none() is not None:
            _account(tx, "switch.pulled", ods, scope, why, caller, clock.now())


def release(work: Work, ods: OdsCode, scope: Scope, reason: str, *, caller: Caller, clock: Clock) -> None:
    """Let what the agreements grant go on again. Releasing what is not pulled changes nothing."""
    why = _reason(reason)
    with work.begin() as tx:
        _check(tx, ods, caller)
        one_at_a_time(tx, ods.value, kind=SWITCHES)
        row = KillSwitchRow
        done = (
            update(row)
            .where(row.ods == ods.value, row.scope == scope.value, row.released_at.is_(None))
            .values(
                released_at=clock.now(), released_by=caller.user_id, released_by_name=caller.name, release_reason=why
            )
            .returning(row.id)
        )
        if tx.scalars(done).one_or_none() is not None:
            _account(tx, "switch.released", ods, scope, why, caller, clock.now())


def _reason(said: str) -> str:
    tidy = " ".join(said.split())
    if not tidy:
        raise ReasonNeeded("Say why, in a sentence.", next_step="It is kept with your name and shown to colleagues.")
    if len(tidy) > LONGEST_REASON:
        raise ReasonNeeded(f"The reason must be {LONGEST_REASON} characters or fewer.", next_step="Shorten it.")
    return tidy


def _check(tx: Tx, ods: OdsCode, caller: Caller) -> None:
    at_a_terminal = caller.role is UserRole.SYSTEM and caller.via == "command"  # whoever looks after the hub
    own = caller.practice == ods or caller.role is UserRole.FEDERATION_ADMIN
    if not at_a_terminal and (caller.role not in PULLERS or not own):
        raise NotYourPractice(
            "Only the practice's own manager or Caldicott Guardian, or a federation admin, may use its switches.",
            next_step="Ask one of them.",
        )
    if practice(tx, ods) is None:
        raise UnknownPractice(f"The hub knows no practice {ods}.", next_step="Check the ODS code.")


def _account(tx: Tx, act: str, ods: OdsCode, scope: Scope, reason: str, caller: Caller, at: datetime) -> None:
    event = LedgerEvent(act, host=ods, reason=reason, detail={"scope": scope.value})
    record(tx, event, caller=caller, at=at)
