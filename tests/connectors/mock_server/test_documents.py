"""The simulator's documents: whose are listed, what is held back, and each refusal with its code."""

import pytest

from connectors.mock.records.papers import paper
from connectors.mock.simulator.child import Simulator
from gp_connect import documents, interactions, patients
from gp_connect.structured import reader, request
from tests.connectors.mock_server.conftest import practice_json
from tests.connectors.mock_server.consumer import ALEX, NOW, Answer, Consumer, Control
from vocabulary.record_parts import Document, RecordSection
from vocabulary.records import DateRange, RecordQuery

_EVERY = DateRange()


class RecordConsumer(Consumer):
    """Asks at the record's address."""

    @property
    def root(self) -> str:
        return f"{super().root}/structured"


class DocumentConsumer(Consumer):
    """Asks at the documents' address."""

    @property
    def root(self) -> str:
        return f"{super().root}/documents"

    def patient_id(self) -> str:
        answer = self.ask(interactions.DOCUMENTS_FIND_PATIENT, params=patients.find_query(ALEX.nhs_number))
        found = patients.read_found(answer.body)
        assert found is not None
        return found.host_id

    def search(self, patient_id: str = "") -> Answer:
        wanted = patient_id or self.patient_id()
        return self.ask(interactions.FIND_DOCUMENTS, logical_id=wanted, params=documents.search_query(_EVERY))

    def listed(self) -> tuple[Document, ...]:
        answer = self.search()
        assert answer.status == 200, answer.body
        return documents.read_found(answer.body).documents

    def content(self, binary_id: str) -> Answer:
        return self.ask(interactions.READ_DOCUMENT, logical_id=binary_id)


@pytest.fixture
def papers(simulator: Simulator, control: Control, ods: str) -> DocumentConsumer:
    control.call("POST", "load", {"practices": [practice_json(ods)]})
    _mark(control, ods, "rich")
    return DocumentConsumer(simulator.url, ods)


def _mark(control: Control, ods: str, *traits: str) -> None:
    control.call("PUT", f"records/{ods}/traits", {"nhs_number": ALEX.nhs_number.value, "traits": list(traits)})


def test_every_listed_document_is_as_long_as_listed_and_of_the_kind_it_says(papers: DocumentConsumer) -> None:
    listed = papers.listed()
    assert {each.content_type for each in listed} >= {"application/pdf", "text/plain", "image/png", "image/tiff"}
    for each in listed[:8]:
        answer = papers.content(each.binary_id)
        assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
        read = documents.read_content(answer.body, each.binary_id)
        assert (read.content_type, len(read.content)) == (each.content_type, each.size)
        assert read.content == paper(each)


def test_the_record_lists_the_same_documents_under_the_same_contents(papers: DocumentConsumer) -> None:
    """By this a document in the record is found again at the documents' own address."""
    body = request.write(ALEX.nhs_number, RecordQuery.whole(), today=NOW.date())
    answer = RecordConsumer(papers.url, papers.ods).ask(interactions.GET_STRUCTURED_RECORD, body=body)
    section = reader.read(answer.body, RecordSection).section(RecordSection.DOCUMENTS)
    in_the_record = {each.binary_id for each in section.entries if isinstance(each, Document)}
    assert in_the_record and in_the_record == {each.binary_id for each in papers.listed()}


def test_what_is_confidential_is_held_back_without_a_word(papers: DocumentConsumer, control: Control) -> None:
    all_of_them = papers.listed()
    _mark(control, papers.ods, "rich", "confidential")
    shown = {each.binary_id for each in papers.listed()}
    (held_back,) = [each.binary_id for each in all_of_them if each.binary_id not in shown]
    answer = papers.content(held_back)
    assert (answer.status, answer.code) == (404, "NO_RECORD_FOUND")


def test_who_dissents_has_nothing_listed_and_nothing_given_out(papers: DocumentConsumer, control: Control) -> None:
    one = papers.listed()[0]
    _mark(control, papers.ods, "rich", "dissent")
    assert (papers.search().status, papers.search().code) == (403, "NO_PATIENT_CONSENT")
    assert papers.content(one.binary_id).status == 404


def test_refusals_have_their_codes(papers: DocumentConsumer, control: Control) -> None:
    patient = papers.patient_id()
    assert papers.search("nobody").code == "PATIENT_NOT_FOUND"
    assert papers.content("nothing").code == "NO_RECORD_FOUND"
    bare = papers.ask(interactions.FIND_DOCUMENTS, logical_id=patient, params=[])
    assert (bare.status, bare.code) == (422, "INVALID_PARAMETER")
    control.call("PUT", f"practices/{papers.ods}", {"enabled": {"documents": False}})
    for answer in (papers.search(patient), papers.content("1"), papers.ask(interactions.DOCUMENTS_METADATA)):
        assert (answer.status, answer.code) == (403, "ACCESS DENIED")


def test_the_address_has_a_statement_of_its_own(papers: DocumentConsumer) -> None:
    answer = papers.ask(interactions.DOCUMENTS_METADATA)
    assert (answer.status, answer.body["version"]) == (200, "1.6.2")
    assert "DocumentReference" in str(answer.body["rest"])
