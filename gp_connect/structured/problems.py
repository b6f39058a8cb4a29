"""Problem headers: a Condition that says what the problem is, how it stands, and what was linked with it."""

from gp_connect.elements import Resource, child, children, extension, text, without_empty
from gp_connect.structured.concepts import (
    read_date,
    read_notes,
    read_period,
    read_status,
    read_what,
    write_concept,
    write_date,
    write_notes,
)
from gp_connect.structured.pen import HL7_UK, Pen, coding
from gp_connect.structured.shelf import Shelf, entry_id
from vocabulary.record_parts import EntryStatus, Problem

_ACTUAL = f"{HL7_UK}/Extension-CareConnect-ActualProblem-1"
_CONTENT = f"{HL7_UK}/Extension-CareConnect-RelatedClinicalContent-1"
_HEADER = f"{HL7_UK}/Extension-CareConnect-RelatedProblemHeader-1"
_SIGNIFICANCE = f"{HL7_UK}/Extension-CareConnect-ProblemSignificance-1"
_CATEGORY = "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-ConditionCategory-1"


def read(resource: Resource, shelf: Shelf) -> Problem:
    """A ProblemHeader Condition."""
    significance = _significance(resource)
    onset, _ = read_period(resource, "onsetPeriod")
    _, over = read_period(resource, "abatementPeriod")
    return Problem(
        id=entry_id(resource),
        what=read_what(resource, "code"),
        date=read_date(resource, "onsetDateTime") or onset,
        recorded=read_date(resource, "assertedDate"),
        recorded_by=shelf.author(child(resource, "asserter")),
        status=read_status(resource, "clinicalStatus"),
        note=read_notes(resource),
        significant={"major": True, "minor": False}.get(significance),
        ended=read_date(resource, "abatementDateTime") or over,
        related=tuple(dict.fromkeys(_related(resource, shelf))),
    )


def _significance(resource: Resource) -> str:
    """Some systems end the extension's address in -1 and some do not."""
    for candidate in children(resource, "extension"):
        if "ProblemSignificance" in text(candidate, "url"):
            return text(candidate, "valueCode")
    return ""


def _related(resource: Resource, shelf: Shelf) -> list[str]:
    found = []
    for candidate in children(resource, "extension"):
        url = text(candidate, "url")
        if url in (_ACTUAL, _CONTENT):
            found.append(_id(child(candidate, "valueReference"), shelf))
        elif url == _HEADER:
            target = extension(candidate, "target") or candidate
            found.append(_id(child(target, "valueReference"), shelf))
    return [each for each in found if each]


def _id(reference: Resource, shelf: Shelf) -> str:
    target = shelf.find(reference)
    return entry_id(target) if target is not None else ""


def write(problem: Problem, pen: Pen, *, present: frozenset[str]) -> Resource:
    """A ProblemHeader. Links lead only to entries that are `present` in the bundle; a "related" one points at both."""
    extensions: list[Resource] = [
        {"url": _CONTENT, "valueReference": {"reference": each}}
        for each in problem.related
        if each in present and not each.startswith("Condition/")
    ]
    extensions += [
        {
            "url": _HEADER,
            "extension": [
                {"url": "type", "valueCode": "sibling"},
                {"url": "target", "valueReference": {"reference": each}},
            ],
        }
        for each in problem.related
        if each in present and each.startswith("Condition/")
    ]
    extensions.append({"url": _SIGNIFICANCE, "valueCode": "major" if problem.significant else "minor"})
    active = problem.status is EntryStatus.ACTIVE
    return pen.entry(problem, "Condition", "CareConnect-GPC-ProblemHeader-Condition-1") | without_empty(
        {
            "extension": extensions,
            "clinicalStatus": "active" if active else "inactive",
            "category": [coding(_CATEGORY, "problem-list-item", "Problem List Item")],
            "code": write_concept(problem.what),
            "subject": pen.patient,
            "onsetDateTime": write_date(problem.date),
            "abatementDateTime": write_date(problem.ended),
            "assertedDate": write_date(problem.recorded or problem.date),
            "asserter": pen.author(problem.recorded_by),
            "note": write_notes(problem.note),
        }
    )
