"""PURE: what would have to change for a refusal to become a grant, each answer tried with the gate's own `decide`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from sharing_agreements.terms import (
    Decision,
    Grant,
    PatientFacts,
    PulledSwitch,
    Question,
    Terms,
    decide,
)
from vocabulary.choices import PatientChoice, Permission
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole

_OVER = ("ended", "expired")
_ANOTHER_YEAR = timedelta(days=365)
_MOST_AT_ONCE = 3  # beyond three changes of one agreement, it is a new agreement that is wanted
_NEW_ID = -1  # no agreement of the register has this number


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything an answer depends on: the agreements, the question, the moment, the switches that are pulled."""

    terms: tuple[Terms, ...]
    question: Question
    at: datetime
    switches: frozenset[PulledSwitch] = frozenset()

    def decision(self) -> Decision:
        """What the gate would say."""
        return decide(self.terms, self.question, self.at, self.switches)


class ChangeKind(StrEnum):
    """One thing that somebody can do about a refusal."""

    ASK_COLLEAGUE = "ask-colleague"  # somebody in another role may
    WAIT = "wait"  # the agreement begins later
    RESUME = "resume"  # a suspended agreement
    BRING_INTO_FORCE = "bring-into-force"  # a draft or a proposal
    RENEW = "renew"  # one that is over by then
    SIGN = "sign"
    RETURN = "return"  # a party that has left it
    NAME_ROLE = "name-role"  # in a clause that leaves it out
    ADD_CLAUSE = "add-clause"
    JOIN = "join"  # an agreement that only one of the two is in
    AGREE = "agree"  # they have none: make one
    SWITCH_ON = "switch-on"  # a practice has switched this kind of access off
    PATIENT_ALLOWS = "patient-allows"  # the patient, asked now, gives permission
    PATIENT_WITHDRAWS = "patient-withdraws"  # a choice on record, which is the patient's alone
    CARE_LINK = "care-link"  # the practice comes to have to do with the patient's care


@dataclass(frozen=True, slots=True)
class Change:
    """A change, and of what: the fields that its kind has no use for are empty."""

    kind: ChangeKind
    agreement: str = ""
    clause: str = ""
    practice: OdsCode | None = None
    role: UserRole | None = None
    moment: datetime | None = None
    choice: PatientChoice | None = None


_Apply = Callable[[Situation], Situation]
_Candidate = tuple[Change, _Apply]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, and each smallest set of changes that would turn a refusal into a grant.

    For a grant: what would be decided if the clause that made it were not there.
    """

    decision: Decision
    ways: tuple[tuple[Change, ...], ...] = ()
    otherwise: Decision | None = None


def explain(situation: Situation) -> Explanation:
    """The decision, and what would have to change."""
    decision = situation.decision()
    if decision.allowed:
        return Explanation(decision, otherwise=without_its_clause(situation, decision))
    return Explanation(decision, ways=ways_to_a_grant(situation))


def without_its_clause(situation: Situation, decision: Decision) -> Decision | None:
    """What would be decided without the clause that made a grant; None where no clause made it."""
    if decision.agreement_id is None or not decision.clause:
        return None
    return _with_terms(situation, decision.agreement_id, lambda terms: _less(terms, decision.clause)).decision()


def ways_to_a_grant(situation: Situation) -> tuple[tuple[Change, ...], ...]:
    """Every single change that would do; where none does, every pair, then every three. Each was tried."""
    alone = tuple(_alone(situation))
    refusers = (*_of_switches(situation), *_of_the_patient(situation))
    mended = _fewest(situation, (*refusers, *_of_the_register(situation)), _MOST_AT_ONCE)
    if not mended:
        mended = _fewest(situation, (*refusers, *_anew(situation)), len(refusers) + 1)
    return tuple(dict.fromkeys((*_several(situation, alone, 1), *mended)))


def _fewest(situation: Situation, candidates: tuple[_Candidate, ...], most: int) -> list[tuple[Change, ...]]:
    """Every set of the smallest size that does."""
    for size in range(1, most + 1):
        found = _several(situation, candidates, size)
        if found:
            return found
    return []


def _several(situation: Situation, candidates: tuple[_Candidate, ...], size: int) -> list[tuple[Change, ...]]:
    found = []
    for chosen in combinations(candidates, size):
        changed = situation
        for _, apply in chosen:
            changed = apply(changed)
        if changed.decision().allowed:
            found.append(tuple(change for change, _ in chosen))
    return found


def _alone(situation: Situation) -> Iterator[_Candidate]:
    """What the asker can do without touching anything."""
    for role in UserRole:
        if role not in (situation.question.role, UserRole.SYSTEM):
            yield Change(ChangeKind.ASK_COLLEAGUE, role=role), _as_asked_by(role)
    for moment in sorted({terms.starts_at for terms in situation.terms if terms.starts_at > situation.at}):
        yield Change(ChangeKind.WAIT, moment=moment), _as_asked_at(moment)


def _as_asked_by(role: UserRole) -> _Apply:
    return lambda situation: replace(situation, question=replace(situation.question, role=role))


def _as_asked_at(moment: datetime) -> _Apply:
    return lambda situation: replace(situation, at=moment)


def _of_switches(situation: Situation) -> Iterator[_Candidate]:
    question = situation.question
    for practice in dict.fromkeys((question.asker, question.giver)):
        pulled = (practice, question.scope)
        if pulled in situation.switches:
            yield Change(ChangeKind.SWITCH_ON, practice=practice), _switching_on(pulled)


def _of_the_patient(situation: Situation) -> Iterator[_Candidate]:
    """What the patient can say or do. Nothing here makes a restricted patient less so."""
    patient = situation.question.patient
    if patient is None:
        return
    for choice in sorted(patient.choices):
        yield Change(ChangeKind.PATIENT_WITHDRAWS, practice=situation.question.giver, choice=choice), _without(choice)
    if not patient.care_link:
        yield Change(ChangeKind.CARE_LINK), _of_patient(lambda old: replace(old, care_link=True))
    if patient.permission not in (Permission.GIVEN, Permission.CANNOT_ASK):
        allows = _of_patient(lambda old: replace(old, permission=Permission.GIVEN))
        yield Change(ChangeKind.PATIENT_ALLOWS), allows


def _without(choice: PatientChoice) -> _Apply:
    return _of_patient(lambda old: replace(old, choices=old.choices - {choice}))


def _of_patient(change: Callable[[PatientFacts], PatientFacts]) -> _Apply:
    def apply(situation: Situation) -> Situation:
        patient = situation.question.patient
        changed = None if patient is None else change(patient)
        return replace(situation, question=replace(situation.question, patient=changed))

    return apply


def _switching_on(pulled: PulledSwitch) -> _Apply:
    return lambda situation: replace(situation, switches=situation.switches - {pulled})


def _of_the_register(situation: Situation) -> Iterator[_Candidate]:
    """What the parties of an agreement between the two can do."""
    both = {situation.question.asker, situation.question.giver}
    for terms in situation.terms:
        if both <= terms.parties:
            yield from _of_its_state(terms, situation)
            yield from _of_its_signatures(terms, situation.question)
            yield from _of_its_clauses(terms, situation.question)


def _of_its_state(terms: Terms, situation: Situation) -> Iterator[_Candidate]:
    at = situation.at
    if terms.status == "ended":
        return  # it cannot be taken up again: a new agreement is signed instead
    if terms.status in _OVER or at >= terms.ends_at:
        longer = {"status": "in-force", "ends_at": max(at, terms.ends_at) + _ANOTHER_YEAR}
        yield Change(ChangeKind.RENEW, terms.label), _changed(terms, **longer)
    elif terms.status == "suspended":
        yield Change(ChangeKind.RESUME, terms.label), _changed(terms, status="in-force")
    elif terms.status != "in-force" or at < terms.starts_at:
        begun = {"status": "in-force", "starts_at": min(at, terms.starts_at)}
        yield Change(ChangeKind.BRING_INTO_FORCE, terms.label), _changed(terms, **begun)


def _of_its_signatures(terms: Terms, question: Question) -> Iterator[_Candidate]:
    for practice in dict.fromkeys((question.giver, question.asker)):
        if practice in terms.left:
            back = {"left": terms.left - {practice}, "signed": terms.signed | {practice}}
            yield Change(ChangeKind.RETURN, terms.label, practice=practice), _changed(terms, **back)
        elif practice not in terms.signed:
            yield Change(ChangeKind.SIGN, terms.label, practice=practice), _signing(terms, practice)


def _of_its_clauses(terms: Terms, question: Question) -> Iterator[_Candidate]:
    """A role more in a clause that goes this way already; else a clause more. What others have is never taken."""
    fitting = [
        grant
        for grant in terms.grants
        if (grant.scope, grant.purpose) == (question.scope, question.purpose)
        and grant.giver in (None, question.giver)
        and grant.receiver in (None, question.asker)
    ]
    for grant in fitting:
        if question.role not in grant.roles:
            change = Change(ChangeKind.NAME_ROLE, terms.label, grant.clause, role=question.role)
            yield change, _in_clause(terms, grant.clause, roles=grant.roles | {question.role})
    if not fitting:
        yield Change(ChangeKind.ADD_CLAUSE, terms.label, role=question.role), _adding(terms, _clause_for(question))


def _anew(situation: Situation) -> Iterator[_Candidate]:
    """Where they have no agreement that a change or three would mend: one joins the other's, or they make one."""
    question = situation.question
    both = {question.asker, question.giver}
    for terms in situation.terms:
        missing = both - terms.parties
        if len(missing) == 1 and terms.status == "in-force":
            (newcomer,) = missing
            yield Change(ChangeKind.JOIN, terms.label, practice=newcomer), _joining(terms, newcomer)
    yield Change(ChangeKind.AGREE, role=question.role), _agreeing


def _with_terms(situation: Situation, agreement: int, change: Callable[[Terms], Terms]) -> Situation:
    changed = tuple(change(terms) if terms.id == agreement else terms for terms in situation.terms)
    return replace(situation, terms=changed)


def _changed(terms: Terms, **fields: object) -> _Apply:
    return lambda situation: _with_terms(situation, terms.id, lambda old: replace(old, **fields))  # type: ignore[arg-type]


def _signing(terms: Terms, practice: OdsCode) -> _Apply:
    return lambda situation: _with_terms(situation, terms.id, lambda old: replace(old, signed=old.signed | {practice}))


def _joining(terms: Terms, practice: OdsCode) -> _Apply:
    return lambda situation: _with_terms(
        situation,
        terms.id,
        lambda old: replace(old, parties=old.parties | {practice}, signed=old.signed | {practice}),
    )


def _in_clause(terms: Terms, clause: str, **fields: object) -> _Apply:
    def mended(old: Grant) -> Grant:
        return replace(old, **fields) if old.clause == clause else old  # type: ignore[arg-type]

    return lambda situation: _with_terms(
        situation, terms.id, lambda old: replace(old, grants=tuple(map(mended, old.grants)))
    )


def _adding(terms: Terms, grant: Grant) -> _Apply:
    return lambda situation: _with_terms(situation, terms.id, lambda old: replace(old, grants=(*old.grants, grant)))


def _agreeing(situation: Situation) -> Situation:
    question = situation.question
    both = frozenset({question.asker, question.giver})
    begins, ends = situation.at, situation.at + _ANOTHER_YEAR
    made = Terms(_NEW_ID, "", 1, "", "in-force", begins, ends, both, both, (_clause_for(question),))
    return replace(situation, terms=(*situation.terms, made))


def _clause_for(question: Question) -> Grant:
    roles = frozenset({question.role})
    return Grant("new", question.scope, question.purpose, roles, question.giver, question.asker)


def _less(terms: Terms, clause: str) -> Terms:
    return replace(terms, grants=tuple(grant for grant in terms.grants if grant.clause != clause))
