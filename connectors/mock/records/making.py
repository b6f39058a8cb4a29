"""Makes one patient's record: who they are decides what they are likely to have had, a seed decides what it was."""

from datetime import date

from connectors.mock.records import catalogue, encounters, prevention
from connectors.mock.records.drawing import Drawing
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import Entry, RecordSection
from vocabulary.records import Record, Section, SectionState, empty_record


def make_record(patient: Patient, *, host: OdsCode, practice_name: str, today: date, rich: bool = False) -> Record:
    """The record that this practice holds about its patient as it stands today: the same whenever it is made.

    A rich one has something in every section.
    """
    drawing = Drawing.of(patient, host=host, practice_name=practice_name, today=today, rich=rich)
    for ailment in catalogue.AILMENTS:
        if drawing.age >= ailment.from_age and drawing.likely(ailment.percent):
            encounters.add_ailment(drawing, ailment)
    prevention.add_allergies(drawing)
    prevention.add_vaccinations(drawing)
    prevention.add_measurements(drawing)
    prevention.add_recalls(drawing)
    return empty_record(
        patient,
        practice_name=practice_name,
        usual_gp=drawing.doctors[0],
        sections=[_section(name, drawing.entries[name]) for name in RecordSection if drawing.entries[name]],
    )


def _section(name: RecordSection, entries: list[Entry]) -> Section:
    newest_first = sorted(entries, key=lambda entry: entry.date.first_day if entry.date else date.min, reverse=True)
    return Section(name=name, state=SectionState.PRESENT, entries=tuple(newest_first))
