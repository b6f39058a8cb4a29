"""PURE: how a visit may go. What was said about it is a list of events; where it stands is their sum.

An event is never changed. One said by mistake is undone by another event on the same day, so that the list still tells
what was believed when.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, london_date
from vocabulary.visits import CallOutcome, VisitStatus

_S = VisitStatus
STEPS: frozenset[tuple[VisitStatus, VisitStatus]] = frozenset(
    {
        (_S.EXPECTED, _S.ARRIVED),
        (_S.EXPECTED, _S.IN_ROOM),
        (_S.EXPECTED, _S.DONE),
        (_S.EXPECTED, _S.MISSED),
        (_S.EXPECTED, _S.CANCELLED_LATE),
        (_S.ARRIVED, _S.IN_ROOM),
        (_S.ARRIVED, _S.DONE),
        (_S.ARRIVED, _S.LEFT_UNSEEN),
        (_S.IN_ROOM, _S.LEFT),
        (_S.IN_ROOM, _S.DONE),
        (_S.LEFT, _S.DONE),
        (_S.MISSED, _S.ARRIVED),  # came after all
        (_S.MISSED, _S.CANCELLED_LATE),  # had told somebody, as is found out later
        (_S.CANCELLED_LATE, _S.ARRIVED),
        (_S.LEFT_UNSEEN, _S.ARRIVED),  # came back
    }
)
SPOKEN_OF = frozenset({BookingState.BOOKED, BookingState.ATTENDED, BookingState.MISSED})
"""Of a booking in another state nothing is said: it does not stand."""
_DOES_NOT_STAND = "This appointment does not stand, so nothing can be said of a visit."
_NOT_COME = frozenset({_S.MISSED, _S.CANCELLED_LATE})
HERE = frozenset({_S.ARRIVED, _S.IN_ROOM})
"""The patient is in the building: the visit is not given up by anybody who does not see them."""
_IN_PERSON_ONLY = frozenset({_S.ARRIVED, _S.IN_ROOM, _S.LEFT, _S.LEFT_UNSEEN})
BOOKING_STATES = {
    _S.LEFT: BookingState.ATTENDED,
    _S.DONE: BookingState.ATTENDED,
    _S.MISSED: BookingState.MISSED,
    _S.CANCELLED_LATE: BookingState.CANCELLED,
}
"""What each status makes of the booking; any other leaves it booked. Who left unseen did come, so did not miss it."""


@dataclass(frozen=True, slots=True)
class VisitSettings:
    """The numbers of a clinic; configuration, none a law of nature."""

    grace: timedelta = timedelta(minutes=10)  # after the start, before somebody counts as not having come
    calls_before_missed: int = 2  # unanswered calls before a telephone patient counts so
    call_again: timedelta = timedelta(minutes=1)  # a call within this of the last is asked about: a key held down
    call_window: timedelta = timedelta(hours=1)  # how long after the start a call may come
    opens: timedelta = timedelta(hours=2)  # how long before the start something can be said of a visit
    closes: timedelta = timedelta(hours=24)  # and how long after it


@dataclass(frozen=True, slots=True)
class VisitEvent:
    """One thing said about a visit. Exactly one of `status`, `call`, `in_person` and `undoes` is given.

    `there_at` is given of what was said in the host's own system, as a look there showed: when it was said. `at` is
    then when it was read.
    """

    id: int
    at: datetime
    by: str  # the user's id
    by_name: str
    status: VisitStatus | None = None
    call: CallOutcome | None = None
    in_person: bool = False  # a telephone or video appointment goes on face to face, in the same place of the list
    undoes: int | None = None
    there_at: datetime | None = None

    @property
    def said_at(self) -> datetime:
        """When it was said, here or there."""
        return self.there_at or self.at


@dataclass(frozen=True, slots=True)
class Visit:
    """Where one visit stands. `last` is the id of the last event, 0 when nothing was said yet."""

    status: VisitStatus = VisitStatus.EXPECTED
    since: datetime | None = None
    by_name: str = ""
    calls: tuple[VisitEvent, ...] = ()
    in_person: bool = False
    last: int = 0
    at_host: bool = False  # the status was said in the host's own system
    standing: tuple[VisitEvent, ...] = field(default=(), repr=False)

    @property
    def words(self) -> str:
        """Where it stands, as shown: of somebody who is rung and still expected, the calls say it."""
        if self.status is VisitStatus.EXPECTED and self.calls and not self.in_person:
            spoke = any(call.call is CallOutcome.SPOKE for call in self.calls)
            return "Spoken to" if spoke else "Not reached yet"
        return self.status.words

    def unanswered(self, due: datetime) -> int:
        """How many calls reached nobody although the patient was due: nobody waits at the telephone before."""
        return sum(call.call is not CallOutcome.SPOKE and call.at >= due for call in self.calls)

    def undoable(self, now: datetime) -> VisitEvent | None:
        """What can be taken back: the last thing said that stands, on the day it was said. What was said in the host's
        own system is taken back there: nobody knows here what it took the place of."""
        latest = self.standing[-1] if self.standing else None
        if latest is None or latest.there_at is not None:
            return None
        return latest if london_date(latest.at) == london_date(now) else None


def visit_of(events: Iterable[VisitEvent]) -> Visit:
    """The sum of what was said, in the order in which it was said."""
    said = tuple(events)
    undone = {event.undoes for event in said if event.undoes is not None}
    standing = tuple(event for event in said if event.undoes is None and event.id not in undone)
    statuses = [event for event in standing if event.status is not None]
    latest = statuses[-1] if statuses else None
    return Visit(
        status=(latest.status if latest else None) or VisitStatus.EXPECTED,
        since=latest.said_at if latest else None,
        by_name=latest.by_name if latest else "",
        at_host=latest is not None and latest.there_at is not None,
        calls=tuple(event for event in standing if event.call is not None),
        in_person=any(event.in_person for event in standing),
        last=said[-1].id if said else 0,
        standing=standing,
    )


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What the rules must know of the booking itself."""

    state: BookingState
    window: Window
    channel: DeliveryChannel
    moved_to: Window | None = None  # when the host has it, if it moved it: the patient may come at either time
    cancelled: CancellationReason | None = None
    came: bool = False  # cancelled by the host, and put down as here all the same

    @property
    def earliest(self) -> datetime:
        """The first moment at which the patient may be thought to be due."""
        return self.window.start if self.moved_to is None else min(self.window.start, self.moved_to.start)

    @property
    def latest(self) -> datetime:
        """The last one: nobody has failed to come before."""
        return self.window.start if self.moved_to is None else max(self.window.start, self.moved_to.start)

    @property
    def cancelled_there(self) -> bool:
        """The host cancelled it: the patient may not know, and come."""
        return self.state is BookingState.CANCELLED and self.cancelled is CancellationReason.HOST_CANCELLED

    @property
    def cancelled_late(self) -> bool:
        """The patient said so when it had begun: a visit's end like another, that can be put right."""
        return self.state is BookingState.CANCELLED and self.cancelled is CancellationReason.LATE


def by_telephone(visit: Visit, facts: VisitFacts) -> bool:
    """Whether the patient is rung, rather than coming."""
    return facts.channel is DeliveryChannel.TELEPHONE and not visit.in_person


def step_refusal(visit: Visit, to: VisitStatus, facts: VisitFacts, *, now: datetime, settings: VisitSettings) -> str:
    """Why the visit may not go to this status now, in words; empty when it may."""
    closed = _closed(facts, now, settings)
    if closed:
        return closed
    if by_telephone(visit, facts) and to in _IN_PERSON_ONLY:
        return "The patient is rung and does not come. To see them here, say first that it goes on face to face."
    if facts.cancelled_there and (not facts.came or to in _NOT_COME):
        return "" if to is VisitStatus.ARRIVED else _DOES_NOT_STAND  # whatever was said of it before it was cancelled
    if (visit.status, to) not in STEPS:
        return f"The patient is down as “{visit.words}”, so cannot become “{to.words}”."
    if to is VisitStatus.MISSED:
        return _not_missed_yet(visit, facts, now, settings)
    if to is VisitStatus.CANCELLED_LATE and now < facts.latest:
        return "The appointment has not begun: cancel the booking, and its time can be given to somebody else."
    return ""


def call_refusal(visit: Visit, facts: VisitFacts, *, now: datetime, settings: VisitSettings) -> str:
    """Why no call can be noted now, in words; empty when one can."""
    closed = _closed(facts, now, settings)
    if closed or facts.cancelled_there:
        return closed or _DOES_NOT_STAND
    if not by_telephone(visit, facts):
        return "This is not a telephone appointment."
    if visit.status is not VisitStatus.EXPECTED:
        return f"The patient is down as “{visit.words}”: no more calls are noted."
    return ""


def doubt(
    visit: Visit,
    facts: VisitFacts,
    *,
    status: VisitStatus | None,
    call: CallOutcome | None,
    now: datetime,
    settings: VisitSettings,
) -> str:
    """What is asked before this is said, because it is likelier a slip; empty when it is clear."""
    last = visit.calls[-1] if visit.calls else None
    if call not in (None, CallOutcome.SPOKE) and last is not None and now - last.at < settings.call_again:
        return "The last call was noted less than a minute ago. Another call already?"
    nobody = all(one.call is not CallOutcome.SPOKE for one in visit.calls)
    if status is VisitStatus.DONE and by_telephone(visit, facts) and nobody:
        return "Nobody is down as having spoken to this patient by telephone. Done all the same?"
    if status is VisitStatus.MISSED:
        return "Did they tell anybody that they cannot come: your practice, or whoever booked?"
    return ""


def in_person_refusal(visit: Visit, facts: VisitFacts, *, now: datetime, settings: VisitSettings) -> str:
    """Why the appointment cannot go on face to face, in words; empty when it can."""
    closed = _closed(facts, now, settings)
    if closed or facts.cancelled_there:
        return closed or _DOES_NOT_STAND
    if facts.channel is DeliveryChannel.IN_PERSON or visit.in_person:
        return "This is a face-to-face appointment already."
    if visit.status not in (VisitStatus.EXPECTED, VisitStatus.MISSED):
        return f"The patient is down as “{visit.words}”."
    return ""


def undo_refusal(facts: VisitFacts) -> str:
    """Why nothing can be taken back, in words; empty when it can: of what was cancelled meanwhile nothing is said."""
    return "" if facts.state in SPOKEN_OF or facts.cancelled_late or facts.came else _DOES_NOT_STAND


def came_at(visit: Visit, cancelled_at: datetime) -> datetime | None:
    """Since when somebody is down as here whose appointment the host had cancelled at that moment, whether they came
    before or since; None: they are not here."""
    said = [one for one in visit.standing if one.status is not None]
    before = [one for one in said if one.at < cancelled_at]
    if before and before[-1].status in HERE:
        return before[-1].said_at
    since = [one.at for one in said if one.status is not VisitStatus.EXPECTED]
    return min((at for at in since if at >= cancelled_at), default=None)


def opens_at(facts: VisitFacts, *, now: datetime, settings: VisitSettings) -> datetime | None:
    """When something can first be said of a visit, while it is too early for that; else None."""
    opens = facts.earliest - settings.opens
    return opens if facts.state in SPOKEN_OF and now < opens else None


def steps_open(visit: Visit, facts: VisitFacts, *, now: datetime, settings: VisitSettings) -> Sequence[VisitStatus]:
    """The statuses that would not be refused now, in the order of a visit."""
    return tuple(status for status in VisitStatus if not step_refusal(visit, status, facts, now=now, settings=settings))


def missed_from(visit: Visit, facts: VisitFacts, settings: VisitSettings) -> datetime | None:
    """From when the patient may be put down as not having come; None while it depends on more calls."""
    if by_telephone(visit, facts) and visit.unanswered(facts.earliest) < settings.calls_before_missed:
        return None
    return facts.latest + settings.grace


def _closed(facts: VisitFacts, now: datetime, settings: VisitSettings) -> str:
    if facts.state not in SPOKEN_OF and not (facts.cancelled_late or facts.cancelled_there):
        return _DOES_NOT_STAND
    if now < facts.earliest - settings.opens:
        return "It is too early: a visit can be noted from two hours before the appointment."
    if now > facts.latest + settings.closes:
        return "It is too late: a visit can be noted until a day after the appointment."
    return ""


def _not_missed_yet(visit: Visit, facts: VisitFacts, now: datetime, settings: VisitSettings) -> str:
    if by_telephone(visit, facts) and any(call.call is CallOutcome.SPOKE for call in visit.calls):
        return "Somebody spoke to the patient, so the appointment was not missed."
    since = missed_from(visit, facts, settings)
    if since is None:
        left = settings.calls_before_missed - visit.unanswered(facts.earliest)
        return f"Ring {'once' if left == 1 else f'{left} times'} more before putting the patient down as missed."
    if now < since:
        minutes = int(settings.grace.total_seconds() // 60)
        return f"Wait until {minutes} minutes after the start before putting the patient down as missed."
    return ""
