"""Each practice's weekly rota: which clinics it holds on which evenings and Saturdays, by whom, how, and where.

Made from the practice's number and list size alone, so that any week can be made at any time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from random import Random

from demo.federation.network import Practice, by_ods, clusters, practices
from demo.federation.wordings import ASSISTANT, BLOODS, GP, MENTAL_HEALTH, NURSE, PHARMACIST, PHYSIO, SMEARS
from demo.federation.words import FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel, Gender, Practitioner, PractitionerRole

SLOTS_A_WEEK = 5_950  # across the network; clinics are whole, so a week comes out near it
SATURDAY = 5
EVENING = (time(18, 30), time(20))
MORNING = (time(9), time(13))
AFTERNOON = (time(13), time(17))

IN_PERSON, TELEPHONE, VIDEO = DeliveryChannel.IN_PERSON, DeliveryChannel.TELEPHONE, DeliveryChannel.VIDEO


@dataclass(frozen=True, slots=True)
class _Kind:
    """A staff type: its national role code (none where GP Connect has none), slot lengths, channels, its share."""

    role_code: str
    minutes: tuple[int, ...]
    channels: tuple[tuple[DeliveryChannel, int], ...]
    share: int


_KINDS: Mapping[PractitionerRole, _Kind] = {
    GP: _Kind("R0260", (10, 10, 10, 15), ((IN_PERSON, 60), (TELEPHONE, 30), (VIDEO, 10)), 46),
    NURSE: _Kind("R0620", (10, 15, 20), ((IN_PERSON, 95), (TELEPHONE, 5)), 18),
    PHYSIO: _Kind("", (20, 30), ((IN_PERSON, 75), (VIDEO, 15), (TELEPHONE, 10)), 10),
    PHARMACIST: _Kind("R1290", (10, 15), ((TELEPHONE, 60), (IN_PERSON, 30), (VIDEO, 10)), 10),
    MENTAL_HEALTH: _Kind("", (30,), ((IN_PERSON, 40), (VIDEO, 35), (TELEPHONE, 25)), 6),
    ASSISTANT: _Kind("R1480", (10, 15), ((IN_PERSON, 100),), 10),
}
_OTHERS = (NURSE, PHYSIO, PHARMACIST, MENTAL_HEALTH, ASSISTANT)


@dataclass(frozen=True, slots=True)
class Clinic:
    """One clinic of a weekly rota. From slot `turns_to_telephone` on (if not 0) its slots are by telephone."""

    number: int  # within the practice's rota
    weekday: int
    begins: time
    ends: time
    role: PractitionerRole
    role_code: str
    practitioner: Practitioner
    minutes: int
    channel: DeliveryChannel
    special: str
    site: int  # which of the practice's sites
    turns_to_telephone: int
    embargo: timedelta | None
    closes: timedelta
    cluster_only: bool  # the practice restricted the session to its cluster's ODS codes

    @property
    def slots(self) -> int:
        """How many slots fit."""
        span = (self.ends.hour - self.begins.hour) * 60 + self.ends.minute - self.begins.minute
        return span // self.minutes

    def channel_of(self, position: int) -> DeliveryChannel:
        """The channel of the slot at this position."""
        return TELEPHONE if self.turns_to_telephone and position >= self.turns_to_telephone else self.channel


@cache
def rota(ods: OdsCode) -> tuple[Clinic, ...]:
    """The weekly rota of a practice."""
    practice = by_ods()[ods]
    quota = round(SLOTS_A_WEEK * practice.list_size / _all_lists())
    numbers = Random(f"rota:{ods}")
    made: list[Clinic] = []
    held = 0
    for weekday, hours, role in _wishes(practice, numbers):
        clinic = _clinic(practice, numbers, made, weekday, hours, role)
        if held and held + clinic.slots / 2 > quota:
            break
        made.append(clinic)
        held += clinic.slots
    return tuple(made)


@cache
def _all_lists() -> int:
    return sum(practice.list_size for practice in practices())


def _wishes(practice: Practice, numbers: Random) -> Iterator[tuple[int, tuple[time, time], PractitionerRole]]:
    """Clinics in the order in which a practice would add them, without end.

    The first ones see to it that every cluster has a GP every evening, all staff types in a week and Saturdays
    covered from nine to five, however small its practices.
    """
    seat = practice.seat
    yield seat % 5, EVENING, GP
    if _fifth_seat_missing(practice):
        yield 4, EVENING, GP
    yield (seat * 2) % 5, EVENING, _OTHERS[(seat * 2) % 5]
    yield (seat * 2 + 1) % 5, EVENING, _OTHERS[(seat * 2 + 1) % 5]
    yield SATURDAY, (MORNING, AFTERNOON)[seat % 2], GP
    shares = [kind.share for kind in _KINDS.values()]
    while True:
        (role,) = numbers.choices(list(_KINDS), shares)
        if numbers.random() < 0.16:
            yield SATURDAY, numbers.choice((MORNING, AFTERNOON)), role
        else:
            yield numbers.randrange(5), EVENING, role


def _fifth_seat_missing(practice: Practice) -> bool:
    """True for the first practice of a cluster of four, which takes the Friday evening too."""
    members = next(cluster.practices for cluster in clusters() if cluster.code == practice.cluster)
    return practice.seat == 0 and len(members) < 5


def _clinic(
    practice: Practice,
    numbers: Random,
    made: list[Clinic],
    weekday: int,
    hours: tuple[time, time],
    role: PractitionerRole,
) -> Clinic:
    kind = _KINDS[role]
    channels, weights = zip(*kind.channels, strict=True)
    (channel,) = numbers.choices(channels, weights)
    minutes = numbers.choice(kind.minutes)
    special = _special(role, channel, numbers)
    mixed = role is GP and channel is IN_PERSON and numbers.random() < 0.2
    return Clinic(
        number=len(made) + 1,
        weekday=weekday,
        begins=hours[0],
        ends=hours[1],
        role=role,
        role_code=kind.role_code,
        practitioner=_somebody_free(practice, numbers, made, weekday, hours, role),
        minutes=minutes,
        channel=channel,
        special=special,
        site=0 if numbers.random() < 0.7 else numbers.randrange(len(practice.sites)),
        turns_to_telephone=6 if mixed else 0,
        embargo=timedelta(hours=48) if numbers.random() < 0.04 else None,
        closes=timedelta(hours=1) if numbers.random() < 0.05 else timedelta(),
        cluster_only=numbers.random() < 0.05,
    )


def _somebody_free(
    practice: Practice,
    numbers: Random,
    made: list[Clinic],
    weekday: int,
    hours: tuple[time, time],
    role: PractitionerRole,
) -> Practitioner:
    """One of the practice's people of this staff type who has no clinic then; one more is found if all have."""
    busy = {clinic.practitioner.host_id for clinic in made if (clinic.weekday, clinic.begins) == (weekday, hours[0])}
    usual = _colleagues(practice, role)
    first = numbers.randrange(usual)
    order = [(first + step) % usual for step in range(usual)] + list(range(usual, usual + len(busy) + 1))
    return next(person for which in order if (person := _practitioner(practice, role, which)).host_id not in busy)


def _special(role: PractitionerRole, channel: DeliveryChannel, numbers: Random) -> str:
    if channel is not IN_PERSON or numbers.random() > 0.25:
        return ""
    return {NURSE: SMEARS, ASSISTANT: BLOODS}.get(role, "")


def _colleagues(practice: Practice, role: PractitionerRole) -> int:
    return 3 + practice.list_size // 6_000 if role is GP else 2 if role in (NURSE, ASSISTANT) else 1


@cache
def _practitioner(practice: Practice, role: PractitionerRole, which: int) -> Practitioner:
    numbers = Random(f"practitioner:{practice.ods}:{role}:{which}")
    gender = numbers.choice((Gender.FEMALE, Gender.MALE))
    given = numbers.choice(FEMALE_NAMES if gender is Gender.FEMALE else MALE_NAMES)
    title = "Dr " if role is GP else "Nurse " if role is NURSE else ""
    host_id = str(2_000 + list(_KINDS).index(role) * 20 + which)
    return Practitioner(host_id, f"{title}{given} {numbers.choice(FAMILY_NAMES)}", gender)
