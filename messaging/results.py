"""Frozen read models of messages."""

from dataclasses import dataclass
from datetime import date, datetime

from messaging import lifecycle
from messaging.documents import Document
from messaging.lifecycle import Level, Side, Step
from messaging.taking import Taker
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.messages import MessageKind, MessageState, Team, Urgency, Way, WayState


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message as lists show it: everything but its text."""

    ref: str
    kind: MessageKind
    state: MessageState
    side: Side  # which of the two the reader is
    sender: OdsCode
    sender_name: str
    sender_phone: str
    recipient: OdsCode
    recipient_name: str
    recipient_phone: str
    other_closed: bool  # the practice at the other end
    team: Team
    urgency: Urgency
    due_on: date | None
    nhs_number: NHSNumber
    family: str  # as at the booking, for whose role opens the message; else empty
    given: str
    booking_ref: BookingRef | None
    corrects: str
    corrected_by: str
    sent_at: datetime
    sent_by_name: str
    seen_at: datetime | None
    seen_by_name: str
    acknowledged_at: datetime | None
    acknowledged_by_name: str
    takers: tuple[Taker, ...]  # who does it is the last
    taken_by_reader: bool
    taken_over: Taker | None  # the reader did it, and has not seen yet that this colleague does
    version: int
    declined_at: datetime | None
    declined_by_name: str
    ended_at: datetime | None
    ended_by_name: str
    level: Level
    digest: str
    way: Way
    way_state: WayState
    readable: bool  # the reader's role opens it; whether its text is still there is another matter
    steps: tuple[Step, ...]
    waits_for_us: bool

    @property
    def counted(self) -> bool:
        """Whether the badge counts it for the reader: it wants somebody of this practice, or was taken over from them;
        and their role opens it."""
        wanted = lifecycle.wants(self.kind, self.state, self.side, self.level, self.urgency)
        return self.readable and (wanted or (self.taken_over is not None and self.ended_at is None))

    @property
    def presses(self) -> bool:
        """Urgent, and nobody has said that they have it."""
        return lifecycle.presses(self.kind, self.state, self.urgency)

    def __repr__(self) -> str:
        return f"MessageLine({self.ref} {self.state.value})"


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A message with its text, as long as the page is made; `document` None once the text has been removed, and where
    it is `lost`."""

    line: MessageLine
    document: Document | None
    words: str  # why it came back
    lost: bool = False  # it is still there, and no key of the hub's opens it

    def __repr__(self) -> str:
        return "Opened(hidden)"
