"""PURE: what somebody thinks of doing to the agreements, and how they would read then."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sharing_agreements.terms import Terms
from vocabulary.identifiers import OdsCode

_GRANTING = ("in-force", "suspended")


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
    """The same agreements with the proposal carried out, as the register would (sharing_agreements/stopping.py)."""
    known = tuple(terms)
    meant = next((agreement for agreement in known if agreement.id == proposal.agreement_id), None)
    return tuple(_changed(agreement, proposal, meant) for agreement in known)


def _changed(agreement: Terms, proposal: Proposal, meant: Terms | None) -> Terms:
    if agreement.id == proposal.replacement_id:
        return replace(agreement, status="in-force", signed=agreement.parties, starts_at=_begins(agreement, proposal))
    version_of_it = meant is not None and agreement.code == meant.code
    if proposal.kind is ProposalKind.LEAVE and proposal.practice is not None:
        if proposal.agreement_id is None or version_of_it:
            return replace(agreement, left=agreement.left | (agreement.parties & {proposal.practice}))
        return agreement
    itself = agreement.id == proposal.agreement_id
    later = meant is not None and version_of_it and agreement.version > meant.version and agreement.status in _GRANTING
    stops = {
        ProposalKind.REPLACE: itself,
        ProposalKind.END: itself or later,
        ProposalKind.SUSPEND: itself or (version_of_it and agreement.status == "in-force"),
    }
    if stops.get(proposal.kind):
        return replace(agreement, status="suspended" if proposal.kind is ProposalKind.SUSPEND else "ended")
    if proposal.kind is not ProposalKind.DROP or not itself:
        return agreement
    left = tuple(grant for grant in agreement.grants if grant.clause not in proposal.clauses)
    return replace(agreement, grants=left)


def _begins(agreement: Terms, proposal: Proposal) -> datetime:
    return min(agreement.starts_at, proposal.at)
