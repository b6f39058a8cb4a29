"""Why a message was not sent, opened or answered, in words that say what to do instead."""

from messaging.documents import Fault
from vocabulary.problems import Problem, ProblemKind


class MessageIncomplete(Problem):
    """Something has to be said before it may go. `faults` has every field; nothing was sent."""

    code = "message-incomplete"
    kind = ProblemKind.INVALID

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults[0].message, next_step="Nothing was sent.")
        self.faults = faults


class NobodyToSendTo(Problem):
    """There is no other practice that could receive it here."""

    code = "nobody-to-send-to"
    kind = ProblemKind.CONFLICT


class NotTheTime(Problem):
    """The visit has not been and the patient has not come, or it was too long ago, or the patient was not seen."""

    code = "not-the-time-for-a-message"
    kind = ProblemKind.CONFLICT


class MessageUnknown(Problem):
    """No such message, or none that is this practice's or this role's to read."""

    code = "message-unknown"
    kind = ProblemKind.NOT_FOUND


class MessageMoved(Problem):
    """Somebody else has answered it meanwhile, or the step is not possible now. Nothing was changed."""

    code = "message-moved"
    kind = ProblemKind.CONFLICT


class MessageUnreadable(Problem):
    """The sealed text cannot be opened with any key the hub has."""

    code = "message-unreadable"
    kind = ProblemKind.UNAVAILABLE
