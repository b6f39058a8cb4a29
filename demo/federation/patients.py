"""Synthetic patients: tens of thousands, a share of them difficult in the ways real ones are.

NHS numbers begin 999, which are never issued; phones are of the range kept free for drama. The first numbers belong
to the memorable patients (memorable.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from connectors.mock.simulator import SeedPatient, Standing
from demo.federation.geography import POSTCODES
from demo.federation.network import Practice, practices
from demo.federation.words import FAMILY_NAMES, FEMALE_NAMES, LANGUAGES, MALE_NAMES, STREETS
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.slots import Gender

PATIENTS = 31_000  # three in a hundred of those on the lists: enough to search among
_FIRST_BODY = 999_001_000  # below it, the memorable ones
_AGES_AS_OF = date(2025, 1, 1)  # fixed, so that a patient's birthday is the same in every demo
_AGES = ((0, 17, 20), (18, 39, 31), (40, 64, 31), (65, 79, 13), (80, 99, 5))
_ACCESS_NEEDS = (("step-free",), ("hearing-loop",), ("step-free", "hoist"), ("quiet-room",), ("parking", "step-free"))


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A patient as the national service knows them, and how their home practice holds them (None: not at all)."""

    person: TracedPatient
    at_home: SeedPatient | None


def nhs_number(body: int) -> NHSNumber | None:
    """The NHS number with these first nine digits; None where the check digit would be 10, which no number has."""
    digits = f"{body:09d}"
    check = (11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11) % 11
    return None if check == 10 else NHSNumber(f"{digits}{check}")


@cache
def first_bodies() -> Mapping[OdsCode, int]:
    """Where each practice's numbers begin, so that any one practice's patients can be made alone."""
    bodies, at = {}, _FIRST_BODY
    for practice in practices():
        bodies[practice.ods] = at
        at += how_many(practice) * 6 // 5 + 20  # room for old numbers and for those that do not exist
    return bodies


def how_many(practice: Practice) -> int:
    """How many of a practice's patients are made up."""
    return round(PATIENTS * practice.list_size / sum(each.list_size for each in practices()))


def enrol(practice: Practice, *, at_most: int | None = None) -> tuple[Enrolment, ...]:
    """The practice's patients, memorable ones not included."""
    numbers = Random(f"patients:{practice.ods}")
    available = _numbers_from(first_bodies()[practice.ods])
    count = how_many(practice)
    made: list[Enrolment] = []
    for _ in range(count if at_most is None else min(count, at_most)):
        made += _enrolment(practice, numbers, available)
    return tuple(made)


def _numbers_from(body: int) -> Iterator[NHSNumber]:
    while True:
        found = nhs_number(body)
        if found is not None:
            yield found
        body += 1


def _enrolment(practice: Practice, numbers: Random, available: Iterator[NHSNumber]) -> Iterator[Enrolment]:
    patient = _patient(practice, numbers, next(available))
    fate = numbers.random()
    deceased, restricted = fate < 0.01, 0.01 <= fate < 0.016
    person = TracedPatient(
        patient,
        practice.ods,
        restricted=restricted,
        deceased=deceased,
        interpreter=numbers.choice(LANGUAGES) if numbers.random() < 0.03 else "",
        access_needs=numbers.choice(_ACCESS_NEEDS) if numbers.random() < 0.05 else (),
    )
    standing = Standing.DECEASED if deceased else Standing.SENSITIVE if restricted else Standing.ACTIVE
    yield Enrolment(person, SeedPatient(patient, standing))
    if numbers.random() < 0.003:
        yield Enrolment(superseded(patient, next(available), practice.ods), None)


def superseded(patient: Patient, old: NHSNumber, home: OdsCode) -> TracedPatient:
    """The number a patient had before; it leads to the one they have now."""
    former = Patient(
        old,
        patient.family,
        patient.given,
        patient.birth_date,
        patient.gender,
        patient.postcode,
        patient.address,
        patient.phone,
    )
    return TracedPatient(former, home, superseded_by=patient.nhs_number)


def _patient(practice: Practice, numbers: Random, number: NHSNumber) -> Patient:
    gender = _gender(numbers)
    names = FEMALE_NAMES if gender is Gender.FEMALE else MALE_NAMES if gender is Gender.MALE else _ALL_NAMES
    # Half live by the main site, half by another one.
    home = POSTCODES[practice.outcode if numbers.random() < 0.5 else numbers.choice(practice.sites).postcode.split()[0]]
    postcode = numbers.choice(home)
    town = practice.sites[0].address[-1]
    return Patient(
        nhs_number=number,
        family=numbers.choice(FAMILY_NAMES),
        given=numbers.choice(names),
        birth_date=_birth_date(numbers),
        gender=gender,
        postcode=postcode.code,
        address=(f"{numbers.randint(1, 240)} {numbers.choice(STREETS)}", town),
        phone="" if numbers.random() < 0.04 else f"07700 900{numbers.randrange(1000):03d}",
    )


_ALL_NAMES = FEMALE_NAMES + MALE_NAMES


def _gender(numbers: Random) -> Gender:
    drawn = numbers.random()
    if drawn < 0.503:
        return Gender.FEMALE
    return Gender.MALE if drawn < 0.994 else Gender.OTHER if drawn < 0.997 else Gender.UNKNOWN


def _birth_date(numbers: Random) -> date:
    ((youngest, oldest, _),) = numbers.choices(_AGES, [share for _, _, share in _AGES])
    return _AGES_AS_OF - timedelta(
        days=numbers.randint(youngest * 365 + youngest // 4, oldest * 365 + oldest // 4 + 300)
    )
