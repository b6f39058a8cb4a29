"""The inbox, what was sent, and opening one: who sees which is decided by practice, side and role."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from messaging import lifecycle
from messaging.documents import Document
from messaging.lifecycle import Level, Side, Step
from messaging.models import MessageRow
from messaging.office import Office, account, set_alarm
from messaging.problems import MessageMoved, MessageUnknown, MessageUnreadable
from messaging.results import MessageLine, Opened
from messaging.taking import taken_from, takers, told
from practices.models import PracticeRow
from scheduling.models import BookingRow
from storage.base import AnyRow, AnySelect, among
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.messages import MessageKind, MessageState, Team, Urgency, Way, WayState
from vocabulary.people import Caller

STAYS_LISTED = timedelta(days=14)  # after it has ended
_Sender, _Recipient, _Newer = aliased(PracticeRow), aliased(PracticeRow), aliased(MessageRow)


def inbox(office: Office, caller: Caller) -> tuple[MessageLine, ...]:
    """What came to the caller's practice: what the badge counts first, of that what is urgent and in nobody's hand,
    then what is late; that it was listed is in the ledger."""
    return _listed(office, MessageRow.recipient_ods == caller.practice.value, caller, "inbox")


def sent(office: Office, caller: Caller) -> tuple[MessageLine, ...]:
    """What the caller's practice sent, what came back first."""
    return _listed(office, MessageRow.sender_ods == caller.practice.value, caller, "sent")


def come_back(office: Office, caller: Caller) -> tuple[MessageLine, ...]:
    """Of what the caller's practice sent, what its sender has to see to: it came back, or nobody there has it."""
    now = office.clock.now()
    mine = MessageRow.sender_ods == caller.practice.value
    with office.work.begin() as tx:
        rows = tx.execute(_lines().where(mine, MessageRow.ended_at.is_(None))).all()
        lines = tuple(line for line in (line_of(row, caller) for row in rows) if line.counted)
        if lines:
            detail = {"shown": len(lines), "list": "come-back"}
            record(tx, LedgerEvent("message.listed", purpose="direct-care", detail=detail), caller=caller, at=now)
    return tuple(sorted(lines, key=_order))


def waiting(office: Office, caller: Caller) -> int:
    """How many of those that the caller's role opens want somebody at their practice: not read, urgent and in nobody's
    hand, late, returned, or taken over from the caller. Each stands first on the page of messages."""
    row = MessageRow
    asked = select(row.kind, row.state, row.sender_ods, row.team, row.level, row.urgency, row.takers)
    with office.work.read() as tx:
        return sum(_counts(one, caller) for one in tx.execute(asked.where(row.ended_at.is_(None), _ours(caller))))


def _counts(row: AnyRow, caller: Caller) -> bool:
    side, level = side_of(row, caller), Level(row.level)
    if not lifecycle.may_open(caller.role, side, Team(row.team), level):
        return False
    wanted = lifecycle.wants(MessageKind(row.kind), MessageState(row.state), side, level, Urgency(row.urgency))
    return wanted or taken_from(row.takers, caller.user_id) is not None


def about(office: Office, refs: Collection[BookingRef], caller: Caller) -> dict[BookingRef, tuple[MessageLine, ...]]:
    """What was sent about each of these visits, by or to the caller's practice, the newest first."""
    if not refs:
        return {}
    query = _lines().where(among(MessageRow.booking_ref, [ref.value for ref in refs]), _ours(caller))
    found: dict[BookingRef, tuple[MessageLine, ...]] = {}
    with office.work.read() as tx:
        for row in tx.execute(query.order_by(MessageRow.id.desc())):
            line = line_of(row, caller)
            if line.booking_ref is not None:
                found[line.booking_ref] = (*found.get(line.booking_ref, ()), line)
    return found


def open_message(office: Office, ref: str, caller: Caller) -> Opened:
    """Read one. The first reader of its team makes it seen; every reading is in the ledger. One that no key opens is
    told as lost, and is not read by that. Raises MessageUnknown for what is not this practice's or this role's to
    read."""
    with office.work.begin() as tx:
        message = locked(tx, ref, caller)
        side = may_read(message, caller)
        text = _text_of(office, message)
        lost = text is None and message.sealed is not None
        if side is Side.RECIPIENT and message.state == MessageState.NEW.value and not lost:
            message.state = MessageState.SEEN.value
            message.seen_at, message.seen_by_name = office.clock.now(), caller.name
            set_alarm(office, message)
            account(office, tx, message, "message.seen", caller)
        account(office, tx, message, "message.opened", caller, text=text is not None)
        over = taken_from(message.takers, caller.user_id)
        if over is not None:
            message.takers = told(message.takers, caller.user_id)
        tx.flush()
        line = line_of(tx.execute(_lines().where(MessageRow.id == message.id)).one(), caller)
    steps = lifecycle.steps(line.kind, line.state, line.side, line.level, lost=lost)
    document, words = text or (None, "")
    return Opened(replace(line, steps=steps, taken_over=over), document, words, lost)


def to_correct(office: Office, ref: str, booking: BookingRef, caller: Caller) -> Opened:
    """A summary of this visit that the caller's practice sent, to be corrected by a newer one; its text as long as it
    is there. Raises MessageMoved where there is none, or a newer one already."""
    with office.work.begin() as tx:
        message = tx.scalar(select(MessageRow).where(MessageRow.ref == ref))
        ours = (MessageKind.SUMMARY.value, caller.practice.value, booking.value)
        if message is None or (message.kind, message.sender_ods, message.booking_ref) != ours:
            raise nothing_to_correct()
        may_read(message, caller)
        line = line_of(tx.execute(_lines().where(MessageRow.id == message.id)).one(), caller)
        if line.corrected_by:
            raise corrected_already()
        text = _text_of(office, message)
        account(office, tx, message, "message.opened", caller, text=text is not None, to_correct=True)
    return Opened(line, text[0] if text else None, "", lost=text is None and message.sealed is not None)


def nothing_to_correct() -> MessageMoved:
    """There is no summary of that name of this visit."""
    return MessageMoved("There is no such summary of this visit to correct.", next_step="Write a new one.")


def corrected_already() -> MessageMoved:
    """Each has one successor at most."""
    return MessageMoved(
        "That summary has been corrected already.", next_step="Open “Messages sent” and correct the newest one."
    )


def _text_of(office: Office, message: MessageRow) -> tuple[Document, str] | None:
    """None where it has been removed, or cannot be opened."""
    if message.sealed is None:
        return None
    try:
        document = Document.from_bytes(office.safe.open(message.sealed))
        words = office.safe.open(message.sealed_words).decode() if message.sealed_words is not None else ""
    except MessageUnreadable:
        return None
    return document, words


def is_lost(office: Office, message: MessageRow) -> bool:
    """Whether the text is there and no key opens it."""
    return message.sealed is not None and _text_of(office, message) is None


def may_read(message: MessageRow, caller: Caller) -> Side:
    """Which side the caller reads it on. Raises MessageUnknown where their role does not."""
    side = side_of(message, caller)
    if not lifecycle.may_open(caller.role, side, Team(message.team), Level(message.level)):
        raise not_there()
    return side


def one_line(tx: Tx, ref: str, caller: Caller) -> MessageLine | None:
    """One message of the caller's practice without its text."""
    row = tx.execute(_lines().where(MessageRow.ref == ref, _ours(caller))).one_or_none()
    return line_of(row, caller) if row is not None else None


def locked(tx: Tx, ref: str, caller: Caller) -> MessageRow:
    """The row of a message of the caller's practice, held. Raises MessageUnknown."""
    found = tx.scalar(select(MessageRow).where(MessageRow.ref == ref, _ours(caller)).with_for_update())
    if found is None:
        raise not_there()
    return found


def not_there() -> MessageUnknown:
    """One answer for what is not there and for what is not the caller's."""
    return MessageUnknown(
        "There is no such message, or it is not yours to read.",
        next_step="Look at the list of messages: what waits there for your role has a link.",
    )


def side_of(row: MessageRow | AnyRow, caller: Caller) -> Side:
    """Which of the two practices the caller acts for."""
    return Side.SENDER if row.sender_ods == caller.practice.value else Side.RECIPIENT


def _ours(caller: Caller) -> ColumnElement[bool]:
    return or_(MessageRow.sender_ods == caller.practice.value, MessageRow.recipient_ods == caller.practice.value)


def _listed(office: Office, condition: ColumnElement[bool], caller: Caller, which: str) -> tuple[MessageLine, ...]:
    now = office.clock.now()
    recent = or_(MessageRow.ended_at.is_(None), MessageRow.ended_at > now - STAYS_LISTED)
    with office.work.begin() as tx:
        rows = tx.execute(_lines().where(condition, recent)).all()
        detail = {"shown": len(rows), "list": which}
        record(tx, LedgerEvent("message.listed", purpose="direct-care", detail=detail), caller=caller, at=now)
    return tuple(sorted((line_of(row, caller) for row in rows), key=_order))


def _order(line: MessageLine) -> tuple[Any, ...]:
    return (
        line.ended_at is not None,
        not line.waits_for_us,
        not line.counted,
        not line.presses,
        -line.level,
        line.state is not MessageState.NEW,
        line.urgency.rank,
        line.sent_at,
    )


def _lines() -> AnySelect:
    """Every column but the sealed ones."""
    own = [column for column in MessageRow.__table__.columns if column.name not in ("sealed", "sealed_words")]
    return (
        select(
            *own,
            _Sender.name.label("sender_name"),
            func.coalesce(func.nullif(_Sender.bypass_phone, ""), _Sender.phone).label("sender_phone"),
            _Recipient.name.label("recipient_name"),
            func.coalesce(func.nullif(_Recipient.bypass_phone, ""), _Recipient.phone).label("recipient_phone"),
            (_Sender.status != "open").label("sender_closed"),
            (_Recipient.status != "open").label("recipient_closed"),
            _Newer.ref.label("corrected_by"),
            BookingRow.family,
            BookingRow.given,
        )
        .join(_Sender, _Sender.ods == MessageRow.sender_ods)
        .join(_Recipient, _Recipient.ods == MessageRow.recipient_ods)
        .outerjoin(_Newer, _Newer.corrects == MessageRow.ref)
        .outerjoin(BookingRow, BookingRow.ref == MessageRow.booking_ref)
    )


def line_of(row: AnyRow, caller: Caller) -> MessageLine:
    """A row of `_lines` as the caller sees it."""
    kind, state, side = MessageKind(row.kind), MessageState(row.state), side_of(row, caller)
    team, level = Team(row.team), Level(row.level)
    readable = lifecycle.may_open(caller.role, side, team, level)
    steps = lifecycle.steps(kind, state, side, level) if readable else ()
    return MessageLine(
        ref=row.ref,
        kind=kind,
        state=state,
        side=side,
        sender=OdsCode(row.sender_ods),
        sender_name=row.sender_name,
        sender_phone=row.sender_phone,
        recipient=OdsCode(row.recipient_ods),
        recipient_name=row.recipient_name,
        recipient_phone=row.recipient_phone,
        other_closed=row.recipient_closed if side is Side.SENDER else row.sender_closed,
        team=team,
        urgency=Urgency(row.urgency),
        due_on=row.due_on,
        nhs_number=NHSNumber(row.nhs_number),
        family=(row.family or "") if readable else "",
        given=(row.given or "") if readable else "",
        booking_ref=BookingRef(row.booking_ref) if row.booking_ref else None,
        corrects=row.corrects,
        corrected_by=row.corrected_by or "",
        sent_at=row.sent_at,
        sent_by_name=row.sent_by_name,
        seen_at=row.seen_at,
        seen_by_name=row.seen_by_name,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by_name=row.acknowledged_by_name,
        takers=takers(row.takers),
        taken_by_reader=row.taken_by != "" and row.taken_by == caller.user_id,
        taken_over=taken_from(row.takers, caller.user_id),
        version=row.version,
        declined_at=row.declined_at,
        declined_by_name=row.declined_by_name,
        ended_at=row.ended_at,
        ended_by_name=row.ended_by_name,
        level=level,
        digest=row.digest,
        way=Way(row.way),
        way_state=WayState(row.way_state),
        readable=readable,
        steps=steps,
        waits_for_us=lifecycle.holder(kind, state) is side or Step.CLOSE in lifecycle.steps(kind, state, side, level),
    )
