"""How a message goes from hand to hand: one table of steps, who has it in each state, who may say what. Pure."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from vocabulary.messages import MessageKind, MessageState, Team, Urgency
from vocabulary.people import UserRole


class Step(StrEnum):
    """What somebody says of a message."""

    OPEN = "open"
    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"  # I do it: acknowledges a task as well
    DONE = "done"
    DECLINE = "decline"
    CLOSE = "close"


class Side(StrEnum):
    """Which of the two practices."""

    SENDER = "sender"
    RECIPIENT = "recipient"

    @property
    def other(self) -> "Side":
        """The practice at the other end."""
        return Side.SENDER if self is Side.RECIPIENT else Side.RECIPIENT


class Level(IntEnum):
    """How far a message that nobody has in hand has been brought up."""

    NONE = 0
    RECIPIENT = 1  # stands out at the recipient's, with the number to ring
    SENDER = 2  # the sender is told to ring, and may close it
    MANAGERS = 3  # the managers of both practices see it, open it and settle it; every day anew


_S = MessageState
_BOTH: Mapping[tuple[MessageState, Step], MessageState] = {
    (_S.NEW, Step.OPEN): _S.SEEN,
    (_S.NEW, Step.DECLINE): _S.DECLINED,  # only where the text cannot be opened
    (_S.NEW, Step.CLOSE): _S.CLOSED,
    (_S.SEEN, Step.OPEN): _S.SEEN,
    (_S.SEEN, Step.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.SEEN, Step.DECLINE): _S.DECLINED,
    (_S.SEEN, Step.CLOSE): _S.CLOSED,
    (_S.DECLINED, Step.CLOSE): _S.CLOSED,
}
_TRANSITIONS: Mapping[MessageKind, Mapping[tuple[MessageState, Step], MessageState]] = {
    MessageKind.SUMMARY: _BOTH,
    MessageKind.TASK: {
        **_BOTH,
        (_S.ACKNOWLEDGED, Step.OPEN): _S.ACKNOWLEDGED,
        (_S.SEEN, Step.TAKE): _S.ACKNOWLEDGED,
        (_S.ACKNOWLEDGED, Step.TAKE): _S.ACKNOWLEDGED,
        (_S.SEEN, Step.DONE): _S.DONE,
        (_S.ACKNOWLEDGED, Step.DONE): _S.DONE,
        (_S.ACKNOWLEDGED, Step.DECLINE): _S.DECLINED,
        (_S.ACKNOWLEDGED, Step.CLOSE): _S.CLOSED,
    },
}
_ENDED: Mapping[MessageKind, frozenset[MessageState]] = {
    MessageKind.SUMMARY: frozenset({_S.ACKNOWLEDGED, _S.CLOSED}),
    MessageKind.TASK: frozenset({_S.DONE, _S.CLOSED}),
}
_TEAMS: Mapping[Team, frozenset[UserRole]] = {
    Team.CLINICIANS: frozenset({UserRole.CLINICIAN}),
    Team.PRESCRIBING: frozenset({UserRole.CLINICIAN}),
    Team.RECEPTION: frozenset({UserRole.RECEPTIONIST, UserRole.PRACTICE_MANAGER, UserRole.CLINICIAN}),
    Team.MANAGEMENT: frozenset({UserRole.PRACTICE_MANAGER, UserRole.CLINICIAN}),
}
_WITH_REASON = frozenset({Step.DECLINE, Step.CLOSE})


def after(kind: MessageKind, state: MessageState, step: Step) -> MessageState | None:
    """Where a step leads; None where it is not possible."""
    return _TRANSITIONS[kind].get((state, step))


def ended(kind: MessageKind, state: MessageState) -> bool:
    """Whether nobody has to do anything any more, and the text goes."""
    return state in _ENDED[kind]


def holder(kind: MessageKind, state: MessageState) -> Side | None:
    """Which practice has it in hand; nobody only when it has ended."""
    if ended(kind, state):
        return None
    return Side.SENDER if state is MessageState.DECLINED else Side.RECIPIENT


def presses(kind: MessageKind, state: MessageState, urgency: Urgency) -> bool:
    """Whether it is urgent and nobody has said yet that they have it: reading it is not saying so."""
    unanswered = state in (MessageState.NEW, MessageState.SEEN, MessageState.DECLINED)
    return urgency is Urgency.URGENT and unanswered and not ended(kind, state)


def wants(kind: MessageKind, state: MessageState, side: Side, level: Level, urgency: Urgency) -> bool:
    """Whether it is counted for one side: not read, urgent and in nobody's hand, late, or come back."""
    if ended(kind, state):
        return False
    if state is MessageState.DECLINED:
        return side is Side.SENDER or level is Level.MANAGERS
    if side is Side.SENDER:
        return level >= Level.SENDER
    return state is MessageState.NEW or level > Level.NONE or presses(kind, state, urgency)


def steps(
    kind: MessageKind, state: MessageState, side: Side, level: Level = Level.NONE, *, lost: bool = False
) -> tuple[Step, ...]:
    """What one side can say now, opening left out. `lost`: no key opens the text."""
    possible = (step for step in Step if step is not Step.OPEN and after(kind, state, step) is not None)
    return tuple(step for step in possible if _is_theirs(step, kind, state, side, level, lost))


def _is_theirs(step: Step, kind: MessageKind, state: MessageState, side: Side, level: Level, lost: bool) -> bool:
    if step is not Step.CLOSE:
        unread = state is MessageState.NEW
        return side is Side.RECIPIENT and (not unread or lost)
    if holder(kind, state) is side:
        return side is Side.SENDER  # who it was sent to answers it, and does not put it away
    return level >= (Level.SENDER if side is Side.SENDER else Level.MANAGERS)


def needs_words(step: Step) -> bool:
    """Whether a reason must be given."""
    return step in _WITH_REASON


def may_open(role: UserRole, side: Side, team: Team, level: Level = Level.NONE) -> bool:
    """Whether somebody in this role reads the text: at the recipient its team, at the sender its clinicians; and the
    managers of both once nobody else did, however few work there."""
    if level is Level.MANAGERS and role is UserRole.PRACTICE_MANAGER:
        return True
    return role in _TEAMS[team] if side is Side.RECIPIENT else role is UserRole.CLINICIAN
