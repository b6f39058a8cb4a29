"""The life of an agreement: which act leads from which state to which, as one table, and who may act. Pure."""

from enum import StrEnum

from vocabulary.agreements import AgreementStatus as S
from vocabulary.people import UserRole
from vocabulary.problems import Problem, ProblemKind


class Act(StrEnum):
    """What can be done with an agreement (or happens to it by its dates)."""

    REVISE = "revise"
    PROPOSE = "propose"
    TAKE_BACK = "take-back"  # before anybody has signed
    SIGN = "sign"
    COME_INTO_FORCE = "come-into-force"  # by the last signature that was missing
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    PUT_OFF = "put-off"  # an end that was planned comes later, or when it was signed for
    DECLINE = "decline"  # a party says that it will not sign
    LEAVE = "leave"
    EXPIRE = "expire"
    AMEND = "amend"  # begins a new version; this one stays as it is
    RENEW = "renew"  # the same, to run on when this one's dates are over


class NotNow(Problem):
    """The agreement's state does not allow this act; `act` and `status` say which."""

    code = "agreement-not-now"
    kind = ProblemKind.CONFLICT


TABLE: dict[tuple[S, Act], S] = {
    (S.DRAFT, Act.REVISE): S.DRAFT,
    (S.DRAFT, Act.PROPOSE): S.PROPOSED,
    (S.DRAFT, Act.END): S.ENDED,
    (S.PROPOSED, Act.TAKE_BACK): S.DRAFT,
    (S.PROPOSED, Act.SIGN): S.PROPOSED,
    (S.PROPOSED, Act.COME_INTO_FORCE): S.IN_FORCE,
    (S.PROPOSED, Act.AMEND): S.PROPOSED,
    (S.PROPOSED, Act.DECLINE): S.PROPOSED,
    (S.PROPOSED, Act.LEAVE): S.PROPOSED,  # a party has left the version before
    (S.PROPOSED, Act.END): S.ENDED,
    (S.IN_FORCE, Act.SUSPEND): S.SUSPENDED,
    (S.IN_FORCE, Act.END): S.ENDED,
    (S.IN_FORCE, Act.LEAVE): S.IN_FORCE,
    (S.IN_FORCE, Act.PUT_OFF): S.IN_FORCE,
    (S.IN_FORCE, Act.EXPIRE): S.EXPIRED,
    (S.IN_FORCE, Act.AMEND): S.IN_FORCE,
    (S.SUSPENDED, Act.RESUME): S.IN_FORCE,
    (S.SUSPENDED, Act.END): S.ENDED,
    (S.SUSPENDED, Act.LEAVE): S.SUSPENDED,
    (S.SUSPENDED, Act.PUT_OFF): S.SUSPENDED,
    (S.SUSPENDED, Act.EXPIRE): S.EXPIRED,
    (S.SUSPENDED, Act.AMEND): S.SUSPENDED,
    (S.IN_FORCE, Act.RENEW): S.IN_FORCE,
    (S.SUSPENDED, Act.RENEW): S.SUSPENDED,
    (S.EXPIRED, Act.RENEW): S.EXPIRED,
}

_LOOKS_AFTER = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
KEEPERS = _LOOKS_AFTER | {UserRole.FEDERATION_ADMIN, UserRole.SYSTEM}
"""Who may draft, propose and stop agreements: those named here, of a party's practice or of the federation."""
SIGNATORIES = _LOOKS_AFTER
"""Who may be named as a party's signatory."""

STATES = {
    S.DRAFT: "is a draft",
    S.PROPOSED: "is waiting for signatures",
    S.IN_FORCE: "is in force",
    S.SUSPENDED: "is suspended",
    S.ENDED: "has ended",
    S.EXPIRED: "has expired",
}
_ACTS = {
    Act.REVISE: "changed",
    Act.PROPOSE: "proposed",
    Act.TAKE_BACK: "taken back",
    Act.SIGN: "signed",
    Act.COME_INTO_FORCE: "brought into force",
    Act.SUSPEND: "suspended",
    Act.RESUME: "resumed",
    Act.END: "ended",
    Act.PUT_OFF: "put off",
    Act.DECLINE: "declined",
    Act.LEAVE: "left",
    Act.EXPIRE: "expired",
    Act.AMEND: "amended",
    Act.RENEW: "renewed",
}
_INSTEAD = {
    (S.PROPOSED, Act.REVISE): "Take it back to change it, or, once somebody has signed, begin an amendment.",
    (S.IN_FORCE, Act.REVISE): "Begin an amendment: it becomes a version of its own.",
    (S.SUSPENDED, Act.REVISE): "Begin an amendment: it becomes a version of its own.",
    (S.DRAFT, Act.SIGN): "It has to be proposed first.",
    (S.DRAFT, Act.AMEND): "Change the draft itself.",
    (S.ENDED, Act.AMEND): "Draft a new agreement from a template, or import this one's file under a new code.",
    (S.ENDED, Act.RENEW): "Draft a new agreement from a template, or import this one's file under a new code.",
    (S.EXPIRED, Act.AMEND): "Renew it, with new dates.",
}


def after(status: S, act: Act, label: str) -> S:
    """The state that this act leads to. Raises NotNow, in words about the agreement of this label."""
    try:
        return TABLE[status, act]
    except KeyError:
        said = f"{label} {STATES[status]}, so it cannot be {_ACTS[act]}."
        instead = _INSTEAD.get((status, act), "Look at it as it is now: somebody may have been quicker.")
        raise NotNow(said, next_step=instead) from None


def acts(status: S) -> frozenset[Act]:
    """What can be done in this state."""
    return frozenset(act for state, act in TABLE if state is status)
