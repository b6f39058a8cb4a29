"""One act on the register: one agreement locked, one transaction, its account in the same commit, refusals included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from sharing_agreements import news
from sharing_agreements.lifecycle import KEEPERS
from sharing_agreements.models import AgreementRow, PartyRow
from sharing_agreements.news import FEDERATION
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work, one_at_a_time
from vocabulary.agreements import AgreementStatus
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.times import Clock

_T = TypeVar("_T")
GRANTING = (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED)
"""The states in which an agreement grants, or would if it were not paused."""
OVER_ALL = frozenset({UserRole.FEDERATION_ADMIN, UserRole.SYSTEM})
"""Who acts for the federation, not for the practice where they happen to sit."""
_ONE_CODE = 3  # the kind of storage.work.one_at_a_time's names: agreement codes


class UnknownAgreement(Problem):
    """There is no such agreement, or the caller may not know of it."""

    code = "unknown-agreement"
    kind = ProblemKind.NOT_FOUND


class NotYourAgreement(Problem):
    """The caller's role or practice does not let them do this with the agreement."""

    code = "not-your-agreement"
    kind = ProblemKind.FORBIDDEN


class DeedRefused(Problem):
    """What was asked lacks something that has to be said with it, such as a reason."""

    code = "agreement-deed-refused"
    kind = ProblemKind.INVALID


class ReasonWanted(DeedRefused):
    """The act needs a reason that the other parties can read."""

    code = "agreement-reason-wanted"
    kind = ProblemKind.INVALID


@dataclass(frozen=True, slots=True)
class Deed:
    """An act under way: its transaction, its moment, who acts; `tell` accounts for what was done."""

    tx: Tx
    at: datetime
    caller: Caller

    def tell(self, act: str, row: AgreementRow, *, reason: str = "", **detail: object) -> None:
        """Write one event about this agreement, and let everybody hear of it whom it binds."""
        event = LedgerEvent(act, agreement=label(row), reason=reason, detail=detail)
        record(self.tx, event, caller=self.caller, at=self.at)
        self.tx.flush()
        by = on_behalf_of(self.caller)
        news.spread(self.tx, row, act, caller=self.caller, by_ods=by, at=self.at, reason=reason)


def on_behalf_of(caller: Caller) -> str:
    """Whose act it is: what a federation admin drafts or suspends is not their own practice's to change."""
    return FEDERATION if caller.role in OVER_ALL else caller.practice.value


def label(row: AgreementRow) -> str:
    """As cited in the ledger and on pages."""
    return f"{row.code} v{row.version}"


def do(work: Work, clock: Clock, act: str, change: Callable[[Deed], _T], *, caller: Caller, code: str) -> _T:
    """One act. Acts on the same code wait for each other; a refusal commits its own event and is then raised."""
    return do_all(work, clock, act, change, caller=caller, codes=lambda _tx, _caller: (code,))


def do_all(
    work: Work,
    clock: Clock,
    act: str,
    change: Callable[[Deed], _T],
    *,
    caller: Caller,
    codes: Callable[[Tx, Caller], Sequence[str]],
) -> _T:
    """One act on several codes, all or none."""
    refusal: Problem | None = None
    with work.begin() as tx:
        named = sorted(codes(tx, caller))
        for code in named:
            one_at_a_time(tx, code, kind=_ONE_CODE)
        deed = Deed(tx, clock.now(), caller)
        try:
            with tx.begin_nested():
                done = change(deed)
                tx.flush()
        except Problem as problem:
            refusal = problem
            event = LedgerEvent(act, "refused", agreement=", ".join(named), reason=problem.code)
            record(tx, event, caller=caller, at=deed.at)
    if refusal is not None:
        raise refusal
    return done


def locked(deed: Deed, code: str, version: int) -> AgreementRow:
    """The agreement's row, locked until the act commits: a claim that checks it waits for that."""
    chosen = select(AgreementRow).where(AgreementRow.code == code, AgreementRow.version == version)
    row = deed.tx.scalar(chosen.with_for_update())
    if row is None or not may_read(deed.tx, row, deed.caller):
        raise UnknownAgreement(
            f"There is no agreement {code[:60]} v{version} that names your practice.", next_step="Look at the list."
        )
    return row


def may_read(tx: Tx, row: AgreementRow, caller: Caller) -> bool:
    """Federation admins read every agreement, others those that name their practice or that it drafts."""
    if caller.role in OVER_ALL or row.created_by_ods == caller.practice.value:
        return True
    return tx.get(PartyRow, (row.id, caller.practice.value)) is not None


def keeps(deed: Deed, row: AgreementRow) -> None:
    """Refuse whoever may not draft, propose or stop this agreement. Raises NotYourAgreement."""
    party = deed.tx.get(PartyRow, (row.id, deed.caller.practice.value))
    has_left = party is not None and party.left_at is not None and deed.caller.role is not UserRole.FEDERATION_ADMIN
    if deed.caller.role not in KEEPERS or has_left or not may_read(deed.tx, row, deed.caller):
        raise NotYourAgreement(
            f"Your practice has left {label(row)}." if has_left else f"Your role does not let you change {label(row)}.",
            next_step="Ask your practice manager, your Caldicott Guardian or your federation admin.",
        )


def drafts(deed: Deed, row: AgreementRow) -> None:
    """Refuse whoever may not change what is still being drafted: who it names reads it and signs it, or does not.
    Raises NotYourAgreement."""
    keeps(deed, row)
    if deed.caller.role not in OVER_ALL and row.created_by_ods != deed.caller.practice.value:
        whose = "the federation" if row.created_by_ods in ("", FEDERATION) else "another practice"
        raise NotYourAgreement(
            f"{label(row)} is drafted by {whose} ({row.created_by_name or 'by whom is not known'}), and changed there.",
            next_step="Tell them what you would change. Once it is proposed, your practice signs it or does not.",
        )


def reason_of(text: str, what_for: str) -> str:
    """A reason as it is kept. Raises ReasonWanted."""
    tidy = " ".join(text.split())
    if not 3 <= len(tidy) <= 500:
        raise ReasonWanted(
            f"Say why {what_for}, in 3 to 500 characters: the other parties read it.", next_step="Write a sentence."
        )
    return tidy


def others_of(deed: Deed, row: AgreementRow, *statuses: AgreementStatus) -> list[AgreementRow]:
    """The other versions of the same code in these states, locked."""
    chosen = select(AgreementRow).where(
        AgreementRow.code == row.code, AgreementRow.id != row.id, AgreementRow.status.in_(statuses)
    )
    return list(deed.tx.scalars(chosen.order_by(AgreementRow.version).with_for_update()))


def parties_of(tx: Tx, row: AgreementRow) -> dict[OdsCode, PartyRow]:
    """The parties' rows, those that have left included."""
    chosen = select(PartyRow).where(PartyRow.agreement_id == row.id).order_by(PartyRow.ods)
    return {OdsCode(party.ods): party for party in tx.scalars(chosen)}
