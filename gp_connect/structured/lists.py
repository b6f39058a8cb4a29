"""The Lists of an answer: what belongs to which section, and the warnings that something is left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gp_connect.elements import Resource, child, children, text
from gp_connect.structured import areas
from gp_connect.structured.concepts import read_notes
from gp_connect.structured.pen import PROFILES
from gp_connect.structured.shelf import Shelf
from vocabulary.record_parts import RecordSection
from vocabulary.records import WarningKind

WARNING = f"{PROFILES}/Extension-CareConnect-GPC-ListWarningCode-1"
NOT_AVAILABLE = "Information not available"  # the note of every empty List
_KINDS = {kind.value: kind for kind in WarningKind}


@dataclass(slots=True)
class Primary:
    """What a section's own Lists name: the resources, and how many entries lead nowhere."""

    resources: list[Resource] = field(default_factory=list)
    dangling: int = 0


@dataclass(slots=True)
class Listed:
    """Everything the Lists say."""

    primary: dict[RecordSection, Primary] = field(default_factory=dict)
    _warnings: dict[RecordSection, dict[WarningKind, None]] = field(default_factory=dict)
    _notes: dict[RecordSection, dict[str, None]] = field(default_factory=dict)

    def warnings(self, section: RecordSection) -> tuple[WarningKind, ...]:
        """Why the section may be incomplete."""
        return tuple(self._warnings.get(section, ()))

    def note(self, section: RecordSection) -> str:
        """The host's own text to that."""
        return "\n".join(self._notes.get(section, ()))

    def warn(self, section: RecordSection, kinds: Iterable[WarningKind], note: str) -> None:
        """Remember warnings, each once."""
        self._warnings.setdefault(section, {}).update(dict.fromkeys(kinds))
        if note:
            self._notes.setdefault(section, {})[note] = None


def read_lists(shelf: Shelf) -> Listed:
    """Sort every List of an answer; those that only give a consultation its shape are left to consultations.py."""
    listed = Listed()
    for resource in shelf.of_type("List"):
        code = areas.list_code(resource)
        section = areas.PRIMARY.get(code) or areas.SECONDARY.get(code)
        if section is None:
            continue
        listed.warn(section, _kinds(resource), _note(resource))
        if code in areas.PRIMARY:
            _collect(resource, listed.primary.setdefault(section, Primary()), shelf)
    return listed


def _collect(resource: Resource, primary: Primary, shelf: Shelf) -> None:
    known = {id(each) for each in primary.resources}
    for entry in children(resource, "entry"):
        found = shelf.find(child(entry, "item"), holder=resource)
        if found is None:
            primary.dangling += 1
        elif id(found) not in known:
            known.add(id(found))
            primary.resources.append(found)


def _kinds(resource: Resource) -> list[WarningKind]:
    codes = [text(each, "valueCode") for each in children(resource, "extension") if text(each, "url") == WARNING]
    return [_KINDS.get(code, WarningKind.OTHER) for code in codes]


def _note(resource: Resource) -> str:
    note = read_notes(resource)
    return "" if note.strip().rstrip(".") == NOT_AVAILABLE else note
