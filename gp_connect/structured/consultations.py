"""Consultations: an Encounter, and the tree of Lists that says what was written under which topic and heading."""

from collections.abc import Callable, Iterator

from gp_connect.elements import Resource, Unreadable, child, children, text, without_empty
from gp_connect.structured import areas
from gp_connect.structured import pen as ink
from gp_connect.structured.concepts import read_concept, read_notes, read_period, read_status, words_of, write_date
from gp_connect.structured.pen import CODE_SYSTEMS, HL7_UK, Pen, coding
from gp_connect.structured.shelf import Key, Shelf, entry_id, key_of
from vocabulary.record_parts import Author, Coded, Consultation, ConsultationItem, Heading, RecordDate, Topic

_PROBLEM = f"{HL7_UK}/Extension-CareConnect-RelatedProblemHeader-1"
_PARTICIPATION = "http://hl7.org/fhir/v3/ParticipationType"
_PARTICIPANTS = f"{CODE_SYSTEMS}/GPConnect-ParticipantType-1"
_ORDER = "http://hl7.org/fhir/list-order"
_DEEPEST = 6
ReadItem = Callable[[Resource], ConsultationItem]


class Trees:
    """The Lists that give consultations their shape. `missed` counts items that could not be understood."""

    def __init__(self, shelf: Shelf, read_item: ReadItem) -> None:
        self._shelf = shelf
        self._read_item = read_item
        self._roots: dict[Key, Resource] = {}
        self._seen: set[int] = set()
        self.missed = 0
        for each in shelf.of_type("List"):
            encounter = shelf.find(child(each, "encounter"))
            if encounter is not None and areas.list_code(each) == areas.CONSULTATION:
                self._roots.setdefault(key_of(encounter), each)

    def topics(self, encounter: Resource) -> tuple[Topic, ...]:
        """The topics of this encounter; none where the answer holds no tree for it."""
        root = self._roots.get(key_of(encounter))
        if root is None:
            return ()
        topics, loose = [], []
        self._seen = {id(root)}
        for found in self._items(root):
            if isinstance(found, ConsultationItem):
                loose.append(found)
            else:
                topics.append(self._topic(found))
        if loose:  # a consultation without topics
            topics.append(Topic("", (Heading("", tuple(loose)),)))
        return tuple(topics)

    def _topic(self, topic: Resource) -> Topic:
        headings: list[Heading] = []
        loose: list[ConsultationItem] = []
        for found in self._items(topic):
            if isinstance(found, ConsultationItem):
                loose.append(found)
                continue
            if loose:
                headings.append(Heading("", tuple(loose)))
                loose = []
            headings.append(Heading(_title(found), tuple(self._flat(found, 0))))
        if loose:
            headings.append(Heading("", tuple(loose)))
        return Topic(_title(topic), tuple(headings), tuple(self._problems(topic)))

    def _flat(self, holder: Resource, depth: int) -> Iterator[ConsultationItem]:
        """What stands under a heading; Lists below it, which the standard does not know, give up their items."""
        for found in self._items(holder):
            if isinstance(found, ConsultationItem):
                yield found
            elif depth < _DEEPEST:
                yield from self._flat(found, depth + 1)
            else:
                self.missed += 1

    def _items(self, holder: Resource) -> Iterator[ConsultationItem | Resource]:
        for entry in children(holder, "entry"):
            reference = child(entry, "item")
            found = self._shelf.find(reference, holder=holder)
            shown = text(reference, "display")
            if found is not None and found["resourceType"] == "List":
                if id(found) in self._seen:  # Lists that hold each other
                    self.missed += 1
                    continue
                self._seen.add(id(found))
                yield found
            elif found is not None:
                try:
                    yield self._read_item(found)
                except Unreadable:
                    self.missed += 1
            elif shown:  # such as “Referral items have been disabled”
                yield ConsultationItem(shown)
            else:
                self.missed += 1

    def _problems(self, topic: Resource) -> Iterator[str]:
        for extension in children(topic, "extension"):
            if text(extension, "url") == _PROBLEM:
                parts = [extension, *children(extension, "extension")]
                found = (self._shelf.find(child(part, "valueReference")) for part in parts)
                yield from (entry_id(each) for each in found if each is not None)


def _title(resource: Resource) -> str:
    title = text(resource, "title")
    return title or ("" if areas.list_code(resource) else words_of(resource, "code"))


def read(resource: Resource, shelf: Shelf, trees: Trees) -> Consultation:
    """An Encounter with its tree."""
    start, end = read_period(resource, "period")
    who = list(_people(resource, shelf))
    return Consultation(
        id=entry_id(resource),
        what=read_concept(resource, "type") or Coded("Consultation"),
        date=start,
        recorded=start,
        recorded_by=next((author for kind, author in who if kind == "REC"), None),
        status=read_status(resource),
        note=read_notes(resource),
        ended=end,
        seen_by=tuple(dict.fromkeys(author for kind, author in who if kind != "REC")),
        place=_place(resource, shelf),
        topics=trees.topics(resource),
    )


def _people(resource: Resource, shelf: Shelf) -> Iterator[tuple[str, Author]]:
    for participant in children(resource, "participant"):
        author = shelf.author(child(participant, "individual"))
        if author is not None:
            yield text(child(child(participant, "type"), "coding"), "code"), author


def _place(resource: Resource, shelf: Shelf) -> str:
    found = shelf.organisation_name(child(child(resource, "location"), "location"))
    return found or shelf.organisation_name(child(resource, "serviceProvider"))


def write(consultation: Consultation, pen: Pen, *, present: frozenset[str]) -> list[Resource]:
    """The Encounter and its Lists. Items lead to entries that are `present` in the bundle; others keep their words."""
    base = ink.logical_id(consultation.id)
    encounter = pen.entry(consultation, "Encounter", "CareConnect-GPC-Encounter-1") | without_empty(
        {
            "status": "finished",
            "type": [{"text": consultation.what.words}],
            "subject": pen.patient,
            "participant": _participants(consultation, pen),
            "period": without_empty({"start": write_date(consultation.date), "end": write_date(consultation.ended)}),
            "serviceProvider": {"reference": f"Organization/{pen.organisation(consultation.place)}"},
        }
    )
    if not consultation.topics:
        return [encounter]
    lists = _Lists(pen, base, consultation.recorded or consultation.date, present)
    tops = [lists.topic(topic, number) for number, topic in enumerate(consultation.topics)]
    root = lists.made(f"{base}-list", areas.CONSULTATION, consultation.what.words, tops)
    return [encounter, root, *lists.written]


class _Lists:
    def __init__(self, pen: Pen, base: str, recorded: RecordDate | None, present: frozenset[str]) -> None:
        self._pen, self._base, self._date, self._present = pen, base, write_date(recorded), present
        self.written: list[Resource] = []

    def topic(self, topic: Topic, number: int) -> Resource:
        """A reference to the topic's List, which is written with its headings."""
        name = f"{self._base}-topic-{number}"
        entries: list[Resource] = []
        for position, heading in enumerate(topic.headings):
            items = [self._item(item) for item in heading.items]
            if heading.title:
                below = self.made(f"{name}-heading-{position}", areas.HEADING, heading.title, items)
                self.written.append(below)
                items = [{"reference": f"List/{below['id']}"}]
            entries += items
        made = self.made(name, areas.TOPIC, topic.title, entries)
        problems = [each for each in topic.problems if each in self._present]
        if problems:
            made["extension"] = [
                {"url": _PROBLEM, "extension": [{"url": "target", "valueReference": {"reference": each}}]}
                for each in problems
            ]
        self.written.append(made)
        return {"reference": f"List/{name}"}

    def _item(self, item: ConsultationItem) -> Resource:
        return {"reference": item.entry_id} if item.entry_id in self._present else {"display": item.words}

    def made(self, list_id: str, code: str, title: str, items: list[Resource]) -> Resource:
        """One List of the tree."""
        return self._pen.resource("List", list_id, "CareConnect-GPC-List-1") | without_empty(
            {
                "status": "current",
                "mode": "snapshot",
                "title": title,
                "code": coding(areas.SNOMED, code, areas.DISPLAYS[code]),
                "subject": self._pen.patient,
                "encounter": {"reference": f"Encounter/{self._base}"},
                "date": self._date,
                "orderedBy": coding(_ORDER, "system", "Sorted by System"),
                "entry": [{"item": item} for item in items],
            }
        )


def _participants(consultation: Consultation, pen: Pen) -> list[Resource]:
    performers = [
        {"type": [coding(_PARTICIPATION, "PPRF", "primary performer")], "individual": pen.author(who)}
        for who in consultation.seen_by
    ]
    recorder = {"type": [coding(_PARTICIPANTS, "REC", "recorder")], "individual": pen.author(consultation.recorded_by)}
    return [*performers, recorder]
