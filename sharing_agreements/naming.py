"""The words for what an agreement says: every state, basis and rule named, clauses as sentences, days as days. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sharing_agreements.document import AgreementDocument, Clause
from vocabulary.agreements import (
    AgreementStatus,
    Article6,
    Article9,
    AtEnd,
    CommonLawBasis,
    ControllerRole,
    DataCategory,
    SensitiveRule,
)
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import london, london_date

STATUSES: Mapping[AgreementStatus, str] = {
    AgreementStatus.DRAFT: "Draft",
    AgreementStatus.PROPOSED: "Waiting for signatures",
    AgreementStatus.IN_FORCE: "In force",
    AgreementStatus.SUSPENDED: "Suspended",
    AgreementStatus.ENDED: "Ended",
    AgreementStatus.EXPIRED: "Expired",
}
CONTROLLERS: Mapping[ControllerRole, str] = {
    ControllerRole.CONTROLLER: "controller",
    ControllerRole.JOINT_CONTROLLER: "joint controller",
    ControllerRole.PROCESSOR: "processor",
}
CATEGORIES: Mapping[DataCategory, str] = {
    DataCategory.APPOINTMENTS: "appointments",
    DataCategory.DEMOGRAPHICS: "name, date of birth and how to reach the patient",
    DataCategory.PROBLEMS: "problems",
    DataCategory.MEDICATION: "medication",
    DataCategory.ALLERGIES: "allergies",
    DataCategory.CONSULTATIONS: "consultations",
    DataCategory.RESULTS: "results",
    DataCategory.DOCUMENTS: "documents",
    DataCategory.TASKS: "tasks",
    DataCategory.PSEUDONYMISED: "figures without names",
}
ARTICLE_6: Mapping[Article6 | None, str] = {
    Article6.PUBLIC_TASK: "public task, Article 6(1)(e)",
    Article6.LEGAL_OBLIGATION: "legal obligation, Article 6(1)(c)",
    Article6.VITAL_INTERESTS: "vital interests, Article 6(1)(d)",
    None: "not chosen",
}
ARTICLE_9: Mapping[Article9 | None, str] = {
    Article9.CARE: "provision of health care, Article 9(2)(h)",
    Article9.PUBLIC_HEALTH: "public health, Article 9(2)(i)",
    Article9.RESEARCH: "research and statistics, Article 9(2)(j)",
    None: "not chosen",
}
COMMON_LAW: Mapping[CommonLawBasis | None, str] = {
    CommonLawBasis.IMPLIED_CONSENT: "implied consent, for direct care",
    CommonLawBasis.EXPLICIT_CONSENT: "explicit consent",
    CommonLawBasis.SUPPORT_UNDER_REGULATIONS: "support under section 251",
    CommonLawBasis.NOT_CONFIDENTIAL: "nobody can be recognised in what is shared",
    None: "not chosen",
}
SENSITIVE: Mapping[SensitiveRule | None, str] = {
    SensitiveRule.NATIONAL_SET: "the national sensitive set is left out at source",
    SensitiveRule.NATIONAL_SET_AND_MORE: "the national sensitive set is left out at source, and what is listed besides",
    None: "no rule",
}
AT_END: Mapping[AtEnd | None, str] = {
    AtEnd.KEEP: "booked appointments take place as booked",
    AtEnd.MOVE: "booked appointments are moved or cancelled, each patient being told",
    None: "not chosen",
}
HANDLING: Mapping[str, str] = {
    "transparency": "Telling patients",
    "security": "Security",
    "breach": "Breaches",
    "rights": "Patients’ rights",
    "retention": "Retention",
    "audit": "Audit",
}
ROLES: Mapping[UserRole, str] = {
    UserRole.RECEPTIONIST: "receptionist",
    UserRole.CLINICIAN: "clinician",
    UserRole.PRACTICE_MANAGER: "practice manager",
    UserRole.FEDERATION_ADMIN: "federation admin",
    UserRole.CALDICOTT_GUARDIAN: "Caldicott Guardian",
    UserRole.ANALYST: "analyst",
    UserRole.SYSTEM: "background job",
}
SCOPES: Mapping[Scope, str] = {
    Scope.SEE_SLOTS: "see free appointments of",
    Scope.BOOK: "book, change and cancel appointments at",
    Scope.VIEW_RECORD: "see the shared record of patients of",
    Scope.SEND_TASK: "send tasks to",
    Scope.ANALYSE: "use figures without names from",
}
"""As in "Beechwood may … Fallodon Way"."""
PURPOSES: Mapping[Purpose, str] = {Purpose.DIRECT_CARE: "direct care", Purpose.ANALYTICS: "analytics"}


def clause_words(clause: Clause, document: AgreementDocument) -> str:
    """Clinicians and receptionists at Mill may see free appointments of Hill (appointments; for direct care)."""
    who = listed(sorted(f"{ROLES[role]}s" for role in clause.roles)) or "nobody"
    receiver = party_name(clause.receiver, document) if clause.receiver else "every party"
    giver = party_name(clause.giver, document) if clause.giver else "every other"
    about = listed([CATEGORIES[category] for category in DataCategory if category in clause.categories])
    brackets = "; ".join(part for part in (about, f"for {PURPOSES[clause.purpose]}") if part)
    return f"{who[:1].upper()}{who[1:]} at {receiver} may {SCOPES[clause.scope]} {giver} ({brackets})."


def party_name(ods: OdsCode, document: AgreementDocument) -> str:
    """A party by its name, as far as the document gives it."""
    party = document.party(ods)
    return party.name if party is not None and party.name else ods.value


_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame", "sister"})


def same_person(one: str, other: str) -> bool:
    """Whether two names read as one person's, titles and capitals apart."""

    def words(name: str) -> list[str]:
        bare = (word.strip(".,").casefold() for word in name.split())
        return [word for word in bare if word and word not in _TITLES]

    return words(one) == words(other)


def listed(words: Iterable[str]) -> str:
    """One, two and three."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def day(of: date | None) -> str:
    """3 March 2027."""
    return f"{of.day} {of:%B %Y}" if of else "no day"


def first_day(starts_at: datetime | None) -> str:
    """The first day on which it holds."""
    return day(london_date(starts_at)) if starts_at else "no day"


def until(ends_at: datetime | None) -> str:
    """Until when it holds: its last day, or, where it ends during a day, the time as well."""
    if ends_at is None:
        return "no day"
    at = london(ends_at)
    if (at.hour, at.minute, at.second) == (0, 0, 0):
        return last_day(ends_at)
    return f"{at:%H:%M:%S} on {day(at.date())}" if at.second else f"{at:%H:%M} on {day(at.date())}"


def last_day(ends_at: datetime | None) -> str:
    """The last day on which it holds: it ends with that day's last second, or at a time during it."""
    return day(london_date(ends_at - timedelta(seconds=1))) if ends_at else "no day"
