"""The synthetic data-sharing agreements: one a cluster, in force and signed by all, with three exceptions to show.

* Y90009 (AVON-02) has not signed.
* Y90010 (AVON-02) shares in one direction only: it gives its slots to the others and gets none of theirs.
* The agreement of AVON-03 (Y90011 to Y90014) is suspended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from demo.federation.network import Cluster
from demo.federation.staff import guardian_of
from sharing_agreements.document import AgreementDocument, Clause, DocumentParty
from sharing_agreements.exchange import day_begins
from sharing_agreements.templates import template
from sharing_agreements.terms import Grant
from vocabulary.agreements import ControllerRole, DataCategory
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import london_date

UNSIGNED = OdsCode("Y90009")
GIVES_ONLY = OdsCode("Y90010")
SUSPENDED_CLUSTER = "AVON-03"
SUSPENDED_BECAUSE = "A breach at one party is being looked into; the parties agreed to pause sharing meanwhile."

_LASTS, _REVIEWED_AFTER = timedelta(days=730), timedelta(days=365)
_BOOKERS = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER})
# What each clause grants, by its number.
_CLAUSES: tuple[tuple[str, Scope, frozenset[UserRole]], ...] = (
    ("2.1", Scope.SEE_SLOTS, _BOOKERS | {UserRole.FEDERATION_ADMIN}),
    ("2.2", Scope.BOOK, _BOOKERS),
    ("2.3", Scope.VIEW_RECORD, frozenset({UserRole.CLINICIAN})),
    ("2.4", Scope.SEND_TASK, frozenset({UserRole.CLINICIAN})),
)
_ABOUT = {
    Scope.SEE_SLOTS: frozenset({DataCategory.APPOINTMENTS}),
    Scope.BOOK: frozenset({DataCategory.APPOINTMENTS, DataCategory.DEMOGRAPHICS}),
    Scope.VIEW_RECORD: frozenset(
        {
            DataCategory.DEMOGRAPHICS,
            DataCategory.PROBLEMS,
            DataCategory.MEDICATION,
            DataCategory.ALLERGIES,
            DataCategory.CONSULTATIONS,
            DataCategory.RESULTS,
            DataCategory.DOCUMENTS,
        }
    ),
    Scope.SEND_TASK: frozenset({DataCategory.TASKS, DataCategory.DEMOGRAPHICS}),
}


@dataclass(frozen=True, slots=True)
class SignedBy:
    """One party's signature."""

    ods: OdsCode
    name: str
    signed_as: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SeedAgreement:
    """One agreement as the seed writes it."""

    code: str
    version: int
    title: str
    status: str
    cluster: str
    starts_at: datetime
    ends_at: datetime
    review_on: date
    suspended_at: datetime | None
    reason: str
    parties: tuple[OdsCode, ...]
    grants: tuple[Grant, ...]
    signatures: tuple[SignedBy, ...]
    document: AgreementDocument  # what they signed


def agreement_of(cluster: Cluster, *, now: datetime) -> SeedAgreement:
    """The cluster's agreement, begun half a year ago and running for two years."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = _begins(now)
    suspended = cluster.code == SUSPENDED_CLUSTER
    parties = tuple(practice.ods for practice in cluster.practices)
    grants = tuple(_grants(parties))
    document = _document(cluster, grants, starts=starts)
    return SeedAgreement(
        code=document.code,
        version=document.version,
        title=document.title,
        status="suspended" if suspended else "in-force",
        cluster=cluster.code,
        starts_at=starts,
        ends_at=_ends(starts),
        review_on=london_date(starts) + _REVIEWED_AFTER,
        suspended_at=midnight - timedelta(days=3) if suspended else None,
        reason=SUSPENDED_BECAUSE if suspended else "",
        parties=parties,
        grants=grants,
        signatures=tuple(
            SignedBy(ods, guardian_of(ods), "Caldicott Guardian", starts - timedelta(days=20 - seat, hours=-14))
            for seat, ods in enumerate(parties)
            if ods != UNSIGNED
        ),
        document=document,
    )


def _begins(now: datetime) -> datetime:
    return day_begins(london_date(now) - timedelta(days=182))


def _ends(starts: datetime) -> datetime:
    """Midnight in England, so that it holds for whole days."""
    return day_begins(london_date(starts) + _LASTS)


def _document(cluster: Cluster, grants: tuple[Grant, ...], *, starts: datetime) -> AgreementDocument:
    """Clinics and records in one agreement: the texts of both templates, and each clause with the data it is about."""
    clinics, records = template("direct-care").document, template("record-sharing").document
    return replace(
        clinics,
        code=f"DSA-{cluster.code}",
        title=f"{cluster.name}: sharing of extended-access clinics for direct care",
        cluster=cluster.code,
        template="direct-care",
        template_version=template("direct-care").version,
        purpose=f"{clinics.purpose} {records.purpose}",
        benefit=f"{clinics.benefit} {records.benefit}",
        why_identifiable=f"{clinics.why_identifiable} {records.why_identifiable}",
        parties=tuple(
            DocumentParty(
                practice.ods,
                practice.name,
                ControllerRole.CONTROLLER,
                guardian_of(practice.ods),
                UserRole.CALDICOTT_GUARDIAN,
                f"Practice manager, {practice.phone}",
            )
            for practice in cluster.practices
        ),
        clauses=tuple(
            Clause(
                grant.clause,
                grant.scope,
                giver=grant.giver,
                receiver=grant.receiver,
                roles=grant.roles,
                categories=_ABOUT[grant.scope],
            )
            for grant in grants
        ),
        sensitive=records.sensitive,
        starts_at=starts,
        review_on=london_date(starts) + _REVIEWED_AFTER,
        ends_at=_ends(starts),
        dpia=f"DPIA-{cluster.code}",
    )


def _grants(parties: tuple[OdsCode, ...]) -> Iterator[Grant]:
    """The clauses. Where a party gets nothing, each clause names one by one who does; otherwise all do."""
    if GIVES_ONLY not in parties:
        for clause, scope, roles in _CLAUSES:
            yield Grant(clause, scope, Purpose.DIRECT_CARE, roles)
        return
    for clause, scope, roles in _CLAUSES:
        for number, receiver in enumerate((ods for ods in parties if ods != GIVES_ONLY), start=1):
            yield Grant(f"{clause}.{number}", scope, Purpose.DIRECT_CARE, roles, receiver=receiver)
