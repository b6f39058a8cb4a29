"""Immunisations, given or not given."""

from gp_connect.elements import Resource, Unreadable, child, children, extension, text, without_empty
from gp_connect.structured.concepts import (
    read_concept,
    read_date,
    read_notes,
    read_quantity,
    words_of,
    write_concept,
    write_date,
    write_notes,
    write_quantity,
)
from gp_connect.structured.pen import HL7_UK, Pen, coding
from gp_connect.structured.shelf import Shelf, entry_id
from vocabulary.record_parts import Author, EntryStatus, Immunisation

_PROCEDURE = f"{HL7_UK}/Extension-CareConnect-VaccinationProcedure-1"
_RECORDED = f"{HL7_UK}/Extension-CareConnect-DateRecorded-1"
_NULL = "http://hl7.org/fhir/v3/NullFlavor"
_ROLES = "http://hl7.org/fhir/v2/0443"
_NOT_KNOWN = "UNK"


def read(resource: Resource, shelf: Shelf) -> Immunisation:
    """An Immunization; the procedure says what it was where the product is not known."""
    product = _product(resource)
    procedure = read_concept(extension(resource, _PROCEDURE), "valueCodeableConcept")
    what = procedure or read_concept(resource, "vaccineCode")
    if what is None:
        raise Unreadable("an immunisation does not say against what")
    explanation = child(resource, "explanation")
    reasons = [*children(explanation, "reason"), *children(explanation, "reasonNotGiven")]
    return Immunisation(
        id=entry_id(resource),
        what=what,
        date=read_date(resource, "date"),
        recorded=read_date(extension(resource, _RECORDED), "valueDateTime"),
        recorded_by=_who(resource, shelf, "EP") or _who(resource, shelf, ""),
        status=EntryStatus.COMPLETED,
        note=read_notes(resource),
        given=resource.get("notGiven") is not True,
        product=product,
        dose=read_quantity(resource, "doseQuantity"),
        batch=text(resource, "lotNumber"),
        expires=read_date(resource, "expirationDate"),
        site=words_of(resource, "site"),
        route=words_of(resource, "route"),
        manufacturer=shelf.organisation_name(child(resource, "manufacturer")),
        reason="; ".join(words for words in (words_of({"it": each}, "it") for each in reasons) if words),
        given_by=_who(resource, shelf, "AP"),
    )


def _product(resource: Resource) -> str:
    code = text(child(child(resource, "vaccineCode"), "coding"), "code")
    return "" if code == _NOT_KNOWN else words_of(resource, "vaccineCode")


def _who(resource: Resource, shelf: Shelf, role: str) -> Author | None:
    for each in children(resource, "practitioner"):
        if text(child(child(each, "role"), "coding"), "code") == role:
            return shelf.author(child(each, "actor"))
    return None


def write(immunisation: Immunisation, pen: Pen) -> Resource:
    """An Immunization. What must be absent for one not given is left out."""
    given = immunisation.given
    extensions = [
        {
            "url": _RECORDED,
            "valueDateTime": write_date(immunisation.recorded or immunisation.date),
        },
        {"url": _PROCEDURE, "valueCodeableConcept": write_concept(immunisation.what)},
    ]
    maker = immunisation.manufacturer
    return pen.entry(immunisation, "Immunization", "CareConnect-GPC-Immunization-1") | without_empty(
        {
            "extension": extensions,
            "status": "completed",
            "notGiven": not given,
            "vaccineCode": _vaccine(immunisation.product),
            "patient": pen.patient,
            "date": write_date(immunisation.date),
            "primarySource": True,
            "manufacturer": {"reference": f"Organization/{pen.organisation(maker)}"} if maker else {},
            "lotNumber": immunisation.batch,
            "expirationDate": write_date(immunisation.expires),
            "site": _text(immunisation.site if given else ""),
            "route": _text(immunisation.route if given else ""),
            "doseQuantity": write_quantity(immunisation.dose) if given else {},
            "practitioner": _people(immunisation, pen),
            "note": write_notes(immunisation.note),
            "explanation": _explanation(immunisation),
        }
    )


def _vaccine(product: str) -> Resource:
    return {"text": product} if product else coding(_NULL, _NOT_KNOWN, "unknown")


def _text(words: str) -> Resource:
    return {"text": words} if words else {}


def _people(immunisation: Immunisation, pen: Pen) -> list[Resource]:
    roles = (
        ("EP", "Entering Provider", immunisation.recorded_by),
        ("AP", "Administering Provider", immunisation.given_by),
    )
    return [{"role": coding(_ROLES, code, words), "actor": pen.author(who)} for code, words, who in roles if who]


def _explanation(immunisation: Immunisation) -> Resource:
    reason = _text(immunisation.reason)
    return {("reason" if immunisation.given else "reasonNotGiven"): [reason]} if reason else {}
