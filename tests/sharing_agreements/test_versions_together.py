"""What is stopped is stopped in every version that grants or is going to: no later version brings it back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sharing_agreements.access_map import asked
from sharing_agreements.deeds import NotYourAgreement
from sharing_agreements.document import AgreementDocument
from sharing_agreements.drafting import Ref
from sharing_agreements.proposals import Proposal, ProposalKind, after
from sharing_agreements.reading import read_terms
from sharing_agreements.stopping import Ending
from sharing_agreements.terms import Terms, Why, decide
from tests.scheduling.world import NOW, World
from tests.sharing_agreements.making import (
    ADMIN,
    HOME,
    HOST,
    OTHER,
    guardian,
    in_force,
    party,
    proposed,
    register,
    sign,
    whole,
)
from tests.sharing_agreements.test_register import allowed
from vocabulary.agreements import AgreementStatus, AtEnd, ControllerRole
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

pytestmark = pytest.mark.database


def with_a_version_to_come(world: World) -> tuple[Ref, Ref]:
    """Version 1 in force, version 2 signed by all and beginning in five days."""
    first = in_force(world, whole(HOME, HOST, OTHER))
    book = register(world)
    second = book.renew(
        first,
        starts_at=NOW + timedelta(days=5),
        review_on=(NOW + timedelta(days=300)).date(),
        ends_at=NOW + timedelta(days=400),
        caller=ADMIN,
    )
    book.propose(second, caller=ADMIN)
    if book.detail(second, caller=ADMIN).status is AgreementStatus.PROPOSED:
        sign(world, second, HOME, HOST, OTHER)
    return first, second


def test_a_suspension_holds_on_when_the_next_version_begins(alone: World) -> None:
    first, _ = with_a_version_to_come(alone)
    register(alone).suspend(first, "We look into it.", caller=guardian(HOST))
    assert allowed(alone) is Why.SUSPENDED
    alone.clock.forward(days=6)
    assert allowed(alone) is Why.SUSPENDED


def test_who_leaves_has_left_the_next_version_too(alone: World) -> None:
    first, _ = with_a_version_to_come(alone)
    register(alone).leave(first, "We go.", caller=guardian(HOME))
    alone.clock.forward(days=6)
    assert allowed(alone) is Why.PARTY_LEFT


def test_resuming_resumes_what_the_same_suspension_paused(alone: World) -> None:
    first, second = with_a_version_to_come(alone)
    book = register(alone)
    book.suspend(second, "We look into it.", caller=guardian(HOST))
    assert allowed(alone) is Why.SUSPENDED, "whichever version is named"
    book.resume(first, "Nothing was wrong.", caller=guardian(HOST))
    assert allowed(alone) is Why.GRANTED
    alone.clock.forward(days=6)
    assert allowed(alone) is Why.GRANTED


def test_a_text_signed_before_leaving_does_not_bring_a_practice_back(alone: World) -> None:
    first = in_force(alone, whole(HOME, HOST, OTHER))
    book = register(alone)
    second = book.amend(first, caller=ADMIN, change=_other_roles)
    book.propose(second, caller=ADMIN)
    sign(alone, second, HOME)
    book.leave(first, "We go.", caller=guardian(HOME))
    assert book.detail(second, caller=ADMIN).party(HOME).left_at is not None  # type: ignore[union-attr]
    sign(alone, second, HOST)
    assert book.detail(second, caller=ADMIN).status is AgreementStatus.IN_FORCE
    assert allowed(alone) is Why.PARTY_LEFT
    assert allowed(alone, asker=OTHER) is Why.GRANTED


def test_who_will_not_sign_says_so_and_the_proposal_waits_for_another_version(alone: World) -> None:
    ref = proposed(alone, whole(HOME, HOST, OTHER))
    book = register(alone)
    sign(alone, ref, HOST, OTHER)
    assert book.leave(ref, "We do not share records.", caller=guardian(HOME)) is AgreementStatus.PROPOSED
    with pytest.raises(NotYourAgreement, match="has left"):
        sign(alone, ref, HOME)
    assert allowed(alone, asker=OTHER) is Why.NOT_IN_FORCE
    without = book.amend(ref, caller=ADMIN, change=lambda was: replace(was, parties=(party(HOST), party(OTHER))))
    assert book.propose(without, caller=ADMIN) is AgreementStatus.IN_FORCE, "the others' signatures hold on"
    assert allowed(alone, asker=OTHER) is Why.GRANTED


def _other_roles(was: AgreementDocument) -> AgreementDocument:
    """Terms that change for two of the three."""
    new = tuple(
        replace(each, role=ControllerRole.CONTROLLER) if each.ods in (HOME, HOST) else each for each in was.parties
    )
    return replace(was, parties=new)


def test_a_planned_end_holds_for_the_version_that_begins_before_it(alone: World) -> None:
    _, second = with_a_version_to_come(alone)
    stops = NOW + timedelta(days=20)
    register(alone).end(second, Ending("All stop.", AtEnd.KEEP, stops), caller=ADMIN)
    assert allowed(alone) is Why.GRANTED
    alone.clock.at = stops - timedelta(seconds=1)
    assert allowed(alone) is Why.GRANTED
    alone.clock.at = stops
    assert allowed(alone) is Why.ENDED


def test_ending_the_version_to_come_leaves_the_present_one_its_time(alone: World) -> None:
    first, second = with_a_version_to_come(alone)
    register(alone).end(second, Ending("Not like that.", AtEnd.KEEP), caller=ADMIN)
    assert allowed(alone) is Why.GRANTED
    assert register(alone).detail(first, caller=ADMIN).status is AgreementStatus.IN_FORCE


def test_what_is_ended_does_not_begin_again(alone: World) -> None:
    first, _ = with_a_version_to_come(alone)
    register(alone).end(first, Ending("All stop.", AtEnd.KEEP), caller=ADMIN)
    alone.clock.forward(days=6)
    assert allowed(alone) is not Why.GRANTED


@pytest.mark.parametrize("kind", [ProposalKind.END, ProposalKind.SUSPEND, ProposalKind.LEAVE])
@pytest.mark.parametrize("version", [0, 1])
def test_what_is_foreseen_is_what_happens(alone: World, kind: ProposalKind, version: int) -> None:
    ref = with_a_version_to_come(alone)[version]
    before = terms_of(alone)
    number = next(each.id for each in before if each.version == ref.version)
    foreseen = after(before, Proposal(kind, alone.clock.now(), agreement_id=number, practice=HOME))
    book = register(alone)
    if kind is ProposalKind.END:
        book.end(ref, Ending("All stop.", AtEnd.KEEP), caller=ADMIN)
    elif kind is ProposalKind.SUSPEND:
        book.suspend(ref, "We look into it.", caller=ADMIN)
    else:
        book.leave(ref, "We go.", caller=guardian(HOME))
    happened = terms_of(alone)
    for days in (0, 6, 500):
        at = alone.clock.now() + timedelta(days=days)
        assert _allowed(foreseen, at) == _allowed(happened, at), days
    assert _allowed(before, alone.clock.now()) != set(), "or the comparison would be of nothing"


def terms_of(world: World) -> tuple[Terms, ...]:
    with world.work.read() as tx:
        return read_terms(tx, {HOME, HOST, OTHER}, any_of=True)


def _allowed(terms: tuple[Terms, ...], at: datetime) -> set[tuple[object, object]]:
    practices = (HOME, HOST, OTHER)
    return {
        (asker, giver)
        for asker in practices
        for giver in practices
        if asker != giver
        and decide(terms, asked((asker, giver), UserRole.RECEPTIONIST, Scope.BOOK, Purpose.DIRECT_CARE), at).allowed
    }
