"""What nobody has in hand is brought up: a chore that looks at what is due, as often as it likes and anywhere.

Nothing is ever deleted for being old: what nobody acknowledges stays, with both practices told (docs/adr/0016).
"""

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from messaging.lifecycle import Level
from messaging.models import MessageRow
from messaging.office import Office, account, on_behalf, set_alarm
from messaging.problems import MessageUnreadable
from practices.models import PracticeRow
from storage.work import Tx
from vocabulary.messages import MessageState

AT_ONCE = 50
_OPEN = "open"
_There, _Sender = aliased(PracticeRow), aliased(PracticeRow)


def chase(office: Office) -> int:
    """Bring up what is due, and at once what waits for a practice that has closed; how many messages were looked at.
    Another host's run skips what this one has."""
    row, now = MessageRow, office.clock.now()
    query = (
        select(row, _There.status == _OPEN, _Sender.status == _OPEN)
        .join(_There, _There.ods == row.recipient_ods)
        .join(_Sender, _Sender.ods == row.sender_ods)
        .where(or_(row.chase_at <= now, row.ended_at.is_(None) & _waits_for_who_closed()))
        .order_by(row.chase_at)
        .limit(AT_ONCE)
        .with_for_update(of=row, skip_locked=True)
    )
    with office.work.begin() as tx:
        due = tx.execute(query).all()
        for message, there, sender_there in due:
            _bring_up(office, tx, message, there=there, sender_there=sender_there)
    return len(due)


def _waits_for_who_closed() -> ColumnElement[bool]:
    """Of what is open, what would lie until its next rung though whoever has it has closed; once each."""
    row = MessageRow
    returned = row.state == MessageState.DECLINED.value
    nobody_there = _There.status != _OPEN
    told_the_sender = or_(returned, nobody_there, row.level == Level.SENDER.value)
    return or_(
        nobody_there & ~returned & (row.level < Level.SENDER.value),
        (_Sender.status != _OPEN) & told_the_sender & (row.level < Level.MANAGERS.value),
    )


def _bring_up(office: Office, tx: Tx, row: MessageRow, *, there: bool, sender_there: bool) -> None:
    before = Level(row.level)
    reached = set_alarm(office, row, there=there, sender_there=sender_there)
    if reached > before or reached is Level.MANAGERS:  # the last rung is told every day
        account(office, tx, row, "message.escalated", on_behalf(row), to=reached.name.lower())


def seal_again(office: Office) -> int:
    """After a change of key: what is sealed with a former one is sealed with the new; how many. What no key opens is
    left as it is, and keeps nothing else from its turn."""
    done, last = 0, 0
    while True:
        with office.work.begin() as tx:
            page = tx.scalars(_sealed_otherwise(office, after=last)).all()
            for old in page:
                done += _sealed_anew(office, old)
                last = old.id
        if len(page) < AT_ONCE:
            return done


def _sealed_otherwise(office: Office, *, after: int) -> Select[MessageRow]:
    row = MessageRow
    query = select(row).where(row.sealed.is_not(None), row.key_mark != office.safe.mark, row.id > after)
    return query.order_by(row.id).limit(AT_ONCE).with_for_update(skip_locked=True)


def _sealed_anew(office: Office, row: MessageRow) -> int:
    try:
        sealed = office.safe.seal_again(row.sealed or b"")
        words = office.safe.seal_again(row.sealed_words) if row.sealed_words is not None else None
    except MessageUnreadable:
        return 0  # its readers are told so, and whom to ring
    row.sealed, row.sealed_words, row.key_mark = sealed, words, office.safe.mark
    return 1
