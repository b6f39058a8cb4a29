"""FHIR JSON to FHIR XML and back, for the resources of this door, by the facts in structures.

Safe to feed: no document type, so no entities and nothing fetched; sizes and depth are limited.
"""

import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape

from gp_connect.elements import Resource, Unreadable
from gp_connect.structures import DEEPEST, RESOURCES, TYPES, Element
from gp_connect.xml_tree import XHTML, Node, parse, serialise

NAMESPACE = "http://hl7.org/fhir"
LARGEST = 2_000_000  # bytes; a booking has about 2,000
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,9})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_UNFIT = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def decode(body: bytes) -> Resource:
    """The resource in an XML body, as JSON has it. Raises Unreadable for what is no FHIR XML.

    Unknown elements come along as they are, so that the check of the structure can name them.
    """
    if len(body) > LARGEST:
        raise Unreadable("the body is too large")
    try:
        root = parse(body, deepest=2 * DEEPEST)
    except expat.ExpatError as error:
        raise Unreadable("the body is not well-formed XML") from error
    return _read_resource(root)


def encode(resource: Resource) -> bytes:
    """The resource as UTF-8 XML: elements in the standard's order, whatever their order in JSON."""
    kind = str(resource.get("resourceType", ""))
    if kind not in RESOURCES:
        raise Unreadable(f"{kind or 'this'} is not a resource of this service")
    inner = "".join(_write_children(resource, kind))
    return f'<?xml version="1.0" encoding="UTF-8"?><{kind} xmlns="{NAMESPACE}">{inner}</{kind}>'.encode()


# --- Reading ----------------------------------------------------------------------------------------------------


def _read_resource(node: Node) -> Resource:
    if node.namespace != NAMESPACE or node.name not in RESOURCES:
        raise Unreadable("the body is XML but not a resource of this service")
    return {"resourceType": node.name, **_read_children(node, TYPES[node.name])}


def _read_children(node: Node, known: Mapping[str, Element]) -> Resource:
    if node.text.strip() or any(child.tail.strip() for child in node.children):
        raise Unreadable(f"{node.name} holds text where elements belong")
    found: Resource = {name: node.attributes[name] for name in ("id", "url") if name in node.attributes}
    groups: dict[str, list[Node]] = {}
    for child in node.children:
        groups.setdefault(child.name, []).append(child)
    for name, nodes in groups.items():
        element = known.get(name)
        if element is None:
            found[name] = [_read_loosely(each) for each in nodes]
        elif element.primitive and element.kind != "xhtml":
            found |= _read_primitives(name, nodes, element)
        else:
            values = [_read_value(each, element) for each in nodes]
            found[name] = values if element.many or len(values) > 1 else values[0]
    return found


def _read_value(node: Node, element: Element) -> object:
    if element.kind == "xhtml":
        return serialise(node)
    if element.kind == "Resource":
        if len(node.children) != 1:
            raise Unreadable(f"{node.name} must hold one resource")
        return _read_resource(node.children[0])
    return _read_children(node, TYPES[element.kind])


def _read_primitives(name: str, nodes: list[Node], element: Element) -> Resource:
    values = [
        _read_plain(node.attributes["value"], element.kind) if "value" in node.attributes else None for node in nodes
    ]
    beside = [_read_beside(node) for node in nodes]
    single = not element.many and len(nodes) == 1
    found: Resource = {}
    if any(value is not None for value in values):
        found[name] = values[0] if single else values
    if any(beside):
        found[f"_{name}"] = beside[0] if single else beside
    return found


def _read_beside(node: Node) -> Resource | None:
    """The id and extensions of a primitive."""
    if not node.children and "id" not in node.attributes:
        return None
    return _read_children(node, TYPES["Extension"])


def _read_plain(value: str, kind: str) -> object:
    """A value as JSON has it; one that is not of its type stays text, for the check of the structure to find."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if kind in ("integer", "positiveInt", "unsignedInt") and _WHOLE.fullmatch(value):
        return int(value)
    if kind == "decimal" and _DECIMAL.fullmatch(value):
        return float(value)
    return value


def _read_loosely(node: Node) -> object:
    if "value" in node.attributes and not node.children:
        return node.attributes["value"]
    return {child.name: _read_loosely(child) for child in node.children}


# --- Writing ----------------------------------------------------------------------------------------------------


def _write_children(value: Resource, kind: str) -> Iterator[str]:
    for name, element in TYPES[kind].items():
        if (kind not in RESOURCES and name == "id") or (kind == "Extension" and name == "url"):
            continue  # attributes of the element itself
        held, beside = value.get(name), value.get(f"_{name}")
        if held is None and beside is None:
            continue
        if element.primitive and element.kind != "xhtml":
            yield from _write_primitives(name, held, beside)
        else:
            for each in held if isinstance(held, list) else [held]:
                yield _write_value(name, each, element)


def _write_value(name: str, value: object, element: Element) -> str:
    if element.kind == "xhtml":
        return _write_xhtml(str(value))
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not of the type {element.kind}")
    if element.kind == "Resource":
        kind = str(value.get("resourceType", ""))
        if kind not in RESOURCES:
            raise Unreadable(f"{name} is not a resource of this service")
        inner = "".join(_write_children(value, kind))
        return f"<{name}><{kind}>{inner}</{kind}></{name}>"
    attributes = _attribute("id", value.get("id"))
    if element.kind == "Extension":
        attributes += _attribute("url", value.get("url"))
    inner = "".join(_write_children(value, element.kind))
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _write_primitives(name: str, held: object, beside: object) -> Iterator[str]:
    values = held if isinstance(held, list) else [held]
    companions = beside if isinstance(beside, list) else [beside]
    for position in range(max(len(values), len(companions))):
        value = values[position] if position < len(values) else None
        companion = companions[position] if position < len(companions) else None
        inner, attributes = "", ""
        if isinstance(companion, dict):
            attributes = _attribute("id", companion.get("id"))
            inner = "".join(_write_children({"extension": companion.get("extension")}, "Extension"))
        attributes += _attribute("value", value)
        yield f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _attribute(name: str, value: object) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f' {name}="{escape(_UNFIT.sub("�", text), _ATTRIBUTE)}"'


def _write_xhtml(text: str) -> str:
    """A narrative, parsed and written anew: nothing unparsed goes through."""
    try:
        node = parse(text.encode("utf-8", "replace"), deepest=2 * DEEPEST)
    except expat.ExpatError as error:
        raise Unreadable("a narrative is not well-formed") from error
    if node.namespace != XHTML or node.name != "div":
        raise Unreadable("a narrative is not a div of XHTML")
    return serialise(node)
