"""A line of the ledger as a person reads it: what was done, how it ended, why, and under what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accountability.lines import Line
from hub.web import wording
from hub.web.oversight.act_words import practice_name, what_words
from hub.web.oversight.why_words import why_words
from vocabulary.people import UserRole
from vocabulary.times import london

_OUTCOMES = {"allowed": ("Allowed", "green"), "refused": ("Refused", "red"), "done": ("Done", "grey")}
_VIA = {
    "web": "on the pages",
    "api": "through another program",
    "fhir": "through another system, over GP Connect",
    "job": "by the hub itself",
    "command": "on the command line",
}
_LOOKED = frozenset(
    {"patient.looked-up", "booking.viewed", "record.shown", "record.document-shown", "permit.view-record"}
)


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
        what=what_words(line, names),
        outcome=outcome,
        colour=colour,
        where=practice_name(line.host, names),
        patient=line.nhs_number.spaced if line.nhs_number else "a patient" if line.about_a_patient else "",
        booking=f"{line.booking_ref[:4]}-{line.booking_ref[4:]}" if line.booking_ref else "",
        why=why_words(line, names),
        under=_under(line),
        trace_id=line.trace_id,
        may_flag=line.nhs_number is not None and line.act in _LOOKED,
    )


def stamp(at: datetime) -> str:
    """24 Nov 2026, 14:00:05: to the second, as an inspector wants it."""
    return f"{london(at):%d %b %Y, %H:%M:%S}".lstrip("0")


def role_words(role: str) -> str:
    """A role as it was at the time, known or not."""
    try:
        return wording.USER_ROLES[UserRole(role)]
    except (ValueError, KeyError):
        return role


def _under(line: Line) -> str:
    if not line.agreement:
        return ""
    return f"{line.agreement}, clause {line.clause}" if line.clause else line.agreement
