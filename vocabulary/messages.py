"""What practices send one another about a patient: summaries of visits, tasks, and where each of them stands."""

from enum import StrEnum


class MessageKind(StrEnum):
    """What is sent."""

    SUMMARY = "summary"  # what was found and done at a visit, for the patient's own practice
    TASK = "task"  # something somebody there is to do

    @property
    def words(self) -> str:
        """As shown on a list."""
        return "Visit summary" if self is MessageKind.SUMMARY else "Task"


class Team(StrEnum):
    """Whose it is at the practice it is sent to."""

    CLINICIANS = "clinicians"
    RECEPTION = "reception"
    PRESCRIBING = "prescribing"
    MANAGEMENT = "management"

    @property
    def words(self) -> str:
        """As shown beside a message."""
        return self.value.capitalize()


class Urgency(StrEnum):
    """How soon somebody there must have it in hand."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"

    @property
    def words(self) -> str:
        """As shown beside a message."""
        return _URGENCY_WORDS[self]

    @property
    def rank(self) -> int:
        """0 comes first."""
        return tuple(Urgency).index(self)


_URGENCY_WORDS = {Urgency.URGENT: "Urgent", Urgency.SOON: "Soon", Urgency.ROUTINE: "Routine"}


class MessageState(StrEnum):
    """Where a message stands."""

    NEW = "new"
    SEEN = "seen"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    DECLINED = "declined"  # returned: the sender has it again
    CLOSED = "closed"  # dealt with some other way: by the sender, a manager, or with the summary that corrects it

    @property
    def words(self) -> str:
        """As shown on a list."""
        return _STATE_WORDS[self]


_STATE_WORDS = {
    MessageState.NEW: "Not read yet",
    MessageState.SEEN: "Read",
    MessageState.ACKNOWLEDGED: "Acknowledged",
    MessageState.DONE: "Done",
    MessageState.DECLINED: "Returned to the sender",
    MessageState.CLOSED: "Closed",
}


class FollowUpOwner(StrEnum):
    """Who does what comes next."""

    NOBODY = "nobody"
    REGISTERED_PRACTICE = "registered-practice"
    US = "us"
    PATIENT = "patient"

    @property
    def words(self) -> str:
        """As read by the practice that receives it."""
        return _OWNER_WORDS[self]


_OWNER_WORDS = {
    FollowUpOwner.NOBODY: "No follow-up is needed",
    FollowUpOwner.REGISTERED_PRACTICE: "The registered practice",
    FollowUpOwner.US: "The practice that saw the patient",
    FollowUpOwner.PATIENT: "The patient, or who cares for them",
}


class Way(StrEnum):
    """How a message reaches the practice. Its inbox here shows it in any case."""

    INBOX = "inbox"
    SYSTEM = "system"  # into its own GP system as well, through the port


class WayState(StrEnum):
    """How far it has come on the way into the practice's own system."""

    NONE = ""  # it does not go there
    WAITING = "waiting"  # nobody has tried yet
    DELAYED = "delayed"  # it surely did not arrive, and is tried again
    IN_DOUBT = "in-doubt"  # asked, and nobody knows: filed again under the same id
    SENT = "sent"  # it is on its way, and the system has not answered
    FILED = "filed"  # it is in the record there; nobody there has said that they read it
    CONFIRMED = "confirmed"  # the system answered that it has it
    FAILED = "failed"  # it will not take it
