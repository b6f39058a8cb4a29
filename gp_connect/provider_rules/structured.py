"""What a request for a structured record must be: its parameters, their parts, values and combinations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gp_connect import names
from gp_connect.elements import Resource, Unreadable, child, children, expect, text
from gp_connect.moments import read_date
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import INVALID_NHS_NUMBER, INVALID_PARAMETER, INVALID_RESOURCE
from gp_connect.structured import areas, limits
from gp_connect.structured.request import NHS_NUMBER_PARAMETER
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import RecordSection
from vocabulary.records import DateRange, RecordQuery

_TEN_DIGITS = re.compile(r"\d{10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """An acceptable request. `unknown` are parameters the standard tells a provider to report and pass over."""

    nhs_number: NHSNumber
    query: RecordQuery
    unknown: tuple[str, ...]


def check(body: Resource, *, today: date) -> Asked:
    """The request in a body. Raises Rejected; the diagnostics name the parameter at fault."""
    given = _parameters(body)
    number = _nhs_number(given)
    known = [each for each in given if text(each, "name") in areas.BY_PARAMETER]
    _once(known, "")
    if not known:
        raise Rejected(INVALID_PARAMETER, "no recognised parameter was sent")
    unknown = [text(each, "name") for each in given if each not in known and text(each, "name") != NHS_NUMBER_PARAMETER]
    sections = [areas.BY_PARAMETER[text(each, "name")].section for each in known]
    found: dict[str, Any] = {}
    for each in known:
        unknown += _parts(each, found, today)
    _check_allergies(sections, found)
    _check_consultations(found)
    _check_together(sections, found)
    values = {limits.BY_NAME[name].field: value for name, value in found.items()}
    # Documents come along with what they belong to; nobody asks for them by name.
    return Asked(number, RecordQuery(sections=frozenset(sections), **values), tuple(unknown))


def _parameters(body: Resource) -> list[Resource]:
    try:
        expect(body, "Parameters")
    except Unreadable as error:
        raise Rejected(INVALID_RESOURCE, str(error)) from error
    given = body.get("parameter")
    if not isinstance(given, list) or not all(isinstance(each, dict) and text(each, "name") for each in given):
        raise Rejected(INVALID_RESOURCE, "parameter must be a list, each with a name")
    return children(body, "parameter")


def _nhs_number(given: list[Resource]) -> NHSNumber:
    numbers = [each for each in given if text(each, "name") == NHS_NUMBER_PARAMETER]
    if not numbers:
        raise Rejected(INVALID_PARAMETER, f"{NHS_NUMBER_PARAMETER} is missing")
    if len(numbers) > 1:
        raise Rejected(INVALID_RESOURCE, f"{NHS_NUMBER_PARAMETER} must be sent once")
    identifier = child(numbers[0], "valueIdentifier")
    if not identifier:
        raise Rejected(INVALID_PARAMETER, f"{NHS_NUMBER_PARAMETER} must have a valueIdentifier")
    if identifier.get("system") != names.NHS_NUMBER:
        raise Rejected(INVALID_PARAMETER, f"{NHS_NUMBER_PARAMETER} must be an NHS number by its system")
    value = text(identifier, "value")
    try:
        if not _TEN_DIGITS.fullmatch(value):
            raise Rejected(INVALID_NHS_NUMBER, f"{NHS_NUMBER_PARAMETER} must be ten digits")
        return NHSNumber.parse(value)
    except InvalidValue as error:
        raise Rejected(INVALID_NHS_NUMBER, f"{NHS_NUMBER_PARAMETER} is no NHS number") from error


def _once(given: list[Resource], within: str) -> None:
    seen: set[str] = set()
    for each in given:
        name = text(each, "name")
        if name in seen:
            raise Rejected(INVALID_RESOURCE, f"{within}{name} must be sent once")
        seen.add(name)


def _parts(parameter: Resource, found: dict[str, Any], today: date) -> list[str]:
    """Puts the parts' values into `found`; the names of parts nobody knows."""
    area = areas.BY_PARAMETER[text(parameter, "name")]
    parts = children(parameter, "part")
    _once(parts, f"{area.parameter}.")
    unknown = []
    for part in parts:
        name = text(part, "name")
        limit = limits.BY_NAME.get(name)
        if limit is None:
            unknown.append(f"{area.parameter}.{name}")
        elif limit.section is not area.section:
            raise Rejected(INVALID_PARAMETER, f"{name} does not belong to {area.parameter}")
        elif limit.value not in part:
            raise Rejected(INVALID_PARAMETER, f"{area.parameter}.{name} needs a {limit.value}")
        else:
            found[name] = _value(name, part[limit.value], today)
    return unknown


def _value(name: str, value: Any, today: date) -> Any:
    match limits.BY_NAME[name].value:
        case "valueBoolean" if isinstance(value, bool):
            return value
        case "valuePositiveInt" if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        case "valueCode" if value in ("active", "inactive"):
            return value == "active"
        case "valueDate":
            return _date(name, value, today, ahead=name == "diaryEntriesSearchDate")
        case "valuePeriod" if isinstance(value, dict) and (value.get("start") or value.get("end")):
            return _period(name, value, today)
        case _:
            raise Rejected(INVALID_PARAMETER, f"{name} has a value it must not have")


def _date(name: str, value: Any, today: date, *, ahead: bool = False) -> date:
    try:
        day = read_date(value if isinstance(value, str) else "")
    except Unreadable as error:
        raise Rejected(INVALID_PARAMETER, f"{name} must be a whole date, yyyy-mm-dd") from error
    if ahead and day < today:
        raise Rejected(INVALID_PARAMETER, f"{name} must not be in the past")
    if not ahead and day > today:
        raise Rejected(INVALID_PARAMETER, f"{name} must not be in the future")
    return day


def _period(name: str, value: Resource, today: date) -> DateRange:
    start, end = (_date(name, value[end], today) if end in value else None for end in ("start", "end"))
    try:
        return DateRange(start, end)
    except InvalidValue as error:
        raise Rejected(INVALID_PARAMETER, f"{name} must not start after it ends") from error


def _check_allergies(sections: Iterable[RecordSection], found: dict[str, Any]) -> None:
    if RecordSection.ALLERGIES in sections and "includeResolvedAllergies" not in found:
        raise Rejected(INVALID_PARAMETER, "includeAllergies.includeResolvedAllergies is missing")


def _check_consultations(found: dict[str, Any]) -> None:
    if "consultationSearchPeriod" in found and "includeNumberOfMostRecent" in found:
        raise Rejected(INVALID_RESOURCE, "consultationSearchPeriod and includeNumberOfMostRecent must not both be sent")


def _check_together(sections: Iterable[RecordSection], found: dict[str, Any]) -> None:
    latest = found.get("includeNumberOfMostRecent")
    for section, name in limits.forbidden(sections, found, latest_consultations=latest):
        area = areas.BY_SECTION[section].parameter
        raise Rejected(INVALID_PARAMETER, f"{name} must not be sent together with {area}")
