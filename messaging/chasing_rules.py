"""When a message that nobody has in hand is brought up again, and with whom. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum

from vocabulary.messages import MessageKind, MessageState, Urgency
from vocabulary.times import at_london


class Level(IntEnum):
    """How far it has been brought up."""

    NONE = 0
    RECIPIENT = 1  # stands out at the recipient's, with the number to ring
    SENDER = 2  # the sender is told to ring


@dataclass(frozen=True, slots=True)
class ChaseSettings:
    """How long a message may lie unacknowledged; configuration. As long again, and the sender hears of it."""

    urgent: timedelta = timedelta(hours=2)
    soon: timedelta = timedelta(hours=24)
    routine: timedelta = timedelta(hours=72)

    def within(self, urgency: Urgency) -> timedelta:
        """The time for this urgency."""
        return {Urgency.URGENT: self.urgent, Urgency.SOON: self.soon, Urgency.ROUTINE: self.routine}[urgency]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules look at."""

    kind: MessageKind
    state: MessageState
    urgency: Urgency
    sent_at: datetime
    due_on: date | None


def moments(standing: Standing, settings: ChaseSettings) -> tuple[datetime, datetime] | None:
    """When it is brought up with the recipient, and when with the sender; None when it is in hand."""
    if standing.state in (MessageState.NEW, MessageState.SEEN):
        within = settings.within(standing.urgency)
        return standing.sent_at + within, standing.sent_at + 2 * within
    if standing.kind is MessageKind.TASK and standing.state is MessageState.ACKNOWLEDGED and standing.due_on:
        over = at_london(standing.due_on + timedelta(days=1), time(0))
        return over, at_london(standing.due_on + timedelta(days=2), time(0))
    return None


def level(standing: Standing, now: datetime, settings: ChaseSettings) -> Level:
    """How far it ought to have been brought up by now."""
    found = moments(standing, settings)
    if found is None or now < found[0]:
        return Level.NONE
    return Level.RECIPIENT if now < found[1] else Level.SENDER


def next_look(standing: Standing, now: datetime, settings: ChaseSettings) -> datetime | None:
    """When it has to be looked at again; None: not before somebody does something."""
    return next((at for at in moments(standing, settings) or () if at > now), None)
