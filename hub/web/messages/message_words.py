"""Messages between practices in words: a line of a list, where it stands, and its buttons. Pure."""

from dataclasses import dataclass
from datetime import datetime

from hub.web import clock_words as clock
from hub.web.messages import hours_words
from hub.web.presenters import full_name
from messaging.lifecycle import Level, Side, Step
from messaging.meanwhile import moment
from messaging.results import MessageLine, Opened
from messaging.sending import Case
from messaging.taking import Taker
from vocabulary.messages import MessageKind, MessageState, Urgency, Way, WayState
from vocabulary.times import london_date

_COLOURS = {
    MessageState.NEW: "red",
    MessageState.SEEN: "yellow",
    MessageState.ACKNOWLEDGED: "green",
    MessageState.DONE: "green",
    MessageState.DECLINED: "orange",
    MessageState.CLOSED: "grey",
}
_URGENCY_COLOURS = {Urgency.URGENT: "red", Urgency.SOON: "orange", Urgency.ROUTINE: "grey"}
_DO = {
    Step.TAKE: "I do it",
    Step.ACKNOWLEDGE: "We have it",
    Step.DONE: "It is done",
    Step.DECLINE: "Return it to the sender",
    Step.CLOSE: "I have dealt with it",
}
_SETTLED = "It has been settled in another way"
_FILED = "It is in our own record: acknowledge"
_WAYS = {
    Way.INBOX: "their inbox in this hub",
    Way.SYSTEM: "the patient’s record in their GP system, and their inbox in this hub",
}
WAY_STATES = {
    WayState.WAITING: "It is about to be sent to their GP system",
    WayState.DELAYED: "It could not be sent to their GP system yet: that is tried again, and it is in their inbox here",
    WayState.IN_DOUBT: "Their GP system did not answer, so nobody knows yet whether it has it: that is being found "
    "out, and it is in their inbox here",
    WayState.SENT: "It was sent to their GP system, which has not confirmed it yet",
    WayState.FILED: "It is in the patient’s record there, which does not say that anybody has read it",
    WayState.CONFIRMED: "Their GP system has it",
    WayState.FAILED: "Their GP system did not take it: it is in their inbox here only",
}
_OUR_WAY_STATES = {
    WayState.WAITING: "It is about to be sent to your own GP system as well",
    WayState.DELAYED: "It could not be sent to your own GP system yet: that is tried again, and it is in this inbox",
    WayState.IN_DOUBT: "Your own GP system did not answer whether it has it: that is being found out",
    WayState.SENT: "It was sent to your own GP system as well, which has not confirmed it yet",
    WayState.FILED: "It is in the patient’s record in your own GP system as well",
    WayState.CONFIRMED: "Your own GP system has it as well",
    WayState.FAILED: "Your own GP system did not take it: it is in this inbox only",
}
"""The same to who receives it."""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as a list shows it."""

    ref: str
    title: str
    urgency: str
    urgency_colour: str
    other: str  # the other practice
    team: str
    nhs_number: str
    patient: str  # empty: the reader's role does not open it
    due: str
    state: str
    state_colour: str
    history: tuple[str, ...]
    taken_over: str  # to whoever had it: by whom
    ring: str  # what to do about one that is late; empty: it is not
    correction: str
    readable: bool
    ended: bool
    received: bool
    phone: str  # of the other practice

    def __repr__(self) -> str:
        return f"ShownMessage({self.ref})"


def shown(line: MessageLine, now: datetime) -> ShownMessage:
    """One line of the inbox or of what was sent."""
    received = line.side is Side.RECIPIENT
    return ShownMessage(
        ref=line.ref,
        title=line.kind.words,
        urgency=line.urgency.words,
        urgency_colour=_URGENCY_COLOURS[line.urgency],
        other=f"From {line.sender_name}" if received else f"To {line.recipient_name}",
        team=line.team.words,
        nhs_number=line.nhs_number.spaced,
        patient=full_name(line.family, line.given) if line.family else "",
        due=clock.date_words(line.due_on, today=london_date(now)) if line.due_on else "",
        state=line.state.words,
        state_colour=_COLOURS[line.state],
        history=history(line, now),
        taken_over=taken_over(line, now),
        ring=_ring(line, now),
        correction=_correction(line),
        readable=line.readable,
        ended=line.ended_at is not None,
        received=received,
        phone=line.sender_phone if received else line.recipient_phone,
    )


def before_sending(case: Case, *, corrects: bool) -> tuple[str, ...]:
    """What the page on which a summary is looked over says of the visit itself."""
    if corrects or case.has_come:
        return ()
    who = full_name(case.booking.family, case.booking.given)
    return (
        f"Nobody has said that {who} has come: they are down as “Expected”. Look whether this is the right patient’s "
        "line. If you have seen or spoken to them, send it, and say so on your session.",
    )


def history(line: MessageLine, now: datetime) -> tuple[str, ...]:
    """Who did what when, the oldest first, with how far it came on its way."""
    sent, *later = done(line, now)
    ways = _OUR_WAY_STATES if line.side is Side.RECIPIENT else WAY_STATES
    return (sent, *([ways[line.way_state]] if line.way_state else []), *later)


def done(line: MessageLine, now: datetime) -> tuple[str, ...]:
    """Who did what when, the oldest first."""

    def at(moment: datetime | None) -> str:
        return clock.moment_words(moment, now) if moment else ""

    told = [f"Sent by {line.sent_by_name}, {line.sender_name}, {at(line.sent_at)}"]
    if line.seen_at:
        told.append(f"Read by {line.seen_by_name}, {at(line.seen_at)}")
    if line.acknowledged_at:
        told.append(f"Acknowledged by {line.acknowledged_by_name}, {at(line.acknowledged_at)}")
    told += [_takes(one, before, now) for one, before in zip(line.takers, (None, *line.takers), strict=False)]
    if line.declined_at:
        told.append(f"Returned by {line.declined_by_name}, {at(line.declined_at)}")
    if line.ended_at and line.state in (MessageState.DONE, MessageState.CLOSED):
        told.append(f"{line.state.words}: {line.ended_by_name}, {at(line.ended_at)}")
    return tuple(told)


def _takes(one: Taker, before: Taker | None, now: datetime) -> str:
    from_whom = f": taken over from {before.name}" if before and before.name != one.name else ""
    return f"{one.name} does it, since {moment(one.at, now)}{from_whom}"


def taken_over(line: MessageLine, now: datetime) -> str:
    """To whoever did it until then."""
    if line.taken_over is None:
        return ""
    return f"You had this, and {line.taken_over.name} took it over from you {moment(line.taken_over.at, now, on='at')}."


def in_whose_hands(line: MessageLine, now: datetime) -> str:
    """Before somebody takes from a colleague what the colleague has."""
    if not line.takers or line.taken_by_reader or Step.TAKE not in line.steps:
        return ""
    last = line.takers[-1]
    return (
        f"{last.name} has had it since {moment(last.at, now)}. Take it over only if you do it instead: "
        f"{last.name} is told."
    )


def buttons(line: MessageLine) -> tuple[tuple[str, str], ...]:
    """What can be said of it without a reason: what is sent, and the words. Whoever has it is not asked again."""
    plain = (step for step in line.steps if step not in (Step.DECLINE, Step.CLOSE))
    return tuple((step.value, _words(step, line)) for step in plain if not (step is Step.TAKE and line.taken_by_reader))


def with_words(line: MessageLine) -> tuple[str, str] | None:
    """What can be said of it with a reason."""
    found = next((step for step in line.steps if step in (Step.DECLINE, Step.CLOSE)), None)
    if found is Step.CLOSE and line.state is not MessageState.DECLINED:
        return found.value, _SETTLED
    return (found.value, _DO[found]) if found else None


def came_back(line: MessageLine) -> bool:
    """A task that was returned to its sender, who can send it to another team."""
    returned = line.kind is MessageKind.TASK and line.state is MessageState.DECLINED
    return returned and line.side is Side.SENDER and line.booking_ref is not None


def way_words(way: Way) -> str:
    """How it will reach them."""
    return _WAYS[way]


def to_correct(earlier: Opened, now: datetime) -> str:
    """What a form that corrects it begins with, and why with nothing where the text has gone."""
    if earlier.document is not None:
        return "It holds what you sent: change what is wrong. The whole of it stands in place of the earlier one."
    line = earlier.line
    if earlier.lost:
        return "The earlier text cannot be read any more, because the hub’s key was changed: write the whole summary."
    when = f" {clock.moment_words(line.ended_at, now)}" if line.ended_at else ""
    ended = "closed" if line.state is MessageState.CLOSED else "acknowledged"
    where = "" if line.state is MessageState.CLOSED else f" in the patient’s record at {line.recipient_name}, and"
    return (
        f"The form is empty because the hub no longer has the earlier text: it was removed when {line.ended_by_name} "
        f"{ended} it{when}. It is{where} in your own system if you kept it there. Write the whole summary."
    )


def just_sent(line: MessageLine, now: datetime) -> str:
    """What is said after a task was sent: an urgent one is rung about as well."""
    said = f"The task was sent to {line.team.words.lower()} at {line.recipient_name}."
    if line.urgency is not Urgency.URGENT or line.ended_at is not None:
        return said
    return f"{said} {hours_words.after_sending(line.recipient_phone, now)}"


def _words(step: Step, line: MessageLine) -> str:
    if step is Step.TAKE and line.takers:
        return f"Take it over from {line.takers[-1].name}"
    return _FILED if (step, line.kind) == (Step.ACKNOWLEDGE, MessageKind.SUMMARY) else _DO[step]


def _correction(line: MessageLine) -> str:
    if line.corrected_by:
        return "A newer summary of this visit corrects this one."
    return "Corrects an earlier summary of this visit." if line.corrects else ""


def _ring(line: MessageLine, now: datetime) -> str:
    """What to do about one that is late; who may do it has the button below."""
    if line.level is Level.NONE or line.ended_at is not None:
        return ""
    here, back = line.side is Side.RECIPIENT, line.state is MessageState.DECLINED
    if line.other_closed and back is here:
        other = line.sender_name if here else line.recipient_name
        return (
            f"{other} has closed: nobody there will see to this. Settle it here, and say how when you have opened it."
        )
    if back:
        since = clock.moment_words(line.declined_at or line.sent_at, now)
        if not here:
            return f"It came back {since}, and nobody here has dealt with it."
        if line.level is not Level.MANAGERS:
            return ""
        return f"Nobody at {line.sender_name} has looked at it since it went back {since}: {_rings(line, here=here)}"
    if not here:
        if line.level is Level.RECIPIENT:
            return f"{line.recipient_name} has been reminded of it."
        settled = " Once it is settled, say so when you have opened it."
        return f"Nobody at {line.recipient_name} has had this in hand in time: {_rings(line, here=here)}{settled}"
    waits = clock.moment_words(line.sent_at, now)
    managers = " The practice manager can read it now, too." if line.level is Level.MANAGERS else ""
    return (
        f"Nobody here has had this in hand in time (it was sent {waits}). If it is not clear what is meant, "
        f"{_rings(line, here=here)}{managers}"
    )


def _rings(line: MessageLine, *, here: bool) -> str:
    if here:
        return f"ring {line.sender_name}{_on(line.sender_phone)}."
    return f"ring them{_on(line.recipient_phone)}."


def _on(phone: str) -> str:
    return f" on {phone}" if phone else ""
