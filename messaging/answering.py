"""What somebody says of a message: got it, I do it, done, not for us; or the sender, of what came back: dealt with.

The text goes in the commit that ends the message.
"""

from dataclasses import dataclass

from sqlalchemy import select

from messaging import lifecycle
from messaging.documents import WORDS_LIMIT, Fault
from messaging.lifecycle import Level, Side, Step
from messaging.meanwhile import moved_on
from messaging.models import MessageRow
from messaging.office import Office, account, set_alarm
from messaging.problems import MessageIncomplete, MessageMoved
from messaging.reading import is_lost, locked, may_read
from messaging.taking import taken
from storage.work import Tx
from vocabulary.messages import MessageKind, MessageState, WayState
from vocabulary.people import Caller

_ACTS = {
    Step.ACKNOWLEDGE: "message.acknowledged",
    Step.TAKE: "message.taken",
    Step.DONE: "message.done",
    Step.DECLINE: "message.declined",
    Step.CLOSE: "message.closed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One step; `words` say why, where a reason is needed. They may be about the patient: sealed like the text.
    `newer` is the correction that the page named, if there was one when it was drawn; `version` the message's, as it
    was then (None: said by no page, of whatever stands)."""

    ref: str
    step: Step
    words: str = ""
    newer: str = ""
    version: int | None = None

    def __repr__(self) -> str:
        return f"Answer({self.ref} {self.step.value})"


def answer(office: Office, command: Answer, caller: Caller) -> MessageState:
    """Say it. Saying again what stands already is no error (a double click).

    Raises MessageUnknown, MessageIncomplete (a reason is missing) and MessageMoved (somebody was quicker).
    """
    words = command.words.strip()
    with office.work.begin() as tx:
        row = locked(tx, command.ref, caller)
        side, kind, state = may_read(row, caller), MessageKind(row.kind), MessageState(row.state)
        if _said_already(row, state, command.step, caller):
            return state
        if command.version not in (None, row.version):
            raise moved_on(row, office.clock.now())
        possible = lifecycle.steps(kind, state, side, Level(row.level), lost=is_lost(office, row))
        to = lifecycle.after(kind, state, command.step)
        if to is None or command.step not in possible:
            raise MessageMoved(
                f"Nothing was changed: this message is down as “{state.words}”.",
                next_step="Open it first, and look who has it.",
            )
        if command.step in (Step.ACKNOWLEDGE, Step.DECLINE):
            _check_newest(tx, row, command.newer)
        _check_words(command.step, words)
        row.state, row.version = to.value, row.version + 1
        _note(office, row, command.step, words, caller)
        set_alarm(office, row)
        account(office, tx, row, _ACTS[command.step], caller)
        if to is MessageState.ACKNOWLEDGED and row.corrects:
            _close_corrected(office, tx, row, caller)
        return to


def close_for(office: Office, tx: Tx, ref: str, newer: MessageRow, caller: Caller) -> None:
    """What came back was sent again as another: that settles it. Raises MessageMoved where it is none, or
    somebody was quicker."""
    row = locked(tx, ref, caller)
    side = may_read(row, caller)
    fits = side is Side.SENDER and (row.kind, row.booking_ref) == (newer.kind, newer.booking_ref)
    if not fits or row.state != MessageState.DECLINED.value:
        raise MessageMoved(
            "That message is not one that waits to be sent again, so nothing was sent.",
            next_step="Look at “Messages sent”: somebody may have sent it again or dealt with it already.",
        )
    row.state, row.version = MessageState.CLOSED.value, row.version + 1
    end(office, row, by_name=caller.name)
    set_alarm(office, row)
    account(office, tx, row, _ACTS[Step.CLOSE], caller, again=newer.ref)


def _close_corrected(office: Office, tx: Tx, newer: MessageRow, caller: Caller) -> None:
    """The right text is in the practice's record: nobody is asked any more to put an earlier, wrong one there. What
    went to another practice (the patient has moved since) is still for that one to answer."""
    ref = newer.corrects
    while ref:
        old = tx.scalars(select(MessageRow).where(MessageRow.ref == ref).with_for_update()).one()
        ref = old.corrects
        there = (old.recipient_ods, old.sender_ods) == (newer.recipient_ods, newer.sender_ods)
        if not there or lifecycle.ended(MessageKind(old.kind), MessageState(old.state)):
            continue
        old.state, old.version = MessageState.CLOSED.value, old.version + 1
        end(office, old, by_name=caller.name)
        set_alarm(office, old)
        account(office, tx, old, _ACTS[Step.CLOSE], caller, corrected_by=newer.ref)


def end(office: Office, row: MessageRow, *, by_name: str) -> None:
    """Nobody has to do anything any more: the text goes, at once."""
    row.ended_at, row.ended_by_name = office.clock.now(), by_name
    row.sealed = row.sealed_words = None
    row.way_at = None
    if row.way_state in (WayState.WAITING.value, WayState.DELAYED.value):
        row.way_state = WayState.NONE.value  # it surely did not go that way, and now will not


def _said_already(row: MessageRow, state: MessageState, step: Step, caller: Caller) -> bool:
    if step is Step.TAKE:
        return state is MessageState.ACKNOWLEDGED and row.taken_by == caller.user_id
    stands = {
        Step.ACKNOWLEDGE: (MessageState.ACKNOWLEDGED, row.acknowledged_by_name),
        Step.DONE: (MessageState.DONE, row.ended_by_name),
        Step.DECLINE: (MessageState.DECLINED, row.declined_by_name),
        Step.CLOSE: (MessageState.CLOSED, row.ended_by_name),
    }
    return stands.get(step) == (state, caller.name)


def _check_newest(tx: Tx, row: MessageRow, newer: str) -> None:
    """What has been corrected is not put into a record by somebody who does not know of the correction: their page has
    to name it, and it has to be read."""
    asked = select(MessageRow.ref, MessageRow.state, MessageRow.recipient_ods).where(MessageRow.corrects == row.ref)
    found = tx.execute(asked).one_or_none()
    if found is None:
        return
    unread = found.state == MessageState.NEW.value and found.recipient_ods == row.recipient_ods
    if found.ref != newer or unread:
        raise MessageMoved(
            "Nothing was changed: a newer summary of this visit corrects this one.",
            next_step="Open the newer one first, and put that into your record.",
        )


def _check_words(step: Step, words: str) -> None:
    if lifecycle.needs_words(step) and not words:
        asked = "Say why it goes back." if step is Step.DECLINE else "Say what became of it."
        raise MessageIncomplete((Fault("words", asked),))
    if len(words) > WORDS_LIMIT:
        raise MessageIncomplete((Fault("words", f"Say it in {WORDS_LIMIT} characters or fewer."),))


def _note(office: Office, row: MessageRow, step: Step, words: str, caller: Caller) -> None:
    now, kind = office.clock.now(), MessageKind(row.kind)
    if step in (Step.ACKNOWLEDGE, Step.TAKE, Step.DONE) and row.acknowledged_at is None:
        row.acknowledged_at, row.acknowledged_by_name = now, caller.name
    if step is Step.TAKE:
        row.taken_by, row.taken_by_name, row.taken_at = caller.user_id, caller.name, now
        row.takers = taken(row.takers or [], caller, now)
    if step is Step.DECLINE:
        row.declined_at, row.declined_by_name = now, caller.name
        row.sealed_words = office.safe.seal(words.encode())
        row.way_at = None
    if lifecycle.ended(kind, MessageState(row.state)):
        end(office, row, by_name=caller.name)
