"""What a draft still lacks before it can be proposed: each gap with the step and field that closes it. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sharing_agreements.document import AgreementDocument, Clause, DocumentParty
from sharing_agreements.lifecycle import SIGNATORIES
from vocabulary.agreements import Article9, CommonLawBasis, ControllerRole, DataCategory
from vocabulary.identifiers import OdsCode
from vocabulary.problems import Problem, ProblemKind
from vocabulary.purposes import Purpose, Scope
from vocabulary.times import london_date


class Step(StrEnum):
    """The steps of drafting, in their order."""

    PARTIES = "parties"
    PURPOSE = "purpose"
    SHARING = "sharing"
    BASIS = "basis"
    HANDLING = "handling"
    DATES = "dates"
    ATTACHMENTS = "attachments"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing or at odds: in which step, at which field, and what to do, in a sentence."""

    step: Step
    field: str
    words: str


class HasGaps(Problem):
    """A draft cannot be proposed while something is missing; `gaps` lists everything."""

    code = "agreement-has-gaps"
    kind = ProblemKind.RULE

    def __init__(self, label: str, found: tuple[Gap, ...]) -> None:
        number = f"{len(found)} things are" if len(found) > 1 else "One thing is"
        super().__init__(
            f"{label} cannot be proposed yet: {number} missing.", next_step=" ".join(gap.words for gap in found)
        )
        self.gaps = found


_LONGEST = timedelta(days=5 * 366)
_HANDLING = {
    "transparency": "how patients are told",
    "security": "how the data are kept secure",
    "breach": "who tells whom of a breach, and how fast",
    "rights": "who answers requests of patients about their data",
    "retention": "how long what is kept, and what happens to it at the end",
    "audit": "how the parties can check each other",
}
_CLINICAL = frozenset(DataCategory) - {
    DataCategory.APPOINTMENTS,
    DataCategory.DEMOGRAPHICS,
    DataCategory.TASKS,
    DataCategory.PSEUDONYMISED,
}


def gaps(document: AgreementDocument, known: Collection[OdsCode], now: datetime) -> tuple[Gap, ...]:
    """Everything that keeps this draft from being proposed. `known` are the open practices of the address book."""
    return (
        *_parties(document, known),
        *_purpose(document),
        *_sharing(document),
        *_basis(document),
        *_handling(document),
        *_dates(document, now),
        *_attachments(document),
    )


def _parties(document: AgreementDocument, known: Collection[OdsCode]) -> Iterator[Gap]:
    if len(document.parties) < 2:
        yield Gap(Step.PARTIES, "parties", "Name at least two practices that share.")
    if document.parties and all(party.role is ControllerRole.PROCESSOR for party in document.parties):
        yield Gap(Step.PARTIES, "parties", "Say which party is a controller: a processor works for one.")
    for party in document.parties:
        yield from _party(party, known)


def _party(party: DocumentParty, known: Collection[OdsCode]) -> Iterator[Gap]:
    name = party.name or party.ods.value
    if party.ods not in known:
        yield Gap(Step.PARTIES, f"party-{party.ods}", f"{name} is not an open practice of the address book.")
    if not party.signatory:
        yield Gap(Step.PARTIES, f"signatory-{party.ods}", f"Say who signs for {name}.")
    if party.signatory_role not in SIGNATORIES:
        yield Gap(
            Step.PARTIES,
            f"signatory-role-{party.ods}",
            f"Say in which role {name} signs: its Caldicott Guardian or its practice manager.",
        )
    if not party.contact:
        yield Gap(Step.PARTIES, f"contact-{party.ods}", f"Say how to reach {name} about this agreement.")


def _purpose(document: AgreementDocument) -> Iterator[Gap]:
    if not document.title:
        yield Gap(Step.PURPOSE, "title", "Give the agreement a title.")
    if not document.purpose:
        yield Gap(Step.PURPOSE, "purpose", "Say what the sharing is for.")
    if not document.benefit:
        yield Gap(Step.PURPOSE, "benefit", "Say what patients gain from it.")
    if not document.why_identifiable:
        yield Gap(Step.PURPOSE, "why-identifiable", "Say why it needs data that identify patients.")


def _sharing(document: AgreementDocument) -> Iterator[Gap]:
    if not document.clauses:
        yield Gap(Step.SHARING, "clauses", "Say what is shared: add at least one clause.")
    for clause in document.clauses:
        yield from _clause(document, clause)
    if document.views_records and document.sensitive is None:
        yield Gap(Step.SHARING, "sensitive", "Records can be viewed: say which sensitive entries are left out.")
    scopes = {clause.scope for clause in document.clauses}
    if Scope.BOOK in scopes and Scope.SEE_SLOTS not in scopes:
        yield Gap(Step.SHARING, "clauses", "Nobody can book what they cannot see: add a clause for free appointments.")


def _clause(document: AgreementDocument, clause: Clause) -> Iterator[Gap]:
    at, name = f"clause-{clause.number}", f"Clause {clause.number}"
    if not clause.roles:
        yield Gap(Step.SHARING, at, f"{name}: say which staff roles it is for.")
    if not clause.categories:
        yield Gap(Step.SHARING, at, f"{name}: say which kinds of data it is about.")
    for ods in (clause.giver, clause.receiver):
        if ods is not None and document.party(ods) is None:
            yield Gap(Step.SHARING, at, f"{name} names {ods}, which is not a party.")
    if clause.giver is not None and clause.giver == clause.receiver:
        yield Gap(Step.SHARING, at, f"{name}: a practice needs no agreement to use its own.")
    if (clause.scope is Scope.ANALYSE) != (clause.purpose is Purpose.ANALYTICS):
        yield Gap(
            Step.SHARING, at, f"{name}: analysing goes with the purpose analytics, everything else with direct care."
        )
    if clause.scope is Scope.ANALYSE and clause.categories - {DataCategory.PSEUDONYMISED}:
        yield Gap(Step.SHARING, at, f"{name}: analytics may use pseudonymised data only.")
    if clause.scope in (Scope.SEE_SLOTS, Scope.BOOK) and clause.categories & _CLINICAL:
        yield Gap(Step.SHARING, at, f"{name}: seeing and booking appointments needs no clinical data.")


def _basis(document: AgreementDocument) -> Iterator[Gap]:
    if document.article_6 is None:
        yield Gap(Step.BASIS, "article-6", "Choose the lawful basis for personal data (UK GDPR Article 6).")
    if document.article_9 is None:
        yield Gap(Step.BASIS, "article-9", "Choose the condition for health data (UK GDPR Article 9).")
    if document.common_law is None:
        yield Gap(Step.BASIS, "common-law", "Say how the common-law duty of confidence is met.")
    purposes = {clause.purpose for clause in document.clauses}
    if Purpose.ANALYTICS in purposes and document.common_law is CommonLawBasis.IMPLIED_CONSENT:
        yield Gap(Step.BASIS, "common-law", "Implied consent covers direct care only, and a clause is for analytics.")
    if Purpose.DIRECT_CARE in purposes and document.article_9 in (Article9.RESEARCH, Article9.PUBLIC_HEALTH):
        yield Gap(Step.BASIS, "article-9", "For direct care the condition is care: Article 9(2)(h).")
    if Purpose.DIRECT_CARE in purposes and document.common_law is CommonLawBasis.NOT_CONFIDENTIAL:
        yield Gap(Step.BASIS, "common-law", "Direct care needs data in confidence: say how that duty is met.")


def _handling(document: AgreementDocument) -> Iterator[Gap]:
    for name, words in _HANDLING.items():
        if not getattr(document.handling, name):
            yield Gap(Step.HANDLING, name, f"Say {words}.")


def _dates(document: AgreementDocument, now: datetime) -> Iterator[Gap]:
    starts, review, ends = document.starts_at, document.review_on, document.ends_at
    if starts is None:
        yield Gap(Step.DATES, "starts-on", "Say from which day it holds.")
    if review is None:
        yield Gap(Step.DATES, "review-on", "Say by which day the parties review it.")
    if ends is None:
        yield Gap(Step.DATES, "ends-on", "Say on which day it ends: an agreement for ever is reviewed by nobody.")
    elif ends <= now:
        yield Gap(Step.DATES, "ends-on", "Its last day has passed already.")
    if starts is not None and ends is not None:
        if ends <= starts:
            yield Gap(Step.DATES, "ends-on", "It ends before it starts.")
        elif ends - starts > _LONGEST:
            yield Gap(Step.DATES, "ends-on", "It runs for more than five years: choose an earlier last day.")
    if starts is not None and review is not None and review <= london_date(starts):
        yield Gap(Step.DATES, "review-on", "The review comes after the start.")
    if ends is not None and review is not None and review > london_date(ends):
        yield Gap(Step.DATES, "review-on", "The review comes before the end.")
    if document.at_end is None:
        yield Gap(Step.DATES, "at-end", "Say what becomes of booked appointments at the end: kept, or moved.")


def _attachments(document: AgreementDocument) -> Iterator[Gap]:
    if not document.dpia:
        yield Gap(Step.ATTACHMENTS, "dpia", "Give the reference of the data protection impact assessment (DPIA).")
