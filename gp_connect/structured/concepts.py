"""The small parts of which clinical resources are made: coded concepts, dates of any precision, quantities, notes."""

import re
from datetime import datetime
from typing import Any

from gp_connect.elements import Resource, Unreadable, child, children, extension, strings, text, without_empty
from gp_connect.moments import write_moment
from gp_connect.structured.areas import SNOMED
from vocabulary.record_parts import Coded, EntryStatus, RecordDate

_DESCRIPTION = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-coding-sctdescid"
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_QUANTITY = re.compile(r"(<=|>=|<|>)?(-?\d+(?:\.\d+)?)(?: (.+))?", re.ASCII)
_UNREADABLE_DATE = RecordDate(0)
_STATUSES = {status.value: status for status in EntryStatus}


def read_concept(holder: Resource, name: str) -> Coded | None:
    """A CodeableConcept in the recorder's own words; None where it holds nothing one could show."""
    concept = child(holder, name)
    codings = children(concept, "coding")
    if not codings and "code" in concept:
        codings = [concept]  # a bare Coding, as the published examples have it here and there
    snomed: Resource = next((coding for coding in codings if coding.get("system") == SNOMED), {})
    chosen = next((coding for coding in codings if coding.get("userSelected") is True), {})
    term = _term(snomed)
    words = text(concept, "text") or _term(chosen) or term or next((w for w in map(_term, codings) if w), "")
    if not words:
        return None
    return Coded(words, text(snomed, "code"), term if term != words else "")


def read_what(resource: Resource, *names: str) -> Coded:
    """The first of these concepts that says anything. Raises Unreadable: without it an entry means nothing."""
    for name in names:
        found = read_concept(resource, name)
        if found is not None:
            return found
    raise Unreadable(f"{resource.get('resourceType', 'an entry')} does not say what it is about")


def words_of(holder: Resource, name: str) -> str:
    """A concept's words, or an empty string."""
    found = read_concept(holder, name)
    return found.words if found else ""


def _term(coding: Resource) -> str:
    described = text(_part(extension(coding, _DESCRIPTION), "descriptionDisplay"), "valueString")
    return described or text(coding, "display")


def _part(found: Resource, url: str) -> Resource:
    return next((part for part in children(found, "extension") if part.get("url") == url), {})


def write_concept(what: Coded) -> Resource:
    """A CodeableConcept: the SNOMED CT coding where there is a code, and the words where they are not its term."""
    if not what.snomed:
        return {"text": what.words}
    coding = {"system": SNOMED, "code": what.snomed, "display": what.term or what.words}
    return without_empty({"coding": [coding], "text": what.words if what.term else ""})


def read_date(holder: Resource, *names: str) -> RecordDate | None:
    """The first of these elements that is there. One that cannot be read is still a date, and says so."""
    for name in names:
        value = holder.get(name)
        if value is not None and value != "":
            return _date(value)
    return None


def _date(value: Any) -> RecordDate:
    if not isinstance(value, str):
        return _UNREADABLE_DATE
    parts = _DATE.fullmatch(value)
    try:
        if parts:
            year, month, day = (int(part or 0) for part in parts.groups())
            found = RecordDate(year, month, day)
            found.first_day  # noqa: B018  raises for a date that no calendar has
            return found
        moment = datetime.fromisoformat(value)
        return RecordDate.of(moment if moment.tzinfo else moment.date())  # no offset: only its day is sure
    except (ValueError, OverflowError):
        return _UNREADABLE_DATE


def write_date(when: RecordDate | None) -> str:
    """As precise as it is known, empty where it is not; moments in English local time."""
    if when is None or not when.year:
        return ""
    if when.moment is not None:
        return write_moment(when.moment)
    parts = [f"{when.year:04}"] + [f"{part:02}" for part in (when.month, when.day) if part]
    return "-".join(parts)


def read_period(holder: Resource, name: str) -> tuple[RecordDate | None, RecordDate | None]:
    """The start and end of a period."""
    period = child(holder, name)
    return read_date(period, "start"), read_date(period, "end")


def read_status(resource: Resource, name: str = "status") -> EntryStatus:
    """A status the hub knows, or UNKNOWN."""
    return _STATUSES.get(text(resource, name), EntryStatus.UNKNOWN)


def read_quantity(holder: Resource, name: str) -> str:
    """A quantity as people read it: “<5 mmol/L”."""
    quantity = child(holder, name)
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    unit = text(quantity, "unit") or text(quantity, "code")
    return f"{text(quantity, 'comparator')}{_number(value)} {unit}".strip()


def write_quantity(words: str) -> Resource:
    """The quantity that reads like this, or an empty object where the words are no number."""
    found = _QUANTITY.fullmatch(words)
    if found is None:
        return {}
    comparator, value, unit = found.groups()
    number = float(value) if "." in value else int(value)
    return without_empty({"comparator": comparator or "", "unit": unit or ""}) | {"value": number}


def _number(value: float | str) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def read_value(resource: Resource) -> str:
    """`value[x]` of an Observation in words, whatever its type; an empty string where there is none."""
    for name in ("valueQuantity", "valueSampledData"):
        if resource.get(name):
            return read_quantity(resource, name)
    if resource.get("valueCodeableConcept"):
        return words_of(resource, "valueCodeableConcept")
    if isinstance(resource.get("valueBoolean"), bool):
        return "Yes" if resource["valueBoolean"] else "No"
    for name in ("valueDateTime", "valueTime", "valueString", "valueInteger", "valueDecimal", "valueDate", "valueUri"):
        value = resource.get(name)
        if isinstance(value, str | int | float):
            return str(value)
    for name, parts in (("valueRange", ("low", "high")), ("valueRatio", ("numerator", "denominator"))):
        found = [words for words in (read_quantity(child(resource, name), part) for part in parts) if words]
        if found:
            return (" to " if name == "valueRange" else " : ").join(found)
    start, end = read_period(resource, "valuePeriod")
    return " to ".join(when.words for when in (start, end) if when)


def read_range(resource: Resource) -> str:
    """Every reference range in words."""
    return "; ".join(found for found in map(_range, children(resource, "referenceRange")) if found)


def _range(each: Resource) -> str:
    low, high = read_quantity(each, "low"), read_quantity(each, "high")
    limits = f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}" if high else ""
    named = words_of(each, "type")
    shown = text(each, "text") or limits
    return f"{named}: {shown}" if named and shown else shown


def read_notes(resource: Resource, name: str = "note") -> str:
    """All notes, one a line; a lone string counts (the published examples hold such)."""
    found = [text(note, "text") for note in children(resource, name)] or list(strings(resource, name))
    return "\n".join(note for note in found if note)


def write_notes(note: str) -> list[Resource]:
    """One annotation a line, none for an empty text."""
    return [{"text": line} for line in note.split("\n") if line]


def read_count(holder: Resource, name: str) -> int | None:
    """A whole number, or None."""
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
