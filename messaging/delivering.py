"""The way into the practice's own system: what is due is filed there through the port, again under the same id where
nobody knows whether it arrived, and what the system answers settles it.

The message is in the practice's inbox here all the time, whatever becomes of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select

from connectors.faults import Fault, Garbled, NoAnswer, Refused, SlotGone, Unreachable, Unsupported
from connectors.mesh.port import Mailbox, Received
from connectors.port import Filing
from gp_connect.send_document import read_reply
from messaging.answering import end
from messaging.documents import Document
from messaging.models import MessageRow
from messaging.office import Office, account, on_behalf, set_alarm
from messaging.problems import MessageUnreadable
from practices import directory
from sharing_agreements.problems import NotPermitted
from storage.work import Tx
from vocabulary.documents import RecordDocument
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.messages import MessageState, Way, WayState
from vocabulary.purposes import Scope

SEND_AGAIN_AFTER = timedelta(hours=12)  # what went out and was never answered
AT_ONCE = 20
_LEASE = timedelta(minutes=5)
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=1)
_THEIR_SYSTEM = "their GP system"


@dataclass(frozen=True, slots=True)
class _Due:
    """One message to be filed, opened; and who may say so."""

    row: MessageRow  # read only: its transaction is over
    document: RecordDocument


@dataclass(frozen=True, slots=True)
class _Word:
    """What the practice's system, or the exchange, says of one document."""

    about: UUID
    code: str
    refuses: bool = False
    settles: bool = False  # somebody there has it


def document_id(ref: str) -> UUID:
    """The id of the document in this message: always the same, so that a receiver knows a repetition."""
    return uuid5(NAMESPACE_URL, f"urn:practice-hub:message:{ref}")


def deliver(office: Office) -> int:
    """File what is due, one by one with no transaction open; how many arrived or went out."""
    done = 0
    for _ in range(AT_ONCE):
        due = _next_due(office)
        if due is None:
            break
        done += _file(office, due)
    return done


def collect(office: Office, mailbox: Mailbox) -> int:
    """Work off what came in; how many were about open messages of ours. What is no answer is put aside."""
    known = 0
    for received in mailbox.received():
        word = _understood(received)
        if word is None:
            mailbox.put_aside(received)
            continue
        known += _heard(office, word)
        mailbox.settle(received)
    return known


def _next_due(office: Office) -> _Due | None:
    """The longest due one, taken for a few minutes: another worker passes it by, and whoever dies with it loses it."""
    row = MessageRow
    due = select(row).where(row.way == Way.SYSTEM.value, row.way_at <= office.clock.now(), row.ended_at.is_(None))
    with office.work.begin() as tx:
        while (found := tx.scalar(due.order_by(row.way_at).limit(1).with_for_update(skip_locked=True))) is not None:
            found.way_at = office.clock.now() + _LEASE
            try:
                document = _opened(office, tx, found)
            except MessageUnreadable:
                _give_up(office, tx, found, "unreadable")
                tx.flush()
                continue
            tx.flush()
            tx.expunge(found)
            return _Due(found, document)
    return None


def _opened(office: Office, tx: Tx, row: MessageRow) -> RecordDocument:
    said = Document.from_bytes(office.safe.open(row.sealed or b""))
    sender = directory.practice(tx, OdsCode(row.sender_ods))
    return RecordDocument(
        id=document_id(row.ref),
        nhs_number=said.nhs_number,
        family=said.family,
        given=said.given,
        birth_date=said.birth_date,
        title=said.kind.words,
        author=said.author,
        sender=OdsCode(row.sender_ods),
        sender_name=said.practice,
        sender_phone=sender.phone if sender else "",
        written_at=row.sent_at,
        parts=(("Visit", said.visit), *said.parts),
        author_id=said.author_id,
    )


def _file(office: Office, due: _Due) -> int:
    """Ask, and write down what came of it. Whatever is not known is asked again under the same id."""
    try:
        permit = office.gate.permit(
            on_behalf(due.row),
            OdsCode(due.row.recipient_ods),
            Scope.SEND_TASK,
            nhs_number=NHSNumber(due.row.nhs_number),
            booking_ref=due.row.booking_ref,
        )
        filing = office.connect(permit).file_record(due.document)
    except NotPermitted:
        return _note_failed(office, due.row.ref, "not-permitted")
    except (NoAnswer, Garbled, SlotGone):  # a conflict may well be with ourselves
        return _note_open(office, due.row.ref, WayState.IN_DOUBT)
    except (Refused, Unsupported) as fault:
        return _note_failed(office, due.row.ref, getattr(fault, "code", "") or type(fault).__name__)
    except Unreachable:
        return _note_open(office, due.row.ref, WayState.DELAYED)
    except Fault:  # pragma: no cover - there is no other
        return _note_open(office, due.row.ref, WayState.IN_DOUBT)
    return _note_done(office, due.row.ref, filing)


def _note_done(office: Office, ref: str, filing: Filing) -> int:
    with office.work.begin() as tx:
        row = _locked(tx, ref)
        sent = filing is Filing.SENT
        if row.ended_at is None:  # else somebody acknowledged it meanwhile; that it went out is told all the same
            row.way_state = (WayState.SENT if sent else WayState.FILED).value
            row.way_at = office.clock.now() + SEND_AGAIN_AFTER if sent else None
        account(office, tx, row, "message.delivered", on_behalf(row), way=row.way, filing=filing.value)
    return 1


def _note_open(office: Office, ref: str, state: WayState) -> int:
    with office.work.begin() as tx:
        row = _locked(tx, ref)
        if row.ended_at is None:
            # once in doubt, in doubt: that it cannot be reached now does not say what became of it before
            doubted = row.way_state in (WayState.IN_DOUBT.value, WayState.SENT.value)
            row.way_state = row.way_state if doubted else state.value
            row.way_at = _again(row.sent_at, office.clock.now())
    return 0


def _note_failed(office: Office, ref: str, code: str) -> int:
    with office.work.begin() as tx:
        row = _locked(tx, ref)
        if row.ended_at is None:
            _give_up(office, tx, row, code)
    return 0


def _give_up(office: Office, tx: Tx, row: MessageRow, code: str) -> None:
    """It waits in the inbox here, and is chased like any other."""
    row.way_state, row.way_at = WayState.FAILED.value, None
    account(office, tx, row, "message.undelivered", on_behalf(row), code=code)


def _again(sent_at: datetime, now: datetime) -> datetime:
    """The longer it has been tried, the more seldom."""
    return now + min(_LATEST, max(_SOONEST, (now - sent_at) / 2))


def _locked(tx: Tx, ref: str) -> MessageRow:
    return tx.execute(select(MessageRow).where(MessageRow.ref == ref).with_for_update()).scalar_one()


def _understood(received: Received) -> _Word | None:
    said = read_reply(received.body) if not received.undelivered else None
    about = _uuid(said.answers if said else received.undelivered)
    if about is None:
        return None
    if said is None:
        return _Word(about, f"exchange-{received.code}" if received.code else "exchange", refuses=True)
    return _Word(about, said.code, refuses=said.refused, settles=said.settles)


def _heard(office: Office, word: _Word) -> int:
    with office.work.begin() as tx:
        ref = _ref_of(tx, word.about)
        row = _locked(tx, ref) if ref else None
        if row is None or row.ended_at is not None:
            return 0
        if word.refuses:
            _give_up(office, tx, row, word.code)
        else:
            _note_answer(office, tx, row, word)
        return 1


def _note_answer(office: Office, tx: Tx, row: MessageRow, word: _Word) -> None:
    row.way_state, row.way_at = WayState.CONFIRMED.value, None
    if not word.settles or row.state not in (MessageState.NEW.value, MessageState.SEEN.value):
        return
    row.state, row.version = MessageState.ACKNOWLEDGED.value, row.version + 1
    row.acknowledged_at, row.acknowledged_by_name = office.clock.now(), _THEIR_SYSTEM
    end(office, row, by_name=_THEIR_SYSTEM)
    set_alarm(office, row)
    account(office, tx, row, "message.acknowledged", on_behalf(row), code=word.code, way=row.way)


def _ref_of(tx: Tx, about: UUID) -> str | None:
    """The open message of this id. They are few: each is open for days at most. None is held while looking."""
    row = MessageRow
    refs = tx.scalars(select(row.ref).where(row.way == Way.SYSTEM.value, row.ended_at.is_(None)))
    return next((ref for ref in refs if document_id(ref) == about), None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
