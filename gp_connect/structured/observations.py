"""Observations: uncategorised data, vital signs with components, and laboratory results in their groups."""

from gp_connect.elements import Resource, Unreadable, child, children, text, without_empty
from gp_connect.structured.concepts import (
    read_concept,
    read_date,
    read_period,
    read_range,
    read_value,
    read_what,
    words_of,
    write_concept,
    write_date,
    write_quantity,
)
from gp_connect.structured.pen import Pen
from gp_connect.structured.shelf import Key, Shelf, entry_id, key_of
from vocabulary.record_parts import Coded, Observation

COMMENT_NOTE = "37331000000100"  # SNOMED CT: free text belonging to something else
_DEEPEST = 8  # groups within groups; references may run in a circle


class Families:
    """Which observations stand under which resource: members of a group, and what was derived from it, such as the
    comments with which a result was filed. `missed` are the keys of members that cannot be understood."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.missed: set[Key] = set()
        self._members: dict[Key, dict[Key, Resource]] = {}
        for resource in shelf.of_type("Observation"):
            for related in children(resource, "related"):
                target = shelf.find(child(related, "target"))
                if target is not None and related.get("type") == "has-member":
                    self._put(resource, target)
                elif target is not None and related.get("type") == "derived-from":
                    self._put(target, resource)

    def under(self, resource: Resource) -> list[Resource]:
        """Its own observations, one level down."""
        return list(self._members.get(key_of(resource), {}).values())

    def spread(self, resource: Resource, into: set[Key]) -> None:
        """Add the keys of its observations on every level; what is in there already is not walked again."""
        waiting = [resource]
        while waiting:
            for member in self.under(waiting.pop()):
                if key_of(member) not in into:
                    into.add(key_of(member))
                    waiting.append(member)

    def read_all(self, resources: list[Resource], seen: set[Key], *, depth: int = 0) -> tuple[Observation, ...]:
        """Those that can be understood. What is in `seen` was shown already under the same entry: references may
        circle, and may lead to one observation on many ways."""
        found = []
        for resource in resources:
            if key_of(resource) in seen:
                continue
            try:
                found.append(read(resource, self, seen=seen, depth=depth))
            except Unreadable:
                self.missed.add(key_of(resource))
        return tuple(found)

    def _put(self, head: Resource, member: Resource) -> None:
        if member["resourceType"] == "Observation" and key_of(head) != key_of(member):
            self._members.setdefault(key_of(head), {})[key_of(member)] = member


def read(resource: Resource, families: Families, *, seen: set[Key] | None = None, depth: int = 0) -> Observation:
    """An Observation with its components and members."""
    if depth > _DEEPEST:
        raise Unreadable("observations within observations without end")
    seen = set() if seen is None else seen
    seen.add(key_of(resource))
    start, _ = read_period(resource, "effectivePeriod")
    members = families.read_all(families.under(resource), seen, depth=depth + 1)
    performers = map(families.shelf.author, children(resource, "performer"))
    return Observation(
        id=entry_id(resource),
        what=read_what(resource, "code"),
        date=read_date(resource, "effectiveDateTime", "effectiveInstant") or start,
        recorded=read_date(resource, "issued"),
        recorded_by=next((who for who in performers if who), None),
        note=text(resource, "comment"),
        value=read_value(resource) or _absent(resource),
        range=read_range(resource),
        interpretation=words_of(resource, "interpretation"),
        body_site=words_of(resource, "bodySite"),
        members=tuple(_component(each) for each in children(resource, "component")) + members,
    )


def _absent(resource: Resource) -> str:
    return words_of(resource, "dataAbsentReason")


def _component(each: Resource) -> Observation:
    return Observation(
        id="",
        what=read_concept(each, "code") or Coded("Part of the result"),
        value=read_value(each) or _absent(each),
        range=read_range(each),
        interpretation=words_of(each, "interpretation"),
    )


def write(observation: Observation, pen: Pen) -> list[Resource]:
    """An Observation, and those members of it that are observations of their own."""
    own = [member for member in observation.members if member.id]
    resource = pen.entry(observation, "Observation", "CareConnect-GPC-Observation-1") | without_empty(
        {
            "status": "final",
            "code": write_concept(observation.what),
            "subject": pen.patient,
            "effectiveDateTime": write_date(observation.date),
            "issued": write_date(observation.recorded or observation.date),
            "performer": [pen.author(observation.recorded_by)],
            **_findings(observation),
            "comment": observation.note,
            "bodySite": {"text": observation.body_site} if observation.body_site else {},
            "related": [{"type": "has-member", "target": {"reference": member.id}} for member in own],
            "component": [
                without_empty({"code": write_concept(member.what), **_findings(member)})
                for member in observation.members
                if not member.id
            ],
        }
    )
    return [resource, *(inner for member in own for inner in write(member, pen))]


def _findings(observation: Observation) -> Resource:
    quantity = write_quantity(observation.value)
    return {
        "valueQuantity": quantity,
        "valueString": "" if quantity else observation.value,
        "interpretation": {"text": observation.interpretation} if observation.interpretation else {},
        "referenceRange": [{"text": observation.range}] if observation.range else [],
    }
