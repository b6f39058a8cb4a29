"""The synthetic patients: valid numbers nobody has, and enough of the difficult ones."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import nhs_number as second_opinion
import pytest

from connectors.mock.simulator import Standing
from demo.federation.choices import choices_made
from demo.federation.memorable import MEMORABLE, memorable
from demo.federation.network import by_ods, practices
from demo.federation.patients import Enrolment, enrol, nhs_number
from demo.federation.size import FULL
from vocabulary.choices import PatientChoice
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Difference, compare


@cache
def everybody() -> tuple[Enrolment, ...]:
    return tuple(each for practice in practices() for each in enrol(practice))


def test_tens_of_thousands_with_valid_synthetic_numbers_of_their_own() -> None:
    numbers = [each.person.patient.nhs_number.value for each in everybody()]
    numbers += [each.nhs_number.value for each in MEMORABLE]
    assert 30_000 <= len(numbers) <= 40_000
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        assert number.startswith("999")
        NHSNumber.parse(number)
    assert all(second_opinion.is_valid(number) for number in numbers[::50])


def test_no_number_is_made_where_the_check_digit_would_be_ten() -> None:
    assert nhs_number(999_000_001) == NHSNumber.parse("999 000 0018")
    assert nhs_number(999_000_014) is None


def test_phones_are_of_the_range_kept_for_drama() -> None:
    phones = [each.person.patient.phone for each in everybody()] + [each.person.patient.phone for each in MEMORABLE]
    assert all(re.fullmatch(r"07700 900[0-9]{3}|", phone) for phone in phones)
    assert 0.02 <= phones.count("") / len(phones) <= 0.06


def test_the_difficult_ones_are_there() -> None:
    people = [each.person for each in everybody()]
    assert 150 <= sum(person.deceased for person in people) <= 500
    assert 100 <= sum(person.restricted for person in people) <= 350
    assert 40 <= sum(person.superseded_by is not None for person in people) <= 200
    assert sum(bool(person.interpreter) for person in people) >= 500
    assert sum(bool(person.access_needs) for person in people) >= 500
    current = {person.patient.nhs_number for person in people if person.superseded_by is None}
    assert all(person.superseded_by in current for person in people if person.superseded_by)


def test_a_practice_holds_its_dead_and_restricted_out_of_sight() -> None:
    for each in everybody():
        if each.at_home is None:
            assert each.person.superseded_by is not None
        elif each.person.deceased:
            assert each.at_home.standing is Standing.DECEASED
        elif each.person.restricted:
            assert each.at_home.standing is Standing.SENSITIVE
        else:
            assert each.at_home.standing is Standing.ACTIVE


def test_ages_are_of_all_kinds_and_nobody_is_unborn() -> None:
    decades = Counter((2025 - each.person.patient.birth_date.year) // 10 for each in everybody())
    assert all(decades[decade] for decade in range(10))
    assert max(each.person.patient.birth_date for each in everybody()) <= date(2025, 1, 1)


def test_patients_come_out_the_same_every_time_and_fewer_are_the_first_of_them() -> None:
    practice = practices()[3]
    assert enrol(practice) == enrol(practice)
    few = enrol(practice, at_most=25)
    assert few == enrol(practice)[: len(few)]


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("ordinary", "999 000 0018"),
        ("deceased", "999 000 0026"),
        ("restricted", "999 000 0034"),
        ("superseded", "999 000 0042"),
        ("current-number", "999 000 0050"),
        ("twin", "999 000 0069"),
        ("other-twin", "999 000 0077"),
        ("no-phone", "999 000 0085"),
        ("interpreter", "999 000 0093"),
        ("wheelchair", "999 000 0107"),
    ],
)
def test_the_memorable_patients_keep_their_numbers(key: str, number: str) -> None:
    assert memorable(key).nhs_number == NHSNumber.parse(number)


def test_the_memorable_patients_are_what_they_say() -> None:
    person = {each.key: each.person for each in MEMORABLE}
    assert person["deceased"].deceased
    assert person["restricted"].restricted
    assert person["superseded"].superseded_by == memorable("current-number").nhs_number
    assert person["no-phone"].patient.phone == ""
    assert person["interpreter"].interpreter == "Polish"
    assert person["unregistered"].home_practice is None
    one, other = person["twin"].patient, person["other-twin"].patient
    assert (one.family, one.given, one.birth_date) == (other.family, other.given, other.birth_date)
    assert one.postcode != other.postcode
    assert (person["child"].patient.birth_date.year, person["wheelchair"].access_needs) == (
        2018,
        ("step-free", "hoist"),
    )


@pytest.mark.parametrize(
    ("key", "differences", "blocks"),
    [
        ("renamed", (Difference.FAMILY,), False),
        ("other-birthday", (Difference.BIRTH_DATE,), True),
        ("seen-before", (), False),
    ],
)
def test_records_held_elsewhere_differ_as_they_should(
    key: str, differences: tuple[Difference, ...], blocks: bool
) -> None:
    known = memorable(key)
    elsewhere = next(record for ods, record in known.held if ods != known.person.home_practice)
    match = compare(known.person.patient, elsewhere.patient)
    assert (match.differences, match.blocks) == (differences, blocks)
    assert elsewhere.temporary


def test_memorable_patients_belong_to_practices_of_the_network() -> None:
    for each in MEMORABLE:
        assert each.why.endswith(".")
        for ods, _ in each.held:
            assert ods in by_ods()


def test_the_choices_that_some_have_made_are_written_down_at_their_own_practice() -> None:
    now = datetime(2026, 11, 24, 14, tzinfo=UTC)
    rows = list(choices_made(FULL, now=now))
    assert {row["choice"] for row in rows} == set(PatientChoice)
    for row in rows:
        (known,) = [each for each in MEMORABLE if each.nhs_number.value == row["nhs_number"]]
        assert known.person.home_practice == OdsCode(row["recorded_for"])
        assert not known.person.restricted and not known.person.deceased
    few = list(choices_made(replace(FULL, clusters=FULL.clusters[:1]), now=now))
    assert few and {row["nhs_number"] for row in few} < {row["nhs_number"] for row in rows}
