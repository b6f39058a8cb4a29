"""Search: what fits, in the stated order, every host's answer, and never a bare "none"."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from practices.models import PlaceRow
from scheduling import holding, search, views
from scheduling.commands import TakeHold
from tests.scheduling.searches import POSTCODE, _execute, _hosts, _see_all, _starts
from tests.scheduling.world import HOME, HOST, NOW, OTHER, TONIGHT, World, caller
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel, Gender, Location, Practitioner, PractitionerRole
from vocabulary.times import Window

pytestmark = pytest.mark.database


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
    assert found.hosts[2].explanation.endswith(
        "is your own practice: no clinic in these dates, or its clinics are full."
    )


def test_slots_too_short_to_join_are_not_counted_as_offers_of_a_long_appointment(world: World) -> None:
    world.clinic(HOST, slots=1)
    world.clinic(OTHER, slots=2)
    _see_all(world)
    found = {answer.host: answer for answer in world.find(minutes=30).hosts}
    assert (found[OTHER].offered, found[HOST].offered) == (1, 0)
    assert "none that fit" in found[HOST].explanation


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
