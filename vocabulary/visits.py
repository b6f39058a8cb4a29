"""How a visit goes on the day: who is here, with whom, gone, or did not come; and the calls of a telephone clinic."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class VisitStatus(StrEnum):
    """Where the patient of one booking is, as somebody at the host practice said last."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    IN_ROOM = "in-room"
    LEFT = "left"  # was seen and has gone; the clinician may still write
    DONE = "done"
    MISSED = "missed"  # did not attend, and said nothing
    CANCELLED_LATE = "cancelled-late"  # did not come either, but had told somebody: counted apart
    LEFT_UNSEEN = "left-unseen"

    @property
    def words(self) -> str:
        """As shown on the list."""
        return _STATUS_WORDS[self]


_STATUS_WORDS = {
    VisitStatus.EXPECTED: "Expected",
    VisitStatus.ARRIVED: "Arrived",
    VisitStatus.IN_ROOM: "In the room",
    VisitStatus.LEFT: "Left",
    VisitStatus.DONE: "Done",
    VisitStatus.MISSED: "Did not attend",
    VisitStatus.CANCELLED_LATE: "Cancelled late",
    VisitStatus.LEFT_UNSEEN: "Left before being seen",
}


@dataclass(frozen=True, slots=True)
class VisitThere:
    """Where the patient is by the host's own system, and when its staff said so; `at` None: they have said nothing."""

    status: VisitStatus = VisitStatus.EXPECTED
    at: datetime | None = None


class CallOutcome(StrEnum):
    """How one call to a patient of a telephone clinic ended."""

    SPOKE = "spoke"
    NO_ANSWER = "no-answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong-number"

    @property
    def words(self) -> str:
        """As shown beside the attempt."""
        return _CALL_WORDS[self]


_CALL_WORDS = {
    CallOutcome.SPOKE: "Spoke to the patient",
    CallOutcome.NO_ANSWER: "No answer",
    CallOutcome.VOICEMAIL: "Voicemail",
    CallOutcome.WRONG_NUMBER: "Wrong number",
}
