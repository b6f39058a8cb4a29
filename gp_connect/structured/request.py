"""The request for a structured record: Parameters of $gpc.getstructuredrecord, written from a RecordQuery."""

from datetime import date
from typing import Any

from gp_connect import names
from gp_connect.elements import Resource, without_empty
from gp_connect.structured import areas, limits
from gp_connect.structured.limits import Limit
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import RecordSection
from vocabulary.records import DateRange, RecordQuery

NHS_NUMBER_PARAMETER = "patientNHSNumber"
BRING_DOCUMENTS = (
    RecordSection.CONSULTATIONS,
    RecordSection.PROBLEMS,
    RecordSection.REFERRALS,
    RecordSection.INVESTIGATIONS,
)
_PAST = ("medicationSearchFromDate",)


def write(nhs_number: NHSNumber, query: RecordQuery, *, today: date) -> Resource:
    """The Parameters. Raises InvalidValue for a question that the standard forbids."""
    _check_documents(query)
    _check_together(query)
    parameters: list[Resource] = [
        {
            "name": NHS_NUMBER_PARAMETER,
            "valueIdentifier": {"system": names.NHS_NUMBER, "value": nhs_number.value},
        }
    ]
    for area in areas.AREAS:
        if area.parameter and area.section in query.sections:
            parts = [_part(limit, query, today) for limit in limits.LIMITS if limit.section is area.section]
            parameters.append(without_empty({"name": area.parameter, "part": [part for part in parts if part]}))
    return {"resourceType": "Parameters", "parameter": parameters}


def _part(limit: Limit, query: RecordQuery, today: date) -> Resource:
    value: Any = getattr(query, limit.field)
    if value is None or (limit.field == "prescription_issues" and value):  # issues come along unless refused
        return {}
    if limit.field == "active_problems":
        value = "active" if value else "inactive"
    elif isinstance(value, DateRange):
        _check_past(value.start, value.end, today=today)
        value = without_empty({"start": _day(value.start), "end": _day(value.end)})
    elif isinstance(value, date):
        if limit.name in _PAST:
            _check_past(value, today=today)
        elif value < today:
            raise InvalidValue("Diary entries lie ahead.", next_step="Choose today or a later date.")
        value = value.isoformat()
    return {"name": limit.name, limit.value: value} if value != {} else {}


def _check_documents(query: RecordQuery) -> None:
    if RecordSection.DOCUMENTS in query.sections and not query.sections.intersection(BRING_DOCUMENTS):
        raise InvalidValue(
            "Documents cannot be asked for by themselves: they come with what they belong to.",
            next_step="Ask for consultations, problems, referrals or investigations too.",
        )


def _check_together(query: RecordQuery) -> None:
    set_ones = [limit.name for limit in limits.LIMITS if limit.section in query.sections and _is_set(limit, query)]
    for section, name in limits.forbidden(query.sections, set_ones, latest_consultations=query.latest_consultations):
        limited = limits.BY_NAME[name].section
        raise InvalidValue(
            f"The {limited.value} cannot be limited when {section.value} are asked for too: it would have gaps.",
            next_step="Leave the limit out, or ask for them separately.",
        )


def _is_set(limit: Limit, query: RecordQuery) -> bool:
    return getattr(query, limit.field) is not None


def _check_past(*days: date | None, today: date) -> None:
    if any(day is not None and day > today for day in days):
        raise InvalidValue("That date is in the future.", next_step="Choose today or an earlier date.")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
