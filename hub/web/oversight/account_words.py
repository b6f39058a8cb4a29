"""A line of the ledger as a person reads it: what was done, how it ended, why, and under what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accountability.accounts import Line
from accountability.concerns import Concern, Verdict
from hub.web import wording
from hub.web.oversight.act_words import ACTS
from hub.web.record.record_words import TITLES
from sharing_agreements.problems import refusal_words
from sharing_agreements.terms import Decision, Why
from vocabulary.identifiers import OdsCode
from vocabulary.messages import MessageKind
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.record_parts import RecordSection
from vocabulary.times import london

_SCOPES = {
    "see-slots": "to see free appointments",
    "book": "to book, change or cancel",
    "view-record": "to view the record",
    "send-task": "to send a task",
    "analyse": "to use figures",
}
_OUTCOMES = {"allowed": ("Allowed", "green"), "refused": ("Refused", "red"), "done": ("Done", "grey")}
_VIA = {
    "web": "on the pages",
    "api": "through another program",
    "fhir": "through another system, over GP Connect",
    "job": "by the hub itself",
    "command": "on the command line",
}
_PURPOSES = {"direct-care": "Direct care", "analytics": "Analysis"}
_RECORD_REASONS = {
    "given": "The patient gave permission",
    "cannot-ask": "The patient could not be asked",
    "record-withheld": "The practice does not show it: the patient wants it not shared, or it shows them to nobody",
    "record-unavailable": "The practice did not answer, or not in a form that can be trusted",
    "another-patient": "What was sent was about somebody else",
    "not-covered": "The agreement does not cover it",
}
CONCERNS: Mapping[Concern, str] = {
    Concern.OWN_RECORD: "Opened their own record",
    Concern.SAME_HOUSEHOLD: "Opened the record of somebody of the same surname at the same address",
    Concern.COLLEAGUE: "Opened a colleague’s record",
    Concern.NO_CARE_LINK: "Opened a patient with whom their practice had nothing to do",
    Concern.BULK: "Opened very many patients in a short time",
    Concern.OUT_OF_HOURS: "Opened patients when no clinic is open",
    Concern.SAID_MISTAKE: "Says they opened the wrong patient",
    Concern.NOT_ASKED: "Opened a record and said that the patient could not be asked",
    Concern.UPHELD_ELSEWHERE: "The patient’s practice upheld a concern about this access",
    Concern.BREAK_GLASS: "Broke the glass: viewed the record in an emergency",
}
VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.APPROPRIATE: ("It was appropriate", "green"),
    Verdict.MISTAKE: ("It was a mistake without harm", "yellow"),
    Verdict.UPHELD: ("The concern is upheld", "red"),
}


@dataclass(frozen=True, slots=True)
class LineWords:
    """A line as the page, the paper and the file show it."""

    id: int
    at: str  # to the second, in England
    who: str
    role: str
    practice: str
    device: str
    what: str
    outcome: str
    colour: str
    where: str
    patient: str
    booking: str
    why: str
    under: str
    trace_id: str
    may_flag: bool


def line_words(line: Line, names: Mapping[str, str]) -> LineWords:
    """One line in words; `names` are practices' names by code."""
    outcome, colour = _OUTCOMES.get(line.outcome, (line.outcome.capitalize(), "grey"))
    return LineWords(
        id=line.id,
        at=stamp(line.at),
        who=line.user_name,
        role=role_words(line.user_role),
        practice=line.acting_for_name or names.get(line.acting_for.value, line.acting_for.value),
        device=". ".join(part for part in (_VIA.get(line.via, line.via).capitalize(), line.device) if part),
        what=_what(line),
        outcome=outcome,
        colour=colour,
        where=_name(line.host, names),
        patient=line.nhs_number.spaced if line.nhs_number else "a patient" if line.about_a_patient else "",
        booking=f"{line.booking_ref[:4]}-{line.booking_ref[4:]}" if line.booking_ref else "",
        why=_why(line, names),
        under=_under(line),
        trace_id=line.trace_id,
        may_flag=line.nhs_number is not None and line.act in _LOOKED,
    )


def _what(line: Line) -> str:
    """What was done, with which parts of a record were shown, and which kind of message it was."""
    words = act_words(line.act) + _parts(line.detail)
    if not line.act.startswith("message.") or line.detail.get("kind") not in set(MessageKind):
        return words
    kind = f"a {MessageKind(line.detail['kind']).words.lower()}"
    if line.act == "message.opened" and line.detail.get("text") is False:
        return f"Opened {kind} whose text the hub no longer had"
    return words.replace("a visit summary or a task", kind).replace("a message", kind)


def _parts(detail: Mapping[str, Any]) -> str:
    """Which parts of a record were shown: to have seen the letters is not to have seen the allergies."""
    parts = [TITLES[RecordSection(name)].lower() for name in detail.get("sections", ()) if name in set(RecordSection)]
    return f": {', '.join(parts)}" if parts else ""


_LOOKED = frozenset({"patient.looked-up", "booking.viewed", "record.shown", "permit.view-record"})


def act_words(act: str) -> str:
    """What was done; an act that has no sentence of its own is shown readably."""
    if act in ACTS:
        return ACTS[act]
    family, _, what = act.partition(".")
    if family == "permit":
        return f"Asked {_SCOPES.get(what, what.replace('-', ' '))}"
    return f"{family.capitalize()}: {what.replace('-', ' ')}"


def stamp(at: datetime) -> str:
    """24 Nov 2026, 14:00:05: to the second, as an inspector wants it."""
    return f"{london(at):%d %b %Y, %H:%M:%S}".lstrip("0")


def role_words(role: str) -> str:
    """A role as it was at the time, known or not."""
    try:
        return wording.USER_ROLES[UserRole(role)]
    except (ValueError, KeyError):
        return role


def _name(ods: OdsCode | None, names: Mapping[str, str]) -> str:
    return names.get(ods.value, ods.value) if ods else ""


def _why(line: Line, names: Mapping[str, str]) -> str:
    purpose = _PURPOSES.get(line.purpose, line.purpose)
    return ". ".join(part.rstrip(".") for part in (purpose, _reason(line, names)) if part)


def _reason(line: Line, names: Mapping[str, str]) -> str:
    if line.act.startswith("permit."):
        return _decision_words(line, names)
    if line.act in ("record.shown", "record.not-shown") and line.reason in _RECORD_REASONS:
        return _RECORD_REASONS[line.reason]
    if line.act == "review.raised" and line.reason in set(Concern):
        return CONCERNS[Concern(line.reason)]
    if line.act == "review.settled" and line.reason in set(Verdict):
        return VERDICTS[Verdict(line.reason)][0]
    return line.reason.replace("-", " ") if line.outcome == "refused" else line.reason


def reason_words(reason: str, agreement: str) -> str:
    """The code of a refusal as a sentence for figures, which name no practice."""
    try:
        decision = Decision(allowed=False, why=Why(reason), agreement=agreement)
        return refusal_words(decision, "the other practice")[0].rstrip(".")
    except ValueError:
        return reason.replace("-", " ") or "no reason given"


def _decision_words(line: Line, names: Mapping[str, str]) -> str:
    try:
        why = Why(line.reason)
    except ValueError:
        return line.reason.replace("-", " ")
    if why is Why.OWN_PRACTICE:
        return "Own practice: needs no agreement"
    if line.outcome != "refused":
        return "A clause allows it" if why is Why.GRANTED else why.value.replace("-", " ").capitalize()
    decision = Decision(allowed=False, why=why, agreement=line.agreement, clause=line.clause)
    scope = Scope(line.act.removeprefix("permit."))
    words = refusal_words(decision, _name(line.host, names) or "the other practice", scope=scope)[0]
    who = line.acting_for_name or _name(line.acting_for, names)  # "your practice" is theirs, not the reader's
    return words.replace("Your practice", who).replace("your practice", who)


def _under(line: Line) -> str:
    if not line.agreement:
        return ""
    return f"{line.agreement}, clause {line.clause}" if line.clause else line.agreement
