"""The simulator's answers in sentences: allowed or refused, by which clause, and what would have to change. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.web import clock_words as clock
from hub.web import wording
from sharing_agreements.explaining import Change, ChangeKind, Explanation
from sharing_agreements.problems import refusal_words
from sharing_agreements.simulator import Asked
from sharing_agreements.terms import Decision, Question, Why, outward
from vocabulary.choices import PatientChoice
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date

ACTS: Mapping[Scope, str] = {
    Scope.SEE_SLOTS: "See free times",
    Scope.BOOK: "Book an appointment",
    Scope.VIEW_RECORD: "View the patient’s record",
    Scope.SEND_TASK: "Send a task about the patient",
    Scope.ANALYSE: "Use figures without names",
}
CHOICES: Mapping[PatientChoice, str] = {
    PatientChoice.DISSENT_TO_SHARING: "Does not want their record shared",
    PatientChoice.TYPE_1_OPT_OUT: "Type 1 opt-out",
    PatientChoice.NATIONAL_DATA_OPT_OUT: "National data opt-out",
}
_CHOICE_OF: Mapping[PatientChoice, str] = {
    PatientChoice.DISSENT_TO_SHARING: "their dissent to sharing",
    PatientChoice.TYPE_1_OPT_OUT: "their Type 1 opt-out",
    PatientChoice.NATIONAL_DATA_OPT_OUT: "their national data opt-out",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the page tells it."""

    allowed: bool
    sentence: str  # who may or may not do what
    why: str
    code: str  # the agreement that decided, to be led to; empty where none did
    version: int
    clause: str
    label: str
    ways: tuple[tuple[str, ...], ...]  # each a set of changes that would do together
    no_way: str  # why nothing would help
    otherwise: str  # of a grant: what if its clause were gone
    beside: tuple[str, ...]  # what else stands in the way, that no agreement says


def answer(
    asked: Asked,
    found: Explanation,
    names: Mapping[str, str],
    *,
    role_may: bool,
    now: datetime,
    beside: tuple[str, ...] = (),
) -> Answer:
    """One answer. `role_may`: whether the hub lets this role do this at all, whatever agreements say."""
    decision = found.decision
    told = outward(decision)
    allowed = decision.allowed and role_may
    code, _, version = told.agreement.rpartition(" v")
    return Answer(
        allowed=allowed,
        sentence=sentence(asked.question, names, allowed=allowed),
        why=_why(asked.question, told, names, role_may=role_may),
        code=code,
        version=int(version or 0),
        clause=told.clause,
        label=told.agreement,
        ways=tuple(tuple(change_words(each, asked.question, names, now) for each in way) for way in _sorted(found)),
        no_way=_no_way(found),
        otherwise=_otherwise(found),
        beside=beside,
    )


def sentence(question: Question, names: Mapping[str, str], *, allowed: bool) -> str:
    """A receptionist at Beechwood may book appointments at Fallodon Way."""
    role = _one(question.role)
    asker, giver = _name(question.asker.value, names), _name(question.giver.value, names)
    where = "its own practice" if question.asker == question.giver else giver
    may = "may" if allowed else "may not"
    return f"{role[0].upper()}{role[1:]} at {asker} {may} {wording.SCOPES[question.scope]} {where}."


def role_words(role: UserRole) -> str:
    """As in the middle of a sentence."""
    words = wording.USER_ROLES[role]
    return words if role is UserRole.CALDICOTT_GUARDIAN else words.lower()


def _one(role: UserRole) -> str:
    words = role_words(role)
    return f"an {words}" if words[0] in "aeio" else f"a {words}"


def _name(ods: str, names: Mapping[str, str]) -> str:
    return names.get(ods, ods)


def _why(question: Question, decision: Decision, names: Mapping[str, str], *, role_may: bool) -> str:
    if not role_may:
        return (
            f"In this hub the role of {role_words(question.role)} does not do this at any practice, its own included."
        )
    if decision.why is Why.OWN_PRACTICE:
        return "It is the person’s own practice, which needs no agreement."
    if decision.allowed:
        return f"{decision.agreement} grants it in clause {decision.clause}."
    message, _ = refusal_words(decision, _name(question.giver.value, names), scope=question.scope)
    return message.replace("Your practice", _name(question.asker.value, names)).replace(
        "your practice", _name(question.asker.value, names)
    )


def _no_way(found: Explanation) -> str:
    if found.decision.allowed or found.ways:
        return ""
    if found.decision.why is Why.RESTRICTED:
        return "Nothing the practices can change: whoever asks is only told that nothing is available, never why."
    return "No change of three things or fewer would do."


def _otherwise(found: Explanation) -> str:
    if found.otherwise is None:
        return ""
    if found.otherwise.allowed:
        other = found.otherwise
        return f"Without that clause it would still be allowed, by {other.agreement}, clause {other.clause}."
    return "Nothing else grants it: without that clause it would be refused."


def _sorted(found: Explanation) -> list[tuple[Change, ...]]:
    order = list(ChangeKind)
    return sorted(found.ways, key=lambda way: (len(way), order.index(way[0].kind)))


def change_words(change: Change, question: Question, names: Mapping[str, str], now: datetime) -> str:
    """One change as something somebody can do."""
    asker, giver = _name(question.asker.value, names), _name(question.giver.value, names)
    role = _one(change.role) if change.role else ""
    doing = f"lets {role} at {asker} {wording.SCOPES[question.scope]} {giver}"
    who = _name(change.practice.value, names) if change.practice else ""
    when = clock.birth_date_words(london_date(change.moment)) if change.moment else ""
    choice = _CHOICE_OF[change.choice] if change.choice else ""
    words = {
        ChangeKind.ASK_COLLEAGUE: f"A colleague asks instead: {role}",
        ChangeKind.WAIT: f"It is asked on {when} or later, when the agreement has begun",
        ChangeKind.RESUME: f"The parties let {change.agreement} go on (it is suspended)",
        ChangeKind.BRING_INTO_FORCE: f"{change.agreement} comes into force by then",
        ChangeKind.RENEW: f"{change.agreement} is renewed, so that it runs on then",
        ChangeKind.SIGN: f"{who} signs {change.agreement}",
        ChangeKind.RETURN: f"{who} joins {change.agreement} again",
        ChangeKind.NAME_ROLE: f"Clause {change.clause} of {change.agreement} names {role} too",
        ChangeKind.ADD_CLAUSE: f"{change.agreement} gets a clause that {doing}",
        ChangeKind.JOIN: f"{who} joins {change.agreement} and signs it",
        ChangeKind.AGREE: f"{asker} and {giver} make an agreement that {doing}",
        ChangeKind.SWITCH_ON: f"{who} switches this kind of access on again",
        ChangeKind.PATIENT_ALLOWS: "The patient is asked, and gives permission",
        ChangeKind.PATIENT_WITHDRAWS: f"The patient withdraws {choice} at {who}: nobody else can",
        ChangeKind.CARE_LINK: f"{asker} comes to care for the patient, as by an appointment there",
    }
    return words[change.kind] + "."
