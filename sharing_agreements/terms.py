"""What may be done about one question: pure, total, default deny.

Agreements only grant. A practice needs no agreement for its own diary; for a neighbour's it needs a clause of an
agreement in force, signed by both, that covers direction, scope, purpose, role and time. A switch that a practice has
pulled, a patient's choice and the law only refuse, and beat any grant (docs/adr/0012). One act outlives them all: a
slot that was booked can always be given back (docs/adr/0009).
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from vocabulary.choices import AnsweredBy, PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.purposes import Purpose, Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """A clause. None as giver or receiver means every signed party."""

    clause: str
    scope: Scope
    purpose: Purpose
    roles: frozenset[UserRole]
    giver: OdsCode | None = None
    receiver: OdsCode | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of an agreement, as `decide` reads it."""

    id: int
    code: str
    version: int
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime
    parties: frozenset[OdsCode]
    signed: frozenset[OdsCode]
    grants: tuple[Grant, ...]
    left: frozenset[OdsCode] = frozenset()  # parties that have left it: it binds and benefits them no more

    @property
    def label(self) -> str:
        """Code and version as cited in the ledger and on pages."""
        return f"{self.code} v{self.version}"


@dataclass(frozen=True, slots=True)
class GivingBack:
    """A booking in which the asker has a part, to be given up: the label of the agreement it was made under ("" when it
    needed none), and whether the asker made it. With `finding_out`, nothing is given up: the host is asked what became
    of it, which has to be known whatever became of the agreement."""

    agreement: str
    made_by_asker: bool
    finding_out: bool = False


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is known of the patient a question names. The default is a patient of whom nothing is known."""

    choices: frozenset[PatientChoice] = frozenset()
    restricted: bool = False  # the national record says so
    permission: Permission | None = None  # to view the record; None: not asked
    care_link: bool = False  # the asker's practice has to do with this patient's care
    answered_by: AnsweredBy | None = None  # whose word the permission is; it decides nothing, and is written down


PulledSwitch = tuple[OdsCode, Scope]
"""A practice has stopped this kind of access, from it and to it."""


@dataclass(frozen=True, slots=True)
class Question:
    """May `asker`, in this role, do `scope` with what `giver` holds, for this purpose?

    `gives_back` is a fact that whoever asks has made sure of; None for every act that gives up no booking.
    """

    asker: OdsCode
    role: UserRole
    giver: OdsCode
    scope: Scope
    purpose: Purpose = Purpose.DIRECT_CARE
    gives_back: GivingBack | None = None
    patient: PatientFacts | None = None  # None: the question names nobody


class Why(StrEnum):
    """The reason of a decision; pages turn it into a sentence with who to ask."""

    OWN_PRACTICE = "own-practice"
    GRANTED = "granted"
    GIVING_BACK = "giving-back"  # no clause in force grants it, but what was booked may be given back
    EMERGENCY = "emergency"  # the glass was broken: the agreement's scope would refuse (`in_emergency`)
    FINDING_OUT = "finding-out"  # no clause in force grants it, but what became of a booking has to be known
    NO_AGREEMENT = "no-agreement"
    NOT_IN_FORCE = "not-in-force"
    SUSPENDED = "suspended"
    ENDED = "ended"
    NOT_SIGNED_BY_YOU = "not-signed-by-you"
    NOT_SIGNED_BY_THEM = "not-signed-by-them"
    NOT_THIS_DIRECTION = "not-this-direction"
    NOT_THIS_SCOPE = "not-this-scope"
    NOT_THIS_ROLE = "not-this-role"
    PARTY_LEFT = "party-left"
    KILL_SWITCH_YOURS = "kill-switch-yours"
    KILL_SWITCH_THEIRS = "kill-switch-theirs"
    DISSENT = "dissent"
    OPTED_OUT = "opted-out"
    RESTRICTED = "restricted"  # for the ledger alone: `outward` says what others are told
    NO_PERMISSION = "no-permission"
    NO_CARE_LINK = "no-care-link"
    NOT_AVAILABLE = "not-available"  # what others are told where the true reason would tell of the patient


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and the agreement and clause that made it (empty for the own practice or when none grants).

    Of a refusal by a patient's choice or the law, they are those that would otherwise have granted. `despite` is why
    the same act would be refused if it gave nothing back.
    """

    allowed: bool
    why: Why
    agreement_id: int | None = None
    agreement: str = ""
    clause: str = ""
    despite: Why | None = None
    short_of: "Decision | None" = None  # where another is cited: what one in force, that does not cover it, says


# From least to most nearly allowed: of several agreements that refuse, the nearest miss is the useful explanation.
_NEARNESS = (
    Why.NO_AGREEMENT,
    Why.ENDED,
    Why.PARTY_LEFT,
    Why.NOT_IN_FORCE,
    Why.SUSPENDED,
    Why.NOT_SIGNED_BY_THEM,
    Why.NOT_SIGNED_BY_YOU,
    Why.NOT_THIS_SCOPE,
    Why.NOT_THIS_DIRECTION,
    Why.NOT_THIS_ROLE,
)


OPT_OUTS = frozenset({PatientChoice.TYPE_1_OPT_OUT, PatientChoice.NATIONAL_DATA_OPT_OUT})


def decide(
    terms: Iterable[Terms], question: Question, at: datetime, switches: AbstractSet[PulledSwitch] = frozenset()
) -> Decision:
    """Answer one question from the agreements and pulled switches given, at one moment."""
    if question.asker == question.giver:
        return Decision(allowed=True, why=Why.OWN_PRACTICE)
    known = tuple(terms)
    decision = _switched_off(question, switches) or _refused_by_law(_by_agreements(known, question, at), question)
    if decision.allowed or question.gives_back is None:
        return decision
    return _giving_back(known, question, question.gives_back, decision)


def in_emergency(decision: Decision, question: Question) -> Decision:
    """What breaking the glass opens: a clinician's look that an agreement in force, signed by both, fails to cover, or
    covers but for a link to the patient's care.

    Who cares for the patient is then whoever stands before them. A pulled switch, a patient's dissent, a restriction,
    and a patient who was asked and said no, refuse as ever; so does an agreement that is not in force.
    """
    opens = question.scope is Scope.VIEW_RECORD and question.purpose is Purpose.DIRECT_CARE
    near = decision if decision.why in BREAKABLE else decision.short_of
    if near is None or question.patient is None or not opens:
        return decision
    if question.role is not UserRole.CLINICIAN:
        return replace(near, why=Why.NOT_THIS_ROLE)
    why = _law(replace(question, patient=replace(question.patient, care_link=True)))
    if why is not None:
        return replace(near, why=why)
    return replace(near, allowed=True, why=Why.EMERGENCY, clause="", despite=near.why)


BREAKABLE = frozenset({Why.NOT_THIS_SCOPE, Why.NOT_THIS_DIRECTION, Why.NO_CARE_LINK})
"""The refusals that an emergency may open, and no other: what an agreement in force does not cover, and that nothing
shows who cares for the patient. Were it only the first, an agreement that covers less would open more."""


def may_be_broken(decision: Decision) -> bool:
    """Whether an emergency might open what this refuses; `in_emergency` decides."""
    return decision.why in BREAKABLE or decision.short_of is not None


def outward(decision: Decision) -> Decision:
    """The decision as anybody outside the ledger is told it: nobody learns from it that a patient is restricted."""
    if decision.why is not Why.RESTRICTED:
        return decision
    return replace(decision, why=Why.NOT_AVAILABLE, agreement_id=None, agreement="", clause="")


def _switched_off(question: Question, switches: AbstractSet[PulledSwitch]) -> Decision | None:
    for practice, why in ((question.asker, Why.KILL_SWITCH_YOURS), (question.giver, Why.KILL_SWITCH_THEIRS)):
        if (practice, question.scope) in switches:
            return Decision(allowed=False, why=why)
    return None


def _refused_by_law(decision: Decision, question: Question) -> Decision:
    """Whom no agreement lets in is told so, and nothing about the patient."""
    why = _law(question) if decision.allowed else None
    return decision if why is None else replace(decision, allowed=False, why=why)


def _law(question: Question) -> Why | None:
    patient = question.patient
    if patient is None:
        return None
    if patient.restricted:
        return Why.RESTRICTED
    if Scope.ANALYSE is question.scope or Purpose.ANALYTICS is question.purpose:
        return Why.OPTED_OUT if patient.choices & OPT_OUTS else None
    if question.scope is not Scope.VIEW_RECORD:
        return None
    if PatientChoice.DISSENT_TO_SHARING in patient.choices:
        return Why.DISSENT
    if not patient.care_link:
        return Why.NO_CARE_LINK
    return None if patient.permission in (Permission.GIVEN, Permission.CANNOT_ASK) else Why.NO_PERMISSION


def _by_agreements(known: Sequence[Terms], question: Question, at: datetime) -> Decision:
    nearest, rank = Decision(allowed=False, why=Why.NO_AGREEMENT), (0, 0)
    short: Decision | None = None
    for agreement in known:
        decision = _by_one(agreement, question, at)
        if decision.allowed:
            return decision
        matters = _matters(agreement, decision, question)
        if matters > rank:
            nearest, rank = decision, matters
        if decision.why in BREAKABLE and (short is None or short.why is Why.NOT_THIS_SCOPE):
            short = decision
    if short is None or nearest.why in BREAKABLE or nearest.why is Why.NOT_THIS_ROLE:
        return nearest
    return replace(nearest, short_of=short)


def _matters(agreement: Terms, decision: Decision, question: Question) -> tuple[int, int]:
    """Of several that refuse, one that would have granted it (but is suspended, or has ended), or grants it to another
    role, is what people want to hear of; then the nearest miss; what is only drafted comes last: nobody knows it."""
    if decision.why is Why.NO_AGREEMENT:
        return 0, 0
    nearness = _NEARNESS.index(decision.why)
    if agreement.status == "draft":
        return 1, nearness
    about_this = decision.why is Why.NOT_THIS_ROLE or _by_clauses(agreement, question).allowed
    return (3 if about_this else 2), nearness


def _giving_back(known: Sequence[Terms], question: Question, given: GivingBack, refusal: Decision) -> Decision:
    """Whatever became of the agreement, what was booked may be given back: a patient who cannot come must not block the
    slot. Only who at the practice may do it is still the clauses' to say, while there are any for this direction. And
    who neither made the booking nor ever had an agreement with the host does not begin to reach into its system."""
    between = [agreement for agreement in known if {question.asker, question.giver} <= agreement.parties]
    if not between and not given.made_by_asker:
        return refusal
    by_clauses = [_by_clauses(agreement, question) for agreement in between]
    if not any(decision.allowed for decision in by_clauses):
        wrong_role = next((decision for decision in by_clauses if decision.why is Why.NOT_THIS_ROLE), None)
        if wrong_role is not None:
            return wrong_role
    its_own = next((agreement for agreement in between if agreement.label == given.agreement), None)
    return Decision(
        allowed=True,
        why=Why.FINDING_OUT if given.finding_out else Why.GIVING_BACK,
        agreement_id=its_own.id if its_own else refusal.agreement_id,
        agreement=given.agreement or refusal.agreement,
        despite=refusal.why,
    )


def _by_one(agreement: Terms, question: Question, at: datetime) -> Decision:
    def refused(why: Why, clause: str = "") -> Decision:
        return Decision(False, why, agreement.id, agreement.label, clause)

    if not {question.asker, question.giver} <= agreement.parties:
        return Decision(allowed=False, why=Why.NO_AGREEMENT)
    if agreement.status == "suspended":
        return refused(Why.SUSPENDED)
    if agreement.status in ("ended", "expired") or at >= agreement.ends_at:
        return refused(Why.ENDED)
    if agreement.status != "in-force" or at < agreement.starts_at:
        return refused(Why.NOT_IN_FORCE)
    if agreement.left and agreement.left & {question.asker, question.giver}:
        return refused(Why.PARTY_LEFT)
    if question.giver not in agreement.signed:
        return refused(Why.NOT_SIGNED_BY_THEM)
    if question.asker not in agreement.signed:
        return refused(Why.NOT_SIGNED_BY_YOU)
    return _by_clauses(agreement, question)


def _by_clauses(agreement: Terms, question: Question) -> Decision:
    nearest = Decision(False, Why.NOT_THIS_SCOPE, agreement.id, agreement.label)
    for grant in agreement.grants:
        if (grant.scope, grant.purpose) != (question.scope, question.purpose):
            continue
        if grant.giver not in (None, question.giver) or grant.receiver not in (None, question.asker):
            if nearest.why is Why.NOT_THIS_SCOPE:
                nearest = Decision(False, Why.NOT_THIS_DIRECTION, agreement.id, agreement.label, grant.clause)
        elif question.role is not UserRole.SYSTEM and question.role not in grant.roles:
            nearest = Decision(False, Why.NOT_THIS_ROLE, agreement.id, agreement.label, grant.clause)
        else:
            return Decision(True, Why.GRANTED, agreement.id, agreement.label, grant.clause)
    return nearest
