"""A document for a patient's record: whom it is about, who wrote it where, and what it says; and what one holds that
is read out of a record."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import Document, Hidden


@dataclass(frozen=True, slots=True, repr=False)
class RecordDocument(Hidden):
    """What a practice's system is to put into the record of a patient of its own."""

    id: UUID  # given by whoever sends it; under the same id it is the same document, however often it is filed
    nhs_number: NHSNumber
    family: str
    given: str
    birth_date: date
    title: str
    author: str
    sender: OdsCode
    sender_name: str
    sender_phone: str
    written_at: datetime
    parts: tuple[tuple[str, str], ...]  # heading and text
    author_id: str = ""  # the author's national (SDS) user id, where they have one


LARGEST_DOCUMENT = 5 * 1024 * 1024
"""Octets: GP Connect Access Document (Retrieve a document, 1.6.2) gives out nothing larger."""


@dataclass(frozen=True, slots=True, repr=False)
class DocumentContent(Hidden):
    """What a document holds, as the practice's system gave it out, and what kind of file it says that is."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, repr=False)
class DocumentList(Hidden):
    """The documents that a practice's system lists for a patient, and who it says that patient is."""

    patient: Patient
    documents: tuple[Document, ...]
