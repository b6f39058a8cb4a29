"""The versioned templates that drafting begins with: what is usual for each kind of sharing, to be adapted. Pure.

A template's version is part of what is signed. Change the texts of one only together with its version.
"""

from dataclasses import dataclass, replace
from typing import Final

from sharing_agreements.document import AgreementDocument, Clause, Handling
from vocabulary.agreements import Article6, Article9, AtEnd, CommonLawBasis, DataCategory, SensitiveRule
from vocabulary.people import UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.purposes import Purpose, Scope


class UnknownTemplate(Problem):
    """There is no such template."""

    code = "unknown-template"
    kind = ProblemKind.INVALID


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of agreement: its name, what it is for, and the draft it begins."""

    name: str
    version: int
    title: str
    words: str
    document: AgreementDocument


_DESK = frozenset({UserRole.RECEPTIONIST, UserRole.CLINICIAN, UserRole.PRACTICE_MANAGER})
_BOOKING_DATA = frozenset({DataCategory.APPOINTMENTS, DataCategory.DEMOGRAPHICS})
_RECORD_DATA = frozenset(
    {
        DataCategory.DEMOGRAPHICS,
        DataCategory.PROBLEMS,
        DataCategory.MEDICATION,
        DataCategory.ALLERGIES,
        DataCategory.CONSULTATIONS,
        DataCategory.RESULTS,
    }
)
_SLOTS = Clause(
    "2.1",
    Scope.SEE_SLOTS,
    roles=_DESK | {UserRole.FEDERATION_ADMIN},
    categories=frozenset({DataCategory.APPOINTMENTS}),
)
_BOOK = Clause("2.2", Scope.BOOK, roles=_DESK, categories=_BOOKING_DATA)

_HANDLING = Handling(
    transparency="Each party says in its privacy notice which practices it shares with and why. Patients are told when "
    "they book that the other practice will see the details of the appointment, and can decline.",
    security="Access is by personal sign-in with a role; every look and every change is kept in a ledger that nobody "
    "can switch off. Staff complete the national data-security training every year.",
    breach="Whoever notices a breach tells the other parties on the same working day, at the latest within 24 hours; "
    "the controller concerned decides within 72 hours whether the Information Commissioner has to be told.",
    rights="The patient's own practice answers requests about the patient's data. Another party that receives one "
    "passes it on within two working days.",
    retention="Each party keeps its own records by the national Records Management Code. Nothing of another party's is "
    "copied beyond what an appointment needs; the ledger is kept permanently.",
    audit="Each party may at any time have the ledger of the acts that concern its patients, and verify it.",
)
_BASIS = AgreementDocument(
    code="",
    article_6=Article6.PUBLIC_TASK,
    article_9=Article9.CARE,
    common_law=CommonLawBasis.IMPLIED_CONSENT,
    handling=_HANDLING,
    at_end=AtEnd.KEEP,
)

_DIRECT_CARE = replace(
    _BASIS,
    purpose="Patients of every party can be offered appointments at every other, so that they are seen sooner, nearer "
    "or at hours their own practice does not offer.",
    benefit="Fewer patients wait or go elsewhere; clinic time that one practice cannot fill is used by another.",
    why_identifiable="The practice that holds the clinic has to know who is coming, and how to reach them.",
    clauses=(_SLOTS, _BOOK),
)
_RECORD_SHARING = replace(
    _BASIS,
    purpose="A clinician who sees a patient of another party can read what that patient's care needs.",
    benefit="Safer care: known allergies, current medication and recent results are there when they are needed.",
    why_identifiable="A record can only help the patient whose record it is.",
    clauses=(Clause("2.1", Scope.VIEW_RECORD, roles=frozenset({UserRole.CLINICIAN}), categories=_RECORD_DATA),),
    sensitive=SensitiveRule.NATIONAL_SET,
    handling=replace(
        _HANDLING,
        transparency="Patients are asked for permission before their record is opened at another practice. One who has "
        "recorded a dissent is never overruled; appointments stay open to them.",
    ),
)
_TASKS = replace(
    _BASIS,
    purpose="What has to be done after an appointment elsewhere (a prescription, a referral, a note) reaches the "
    "patient's own practice as a task, and its answer comes back.",
    benefit="Nothing that was promised to a patient is lost between two practices.",
    why_identifiable="A task is about one patient.",
    clauses=(
        Clause(
            "2.1",
            Scope.SEND_TASK,
            roles=frozenset({UserRole.CLINICIAN}),
            categories=frozenset({DataCategory.TASKS, DataCategory.DEMOGRAPHICS}),
        ),
    ),
)
_ANALYTICS = replace(
    _BASIS,
    purpose="The parties look together at how their clinics are used: demand, unused time, missed appointments.",
    benefit="Clinics are put where and when patients need them.",
    why_identifiable="It is not: nobody's name, NHS number or address is used, and small numbers are left out.",
    clauses=(
        Clause(
            "2.1",
            Scope.ANALYSE,
            Purpose.ANALYTICS,
            roles=frozenset({UserRole.ANALYST}),
            categories=frozenset({DataCategory.PSEUDONYMISED}),
        ),
    ),
    common_law=CommonLawBasis.NOT_CONFIDENTIAL,
    exclusions=("Patients with a type 1 opt-out or a national data opt-out are left out before anything is counted.",),
)

TEMPLATES: Final = (
    Template(
        "direct-care",
        1,
        "Extended access: shared appointments",
        "See each other's free appointments and book patients into them. No records are opened.",
        _DIRECT_CARE,
    ),
    Template(
        "record-sharing",
        1,
        "Record sharing for direct care",
        "Clinicians may read the record of another party's patient, with the patient's permission.",
        _RECORD_SHARING,
    ),
    Template(
        "tasks",
        1,
        "Tasks and write-back",
        "Send what has to be done after an appointment to the patient's own practice.",
        _TASKS,
    ),
    Template(
        "analytics",
        1,
        "Analytics without names",
        "Count and compare how clinics are used, without anything that identifies a patient.",
        _ANALYTICS,
    ),
)


def template(name: str) -> Template:
    """The template of this name. Raises UnknownTemplate."""
    for each in TEMPLATES:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in TEMPLATES)
    raise UnknownTemplate(f"There is no template {name[:40]!r}.", next_step=f"Choose one of: {known}.")


def begin(name: str, code: str, *, title: str = "", cluster: str = "") -> AgreementDocument:
    """A first draft from a template. Raises UnknownTemplate."""
    chosen = template(name)
    return replace(
        chosen.document,
        code=code,
        title=title or chosen.title,
        cluster=cluster,
        template=chosen.name,
        template_version=chosen.version,
    )
