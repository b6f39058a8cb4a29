"""How long one decision of the gate takes at the demo's size: `python -m tests.bench.deciding`. No test: it times.

82 practices, 18 agreements with clauses for five kinds of access, one of them between all practices; receptionists and
clinicians ask about every neighbour. Processor time of one thread, so that other work on the machine counts little.
"""

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

from demo.federation.network import clusters
from sharing_agreements.reading import Standing
from sharing_agreements.terms import Grant, PatientFacts, Question, Terms
from vocabulary.choices import Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope

AGREEMENTS = 18
ROUNDS, A_ROUND = 40, 5000
NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
ROLES = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN})


def terms() -> tuple[Terms, ...]:
    """An agreement a cluster, but for the last cluster; and one between all."""
    groups = [frozenset(practice.ods for practice in cluster.practices) for cluster in clusters()]
    sharing = [*groups[: AGREEMENTS - 1], frozenset().union(*groups)]
    return tuple(_agreement(number, group) for number, group in enumerate(sharing, start=1))


def _agreement(number: int, parties: frozenset[OdsCode]) -> Terms:
    grants = tuple(Grant(f"2.{n}", scope, Purpose.DIRECT_CARE, ROLES) for n, scope in enumerate(Scope, start=1))
    begins, ends = NOW - timedelta(days=100), NOW + timedelta(days=265)
    return Terms(number, f"DSA-{number}", 1, "Sharing", "in-force", begins, ends, parties, parties, grants)


def standing() -> Standing:
    """The register in memory, as the gate keeps it."""
    known = terms()
    practices = sorted(frozenset().union(*(each.parties for each in known)))
    by_practice = {ods: tuple(each for each in known if ods in each.parties) for ods in practices}
    return Standing("bench", by_practice, frozenset({(practices[0], Scope.ANALYSE)}))


def questions(register: Standing) -> list[Question]:
    """Of every practice about every other, of every kind; in no order."""
    asked = PatientFacts(permission=Permission.GIVEN, care_link=True)
    found = [
        Question(asker, role, giver, scope, patient=asked)
        for asker, giver in product(register.by_practice, repeat=2)
        for role, scope in product(ROLES, (Scope.SEE_SLOTS, Scope.BOOK, Scope.VIEW_RECORD))
    ]
    Random(7).shuffle(found)
    return found


def main() -> None:
    """Print microseconds a decision."""
    register = standing()
    asked = questions(register)
    taken = []
    for number in range(ROUNDS):
        batch = asked[number * 997 % len(asked) :][:A_ROUND] or asked[:A_ROUND]
        began = time.thread_time()
        for question in batch:
            register.decide(question, NOW)
        taken.append((time.thread_time() - began) / len(batch) * 1e6)
    known = {each.id for naming in register.by_practice.values() for each in naming}
    sys.stdout.write(f"{len(register.by_practice)} practices, {len(known)} agreements, {len(asked)} questions\n")
    spread = f"best {min(taken):.1f}, median {statistics.median(taken):.1f}, slowest {max(taken):.1f}"
    sys.stdout.write(f"microseconds a decision: {spread}\n")


if __name__ == "__main__":
    main()
