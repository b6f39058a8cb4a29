"""What is planned for a patient: referrals out, diary entries, and the documents that went along (listed only)."""

from gp_connect.elements import Resource, child, children, text, without_empty
from gp_connect.structured.concepts import (
    read_count,
    read_date,
    read_notes,
    read_period,
    read_status,
    read_what,
    words_of,
    write_concept,
    write_date,
    write_notes,
)
from gp_connect.structured.pen import Pen, coding
from gp_connect.structured.shelf import Shelf, entry_id
from vocabulary.record_parts import Coded, DiaryEntry, Document, EntryStatus, Referral

_ACT_CODES = "http://hl7.org/fhir/v3/ActCode"
_NOT_FOR_PATIENT = "NOPAT"  # not to be disclosed to the patient, family or caregivers
_PRIORITIES = ("routine", "urgent", "asap", "stat")


def read_referral(resource: Resource, shelf: Shelf) -> Referral:
    """A ReferralRequest."""
    described = text(resource, "description")
    try:
        what = read_what(resource, "reasonCode", "serviceRequested", "specialty")
    except ValueError:
        if not described:
            raise
        what, described = Coded(described), ""
    recipients = (shelf.author(each) for each in children(resource, "recipient"))
    sent = (shelf.find(each) for each in children(resource, "supportingInfo"))
    return Referral(
        id=entry_id(resource),
        what=what,
        date=read_date(resource, "authoredOn"),
        recorded_by=shelf.author(child(child(resource, "requester"), "agent")),
        status=read_status(resource),
        note=read_notes(resource),
        urgency=text(resource, "priority"),
        to=tuple(dict.fromkeys(who for who in recipients if who)),
        specialty=words_of(resource, "specialty"),
        description=described,
        documents=tuple(entry_id(each) for each in sent if each and each["resourceType"] == "DocumentReference"),
    )


def write_referral(referral: Referral, pen: Pen) -> Resource:
    """A ReferralRequest."""
    return pen.entry(referral, "ReferralRequest", "CareConnect-GPC-ReferralRequest-1") | without_empty(
        {
            "status": "unknown",
            "intent": "order",
            "priority": referral.urgency if referral.urgency in _PRIORITIES else "",
            "subject": pen.patient,
            "authoredOn": write_date(referral.date),
            "requester": {"agent": pen.author(referral.recorded_by)},
            "specialty": {"text": referral.specialty} if referral.specialty else {},
            "recipient": [pen.author(who) for who in referral.to],
            "reasonCode": [write_concept(referral.what)],
            "description": referral.description,
            "supportingInfo": [{"reference": each} for each in referral.documents],
            "note": write_notes(referral.note),
        }
    )


def read_diary_entry(resource: Resource, shelf: Shelf) -> DiaryEntry:
    """A ProcedureRequest that is a plan."""
    start, _ = read_period(resource, "occurrencePeriod")
    return DiaryEntry(
        id=entry_id(resource),
        what=read_what(resource, "code"),
        date=read_date(resource, "occurrenceDateTime") or start,
        recorded=read_date(resource, "authoredOn"),
        recorded_by=shelf.author(child(child(resource, "requester"), "agent")),
        status=read_status(resource),
        note=read_notes(resource),
    )


def write_diary_entry(entry: DiaryEntry, pen: Pen) -> Resource:
    """A ProcedureRequest that is a plan."""
    return pen.entry(entry, "ProcedureRequest", "CareConnect-GPC-ProcedureRequest-1") | without_empty(
        {
            "status": "active",
            "intent": "plan",
            "code": write_concept(entry.what),
            "subject": pen.patient,
            "occurrenceDateTime": write_date(entry.date),
            "authoredOn": write_date(entry.recorded or entry.date),
            "requester": {"agent": pen.author(entry.recorded_by)},
            "note": write_notes(entry.note),
        }
    )


def read_document(resource: Resource, shelf: Shelf) -> Document:
    """A DocumentReference without its content."""
    attachment = child(child(resource, "content"), "attachment")
    there, named = text(attachment, "url"), text(attachment, "title")  # without an address the title says why
    title = text(resource, "description") or (named if there else "")
    try:
        what = read_what(resource, "type", "class")
    except ValueError:
        if not (title or named):
            raise
        what = Coded(title or named)
    return Document(
        id=entry_id(resource),
        what=what,
        date=read_date(resource, "created"),
        recorded=read_date(resource, "indexed"),
        recorded_by=next((who for who in map(shelf.author, children(resource, "author")) if who), None)
        or shelf.author(child(resource, "custodian")),
        status=EntryStatus.ACTIVE if text(resource, "status") == "current" else read_status(resource),
        title=title,
        content_type=text(attachment, "contentType"),
        size=read_count(attachment, "size"),
        sha1=text(attachment, "hash"),
        binary_id=there.rstrip("/").rpartition("/")[2],
        unavailable="" if there else named,
        not_for_patient=any(
            text(label, "code") == _NOT_FOR_PATIENT
            for holder, name in ((resource, "securityLabel"), (child(resource, "meta"), "security"))
            for label in _codings(holder, name)
        ),
    )


def _codings(holder: Resource, name: str) -> list[Resource]:
    """Codings, whether they stand bare (in meta) or in concepts (elsewhere)."""
    return [label for each in children(holder, name) for label in (each, *children(each, "coding"))]


def write_document(document: Document, pen: Pen) -> Resource:
    """A DocumentReference without its content."""
    attachment = without_empty(
        {
            "contentType": document.content_type or "application/octet-stream",
            "url": f"Binary/{document.binary_id}" if document.binary_id else "",
            "hash": document.sha1,
            "title": document.title if document.binary_id else document.unavailable,
        }
    ) | {"size": document.size or 0}
    return pen.entry(document, "DocumentReference", "CareConnect-GPC-DocumentReference-1") | without_empty(
        {
            "status": "current",
            "type": write_concept(document.what),
            "subject": pen.patient,
            "created": write_date(document.date),
            "indexed": write_date(document.recorded or document.date),
            "author": [pen.author(document.recorded_by)] if document.recorded_by else [],
            "securityLabel": [coding(_ACT_CODES, _NOT_FOR_PATIENT)] if document.not_for_patient else [],
            "description": document.title,
            "content": [{"attachment": attachment}],
        }
    )
