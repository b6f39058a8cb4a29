"""A document for a patient's record: whom it is about, who wrote it where, and what it says."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.record_parts import Hidden


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
