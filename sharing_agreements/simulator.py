"""The policy simulator: what the gate would say, why, and what would have to change. It decides by the gate's `decide`.

Made-up patients are facts in the question. Asking about a patient by NHS number is itself accounted for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sharing_agreements.explaining import Explanation, Situation, explain, relevant
from sharing_agreements.reading import read_terms
from sharing_agreements.register import sees_all
from sharing_agreements.terms import Question
from storage.work import Work
from vocabulary.people import Caller
from vocabulary.problems import Problem, ProblemKind


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
    """Answers from the register without a permit, and without touching anything it answers about."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def ask(self, asked: Asked, caller: Caller) -> Explanation:
        """One answer. Raises NotYourQuestion."""
        (answer,) = self.ask_many([asked], caller)
        if isinstance(answer, NotYourQuestion):
            raise answer
        return answer

    def ask_many(self, many: Sequence[Asked], caller: Caller) -> tuple[Explanation | NotYourQuestion, ...]:
        """All answers, from one look at the register; a question that is not the caller's has its refusal instead."""
        mine = [asked for asked in many if self._is_theirs(asked, caller)]
        named = {ods for asked in mine for ods in (asked.question.asker, asked.question.giver)}
        with self._work.read() as tx:
            terms = read_terms(tx, named, any_of=True) if named else ()
        return tuple(
            explain(Situation(relevant(terms, asked.question), asked.question, asked.at))
            if self._is_theirs(asked, caller)
            else _not_yours(caller)
            for asked in many
        )

    @staticmethod
    def _is_theirs(asked: Asked, caller: Caller) -> bool:
        return sees_all(caller) or caller.practice in (asked.question.asker, asked.question.giver)


def _not_yours(caller: Caller) -> NotYourQuestion:
    return NotYourQuestion(
        f"That question is about two other practices, not about {caller.practice_name}.",
        next_step="Ask with your own practice as one of the two, or ask your federation admin.",
    )
