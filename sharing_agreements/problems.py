"""Refusals of the gate, in words that say who can mend them."""

from sharing_agreements.terms import Decision, Why
from vocabulary.people import UserRole
from vocabulary.problems import Problem, ProblemKind


class NotPermitted(Problem):
    """No agreement allows this act; nothing was fetched or changed."""

    code = "not-permitted"
    kind = ProblemKind.FORBIDDEN

    def __init__(self, message: str, *, next_step: str = "", decision: Decision) -> None:
        super().__init__(message, next_step=next_step)
        self.decision = decision


_ASK_ADMIN = "Ask your federation admin, or book in your own practice."
_ARE_ADMIN = "The page “Agreements” shows who shares what with whom."
_SENTENCES: dict[Why, tuple[str, str]] = {
    Why.NO_AGREEMENT: ("Your practice has no data-sharing agreement with {name}.", _ASK_ADMIN),
    Why.NOT_IN_FORCE: ("The agreement {agreement} with {name} is not in force yet.", _ASK_ADMIN),
    Why.SUSPENDED: ("The agreement {agreement} with {name} is suspended.", _ASK_ADMIN),
    Why.ENDED: ("The agreement {agreement} with {name} has ended.", _ASK_ADMIN),
    Why.NOT_SIGNED_BY_YOU: (
        "Your practice has not signed {agreement}, which covers {name}.",
        "Ask your practice manager or Caldicott Guardian to sign it.",
    ),
    Why.NOT_SIGNED_BY_THEM: ("{name} has not signed {agreement}.", _ASK_ADMIN),
    Why.NOT_THIS_DIRECTION: (
        "{agreement} does not let your practice use {name}'s clinics (it shares in the other direction only).",
        _ASK_ADMIN,
    ),
    Why.NOT_THIS_SCOPE: ("{agreement} with {name} does not cover this kind of access.", _ASK_ADMIN),
    Why.NOT_THIS_ROLE: (
        "{agreement} with {name} does not give your role this access.",
        "Ask a colleague whose role has it, or your practice manager.",
    ),
    Why.OWN_PRACTICE: ("", ""),
    Why.GRANTED: ("", ""),
    Why.GIVING_BACK: ("", ""),
}


def refusal_words(decision: Decision, name: str, *, role: UserRole | None = None) -> tuple[str, str]:
    """What happened and what to do next, for one decision about the practice called `name`, as told to this role."""
    message, next_step = _SENTENCES[decision.why]
    if role is UserRole.FEDERATION_ADMIN and next_step == _ASK_ADMIN:
        next_step = _ARE_ADMIN
    return message.format(name=name, agreement=decision.agreement), next_step
