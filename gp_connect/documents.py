"""GP Connect Access Document as a consumer: the search for a patient's documents, what it found, and one document's
content. Everybody else speaks of a document by the host's opaque ids.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import date

from gp_connect import bundles
from gp_connect.elements import Resource, Unreadable, child, expect, required, text
from gp_connect.structured import plans
from gp_connect.structured.shelf import Shelf
from vocabulary.documents import DocumentContent
from vocabulary.record_parts import Document, Hidden
from vocabulary.records import DateRange

INCLUDES = (
    ("_include", "DocumentReference:subject:Patient"),
    ("_include", "DocumentReference:custodian:Organization"),
    ("_include", "DocumentReference:author:Organization"),
    ("_include", "DocumentReference:author:Practitioner"),
    ("_revinclude:recurse", "PractitionerRole:practitioner"),
)
"""What a consumer must ask for along with the documents."""


@dataclass(frozen=True, slots=True, repr=False)
class Found(Hidden):
    """What a search found, and the ids of the patients it says the documents are about."""

    documents: tuple[Document, ...]
    subjects: frozenset[str]


def search_query(created: DateRange) -> list[tuple[str, str]]:
    """The parameters of a search for documents that were made in a period; an open one asks for all of them."""
    limits = [("created", f"{prefix}{day.isoformat()}") for prefix, day in _ends(created) if day is not None]
    return [*INCLUDES, *limits]


def _ends(created: DateRange) -> tuple[tuple[str, date | None], ...]:
    return ("ge", created.start), ("le", created.end)


def read_found(bundle: Resource) -> Found:
    """The documents in a searchset. Raises Unreadable where one does not say what it is or whom it is about: which of
    them could be passed over nobody can tell."""
    listed = bundles.of_type(bundle, "DocumentReference")
    shelf = Shelf(bundle)
    return Found(
        documents=tuple(plans.read_document(each, shelf) for each in listed if text(each, "status") in ("", "current")),
        subjects=frozenset(_subject(each) for each in listed),
    )


def read_content(binary: Resource, binary_id: str) -> DocumentContent:
    """What a Binary of this id holds. Raises Unreadable; no text of it says what the content was."""
    expect(binary, "Binary")
    if required(binary, "id") != binary_id:
        raise Unreadable("another Binary than the one asked for")
    written = text(binary, "content") or text(binary, "data")  # STU3's name, and that of later versions
    if not written:
        raise Unreadable("Binary.content is missing")
    try:
        content = base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("Binary.content is not base64") from None
    return DocumentContent(required(binary, "contentType"), content)


def _subject(document: Resource) -> str:
    """The patient's id in a reference, relative or whole; contained patients have none that could be compared."""
    parts = required(child(document, "subject"), "reference").split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    if len(parts) < 2 or parts[-2] != "Patient" or not parts[-1]:
        raise Unreadable("DocumentReference.subject is no patient")
    return parts[-1]
