"""Documents on the wire: what is asked, what of an answer is believed, and shapes as in the standard's examples."""

import base64
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gp_connect import documents, names
from gp_connect.elements import Unreadable
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import documents as rules
from vocabulary.documents import DocumentContent
from vocabulary.record_parts import Coded, Document, RecordDate
from vocabulary.records import DateRange

_SPEC = os.environ.get("GP_CONNECT_SPEC", "")
SNOMED = "http://snomed.info/sct"
ROOT = "https://gp.example/Y90001/STU3/1/gpconnect/documents"


def reference(**changes: Any) -> dict[str, Any]:
    """A DocumentReference with everything the standard makes mandatory, in the shape of its example."""
    made = {
        "resourceType": "DocumentReference",
        "id": "2786",
        "identifier": [{"system": "https://provider.nhs.uk/data-identifier", "value": "bb23"}],
        "status": "current",
        "type": {"coding": [{"system": SNOMED, "code": "824331000000106", "display": "Inpatient discharge letter"}]},
        "subject": {"reference": "Patient/p-1"},
        "created": "2026-03-24T09:35:00+00:00",
        "indexed": "2026-03-26T09:43:41+00:00",
        "author": [{"reference": "Organization/o-1"}],
        "description": "Discharge Summary",
        "content": [
            {"attachment": {"contentType": "application/pdf", "url": f"{ROOT}/Binary/07a6-483f", "size": 3654}},
        ],
    }
    return {**made, **changes}


def attached(**attachment: Any) -> dict[str, Any]:
    return reference(content=[{"attachment": attachment}])


def searchset(*found: dict[str, Any]) -> dict[str, Any]:
    practice = {"resourceType": "Organization", "id": "o-1", "name": "The Practice"}
    resources = [{"resourceType": "Patient", "id": "p-1"}, *found, practice]
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def only(*found: dict[str, Any]) -> Document:
    (document,) = documents.read_found(searchset(*found)).documents
    return document


def binary(content: str, **changes: Any) -> dict[str, Any]:
    return {"resourceType": "Binary", "id": "07a6", "contentType": "text/plain", "content": content, **changes}


def test_a_search_asks_for_all_that_must_come_along_and_for_its_period() -> None:
    query = documents.search_query(DateRange(date(2026, 3, 1), date(2026, 3, 31)))
    assert [value for name, value in query if name == "_include"] == [
        "DocumentReference:subject:Patient",
        "DocumentReference:custodian:Organization",
        "DocumentReference:author:Organization",
        "DocumentReference:author:Practitioner",
    ]
    assert ("_revinclude:recurse", "PractitionerRole:practitioner") in query
    assert [value for name, value in query if name == "created"] == ["ge2026-03-01", "le2026-03-31"]
    assert "created" not in dict(documents.search_query(DateRange()))


def test_a_document_is_read_with_what_says_what_it_is() -> None:
    found = only(reference())
    assert (found.title, found.what.words, found.what.snomed) == (
        "Discharge Summary",
        "Inpatient discharge letter",
        "824331000000106",
    )
    assert (found.content_type, found.size, found.binary_id) == ("application/pdf", 3654, "07a6-483f")
    assert found.date is not None and found.date.first_day == date(2026, 3, 24)
    assert found.recorded_by is not None and found.recorded_by.words == "The Practice"
    assert not found.unavailable and not found.not_for_patient


@pytest.mark.skipif(not _SPEC, reason="GP_CONNECT_SPEC names no clone of the specification")
def test_the_published_example_is_read() -> None:
    """Of 1.6.2; the one of a Binary is no JSON, and its content is cut off."""
    page = (Path(_SPEC) / "_includes" / "access_documents" / "documents_response.json").read_text(encoding="utf-8")
    found = documents.read_found(json.loads("\n".join(line for line in page.splitlines() if "highlight" not in line)))
    (document,) = found.documents
    assert (document.title, document.content_type, document.size) == ("Discharge Summary", "application/msword", 3654)
    assert document.date is not None and document.date.first_day == date(2019, 6, 23), "24 June in Australia"
    assert len(found.subjects) == 1


def test_a_placeholder_says_why_there_is_nothing_to_open() -> None:
    found = only(attached(contentType="application/pdf", size=0, title="Larger than 5MB"))
    assert (found.binary_id, found.unavailable, found.title) == ("", "Larger than 5MB", "Discharge Summary")
    unnamed = {**attached(contentType="application/pdf", size=0, title="Larger than 5MB"), "description": ""}
    assert (only(unnamed).title, only(unnamed).what.words) == ("", "Inpatient discharge letter")


def test_what_is_kept_from_the_patient_is_marked() -> None:
    label = {"system": "http://hl7.org/fhir/v3/ActCode", "code": "NOPAT"}
    assert only(reference(securityLabel=[{"coding": [label]}])).not_for_patient
    assert only(reference(meta={"security": [label]})).not_for_patient


def test_a_hash_is_kept_where_one_is_given() -> None:
    assert only(attached(contentType="text/plain", url="Binary/1", size=4, hash="qvTGHdzF6KLavt4PO0gs2a6pQ00=")).sha1


def test_only_the_current_version_counts() -> None:
    found = documents.read_found(searchset(reference(), reference(id="2", status="superseded")))
    assert len(found.documents) == 1


def test_whom_each_document_is_about_is_told() -> None:
    whole = reference(id="2", subject={"reference": f"{ROOT}/Patient/p-2"})
    assert documents.read_found(searchset(reference(), whole)).subjects == {"p-1", "p-2"}


@pytest.mark.parametrize("subject", [{}, {"reference": "#p"}, {"reference": "Practitioner/p-1"}, {"display": "Ann"}])
def test_a_document_about_nobody_makes_the_whole_answer_unreadable(subject: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        documents.read_found(searchset(reference(), reference(id="2", subject=subject)))


def test_one_page_of_several_is_not_the_whole_answer() -> None:
    with pytest.raises(Unreadable):
        documents.read_found({**searchset(reference()), "link": [{"relation": "next", "url": "x"}]})


@pytest.mark.parametrize("name", ["content", "data"])
def test_a_binary_is_read_whatever_version_names_its_content(name: str) -> None:
    sent = binary("")
    del sent["content"]
    sent[name] = "SGVs\r\nbG8="
    read = documents.read_content(sent, "07a6")
    assert (read.content_type, read.content) == ("text/plain", b"Hello")


@pytest.mark.parametrize(
    "sent",
    [
        binary(""),
        binary("SGVsbG8"),  # cut off
        binary("not base64!"),
        binary("SGVsbG8=", id="another"),
        binary("SGVsbG8=", contentType=""),
        {"resourceType": "DocumentReference", "id": "07a6"},
    ],
    ids=["empty", "cut off", "no base64", "another", "no kind", "no Binary"],
)
def test_what_is_no_such_binary_is_unreadable_and_says_nothing_of_its_content(sent: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as caught:
        documents.read_content(sent, "07a6")
    assert "SGVs" not in str(caught.value)


def test_what_a_provider_writes_a_consumer_reads() -> None:
    letter = Document(
        id="DocumentReference/9",
        what=Coded("Letter", "823681000000100"),
        date=RecordDate.of(date(2026, 5, 1)),
        title="A letter",
        content_type="image/png",
        size=12,
        binary_id="9-1",
        not_for_patient=True,
    )
    patient = {"resourceType": "Patient", "id": "p-1"}
    code = [{"system": names.ODS_CODE, "value": "Y90001"}]
    practice = {"resourceType": "Organization", "id": "o-1", "name": "The Practice", "identifier": code}
    written = documents.write_found([letter], patient=patient, practice=practice, root=ROOT)
    (found,) = [
        each["resource"] for each in written["entry"] if each["resource"]["resourceType"] == "DocumentReference"
    ]
    assert found["content"][0]["attachment"]["url"] == f"{ROOT}/Binary/9-1"
    (read,) = documents.read_found(written).documents
    assert (read.title, read.size, read.binary_id, read.not_for_patient) == ("A letter", 12, "9-1", True)
    content = documents.write_content("9-1", DocumentContent("image/png", b"\x89PNG"))
    assert base64.b64decode(content["content"]) == documents.read_content(content, "9-1").content


def test_a_provider_takes_what_a_consumer_asks() -> None:
    period = DateRange(date(2026, 3, 1), date(2026, 3, 31))
    assert rules.search(documents.search_query(period)).created == period


@pytest.mark.parametrize(
    "more",
    [
        [("created", "2026-03-01")],
        [("created", "ge2026-03-01"), ("created", "ge2026-03-02")],
        [("created", "ge2026-03")],
        [("created", "ge2026-03-02"), ("created", "le2026-03-01")],
        [("author", "https://fhir.nhs.uk/Id/sds-user-id|G1")],
        [("description", "a"), ("description", "b")],
    ],
)
def test_a_provider_refuses_a_search_in_another_form(more: list[tuple[str, str]]) -> None:
    with pytest.raises(Rejected) as caught:
        rules.search([*documents.search_query(DateRange()), *more])
    assert caught.value.code.code == "INVALID_PARAMETER"


def test_a_provider_refuses_a_search_without_what_must_come_along() -> None:
    with pytest.raises(Rejected):
        rules.search(documents.search_query(DateRange())[1:])
