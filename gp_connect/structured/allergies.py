"""Allergies and intolerances, in force or ended."""

from gp_connect.elements import Resource, child, children, extension, strings, text, without_empty
from gp_connect.structured.concepts import (
    read_date,
    read_notes,
    read_status,
    read_what,
    words_of,
    write_concept,
    write_date,
    write_notes,
)
from gp_connect.structured.pen import PROFILES, Pen
from gp_connect.structured.shelf import Shelf, entry_id
from vocabulary.record_parts import Allergy, EntryStatus, Reaction

_END = f"{PROFILES}/Extension-CareConnect-GPC-AllergyIntoleranceEnd-1"
_NO_REASON = "No information available"


def read(resource: Resource, shelf: Shelf) -> Allergy:
    """An AllergyIntolerance. One with an end date counts as resolved, whatever its status says."""
    end = {text(part, "url"): part for part in children(extension(resource, _END), "extension")}
    ended = read_date(end.get("endDate", {}), "valueDateTime")
    reason = text(end.get("reasonEnded", {}), "valueString")
    return Allergy(
        id=entry_id(resource),
        what=read_what(resource, "code"),
        date=read_date(resource, "onsetDateTime", "assertedDate"),
        recorded=read_date(resource, "assertedDate"),
        recorded_by=shelf.author(child(resource, "recorder")) or shelf.author(child(resource, "asserter")),
        status=EntryStatus.RESOLVED if ended else read_status(resource, "clinicalStatus"),
        note=read_notes(resource),
        categories=strings(resource, "category"),
        criticality=text(resource, "criticality"),
        ended=ended,
        ended_because="" if reason == _NO_REASON else reason,
        reactions=tuple(_reaction(each) for each in children(resource, "reaction")),
    )


def _reaction(each: Resource) -> Reaction:
    shown = (words_of({"concept": concept}, "concept") for concept in children(each, "manifestation"))
    notes = (text(each, "description"), read_notes(each))
    return Reaction(
        manifestations=tuple(words for words in shown if words),
        severity=text(each, "severity"),
        route=words_of(each, "exposureRoute"),
        note="\n".join(note for note in notes if note),
    )


def write(allergy: Allergy, pen: Pen) -> Resource:
    """An AllergyIntolerance with its end where it has ended."""
    ended = allergy.status is EntryStatus.RESOLVED
    parts: list[Resource] = [{"url": "reasonEnded", "valueString": allergy.ended_because or _NO_REASON}]
    if allergy.ended is not None:
        parts.insert(0, {"url": "endDate", "valueDateTime": write_date(allergy.ended)})
    return pen.entry(allergy, "AllergyIntolerance", "CareConnect-GPC-AllergyIntolerance-1") | without_empty(
        {
            "extension": [{"url": _END, "extension": parts}] if ended else [],
            "clinicalStatus": "resolved" if ended else "active",
            "verificationStatus": "unconfirmed",
            "category": list(allergy.categories) or ["medication"],
            "criticality": allergy.criticality,
            "code": write_concept(allergy.what),
            "patient": pen.patient,
            "onsetDateTime": write_date(allergy.date),
            "assertedDate": write_date(allergy.recorded or allergy.date),
            "recorder": pen.author(allergy.recorded_by),
            "note": write_notes(allergy.note),
            "reaction": [_written(reaction) for reaction in allergy.reactions],
        }
    )


def _written(reaction: Reaction) -> Resource:
    return without_empty(
        {
            "description": reaction.note,
            "manifestation": [{"text": words} for words in reaction.manifestations],
            "severity": reaction.severity,
            "exposureRoute": {"text": reaction.route} if reaction.route else {},
        }
    )
