"""OperationOutcome entries inside an answer: which parts the host's system does not give, and other warnings."""

from dataclasses import dataclass

from gp_connect import names
from gp_connect.elements import Resource, child, children, meta, text
from gp_connect.spine_codes import NOT_IMPLEMENTED
from gp_connect.structured import areas
from gp_connect.structured.shelf import Shelf
from vocabulary.record_parts import RecordSection


@dataclass(frozen=True, slots=True)
class Notices:
    """Sections that are switched off or not supported, and warnings about the whole answer."""

    off: frozenset[RecordSection]
    general: tuple[str, ...]


def read_notices(shelf: Shelf) -> Notices:
    """Every issue of every OperationOutcome in the bundle. An unknown limit is told: more came than was asked for."""
    off: set[RecordSection] = set()
    general: dict[str, None] = {}
    for outcome in shelf.of_type("OperationOutcome"):
        for issue in children(outcome, "issue"):
            section = _section(issue)
            if section is not None:
                off.add(section)
            else:
                general[_words(issue)] = None
    return Notices(frozenset(off), tuple(general))


def _section(issue: Resource) -> RecordSection | None:
    said = text(issue, "diagnostics") or text(child(issue, "details"), "text")
    name = said.split()[0].partition(".")[0] if said.split() else ""
    if name.startswith(areas.DOCUMENT_REFERENCES[:-1]):
        return RecordSection.DOCUMENTS
    area = areas.BY_PARAMETER.get(name)
    return area.section if area and "." not in said.split()[0] else None


def _words(issue: Resource) -> str:
    details = child(issue, "details")
    said = text(details, "text") or text(issue, "diagnostics") or text(child(details, "coding"), "display")
    return f"The practice's system warns: {said}" if said else "The practice's system warns that something is missing."


def write_notices(off: list[RecordSection], unknown: list[str]) -> list[Resource]:
    """One OperationOutcome with an issue for each section switched off and each parameter not known; none if none."""
    named = [(areas.BY_SECTION[section].parameter or areas.DOCUMENT_REFERENCES, "has been disabled") for section in off]
    named += [(name, "is an unrecognised parameter") for name in unknown]
    if not named:
        return []
    return [
        {
            "resourceType": "OperationOutcome",
            "meta": meta(names.OPERATION_OUTCOME),
            "issue": [_issue(name, words) for name, words in named],
        }
    ]


def _issue(name: str, words: str) -> Resource:
    code = {"system": names.SPINE_CODES, "code": NOT_IMPLEMENTED.code, "display": NOT_IMPLEMENTED.display}
    return {
        "severity": "warning",
        "code": "not-supported",
        "details": {"coding": [code], "text": f"{name} {words}"},
        "diagnostics": name,
    }
