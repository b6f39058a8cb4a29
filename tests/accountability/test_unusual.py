"""The rules for unusual access, each by itself: what it finds, and what it must leave alone."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from accountability import unusual
from accountability.concerns import Concern
from accountability.unusual import Case, Look, PatientFacts, StaffFacts, Thresholds
from vocabulary.identifiers import OdsCode

HOME, HOST = OdsCode("Y90001"), OdsCode("Y90003")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LOOK = Look(1, NOON, "rita", "Rita Okafor", "receptionist", HOME, "9990000018")
RITA = StaffFacts("rita", "Rita Okafor", "mark-rita", "home-okafor")
SOMEBODY = PatientFacts("Hartnell", "Dorothy", "mark-dorothy", "home-hartnell", HOME)
CASE = Case(LOOK, RITA, SOMEBODY)


def case(**facts: object) -> Case:
    return replace(CASE, patient=replace(SOMEBODY, **facts))


def looks(count: int, *, apart: timedelta = timedelta(seconds=30), **changes: object) -> list[Look]:
    """So many different patients, one after the other."""
    return [replace(LOOK, event=n, at=NOON + n * apart, patient=f"patient-{n}", **changes) for n in range(count)]


def test_an_ordinary_look_is_not_unusual() -> None:
    assert unusual.judge([CASE], Thresholds()) == ()


def test_an_own_record_is_told_by_its_mark_whatever_the_name() -> None:
    found = unusual.own_record(case(number_mark="mark-rita", family="Married", given="Margarita"))
    assert found is not None and (found.concern, found.sure, found.patient) == (Concern.OWN_RECORD, True, LOOK.patient)
    namesake = case(family="Okafor", given="Rita")
    assert unusual.own_record(namesake) is None, "the mark says that this is somebody else of the same name"


@pytest.mark.parametrize("name", ["Rita Okafor", "Dr. RITA  okafor", "dr rita okafor"])
def test_without_a_mark_an_own_record_is_told_by_the_whole_name_and_said_to_be_unsure(name: str) -> None:
    unknown = StaffFacts("rita", name)
    found = unusual.own_record(replace(case(family="OKAFOR", given="Rita"), staff=unknown))
    assert found is not None and not found.sure
    assert unusual.own_record(replace(case(family="Okafor", given="Ngozi"), staff=unknown)) is None
    assert unusual.own_record(replace(case(family="", given=""), staff=StaffFacts("rita", ""))) is None


def test_the_same_household_needs_the_same_surname_and_the_same_home() -> None:
    found = unusual.same_household(case(family="Okafor", home_mark="home-okafor"))
    assert found is not None and found.concern is Concern.SAME_HOUSEHOLD
    assert unusual.same_household(case(family="Okafor")) is None
    assert unusual.same_household(case(home_mark="home-okafor")) is None, "a lodger of another name"
    assert unusual.same_household(case(family="For", home_mark="home-okafor")) is None, "not a part of a surname"
    own = case(family="Okafor", home_mark="home-okafor", number_mark="mark-rita")
    assert unusual.same_household(own) is None, "that is the own record, told by its own rule"
    homeless = replace(case(family="Okafor", home_mark=""), staff=replace(RITA, home_mark=""))
    assert unusual.same_household(homeless) is None


def test_a_surname_of_several_words_is_one_surname() -> None:
    staff = StaffFacts("jan", "Jan van der Berg", "mark-jan", "home-berg")
    assert unusual.same_household(replace(case(family="Van der Berg", home_mark="home-berg"), staff=staff))


def test_a_colleague_is_somebody_else_who_works_at_the_same_practice() -> None:
    others = [RITA, StaffFacts("helen", "Helen Marsden", "mark-helen"), StaffFacts("amara", "Amara Nwosu")]
    marked = replace(case(number_mark="mark-helen"), colleagues=others)
    named = replace(case(family="Nwosu", given="Amara"), colleagues=others)
    nobody = replace(CASE, colleagues=others)
    found = [unusual.colleague(each) for each in (marked, named, nobody)]
    assert [each and each.sure for each in found] == [True, False, None]
    assert unusual.colleague(replace(case(number_mark="mark-rita"), colleagues=others)) is None, "that is oneself"


def test_a_care_link_is_the_own_list_or_a_booking_of_ours_or_with_us() -> None:
    stranger = case(home_practice=HOST)
    found = unusual.no_care_link(stranger)
    assert found is not None and found.concern is Concern.NO_CARE_LINK
    assert unusual.no_care_link(case(home_practice=HOST, linked=frozenset({HOME}))) is None
    assert unusual.no_care_link(CASE) is None
    assert unusual.no_care_link(case(home_practice=None)) is None, "not knowing is not a suspicion"


def test_a_crowd_is_so_many_different_patients_in_so_short_a_time() -> None:
    settings = Thresholds(bulk_patients=5, bulk_within=timedelta(minutes=10))
    (found,) = unusual.bulk(looks(5), settings)
    assert (found.concern, found.patient, len(found.looks)) == (Concern.BULK, "", 5)
    assert not list(unusual.bulk(looks(4), settings))
    assert not list(unusual.bulk(looks(5, apart=timedelta(minutes=3)), settings)), "spread over the day"
    assert not list(unusual.bulk([replace(look, patient="one") for look in looks(9)], settings)), "one patient often"
    both = [*looks(3), *looks(3, user_id="mei")]
    assert not list(unusual.bulk(both, settings)), "two people are not one"
    assert len(list(unusual.bulk(looks(12), settings))) == 1, "once a day, however many more"


@pytest.mark.parametrize(
    ("moment", "unusual_then"),
    [
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 6, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 21, 29, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 21, 30, tzinfo=UTC), True),
        (datetime(2026, 10, 24, 20, 30, tzinfo=UTC), True),  # the last evening of summer time: 21.30 in England
        (datetime(2026, 10, 25, 20, 30, tzinfo=UTC), False),  # the clocks went back: 20.30
        (datetime(2026, 3, 28, 6, 30, tzinfo=UTC), True),  # the last morning of winter time: 6.30
        (datetime(2026, 3, 29, 6, 30, tzinfo=UTC), False),  # the clocks went forward: 7.30
    ],
)
def test_out_of_hours_is_by_the_clock_on_the_wall(moment: datetime, unusual_then: bool) -> None:
    found = list(unusual.out_of_hours([replace(LOOK, at=moment)], Thresholds()))
    assert bool(found) is unusual_then


def test_out_of_hours_is_told_once_a_day_with_all_its_looks() -> None:
    late = [replace(LOOK, event=n, at=datetime(2026, 11, 24, 22, n, tzinfo=UTC)) for n in range(3)]
    (found,) = unusual.out_of_hours([*late, LOOK], Thresholds())
    assert (found.concern, len(found.looks)) == (Concern.OUT_OF_HOURS, 3)
    always_open = Thresholds(day_begins=time(0), day_ends=time(23, 59))
    assert not list(unusual.out_of_hours(late, always_open))


def test_one_look_is_own_record_or_household_or_colleague_and_never_two_of_them() -> None:
    same = case(number_mark="mark-rita", family="Okafor", given="Rita", home_mark="home-okafor", home_practice=HOST)
    twice = replace(same, colleagues=[RITA, StaffFacts("other", "Rita Okafor")])
    assert [each.concern for each in unusual.judge([twice], Thresholds())] == [
        Concern.OWN_RECORD,
        Concern.NO_CARE_LINK,
    ]


def test_facts_about_patients_are_never_printed() -> None:
    assert "Hartnell" not in repr(SOMEBODY)
