"""PURE: what somebody thinks of doing to the agreements, and how they would read then."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sharing_agreements.terms import Terms
from vocabulary.identifiers import OdsCode


class ProposalKind(StrEnum):
    """What is thought of."""

    END = "end"
    SUSPEND = "suspend"
    LEAVE = "leave"  # one party goes, the others stay
    DROP = "drop"  # clauses are taken out
    REPLACE = "replace"  # a version that is drafted comes into force, signed by all


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that has not been made: to one agreement or, where a practice leaves, to every one that names it."""

    kind: ProposalKind
    at: datetime  # from when
    agreement_id: int | None = None
    practice: OdsCode | None = None  # who leaves
    clauses: frozenset[str] = frozenset()
    replacement_id: int | None = None


def after(terms: Iterable[Terms], proposal: Proposal) -> tuple[Terms, ...]:
    """The same agreements with the proposal carried out."""
    return tuple(_changed(agreement, proposal) for agreement in terms)


def _changed(agreement: Terms, proposal: Proposal) -> Terms:
    if agreement.id == proposal.replacement_id:
        return replace(agreement, status="in-force", signed=agreement.parties, starts_at=_begins(agreement, proposal))
    if proposal.kind is ProposalKind.LEAVE and proposal.practice is not None:
        if proposal.agreement_id in (None, agreement.id):
            return replace(agreement, left=agreement.left | (agreement.parties & {proposal.practice}))
        return agreement
    if agreement.id != proposal.agreement_id:
        return agreement
    if proposal.kind in (ProposalKind.END, ProposalKind.REPLACE):
        return replace(agreement, status="ended")
    if proposal.kind is ProposalKind.SUSPEND:
        return replace(agreement, status="suspended")
    left = tuple(grant for grant in agreement.grants if grant.clause not in proposal.clauses)
    return replace(agreement, grants=left)


def _begins(agreement: Terms, proposal: Proposal) -> datetime:
    return min(agreement.starts_at, proposal.at)
