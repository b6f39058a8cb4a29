"""Sending: a visit summary to the patient's registered practice, or a task to the other practice of a visit.

Checked first, then a permit, then one transaction that decides again and keeps the sealed text with its account.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from connectors.faults import Fault as HostFault
from connectors.port import Capability
from messaging.answering import close_for
from messaging.documents import Document, VisitSummary, summary_faults, summary_parts, task_faults
from messaging.models import MessageRow
from messaging.office import Office, account, new_message_ref, set_alarm
from messaging.problems import MessageIncomplete, MessageMoved, NobodyToSendTo, NotTheTime
from messaging.reading import corrected_already, nothing_to_correct, one_line
from messaging.results import MessageLine
from practices import directory
from scheduling import bookings, visit_events
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from scheduling.visit_rules import Visit, visit_of
from sharing_agreements.gate import Permit
from sharing_agreements.problems import NotPermitted, after_a_withdrawal
from sharing_agreements.terms import PatientFacts
from storage.work import Tx, one_at_a_time
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.messages import MessageKind, MessageState, Team, Urgency, Way, WayState
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.times import london, london_date, time_words
from vocabulary.visits import CallOutcome, VisitStatus

BEFORE, AFTER = timedelta(hours=2), timedelta(days=30)
"""From how long before a visit begins until how long after it ended it can be written about."""
_ONE_NAME = 6  # of the database's locks: one form is sent at a time
_SEEN = frozenset({BookingState.BOOKED, BookingState.ATTENDED})


@dataclass(frozen=True, slots=True)
class Case:
    """A visit, and the practice that a message about it goes to."""

    booking: BookingView
    recipient: OdsCode
    recipient_name: str
    recipient_phone: str
    way: Way
    restricted: bool
    cross_checked: bool  # with the national record; False: it did not answer
    at_ours: bool  # the visit is at the caller's practice
    has_come: bool  # somebody said that the patient is here, or was spoken to


@dataclass(frozen=True, slots=True)
class SendSummary:
    """Send this about the visit. `message` is the name drawn when it was previewed: sent twice, it is one message."""

    message: str
    ref: BookingRef
    summary: VisitSummary
    urgency: Urgency = Urgency.ROUTINE
    corrects: str = ""

    def __repr__(self) -> str:
        return f"SendSummary({self.message})"


@dataclass(frozen=True, slots=True)
class SendTask:
    """Ask a team there to do something by a day. `again` names one that came back: this is sent in its place."""

    message: str
    ref: BookingRef
    team: Team
    urgency: Urgency
    due_on: date | None
    text: str
    again: str = ""

    def __repr__(self) -> str:
        return f"SendTask({self.message})"


def draw_ref() -> str:
    """A name for the message that is being written."""
    return new_message_ref()


def case_of(office: Office, ref: BookingRef, caller: Caller, *, kind: MessageKind, corrects: str = "") -> Case:
    """To whom a message about this visit goes; one that corrects another goes at any time, whatever became of the
    visit. Raises BookingUnknown, NotTheTime and NobodyToSendTo."""
    with office.work.read() as tx:
        booking = bookings.view(tx, ref)
        visit = visit_of(visit_events.read(tx, [ref.value])[ref.value])
    if booking is None or caller.practice not in _parts(booking, kind):
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at your session again."
        )
    at_ours = booking.facts.host == caller.practice
    if not corrects:
        _check_time(booking, visit, office.clock.now(), kind=kind)
    traced = _trace(office, booking, caller)
    recipient = _home(booking, traced) if at_ours else booking.facts.host
    if recipient is None:
        raise NobodyToSendTo(
            "Nobody here knows where the patient is registered.",
            next_step="Ask the patient, and ring or write to that practice.",
        )
    if recipient == caller.practice:
        raise NobodyToSendTo(
            "The patient is registered with you: there is no other practice to tell.",
            next_step="Write it in your own system.",
        )
    with office.work.read() as tx:
        practice = directory.practice(tx, recipient)
    if practice is None or not practice.is_open:
        why = f"{practice.name} has closed" if practice else f"The patient’s practice ({recipient}) does not take part"
        raise NobodyToSendTo(
            f"{why}, so nothing reaches it by this hub.",
            next_step="Ask the patient where they are registered now, and give them a letter.",
        )
    return Case(
        booking,
        recipient,
        practice.name,
        practice.bypass_phone or practice.phone,
        _way(office, recipient, caller, kind),
        restricted=traced is not None and traced.restricted,
        cross_checked=traced is not None,
        at_ours=at_ours,
        has_come=has_come(booking, visit),
    )


def send_summary(office: Office, command: SendSummary, caller: Caller) -> MessageLine:
    """Send it. From then on nobody can change it: a correction is a new one that names it.

    Raises MessageIncomplete with every fault, what case_of raises, NotPermitted, and MessageMoved.
    """
    faults = summary_faults(command.summary)
    if faults:
        raise MessageIncomplete(faults)
    case = case_of(office, command.ref, caller, kind=MessageKind.SUMMARY, corrects=command.corrects)
    document = _document(case, MessageKind.SUMMARY, summary_parts(command.summary), caller)
    row = _row(case, document, command.message, Team.CLINICIANS, command.urgency, None, caller)
    row.corrects, row.way = command.corrects, case.way.value
    return _send(office, case, document, row, caller)


def send_task(office: Office, command: SendTask, caller: Caller) -> MessageLine:
    """Send it to the other practice of the visit; what it is sent again for is closed in the same commit. Raises as
    send_summary does."""
    faults = task_faults(command.text, command.due_on, today=london_date(office.clock.now()), urgency=command.urgency)
    if faults:
        raise MessageIncomplete(faults)
    case = case_of(office, command.ref, caller, kind=MessageKind.TASK)
    document = _document(case, MessageKind.TASK, (("To be done", command.text.strip()),), caller)
    row = _row(case, document, command.message, command.team, command.urgency, command.due_on, caller)
    return _send(office, case, document, row, caller, again=command.again)


def _way(office: Office, recipient: OdsCode, caller: Caller, kind: MessageKind) -> Way:
    """A document goes into the record where the practice's system takes one; a task is for people."""
    takes_it = kind is MessageKind.SUMMARY and Capability.FILE_RECORD in office.able(recipient, caller)
    return Way.SYSTEM if takes_it else Way.INBOX


def _parts(booking: BookingView, kind: MessageKind) -> tuple[OdsCode | None, ...]:
    """Who may write: a summary the practice that sees the patient, a task also the one that keeps the record."""
    if kind is MessageKind.SUMMARY:
        return (booking.facts.host,)
    return (booking.facts.host, booking.home_practice)


def _check_time(booking: BookingView, visit: Visit, now: datetime, *, kind: MessageKind) -> None:
    window = booking.facts.window
    if now > window.end + AFTER:
        raise NotTheTime(
            "That visit was too long ago to write about here.", next_step="Ring the other practice, or write to it."
        )
    refusal = summary_refusal(booking, visit, now) if kind is MessageKind.SUMMARY else None
    if refusal is not None:
        raise refusal


def summary_refusal(booking: BookingView, visit: Visit, now: datetime) -> NotTheTime | None:
    """PURE: why nothing can be summarised of this visit now; None: it can. The session's line asks it too."""
    if booking.state not in _SEEN and booking.came_at is None:
        return NotTheTime(
            "The patient was not seen: there is nothing to summarise.",
            next_step="If that is wrong, put the visit right on your session first. To ask the practice for something, "
            "send a task.",
        )
    if now < booking.facts.window.start - BEFORE:
        return NotTheTime("The visit has not been yet.", next_step="Write the summary once you have seen the patient.")
    if now < booking.facts.window.start and not has_come(booking, visit):
        return NotTheTime(
            "The visit has not been yet: the patient is still expected.",
            next_step="If the patient has come early or was rung, say so on your session first. Look whether this is "
            "the right patient’s line.",
        )
    return None


def has_come(booking: BookingView, visit: Visit) -> bool:
    """PURE: whether somebody said that the patient is here or was spoken to, or the practice's own system did."""
    spoken = any(call.call is CallOutcome.SPOKE for call in visit.calls)
    return spoken or visit.status is not VisitStatus.EXPECTED or booking.state is BookingState.ATTENDED


def _trace(office: Office, booking: BookingView, caller: Caller) -> TracedPatient | None:
    """Where the patient is registered now: they may have moved since the booking."""
    try:
        return office.tracing.trace(booking.nhs_number, caller=caller)
    except HostFault:
        return None


def _home(booking: BookingView, traced: TracedPatient | None) -> OdsCode | None:
    """Of a restricted person the national record hides the practice; the gate refuses, and the ledger knows why."""
    return traced.home_practice if traced is not None and not traced.restricted else booking.home_practice


def _document(case: Case, kind: MessageKind, parts: tuple[tuple[str, str], ...], caller: Caller) -> Document:
    booking = case.booking
    start = london(booking.facts.window.start)
    return Document(
        kind=kind,
        nonce=new_message_ref() + new_message_ref(),
        nhs_number=booking.nhs_number,
        family=booking.family,
        given=booking.given,
        birth_date=booking.birth_date,
        author=caller.name,
        practice=caller.practice_name,
        visit=f"{start.day} {start:%B %Y}, {time_words(start)} at {booking.facts.site_name or booking.facts.host_name}",
        parts=parts,
        author_id=caller.sds_user_id if caller.sds_user_id != "UNK" else "",
    )


def _row(
    case: Case, document: Document, message: str, team: Team, urgency: Urgency, due_on: date | None, caller: Caller
) -> MessageRow:
    return MessageRow(
        ref=message,
        kind=document.kind.value,
        state=MessageState.NEW.value,
        sender_ods=caller.practice.value,
        recipient_ods=case.recipient.value,
        team=team.value,
        urgency=urgency.value,
        due_on=due_on,
        nhs_number=case.booking.nhs_number.value,
        booking_ref=case.booking.ref.value,
        corrects="",
        digest=document.digest,
        sent_by=caller.user_id,
        sent_by_name=caller.name,
        way=Way.INBOX.value,
    )


def _send(
    office: Office, case: Case, document: Document, row: MessageRow, caller: Caller, *, again: str = ""
) -> MessageLine:
    permit = office.gate.permit(
        caller,
        case.recipient,
        Scope.SEND_TASK,
        giver_name=case.recipient_name,
        nhs_number=case.booking.nhs_number,
        booking_ref=case.booking.ref.value,
        patient=PatientFacts(restricted=case.restricted),
    )
    sealed = office.safe.seal(document.to_bytes())
    with office.work.begin() as tx:
        if not _sent_already(office, tx, row, document, caller):
            _check_still(office, tx, permit, case, row, caller)
            if again:
                close_for(office, tx, again, row, caller)
            row.agreement, row.clause = permit.decision.agreement, permit.decision.clause
            row.sealed, row.key_mark, row.sent_at = sealed, office.safe.mark, office.clock.now()
            set_alarm(office, row)
            if row.way == Way.SYSTEM.value:
                row.way_state, row.way_at = WayState.WAITING.value, row.sent_at
                office.wake(tx)
            tx.add(row)
            tx.flush()
            account(office, tx, row, "message.sent", caller, digest=row.digest, corrects=row.corrects, way=row.way)
        line = one_line(tx, row.ref, caller)
    if line is None:  # pragma: no cover - it was written in this very transaction
        raise RuntimeError("a message that was just written is not there")
    return line


def _sent_already(office: Office, tx: Tx, row: MessageRow, document: Document, caller: Caller) -> bool:
    """The same form sent twice is one message; somebody else's name for a message is nobody's to use, and what was
    written into a form after it was sent is not lost in silence."""
    one_at_a_time(tx, row.ref, kind=_ONE_NAME)
    found = tx.scalar(select(MessageRow).where(MessageRow.ref == row.ref))
    if found is None:
        return False
    if (found.sent_by, found.booking_ref) != (caller.user_id, row.booking_ref):
        raise MessageMoved("This form has been used already.", next_step="Begin again from your session.")
    if not _says_the_same(office, found, row, document):
        raise MessageMoved(
            "This form was sent before, and what you have changed since was not sent.",
            next_step="Open “Messages sent”, and correct what was sent, or send another.",
        )
    return True


def _says_the_same(office: Office, found: MessageRow, row: MessageRow, document: Document) -> bool:
    if found.sealed is None:
        return False
    before = Document.from_bytes(office.safe.open(found.sealed))
    same = (found.kind, found.team, found.urgency, found.due_on) == (row.kind, row.team, row.urgency, row.due_on)
    return same and before.parts == document.parts


def _check_still(office: Office, tx: Tx, permit: Permit, case: Case, row: MessageRow, caller: Caller) -> None:
    if not office.gate.stands(tx, permit):
        raise NotPermitted(
            f"The agreement with {case.recipient_name} was withdrawn a moment ago. Nothing was sent.",
            next_step=after_a_withdrawal(caller.role),
            decision=permit.decision,
        )
    if not row.corrects:
        return
    old = tx.scalar(select(MessageRow).where(MessageRow.ref == row.corrects).with_for_update())
    fits = old is not None and (old.kind, old.sender_ods, old.booking_ref) == (
        row.kind,
        row.sender_ods,
        row.booking_ref,
    )
    if not fits:
        raise nothing_to_correct()
    if tx.scalar(select(MessageRow.id).where(MessageRow.corrects == row.corrects)) is not None:
        raise corrected_already()
    if old is not None and old.state == MessageState.DECLINED.value:
        close_for(office, tx, old.ref, row, caller)  # what came back is settled by the one that puts it right
