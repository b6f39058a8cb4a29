"""Who may do what with whose, laid out: every cell is what `decide` says, whatever the register holds."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sharing_agreements.access_map import access_map, asked, gains, losses
from sharing_agreements.proposals import Proposal, ProposalKind, after
from sharing_agreements.terms import PulledSwitch, Terms, decide
from tests.sharing_agreements.test_explaining import AGREEMENT, NOW, A, B, C, registers
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

_SWITCHES = st.frozensets(st.tuples(st.sampled_from((A, B, C)), st.sampled_from((Scope.BOOK, Scope.VIEW_RECORD))))


@given(registers(), _SWITCHES)
def test_every_cell_is_what_decide_says(terms: tuple[Terms, ...], switches: frozenset[PulledSwitch]) -> None:
    found = access_map(terms, NOW, switches=switches)
    for pair in ((a, b) for a in (A, B, C) for b in (A, B, C) if a != b):
        for scope in (Scope.BOOK, Scope.VIEW_RECORD):
            access = found.get(pair, {}).get(scope)
            for role in set(UserRole) - {UserRole.SYSTEM}:
                question = asked(pair, role, scope, Purpose.DIRECT_CARE)
                allowed = decide(terms, question, NOW, switches).allowed
                assert (access is not None and role in access.roles) == allowed


def test_one_practice_sees_its_own_pairs_only() -> None:
    other = Terms(2, "DSA-2", 1, "", "in-force", NOW, NOW + timedelta(days=9), frozenset({B, C}), frozenset({B, C}), ())
    assert set(access_map((AGREEMENT, other), NOW, only=A)) == {(A, B), (B, A)}


@given(registers(), st.sampled_from((A, B, C)))
def test_who_leaves_loses_all_and_takes_nothing_from_others(terms: tuple[Terms, ...], who: object) -> None:
    proposal = Proposal(ProposalKind.LEAVE, NOW, practice=who)  # type: ignore[arg-type]
    before, then = access_map(terms, NOW), access_map(after(terms, proposal), NOW)
    assert not gains(before, then)
    assert all(who in (loss.asker, loss.giver) for loss in losses(before, then))
    assert not any(access.allowed for pair, scopes in then.items() if who in pair for access in scopes.values())


def test_what_a_change_gives_is_told_like_what_it_takes() -> None:
    drop = Proposal(ProposalKind.DROP, NOW, agreement_id=1, clauses=frozenset({"2.3"}))
    before, then = access_map((AGREEMENT,), NOW), access_map(after((AGREEMENT,), drop), NOW)
    (loss,) = losses(before, then)
    assert (loss.asker, loss.giver, loss.scope, loss.by_everybody) == (A, B, Scope.VIEW_RECORD, True)
    (gain,) = gains(then, before)
    assert (gain.before.allowed, gain.after.allowed, gain.scope) == (False, True, Scope.VIEW_RECORD)
