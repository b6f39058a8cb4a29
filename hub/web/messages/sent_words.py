"""What My session says of the messages about a visit: one from another told apart, how far each came. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.web.messages.message_words import WAY_STATES, done
from messaging.lifecycle import Level, Side
from messaging.meanwhile import moment
from messaging.results import MessageLine
from vocabulary.messages import MessageKind, MessageState, Urgency


def session_words(lines: tuple[MessageLine, ...], now: datetime) -> tuple[tuple[str, str], ...]:
    """What was sent about one visit, a sentence each with the message's name: was it read, and by whom?"""
    sent = {line.ref: line.sent_at for line in lines}
    told = ((line, _corrected(line, sent.get(line.corrected_by), now)) for line in lines)
    return tuple((line.ref if line.readable else "", _for_session(line, now) + more) for line, more in told)


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A summary of the visit that went already: its name, and when it went and how far it came."""

    ref: str
    words: str


def sent_before(lines: Iterable[MessageLine], now: datetime) -> SentBefore | None:
    """The newest that the reader's practice sent about a visit, for whoever begins another; None: there is none."""
    mine = (line for line in lines if line.kind is MessageKind.SUMMARY and line.side is Side.SENDER and line.readable)
    newest = next((line for line in mine if not line.corrected_by), None)
    if newest is None:
        return None
    sent = f"{newest.sent_by_name} sent a summary of this visit {moment(newest.sent_at, now, on='at')}"
    return SentBefore(newest.ref, f"{sent} ({newest.state.words.lower()}).")


def _what(line: MessageLine) -> str:
    """Which of several it is: a task by its team, and how urgent."""
    received = " received" if line.side is Side.RECIPIENT else ""
    if line.kind is MessageKind.TASK:
        return f"Task{received} for {line.team.words.lower()} ({line.urgency.words.lower()})"
    urgency = "" if line.urgency is Urgency.ROUTINE else f" ({line.urgency.words.lower()})"
    return f"{line.kind.words}{received}{urgency}"


def _for_session(line: MessageLine, now: datetime) -> str:
    what = f"{_what(line)}, sent {moment(line.sent_at, now, on='at')}"
    there = line.side is Side.SENDER and line.state is not MessageState.DECLINED
    late = " Nobody there has it in hand: ring them." if there and line.level >= Level.SENDER else ""
    way = f" {WAY_STATES[line.way_state]}." if line.way_state and there and line.ended_at is None else ""
    if line.state is MessageState.NEW:
        return f"{what}: not read yet.{way}{late}"
    last = done(line, now)[-1]
    return f"{what}: {last[0].lower() + last[1:] if not line.takers else last}.{way}{late}"


def _corrected(line: MessageLine, by: datetime | None, now: datetime) -> str:
    if not line.corrected_by:
        return ""
    return f" Corrected by the one of {moment(by, now)}." if by else " Corrected by a newer one."
