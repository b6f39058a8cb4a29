"""The documents of one practice: whose are listed, what one of them holds, and what was put in for a test."""

import base64
import json
from dataclasses import replace

from connectors.mock.records.papers import paper
from connectors.mock.simulator import rows
from connectors.mock.simulator.record_room import Held, RecordRoom
from connectors.mock.simulator.seeds import RecordTrait
from connectors.mock.simulator.store import Store
from gp_connect import documents, patients
from gp_connect.bundles import searchset
from gp_connect.elements import Resource
from gp_connect.organisations import write_organisation
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules.documents import DocumentSearch
from gp_connect.spine_codes import NO_PATIENT_CONSENT, NO_RECORD_FOUND, PATIENT_NOT_FOUND
from vocabulary.documents import LARGEST_DOCUMENT, DocumentContent
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.record_parts import Coded, Document, EntryStatus, RecordDate, RecordSection
from vocabulary.times import Clock, london_date

_TOO_LARGE = "The document is larger than 5 MB"  # in a title's place, as the standard has it
_GIVEN = "DocumentReference/filed-"


class DocumentRoom:
    """Where one practice's documents are asked for."""

    def __init__(self, store: Store, host: OdsCode, clock: Clock) -> None:
        self._store = store
        self._host = host
        self._clock = clock
        self._records = RecordRoom(store, host, clock)

    def find_patient(self, nhs_number: NHSNumber) -> Resource:
        """The searchset of none or one; only who is registered here for good is found."""
        held = self._records.held(nhs_number)
        return searchset([self._patient(held)] if held else [])

    def search(self, patient_id: str, search: DocumentSearch, *, root: str) -> Resource:
        """The documents meant. Raises PATIENT_NOT_FOUND, and NO_PATIENT_CONSENT for who dissents."""
        held = self._held_by_id(patient_id)
        if held is None:
            raise Rejected(PATIENT_NOT_FOUND, "no patient with this id is registered here")
        if RecordTrait.DISSENT in held.traits:
            raise Rejected(NO_PATIENT_CONSENT, "the patient dissents from sharing")
        found = [self._as_listed(each) for each in self._documents(held) if search.finds(each)]
        if search.author and search.author != self._host.value:
            found = []  # every one of these was written here
        return documents.write_found(
            found,
            patient=self._patient(held),
            practice=write_organisation(rows.organisation(held.practice)),
            root=root,
        )

    def read(self, binary_id: str) -> Resource:
        """One document's content. Raises NO_RECORD_FOUND, also for what is confidential or too large."""
        held = self._held_by_id(binary_id.rpartition(".")[0]) or self._held_with(binary_id)
        if held is not None and RecordTrait.DISSENT not in held.traits:
            given = self._given(held.nhs_number)
            for document in self._documents(held):
                if document.binary_id == binary_id and (document.size or 0) <= LARGEST_DOCUMENT:
                    content = given[document.id][1] if document.id in given else paper(document)
                    return documents.write_content(binary_id, DocumentContent(document.content_type, content))
        raise Rejected(NO_RECORD_FOUND, "no document with this id is given out")

    def file(self, nhs_number: NHSNumber, document: Document, content: bytes) -> None:
        """Put a document into somebody's record, with a content that need not be what the listing says."""
        listing = {
            "words": document.what.words,
            "title": document.title,
            "content_type": document.content_type,
            "size": document.size,
        }
        row = (
            self._host.value,
            nhs_number.value,
            f"{_GIVEN}{document.binary_id}",
            json.dumps(listing),
            base64.b64encode(content).decode(),
        )
        with self._store.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO record_document VALUES (?, ?, ?, ?, ?)", row)

    def _documents(self, held: Held) -> list[Document]:
        """Everything that is given out: what is confidential is left out without a word."""
        listed = held.record.section(RecordSection.DOCUMENTS).entries
        made = [each for each in listed if isinstance(each, Document)]
        withheld = 1 if RecordTrait.CONFIDENTIAL in held.traits else 0
        return [*(each for each, _ in self._given(held.nhs_number).values()), *made[withheld:]]

    def _given(self, nhs_number: NHSNumber) -> dict[str, tuple[Document, bytes]]:
        with self._store.reading() as connection:
            found = connection.execute(
                "SELECT id, listing, content FROM record_document WHERE ods = ? AND nhs_number = ? ORDER BY id",
                (self._host.value, nhs_number.value),
            ).fetchall()
        today = RecordDate.of(london_date(self._clock.now()))
        return {
            row["id"]: (_document(row["id"], row["listing"], today), base64.b64decode(row["content"])) for row in found
        }

    def _as_listed(self, document: Document) -> Document:
        """A placeholder where the document is larger than may be sent."""
        if (document.size or 0) <= LARGEST_DOCUMENT:
            return document
        return replace(document, binary_id="", unavailable=_TOO_LARGE)

    def _held_by_id(self, patient_id: str) -> Held | None:
        return self._held_of("SELECT nhs_number FROM patient WHERE ods = ? AND id = ?", patient_id)

    def _held_with(self, binary_id: str) -> Held | None:
        wanted = "SELECT nhs_number FROM record_document WHERE ods = ? AND id = ?"
        return self._held_of(wanted, f"{_GIVEN}{binary_id}")

    def _held_of(self, statement: str, wanted: str) -> Held | None:
        with self._store.reading() as connection:
            row = connection.execute(statement, (self._host.value, wanted)).fetchone()
        return self._records.held(NHSNumber(row["nhs_number"])) if row else None

    def _patient(self, held: Held) -> Resource:
        return patients.write(held.patient, organisation_id=rows.ORGANISATION_ID, version_id=held.version)


def _document(entry_id: str, listing: str, day: RecordDate) -> Document:
    said = json.loads(listing)
    return Document(
        id=entry_id,
        what=Coded(said["words"]),
        date=day,
        recorded=day,
        status=EntryStatus.ACTIVE,
        title=said["title"],
        content_type=said["content_type"],
        size=said["size"],
        binary_id=entry_id.removeprefix(_GIVEN),
    )
