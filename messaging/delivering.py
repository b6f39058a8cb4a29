"""The way out by MESH: what is due is put into the mailbox, again after a while if nothing is heard, and what the
practice's system answers settles it. The message is in the practice's inbox here all the time, whatever becomes of it.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from connectors.mesh.port import Mailbox, Parcel, Received
from gp_connect import send_document
from gp_connect.send_document import Outgoing, Reply, message_id, read_reply
from messaging.answering import end
from messaging.documents import Document
from messaging.models import MessageRow
from messaging.office import Office, account, on_behalf, set_alarm
from messaging.problems import MessageUnreadable
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.messages import MessageState, Way

RESEND_AFTER = timedelta(hours=12)
_LEASE, _AT_ONCE = timedelta(minutes=5), 20
_WAITING, _SENT, _CONFIRMED, _FAILED = "waiting", "sent", "confirmed", "failed"


def deliver(office: Office, mailbox: Mailbox) -> int:
    """Send what is due, each by itself with no transaction open; how many."""
    sent = 0
    for ref, parcel in _due(office, mailbox):
        try:
            mailbox.send(parcel)
        except OSError:
            continue  # its lease runs out, and it is tried again
        sent += _note_sent(office, ref)
    return sent


def collect(office: Office, mailbox: Mailbox) -> int:
    """Work off what came in; how many were answers to messages of ours. What is not one is put aside unread."""
    known = 0
    for received in mailbox.received():
        known += _answered(office, received)
        mailbox.settle(received)
    return known


def _due(office: Office, mailbox: Mailbox) -> list[tuple[str, Parcel]]:
    now, row = office.clock.now(), MessageRow
    query = select(row).where(row.way == Way.MESH.value, row.way_at <= now, row.sealed.is_not(None))
    with office.work.begin() as tx:
        found = []
        for due in tx.scalars(query.order_by(row.way_at).limit(_AT_ONCE).with_for_update(skip_locked=True)):
            due.way_at = now + _LEASE
            try:
                found.append((due.ref, _parcel(office, due, mailbox)))
            except MessageUnreadable:
                due.way_state, due.way_at = _FAILED, None
        return found


def _parcel(office: Office, row: MessageRow, mailbox: Mailbox) -> Parcel:
    document = Document.from_bytes(office.safe.open(row.sealed or b""))
    outgoing = Outgoing(
        ref=row.ref,
        nhs_number=document.nhs_number,
        family=document.family,
        given=document.given,
        birth_date=document.birth_date,
        author=document.author,
        sender=OdsCode(row.sender_ods),
        sender_name=document.practice,
        mailbox=mailbox.name,
        written_at=row.sent_at,
        parts=(("Visit", document.visit), *document.parts),
    )
    return Parcel(
        id=str(message_id(row.ref)),
        to=send_document.address(outgoing),
        workflow=send_document.WORKFLOW,
        subject=f"Consultation report from {row.sender_ods}",
        body=send_document.message(outgoing),
    )


def _note_sent(office: Office, ref: str) -> int:
    with office.work.begin() as tx:
        row = tx.scalar(select(MessageRow).where(MessageRow.ref == ref).with_for_update())
        if row is None or row.ended_at is not None:
            return 0
        row.way_state, row.way_at = _SENT, office.clock.now() + RESEND_AFTER
        account(office, tx, row, "message.delivered", on_behalf(row), way=row.way)
        return 1


def _answered(office: Office, received: Received) -> int:
    said = read_reply(received.body)
    if said is None:
        return 0
    with office.work.begin() as tx:
        row = _of(tx, said)
        if row is None or row.ended_at is not None:
            return 0
        _note(office, tx, row, said)
        return 1


def _of(tx: Tx, said: Reply) -> MessageRow | None:
    """The open message that an answer is about. They are few: each is open for days at most."""
    row = MessageRow
    open_ones = select(row).where(row.way == Way.MESH.value, row.ended_at.is_(None)).with_for_update()
    return next((one for one in tx.scalars(open_ones) if message_id(one.ref) == _uuid(said.answers)), None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _note(office: Office, tx: Tx, row: MessageRow, said: Reply) -> None:
    if said.refused:
        row.way_state, row.way_at = _FAILED, None  # it waits in the inbox here, and is chased like any other
        account(office, tx, row, "message.undelivered", on_behalf(row), code=said.code)
        return
    row.way_state, row.way_at = _CONFIRMED, None
    if said.settles and row.state in (MessageState.NEW.value, MessageState.SEEN.value):
        row.state = MessageState.ACKNOWLEDGED.value
        row.acknowledged_at, row.acknowledged_by_name = office.clock.now(), "their GP system"
        end(office, row, by_name="their GP system")
        set_alarm(office, row)
        account(office, tx, row, "message.acknowledged", on_behalf(row), code=said.code, way=row.way)
