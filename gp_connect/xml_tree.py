"""A small tree of an XML document, from a parser that refuses document types and everything that needs them."""

from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from gp_connect.elements import Unreadable

XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(slots=True)
class Node:
    """An element: its name without prefix, its attributes, what it holds. `tail` is the text after it."""

    namespace: str
    name: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""
    tail: str = ""


def parse(body: bytes, *, deepest: int) -> Node:
    """The root of a UTF-8 document. Raises Unreadable for a document type or too much nesting, ExpatError for junk."""
    builder = _Builder(deepest)
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(body, True)
    if builder.root is None:
        raise Unreadable("the body holds no element")
    return builder.root


def _refuse(*_: object) -> None:
    raise Unreadable("the body holds a document type, which is not accepted")


class _Builder:
    def __init__(self, deepest: int) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._deepest = deepest

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        node = Node(namespace, local, {key: value for key, value in attributes.items() if " " not in key})
        if len(self._open) >= self._deepest:
            raise Unreadable("the body is nested too deeply")
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        holder = self._open[-1]
        if holder.children:
            holder.children[-1].tail += text
        else:
            holder.text += text


def serialise(node: Node) -> str:
    """An XHTML element as text, its namespace said once, at the top."""
    return _serialise(node, f' xmlns="{XHTML}"')


def _serialise(node: Node, namespace: str = "") -> str:
    attributes = namespace + "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    inner = escape(node.text) + "".join(f"{_serialise(child)}{escape(child.tail)}" for child in node.children)
    return f"<{node.name}{attributes}>{inner}</{node.name}>" if inner else f"<{node.name}{attributes}/>"
