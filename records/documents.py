"""A document on demand: found again among those that the look may show, found at the practice, and read once.

Two steps, for a page and what stands in its frame. The first is a look at the documents with all its rules; the second
has a permit of its own and is accounted for by itself. What is in a document is kept nowhere, and what the list of
sensitive codes would make of it nobody can say: it reads codes.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.faults import Fault, OfAnotherPatient, Unsupported
from connectors.port import GivesDocuments
from records.case import Case, account, case_of, check_list, covered_by_permit, fetch, permitted
from records.document_words import not_listed, not_shown, told
from records.kinds import Sheet, Unfit, kind_of, looked_into, unfit_as_listed
from records.problems import RecordWithheld
from records.room import OpenRecord, ViewingRoom
from records.sensitive import SensitiveCodes, is_snomed_code
from scheduling.results import BookingView
from sharing_agreements.gate import Permit
from vocabulary.documents import DocumentContent
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Difference, compare
from vocabulary.people import Caller
from vocabulary.problems import Problem
from vocabulary.record_parts import Coded, Document, Hidden, RecordSection
from vocabulary.records import DateRange, Record

DOCUMENTS = frozenset({RecordSection.DOCUMENTS})
_A_DAY = timedelta(days=1)
_KEY = re.compile(r"[0-9a-f]{20}", re.ASCII)  # as key_of makes them
_SHA1, _NO_SHA1 = re.compile(r"(?:[A-Za-z0-9+/]{27}=)?", re.ASCII), "?"  # what is no hash fits no content


@dataclass(frozen=True, slots=True)
class Listed:
    """What must be known of a document to read it: ids, dates and numbers, no word of it. It may be kept for as long as
    the look is open."""

    key: str
    home: OdsCode
    binary_id: str
    content_type: str
    size: int
    sha1: str
    day: str  # when it was made, ISO; empty where that is not known
    code: str  # SNOMED CT, of what kind of document it is; empty where only words say so

    def as_json(self) -> dict[str, Any]:
        """As a session keeps it."""
        return {name: getattr(self, name) for name in self.__slots__} | {"home": self.home.value}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Listed":
        """As a session kept it."""
        return cls(**{**kept, "home": OdsCode(kept["home"])})


@dataclass(frozen=True, slots=True, repr=False)
class FoundDocument(Hidden):
    """A document that may be opened: its line in the record, whose it is, and what reading it takes."""

    document: Document
    listed: Listed
    record: Record
    booking: BookingView
    home_name: str
    home_phone: str
    differences: tuple[Difference, ...]
    cross_checked: bool
    agreement: str
    clause: str


def key_of(document: Document) -> str:
    """What an address and the ledger call a document: nothing in it says whose or what it is."""
    return hashlib.sha256(document.id.encode()).hexdigest()[:20]


def find_document(room: ViewingRoom, command: OpenRecord, key: str, caller: Caller) -> FoundDocument:
    """The document of this key among those that a look may show, as the practice's document service lists it.

    Raises what a look raises, DocumentNotListed and DocumentNotShown; each is in the ledger.
    """
    key = key if _KEY.fullmatch(key) else ""  # an address may hold anything, and the ledger keeps what it is told
    sensitive = check_list(room)
    case = case_of(room, command, caller)
    permit = permitted(room, command, case, caller)
    with _accounted(room, permit, case, caller, key):
        _check_covered(room, permit, case)
    trimmed = fetch(room, permit, case, DOCUMENTS, covered_by_permit(room, permit), caller)
    with _accounted(room, permit, case, caller, key):
        document = _among(trimmed.record, key, case)
        check_shown(document, case)
        there = _at_the_practice(room, permit, case, document, sensitive)
    detail = {"sections": ["documents"], "shown": 1, "left_out": trimmed.left_out}
    detail |= {"sensitive_list": trimmed.sensitive_version, **command.said}
    said = command.permission.value if command.permission else ""
    account(room, permit, case, caller, "record.shown", outcome="done", reason=said, detail=detail)
    return FoundDocument(
        document=document,
        listed=_listed(key, case.home, there),
        record=trimmed.record,
        booking=case.booking,
        home_name=case.home_name,
        home_phone=case.home_phone,
        differences=compare(case.ours, trimmed.record.patient).differences,
        cross_checked=case.traced is not None,
        agreement=permit.decision.agreement,
        clause=permit.decision.clause,
    )


def read_document(room: ViewingRoom, command: OpenRecord, listed: Listed, caller: Caller) -> Sheet:
    """What this document holds, looked into, to be shown now and kept nowhere. It must have come from find_document.

    Raises what a look raises, DocumentNotListed and DocumentNotShown; each is in the ledger.
    """
    check_list(room)
    case = case_of(room, command, caller)
    permit = permitted(room, command, case, caller)
    with _accounted(room, permit, case, caller, listed.key):
        _check_covered(room, permit, case)
        if listed.home != case.home:  # the patient has moved since
            raise not_listed(case)
        document = _as_listed(listed)
        sheet = looked_into(document, _asked(room, permit, case, document))
        if isinstance(sheet, Unfit):
            raise not_shown(sheet, case)
    detail: dict[str, object] = {
        "document": listed.key,
        "at_the_practice": listed.binary_id,
        "made": listed.day,
        "kind": listed.code,
        "file": sheet.kind.value,
        **command.said,
    }
    said = command.permission.value if command.permission else ""
    account(room, permit, case, caller, "record.document-shown", outcome="done", reason=said, detail=detail)
    return sheet


@contextmanager
def _accounted(room: ViewingRoom, permit: Permit, case: Case, caller: Caller, key: str) -> Iterator[None]:
    """Whatever goes wrong inside is told as a problem, and written down before."""
    try:
        yield
    except (Fault, Problem) as wrong:
        problem = wrong if isinstance(wrong, Problem) else told(wrong, case)
        detail: dict[str, object] = {"document": key}
        account(
            room,
            permit,
            case,
            caller,
            "record.document-not-shown",
            outcome="refused",
            reason=problem.code,
            detail=detail,
        )
        raise problem from None


def _check_covered(room: ViewingRoom, permit: Permit, case: Case) -> None:
    if not covered_by_permit(room, permit) & DOCUMENTS:
        raise RecordWithheld(
            f"{permit.decision.agreement} does not cover documents.",
            next_step=f"Ask the patient, or ring {case.by_phone}.",
        )


def _among(record: Record, key: str, case: Case) -> Document:
    """The document among those that are left after trimming."""
    section = record.section(RecordSection.DOCUMENTS)
    for entry in (*section.entries, *section.linked):
        if isinstance(entry, Document) and key_of(entry) == key:
            return entry
    raise not_listed(case)


def _at_the_practice(
    room: ViewingRoom, permit: Permit, case: Case, document: Document, sensitive: SensitiveCodes
) -> Document:
    """The same document as the practice's document service lists it now for this patient: what it holds back as
    confidential, or has marked sensitive since, is not there."""
    system = _giver(room, permit)
    found = system.find_documents(case.booking.nhs_number, _around(document))
    match = compare(case.ours, found.patient)
    if match.blocks:
        raise OfAnotherPatient("", detail=f"another {' and '.join(match.differences)}")
    for there in found.documents:
        if there.binary_id == document.binary_id and there.what.snomed not in sensitive.codes:
            check_shown(there, case)
            return there
    raise not_listed(case)


def _asked(room: ViewingRoom, permit: Permit, case: Case, document: Document) -> DocumentContent:
    return _giver(room, permit).read_document(case.booking.nhs_number, document)


def _giver(room: ViewingRoom, permit: Permit) -> GivesDocuments:
    system = room.connect(permit)
    if not isinstance(system, GivesDocuments):
        raise Unsupported("The practice's system gives out no documents.", detail="no documents")
    return system


def _around(document: Document) -> DateRange:
    """A day more on either side than the listing says: two services of one system may have other clocks."""
    when = document.date or document.recorded
    if when is None or not when.year:
        return DateRange()
    return DateRange(when.first_day - _A_DAY, when.last_day + _A_DAY)


def check_shown(document: Document, case: Case) -> None:
    """Raises DocumentNotShown for one that need not even be asked for."""
    unfit = unfit_as_listed(document)
    if unfit is not None:
        raise not_shown(unfit, case)


def _listed(key: str, home: OdsCode, document: Document) -> Listed:
    """Only what has the form it must have: free text may stand in any field of a practice's."""
    when, kind = document.date or document.recorded, kind_of(document.content_type)
    return Listed(
        key=key,
        home=home,
        binary_id=document.binary_id,
        content_type=kind.value if kind else "",
        size=document.size or 0,
        sha1=document.sha1 if _SHA1.fullmatch(document.sha1) else _NO_SHA1,
        day=when.first_day.isoformat() if when and when.year else "",
        code=document.what.snomed if is_snomed_code(document.what.snomed) else "",
    )


def _as_listed(listed: Listed) -> Document:
    return Document(
        id=listed.key,
        what=Coded(""),
        content_type=listed.content_type,
        size=listed.size or None,
        sha1=listed.sha1,
        binary_id=listed.binary_id,
    )
