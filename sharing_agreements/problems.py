"""Refusals of the gate, in words that say who can mend them."""

from sharing_agreements.terms import Decision, Why
from vocabulary.people import UserRole
from vocabulary.problems import Problem, ProblemKind
from vocabulary.purposes import Scope


class NotPermitted(Problem):
    """No agreement allows this act; nothing was fetched or changed."""

    code = "not-permitted"
    kind = ProblemKind.FORBIDDEN

    def __init__(self, message: str, *, next_step: str = "", decision: Decision) -> None:
        super().__init__(message, next_step=next_step)
        self.decision = decision


_ASK_ADMIN = "Ask your federation admin{instead}."
_ARE_ADMIN = "The page “Agreements” shows who shares what with whom."
_NOT_AVAILABLE = ("{name} has nothing that can be shown or done here for this patient.", "Ring {name} instead.")
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
        "{agreement} does not let your practice {doing} (it shares that in another direction only).",
        _ASK_ADMIN,
    ),
    Why.NOT_THIS_SCOPE: ("{agreement} with {name} does not cover {kind}.", _ASK_ADMIN),
    Why.NOT_THIS_ROLE: (
        "{agreement} with {name} does not give your role this access.",
        "Ask a colleague whose role has it, or your practice manager.",
    ),
    Why.PARTY_LEFT: ("Your practice or {name} has left {agreement}.", _ASK_ADMIN),
    Why.KILL_SWITCH_YOURS: (
        "Your practice has switched {kind} off between itself and all others, so also with {name}.",
        "Ask your practice manager or Caldicott Guardian: they can switch it on again.",
    ),
    Why.KILL_SWITCH_THEIRS: ("{name} has switched {kind} off for all other practices.", "Ring {name} instead."),
    Why.DISSENT: (
        "The patient does not want their record shared, so {name}'s record of them cannot be viewed.",
        "Nobody can override this here. Ask the patient; if they have changed their mind, their own practice can "
        "record it. Booking an appointment is not affected.",
    ),
    Why.OPTED_OUT: (
        "The patient has opted out of uses of their data beyond their own care, so what {name} holds is left out.",
        "Leave this patient out of the analysis.",
    ),
    Why.RESTRICTED: _NOT_AVAILABLE,
    Why.NOT_AVAILABLE: _NOT_AVAILABLE,
    Why.NO_PERMISSION: (
        "The patient has not given their permission to view {name}'s record of them.",
        "Ask the patient, and record what they say.",
    ),
    Why.NO_CARE_LINK: (
        "Nothing shows that your practice is caring for this patient, so {name}'s record of them cannot be viewed.",
        "Book or open the patient's appointment first, or ring {name}.",
    ),
    Why.OWN_PRACTICE: ("", ""),
    Why.GRANTED: ("", ""),
    Why.GIVING_BACK: ("", ""),
    Why.EMERGENCY: ("", ""),
    Why.FINDING_OUT: ("", ""),
}


# Of each act: as in "does not let your practice …", as in "does not cover …", and what to do instead.
_ACTS: dict[Scope | None, tuple[str, str, str]] = {
    None: ("have this from {name}", "this kind of access", ", or ring {name}"),
    Scope.SEE_SLOTS: ("see {name}'s free times", "seeing free times", ", or book in your own practice"),
    Scope.BOOK: ("book at {name}", "booking", ", or book in your own practice"),
    Scope.VIEW_RECORD: ("view {name}'s records", "viewing records", ", or ring {name}"),
    Scope.SEND_TASK: ("send tasks to {name}", "sending tasks", ", or ring {name}"),
    Scope.ANALYSE: ("use {name}'s figures", "analytics", ""),
}


def refusal_words(
    decision: Decision, name: str, *, role: UserRole | None = None, scope: Scope | None = None
) -> tuple[str, str]:
    """What happened and what to do next, for one decision about the practice called `name`, as told to this role by
    who asked for this act."""
    message, next_step = _SENTENCES[decision.why]
    if role is UserRole.FEDERATION_ADMIN and next_step == _ASK_ADMIN:
        next_step = _ARE_ADMIN
    doing, kind, instead = (words.format(name=name) for words in _ACTS[scope])
    said = {"name": name, "agreement": decision.agreement, "doing": doing, "kind": kind, "instead": instead}
    return message.format(**said), next_step.format(**said)


def after_a_withdrawal(role: UserRole) -> str:
    """What to do when an agreement was withdrawn while somebody of this role was holding or booking under it."""
    if role is UserRole.FEDERATION_ADMIN:
        return f"Choose another practice. {_ARE_ADMIN}"
    return "Choose another practice, or ask your federation admin."
