"""The lines of a clinician's session: who comes, where each visit stands, and what can be said of it now. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from hub.web import clock_words as clock
from hub.web import wording
from hub.web.message_words import session_words
from hub.web.presenters import full_name, spaced
from messaging.results import MessageLine
from messaging.sending import BEFORE
from records.prospects import Prospect, RecordProspect
from scheduling.visiting import ExpectedVisit
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, london_date
from vocabulary.visits import CallOutcome, VisitStatus

KEYS = {
    VisitStatus.ARRIVED: "a",
    VisitStatus.IN_ROOM: "r",
    VisitStatus.LEFT: "l",
    VisitStatus.DONE: "d",
    VisitStatus.MISSED: "m",
    VisitStatus.LEFT_UNSEEN: "u",
}
UNDO_KEY = "z"
_NO_RECORDS: Mapping[BookingRef, RecordProspect] = MappingProxyType({})
_NO_MESSAGES: Mapping[BookingRef, tuple[MessageLine, ...]] = MappingProxyType({})
_RECORD = {
    Prospect.OURS: "Registered here: the record is in your own system.",
    Prospect.NEEDS_PERMISSION: "Needs the patient’s permission.",
    Prospect.NOT_SHARED: "The record is not shared.",
    Prospect.UNKNOWN: "Nobody knows which practice holds the record.",
}
_FIRM = (BookingState.BOOKED, BookingState.ATTENDED, BookingState.MISSED)
_COLOURS = {
    VisitStatus.EXPECTED: "white",
    VisitStatus.ARRIVED: "yellow",
    VisitStatus.IN_ROOM: "blue",
    VisitStatus.LEFT: "green",
    VisitStatus.DONE: "green",
    VisitStatus.MISSED: "orange",
    VisitStatus.LEFT_UNSEEN: "orange",
}


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that can be said: what is sent, what it says, its key while the line has the focus."""

    name: str
    value: str
    words: str
    key: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class SessionLine:
    """One patient of the session."""

    ref: str
    spoken: str
    seen: int
    time: str
    minutes: int
    patient: str
    born: str
    age: str
    nhs_number: str
    home_practice: str
    phone: str
    reason: str
    note: str
    needs: tuple[str, ...]
    mode: str
    place: str
    clinician: str
    status: str
    colour: str
    since: str
    calls: tuple[str, ...]
    buttons: tuple[Button, ...]
    undo: str  # what would be taken back; empty: nothing
    waits: str  # why the booking itself is not firm; empty: it is
    over: bool
    record: str = ""  # what a look at the record would meet; empty: not for this role
    record_open: bool = False  # a look is worth trying
    record_why: bool = False  # it is not shared: there is a page that says what can be done instead
    call_between: str = ""  # when the patient was told to expect the call
    sent: tuple[tuple[str, str], ...] = ()  # what was sent about the visit: its name where it can be opened, and words
    can_write: bool = False  # there is another practice to write to, and somebody to write about

    def __repr__(self) -> str:
        return f"SessionLine({self.ref})"


def session_lines(
    expected: Iterable[ExpectedVisit],
    home_names: Mapping[str, str],
    now: datetime,
    *,
    call_window: timedelta,
    records: Mapping[BookingRef, RecordProspect] = _NO_RECORDS,
    messages: Mapping[BookingRef, tuple[MessageLine, ...]] = _NO_MESSAGES,
    may_write: bool = False,
) -> tuple[SessionLine, ...]:
    """The session by time, then by name."""
    ordered = sorted(expected, key=lambda one: (one.booking.facts.window.start, one.booking.family, one.booking.given))
    return tuple(
        replace(
            _line(one, home_names, now, call_window, records.get(one.booking.ref)),
            sent=session_words(messages.get(one.booking.ref, ()), now),
            can_write=may_write and _has_somebody_to_write_to(one, now),
        )
        for one in ordered
    )


def _has_somebody_to_write_to(one: ExpectedVisit, now: datetime) -> bool:
    booking = one.booking
    seen = booking.state in (BookingState.BOOKED, BookingState.ATTENDED)
    return (
        seen and booking.home_practice not in (None, booking.facts.host) and now > booking.facts.window.start - BEFORE
    )


def _line(
    one: ExpectedVisit,
    home_names: Mapping[str, str],
    now: datetime,
    call_window: timedelta,
    record: RecordProspect | None,
) -> SessionLine:
    booking, visit = one.booking, one.visit
    facts, home = booking.facts, str(booking.home_practice or "")
    needs = [wording.access_words(need) for need in booking.access_needs]
    if booking.interpreter:
        needs.insert(0, f"Interpreter: {booking.interpreter}")
    by_phone = facts.channel is DeliveryChannel.TELEPHONE and not visit.in_person
    mode = wording.CHANNELS[facts.channel]
    return SessionLine(
        ref=booking.ref.value,
        spoken=booking.ref.spoken,
        seen=visit.last,
        time=clock.time_words(facts.window.start),
        minutes=facts.minutes,
        patient=full_name(booking.family, booking.given),
        born=clock.birth_date_words(booking.birth_date),
        age=clock.age_words(booking.birth_date, london_date(now)),
        nhs_number=spaced(booking.nhs_number.value),
        home_practice=home_names.get(home, home) or "not known",
        phone=booking.phone,
        reason=booking.description,
        note=booking.comment,
        needs=tuple(needs),
        mode=f"Face to face (booked as {mode.lower()})" if visit.in_person else mode,
        place=facts.site_name or facts.host_name,
        clinician=facts.practitioner_name or wording.ROLES[facts.role],
        status=visit.status.words,
        colour=_COLOURS[visit.status],
        since=clock.time_words(visit.since) if visit.since else "",
        calls=tuple(f"{clock.time_words(call.at)} {call.call.words}" for call in visit.calls if call.call is not None),
        buttons=_buttons(one),
        undo=_undo_words(one),
        waits="" if booking.state in _FIRM else wording.STATES[booking.state][0],
        record=_record_words(record),
        record_open=record is not None and record.prospect is Prospect.NEEDS_PERMISSION,
        record_why=record is not None and record.prospect is Prospect.NOT_SHARED,
        over=visit.status in (VisitStatus.DONE, VisitStatus.MISSED, VisitStatus.LEFT_UNSEEN),
        call_between=clock.span_words(_from(facts.window, call_window)) if by_phone else "",
    )


def _record_words(record: RecordProspect | None) -> str:
    if record is None:
        return ""
    return record.words or _RECORD[record.prospect]


def _buttons(one: ExpectedVisit) -> tuple[Button, ...]:
    steps = [Button("status", status.value, status.words, KEYS[status]) for status in one.steps]
    calls = [Button("call", outcome.value, outcome.words) for outcome in CallOutcome] if one.can_call else []
    more = [Button("in_person", "1", "See face to face instead")] if one.can_go_in_person else []
    found = [*calls, *steps, *more]
    if found:
        found[0] = Button(found[0].name, found[0].value, found[0].words, found[0].key, main=True)
    return tuple(found)


def _undo_words(one: ExpectedVisit) -> str:
    event = one.undoable
    if event is None:
        return ""
    if event.status is not None:
        return event.status.words
    return event.call.words if event.call is not None else "Face to face"


def _from(window: Window, length: timedelta) -> Window:
    return Window(window.start, window.start + length)
