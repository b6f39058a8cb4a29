"""Search: what fits, in the stated order, every host's answer, and never a bare "none"."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, text

from connectors.mock.script import Mishap
from practices.models import GPSystemLinkRow, PlaceRow, PracticeRow, SiteRow
from scheduling import holding, pairs, search, syncing, views
from scheduling.commands import TakeHold
from scheduling.problems import BookingUnknown
from scheduling.results import Freshness, Offer
from sharing_agreements.terms import Why
from tests.scheduling.world import HOME, HOST, NOW, OTHER, TONIGHT, World, caller
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel, Gender, Location, Practitioner, PractitionerRole
from vocabulary.times import Window

pytestmark = pytest.mark.database

STRANGER = OdsCode("Y90005")
POSTCODE = "BS1 4DJ"


def _starts(offers: tuple[Offer, ...]) -> list[datetime]:
    return [offer.facts.window.start for offer in offers]


def _hosts(offers: tuple[Offer, ...]) -> list[OdsCode]:
    return [offer.facts.host for offer in offers]


def _see_all(world: World, *, stretch: str = "near") -> None:
    for host in (HOME, HOST, OTHER):
        world.see(host=host, stretch=stretch)


# Grouping and order


def test_equal_times_in_one_place_are_one_offer_with_a_count(world: World) -> None:
    for number in range(3):
        world.clinic(slots=2, practitioner=Practitioner(f"p{number}", f"Dr {number}", Gender.FEMALE))
    world.clinic(slots=1, minutes=20)
    world.clinic(slots=1, channel=DeliveryChannel.VIDEO)
    world.clinic(slots=1, role_code="R0600")
    world.clinic(slots=1, location=Location("elsewhere", "Branch"))
    world.see()
    found = world.find()
    tonight = [offer for offer in found.offers if offer.facts.window.start == TONIGHT]
    assert sorted(offer.count for offer in tonight) == [1, 1, 1, 1, 3]
    assert found.total == len(found.offers) == 6
    assert all(len(offer.slot_ids) == 1 for offer in found.offers)


def test_the_soonest_comes_first_then_the_nearest_to_the_mile(world: World) -> None:
    for host in (OTHER, HOST, HOME):
        world.clinic(host, slots=2)
    _see_all(world)
    found = world.offers(near_postcode=POSTCODE)
    assert _starts(found) == sorted(_starts(found))
    for start in {*_starts(found)}:
        at_once = [offer for offer in found if offer.facts.window.start == start]
        miles = [round(offer.miles) for offer in at_once if offer.miles is not None]
        assert miles == sorted(miles)
        assert _hosts(tuple(at_once))[-1] == OTHER
    assert "Soonest first" in search.ORDER


def test_a_place_without_a_known_distance_comes_after_those_with_one(world: World) -> None:
    world.clinic(HOST, slots=1, location=Location("unknown", "Somewhere"))
    world.clinic(OTHER, slots=1)
    _see_all(world)
    assert [offer.miles is None for offer in world.offers(near_postcode=POSTCODE)] == [False, True]


@pytest.mark.parametrize("minutes", [0, 15])
def test_equal_choices_are_spread_over_users_but_steady_for_one(world: World, minutes: int) -> None:
    for number in range(6):
        place = Location(f"site-{number}", f"Site {number}")
        world.clinic(slots=1, location=place, practitioner=Practitioner(f"p{number}", f"Dr {number}"))
        world.clinic(slots=1, location=place, practitioner=Practitioner(f"q{number}", f"Dr {number}"))
    world.see()
    seen = [world.offers(caller(user=f"user-{number}"), minutes=minutes) for number in range(12)]
    assert len({offers[0].facts.location_id for offers in seen}) >= 3, "the first place differs"
    behind = {tuple(sorted(offer.slot_ids for offer in offers)) for offers in seen}
    assert len(behind) >= 3, "and so does the slot behind an offer with a count"
    assert all({offer.count for offer in offers} == {2} for offers in seen)
    for number in (0, 5):
        assert world.offers(caller(user=f"user-{number}"), minutes=minutes) == seen[number]


def test_the_limit_cuts_the_list_and_the_total_counts_all(world: World) -> None:
    world.clinic(slots=9)
    world.see()
    whole = world.offers()
    for minutes in (0, 15):
        found = world.find(limit=4, minutes=minutes)
        assert (len(found.offers), found.total) == (4, 9)
        assert _starts(found.offers) == _starts(whole)[:4]
    assert len(world.offers(limit=0)) == 1
    world.with_settings(search_limit=3)
    assert len(world.offers(limit=1000)) == 3


# Filters


def test_each_filter_alone_leaves_what_it_says(world: World) -> None:
    world.clinic(HOST, slots=1)
    world.clinic(HOST, slots=1, channel=DeliveryChannel.VIDEO, starts=TONIGHT + timedelta(hours=1))
    world.clinic(
        HOST, slots=1, role_code="R0600", location=Location("annexe", "Annexe"), starts=TONIGHT + timedelta(hours=2)
    )
    world.clinic(OTHER, slots=1, starts=TONIGHT + timedelta(hours=3))
    _see_all(world)

    def hours(**command: object) -> list[int]:
        found = world.find(None, **command).offers
        return [int((start - TONIGHT).total_seconds() // 3600) for start in _starts(found)]

    assert hours() == [0, 1, 2, 3]
    assert hours(roles=frozenset({PractitionerRole.NURSE})) == [2]
    assert hours(roles=frozenset({PractitionerRole.NURSE, PractitionerRole.GP})) == [0, 1, 2, 3]
    assert hours(roles=frozenset({PractitionerRole.PHARMACIST})) == []
    assert hours(channels=frozenset({DeliveryChannel.VIDEO})) == [1]
    assert hours(hosts=frozenset({OTHER})) == [3]
    assert hours(hosts=frozenset({HOST}), site_location_id="annexe") == [2]
    assert hours(access_needs=frozenset({"step-free"})) == [0, 1]
    assert hours(access_needs=frozenset({"step-free", "hearing-loop"})) == []
    assert hours(near_postcode=POSTCODE, within_miles=2) == [0, 1]
    assert hours(near_postcode=POSTCODE, within_miles=20) == [0, 1, 3]
    assert hours(within_miles=20) == [], "without a postcode nothing is known to be near"
    assert hours(window=Window(TONIGHT, TONIGHT + timedelta(hours=1))) == [0], "half open"
    assert hours(minutes=15) == [0, 1, 2, 3]
    assert hours(minutes=20) == []
    assert hours(roles=frozenset({PractitionerRole.GP}), hosts=frozenset({HOST}), minutes=10) == [0, 1]


def test_what_has_begun_is_not_offered(world: World) -> None:
    world.clinic(slots=3)
    world.see()
    world.clock.at = TONIGHT + timedelta(minutes=14)
    whole_day = Window.of_days(date(2026, 11, 24), date(2026, 11, 24))
    assert [offer.facts.window.start for offer in world.offers(window=whole_day)] == [
        TONIGHT + timedelta(minutes=15),
        TONIGHT + timedelta(minutes=30),
    ]


@pytest.mark.parametrize(
    ("postcode", "miles"),
    [("BS1 4DJ", (0.82, 5.56)), ("bs14dj", (0.82, 5.56)), ("BS40 5AA", (9.3, 11.4)), ("XX1 1XX", None), ("", None)],
)
def test_distances_are_computed_from_the_patients_postcode(
    world: World, postcode: str, miles: tuple[float, float] | None
) -> None:
    with world.work.begin() as tx:
        tx.add(PlaceRow(code="BS40", latitude=51.345, longitude=-2.75))
    world.clinic(HOST, slots=1)
    world.clinic(OTHER, slots=1)
    _see_all(world)
    found = {offer.facts.host: offer.miles for offer in world.offers(near_postcode=postcode)}
    if miles is None:
        assert set(found.values()) == {None}
    else:
        assert [found[HOST], found[OTHER]] == pytest.approx(miles, rel=0.1)


def test_long_appointments_are_offered_as_runs_of_adjacent_slots(world: World) -> None:
    slots = world.clinic(slots=4)
    world.see()
    found = world.find(minutes=30)
    assert [(offer.facts.minutes, len(offer.slot_ids), offer.count) for offer in found.offers] == [(30, 2, 1)] * 3
    assert (found.total, found.offers[0].facts.window.start) == (3, slots[0].window.start)
    assert world.find(minutes=61).offers == ()
    held = holding.take(world.desk, TakeHold(found.offers[1].slot_ids), caller(user="olga"))
    assert held.facts.minutes == 30
    assert world.find(minutes=30).offers == ()


# Claims


def test_what_somebody_holds_is_hidden_from_others_and_comes_back(world: World) -> None:
    world.clinic(slots=1)
    world.clinic(slots=1)
    world.see()
    assert [offer.count for offer in world.offers()] == [2]
    world.hold(caller(user="olga"))
    assert [offer.count for offer in world.offers()] == [1]
    world.clock.forward(minutes=4)
    assert [offer.count for offer in world.offers()] == [2]


# Never a bare none


def test_nothing_found_still_says_what_was_searched_and_when_the_next_one_is(world: World) -> None:
    world.clinic(slots=1, starts=TONIGHT + timedelta(days=2))
    world.clinic(slots=1, starts=TONIGHT + timedelta(days=2), channel=DeliveryChannel.VIDEO)
    _see_all(world)
    tonight = Window(NOW, NOW + timedelta(hours=10))
    found = world.find(window=tonight, channels=frozenset({DeliveryChannel.VIDEO}))
    assert (found.offers, found.total, found.window) == ((), 0, tonight)
    assert found.next_after is not None
    assert found.next_after.facts.window.start == TONIGHT + timedelta(days=2)
    assert found.next_after.facts.channel is DeliveryChannel.VIDEO
    assert found.searched_until == NOW + timedelta(days=14)
    assert {answer.host: bool(answer.explanation) for answer in found.hosts} == dict.fromkeys((HOME, HOST, OTHER), True)
    assert world.find(window=Window(NOW + timedelta(days=15), NOW + timedelta(days=16))).next_after is None


def test_with_offers_there_is_no_need_of_a_next_one(world: World) -> None:
    world.clinic(slots=1)
    world.clinic(slots=1, starts=TONIGHT + timedelta(days=1))
    world.see()
    assert world.find(window=Window(NOW, NOW + timedelta(hours=10))).next_after is None


def test_hosts_are_told_with_how_many_they_offer(world: World) -> None:
    world.clinic(HOST, slots=3)
    world.clinic(OTHER, slots=1)
    _see_all(world)
    found = world.find()
    assert [(answer.host, answer.offered, answer.explanation) for answer in found.hosts[:2]] == [
        (HOST, 3, ""),
        (OTHER, 1, ""),
    ]
    assert (found.hosts[2].host, found.hosts[2].offered) == (HOME, 0)
    assert "full, restricted or embargoed" in found.hosts[2].explanation


def test_slots_too_short_to_join_are_not_counted_as_offers_of_a_long_appointment(world: World) -> None:
    world.clinic(HOST, slots=1)
    world.clinic(OTHER, slots=2)
    _see_all(world)
    found = {answer.host: answer for answer in world.find(minutes=30).hosts}
    assert (found[OTHER].offered, found[HOST].offered) == (1, 0)
    assert "none that fit" in found[HOST].explanation


# Why can't I see practice X?


def _explain(world: World, host: OdsCode = HOST) -> tuple[Why, str]:
    answer = search.explain(world.desk, host, caller())
    return answer.why, answer.explanation


def _execute(world: World, statement: str) -> None:
    with world.work.begin() as tx:
        tx.execute(text(statement), {"host": HOST.value, "home": HOME.value})


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
        ("UPDATE agreement_grant SET giver_ods = :home", Why.NOT_THIS_DIRECTION, "other direction only"),
        ("UPDATE agreement_grant SET scope = 'view-record'", Why.NOT_THIS_SCOPE, "does not cover"),
        ("UPDATE agreement_grant SET roles = '{clinician}'", Why.NOT_THIS_ROLE, "your role"),
        ("DELETE FROM agreement_party WHERE ods = :host", Why.NO_AGREEMENT, "no data-sharing agreement"),
    ],
)
def test_a_practice_that_cannot_be_seen_is_explained(world: World, change: str, why: Why, words: str) -> None:
    world.clinic(slots=1)
    world.see()
    if "scope" in change:
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
        f"Practice {HOST} returned nothing to your practice for these dates: full, restricted or embargoed; "
        f"only Practice {HOST} can tell."
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


# The two Sundays on which the clock changes

BACK, FORTH = date(2026, 10, 25), date(2027, 3, 28)


@pytest.mark.parametrize(("sunday", "hours"), [(BACK, 25), (FORTH, 23)])
def test_a_day_whose_clock_changes_is_searched_from_midnight_to_midnight(
    world: World, sunday: date, hours: int
) -> None:
    midnight = Window.of_days(sunday, sunday)
    _execute(world, "UPDATE agreement SET starts_at = '2026-01-01', ends_at = '2028-01-01'")
    world.clock.at = midnight.start - timedelta(days=1)
    quarters = int(midnight.length / timedelta(minutes=30))
    assert quarters == 2 * hours
    whole = world.clinic(starts=midnight.start - timedelta(hours=1), slots=quarters + 4, minutes=30)
    world.see()
    found = views.board(world.desk, sunday, caller(), limit=200)
    assert _starts(found.offers) == [slot.window.start for slot in whole[2:-2]]
    with world.work.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM slot")).scalar() == quarters + 4


def test_the_repeated_hour_is_offered_twice_and_joins_itself(world: World) -> None:
    _execute(world, "UPDATE agreement SET starts_at = '2026-01-01', ends_at = '2028-01-01'")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    world.clock.at = first - timedelta(hours=5)
    world.clinic(starts=first, slots=3, minutes=30)
    world.see()
    window = Window.of_days(BACK, BACK)
    assert _starts(world.offers(window=window)) == [first + n * timedelta(minutes=30) for n in range(3)]
    (whole, *_) = world.offers(window=window, minutes=90)
    assert whole.facts.minutes == 90
    assert whole.facts.window == Window(first, first + timedelta(minutes=90))


def test_a_system_caller_or_another_role_sees_what_its_clause_gives(world: World) -> None:
    world.clinic(slots=1)
    world.see()
    _execute(world, "UPDATE agreement_grant SET roles = '{clinician}'")
    assert world.offers() == ()
    assert len(world.offers(caller(role=UserRole.CLINICIAN))) == 1
    assert len(world.offers(replace(caller(), role=UserRole.SYSTEM))) == 1
