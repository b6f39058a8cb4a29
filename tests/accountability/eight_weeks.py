"""Eight weeks of the demo federation's desks, misuse planted among honest work: do the rules tell them apart?

    python -m tests.accountability.eight_weeks

Practices and patients are the demo's, staff are named from the same lists as patients (so namesakes happen as they do);
desks work as the demo's clinics do: own patients looked up and booked at a neighbour's, neighbours' patients received,
a few callers who belong elsewhere, a few slips of the finger.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from accountability import unusual
from accountability.concerns import Concern
from accountability.unusual import Case, Finding, Look, PatientFacts, StaffFacts, Thresholds
from demo.federation.network import Cluster, clusters
from demo.federation.patients import enrol
from demo.federation.words import FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient

WEEKS = 8
_MONDAY = date(2026, 9, 28)  # the clocks go back in the fourth week
_DESKS = 5  # people a practice
_LOOKS_A_DAY = 15  # a desk day's cross-practice work: about 6,000 slots a week for 82 practices
_ELSEWHERE, _SLIP, _BOOKED, _LATE = 0.004, 0.003, 0.8, 0.0005
_MARKED = 0.6  # of staff, those whose practice manager recorded their own record


@dataclass
class Played:
    """What was done, and which looks were misuse."""

    cases: list[Case] = field(default_factory=list)
    planted: dict[int, Concern] = field(default_factory=dict)
    practices: int = 0
    _by_event: dict[int, OdsCode] = field(default_factory=dict)

    def judged(self, thresholds: Thresholds | None = None) -> "Verdicts":
        """What the rules find, sorted into right and wrong; a person's day is raised once."""
        found = unusual.judge(self.cases, thresholds or Thresholds())
        once: dict[tuple[object, ...], Finding] = {}
        for each in found:
            first = each.looks[0]
            once.setdefault((each.concern, first.user_id, first.practice, each.patient, first.at.date()), each)
        right, wrong, sure = Counter[Concern](), Counter[Concern](), Counter[Concern]()
        met: set[int] = set()
        for each in once.values():
            hits = {look.event for look in each.looks if self.planted.get(look.event) is each.concern}
            met |= hits
            (right if hits else wrong)[each.concern] += 1
            sure[each.concern] += bool(each.sure and not hits)
        planted = {(concern, self._practice_of(event)) for event, concern in self.planted.items()}
        missed = planted - {(self.planted[event], self._practice_of(event)) for event in met}
        days, unmet = (Counter(concern for concern, _ in some) for some in (planted, missed))
        return Verdicts(len(self.cases), self.practices, days, right, wrong, sure, unmet)

    def _practice_of(self, event: int) -> OdsCode:
        if not self._by_event:
            self._by_event = {case.look.event: case.look.practice for case in self.cases}
        return self._by_event[event]


@dataclass(frozen=True)
class Verdicts:
    """The figures."""

    looks: int
    practices: int
    planted: Counter[Concern]
    right: Counter[Concern]
    wrong: Counter[Concern]
    wrong_but_sure: Counter[Concern]
    missed: Counter[Concern]

    @property
    def wrong_a_practice_and_week(self) -> float:
        """How many reviews a guardian gets in vain."""
        return sum(self.wrong.values()) / self.practices / WEEKS


def play(some: list[Cluster], *, seed: int = 1) -> Played:
    """All desks of these clusters for eight weeks."""
    played, numbers = Played(), Random(seed)
    events = iter(range(1, 10**9))
    for cluster in some:
        desk = _Cluster(cluster, numbers)
        played.practices += len(desk.lists)
        for case in desk.honest(events):
            played.cases.append(case)
        for concern, cases in desk.misuse(events):
            played.cases += cases
            played.planted |= {case.look.event: concern for case in cases}
    return played


class _Cluster:
    def __init__(self, cluster: Cluster, numbers: Random) -> None:
        self._n = numbers
        self.lists: dict[OdsCode, list[Patient]] = {
            practice.ods: [each.person.patient for each in enrol(practice) if each.at_home is not None]
            for practice in cluster.practices
        }
        self._staff = {ods: [self._person(ods, n) for n in range(_DESKS)] for ods in self.lists}

    def _person(self, ods: OdsCode, number: int) -> StaffFacts:
        name = f"{self._n.choice(FEMALE_NAMES + MALE_NAMES)} {self._n.choice(FAMILY_NAMES)}"
        user = f"{ods}-{number}"
        if self._n.random() > _MARKED:
            return StaffFacts(user, name)
        return StaffFacts(user, name, f"number {user}", f"home {user}")

    def honest(self, events: Iterator[int]) -> Iterator[Case]:
        """Own patients booked elsewhere, neighbours' received, callers from elsewhere, slips."""
        for day in (_MONDAY + timedelta(days=n) for n in range(WEEKS * 7)):
            if day.weekday() == 6:
                continue
            for ods in self.lists:
                for _ in range(_LOOKS_A_DAY if day.weekday() < 5 else 5):
                    yield from self._call(ods, day, events)

    def _call(self, ods: OdsCode, day: date, events: Iterator[int]) -> Iterator[Case]:
        who, host = self._n.choice(self._staff[ods]), self._n.choice([other for other in self.lists if other != ods])
        at = self._at(day, 8, 18)
        chance = self._n.random()
        if chance < _ELSEWHERE + _SLIP:  # somebody else's patient, nothing booked: rang the wrong number, or a slip
            yield self._case(events, at, who, ods, self._n.choice(self.lists[host]), host, linked=())
            return
        patient = self._n.choice(self.lists[ods])
        booked = self._n.random() < _BOOKED
        yield self._case(events, at, who, ods, patient, ods, linked=(ods, host) if booked else ())
        if booked:
            evening = self._at(day, 18, 20) if self._n.random() > _LATE else self._at(day, 21, 23)
            receiver = self._n.choice(self._staff[host])
            yield self._case(events, evening, receiver, host, patient, ods, linked=(ods, host))

    def misuse(self, events: Iterator[int]) -> Iterator[tuple[Concern, list[Case]]]:
        """One of each kind a practice, on days of their own."""
        for ods in self.lists:
            who = replace(self._n.choice(self._staff[ods]), number_mark=f"marked {ods}", home_mark=f"house {ods}")
            other = next(each for each in self.lists if each != ods)
            patient, day = self._n.choice(self.lists[ods]), _MONDAY + timedelta(days=self._n.randrange(5))
            at = self._at(day, 9, 17)
            own = self._case(events, at, who, ods, patient, ods, linked=(ods,))
            yield Concern.OWN_RECORD, [replace(own, patient=replace(own.patient, number_mark=who.number_mark))]
            home = self._case(events, at, who, ods, patient, ods, linked=(ods,))
            kin = replace(home.patient, family=who.name.split()[-1], home_mark=who.home_mark, number_mark="kin")
            yield Concern.SAME_HOUSEHOLD, [replace(home, patient=kin)]
            friend = self._case(events, at, who, ods, patient, ods, linked=(ods,))
            marked = StaffFacts(f"{ods}-friend", "Some Body", f"friend {ods}")
            theirs = replace(friend.patient, number_mark=marked.number_mark)
            yield Concern.COLLEAGUE, [replace(friend, patient=theirs, colleagues=[*friend.colleagues, marked])]
            snoop = self._case(events, at, who, ods, self._n.choice(self.lists[other]), other, linked=())
            yield Concern.NO_CARE_LINK, [snoop]
            crowd = [self._n.choice(self.lists[ods]) for _ in range(60)]
            moments = [at + timedelta(seconds=40 * n) for n in range(60)]
            yield (
                Concern.BULK,
                [
                    self._case(events, moment, who, ods, each, ods, linked=())
                    for moment, each in zip(moments, crowd, strict=True)
                ],
            )
            night = self._case(events, self._at(day, 1, 4), who, ods, patient, ods, linked=(ods,))
            yield Concern.OUT_OF_HOURS, [night]

    def _case(
        self,
        events: Iterator[int],
        at: datetime,
        who: StaffFacts,
        ods: OdsCode,
        patient: Patient,
        home: OdsCode,
        *,
        linked: tuple[OdsCode, ...],
    ) -> Case:
        look = Look(next(events), at, who.user_id, who.name, "receptionist", ods, patient.nhs_number.value)
        facts = PatientFacts(
            patient.family,
            patient.given,
            f"number {patient.nhs_number.value}",
            f"home {patient.postcode} {patient.address[0]}",
            home,
            frozenset(linked),
        )
        return Case(look, who, facts, self._staff[ods])

    def _at(self, day: date, first: int, last: int) -> datetime:
        """A moment between two hours, by the clock in England near enough for hours that far from the limits."""
        seconds = self._n.randrange((last - first) * 3600)
        return datetime(day.year, day.month, day.day, first, tzinfo=UTC) + timedelta(seconds=seconds)


def main() -> None:
    """The figures for the whole federation."""
    verdicts = play(list(clusters())).judged()
    say = sys.stdout.write
    say(f"{verdicts.looks:,} looks, {verdicts.practices} practices, {WEEKS} weeks\n")
    for concern in verdicts.planted:
        say(
            f"{concern.value:16} reviews in vain {verdicts.wrong[concern]:4} (of them not marked as perhaps a namesake "
            f"{verdicts.wrong_but_sure[concern]:3}), found rightly {verdicts.right[concern]:3}\n"
        )
    say(f"in vain a practice and week: {verdicts.wrong_a_practice_and_week:.2f}\n")
    say(f"in vain a thousand looks: {1000 * sum(verdicts.wrong.values()) / verdicts.looks:.2f}\n")
    say(f"missed: {dict(verdicts.missed)}\n")


if __name__ == "__main__":
    main()
