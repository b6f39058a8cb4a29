"""GP Connect Send Document, pure: a visit summary as an ITK3 message (STU3), and what its answers mean.

The message goes by MESH to the patient's registered practice; MESH itself finds the mailbox from the patient's details.
Facts: Send Document 1.3.2 (workflow, handling, acknowledgements), ITK3 Message Distribution 2.9 (events, codes).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.record_parts import Hidden

WORKFLOW, ANSWER_WORKFLOW = "GPFED_CONSULT_REPORT", "GPFED_CONSULT_REPORT_ACK"
_STU3 = "https://fhir.nhs.uk/STU3"
_PROFILE = f"{_STU3}/StructureDefinition"
_EVENTS = f"{_STU3}/CodeSystem/ITK-MessageEvent-2"
_RESPONSES = f"{_STU3}/CodeSystem/ITK-ResponseCodes-1"
_NHS_NUMBER, _ODS = "https://fhir.nhs.uk/Id/nhs-number", "https://fhir.nhs.uk/Id/ods-organization-code"
_RECEIVED, _FILED, _REPEATED = "20013", "30001", ("20007", "20008")


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing(Hidden):
    """What a practice's system is to file: whom it is about, who wrote it, and its parts as (heading, text)."""

    ref: str  # the hub's name for it; sent again, it is the same message
    nhs_number: NHSNumber
    family: str
    given: str
    birth_date: date
    author: str
    sender: OdsCode
    sender_name: str
    mailbox: str
    written_at: datetime
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one message: `settles` when the practice has filed it, `refused` when it never will."""

    answers: str  # the id of our MessageHeader
    code: str
    settles: bool
    refused: bool


def message_id(ref: str) -> UUID:
    """The id of the message about this ref: always the same, so that a receiver knows a repetition."""
    return uuid5(NAMESPACE_URL, f"urn:practice-hub:message:{ref}")


def address(outgoing: Outgoing) -> str:
    """To whom, as MESH's automated routing wants it: it asks the national record for the practice."""
    return f"GPPROVIDER_{outgoing.nhs_number.value}_{outgoing.birth_date:%d%m%Y}_{outgoing.family}"


def message(outgoing: Outgoing) -> dict[str, Any]:
    """The ITK3 message bundle: header, sender, and a document bundle with the composition and its rendering."""
    header, sender, document = (_id(outgoing, part) for part in ("header", "sender", "document"))
    return {
        "resourceType": "Bundle",
        "id": _id(outgoing, "bundle"),
        "meta": {"profile": [f"{_PROFILE}/ITK-Message-Bundle-1"]},
        "identifier": {"system": "https://tools.ietf.org/html/rfc4122", "value": str(message_id(outgoing.ref))},
        "type": "message",
        "entry": [
            _entry(header, _header(outgoing, header, sender, document)),
            _entry(sender, _organisation(outgoing, sender, "CareConnect-ITK-Header-Organization-1")),
            _entry(document, _document(outgoing, document)),
        ],
    }


def html_of(outgoing: Outgoing) -> str:
    """The summary as a page to be read: everything in it is escaped."""
    parts = "".join(f"<h2>{escape(heading)}</h2><p>{_lines(text)}</p>" for heading, text in outgoing.parts)
    who = (
        f"{escape(outgoing.family.upper())}, {escape(outgoing.given)}, born {outgoing.birth_date:%d %B %Y}, NHS number"
    )
    return (
        f"<html><head><title>Visit summary</title></head><body><h1>Visit summary</h1>"
        f"<p>{who} {outgoing.nhs_number.spaced}</p>{parts}"
        f"<p>Written by {escape(outgoing.author)}, {escape(outgoing.sender_name)}</p></body></html>"
    )


def read_reply(bundle: Mapping[str, Any]) -> Reply | None:
    """What an answer says; None where it is no answer to a message, or cannot be read."""
    resources = [_as_map(_as_map(entry).get("resource")) for entry in _as_list(bundle.get("entry"))]
    header = next((one for one in resources if one.get("resourceType") == "MessageHeader"), {})
    response = _as_map(header.get("response"))
    answers = str(response.get("identifier", ""))
    code = next((code for one in resources for code in _codes(one)), "")
    if not answers or not response.get("code"):
        return None
    went_well = response["code"] == "ok"
    return Reply(
        answers,
        code,
        settles=went_well and code == _FILED,
        refused=not went_well and response["code"] == "fatal-error" and code not in _REPEATED,
    )


def reply(answers: UUID, *, code: str, ok: bool, header_id: str) -> dict[str, Any]:
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
        "response": {"identifier": str(answers), "code": "ok" if ok else "fatal-error"},
    }
    entries = [{"resource": header}, {"resource": outcome}]
    return {"resourceType": "Bundle", "type": "message", "entry": entries}


def _header(outgoing: Outgoing, own: str, sender: str, document: str) -> dict[str, Any]:
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
        {
            "url": "MessageDefinition",
            "valueReference": {
                "reference": f"{_STU3}/MessageDefinition/ITK-GPConnect-SendDocument-MessageDefinition-Instance-1"
            },
        },
        {"url": "SenderReference", "valueString": outgoing.ref},
        {"url": "LocalExtension", "valueString": "SendDocument-ConsultationReport"},
    ]
    return {
        "resourceType": "MessageHeader",
        "id": own,
        "meta": {"profile": [f"{_PROFILE}/ITK-MessageHeader-2"]},
        "extension": [{"url": f"{_PROFILE}/Extension-ITK-MessageHandling-2", "extension": handling}],
        "event": {"system": _EVENTS, "code": "ITK007C", "display": "ITK GP Connect Send Document"},
        "timestamp": outgoing.written_at.isoformat(),
        "sender": {"reference": f"urn:uuid:{sender}"},
        "source": {"endpoint": f"urn:mesh:{outgoing.mailbox}"},
        "focus": [{"reference": f"urn:uuid:{document}"}],
    }


def _document(outgoing: Outgoing, own: str) -> dict[str, Any]:
    ids = {name: _id(outgoing, name) for name in ("composition", "patient", "author", "custodian", "rendering")}
    at = outgoing.written_at.isoformat()
    composition = {
        "resourceType": "Composition",
        "id": ids["composition"],
        "status": "final",
        "type": {"text": "Consultation summary"},
        "title": "Visit summary",
        "date": at,
        "subject": {"reference": f"urn:uuid:{ids['patient']}"},
        "author": [{"reference": f"urn:uuid:{ids['author']}"}],
        "custodian": {"reference": f"urn:uuid:{ids['custodian']}"},
        "section": [
            {"title": heading, "text": {"status": "generated", "div": f"<div {_XHTML}>{_lines(text)}</div>"}}
            for heading, text in outgoing.parts
        ]
        + [{"title": "The document", "entry": [{"reference": f"urn:uuid:{ids['rendering']}"}]}],
    }
    patient = {
        "resourceType": "Patient",
        "id": ids["patient"],
        "identifier": [{"system": _NHS_NUMBER, "value": outgoing.nhs_number.value}],
        "name": [{"use": "official", "family": outgoing.family, "given": [outgoing.given]}],
        "birthDate": outgoing.birth_date.isoformat(),
    }
    author = {"resourceType": "Practitioner", "id": ids["author"], "name": [{"text": outgoing.author}]}
    content = base64.b64encode(html_of(outgoing).encode()).decode()
    rendering = {
        "resourceType": "Binary",
        "id": ids["rendering"],
        "contentType": "text/html; charset=utf-8",
        "content": content,
    }
    custodian = _organisation(outgoing, ids["custodian"], "CareConnect-Organization-1")
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


def _organisation(outgoing: Outgoing, own: str, profile: str) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": own,
        "meta": {"profile": [f"{_PROFILE}/{profile}"]},
        "identifier": [{"system": _ODS, "value": outgoing.sender.value}],
        "name": outgoing.sender_name,
    }


def _entry(own: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{own}", "resource": resource}


def _id(outgoing: Outgoing, part: str) -> str:
    """The header's id is the message's own: an answer names it."""
    own = message_id(outgoing.ref)
    return str(own if part == "header" else uuid5(own, part))


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
