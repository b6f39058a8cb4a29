"""Why a practice is not seen, how old an answer is, and what a search costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from connectors.mock.script import Mishap
from practices.models import GPSystemLinkRow, PracticeRow, SiteRow
from scheduling import pairs, search, syncing
from scheduling.problems import BookingUnknown
from scheduling.results import Freshness
from sharing_agreements.terms import Why
from tests.scheduling.searches import POSTCODE, STRANGER, _execute, _hosts
from tests.scheduling.world import HOME, HOST, NOW, OTHER, TONIGHT, World, caller
from vocabulary.identifiers import OdsCode

pytestmark = pytest.mark.database


# Why can't I see practice X?


def _explain(world: World, host: OdsCode = HOST) -> tuple[Why, str]:
    answer = search.explain(world.desk, host, caller())
    return answer.why, answer.explanation


_SWITCH = (
    "INSERT INTO kill_switch (ods, scope, reason, pulled_at, pulled_by, pulled_by_name) "
    "VALUES ({}, '{}', 'The phones are down', now(), 'helen', 'Helen')"
)


@pytest.mark.parametrize(
    ("change", "why", "words"),
    [
        ("UPDATE practice SET status = 'closed' WHERE ods = :host", Why.GRANTED, "has closed"),
        ("UPDATE gp_system_link SET pooling_live = false WHERE ods = :host", Why.GRANTED, "switched pooling on"),
        ("UPDATE gp_system_link SET booking_live = false WHERE ods = :host", Why.GRANTED, "switched booking"),
        ("DELETE FROM slot_sight; DELETE FROM pool_ask", Why.GRANTED, "not been asked yet"),
        ("UPDATE agreement SET status = 'suspended'", Why.SUSPENDED, "is suspended"),
        ("UPDATE agreement SET status = 'draft'", Why.NOT_IN_FORCE, "not in force yet"),
        ("UPDATE agreement SET ends_at = starts_at + interval '1 day'", Why.ENDED, "has ended"),
        ("DELETE FROM agreement_signature WHERE ods = :home", Why.NOT_SIGNED_BY_YOU, "Your practice has not signed"),
        ("DELETE FROM agreement_signature WHERE ods = :host", Why.NOT_SIGNED_BY_THEM, "has not signed"),
        (
            "UPDATE agreement_grant SET giver_ods = :home",
            Why.NOT_THIS_DIRECTION,
            "free times (it shares that in another direction",
        ),
        ("UPDATE agreement_grant SET scope = 'view-record'", Why.NOT_THIS_SCOPE, "does not cover"),
        ("UPDATE agreement_grant SET roles = '{clinician}'", Why.NOT_THIS_ROLE, "your role"),
        ("DELETE FROM agreement_party WHERE ods = :host", Why.NO_AGREEMENT, "no data-sharing agreement"),
        (_SWITCH.format(":host", "book"), Why.KILL_SWITCH_THEIRS, "has switched booking off for all other practices"),
        (_SWITCH.format(":home", "book"), Why.KILL_SWITCH_YOURS, "Your practice has switched booking off"),
        (_SWITCH.format(":host", "see-slots"), Why.KILL_SWITCH_THEIRS, "has switched seeing free times off"),
    ],
)
def test_a_practice_that_cannot_be_seen_is_explained(world: World, change: str, why: Why, words: str) -> None:
    world.clinic(slots=1)
    world.see()
    if "SET scope" in change:
        _execute(world, "DELETE FROM agreement_grant WHERE clause = '2.2'")
    for statement in change.split(";"):
        _execute(world, statement)
    found_why, explanation = _explain(world)
    assert found_why is why
    assert words in explanation
    assert world.offers() == ()
    told = [answer for answer in world.find().hosts if answer.host == HOST]
    assert [(answer.why, answer.explanation, answer.offered) for answer in told] in ([], [(why, explanation, 0)])


def test_a_practice_whose_system_is_silent_is_explained_with_what_it_said(world: World) -> None:
    world.clinic(slots=1)
    world.network.script(HOST).inject("free_slots", Mishap.UNREACHABLE, times=None)
    world.see()
    assert "could not be reached" in _explain(world)[1]
    assert search.explain(world.desk, HOST, caller()).freshness is Freshness.UNREACHABLE


def test_one_failure_after_a_good_answer_is_not_called_silence_two_are(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    world.network.script(HOST).inject("free_slots", Mishap.UNREACHABLE, times=None)
    world.see()
    assert search.explain(world.desk, HOST, caller()).freshness is Freshness.FRESH
    world.see()
    found = search.explain(world.desk, HOST, caller())
    assert (found.freshness, found.offered) == (Freshness.UNREACHABLE, 1)
    assert "last asked some time ago" in found.explanation


def test_an_old_answer_is_called_old(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    assert _explain(world) == (Why.GRANTED, "")
    world.clock.forward(minutes=5)
    answer = search.explain(world.desk, HOST, caller())
    assert (answer.freshness, answer.asked_at) == (Freshness.STALE, NOW)
    assert "last asked some time ago" in answer.explanation


def test_a_full_restricted_or_embargoed_practice_is_explained_as_far_as_the_wire_tells(world: World) -> None:
    world.clinic(slots=1, only_for=[OTHER])
    world.see()
    assert _explain(world)[1] == (
        f"Practice {HOST} offers your practice nothing for these dates: no clinic then, its clinics are full, "
        f"or the times are kept for others or not released yet. Only Practice {HOST} can tell."
    )


def test_the_own_practice_needs_no_agreement(world: World) -> None:
    world.clinic(HOME, slots=1)
    world.see(host=HOME)
    world.suspend()
    assert _explain(world, HOME) == (Why.OWN_PRACTICE, "")
    assert _hosts(world.offers()) == [HOME]


def test_a_practice_no_agreement_names_is_explained_and_one_nobody_knows_is_not(world: World) -> None:
    with world.work.begin() as tx:
        tx.add(PracticeRow(ods=STRANGER.value, name="Far Away Surgery"))
    why, explanation = _explain(world, STRANGER)
    assert why is Why.NO_AGREEMENT
    assert "Far Away Surgery" in explanation
    with pytest.raises(BookingUnknown, match="Y99999"):
        _explain(world, OdsCode("Y99999"))


# Age


def test_each_offer_carries_the_age_of_the_answer_it_came_with(world: World) -> None:
    world.clinic(slots=1)
    world.clinic(slots=1, starts=TONIGHT + timedelta(days=6))
    world.see(stretch="far")
    world.clock.forward(minutes=10)
    world.see()
    assert [offer.seen_at for offer in world.offers()] == [world.clock.now(), NOW]
    assert [offer.seen_at for offer in world.offers(minutes=15)] == [world.clock.now(), NOW]


# Cost


@contextmanager
def _statements(world: World) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(world.work.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.work.engine, "before_cursor_execute", note)


def _more_hosts(world: World, number: int) -> list[OdsCode]:
    """So many more practices, each with a clinic that HOME may book."""
    hosts = [OdsCode(f"Z9{each:04}") for each in range(number)]
    with world.work.begin() as tx:
        tx.add_all([PracticeRow(ods=ods.value, name=f"Practice {ods}") for ods in hosts])
        tx.flush()
        tx.add_all([SiteRow(ods=ods.value, location_id=f"{ods}-main", name="Main") for ods in hosts])
        link = {"system": "mock", "address": "unit", "pooling_live": True, "booking_live": True}
        tx.add_all([GPSystemLinkRow(ods=ods.value, **link) for ods in hosts])
    world.agree({HOME, *hosts}, code="DSA-2")
    _execute(world, "UPDATE agreement_grant SET receiver_ods = :home WHERE agreement_id > 1")
    for host in hosts:
        world.clinic(host, slots=1)
    pairs.plan(world.desk)
    for host in hosts:
        syncing.sync_one(world.desk, host, HOME, "near")
    return hosts


@pytest.mark.parametrize("minutes", [0, 15])
def test_a_search_is_a_fixed_number_of_queries_whatever_the_number_of_hosts(world: World, minutes: int) -> None:
    world.clinic(slots=1)
    world.see()
    with _statements(world) as few:
        assert len(world.offers(near_postcode=POSTCODE, minutes=minutes)) == 1
    scripts = [world.network.script(host) for host in _more_hosts(world, 27)]
    asked = [len(script.calls) for script in scripts]
    with _statements(world) as many:
        assert len(world.offers(near_postcode=POSTCODE, minutes=minutes)) == 28
    assert len(many) == len(few) <= 16
    assert [len(script.calls) for script in scripts] == asked, "no remote call"


def test_a_search_is_one_ledger_event_without_any_patient(world: World) -> None:
    world.clinic(slots=2)
    world.see()
    before = len(world.ledger())
    world.find(near_postcode=POSTCODE)
    (told,) = world.ledger()[before:]
    assert (told.act, told.outcome, told.nhs_number, told.purpose) == ("slots.searched", "done", "", "direct-care")
    assert (told.detail["offers"], told.detail["hosts"]) == (2, 3)
    assert POSTCODE not in str(told.detail)
