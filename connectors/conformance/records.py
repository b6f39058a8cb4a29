"""Records: what any system that reads them must do; a system without the capability skips these, and says so."""

# ruff: noqa: S101  a kit of tests asserts

from dataclasses import replace

import pytest

from connectors.conformance.bench import Bench
from connectors.conformance.faults import play
from connectors.conformance.patients import ROBIN
from connectors.faults import Fault, Garbled, NoAnswer, PatientUnknown, Refused, Unreachable, Unsupported
from connectors.mock.script import Mishap
from connectors.port import Capability, GPSystem
from vocabulary.record_parts import RecordSection
from vocabulary.records import Record, RecordQuery, SectionState

_ANSWERED = (SectionState.PRESENT, SectionState.EMPTY, SectionState.SWITCHED_OFF)


def _reader(bench: Bench) -> GPSystem:
    system = bench.connect(bench.caller)
    if Capability.READ_RECORD not in system.capabilities:
        pytest.skip("this system does not read records")
    return system


def _ids(record: Record) -> set[str]:
    return {entry.id for section in record.sections for entry in (*section.entries, *section.linked)}


class RecordConformance:
    """What any system must say about a patient's record."""

    def test_a_whole_record_speaks_of_every_section_and_of_the_patient_asked_for(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        record = _reader(bench).read_record(ROBIN.nhs_number, RecordQuery.whole())
        assert record.patient.nhs_number == ROBIN.nhs_number
        assert [section.name for section in record.sections] == list(RecordSection)
        for section in record.sections:
            assert section.state in _ANSWERED
            assert bool(section.entries) == (section.state is SectionState.PRESENT)
            assert section.entries or section.words

    def test_a_section_not_asked_for_is_no_empty_one(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        record = _reader(bench).read_record(ROBIN.nhs_number, RecordQuery.of([RecordSection.ALLERGIES]))
        assert record.section(RecordSection.ALLERGIES).state in _ANSWERED
        for name in set(RecordSection) - {RecordSection.ALLERGIES}:
            assert record.section(name).state in (SectionState.NOT_ASKED, SectionState.SWITCHED_OFF)
            assert record.section(name).entries == ()

    def test_reading_changes_nothing(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        system = _reader(bench)
        first, second = (system.read_record(ROBIN.nhs_number, RecordQuery.whole()) for _ in range(2))
        assert _ids(first) == _ids(second)

    def test_a_question_the_standard_forbids_is_not_sent(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        sections = frozenset({RecordSection.CONSULTATIONS, RecordSection.PROBLEMS})
        with pytest.raises(Unsupported):
            _reader(bench).read_record(ROBIN.nhs_number, RecordQuery(sections=sections, active_problems=True))

    def test_nobody_and_somebody_hidden_look_alike(self, bench: Bench) -> None:
        system = _reader(bench)
        with pytest.raises(PatientUnknown):
            system.read_record(ROBIN.nhs_number, RecordQuery.whole())
        bench.add_patient(ROBIN, hidden=True)
        with pytest.raises(PatientUnknown):
            system.read_record(ROBIN.nhs_number, RecordQuery.whole())

    def test_a_temporary_patient_has_no_record_here(self, bench: Bench) -> None:
        bench.make_known(ROBIN)
        system = _reader(bench)
        system.register_patient(replace(ROBIN, host_id=""))
        with pytest.raises(PatientUnknown):
            system.read_record(ROBIN.nhs_number, RecordQuery.whole())

    def test_nothing_of_a_record_shows_when_printed(self, bench: Bench) -> None:
        bench.add_patient(ROBIN)
        record = _reader(bench).read_record(ROBIN.nhs_number, RecordQuery.whole())
        printed = f"{record!r} {record} {record.sections!r} {record.sections[0].entries!r}"
        for entry in (entry for section in record.sections for entry in section.entries):
            assert entry.what.words not in printed
        assert ROBIN.family not in printed

    @pytest.mark.parametrize(
        ("mishap", "fault"),
        [
            (Mishap.UNREACHABLE, Unreachable),
            (Mishap.NO_ANSWER_BEFORE_COMMIT, NoAnswer),
            (Mishap.GARBLED_BEFORE_COMMIT, Garbled),
            (Mishap.REFUSED, Refused),
        ],
    )
    def test_a_failed_read_is_the_right_fault(self, bench: Bench, mishap: Mishap, fault: type[Fault]) -> None:
        bench.add_patient(ROBIN)
        _reader(bench)
        play(bench, "read_record", mishap)
        with pytest.raises(fault) as caught:
            bench.connect(bench.caller).read_record(ROBIN.nhs_number, RecordQuery.whole())
        assert caught.value.words
        assert ROBIN.nhs_number.value not in f"{caught.value.words} {caught.value.detail}"
