"""What a message says, and what must be said before it may go. Pure: nothing is cut, nothing is guessed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from vocabulary.identifiers import NHSNumber
from vocabulary.messages import FollowUpOwner, MessageKind, Urgency
from vocabulary.record_parts import Hidden


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, and what to do about it."""

    field: str
    message: str


LIMITS: Mapping[str, int] = {
    "reason": 200,
    "findings": 3000,
    "action": 2000,
    "medication": 1500,
    "follow_up": 1500,
    "safety_net": 1000,
}
TASK_LIMIT = 2000
AHEAD, URGENT_AHEAD = timedelta(days=366), timedelta(days=7)  # how late a task may be due
WORDS_LIMIT = 500  # why a task comes back, and what became of it
_ASK = {
    "reason": "Say why the patient came.",
    "findings": "Say what you found. Where there was nothing, say so.",
    "action": "Say what you did. Where there was nothing to do, say so.",
    "safety_net": "Say what the patient was told to look out for, and what to do then.",
}


@dataclass(frozen=True, slots=True, repr=False)
class VisitSummary(Hidden):
    """What happened at a visit. `medication_changed` None: nobody has said."""

    reason: str = ""
    findings: str = ""
    action: str = ""
    medication_changed: bool | None = None
    medication: str = ""
    follow_up_owner: FollowUpOwner | None = None
    follow_up: str = ""
    safety_net: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Document(Hidden):
    """What is sealed and sent: whom it is about, who wrote it where, and its parts as (heading, text)."""

    kind: MessageKind
    nonce: str  # known only to who has the document, so that its digest gives nothing away
    nhs_number: NHSNumber
    family: str
    given: str
    birth_date: date
    author: str
    practice: str
    visit: str  # when, in words; empty: it is about no visit
    parts: tuple[tuple[str, str], ...]
    author_id: str = ""  # national (SDS) user id

    def to_bytes(self) -> bytes:
        """The one form in which it is sealed and its digest taken."""
        said = {
            "kind": self.kind.value,
            "nonce": self.nonce,
            "nhs_number": self.nhs_number.value,
            "family": self.family,
            "given": self.given,
            "birth_date": self.birth_date.isoformat(),
            "author": self.author,
            "author_id": self.author_id,
            "practice": self.practice,
            "visit": self.visit,
            "parts": [list(part) for part in self.parts],
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256: what stays when the text has gone, and proves which text it was to whoever filed it."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Document":
        """Read what `to_bytes` wrote."""
        said: dict[str, Any] = json.loads(content)
        return cls(
            kind=MessageKind(said["kind"]),
            nonce=said["nonce"],
            nhs_number=NHSNumber(said["nhs_number"]),
            family=said["family"],
            given=said["given"],
            birth_date=date.fromisoformat(said["birth_date"]),
            author=said["author"],
            practice=said["practice"],
            visit=said["visit"],
            parts=tuple((heading, text) for heading, text in said["parts"]),
            author_id=said.get("author_id", ""),  # what was sealed before it was kept has none
        )


def summary_faults(summary: VisitSummary) -> tuple[Fault, ...]:
    """Everything that keeps a summary from being sent, in the order of the form."""
    return tuple(fault for name in _ORDER for fault in (_fault_in(name, summary),) if fault)


_ORDER = (
    "reason",
    "findings",
    "action",
    "medication_changed",
    "medication",
    "follow_up_owner",
    "follow_up",
    "safety_net",
)


def _fault_in(name: str, summary: VisitSummary) -> Fault | None:
    if name == "medication_changed":
        return Fault(name, "Say whether medication was changed.") if summary.medication_changed is None else None
    if name == "follow_up_owner":
        return Fault(name, "Choose who does the follow-up.") if summary.follow_up_owner is None else None
    text = getattr(summary, name).strip()
    if len(text) > LIMITS[name]:
        over = len(text) - LIMITS[name]
        return Fault(name, f"This is {over} characters too long: shorten it. Nothing is cut off for you.")
    wrong = _ASK.get(name) if not text else None
    if name == "medication":
        wrong = _agrees(text, summary.medication_changed, "Say what was started, stopped or changed.", _NO_MEDICATION)
    if name == "follow_up" and summary.follow_up_owner is not None:
        needed = summary.follow_up_owner is not FollowUpOwner.NOBODY
        wrong = _agrees(text, needed, "Say what the follow-up is, and by when.", _NO_FOLLOW_UP)
    return Fault(name, wrong) if wrong else None


_NO_MEDICATION = "You said that no medication was changed: clear this, or say that it was."
_NO_FOLLOW_UP = "You said that no follow-up is needed: clear this, or choose who does it."


def _agrees(text: str, needed: bool | None, missing: str, contradiction: str) -> str | None:
    if needed and not text:
        return missing
    return contradiction if needed is False and text else None


_NO_CHANGE = "No change."
_HEADINGS = (
    "Why the patient came",
    "Findings",
    "What was done",
    "Medication changed",
    "Follow-up",
    "What they were told to look out for",
)
_HEADINGS_BEFORE = (*_HEADINGS[:-1], "What the patient was told to look out for")
_PATIENT_BEFORE = "The patient: "  # as it was sealed before a parent or carer was named


def summary_parts(summary: VisitSummary) -> tuple[tuple[str, str], ...]:
    """A summary without faults, as it is read."""
    owner = summary.follow_up_owner or FollowUpOwner.NOBODY
    changed = summary.medication.strip() if summary.medication_changed else _NO_CHANGE
    follow_up = owner.words if owner is FollowUpOwner.NOBODY else f"{owner.words}: {summary.follow_up.strip()}"
    said = (summary.reason, summary.findings, summary.action, changed, follow_up, summary.safety_net)
    return tuple((heading, text.strip()) for heading, text in zip(_HEADINGS, said, strict=True))


def summary_said(parts: tuple[tuple[str, str], ...]) -> VisitSummary | None:
    """What was typed for a summary that reads so, to be corrected; None where it was written in another form."""
    if tuple(heading for heading, _ in parts) not in (_HEADINGS, _HEADINGS_BEFORE):
        return None
    reason, findings, action, changed, follow_up, safety_net = (text for _, text in parts)
    if follow_up.startswith(_PATIENT_BEFORE):
        follow_up = f"{FollowUpOwner.PATIENT.words}: {follow_up.removeprefix(_PATIENT_BEFORE)}"
    owner = next(
        (one for one in FollowUpOwner if follow_up == one.words or follow_up.startswith(f"{one.words}: ")), None
    )
    return VisitSummary(
        reason=reason,
        findings=findings,
        action=action,
        medication_changed=changed != _NO_CHANGE,
        medication="" if changed == _NO_CHANGE else changed,
        follow_up_owner=owner,
        follow_up=follow_up.removeprefix(owner.words).removeprefix(": ") if owner else follow_up,
        safety_net=safety_net,
    )


def task_faults(text: str, due_on: date | None, *, today: date, urgency: Urgency) -> tuple[Fault, ...]:
    """Everything that keeps a task from being sent."""
    found = []
    if not text.strip():
        found.append(Fault("text", "Say what is to be done."))
    if len(text.strip()) > TASK_LIMIT:
        found.append(Fault("text", f"This is {len(text.strip()) - TASK_LIMIT} characters too long: shorten it."))
    if due_on is None:
        found.append(Fault("due_on", "Say by when it must be done."))
    elif due_on < today:
        found.append(Fault("due_on", "That day is past: choose today or a later one."))
    elif urgency is Urgency.URGENT and due_on > today + URGENT_AHEAD:
        found.append(Fault("due_on", "An urgent task is due within 7 days: choose an earlier day."))
    elif due_on > today + AHEAD:
        found.append(Fault("due_on", "That is more than a year ahead: look at the year, or choose an earlier day."))
    return tuple(found)
