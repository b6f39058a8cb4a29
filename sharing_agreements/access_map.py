"""PURE: who may do what with whose, for every two practices that have an agreement: what `decide` says, laid out.

The matrix draws it, the public page tells it, and the what-if compares it before and after a change.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations

from sharing_agreements.terms import Decision, PulledSwitch, Question, Terms, Why, decide
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

Pair = tuple[OdsCode, OdsCode]
"""Who asks, and whose it is."""


@dataclass(frozen=True, slots=True)
class Access:
    """One scope between two practices: the roles that have it and the clause, or why nobody has."""

    scope: Scope
    purpose: Purpose
    roles: frozenset[UserRole]
    decision: Decision  # of the first role that has it; where none has, the nearest refusal

    @property
    def allowed(self) -> bool:
        """Whether anybody at all has it."""
        return bool(self.roles)


AccessMap = Mapping[Pair, Mapping[Scope, Access]]


def access_map(
    terms: Iterable[Terms],
    at: datetime,
    *,
    switches: Set[PulledSwitch] = frozenset(),
    only: OdsCode | None = None,
) -> AccessMap:
    """Every two practices that an agreement names together, in any state; with `only`, those of which one is it."""
    shared: dict[Pair, list[Terms]] = {}
    for agreement in terms:
        for pair in permutations(sorted(agreement.parties), 2):
            if only is None or only in pair:
                shared.setdefault(pair, []).append(agreement)
    with_switches = {practice for practice, _ in switches}
    known: dict[object, dict[Scope, Access]] = {}
    found: dict[Pair, Mapping[Scope, Access]] = {}
    for pair, between in shared.items():
        likeness = (
            tuple((agreement.id, _likeness(pair, agreement)) for agreement in between),
            tuple(ods if ods in with_switches else None for ods in pair),
        )
        if likeness not in known:
            known[likeness] = {access.scope: access for access in _accesses(pair, between, at, switches)}
        found[pair] = known[likeness]
    return found


def _likeness(pair: Pair, agreement: Terms) -> tuple[object, ...]:
    """Two pairs alike in this are answered alike: 82 practices under one agreement are some 6,600 pairs, and all but a
    few stand to one another in the same way."""
    named = {grant.giver for grant in agreement.grants} | {grant.receiver for grant in agreement.grants}
    return tuple((ods in agreement.signed, ods in agreement.left, ods if ods in named else None) for ods in pair)


def _accesses(pair: Pair, between: list[Terms], at: datetime, switches: Set[PulledSwitch]) -> Iterator[Access]:
    wanted: dict[tuple[Scope, Purpose], set[UserRole]] = {}
    for agreement in between:
        for grant in agreement.grants:
            wanted.setdefault((grant.scope, grant.purpose), set()).update(grant.roles)
    for (scope, purpose), roles in wanted.items():
        # Only an agreement with such a clause can grant it or be what holds it up.
        fitting = [one for one in between if any((each.scope, each.purpose) == (scope, purpose) for each in one.grants)]
        decisions = {role: decide(fitting, asked(pair, role, scope, purpose), at, switches) for role in sorted(roles)}
        granted = frozenset(role for role, decision in decisions.items() if decision.allowed)
        first = next((decision for decision in decisions.values() if decision.allowed), None)
        nearest = first or next(iter(decisions.values()), Decision(allowed=False, why=Why.NOT_THIS_ROLE))
        yield Access(scope, purpose, granted, nearest)


def asked(pair: Pair, role: UserRole, scope: Scope, purpose: Purpose) -> Question:
    """The question for a cell. It names no patient: what one of them has chosen is not the practices' agreement."""
    asker, giver = pair
    return Question(asker, role, giver, scope, purpose)


@dataclass(frozen=True, slots=True)
class Loss:
    """What one practice may no longer do at another."""

    asker: OdsCode
    giver: OdsCode
    scope: Scope
    roles: frozenset[UserRole]  # those that lose it
    before: Decision
    after: Decision

    @property
    def by_everybody(self) -> bool:
        """Whether nobody is left who has it."""
        return not self.after.allowed


def losses(before: AccessMap, after: AccessMap) -> tuple[Loss, ...]:
    """What goes from one map to the other; a second agreement that grants the same leaves nothing lost."""
    found = []
    for (asker, giver), scopes in before.items():
        left = after.get((asker, giver), {})
        for scope, access in scopes.items():
            then = left.get(scope)
            gone = access.roles - (then.roles if then else frozenset())
            if gone:
                refusal = then.decision if then else Decision(allowed=False, why=Why.NO_AGREEMENT)
                found.append(Loss(asker, giver, scope, gone, access.decision, refusal))
    return tuple(sorted(found, key=lambda loss: (loss.asker, loss.giver, tuple(Scope).index(loss.scope))))


def gains(before: AccessMap, after: AccessMap) -> tuple[Loss, ...]:
    """The same the other way round: what comes with the second map, `before` and `after` as for losses."""
    return tuple(
        Loss(gain.asker, gain.giver, gain.scope, gain.roles, gain.after, gain.before) for gain in losses(after, before)
    )
