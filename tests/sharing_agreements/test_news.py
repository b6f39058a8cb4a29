"""What has happened to an agreement is told to everybody it binds, and stands until somebody there has seen it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sharing_agreements import news
from sharing_agreements.news import FEDERATION, News
from sharing_agreements.stopping import Ending
from tests.scheduling.world import NOW, World, caller
from tests.sharing_agreements.making import (
    ADMIN,
    HOME,
    HOST,
    OTHER,
    guardian,
    in_force,
    proposed,
    register,
    sign,
    whole,
)
from vocabulary.agreements import AtEnd
from vocabulary.people import Caller, UserRole

pytestmark = pytest.mark.database
JOB = replace(caller(user="worker", role=UserRole.SYSTEM), via="command")


def heard(world: World, who: Caller) -> list[tuple[str, str, str]]:
    return [(each.act, each.by, each.reason) for each in register(world).news(caller=who)]


def forget(world: World, *people: Caller) -> None:
    book = register(world)
    for who in people:
        book.seen([each.id for each in book.news(caller=who)], caller=who)


def test_an_end_is_told_to_every_party_with_who_and_why(alone: World) -> None:
    ref = in_force(alone)
    forget(alone, guardian(HOME), guardian(HOST), ADMIN)
    register(alone).end(ref, Ending("The federation is reorganised.", AtEnd.KEEP), caller=ADMIN)
    told = [("agreement.ended", ADMIN.name, "The federation is reorganised.")]
    assert heard(alone, guardian(HOME)) == told == heard(alone, guardian(HOST))
    assert heard(alone, ADMIN) == [], "who did it has seen it"
    (one,) = register(alone).news(caller=guardian(HOST))
    assert (one.by_ods, one.label, one.at, one.seen_at) == (FEDERATION, "DSA-NEW-01 v1", NOW, None)


def test_it_stands_until_somebody_of_that_practice_has_seen_it(alone: World) -> None:
    ref, book = in_force(alone), register(alone)
    manager = caller(HOST, user="mina.manager", role=UserRole.PRACTICE_MANAGER)
    book.suspend(ref, "A breach is looked into.", caller=guardian(HOME))
    before = book.news(caller=guardian(HOST))
    assert before[0].act == "agreement.suspended" and before == book.news(caller=manager)
    book.seen([each.id for each in book.news(caller=ADMIN)], caller=manager)
    assert book.news(caller=guardian(HOST)) == before, "what others were told is not theirs to put away"
    book.seen([each.id for each in before], caller=manager)
    assert book.news(caller=guardian(HOST)) == () and book.news(caller=ADMIN) != ()
    seen = [event for event in alone.ledger() if event.act == "agreement.news-seen"]
    assert [(event.agreement, event.user_name) for event in seen] == [(ref.label, manager.name)]
    book.seen([each.id for each in before], caller=manager)
    assert [each.seen_by for each in book.history(ref, caller=manager) if each.told == HOST.value][:1] == [manager.name]


def test_a_resumption_says_why_to_who_had_suspended_it(alone: World) -> None:
    ref, book = in_force(alone), register(alone)
    book.suspend(ref, "Misuse is looked into.", caller=guardian(HOST))
    forget(alone, guardian(HOME), guardian(HOST))
    book.resume(ref, "The federation has settled it.", caller=ADMIN)
    assert heard(alone, guardian(HOST)) == [("agreement.resumed", ADMIN.name, "The federation has settled it.")]


def test_a_leaver_is_heard_of_by_those_who_stay_and_hears_nothing_later(alone: World) -> None:
    ref, book = in_force(alone, whole(HOME, HOST, OTHER)), register(alone)
    forget(alone, guardian(HOME), guardian(HOST), guardian(OTHER), ADMIN)
    book.leave(ref, "We merge.", caller=guardian(OTHER))
    left = ("agreement.left", guardian(OTHER).name, "We merge.")
    assert [heard(alone, who) for who in (guardian(HOME), guardian(HOST), ADMIN)] == [[left], [left], [left]]
    alone.clock.at += timedelta(minutes=1)
    book.suspend(ref, "Something else.", caller=guardian(HOME))
    assert heard(alone, guardian(OTHER)) == []
    assert [each.act for each in book.history(ref, caller=guardian(HOME))][:3] == [
        *("agreement.suspended", "agreement.left", "agreement.in-force")
    ]


def test_a_replacement_is_one_piece_of_news_but_tells_who_is_dropped(alone: World) -> None:
    ref, book = in_force(alone, whole(HOME, HOST, OTHER)), register(alone)
    forget(alone, guardian(HOME), guardian(HOST), guardian(OTHER), ADMIN)
    stay = whole(HOME, HOST).parties
    second = book.amend(ref, caller=ADMIN, change=lambda was: replace(was, parties=stay))
    book.propose(second, caller=ADMIN)
    assert [each[0] for each in heard(alone, guardian(HOST))] == ["agreement.in-force"]
    assert heard(alone, guardian(OTHER)) == [("agreement.ended", ADMIN.name, "Replaced by DSA-NEW-01 v2.")]


def test_a_planned_end_says_when_and_its_coming_is_told_by_nobody(alone: World) -> None:
    ref, book = in_force(alone), register(alone)
    forget(alone, guardian(HOST), ADMIN)
    later = NOW + timedelta(days=40)
    book.end(ref, Ending("Moved to another contract.", AtEnd.KEEP, later), caller=ADMIN)
    (one,) = book.news(caller=guardian(HOST))
    assert (one.act, one.takes_effect) == ("agreement.end-planned", later)
    forget(alone, guardian(HOST))
    alone.clock.at = later
    book.expire_due(caller=JOB)
    (over,) = book.news(caller=guardian(HOST))
    assert (over.act, over.by, over.by_ods) == ("agreement.ended", "", "")
    assert [each.act for each in book.news(caller=ADMIN)] == ["agreement.ended"]


def test_drafts_are_nobodys_news_and_a_proposal_given_up_is(alone: World) -> None:
    book = register(alone)
    draft = book.draft(whole(code="DSA-NEW-02"), caller=ADMIN)
    book.end(draft, Ending("Not like that.", AtEnd.KEEP), caller=ADMIN)
    assert heard(alone, guardian(HOME)) == []
    ref = proposed(alone)
    sign(alone, ref, HOME)
    book.end(ref, Ending("Not like that either.", AtEnd.KEEP), caller=ADMIN)
    assert [each[0] for each in heard(alone, guardian(HOME))] == ["agreement.ended"]


def test_what_waits_is_counted_signatures_and_news(alone: World) -> None:
    book = register(alone)
    ref = proposed(alone)
    assert [book.waiting(caller=who) for who in (guardian(HOME), guardian(OTHER))] == [1, 0]
    sign(alone, ref, HOME, HOST)
    assert book.waiting(caller=guardian(HOME)) == 1, "it is in force"
    forget(alone, guardian(HOME))
    assert book.waiting(caller=guardian(HOME)) == 0


def test_what_a_practice_was_told_in_a_time_can_be_read_for_an_inspection(alone: World) -> None:
    in_force(alone)

    def told(days: int) -> tuple[News, ...]:
        with alone.work.read() as tx:
            return news.told_between(tx, HOST, NOW - timedelta(days=1), NOW + timedelta(days=days))

    assert [each.act for each in told(1)] == ["agreement.in-force"] and told(0) == ()
