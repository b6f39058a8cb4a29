"""What was done, as a sentence: of a record with its parts, of a message with its kind, team and the other practice.

An act that is not here is shown readably. Pure.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from accountability.lines import Line
from hub.web.record.record_words import TITLES
from vocabulary.identifiers import OdsCode
from vocabulary.messages import MessageKind, Team
from vocabulary.record_parts import MONTHS, RecordSection
from vocabulary.visits import VisitStatus

ACTS: Mapping[str, str] = {
    "patient.looked-up": "Looked the patient up by NHS number",
    "patient.searched": "Searched for people by name and date of birth",
    "patient.shown": "Another system was shown the patient’s details",
    "patient.registered": "Registered the patient there for a booking",
    "slots.searched": "Searched for free appointments",
    "hold.taken": "Held an appointment",
    "hold.released": "Let a held appointment go",
    "hold.gone": "The held appointment was gone",
    "booking.requested": "Asked for a booking",
    "booking.booked": "Booked",
    "booking.refused": "A booking was not made",
    "booking.in-doubt": "It was not known whether a booking was made",
    "booking.cancelling": "Asked for a cancellation",
    "booking.cancelled": "Cancelled a booking",
    "booking.attended": "Recorded that the patient came",
    "booking.missed": "Recorded that the patient did not come",
    "booking.amended": "Changed a booking’s texts",
    "booking.followed": "The hub began to ask whether a booking still stands",
    "booking.changed-at-host": "The practice changed a booking in its own system",
    "booking.not-asked": "A booking was refused before the practice was asked",
    "booking.viewed": "Opened a booking, or a list of bookings",
    "list.copied": "A copy of the day’s list was made by the hub",
    "attention.settled": "Settled something that needed attention",
    "record.shown": "Viewed the shared record",
    "record.not-shown": "Asked for the shared record, and nothing was shown",
    "record.document-shown": "Opened a document in the shared record",
    "record.document-not-shown": "Asked for a document in the shared record, and it was not shown",
    "message.sent": "Sent a visit summary or a task",
    "message.seen": "Was the first to read a message",
    "message.opened": "Read a message",
    "message.listed": "Read a list of messages",
    "message.acknowledged": "Acknowledged a message",
    "message.taken": "Took on a task",
    "message.done": "Said that a task is done",
    "message.declined": "Returned a message",
    "message.closed": "Closed a message",
    "message.delivered": "A visit summary was sent to the practice’s system",
    "message.undelivered": "The practice’s system refused a visit summary",
    "message.escalated": "The hub brought up a message that nobody had in hand",
    "access.patient-asked": "Asked who had looked at the patient",
    "access.person-asked": "Asked what a colleague had done",
    "access.own-asked": "Read their own access history",
    "access.people-listed": "Listed the practice’s people",
    "access.mistake-said": "Said that they had opened the wrong patient",
    "access.record-marked": "Recorded which record is a colleague’s own",
    "review.raised": "A review was raised",
    "review.listed": "Read the reviews",
    "review.opened": "Looked into a review",
    "review.settled": "Settled a review",
    "glass.broken": "Broke the glass: viewed the record in an emergency",
    "glass.refused": "Tried to break the glass, and was refused",
    "evidence.asked": "Asked for an evidence pack",
    "evidence.made": "An evidence pack was made",
    "evidence.taken": "Took an evidence pack",
    "audit.exported": "Exported acts from the ledger",
    "choice.shown": "Read the patient’s choices about sharing",
    "choice.recorded": "Wrote down a choice of the patient’s about sharing",
    "choice.withdrawn": "Withdrew a choice of the patient’s about sharing",
    "switch.pulled": "Switched a kind of sharing off for the practice",
    "switch.released": "Let a kind of sharing go on again for the practice",
    "simulator.asked": "Asked what the agreements would say",
    "visit.noted": "Noted where the patient is",
    "visit.called": "Noted how a call to the patient ended",
    "visit.said-at-host": "The practice said in its own system where the patient is",
    "visit.reported": "The practice’s own system was told where the patient is",
    "visit.in-person": "Turned a telephone appointment into one face to face",
    "visit.taken-back": "Took back the last thing noted of a visit",
    "pool.opened": "Began to ask a practice what is free there",
    "pool.closed": "Ceased to ask a practice what is free there",
    "practices.imported": "Imported the directory of practices",
    "clusters.imported": "Imported the clusters",
    "agreement.foreseen": "Looked at what a change of an agreement would do",
    "agreement.signed": "Signed an agreement",
    "agreement.suspended": "Suspended an agreement",
    "agreement.resumed": "Let a suspended agreement go on",
    "agreement.ended": "Ended an agreement",
    "agreement.left": "Left an agreement for the practice",
    "agreement.drafted": "Drafted an agreement",
    "agreement.proposed": "Proposed an agreement for signing",
    "agreement.amended": "Began a new version of an agreement",
    "hold.legal-set": "Set a legal hold",
    "hold.legal-lifted": "Lifted a legal hold",
    "session.role-taken": "Took up a role",
    "session.ended": "Ended a session",
}
_SCOPES = {
    "see-slots": "to see free appointments",
    "book": "to book, change or cancel",
    "view-record": "to view the record",
    "send-task": "to send a task",
    "analyse": "to use figures",
}
_THINGS = ("a visit summary or a task", "a visit summary", "a message", "a task")
_SENT = "message.sent"
_BY_WHOM_IT_WENT_TO = frozenset(
    {"message.seen", "message.acknowledged", "message.taken", "message.done", "message.declined"}
)


def act_words(act: str) -> str:
    """What was done; an act that has no sentence of its own is shown readably."""
    if act in ACTS:
        return ACTS[act]
    family, _, what = act.partition(".")
    if family == "permit":
        return f"Asked {_SCOPES.get(what, what.replace('-', ' '))}"
    return f"{family.capitalize()}: {what.replace('-', ' ')}"


def what_words(line: Line, names: Mapping[str, str]) -> str:
    """The same for one line of an account, as exactly as the ledger tells it; `names` are practices' by code."""
    if line.act.startswith("message.") and line.detail.get("kind") in set(MessageKind):
        return _of_a_message(line, names)
    if line.act == "booking.booked" and line.reason in {status.words for status in VisitStatus}:
        return "Took back whether the patient came"  # the booking stands again as it did before that was said
    return act_words(line.act) + _parts(line.detail) + _document(line) + _status(line)


_FILES = {"application/pdf": "PDF", "text/plain": "text"}


def _document(line: Line) -> str:
    """What kind of file was opened, and of which day; what the document is called stands nowhere in the ledger."""
    if line.act != "record.document-shown":
        return ""
    made, file = str(line.detail.get("made") or ""), str(line.detail.get("file") or "")
    kind = f" (a {'picture' if file.startswith('image/') else _FILES.get(file, 'file')})" if file else ""
    if not made:
        return kind
    day = date.fromisoformat(made)
    return f"{kind}, dated {day.day} {MONTHS[day.month]} {day.year}"


def _parts(detail: Mapping[str, Any]) -> str:
    """Which parts of a record were shown: to have seen the letters is not to have seen the allergies."""
    parts = [TITLES[RecordSection(name)].lower() for name in detail.get("sections", ()) if name in set(RecordSection)]
    if not parts:
        return ""
    left_out = detail.get("left_out")
    kept_back = f" ({left_out} of the entries left out as sensitive)" if left_out else ""
    return f": {', '.join(parts)}{kept_back}"


def _status(line: Line) -> str:
    status = line.detail.get("status")
    if not line.act.startswith("visit.") or status not in set(VisitStatus):
        return ""
    words = VisitStatus(status).words.lower()
    return f": now {words}" if line.act == "visit.taken-back" else f": {words}"


def _of_a_message(line: Line, names: Mapping[str, str]) -> str:
    """Which kind it was, from or to which practice, and for which team there."""
    thing = f"a {MessageKind(line.detail['kind']).words.lower()}{_from_or_to(line, names)}"
    if line.act == "message.opened" and line.detail.get("text") is False:
        return f"Opened {thing} whose text the hub no longer had"
    words = act_words(line.act)
    words = next((words.replace(each, thing) for each in _THINGS if each in words), words)
    if line.detail.get("corrects"):
        return f"{words}, correcting an earlier one"
    return f"{words}, to correct it" if line.detail.get("to_correct") else words


def _from_or_to(line: Line, names: Mapping[str, str]) -> str:
    team, addressee = _team(line), _addressee(line)
    if addressee is None:
        return f" for {team}" if team else ""
    if addressee == line.acting_for:
        sender = f" from {practice_name(line.host, names)}" if line.host else ""
        return f"{sender} for {team}" if team else sender
    to, name = "to" if line.act == _SENT else "for", practice_name(addressee, names)
    return f" {to} {team} at {name}" if team else f" {to} {name}"


def _team(line: Line) -> str:
    """Whose a task is there; a summary is the clinicians' anyway."""
    team = line.detail.get("team")
    return Team(team).words.lower() if team in set(Team) and line.detail["kind"] == MessageKind.TASK else ""


def _addressee(line: Line) -> OdsCode | None:
    """The practice it went to; of events from before the ledger said so, as far as the act tells it."""
    if line.detail.get("recipient"):
        return OdsCode(str(line.detail["recipient"]))
    if line.act == _SENT:
        return line.host
    return line.acting_for if line.act in _BY_WHOM_IT_WENT_TO else None


def practice_name(ods: OdsCode | None, names: Mapping[str, str]) -> str:
    """What a practice is called, or its code where the address book has none."""
    return names.get(ods.value, ods.value) if ods else ""
