"""A post room for pages without a database: what was sent is kept here, and what was said of it."""

from dataclasses import replace
from datetime import date

from hub.web.messages.posting import WebPost
from messaging import lifecycle
from messaging.answering import Answer
from messaging.census import Unsettled
from messaging.documents import Document, VisitSummary, summary_parts
from messaging.lifecycle import Level, Side, Step
from messaging.problems import MessageUnknown
from messaging.results import MessageLine, Opened
from messaging.sending import Case, SendSummary, SendTask
from tests.hub.web.fakes import AWAY, HOME, JOAN, NOW, REF, FakeDesk, booking_view
from vocabulary.identifiers import BookingRef
from vocabulary.messages import FollowUpOwner, MessageKind, MessageState, Team, Urgency, Way, WayState
from vocabulary.people import Caller

NAME, TASK = "bcdfghjkmnpqrs", "tvwxzbcdfghjkm"
BLANK = MessageLine(
    ref=NAME,
    kind=MessageKind.SUMMARY,
    state=MessageState.NEW,
    side=Side.RECIPIENT,
    sender=AWAY,
    sender_name="Fallodon Way Medical Centre",
    sender_phone="0117 496 0902",
    recipient=HOME,
    recipient_name="Beechwood Surgery",
    recipient_phone="0117 496 0101",
    other_closed=False,
    team=Team.CLINICIANS,
    urgency=Urgency.URGENT,
    due_on=None,
    nhs_number=JOAN,
    family="Pritchard",
    given="Joan",
    booking_ref=REF,
    corrects="",
    corrected_by="",
    sent_at=NOW,
    sent_by_name="Dr Amara Nwosu",
    seen_at=None,
    seen_by_name="",
    acknowledged_at=None,
    acknowledged_by_name="",
    takers=(),
    taken_by_reader=False,
    taken_over=None,
    version=0,
    declined_at=None,
    declined_by_name="",
    ended_at=None,
    ended_by_name="",
    level=Level.RECIPIENT,
    digest="ab" * 32,
    way=Way.INBOX,
    way_state=WayState.NONE,
    readable=True,
    steps=(),
    waits_for_us=True,
)


SAID = VisitSummary(
    reason="Sore throat",
    findings="Tonsils red.\nNo pus.",
    action="Explained",
    medication_changed=True,
    medication="Paracetamol 1 g",
    follow_up_owner=FollowUpOwner.REGISTERED_PRACTICE,
    follow_up="Swab in a week",
    safety_net="Ring 111",
)
_BORN = date(1961, 3, 3)
_DOCUMENT = Document(
    MessageKind.SUMMARY,
    "n",
    JOAN,
    "Pritchard",
    "Joan",
    _BORN,
    "Dr Nwosu",
    "Fallodon",
    "today",
    summary_parts(SAID),
)


class FakePost(WebPost):
    """One summary and one task in the inbox; whatever is sent is on the other list."""

    __slots__ = (
        "_desk",
        "answers",
        "back",
        "earlier",
        "has_come",
        "lines",
        "lost",
        "of_visits",
        "opens_as",
        "out",
        "refusal",
    )

    def __init__(self, desk: FakeDesk) -> None:
        object.__setattr__(self, "_desk", desk)
        task = replace(
            BLANK,
            ref=TASK,
            kind=MessageKind.TASK,
            team=Team.RECEPTION,
            urgency=Urgency.SOON,
            due_on=date(2026, 11, 27),
            level=Level.NONE,
        )
        object.__setattr__(self, "lines", {NAME: BLANK, TASK: task})
        object.__setattr__(self, "out", [])
        object.__setattr__(self, "of_visits", {})
        object.__setattr__(self, "answers", [])
        object.__setattr__(self, "earlier", Opened(replace(BLANK, side=Side.SENDER), _DOCUMENT, ""))
        object.__setattr__(self, "lost", False)
        object.__setattr__(self, "back", ())
        object.__setattr__(self, "has_come", True)
        object.__setattr__(self, "refusal", None)
        object.__setattr__(self, "opens_as", MessageState.SEEN)

    def case(self, ref: BookingRef, caller: Caller, *, kind: MessageKind, corrects: str = "") -> Case:
        booking = self._desk.bookings.get(ref.value) or booking_view()
        return Case(booking, HOME, "Beechwood Surgery", "0117 496 0101", Way.INBOX, False, True, True, self.has_come)

    def send_summary(self, command: SendSummary, caller: Caller) -> MessageLine:
        self.out.append(command)
        return BLANK

    def send_task(self, command: SendTask, caller: Caller) -> MessageLine:
        self.out.append(command)
        return BLANK

    def inbox(self, caller: Caller) -> tuple[MessageLine, ...]:
        return tuple(self.lines.values())

    def sent(self, caller: Caller) -> tuple[MessageLine, ...]:
        return tuple(replace(line, side=Side.SENDER, level=Level.SENDER) for line in self.lines.values())

    def come_back(self, caller: Caller) -> tuple[MessageLine, ...]:
        return self.back

    def waiting(self, caller: Caller) -> int:
        return 2

    def unsettled(self) -> tuple[Unsettled, ...]:
        return (Unsettled("Fallodon Way Medical Centre", "0117 496 0902", "Beechwood Surgery", "", 2, NOW),)

    def about(self, refs: object, caller: Caller) -> dict[BookingRef, tuple[MessageLine, ...]]:
        return self.of_visits

    def open(self, message: str, caller: Caller) -> Opened:
        if message not in self.lines:
            raise MessageUnknown("There is no such message.", next_step="Look at the list.")
        line = self.lines[message]
        line = replace(line, state=self.opens_as, seen_at=NOW, seen_by_name=caller.name)
        line = replace(line, steps=lifecycle.steps(line.kind, line.state, line.side, line.level))
        if self.lost:
            steps = lifecycle.steps(line.kind, MessageState.NEW, line.side, lost=True)
            return Opened(replace(self.lines[message], steps=steps), None, "", lost=True)
        return Opened(line, _DOCUMENT, "")

    def to_correct(self, message: str, ref: BookingRef, caller: Caller) -> Opened:
        return self.earlier

    def answer(self, command: Answer, caller: Caller) -> MessageState:
        if self.refusal is not None:
            raise self.refusal
        self.answers.append(command)
        return MessageState.ACKNOWLEDGED if command.step is Step.ACKNOWLEDGE else MessageState.DONE
