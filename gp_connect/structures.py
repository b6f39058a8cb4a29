"""What STU3 resources are made of: which elements, in which order, of which type, once or many times.

The facts stand in structures.json (extracted, see tests/gp_connect/published); XML needs them to be read and written
at all, and a provider needs them to refuse elements that do not exist.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gp_connect.elements import Resource

DEEPEST = 40  # levels of nesting; the standard's own resources stay below 12


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type. `kind` is a type's name: in lower case a primitive; `Resource` is any resource."""

    kind: str
    many: bool

    @property
    def primitive(self) -> bool:
        """Whether its value is a plain JSON value."""
        return self.kind[0].islower()


def _load() -> Mapping[str, Mapping[str, Element]]:
    raw: dict[str, dict[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {
        name: {element: Element(kind.removesuffix("*"), kind.endswith("*")) for element, kind in elements.items()}
        for name, elements in raw.items()
    }


TYPES = _load()
RESOURCES = frozenset(name for name, elements in TYPES.items() if "implicitRules" in elements)

_WHOLE = {"integer", "positiveInt", "unsignedInt"}


def mistake(resource: Resource) -> str:
    """The first thing about a resource that STU3 does not know, as a path with what is wrong; empty when sound.

    Names of elements only, never their values: those are about patients.
    """
    return next(_resource(resource, _shown(str(resource.get("resourceType", "resource"))), 0), "")


def _resource(value: object, path: str, depth: int) -> Iterator[str]:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in RESOURCES:
        yield f"{path} is not a resource of this service"
        return
    yield from _complex(value, kind, path, depth)


def _complex(value: Resource, kind: str, path: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"{path.split('.')[0]} is nested too deeply"
        return
    known = TYPES[kind]
    for name, held in value.items():
        if name == "resourceType" and kind in RESOURCES:
            continue
        element = known.get(name.removeprefix("_"))
        if element is None or (name.startswith("_") and not element.primitive):
            yield f"{path}.{_shown(name)} is not an element of {kind}"
        elif name.startswith("_"):
            yield from _companions(held, f"{path}.{name}", many=element.many)
        else:
            yield from _element(held, element, f"{path}.{name}", depth + 1)


def _element(held: object, element: Element, path: str, depth: int) -> Iterator[str]:
    if held is None:
        return
    if element.many is not isinstance(held, list):
        yield f"{path} must be a list" if element.many else f"{path} must be there once only"
        return
    for each in held if isinstance(held, list) else [held]:
        if element.primitive:
            if each is not None and not _fits(each, element.kind):
                yield f"{path} is not of the type {element.kind}"
        elif element.kind == "Resource":
            yield from _resource(each, path, depth)
        elif isinstance(each, dict):
            yield from _complex(each, element.kind, path, depth)
        else:
            yield f"{path} is not of the type {element.kind}"


def _companions(held: object, path: str, *, many: bool) -> Iterator[str]:
    """What stands beside a primitive in JSON: its id and extensions."""
    for each in held if many and isinstance(held, list) else [held]:
        if each is not None and not (isinstance(each, dict) and each.keys() <= {"id", "extension"}):
            yield f"{path} may hold id and extension only"


def _fits(value: object, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _WHOLE:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "decimal":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _shown(name: str) -> str:
    """An unknown element's name as it may stand in an answer: whatever is no plain name is not repeated."""
    return name if name.isidentifier() and len(name) <= 64 else "(something)"
