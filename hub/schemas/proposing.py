"""The what-if form: from what was chosen to a proposal, or what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from hub.schemas.fields import FormFault, date_fault, read_date
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.terms import Terms
from vocabulary.identifiers import OdsCode
from vocabulary.times import at_london, london_date

EVERY = "every"
"""A practice leaves all of its agreements."""


@dataclass(frozen=True, slots=True)
class TypedProposal:
    """What was chosen, to be shown again."""

    kind: str = ProposalKind.END.value
    agreement: str = ""
    on: str = ""
    practice: str = ""
    clauses: tuple[str, ...] = ()


def proposal_typed(sent: Mapping[str, str], clauses: Iterable[str], *, own: OdsCode) -> TypedProposal:
    """What was sent, with one's own practice as the one that leaves."""
    return TypedProposal(
        sent.get("kind", ProposalKind.END.value),
        sent.get("agreement", ""),
        sent.get("on", ""),
        sent.get("practice", "") or own.value,
        tuple(clauses),
    )


def proposal_of(
    typed: TypedProposal, known: Mapping[str, Terms], *, now: datetime
) -> tuple[Proposal | None, tuple[FormFault, ...]]:
    """The proposal that was chosen; `known`: the agreements one may choose from, by their number as typed."""
    faults: list[FormFault] = []
    try:
        kind = ProposalKind(typed.kind)
    except ValueError:
        return None, (FormFault("kind", "Choose what would be done."),)
    terms = known.get(typed.agreement)
    leaves_all = kind is ProposalKind.LEAVE and typed.agreement == EVERY
    if terms is None and not leaves_all:
        faults.append(FormFault("agreement", "Choose an agreement from the list."))
    at = _moment(typed.on, now, faults)
    practice = _leaver(typed, terms, faults) if kind is ProposalKind.LEAVE else None
    clauses = frozenset(typed.clauses) if kind is ProposalKind.DROP else frozenset[str]()
    if terms is not None and kind is ProposalKind.DROP:
        numbers = {grant.clause for grant in terms.grants}
        if not clauses or not clauses <= numbers:
            faults.append(FormFault("clauses", f"Choose the clauses that would go, of {terms.label}."))
    successor = _successor(terms, known.values()) if kind is ProposalKind.REPLACE and terms is not None else None
    if kind is ProposalKind.REPLACE and terms is not None and successor is None:
        faults.append(FormFault("kind", f"There is no draft or proposal that would replace {terms.label}."))
    if faults or at is None:
        return None, tuple(faults)
    return Proposal(kind, at, terms.id if terms else None, practice, clauses, successor.id if successor else None), ()


def _successor(terms: Terms, known: Iterable[Terms]) -> Terms | None:
    """The version that is drafted or proposed in place of this one."""
    later = [each for each in known if each.code == terms.code and each.status in ("draft", "proposed")]
    return max(later, key=lambda each: each.version, default=None)


def _leaver(typed: TypedProposal, terms: Terms | None, faults: list[FormFault]) -> OdsCode | None:
    found = next((ods for ods in (terms.parties if terms else ()) if ods.value == typed.practice), None)
    if terms is None and typed.practice:
        return OdsCode(typed.practice)
    if found is None:
        faults.append(FormFault("practice", "Choose the practice that would leave: it must be a party."))
    return found


def _moment(text: str, now: datetime, faults: list[FormFault]) -> datetime | None:
    """Midnight at the beginning of that day in England; now, where none or today is named."""
    if not text.strip():
        return now
    day, today = read_date(text), london_date(now)
    if day is None:
        faults.append(FormFault("on", date_fault(text, example=f"{today.day}/{today.month}/{today.year}")))
        return None
    if day < today or day.year > today.year + 20:
        faults.append(FormFault("on", "Choose today or a later day, within 20 years."))
        return None
    return now if day == today else at_london(day, time())
