"""Documents: what any system that gives them out must do; a system without the capability skips these, and says so."""

# ruff: noqa: S101  a kit of tests asserts

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.conformance.bench import Bench
from connectors.conformance.faults import play
from connectors.conformance.patients import ROBIN
from connectors.faults import (
    Fault,
    Garbled,
    NoAnswer,
    Oversized,
    PatientUnknown,
    Refused,
    Unreachable,
    Unsupported,
)
from connectors.mock.script import Mishap
from connectors.port import Capability, GivesDocuments
from vocabulary.documents import LARGEST_DOCUMENT
from vocabulary.record_parts import Coded, Document, RecordDate
from vocabulary.records import DateRange
from vocabulary.times import london_date

EVERY = DateRange()
_SAID = b"Nothing remarkable was found."


def _giver(bench: Bench) -> GivesDocuments:
    system = bench.connect(bench.caller)
    if Capability.READ_DOCUMENTS not in system.capabilities:
        pytest.skip("this system gives out no documents")
    assert isinstance(system, GivesDocuments)
    return system


def _letter(bench: Bench, binary_id: str = "letter-1", *, size: int | None = len(_SAID)) -> Document:
    return Document(
        id=f"DocumentReference/{binary_id}",
        what=Coded("Letter"),
        date=RecordDate.of(london_date(bench.now)),
        title="A letter",
        content_type="text/plain",
        size=size,
        binary_id=binary_id,
    )


def _scanned(bench: Bench, *, content: bytes = _SAID, size: int | None = len(_SAID)) -> Document:
    bench.add_patient(ROBIN)
    letter = _letter(bench, size=size)
    bench.scan(ROBIN.nhs_number, letter, content)
    return letter


class DocumentConformance:
    """What any system that gives out documents must do."""

    def test_a_document_is_listed_for_the_patient_asked_for_and_holds_what_was_filed(self, bench: Bench) -> None:
        system = _giver(bench)
        letter = _scanned(bench)
        listed = system.find_documents(ROBIN.nhs_number, EVERY)
        assert listed.patient.nhs_number == ROBIN.nhs_number
        (found,) = [each for each in listed.documents if each.binary_id == letter.binary_id]
        assert (found.title, found.content_type, found.size) == ("A letter", "text/plain", len(_SAID))
        assert found.date is not None and found.date.first_day == london_date(bench.now)
        read = system.read_document(ROBIN.nhs_number, found)
        assert (read.content_type, read.content) == ("text/plain", _SAID)

    def test_only_documents_of_the_period_asked_for_are_listed(self, bench: Bench) -> None:
        system = _giver(bench)
        letter = _scanned(bench)
        today = london_date(bench.now)
        for period, there in (
            (DateRange(today, today), True),
            (DateRange(end=today - timedelta(days=1)), False),
            (DateRange(start=today + timedelta(days=1)), False),
        ):
            found = system.find_documents(ROBIN.nhs_number, period).documents
            assert (letter.binary_id in {each.binary_id for each in found}) is there

    def test_what_a_listing_says_of_the_kind_is_not_believed_before_it_is_read(self, bench: Bench) -> None:
        """The port hands out what it got: whoever shows it looks into it first."""
        system = _giver(bench)
        _scanned(bench, content=b"%PDF-1.4 or so")
        (found,) = [
            each for each in system.find_documents(ROBIN.nhs_number, EVERY).documents if each.title == "A letter"
        ]
        assert system.read_document(ROBIN.nhs_number, found).content.startswith(b"%PDF")

    def test_what_is_too_large_is_not_sent(self, bench: Bench) -> None:
        system = _giver(bench)
        _scanned(bench, size=LARGEST_DOCUMENT + 1)
        (found,) = [
            each for each in system.find_documents(ROBIN.nhs_number, EVERY).documents if each.title == "A letter"
        ]
        with pytest.raises((Oversized, Unsupported)):
            system.read_document(ROBIN.nhs_number, found)

    def test_what_turns_out_to_be_too_large_is_not_taken(self, bench: Bench) -> None:
        system = _giver(bench)
        letter = _scanned(bench, content=b"x" * (LARGEST_DOCUMENT + 200_000))
        with pytest.raises(Oversized):
            system.read_document(ROBIN.nhs_number, letter)

    def test_a_document_without_a_content_is_not_asked_for(self, bench: Bench) -> None:
        system = _giver(bench)
        letter = _scanned(bench)
        with pytest.raises(Unsupported):
            system.read_document(ROBIN.nhs_number, replace(letter, binary_id=""))

    def test_a_document_that_is_gone_is_refused_as_that(self, bench: Bench) -> None:
        system = _giver(bench)
        letter = _scanned(bench)
        with pytest.raises(Refused) as caught:
            system.read_document(ROBIN.nhs_number, replace(letter, binary_id="nothing-like-it"))
        assert caught.value.code == "NO_RECORD_FOUND"

    def test_nobody_and_somebody_hidden_have_no_documents_alike(self, bench: Bench) -> None:
        system = _giver(bench)
        with pytest.raises(PatientUnknown):
            system.find_documents(ROBIN.nhs_number, EVERY)
        bench.add_patient(ROBIN, hidden=True)
        with pytest.raises(PatientUnknown):
            system.find_documents(ROBIN.nhs_number, EVERY)

    def test_nothing_of_a_document_shows_when_printed(self, bench: Bench) -> None:
        system = _giver(bench)
        letter = _scanned(bench)
        listed = system.find_documents(ROBIN.nhs_number, EVERY)
        read = system.read_document(ROBIN.nhs_number, letter)
        printed = f"{listed!r} {listed.documents!r} {read!r} {read}"
        assert "A letter" not in printed and "remarkable" not in printed and ROBIN.family not in printed

    @pytest.mark.parametrize("method", ["find_documents", "read_document"])
    @pytest.mark.parametrize(
        ("mishap", "fault"),
        [
            (Mishap.UNREACHABLE, Unreachable),
            (Mishap.NO_ANSWER_BEFORE_COMMIT, NoAnswer),
            (Mishap.GARBLED_BEFORE_COMMIT, Garbled),
            (Mishap.REFUSED, Refused),
        ],
    )
    def test_a_failed_look_for_documents_is_the_right_fault(
        self, bench: Bench, method: str, mishap: Mishap, fault: type[Fault]
    ) -> None:
        _giver(bench)
        letter = _scanned(bench)
        play(bench, method, mishap)
        system = _giver(bench)
        with pytest.raises(fault) as caught:
            if method == "find_documents":
                system.find_documents(ROBIN.nhs_number, EVERY)
            else:
                system.read_document(ROBIN.nhs_number, letter)
        assert type(caught.value) is fault and caught.value.words
        assert ROBIN.nhs_number.value not in f"{caught.value.words} {caught.value.detail}"
