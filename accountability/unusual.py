"""Which looks at patients are unusual: one pure function a rule, thresholds given, nothing asked of anybody.

A finding accuses nobody: it asks the guardian of the patient's home practice to look.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from accountability.concerns import Concern
from vocabulary.identifiers import OdsCode
from vocabulary.times import london, london_date


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The rules' numbers: configuration (HUB_UNUSUAL_…), none a law of nature."""

    bulk_patients: int = 40  # so many different patients opened by one person …
    bulk_within: timedelta = timedelta(hours=1)  # … within so long
    day_begins: time = time(7, 0)  # wall-clock time in England; outside is out of hours
    day_ends: time = time(21, 30)
    link_before: timedelta = timedelta(days=90)  # a booking's appointment this long before a look is a link,
    link_after: timedelta = timedelta(days=90)  # or this long after it
    wait: timedelta = timedelta(minutes=30)  # a look is judged when what it was for may have been done
    due: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opened something of one patient's, in person."""

    event: int
    at: datetime
    user_id: str
    user_name: str
    user_role: str
    practice: OdsCode
    patient: str  # the NHS number, as a key


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """A member of staff as far as the rules need: the name they sign in with, and marks where the hub was told."""

    user_id: str
    name: str
    number_mark: str = ""
    home_mark: str = ""


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """A patient as far as the rules need; empty where nothing is known."""

    family: str = ""
    given: str = ""
    number_mark: str = ""
    home_mark: str = ""
    home_practice: OdsCode | None = None
    linked: frozenset[OdsCode] = frozenset()  # practices with a booking of theirs near the time of the look

    def __repr__(self) -> str:
        return "PatientFacts(hidden)"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's answer. `looks` made it; `sure` is False where a namesake would give the same."""

    concern: Concern
    looks: tuple[Look, ...]
    sure: bool = True

    @property
    def patient(self) -> str:
        """The one patient it is about; empty when it is about many."""
        return "" if self.concern in _ABOUT_MANY else self.looks[0].patient


_ABOUT_MANY = frozenset({Concern.BULK, Concern.OUT_OF_HOURS})


@dataclass(frozen=True, slots=True)
class Case:
    """One look with all that is known around it."""

    look: Look
    staff: StaffFacts
    patient: PatientFacts
    colleagues: Sequence[StaffFacts] = field(default=())


def own_record(case: Case) -> Finding | None:
    """Staff must not open their own record here. Told by the number's mark where there is one, else by the name."""
    return _same_person(case, case.staff, Concern.OWN_RECORD)


def same_household(case: Case) -> Finding | None:
    """A patient who has the same surname and lives at the same address."""
    staff, patient = case.staff, case.patient
    if not staff.home_mark or staff.home_mark != patient.home_mark or _is(staff, patient):
        return None
    return _finding(Concern.SAME_HOUSEHOLD, case) if _has_surname(staff.name, patient.family) else None


def colleague(case: Case) -> Finding | None:
    """A patient who works at the same practice."""
    for other in case.colleagues:
        if other.user_id != case.staff.user_id:
            found = _same_person(case, other, Concern.COLLEAGUE)
            if found is not None:
                return found
    return None


def no_care_link(case: Case) -> Finding | None:
    """A patient who is neither on the practice's list nor booked by it or into it around that time.

    Where the home practice is not known nothing is found: not knowing is not a suspicion.
    """
    patient, practice = case.patient, case.look.practice
    if patient.home_practice is None or practice == patient.home_practice or practice in patient.linked:
        return None
    return _finding(Concern.NO_CARE_LINK, case)


def bulk(looks: Iterable[Look], thresholds: Thresholds) -> Iterator[Finding]:
    """So many different patients opened by one person in so short a time; once a person, practice and day."""
    for mine in _by_person_and_day(looks):
        start = 0
        for end in range(len(mine)):
            while mine[end].at - mine[start].at > thresholds.bulk_within:
                start += 1
            among = mine[start : end + 1]
            if len({look.patient for look in among}) >= thresholds.bulk_patients:
                yield Finding(Concern.BULK, tuple(among))
                break


def out_of_hours(looks: Iterable[Look], thresholds: Thresholds) -> Iterator[Finding]:
    """Opened when no clinic of the federation is open; once a person, practice and day."""
    for mine in _by_person_and_day(looks):
        outside = tuple(look for look in mine if not _within_hours(look.at, thresholds))
        if outside:
            yield Finding(Concern.OUT_OF_HOURS, outside)


def judge(cases: Sequence[Case], thresholds: Thresholds) -> tuple[Finding, ...]:
    """All rules over a batch. Own record comes before colleague and household: one look, one of the three."""
    found: list[Finding] = []
    for case in cases:
        closest = own_record(case) or same_household(case) or colleague(case)
        found += [each for each in (closest, no_care_link(case)) if each is not None]
    looks = [case.look for case in cases]
    return (*found, *bulk(looks, thresholds), *out_of_hours(looks, thresholds))


def _finding(concern: Concern, case: Case, *, sure: bool = True) -> Finding:
    return Finding(concern, (case.look,), sure)


def _same_person(case: Case, person: StaffFacts, concern: Concern) -> Finding | None:
    patient = case.patient
    if person.number_mark:
        return _finding(concern, case) if _is(person, patient) else None
    same = patient.family and plain(person.name) == plain(f"{patient.given} {patient.family}")
    return _finding(concern, case, sure=False) if same else None


def _is(person: StaffFacts, patient: PatientFacts) -> bool:
    return bool(person.number_mark) and person.number_mark == patient.number_mark


def _has_surname(name: str, family: str) -> bool:
    return bool(family) and f" {plain(name)}".endswith(f" {plain(family)}")


def plain(name: str) -> str:
    """A name without case, titles of address and surplus space."""
    words = name.replace(".", " ").casefold().split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in _TITLES else words)


_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "sister", "nurse"})


def _within_hours(at: datetime, thresholds: Thresholds) -> bool:
    return thresholds.day_begins <= london(at).time() < thresholds.day_ends


def _by_person_and_day(looks: Iterable[Look]) -> Collection[list[Look]]:
    sorted_out: dict[tuple[object, ...], list[Look]] = {}
    for look in sorted(looks, key=lambda each: (each.at, each.event)):
        sorted_out.setdefault((look.user_id, look.practice, london_date(look.at)), []).append(look)
    return sorted_out.values()
