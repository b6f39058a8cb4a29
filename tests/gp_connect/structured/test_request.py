"""The request for a structured record: what is written is accepted, and each rule is kept with its own code."""

import copy
from datetime import date
from typing import Any

import pytest

from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import structured as rules
from gp_connect.structured import request
from tests.gp_connect.structured.people import ALEX, TODAY
from vocabulary.problems import InvalidValue
from vocabulary.record_parts import RecordSection
from vocabulary.records import DateRange, RecordQuery

_S = RecordSection
_SPAN = DateRange(date(2025, 1, 1), date(2025, 12, 31))
_ASKABLE = frozenset(RecordSection) - {_S.DOCUMENTS}
QUERIES = {
    "everything": RecordQuery.whole(),
    "allergies in force": RecordQuery(sections=frozenset({_S.ALLERGIES}), ended_allergies=False),
    "medication without issues": RecordQuery(
        sections=frozenset({_S.MEDICATION}), prescription_issues=False, medication_since=date(2025, 6, 1)
    ),
    "consultations of a year": RecordQuery(sections=frozenset({_S.CONSULTATIONS}), consultations=_SPAN),
    "five consultations": RecordQuery(sections=frozenset({_S.CONSULTATIONS}), latest_consultations=5),
    "inactive problems": RecordQuery(sections=frozenset({_S.PROBLEMS}), active_problems=False),
    "immunisations": RecordQuery(
        sections=frozenset({_S.IMMUNISATIONS}), immunisations_not_given=True, immunisation_statuses=False
    ),
    "spans": RecordQuery(
        sections=frozenset({_S.UNCATEGORISED, _S.INVESTIGATIONS, _S.REFERRALS, _S.DIARY}),
        uncategorised=DateRange(start=date(2025, 1, 1)),
        investigations=_SPAN,
        referrals=DateRange(end=date(2025, 1, 1)),
        diary_until=TODAY,
    ),
    "predefined search 1": RecordQuery(
        sections=frozenset({_S.CONSULTATIONS, _S.PROBLEMS, _S.ALLERGIES, _S.MEDICATION}),
        latest_consultations=3,
        medication_since=date(2025, 6, 1),
    ),
    "predefined search 2": RecordQuery(
        sections=frozenset(
            {_S.CONSULTATIONS, _S.PROBLEMS, _S.ALLERGIES, _S.MEDICATION, _S.IMMUNISATIONS, _S.UNCATEGORISED}
        ),
        latest_consultations=3,
        medication_since=date(2025, 6, 1),
    ),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_what_the_hub_asks_a_provider_understands(query: RecordQuery) -> None:
    asked = rules.check(request.write(ALEX.nhs_number, query, today=TODAY), today=TODAY)
    assert asked.nhs_number == ALEX.nhs_number
    assert asked.unknown == ()
    assert asked.query.sections == query.sections - {_S.DOCUMENTS}
    assert asked.query.restrictions == query.restrictions
    for name in (*query.restrictions, "ended_allergies", "prescription_issues"):
        assert getattr(asked.query, name) == getattr(query, name)


def test_an_area_without_limits_has_no_parts_and_allergies_always_have_one() -> None:
    parameters = request.write(ALEX.nhs_number, RecordQuery.whole(), today=TODAY)["parameter"]
    by_name = {each["name"]: each for each in parameters}
    assert by_name["includeProblems"] == {"name": "includeProblems"}
    assert by_name["includeAllergies"]["part"] == [{"name": "includeResolvedAllergies", "valueBoolean": True}]
    assert len(by_name) == 10


_TWO = {"sections": frozenset({_S.CONSULTATIONS, _S.MEDICATION, _S.PROBLEMS, _S.REFERRALS, _S.DIARY, _S.IMMUNISATIONS})}
FORBIDDEN: dict[str, dict[str, Any]] = {
    "medicine since, with consultations": {**_TWO, "medication_since": date(2025, 1, 1)},
    "problem status, with consultations": {**_TWO, "active_problems": True},
    "referral span, with problems": {"sections": frozenset({_S.PROBLEMS, _S.REFERRALS}), "referrals": _SPAN},
    "diary date, with problems": {"sections": frozenset({_S.PROBLEMS, _S.DIARY}), "diary_until": TODAY},
    "not given, with consultations": {**_TWO, "immunisations_not_given": False},
    "statuses, with problems": {
        "sections": frozenset({_S.PROBLEMS, _S.IMMUNISATIONS}),
        "immunisation_statuses": True,
    },
    "almost the predefined search": {
        "sections": frozenset({_S.CONSULTATIONS, _S.PROBLEMS, _S.ALLERGIES, _S.MEDICATION}),
        "latest_consultations": 4,
        "medication_since": date(2025, 1, 1),
    },
    "documents alone": {"sections": frozenset({_S.DOCUMENTS})},
    "medicine since tomorrow": {"sections": frozenset({_S.MEDICATION}), "medication_since": date(2026, 6, 2)},
    "diary until yesterday": {"sections": frozenset({_S.DIARY}), "diary_until": date(2026, 5, 31)},
    "investigations to come": {
        "sections": frozenset({_S.INVESTIGATIONS}),
        "investigations": DateRange(end=date(2026, 6, 2)),
    },
}


@pytest.mark.parametrize("query", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_a_forbidden_question_is_not_written(query: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as caught:
        request.write(ALEX.nhs_number, RecordQuery(**query), today=TODAY)
    assert caught.value.next_step


def test_a_problem_filter_may_stand_beside_problems() -> None:
    request.write(ALEX.nhs_number, RecordQuery(sections=frozenset({_S.PROBLEMS}), active_problems=True), today=TODAY)


def _body(**areas: Any) -> dict[str, Any]:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": ALEX.nhs_number.value}
    parameters: list[dict[str, Any]] = [{"name": "patientNHSNumber", "valueIdentifier": number}]
    for name, parts in areas.items():
        parameters.append({"name": name, "part": parts} if parts else {"name": name})
    return {"resourceType": "Parameters", "parameter": parameters}


def _without_number() -> dict[str, Any]:
    body = _body(includeProblems=[])
    body["parameter"] = body["parameter"][1:]
    return body


def _numbered(**changes: Any) -> dict[str, Any]:
    body = _body(includeProblems=[])
    body["parameter"][0]["valueIdentifier"] |= changes
    return body


def _twice() -> dict[str, Any]:
    body = _body(includeProblems=[])
    body["parameter"].append(copy.deepcopy(body["parameter"][1]))
    return body


def _date(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"name": name, "valueDate": value}]


def _period(name: str, **value: Any) -> list[dict[str, Any]]:
    return [{"name": name, "valuePeriod": value}]


_CODE = {"name": "filterStatus", "valueCode": "resolved"}
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "another resource": ({"resourceType": "Patient"}, "INVALID_RESOURCE", "Parameters"),
    "no parameters": ({"resourceType": "Parameters"}, "INVALID_RESOURCE", "parameter"),
    "no NHS number": (_without_number(), "INVALID_PARAMETER", "patientNHSNumber"),
    "wrong system": (_numbered(system="urn:x"), "INVALID_PARAMETER", "patientNHSNumber"),
    "bad check digit": (_numbered(value="9990000019"), "INVALID_NHS_NUMBER", "patientNHSNumber"),
    "not ten digits": (_numbered(value="999 000 0018"), "INVALID_NHS_NUMBER", "patientNHSNumber"),
    "nothing known": (_body(includeHoroscope=[]), "INVALID_PARAMETER", "recognised"),
    "an area twice": (_twice(), "INVALID_RESOURCE", "includeProblems"),
    "allergies without the part": (_body(includeAllergies=[]), "INVALID_PARAMETER", "includeResolvedAllergies"),
    "a part without a value": (
        _body(includeAllergies=[{"name": "includeResolvedAllergies"}]),
        "INVALID_PARAMETER",
        "includeResolvedAllergies",
    ),
    "a value of another type": (
        _body(includeAllergies=[{"name": "includeResolvedAllergies", "valueBoolean": "true"}]),
        "INVALID_PARAMETER",
        "includeResolvedAllergies",
    ),
    "a part of another area": (
        _body(includeProblems=[{"name": "includeResolvedAllergies", "valueBoolean": True}]),
        "INVALID_PARAMETER",
        "includeResolvedAllergies",
    ),
    "a partial date": (_body(includeMedication=_date("medicationSearchFromDate", "2017-06")), "INVALID_PARAMETER", ""),
    "a date with a time": (
        _body(includeMedication=_date("medicationSearchFromDate", "2017-06-01T00:00:00+01:00")),
        "INVALID_PARAMETER",
        "medicationSearchFromDate",
    ),
    "a medicine date to come": (
        _body(includeMedication=_date("medicationSearchFromDate", "2026-06-02")),
        "INVALID_PARAMETER",
        "medicationSearchFromDate",
    ),
    "a diary date gone by": (
        _body(includeDiaryEntries=_date("diaryEntriesSearchDate", "2026-05-31")),
        "INVALID_PARAMETER",
        "diaryEntriesSearchDate",
    ),
    "a span the wrong way round": (
        _body(includeConsultations=_period("consultationSearchPeriod", start="2025-02-01", end="2025-01-01")),
        "INVALID_PARAMETER",
        "consultationSearchPeriod",
    ),
    "a span to come": (
        _body(includeReferrals=_period("referralSearchPeriod", start="2026-06-02")),
        "INVALID_PARAMETER",
        "referralSearchPeriod",
    ),
    "an empty span": (_body(includeReferrals=_period("referralSearchPeriod")), "INVALID_PARAMETER", "referral"),
    "an unknown status": (_body(includeProblems=[_CODE]), "INVALID_PARAMETER", "filterStatus"),
    "both limits of consultations": (
        _body(
            includeConsultations=[
                *_period("consultationSearchPeriod", start="2025-02-01"),
                {"name": "includeNumberOfMostRecent", "valuePositiveInt": 3},
            ]
        ),
        "INVALID_RESOURCE",
        "consultationSearchPeriod",
    ),
    "a forbidden combination": (
        _body(includeConsultations=[], includeMedication=_date("medicationSearchFromDate", "2025-06-01")),
        "INVALID_PARAMETER",
        "medicationSearchFromDate",
    ),
}


@pytest.mark.parametrize(("body", "code", "names"), REFUSED.values(), ids=REFUSED.keys())
def test_each_fault_of_a_request_has_its_code_and_names_the_parameter(body: Any, code: str, names: str) -> None:
    with pytest.raises(Rejected) as caught:
        rules.check(body, today=TODAY)
    assert caught.value.code.code == code
    assert names in caught.value.diagnostics
    assert ALEX.nhs_number.value not in caught.value.diagnostics


def test_what_nobody_knows_is_reported_and_passed_over() -> None:
    body = _body(includeProblems=[{"name": "includeSignificance", "valueCode": "major"}], includeHoroscope=[])
    asked = rules.check(body, today=TODAY)
    assert asked.query.sections == {_S.PROBLEMS}
    assert asked.unknown == ("includeHoroscope", "includeProblems.includeSignificance")
