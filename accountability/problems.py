"""Refusals of this room, in plain words."""

from vocabulary.problems import Problem, ProblemKind


class NotYoursToSee(Problem):
    """The account, queue or pack belongs to somebody else."""

    code = "not-yours-to-see"
    kind = ProblemKind.FORBIDDEN


class NothingThere(Problem):
    """No such event, review, hold or pack, or none within the caller's reach."""

    code = "nothing-there"
    kind = ProblemKind.NOT_FOUND


class SettledAlready(Problem):
    """Somebody has dealt with it meanwhile."""

    code = "settled-already"
    kind = ProblemKind.CONFLICT


class WordsMissing(Problem):
    """A field that has to be filled in is empty or too long; `field` names it."""

    code = "words-missing"
    kind = ProblemKind.INVALID

    def __init__(self, message: str, *, field: str, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.field = field


class GlassNotBroken(Problem):
    """What an emergency view needs is missing (a clinician, a fresh proof, the national record): nothing opened."""

    code = "glass-not-broken"
    kind = ProblemKind.FORBIDDEN
