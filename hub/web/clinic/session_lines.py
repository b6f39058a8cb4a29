"""The lines of a clinician's session: who comes, where each visit stands, and what can be said of it now. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from hub.web import clock_words as clock
from hub.web import wording
from hub.web.clinic.session_words import (
    Notice,
    host_notice,
    if_they_come,
    is_gone,
    is_rung,
    mode_words,
    namesakes,
    report_words,
    shown_window,
    since_words,
    status,
    was_at,
)
from hub.web.messages.sent_words import SentBefore, sent_before, session_words
from hub.web.presenters import full_name, spaced
from messaging.results import MessageLine
from messaging.sending import BEFORE, summary_refusal
from records.prospects import Prospect, RecordProspect
from scheduling.results import BookingView
from scheduling.visit_rules import VisitEvent
from scheduling.visiting import ExpectedVisit
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.messages import MessageKind
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, london_date
from vocabulary.visits import CallOutcome, VisitStatus

KEYS = {
    VisitStatus.ARRIVED: "a",
    VisitStatus.IN_ROOM: "r",
    VisitStatus.LEFT: "l",
    VisitStatus.DONE: "d",
    VisitStatus.MISSED: "m",
    VisitStatus.CANCELLED_LATE: "c",
    VisitStatus.LEFT_UNSEEN: "u",
}
CALL_KEYS = {
    CallOutcome.SPOKE: "s",
    CallOutcome.NO_ANSWER: "n",
    CallOutcome.VOICEMAIL: "v",
    CallOutcome.WRONG_NUMBER: "w",
}
UNDO_KEY = "z"
_LATE = VisitStatus.CANCELLED_LATE
_HERE = "They are here"
_RECORD = {
    Prospect.OURS: "Registered here: the record is in your own system.",
    Prospect.NEEDS_PERMISSION: "Needs the patient’s permission.",
    Prospect.NOT_SHARED: "The record is not shared.",
    Prospect.UNKNOWN: "Nobody knows which practice holds the record.",
}
_MISSED = "They did not come: to look needs a reason."
_FIRM = (BookingState.BOOKED, BookingState.ATTENDED, BookingState.MISSED, BookingState.CANCELLED)
_OVER = (VisitStatus.DONE, VisitStatus.MISSED, VisitStatus.CANCELLED_LATE, VisitStatus.LEFT_UNSEEN)


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
    go_in_person: bool  # the patient is to be rung, and might be seen here instead: asked before it is said
    no_key: str  # why a key that is none for this line does nothing
    too_early: str  # from when something can be said; empty: now
    waits: str  # why the booking itself is not firm; empty: it is
    over: bool
    record: str = ""  # what a look at the record would meet; empty: not for this role
    record_open: bool = False  # a look is worth trying
    record_why: bool = False  # it is not shared: there is a page that says what can be done instead
    record_until: str = ""  # the record is open: until when it can be gone back to without asking again
    rung: bool = False  # by telephone: keys and words are others
    call_between: str = ""  # when the patient was told to expect the call
    was_rung: bool = False  # booked by telephone, and seen here after all
    namesake: str = ""  # who might be taken for whom
    was_at: str = ""  # the time the patient was told, where the host has another
    host: Notice | None = None  # what the host changed in its own system, or that it was cancelled
    gone: bool = False  # cancelled: struck through
    if_they_come: str = ""  # and what to do when they come all the same
    emergency: bool = False  # nothing links them to this practice any more: the record is there by broken glass alone
    video: bool = False  # by video: the hub sends no link
    report: str = ""  # how far the practice's own system knows
    sent: tuple[tuple[str, str], ...] = ()  # what was sent about the visit: its name where it can be opened, and words
    sent_before: SentBefore | None = None  # the summary that a further one would correct
    can_write: bool = False  # there is another practice to write to, and somebody to write about
    can_summarise: bool = False  # and a visit to write about: they have come, or were to by now
    untold: bool = False  # the patient was seen, and their practice has no summary
    contradiction: str = ""  # a summary was sent of somebody who did not come

    def __repr__(self) -> str:
        return f"SessionLine({self.ref})"


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the visits themselves."""

    home_names: Mapping[str, str]
    call_window: timedelta
    phones: Mapping[str, str] = field(default_factory=dict)  # of the practices that booked
    records: Mapping[BookingRef, RecordProspect] = field(default_factory=dict)
    open_records: Mapping[BookingRef, datetime] = field(default_factory=dict)  # whose may be gone back to, and how long
    messages: Mapping[BookingRef, tuple[MessageLine, ...]] = field(default_factory=dict)
    may_write: bool = False
    may_look: bool = False


def session_lines(
    expected: Iterable[ExpectedVisit], day: date, now: datetime, beside: Beside
) -> tuple[SessionLine, ...]:
    """The session of one day by time, then by name."""
    visits = tuple(expected)
    alike = namesakes(one.booking for one in visits)
    ordered = sorted(
        visits, key=lambda one: (shown_window(one.booking, day).start, one.booking.family, one.booking.given)
    )
    return tuple(
        replace(
            _line(one, day, now, beside),
            namesake=alike.get(one.booking.ref, ""),
            sent=session_words(beside.messages.get(one.booking.ref, ()), now),
            sent_before=sent_before(beside.messages.get(one.booking.ref, ()), now),
            can_write=beside.may_write and _has_somebody_to_write_to(one, now),
            untold=beside.may_write and _is_untold(one, beside, now),
            can_summarise=summary_refusal(one.booking, one.visit, now) is None,
            contradiction=_contradiction(one, beside),
            **_record(one.booking, beside),
        )
        for one in ordered
    )


def _has_somebody_to_write_to(one: ExpectedVisit, now: datetime) -> bool:
    booking = one.booking
    seen = booking.state in (BookingState.BOOKED, BookingState.ATTENDED) or booking.came_at is not None
    return (
        seen and booking.home_practice not in (None, booking.facts.host) and now > booking.facts.window.start - BEFORE
    )


def _is_untold(one: ExpectedVisit, beside: Beside, now: datetime) -> bool:
    sent = any(line.kind is MessageKind.SUMMARY for line in beside.messages.get(one.booking.ref, ()))
    seen = one.visit.status in (VisitStatus.LEFT, VisitStatus.DONE)
    return seen and not sent and _has_somebody_to_write_to(one, now)


def _call(said: VisitEvent, due: datetime) -> str:
    """A call, and that it counts for nothing where nobody was waiting for it yet."""
    words = f"{clock.time_words(said.at)} {said.call.words if said.call else ''}"
    early = said.at < due and said.call is not CallOutcome.SPOKE
    return f"{words}, before their time: it does not count towards “{VisitStatus.MISSED.words}”" if early else words


def _contradiction(one: ExpectedVisit, beside: Beside) -> str:
    """A summary left for somebody who did not come: one of the two is wrong."""
    if one.visit.status not in (VisitStatus.MISSED, VisitStatus.CANCELLED_LATE):
        return ""
    return sent_words(beside.messages.get(one.booking.ref, ()))


def sent_words(messages: Iterable[MessageLine]) -> str:
    """That a summary of this visit was sent, for whoever says that there was none; empty when none was."""
    sent = [one for one in messages if one.kind is MessageKind.SUMMARY]
    if not sent:
        return ""
    first = min(sent, key=lambda one: one.sent_at)
    return (
        f"A summary of this visit was sent at {clock.time_words(first.sent_at)}: open it and correct it, if it was "
        "written for somebody else."
    )


def _line(one: ExpectedVisit, day: date, now: datetime, beside: Beside) -> SessionLine:
    booking, visit = one.booking, one.visit
    facts, home = booking.facts, str(booking.home_practice or "")
    needs = [wording.access_words(need) for need in booking.access_needs]
    if booking.interpreter:
        needs.insert(0, f"Interpreter: {booking.interpreter}")
    rung = is_rung(booking, visit)
    words, colour = status(booking, visit)
    gone = is_gone(booking, visit)
    shown = shown_window(booking, day)
    return SessionLine(
        ref=booking.ref.value,
        spoken=booking.ref.spoken,
        seen=visit.last,
        time=clock.time_words(shown.start),
        minutes=facts.minutes,
        patient=full_name(booking.family, booking.given),
        born=clock.birth_date_words(booking.birth_date),
        age=clock.age_words(booking.birth_date, london_date(now)),
        nhs_number=spaced(booking.nhs_number.value),
        home_practice=beside.home_names.get(home, home) or "not known",
        phone=booking.phone,
        reason=booking.description,
        note=booking.comment,
        needs=tuple(needs),
        mode=mode_words(booking, visit),
        place=facts.site_name or facts.host_name,
        clinician=facts.practitioner_name or wording.ROLES[facts.role],
        status=words,
        colour=colour,
        since="" if gone else since_words(visit),
        calls=tuple(_call(call, min(facts.window.start, shown.start)) for call in visit.calls),
        buttons=_buttons(one),
        undo="" if gone else _undo_words(one),
        go_in_person=one.can_go_in_person,
        no_key=_no_key(one, rung=rung, now=now),
        too_early=_too_early(one, now),
        waits="" if booking.state in _FIRM else wording.STATES[booking.state][0],
        over=gone or visit.status in _OVER,
        rung=rung,
        call_between=clock.span_words(_from(shown, beside.call_window)) if rung else "",
        was_rung=visit.in_person,
        was_at=was_at(booking, shown),
        host=host_notice(booking, now, visit=visit),
        gone=gone,
        if_they_come=if_they_come(
            booking, beside.phones.get(booking.booking_practice.value, ""), can_say=bool(one.steps)
        ),
        emergency=_emergency(one, beside, today=london_date(now) == day),
        video=facts.channel is DeliveryChannel.VIDEO and not visit.in_person,
        report=report_words(one.report, now),
    )


def _emergency(one: ExpectedVisit, beside: Beside, *, today: bool) -> bool:
    """Whether all that is left of a cancelled appointment is a look by broken glass, should they be here."""
    booking = one.booking
    elsewhere = booking.home_practice not in (None, booking.facts.host)
    return beside.may_look and today and elsewhere and is_gone(booking, one.visit) and not one.steps


def _too_early(one: ExpectedVisit, now: datetime) -> str:
    if one.opens_at is None:
        return ""
    same_day = london_date(one.opens_at) == london_date(now)
    at = clock.time_words(one.opens_at)
    return f"from {at}" if same_day else f"from {at} on {clock.short_date_words(london_date(one.opens_at))}"


def _no_key(one: ExpectedVisit, *, rung: bool, now: datetime) -> str:
    """Why a letter of the legend does nothing here: keys that are silently dead look broken."""
    early = _too_early(one, now)
    if early:
        return f"Too early: something can be said {early}."
    keys = ", ".join(button.key for button in _buttons(one) if button.key)
    if not keys:
        return "Nothing can be said of this visit now."
    who = "This patient is rung: here" if rung else "Here"
    return f"That does not fit where this visit stands. {who} it is {keys}{f', {UNDO_KEY}' if one.undoable else ''}."


def _record(booking: BookingView, beside: Beside) -> dict[str, Any]:
    """What a look would meet. It is open no more once it is not shared, or the patient is down as not having come."""
    record, until = beside.records.get(booking.ref), beside.open_records.get(booking.ref)
    to_be_had = record is not None and record.prospect is Prospect.NEEDS_PERMISSION
    missed = booking.not_come
    return {
        "record": _MISSED if to_be_had and missed else _record_words(record),
        "record_open": to_be_had,
        "record_why": record is not None and record.prospect is Prospect.NOT_SHARED,
        "record_until": clock.time_words(until) if until is not None and to_be_had and not missed else "",
    }


def _record_words(record: RecordProspect | None) -> str:
    if record is None:
        return ""
    return record.words or _RECORD[record.prospect]


def _buttons(one: ExpectedVisit) -> tuple[Button, ...]:
    """What can be said now, the likeliest first: once somebody was spoken to, that the visit is done."""
    facts = one.booking
    here = facts.state is BookingState.CANCELLED and facts.came_at is None and one.visit.status is not _LATE
    steps = [Button("status", each.value, _HERE if here else each.words, KEYS[each]) for each in one.steps]
    calls = [Button("call", said.value, said.words, CALL_KEYS[said]) for said in CallOutcome] if one.can_call else []
    spoke = any(call.call is CallOutcome.SPOKE for call in one.visit.calls)
    found = [*steps, *calls] if spoke else [*calls, *steps]
    if found and not here:
        found[0] = replace(found[0], main=True)
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
