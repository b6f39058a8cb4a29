"""GP Connect Access Document, both ways: the search for a patient's documents, what it found, and one document's
content. Everybody else speaks of a document by the host's opaque ids.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gp_connect import bundles, names
from gp_connect.elements import Resource, Unreadable, child, expect, required, text
from gp_connect.structured import plans
from gp_connect.structured.pen import PROFILES, Pen
from gp_connect.structured.shelf import Shelf
from vocabulary.documents import DocumentContent
from vocabulary.record_parts import Document, Hidden
from vocabulary.records import DateRange

STANDARD = "1.6.2"
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


def write_found(documents: Iterable[Document], *, patient: Resource, practice: Resource, root: str) -> Resource:
    """The searchset of a provider: the documents with the whole address of their contents, the patient, and whoever is
    referred to. `practice` is the Organization that answers, `root` its service root.
    """
    pen = Pen(
        patient_id=text(patient, "id"),
        organisation_id=text(practice, "id"),
        organisation_name=text(practice, "name"),
        ods=text(child(practice, "identifier"), "value"),
    )
    listed = [_listed(each, pen, root, custodian=text(practice, "id")) for each in documents]
    return bundles.searchset([patient, practice, *listed, *pen.administrative()])


def _listed(document: Document, pen: Pen, root: str, *, custodian: str) -> Resource:
    written = plans.write_document(document, pen)
    attachment = written["content"][0]["attachment"]
    if document.binary_id:
        attachment["url"] = f"{root}/{attachment['url']}"
    return written | {"custodian": {"reference": f"Organization/{custodian}"}}


def write_content(binary_id: str, content: DocumentContent) -> Resource:
    """The Binary that a provider answers with."""
    return {
        "resourceType": "Binary",
        "id": binary_id,
        "meta": {"versionId": "1"},
        "contentType": content.content_type,
        "content": base64.b64encode(content.content).decode(),
    }


def write_statement(software: str, software_version: str) -> Resource:
    """The capability statement of a document service, which has an address of its own and says so."""
    profiles = [
        names.PATIENT,
        names.ORGANISATION,
        names.PRACTITIONER,
        names.PRACTITIONER_ROLE,
        names.OPERATION_OUTCOME,
        f"{PROFILES}/CareConnect-GPC-DocumentReference-1",
        names.SEARCHSET,
    ]
    includes = [value for name, value in INCLUDES if name == "_include"]
    searched = {
        "type": "DocumentReference",
        "interaction": [{"code": "search-type"}],
        "searchInclude": includes,
        "searchRevInclude": [value for name, value in INCLUDES if name != "_include"],
        "searchParam": [
            {"name": "created", "type": "date"},
            {"name": "author", "type": "token"},
            {"name": "description", "type": "string"},
        ],
    }
    return {
        "resourceType": "CapabilityStatement",
        "version": STANDARD,
        "name": "GP Connect documents",
        "status": "active",
        "date": "2024-03-01",
        "publisher": software,
        "description": f"This server implements Access Document of GP Connect {STANDARD}",
        "kind": "capability",
        "software": {"name": software, "version": software_version},
        "fhirVersion": "3.0.1",
        "acceptUnknown": "both",
        "format": ["application/fhir+json"],
        "profile": [{"reference": profile} for profile in profiles],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": True},
                "resource": [
                    {"type": "Patient", "interaction": [{"code": "search-type"}]},
                    {"type": "Binary", "interaction": [{"code": "read"}]},
                    searched,
                ],
            }
        ],
    }


def _subject(document: Resource) -> str:
    """The patient's id in a reference, relative or whole; contained patients have none that could be compared."""
    parts = required(child(document, "subject"), "reference").split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    if len(parts) < 2 or parts[-2] != "Patient" or not parts[-1]:
        raise Unreadable("DocumentReference.subject is no patient")
    return parts[-1]
