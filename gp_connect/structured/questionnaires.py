"""QuestionnaireResponse: in these records a set of entries that were recorded together, or questions with answers."""

from collections.abc import Callable, Iterator

from gp_connect.elements import Resource, Unreadable, child, children, text
from gp_connect.structured.concepts import read_date, read_value
from gp_connect.structured.shelf import Shelf, entry_id
from vocabulary.record_parts import Coded, Entry, Observation

_DEEPEST = 5
_TITLE = Coded("Recorded together")


def read_answers(resource: Resource, shelf: Shelf, read: Callable[[Resource], Entry]) -> Observation:
    """Its questions as members; an answer that points at an entry shows that entry's words."""
    members = tuple(_members(resource, shelf, read, 0))
    if not members:
        raise Unreadable("a questionnaire response holds no answers")
    return Observation(
        id=entry_id(resource),
        what=_TITLE,
        date=read_date(resource, "authored"),
        recorded=read_date(resource, "authored"),
        recorded_by=shelf.author(child(resource, "author")),
        members=members,
    )


def _members(holder: Resource, shelf: Shelf, read: Callable[[Resource], Entry], depth: int) -> Iterator[Observation]:
    if depth > _DEEPEST:
        raise Unreadable("questions within questions without end")
    for item in children(holder, "item"):
        for answer in children(item, "answer"):
            yield _answer(item, answer, shelf, read)
            yield from _members(answer, shelf, read, depth + 1)
        yield from _members(item, shelf, read, depth + 1)


def _answer(item: Resource, answer: Resource, shelf: Shelf, read: Callable[[Resource], Entry]) -> Observation:
    question = text(item, "text")
    target = shelf.find(child(answer, "valueReference")) if answer.get("valueReference") else None
    if target is None:
        value = read_value(answer) or text(child(answer, "valueCoding"), "display")
        return Observation(id="", what=Coded(question or "Answer"), value=value)
    if target["resourceType"] == "QuestionnaireResponse":
        raise Unreadable("questionnaire responses refer to each other")
    entry = read(target)
    value = entry.value if isinstance(entry, Observation) else ""
    return Observation(id="", what=Coded(question) if question else entry.what, value=value, date=entry.date)
