"""GP Connect Send Document, pure: a document for a patient's record as an ITK3 message (STU3), and what answers mean.

The message goes by MESH to the patient's registered practice; MESH itself finds the mailbox from the patient's details.
Which version of the standard says what, and where they contradict one another, stands in docs/gp-connect.md.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from uuid import UUID, uuid5

from gp_connect.names import SDS_USER_ID
from vocabulary.documents import RecordDocument

WORKFLOW, ANSWER_WORKFLOW = "GPFED_CONSULT_REPORT", "GPFED_CONSULT_REPORT_ACK"
_STU3 = "https://fhir.nhs.uk/STU3"
_PROFILE = f"{_STU3}/StructureDefinition"
_EVENTS = f"{_STU3}/CodeSystem/ITK-MessageEvent-2"
_RESPONSES = f"{_STU3}/CodeSystem/ITK-ResponseCodes-1"
_DEFINITION = f"{_STU3}/MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-Instance-1"
_NHS_NUMBER, _ODS = "https://fhir.nhs.uk/Id/nhs-number", "https://fhir.nhs.uk/Id/ods-organization-code"
RECEIVED, FILED = "20013", "30001"
_REPEATED = ("20007", "20008")
_CODE = re.compile(r"[0-9]{5}")
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one message: `settles` when the practice has filed it, `refused` when it never will."""

    answers: str  # the id of our MessageHeader
    code: str
    settles: bool
    refused: bool


def address(document: RecordDocument) -> str:
    """To whom, as MESH's automated routing wants it: it asks the national record for the practice."""
    return f"GPPROVIDER_{document.nhs_number.value}_{document.birth_date:%Y%m%d}_{document.family}"


def subject(document: RecordDocument) -> str:
    """What the standard wants the exchange's envelope to say. It names the patient, as the address does."""
    return (
        f"{document.title} for {document.given} {document.family}, NHS Number: {document.nhs_number.value}, "
        f"seen at {document.sender_name}, {document.sender}, Version: 1"
    )


def message(document: RecordDocument, *, mailbox: str) -> dict[str, Any]:
    """The ITK3 message bundle: header, sender, and a document bundle with the composition and its rendering."""
    header, sender, content = (_id(document, part) for part in ("header", "sender", "document"))
    return {
        "resourceType": "Bundle",
        "id": _id(document, "bundle"),
        "meta": {"profile": [f"{_PROFILE}/ITK-Message-Bundle-1"]},
        "identifier": {"system": "https://tools.ietf.org/html/rfc4122", "value": str(document.id)},
        "type": "message",
        "entry": [
            _entry(header, _header(document, (header, sender, content), mailbox)),
            _entry(sender, _organisation(document, sender, "CareConnect-ITK-Header-Organization-1")),
            _entry(content, _document(document, content)),
        ],
    }


def html_of(document: RecordDocument) -> str:
    """The document as a page to be read: everything in it is escaped."""
    parts = "".join(f"<h2>{escape(heading)}</h2><p>{_lines(text)}</p>" for heading, text in document.parts)
    who = (
        f"{escape(document.family.upper())}, {escape(document.given)}, born {document.birth_date:%d %B %Y}, NHS number"
    )
    title = escape(document.title)
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        f"<p>{who} {document.nhs_number.spaced}</p>{parts}"
        f"<p>Written by {escape(document.author)}, {escape(document.sender_name)}</p></body></html>"
    )


def read_reply(bundle: Mapping[str, Any]) -> Reply | None:
    """What an answer says; None where it is no answer to a message, or cannot be read."""
    resources = [_as_map(_as_map(entry).get("resource")) for entry in _as_list(bundle.get("entry"))]
    header = next((one for one in resources if one.get("resourceType") == "MessageHeader"), {})
    response = _as_map(header.get("response"))
    answers = str(response.get("identifier", ""))
    code = next((code for one in resources for code in _codes(one) if _CODE.fullmatch(code)), "")
    if not answers or not response.get("code"):
        return None
    went_well = response["code"] == "ok"
    return Reply(
        answers,
        code,
        settles=went_well and code == FILED,
        refused=not went_well and response["code"] == "fatal-error" and code not in _REPEATED,
    )


def reply(answers: UUID, *, code: str, ok: bool, header_id: str, at: datetime = _LONG_AGO) -> dict[str, Any]:
    """An answer as a receiving system writes one: for the twin and for tests."""
    outcome = {
        "resourceType": "OperationOutcome",
        "meta": {"profile": [f"{_PROFILE}/ITK-Response-OperationOutcome-1"]},
        "issue": [
            {
                "severity": "information" if ok else "fatal",
                "code": "informational" if ok else "processing",
                "details": {"coding": [{"system": _RESPONSES, "code": code}]},
            }
        ],
    }
    header = {
        "resourceType": "MessageHeader",
        "id": header_id,
        "meta": {"profile": [f"{_PROFILE}/ITK-MessageHeader-2"]},
        "event": {"system": _EVENTS, "code": "ITK008M", "display": "ITK Response"},
        "timestamp": at.isoformat(),
        "source": {"endpoint": "urn:mesh:a-practice"},
        "response": {"identifier": str(answers), "code": "ok" if ok else "fatal-error"},
    }
    entries = [{"resource": header}, {"resource": outcome}]
    return {"resourceType": "Bundle", "type": "message", "entry": entries}


def _header(document: RecordDocument, ids: tuple[str, str, str], mailbox: str) -> dict[str, Any]:
    own, sender, content = ids
    handling = [
        {"url": "BusAckRequested", "valueBoolean": True},
        {"url": "InfAckRequested", "valueBoolean": True},
        {
            "url": "RecipientType",
            "valueCoding": {
                "system": f"{_STU3}/CodeSystem/ITK-RecipientType-1",
                "code": "FA",
                "display": "For Action",
            },
        },
        {"url": "MessageDefinition", "valueReference": {"reference": _DEFINITION}},
        {"url": "SenderReference", "valueString": f"urn:uuid:{document.id}"},
        {"url": "LocalExtension", "valueString": "SendDocument-ConsultationReport"},
    ]
    return {
        "resourceType": "MessageHeader",
        "id": own,
        "meta": {"profile": [f"{_PROFILE}/ITK-MessageHeader-2"]},
        "extension": [{"url": f"{_PROFILE}/Extension-ITK-MessageHandling-2", "extension": handling}],
        "event": {"system": _EVENTS, "code": "ITK007C", "display": "ITK GP Connect Send Document"},
        "timestamp": document.written_at.isoformat(),
        "sender": {"reference": f"urn:uuid:{sender}"},
        "source": {"endpoint": f"urn:mesh:{mailbox}"},
        "focus": [{"reference": f"urn:uuid:{content}"}],
    }


def _document(document: RecordDocument, own: str) -> dict[str, Any]:
    ids = {name: _id(document, name) for name in ("composition", "patient", "author", "custodian", "rendering")}
    at = document.written_at.isoformat()
    composition = {
        "resourceType": "Composition",
        "id": ids["composition"],
        "status": "final",
        "type": {"text": "Consultation summary"},
        "title": document.title,
        "date": at,
        "subject": {"reference": f"urn:uuid:{ids['patient']}"},
        "author": [{"reference": f"urn:uuid:{ids['author']}"}],
        "custodian": {"reference": f"urn:uuid:{ids['custodian']}"},
        "section": [
            {"title": heading, "text": {"status": "generated", "div": f"<div {_XHTML}>{_lines(text)}</div>"}}
            for heading, text in document.parts
        ]
        + [{"title": "The document", "entry": [{"reference": f"urn:uuid:{ids['rendering']}"}]}],
    }
    patient = {
        "resourceType": "Patient",
        "id": ids["patient"],
        "identifier": [{"system": _NHS_NUMBER, "value": document.nhs_number.value}],
        "name": [{"use": "official", "family": document.family, "given": [document.given]}],
        "birthDate": document.birth_date.isoformat(),
    }
    known = [{"system": SDS_USER_ID, "value": document.author_id}] if document.author_id else []
    author = {
        "resourceType": "Practitioner",
        "id": ids["author"],
        **({"identifier": known} if known else {}),
        "name": [{"use": "official", "text": document.author}],
    }
    content = base64.b64encode(html_of(document).encode()).decode()
    rendering = {
        "resourceType": "Binary",
        "id": ids["rendering"],
        "meta": {"profile": [f"{_PROFILE}/ITK-Attachment-Binary-1"]},
        "contentType": "text/html; charset=utf-8",
        "content": content,
    }
    custodian = _organisation(document, ids["custodian"], "CareConnect-Organization-1")
    parts = (composition, patient, author, custodian, rendering)
    return {
        "resourceType": "Bundle",
        "id": own,
        "meta": {"profile": [f"{_PROFILE}/ITK-Document-Bundle-1"], "lastUpdated": at},
        "identifier": {"system": "https://tools.ietf.org/html/rfc4122", "value": own},
        "type": "document",
        "entry": [_entry(str(part["id"]), part) for part in parts],
    }


_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def _organisation(document: RecordDocument, own: str, profile: str) -> dict[str, Any]:
    phone = [{"system": "phone", "value": document.sender_phone}] if document.sender_phone else []
    return {
        "resourceType": "Organization",
        "id": own,
        "meta": {"profile": [f"{_PROFILE}/{profile}"]},
        "identifier": [{"system": _ODS, "value": document.sender.value}],
        "name": document.sender_name,
        **({"telecom": phone} if phone else {}),
    }


def _entry(own: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{own}", "resource": resource}


def _id(document: RecordDocument, part: str) -> str:
    """The header's id is the document's own: an answer names it."""
    return str(document.id if part == "header" else uuid5(document.id, part))


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


def _codes(resource: Mapping[str, Any]) -> list[str]:
    if resource.get("resourceType") != "OperationOutcome":
        return []
    codings = [
        _as_map(coding)
        for issue in _as_list(resource.get("issue"))
        for coding in _as_list(_as_map(_as_map(issue).get("details")).get("coding"))
    ]
    return [str(coding.get("code", "")) for coding in codings]


def _as_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
