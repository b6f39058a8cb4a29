"""The post room as pages use it: each verb bound to the office that the wiring made. No rule lives here.

It is one object so that a page can be shown with made-up results; what it does is call the verbs.
"""

from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app

from hub.post_office import office_of
from hub.wiring import Hub
from messaging import answering, census, reading, sending
from messaging.answering import Answer
from messaging.census import Unsettled
from messaging.office import Office
from messaging.results import MessageLine, Opened
from messaging.sending import Case, SendSummary, SendTask
from vocabulary.identifiers import BookingRef
from vocabulary.messages import MessageKind, MessageState
from vocabulary.people import Caller

EXTENSION = "hub_web_post"


@dataclass(frozen=True, slots=True)
class WebPost:
    """The verbs that pages call."""

    hub: Hub

    @property
    def _office(self) -> Office:
        return office_of(self.hub)

    def case(self, ref: BookingRef, caller: Caller, *, kind: MessageKind, corrects: str = "") -> Case:
        """To whom a message about a visit goes."""
        return sending.case_of(self._office, ref, caller, kind=kind, corrects=corrects)

    def send_summary(self, command: SendSummary, caller: Caller) -> MessageLine:
        """Send a summary home."""
        return sending.send_summary(self._office, command, caller)

    def send_task(self, command: SendTask, caller: Caller) -> MessageLine:
        """Ask the other practice to do something."""
        return sending.send_task(self._office, command, caller)

    def inbox(self, caller: Caller) -> tuple[MessageLine, ...]:
        """What came to the caller's practice."""
        return reading.inbox(self._office, caller)

    def sent(self, caller: Caller) -> tuple[MessageLine, ...]:
        """What it sent."""
        return reading.sent(self._office, caller)

    def come_back(self, caller: Caller) -> tuple[MessageLine, ...]:
        """What it sent and has to see to."""
        return reading.come_back(self._office, caller)

    def waiting(self, caller: Caller) -> int:
        """How many wait for somebody here."""
        return reading.waiting(self._office, caller)

    def unsettled(self) -> tuple[Unsettled, ...]:
        """What neither practice has settled, for the federation."""
        with self.hub.work.read() as tx:
            return census.unsettled(tx)

    def about(self, refs: Collection[BookingRef], caller: Caller) -> dict[BookingRef, tuple[MessageLine, ...]]:
        """What was sent about these visits."""
        return reading.about(self._office, refs, caller)

    def open(self, message: str, caller: Caller) -> Opened:
        """Read one."""
        return reading.open_message(self._office, message, caller)

    def to_correct(self, message: str, ref: BookingRef, caller: Caller) -> Opened:
        """A summary that was sent about a visit, to be corrected."""
        return reading.to_correct(self._office, message, ref, caller)

    def answer(self, command: Answer, caller: Caller) -> MessageState:
        """Say something of one."""
        return answering.answer(self._office, command, caller)


def the_post() -> WebPost:
    """The running application's."""
    found: WebPost = current_app.extensions[EXTENSION]
    return found
