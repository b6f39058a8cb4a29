"""Which parts of a record a clause covers, by the kinds of data it names. Pure."""

from collections.abc import Iterable, Mapping

from vocabulary.agreements import DataCategory
from vocabulary.record_parts import RecordSection

_COVERS: Mapping[DataCategory, frozenset[RecordSection]] = {
    DataCategory.PROBLEMS: frozenset({RecordSection.PROBLEMS}),
    DataCategory.MEDICATION: frozenset({RecordSection.MEDICATION, RecordSection.IMMUNISATIONS}),
    DataCategory.ALLERGIES: frozenset({RecordSection.ALLERGIES}),
    DataCategory.CONSULTATIONS: frozenset(
        {
            RecordSection.CONSULTATIONS,
            RecordSection.UNCATEGORISED,
            RecordSection.DIARY,
            RecordSection.REFERRALS,
        }
    ),
    DataCategory.RESULTS: frozenset({RecordSection.INVESTIGATIONS}),
    DataCategory.DOCUMENTS: frozenset({RecordSection.DOCUMENTS}),
}


def covered_by(categories: Iterable[DataCategory]) -> frozenset[RecordSection]:
    """The parts of a record that these kinds of data make up; other kinds (appointments, tasks…) are no part of it."""
    return frozenset(section for category in categories for section in _COVERS.get(category, ()))
