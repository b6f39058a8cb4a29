"""Investigations: a report with its results, specimens, and the comments with which it was filed."""

from gp_connect.elements import Resource, child, children, text, without_empty
from gp_connect.structured import observations
from gp_connect.structured.concepts import (
    read_date,
    read_notes,
    read_period,
    read_what,
    words_of,
    write_concept,
    write_date,
    write_notes,
)
from gp_connect.structured.observations import Families
from gp_connect.structured.pen import Pen, coding, logical_id
from gp_connect.structured.shelf import Key, Shelf, entry_id, key_of
from vocabulary.record_parts import Investigation, Specimen


def read(resource: Resource, families: Families) -> Investigation:
    """A DiagnosticReport with every result that can be understood."""
    shelf = families.shelf
    performers = (shelf.author(child(each, "actor")) for each in children(resource, "performer"))
    diagnoses = (words_of({"it": concept}, "it") for concept in children(resource, "codedDiagnosis"))
    conclusion = (text(resource, "conclusion"), *diagnoses)
    start, _ = read_period(resource, "effectivePeriod")
    return Investigation(
        id=entry_id(resource),
        what=read_what(resource, "code", "category"),
        date=read_date(resource, "effectiveDateTime") or start or read_date(resource, "issued"),
        recorded=read_date(resource, "issued"),
        results=families.read_all(_top(resource, families), set()),
        specimens=tuple(_specimen(each, shelf) for each in children(resource, "specimen")),
        performers=tuple(dict.fromkeys(who for who in performers if who)),
        conclusion="\n".join(part for part in conclusion if part),
    )


def _listed(resource: Resource, families: Families) -> list[Resource]:
    """The results the report names, and what was derived from the report itself, each once."""
    named = (families.shelf.find(each) for each in children(resource, "result"))
    found = {key_of(each): each for each in named if each is not None and each["resourceType"] == "Observation"}
    return list((found | {key_of(each): each for each in families.under(resource)}).values())


def _top(resource: Resource, families: Families) -> list[Resource]:
    """Of these, those that do not stand in a group that is named as well."""
    listed = _listed(resource, families)
    grouped: set[Key] = set()
    for each in listed:
        if key_of(each) not in grouped:  # of two that hold each other, the first is the group
            families.spread(each, grouped)
            grouped.discard(key_of(each))
    return [each for each in listed if key_of(each) not in grouped]


def parts_of(resource: Resource, families: Families, into: set[Key]) -> None:
    """Add the keys of every observation that is shown as part of this report."""
    for each in _listed(resource, families):
        into.add(key_of(each))
        families.spread(each, into)


def _specimen(reference: Resource, shelf: Shelf) -> Specimen:
    found = shelf.find(reference) or {}
    collection = child(found, "collection")
    start, _ = read_period(collection, "collectedPeriod")
    words = words_of(found, "type") or text(reference, "display") or "Specimen"
    return Specimen(words, read_date(collection, "collectedDateTime") or start, read_notes(found))


def write(investigation: Investigation, pen: Pen) -> list[Resource]:
    """The report, its results and its specimens."""
    base = logical_id(investigation.id)
    specimens = [
        _written(specimen, pen, f"{base}-specimen-{number}")
        for number, specimen in enumerate(investigation.specimens, start=1)
    ]
    report = pen.entry(investigation, "DiagnosticReport", "CareConnect-GPC-DiagnosticReport-1") | without_empty(
        {
            "status": "unknown",
            "category": coding("http://hl7.org/fhir/v2/0074", "PAT", "Pathology (gross & histopath, not surgical)"),
            "code": write_concept(investigation.what),
            "subject": pen.patient,
            "issued": write_date(investigation.recorded or investigation.date),
            "performer": [{"actor": pen.author(who)} for who in investigation.performers],
            "specimen": [{"reference": f"Specimen/{each['id']}"} for each in specimens],
            "result": [{"reference": result.id} for result in investigation.results],
            "conclusion": investigation.conclusion,
        }
    )
    results = [each for result in investigation.results for each in observations.write(result, pen)]
    return [report, *specimens, *results]


def _written(specimen: Specimen, pen: Pen, specimen_id: str) -> Resource:
    return pen.resource("Specimen", specimen_id, "CareConnect-GPC-Specimen-1") | without_empty(
        {
            "type": {"text": specimen.words},
            "subject": pen.patient,
            "collection": without_empty({"collectedDateTime": write_date(specimen.collected)}),
            "note": write_notes(specimen.note),
        }
    )
