"""An address book of as many practices as wanted, with an agreement a cluster and every state among them."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import chain
from typing import Any

from demo.federation.network import Cluster, clusters
from practices.results import PracticeView
from sharing_agreements.register import AgreementView
from sharing_agreements.terms import Grant, PulledSwitch, Terms
from tests.hub.web.fakes import NOW
from tests.hub.web.shop import SmallBook, practice
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Purpose, Scope

DESK = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER})
DOCTORS = frozenset({UserRole.CLINICIAN})
CARE = Purpose.DIRECT_CARE


def clauses(*, giver: OdsCode | None = None) -> tuple[Grant, ...]:
    return (
        Grant("2.1", Scope.SEE_SLOTS, CARE, DESK, giver=giver),
        Grant("2.2", Scope.BOOK, CARE, DESK, giver=giver),
        Grant("2.3", Scope.VIEW_RECORD, CARE, DOCTORS, giver=giver),
    )


def view(terms: Terms, cluster: str, *, review: date, reason: str = "") -> AgreementView:
    at = terms.starts_at - timedelta(days=20)
    signatures = tuple((ods, "Dr Ruth Abernathy", "Caldicott Guardian", at) for ods in sorted(terms.signed))
    suspended = NOW - timedelta(days=3) if terms.status == "suspended" else None
    return AgreementView(terms, cluster, review, suspended, reason, signatures)


def agreement_of(number: int, cluster: Cluster) -> AgreementView:
    """The third is suspended, the fifth and ninth run out soon, the seventh shares slots only, the eleventh waits."""
    parties = frozenset(one.ods for one in cluster.practices)
    first = min(parties)
    status = {3: "suspended", 11: "proposed", 14: "ended"}.get(number, "in-force")
    starts = NOW - timedelta(days=200 + 23 * number)
    ends = NOW + timedelta(days={5: 25, 9: 80}.get(number, 500 - 11 * number))
    grants = clauses(giver=first) if number == 2 else clauses()[: 1 if number == 7 else 2 if number in (8, 13) else 3]
    signed = parties - {max(parties)} if number in (2, 11) else parties
    terms = Terms(
        number,
        f"DSA-{cluster.code}",
        1,
        f"{cluster.name}: sharing of clinics",
        status,
        starts,
        ends,
        parties,
        signed,
        grants,
    )
    review = (NOW + timedelta(days=200 + 9 * number)).date()
    return view(terms, cluster.code, review=review, reason="A breach is being looked into." if number == 3 else "")


def between_clusters(listed: tuple[Cluster, ...]) -> tuple[AgreementView, ...]:
    """Two agreements across clusters: Saturday clinics of three neighbours, and one way only."""
    found = []
    for number, (some, others, grants) in enumerate(((0, 1, clauses()[:2]), (2, 3, clauses()[:1])), start=101):
        if others < len(listed):
            parties = frozenset(one.ods for one in chain(listed[some].practices[:3], listed[others].practices[:2]))
            terms = Terms(
                number,
                f"DSA-SAT-{number}",
                1,
                "Saturday clinics of neighbours",
                "in-force",
                NOW - timedelta(days=90),
                NOW + timedelta(days=275),
                parties,
                parties,
                grants,
            )
            found.append(view(terms, "", review=(NOW + timedelta(days=60)).date()))
    return tuple(found)


class FederationBook(SmallBook):
    """Practices of the first so many clusters."""

    def __init__(self, how_many: int = 18) -> None:
        super().__init__()
        self.listed = clusters()[:how_many]
        self._practices = tuple(_practice(one, cluster) for cluster in self.listed for one in cluster.practices)
        numbered = enumerate(self.listed, start=1)
        self.views = tuple(agreement_of(number, one) for number, one in numbered) + between_clusters(self.listed)
        self.switches: frozenset[PulledSwitch] = frozenset()

    def practice(self, ods: OdsCode) -> PracticeView | None:
        return next((found for found in self._practices if found.ods == ods), None)

    def practices(self) -> tuple[PracticeView, ...]:
        return tuple(sorted(self._practices, key=lambda one: one.name))

    def clusters(self) -> dict[str, str]:
        return {cluster.code: cluster.name for cluster in self.listed}

    def pulled_switches(self) -> frozenset[PulledSwitch]:
        return self.switches

    def all_views(self) -> tuple[AgreementView, ...]:
        return tuple(view for view in self.views if view.terms.status in ("in-force", "suspended"))

    def agreements(self, caller: Caller) -> tuple[AgreementView, ...]:
        if caller.role is UserRole.FEDERATION_ADMIN:
            return self.views
        return tuple(view for view in self.views if caller.practice in view.terms.parties)


def _practice(one: Any, cluster: Cluster) -> PracticeView:
    changes: Mapping[str, Any] = {"cluster": cluster.code, "list_size": one.list_size, "phone": one.phone}
    made = practice(one.ods, one.name)
    return PracticeView(**{**{name: getattr(made, name) for name in made.__slots__}, **changes})
