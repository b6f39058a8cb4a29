"""The limits a request may set on an area, and which of them may not be used together (both ends keep to these)."""

from collections.abc import Iterable
from dataclasses import dataclass

from vocabulary.record_parts import RecordSection


@dataclass(frozen=True, slots=True)
class Limit:
    """One part parameter: its area's section, its name, its value's type, and the RecordQuery field it stands for."""

    section: RecordSection
    name: str
    value: str
    field: str


_S = RecordSection
LIMITS = (
    Limit(_S.ALLERGIES, "includeResolvedAllergies", "valueBoolean", "ended_allergies"),
    Limit(_S.MEDICATION, "includePrescriptionIssues", "valueBoolean", "prescription_issues"),
    Limit(_S.MEDICATION, "medicationSearchFromDate", "valueDate", "medication_since"),
    Limit(_S.CONSULTATIONS, "consultationSearchPeriod", "valuePeriod", "consultations"),
    Limit(_S.CONSULTATIONS, "includeNumberOfMostRecent", "valuePositiveInt", "latest_consultations"),
    Limit(_S.PROBLEMS, "filterStatus", "valueCode", "active_problems"),
    Limit(_S.IMMUNISATIONS, "includeNotGiven", "valueBoolean", "immunisations_not_given"),
    Limit(_S.IMMUNISATIONS, "includeStatus", "valueBoolean", "immunisation_statuses"),
    Limit(_S.UNCATEGORISED, "uncategorisedDataSearchPeriod", "valuePeriod", "uncategorised"),
    Limit(_S.INVESTIGATIONS, "investigationSearchPeriod", "valuePeriod", "investigations"),
    Limit(_S.REFERRALS, "referralSearchPeriod", "valuePeriod", "referrals"),
    Limit(_S.DIARY, "diaryEntriesSearchDate", "valueDate", "diary_until"),
)
BY_NAME = {limit.name: limit for limit in LIMITS}
_GAPS = frozenset(
    {
        "medicationSearchFromDate",
        "uncategorisedDataSearchPeriod",
        "referralSearchPeriod",
        "diaryEntriesSearchDate",
        "includeNotGiven",
        "includeStatus",
    }
)
_NOT_WITH = {RecordSection.CONSULTATIONS: _GAPS | {"filterStatus"}, RecordSection.PROBLEMS: _GAPS}

# Two searches that the standard allows although they break the rule above, each exactly as written there.
_SUMMARY = frozenset({_S.CONSULTATIONS, _S.PROBLEMS, _S.ALLERGIES, _S.MEDICATION})
_PREDEFINED = (_SUMMARY, _SUMMARY | {_S.IMMUNISATIONS, _S.UNCATEGORISED})
_PREDEFINED_LIMITS = frozenset({"includeNumberOfMostRecent", "medicationSearchFromDate", "includeResolvedAllergies"})
PREDEFINED_CONSULTATIONS = 3


def forbidden(
    sections: Iterable[RecordSection], limits: Iterable[str], *, latest_consultations: int | None
) -> list[tuple[RecordSection, str]]:
    """Limits that must not be set because this other section is asked for as well; none for a predefined search."""
    asked, names = frozenset(sections), frozenset(limits)
    exactly = names - {"includePrescriptionIssues"} == _PREDEFINED_LIMITS
    if asked in _PREDEFINED and exactly and latest_consultations == PREDEFINED_CONSULTATIONS:
        return []
    return [
        (section, name)
        for section, refused in _NOT_WITH.items()
        if section in asked
        for name in sorted(refused & names)
    ]
