"""What nobody has in hand is brought up: a chore that looks at what is due, as often as it likes and anywhere.

Nothing is ever deleted for being old: what nobody acknowledges stays, with both practices told (docs/adr/0016).
"""

from sqlalchemy import select

from messaging.chasing_rules import Level, level
from messaging.models import MessageRow
from messaging.office import Office, account, on_behalf, set_alarm, standing_of
from messaging.problems import MessageUnreadable
from storage.work import Tx

AT_ONCE = 50


def chase(office: Office) -> int:
    """Bring up what is due; how many messages were looked at. Another host's run skips what this one has."""
    now = office.clock.now()
    query = select(MessageRow).where(MessageRow.chase_at <= now).order_by(MessageRow.chase_at).limit(AT_ONCE)
    with office.work.begin() as tx:
        due = tx.scalars(query.with_for_update(skip_locked=True)).all()
        for row in due:
            _bring_up(office, tx, row)
    return len(due)


def _bring_up(office: Office, tx: Tx, row: MessageRow) -> None:
    before = Level(row.level)
    reached = level(standing_of(row), office.clock.now(), office.chase)
    set_alarm(office, row)
    if reached > before:
        account(office, tx, row, "message.escalated", on_behalf(row), to=reached.name.lower())


def seal_again(office: Office) -> int:
    """After a change of key: what is sealed with a former one is sealed with the new; how many."""
    row, done = MessageRow, 0
    query = select(row).where(row.sealed.is_not(None), row.key_mark != office.safe.mark).limit(AT_ONCE)
    with office.work.begin() as tx:
        for old in tx.scalars(query.with_for_update(skip_locked=True)):
            try:
                sealed = office.safe.seal_again(old.sealed or b"")
                words = office.safe.seal_again(old.sealed_words) if old.sealed_words is not None else None
            except MessageUnreadable:
                continue  # its readers are told so, and whom to ring
            old.sealed, old.sealed_words, old.key_mark = sealed, words, office.safe.mark
            done += 1
    return done
