"""What the agreements say about one question: pure, total, default deny.

Agreements only grant. A practice needs no agreement for its own diary; for a neighbour's it needs a clause of an
agreement in force, signed by both, that covers direction, scope, purpose, role and time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """A clause. None as giver or receiver means every signed party."""

    clause: str
    scope: Scope
    purpose: Purpose
    roles: frozenset[UserRole]
    giver: OdsCode | None = None
    receiver: OdsCode | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of an agreement, as `decide` reads it."""

    id: int
    code: str
    version: int
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime
    parties: frozenset[OdsCode]
    signed: frozenset[OdsCode]
    grants: tuple[Grant, ...]

    @property
    def label(self) -> str:
        """Code and version as cited in the ledger and on pages."""
        return f"{self.code} v{self.version}"


@dataclass(frozen=True, slots=True)
class Question:
    """May `asker`, in this role, do `scope` with what `giver` holds, for this purpose?"""

    asker: OdsCode
    role: UserRole
    giver: OdsCode
    scope: Scope
    purpose: Purpose = Purpose.DIRECT_CARE


class Why(StrEnum):
    """The reason of a decision; pages turn it into a sentence with who to ask."""

    OWN_PRACTICE = "own-practice"
    GRANTED = "granted"
    NO_AGREEMENT = "no-agreement"
    NOT_IN_FORCE = "not-in-force"
    SUSPENDED = "suspended"
    ENDED = "ended"
    NOT_SIGNED_BY_YOU = "not-signed-by-you"
    NOT_SIGNED_BY_THEM = "not-signed-by-them"
    NOT_THIS_DIRECTION = "not-this-direction"
    NOT_THIS_SCOPE = "not-this-scope"
    NOT_THIS_ROLE = "not-this-role"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and the agreement and clause that made it (empty for the own practice or when none grants)."""

    allowed: bool
    why: Why
    agreement_id: int | None = None
    agreement: str = ""
    clause: str = ""


# From least to most nearly allowed: of several agreements that refuse, the nearest miss is the useful explanation.
_NEARNESS = (
    Why.NO_AGREEMENT,
    Why.ENDED,
    Why.NOT_IN_FORCE,
    Why.SUSPENDED,
    Why.NOT_SIGNED_BY_THEM,
    Why.NOT_SIGNED_BY_YOU,
    Why.NOT_THIS_SCOPE,
    Why.NOT_THIS_DIRECTION,
    Why.NOT_THIS_ROLE,
)


def decide(terms: Iterable[Terms], question: Question, at: datetime) -> Decision:
    """Answer one question from the agreements given, at one moment."""
    if question.asker == question.giver:
        return Decision(allowed=True, why=Why.OWN_PRACTICE)
    nearest = Decision(allowed=False, why=Why.NO_AGREEMENT)
    for agreement in terms:
        decision = _by_one(agreement, question, at)
        if decision.allowed:
            return decision
        if _NEARNESS.index(decision.why) > _NEARNESS.index(nearest.why):
            nearest = decision
    return nearest


def _by_one(agreement: Terms, question: Question, at: datetime) -> Decision:
    def refused(why: Why, clause: str = "") -> Decision:
        return Decision(False, why, agreement.id, agreement.label, clause)

    if not {question.asker, question.giver} <= agreement.parties:
        return Decision(allowed=False, why=Why.NO_AGREEMENT)
    if agreement.status == "suspended":
        return refused(Why.SUSPENDED)
    if agreement.status in ("ended", "expired") or at >= agreement.ends_at:
        return refused(Why.ENDED)
    if agreement.status != "in-force" or at < agreement.starts_at:
        return refused(Why.NOT_IN_FORCE)
    if question.giver not in agreement.signed:
        return refused(Why.NOT_SIGNED_BY_THEM)
    if question.asker not in agreement.signed:
        return refused(Why.NOT_SIGNED_BY_YOU)
    return _by_clauses(agreement, question)


def _by_clauses(agreement: Terms, question: Question) -> Decision:
    nearest = Decision(False, Why.NOT_THIS_SCOPE, agreement.id, agreement.label)
    for grant in agreement.grants:
        if (grant.scope, grant.purpose) != (question.scope, question.purpose):
            continue
        if grant.giver not in (None, question.giver) or grant.receiver not in (None, question.asker):
            if nearest.why is Why.NOT_THIS_SCOPE:
                nearest = Decision(False, Why.NOT_THIS_DIRECTION, agreement.id, agreement.label, grant.clause)
        elif question.role is not UserRole.SYSTEM and question.role not in grant.roles:
            nearest = Decision(False, Why.NOT_THIS_ROLE, agreement.id, agreement.label, grant.clause)
        else:
            return Decision(True, Why.GRANTED, agreement.id, agreement.label, grant.clause)
    return nearest
