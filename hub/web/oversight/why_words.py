"""Why something was done, or was not: reasons, what the patient said, and what people gave as their reason. Pure."""

import re
from collections.abc import Mapping

from accountability.concerns import Concern, Verdict
from accountability.lines import Line
from hub.web.oversight.act_words import practice_name
from sharing_agreements.problems import refusal_words
from sharing_agreements.terms import Decision, Why
from vocabulary.choices import AnsweredBy, Permission
from vocabulary.purposes import Scope

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
_PURPOSES = {"direct-care": "Direct care", "analytics": "Analysis"}
_PERMISSIONS = {
    Permission.GIVEN.value: "{who} gave permission",
    Permission.REFUSED.value: "{who} was asked, and said no",
    Permission.CANNOT_ASK.value: "The patient could not be asked",
}
_NOT_SHOWN = {
    "record-withheld": "The practice does not show it: the patient wants it not shared, or it shows them to nobody",
    "record-unavailable": "The practice did not answer, or not in a form that can be trusted",
    "document-not-listed": "The practice does not list it any more, or it may not be shown",
    "document-not-shown": "Its kind, its size or what came of it does not let it be shown",
    "another-patient": "What was sent was about somebody else",
    "not-covered": "The agreement does not cover it",
}
_ALLOWED = {
    Why.GRANTED: "A clause allows it",
    Why.OWN_PRACTICE: "Own practice: needs no agreement",
    Why.GIVING_BACK: "What was booked may be given back, whatever has become of the agreement",
    Why.EMERGENCY: "The glass was broken: an emergency",
    Why.FINDING_OUT: "What became of a booking has to be known, whatever has become of the agreement",
}
_SCOPES = {"glass": Scope.VIEW_RECORD, "slots": Scope.SEE_SLOTS}
_A_CODE = re.compile(r"[a-z]+(-[a-z]+)*")
_LOOKS = ("record.", "permit.view-record", "glass.")


def why_words(line: Line, names: Mapping[str, str]) -> str:
    """All that is known of why: the purpose, the reason, the patient's answer, and what was said besides."""
    said = (_PURPOSES.get(line.purpose, line.purpose), _reason(line, names), _answer(line), _given(line))
    return ". ".join(part.rstrip(".") for part in said if part)


def reason_words(reason: str, agreement: str) -> str:
    """The code of a refusal as a sentence for figures, which name no practice."""
    try:
        decision = Decision(allowed=False, why=Why(reason), agreement=agreement)
        return refusal_words(decision, "the other practice")[0].rstrip(".")
    except ValueError:
        return reason.replace("-", " ") or "no reason given"


def _reason(line: Line, names: Mapping[str, str]) -> str:
    """The hub's own reason, or what was written as the reason of an act; empty where `_answer` or `_given` has it."""
    if line.act == "glass.broken" or (line.act.startswith("record.") and line.reason in _PERMISSIONS):
        return ""
    if line.reason == Why.NO_PERMISSION.value and line.detail.get("permission") == Permission.REFUSED.value:
        return ""  # whose no it was is the answer
    if line.act == "review.raised" and line.reason in set(Concern):
        return CONCERNS[Concern(line.reason)]
    if line.act == "review.settled" and line.reason in set(Verdict):
        return VERDICTS[Verdict(line.reason)][0]
    if line.act.startswith("record.") and line.reason in _NOT_SHOWN:
        return _NOT_SHOWN[line.reason]
    family, _, what = line.act.partition(".")
    if (family == "permit" or line.outcome == "refused") and line.reason in set(Why):
        return _decision(line, Why(line.reason), _SCOPES.get(family) or _scope(what), names)
    by_the_hub = line.outcome == "refused" and _A_CODE.fullmatch(line.reason)
    return line.reason.replace("-", " ").capitalize() if by_the_hub else line.reason


def _scope(what: str) -> Scope | None:
    return Scope(what) if what in set(Scope) else None


def _decision(line: Line, why: Why, scope: Scope | None, names: Mapping[str, str]) -> str:
    if line.outcome != "refused":
        return _ALLOWED.get(why, why.value.replace("-", " ").capitalize())
    decision = Decision(allowed=False, why=why, agreement=line.agreement, clause=line.clause)
    words = refusal_words(decision, practice_name(line.host, names) or "the other practice", scope=scope)[0]
    who = line.acting_for_name or practice_name(line.acting_for, names)  # "your practice" is theirs, not the reader's
    return words.replace("Your practice", who).replace("your practice", who)


def _answer(line: Line) -> str:
    """What was answered, where that was asked, and by whom: never that the patient did who is two years old."""
    if not line.act.startswith(_LOOKS):
        return ""
    said = line.reason if line.act.startswith("record.") else line.detail.get("permission")
    words, who = _PERMISSIONS.get(str(said), ""), line.detail.get("answered_by")
    if who not in set(AnsweredBy):  # written down before this was asked
        return words.format(who="The patient, or who spoke for them,")
    name = AnsweredBy(str(who)).words
    return words.format(who=name[0].upper() + name[1:])


def _given(line: Line) -> str:
    """What the person gave as their reason, in their own words."""
    if line.act in ("glass.broken", "access.mistake-said"):
        words = line.reason
    elif line.act.startswith(("record.", "glass.")):
        words = str(line.detail.get("why") or line.detail.get("said") or "")
    else:
        words = ""
    return f"Reason given: “{words.strip()}”" if words.strip() else ""
