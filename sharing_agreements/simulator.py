"""The policy simulator: what the gate would say, why, and what would have to change. It decides by the gate's `decide`.

Made-up patients are facts in the question. Asking about a patient by NHS number is itself accounted for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sharing_agreements.explaining import Explanation, Situation, explain
from sharing_agreements.gate import Gate
from sharing_agreements.reading import Standing, choices_of
from sharing_agreements.register import sees_all
from sharing_agreements.terms import PatientFacts, Question
from storage.ledger import LedgerEvent, record
from storage.work import Work
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller, UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.times import Clock

MAY_NAME_A_PATIENT = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
"""A federation admin looks after agreements, not after anybody's patients."""


class NotYourQuestion(Problem):
    """A practice asks about what it may do, or what others may do with what it holds; not about two others."""

    code = "not-your-question"
    kind = ProblemKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and for which moment: the agreements as they stand now, read at that time."""

    question: Question
    at: datetime


class Simulator:
    """Answers from what the gate decides by, without a permit, and without touching anything it answers about."""

    def __init__(self, work: Work, gate: Gate, clock: Clock) -> None:
        self._work = work
        self._gate = gate
        self._clock = clock

    def ask(self, asked: Asked, caller: Caller) -> Explanation:
        """One answer. Raises NotYourQuestion."""
        (answer,) = self.ask_many([asked], caller)
        if isinstance(answer, NotYourQuestion):
            raise answer
        return answer

    def ask_many(self, many: Sequence[Asked], caller: Caller) -> tuple[Explanation | NotYourQuestion, ...]:
        """All answers, from one look at the register; a question that is not the caller's has its refusal instead."""
        with self._work.read() as tx:
            standing = self._gate.standing(tx)
        return tuple(
            explain(_situation(standing, asked)) if _is_theirs(asked, caller) else _not_yours(caller) for asked in many
        )

    def ask_about(self, asked: Asked, nhs_number: NHSNumber, caller: Caller) -> Explanation:
        """One answer with what this patient has chosen; whom it was asked about is accounted for. Raises
        NotYourQuestion."""
        if caller.role not in MAY_NAME_A_PATIENT or not _is_theirs(asked, caller):
            raise _not_yours(caller)
        with self._work.begin() as tx:
            facts = asked.question.patient or PatientFacts()
            facts = replace(facts, choices=choices_of(tx, nhs_number))
            question = replace(asked.question, patient=facts)
            found = explain(_situation(self._gate.standing(tx), Asked(question, asked.at)))
            event = LedgerEvent(
                "simulator.asked",
                "allowed" if found.decision.allowed else "refused",
                host=question.giver,
                nhs_number=nhs_number,
                purpose=question.purpose.value,
                agreement=found.decision.agreement,
                clause=found.decision.clause,
                reason=found.decision.why.value,
                detail={"asker": question.asker.value, "role": question.role.value, "scope": question.scope.value},
            )
            record(tx, event, caller=caller, at=self._clock.now())
        return found


def _situation(standing: Standing, asked: Asked) -> Situation:
    """Every agreement that names one of the two: one of the asker's alone could be joined by the giver."""
    question = asked.question
    known = {terms.id: terms for ods in (question.asker, question.giver) for terms in standing.naming(ods)}
    terms = tuple(sorted(known.values(), key=lambda terms: (terms.code, terms.version)))
    return Situation(terms, question, asked.at, standing.switches)


def _is_theirs(asked: Asked, caller: Caller) -> bool:
    return sees_all(caller) or caller.practice in (asked.question.asker, asked.question.giver)


def _not_yours(caller: Caller) -> NotYourQuestion:
    return NotYourQuestion(
        f"That question is about two other practices, not about {caller.practice_name}.",
        next_step="Ask with your own practice as one of the two, or ask your federation admin.",
    )
