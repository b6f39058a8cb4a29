"""Documents: what any system that takes them must do; a system without the capability skips these, and says so."""

# ruff: noqa: S101  a kit of tests asserts

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from connectors.conformance.bench import Bench
from connectors.conformance.faults import play
from connectors.conformance.patients import ROBIN
from connectors.faults import Fault, Garbled, NoAnswer, PatientUnknown, Refused, Unreachable
from connectors.mock.script import Mishap
from connectors.port import Capability, Filing, GPSystem
from vocabulary.documents import RecordDocument

_FAULTS = {
    Mishap.UNREACHABLE: Unreachable,
    Mishap.REFUSED: Refused,
    Mishap.NO_ANSWER_BEFORE_COMMIT: NoAnswer,
    Mishap.NO_ANSWER_AFTER_COMMIT: NoAnswer,
    Mishap.GARBLED_BEFORE_COMMIT: Garbled,
    Mishap.GARBLED_AFTER_COMMIT: Garbled,
}
_MARK = "Xylophobia"


def a_document(bench: Bench) -> RecordDocument:
    """One about a patient of the practice, by somebody at the caller's."""
    return RecordDocument(
        id=uuid4(),
        nhs_number=ROBIN.nhs_number,
        family=ROBIN.family,
        given=ROBIN.given,
        birth_date=ROBIN.birth_date,
        title="Visit summary",
        author="Dr Grace Example",
        sender=bench.caller.practice,
        sender_name=bench.caller.practice_name,
        sender_phone=bench.caller.practice_phone,
        written_at=bench.now,
        parts=(("Findings", f"Tonsils <red> & sore.\n{_MARK}"),),
    )


def _taker(bench: Bench) -> GPSystem:
    system = bench.connect(bench.caller)
    if Capability.FILE_RECORD not in system.capabilities:
        pytest.skip("this system takes no documents")
    bench.add_patient(ROBIN)
    return system


def _filed(bench: Bench) -> tuple[UUID, ...]:
    return bench.filed(ROBIN.nhs_number)


class FilingConformance:
    """What any system must do with a document for a patient's record."""

    def test_a_document_arrives_whole(self, bench: Bench) -> None:
        document = a_document(bench)
        assert _taker(bench).file_record(document) in Filing
        assert _filed(bench) == (document.id,)

    def test_a_document_filed_again_is_there_once(self, bench: Bench) -> None:
        system, document = _taker(bench), a_document(bench)
        first = system.file_record(document)
        assert system.file_record(document) is first
        assert bench.connect(bench.outsider).file_record(document) is first
        assert _filed(bench) == (document.id,)

    def test_two_documents_that_say_the_same_are_two(self, bench: Bench) -> None:
        system, document = _taker(bench), a_document(bench)
        another = replace(document, id=uuid4())
        for each in (document, another):
            system.file_record(each)
        assert set(_filed(bench)) == {document.id, another.id}

    @pytest.mark.parametrize("mishap", _FAULTS)
    def test_filing_goes_wrong_and_is_tried_again(self, bench: Bench, mishap: Mishap) -> None:
        """Whatever is known of the first try, the second, under the same id, leaves one."""
        _taker(bench)
        document = a_document(bench)
        play(bench, "file_record", mishap)
        with pytest.raises(Fault) as caught:
            bench.connect(bench.caller).file_record(document)
        assert type(caught.value) is _FAULTS[mishap]
        told = f"{caught.value!r} {caught.value.words} {caught.value.detail}"
        assert _MARK not in told
        assert ROBIN.nhs_number.value not in told
        bench.behave()
        assert len(_filed(bench)) == (1 if mishap.commits else 0)
        bench.connect(bench.caller).file_record(document)
        assert _filed(bench) == (document.id,)

    def test_nobodys_document_is_not_kept(self, bench: Bench) -> None:
        """At once, or by an answer that comes later: then nothing is known yet."""
        system = bench.connect(bench.caller)
        if Capability.FILE_RECORD not in system.capabilities:
            pytest.skip("this system takes no documents")
        try:
            assert system.file_record(a_document(bench)) is Filing.SENT
        except PatientUnknown:
            assert _filed(bench) == ()
