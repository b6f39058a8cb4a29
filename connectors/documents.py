"""Finds and reads the documents in a patient's record over GP Connect: whose they are is checked before one is read.

A Binary bears no patient's name, so only what a search listed for the right patient is ever asked for.
"""

from connectors.consumer import Consumer, of_another, understand
from connectors.faults import Garbled, Oversized, Unsupported
from connectors.foundations import one_patient
from connectors.verdicts import HOST, TooLarge
from gp_connect import capability, documents, interactions, patients
from gp_connect.spine_codes import Owner
from vocabulary.documents import LARGEST_DOCUMENT, DocumentContent, DocumentList
from vocabulary.identifiers import NHSNumber
from vocabulary.record_parts import Document
from vocabulary.records import DateRange

UNSTATED = "unstated"


def find(consumer: Consumer, nhs_number: NHSNumber, created: DateRange) -> DocumentList:
    """The patient's documents of this period. The patient is found here anew: another service has other ids."""
    answer = consumer.ask(interactions.DOCUMENTS_FIND_PATIENT, params=patients.find_query(nhs_number))
    patient = one_patient(answer, nhs_number)
    answer = consumer.ask(
        interactions.FIND_DOCUMENTS, logical_id=patient.host_id, params=documents.search_query(created)
    )
    found = understand(answer, documents.read_found)
    if found.subjects - {patient.host_id}:
        raise of_another("documents of another patient than the one asked for")
    return DocumentList(patient, found.documents)


def read(consumer: Consumer, document: Document) -> DocumentContent:
    """What this document holds; it must have been listed by `find`."""
    check_available(document)
    try:
        answer = consumer.ask(interactions.READ_DOCUMENT, logical_id=document.binary_id)
    except Garbled as fault:
        raise oversized() if fault.detail == TooLarge.__name__ else fault from None
    found = understand(answer, lambda binary: documents.read_content(binary, document.binary_id))
    if len(found.content) > LARGEST_DOCUMENT:
        raise oversized()
    return found


def standard(consumer: Consumer) -> str:
    """Of which version of the standard this practice's document service is, as it says itself."""
    answer = consumer.ask(interactions.DOCUMENTS_METADATA)
    return understand(answer, capability.read).standard or UNSTATED


def check_available(document: Document) -> None:
    """Raises Unsupported for a document that is listed and has no content to be had, Oversized for one that is said
    to be too large: nothing is sent."""
    if not document.binary_id:
        raise Unsupported(
            f"{HOST} lists the document and cannot give it out.",
            detail="a document without a content",
            owner=Owner.HOST,
        )
    if document.size is not None and document.size > LARGEST_DOCUMENT:
        raise oversized()


def oversized() -> Oversized:
    """Longer than the standard lets anybody send."""
    return Oversized(
        f"The document is larger than {LARGEST_DOCUMENT // 1024**2} MB, and none larger is sent between practices.",
        detail="a document that is too large",
        owner=Owner.HOST,
    )
