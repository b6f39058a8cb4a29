"""When a message that nobody has in hand is brought up again, and with whom. Pure.

Whatever has not ended has a next moment at which it is looked at, for ever.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from messaging.lifecycle import Level, ended
from vocabulary.messages import MessageKind, MessageState, Urgency
from vocabulary.times import at_london

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChaseSettings:
    """How long a message may lie unanswered; configuration. As long again, and the sender hears of it."""

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
    declined_at: datetime | None = None
    there: bool = True  # the practice it was sent to is open
    sender_there: bool = True  # and the one that sent it


Rung = tuple[datetime, Level]


def ladder(standing: Standing, settings: ChaseSettings) -> tuple[Rung, ...]:
    """From when it is brought up with whom, in order of time; empty only when it has ended. Where nobody is left at the
    sender's, the managers hear of it when the sender would."""
    rungs = () if ended(standing.kind, standing.state) else _rungs(standing, settings)
    if standing.sender_there:
        return rungs
    return tuple((at, Level.MANAGERS if reached is Level.SENDER else reached) for at, reached in rungs)


def _rungs(standing: Standing, settings: ChaseSettings) -> tuple[Rung, ...]:
    within = settings.within(standing.urgency)
    if standing.state is MessageState.DECLINED:
        back = standing.declined_at or standing.sent_at
        if not standing.sender_there:
            return ((back, Level.SENDER),)
        return (back + within, Level.SENDER), (back + 2 * within, Level.MANAGERS)
    if not standing.there:
        return (standing.sent_at, Level.SENDER), (standing.sent_at + within, Level.MANAGERS)
    if standing.state is MessageState.ACKNOWLEDGED and standing.due_on:
        over = tuple(at_london(standing.due_on + timedelta(days=days), time(0)) for days in (1, 2, 3))
        urgent = tuple(standing.sent_at + settings.soon + _DAY * days for days in (0, 1, 2))
        if standing.urgency is Urgency.URGENT and urgent[0] < over[0]:  # taken, and its day still far: asked after all
            over = urgent
        return (over[0], Level.RECIPIENT), (over[1], Level.SENDER), (over[2], Level.MANAGERS)
    sent, told = standing.sent_at, standing.sent_at + 2 * within
    return (sent + within, Level.RECIPIENT), (told, Level.SENDER), (told + max(_DAY, within), Level.MANAGERS)


def level(standing: Standing, now: datetime, settings: ChaseSettings) -> Level:
    """How far it ought to have been brought up by now."""
    return max((reached for at, reached in ladder(standing, settings) if at <= now), default=Level.NONE)


def next_look(standing: Standing, now: datetime, settings: ChaseSettings) -> datetime | None:
    """When it has to be looked at again: at the next rung, and every day once there is none. None: it has ended."""
    rungs = ladder(standing, settings)
    if not rungs:
        return None
    last = rungs[-1][0]
    return next((at for at, _ in rungs if at > now), last + _DAY * ((now - last) // _DAY + 1))
