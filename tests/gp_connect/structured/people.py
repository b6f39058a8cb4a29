"""A patient, a practice and whole records for the tests of the structured record."""

from datetime import UTC, date, datetime
from typing import Any

from connectors.mock.records import make_record
from gp_connect import patients
from gp_connect.organisations import Organisation, write_organisation
from gp_connect.structured import writer
from gp_connect.structured.writer import Answering
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import RecordSection
from vocabulary.records import Record, RecordQuery

HOST = OdsCode("L81001")
TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
WHOLE = RecordQuery(sections=frozenset(RecordSection), immunisations_not_given=None)
ALEX = Patient(NHSNumber.parse("9990000018"), "Testcase", "Alex", date(1950, 2, 28), host_id="77")


def patient(number: int) -> Patient:
    """One of many: NHS numbers 999 000 1xxx, of all ages."""
    digits = f"{999_000_100 + number:09}"
    check = (11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11) % 11
    if check == 10:
        return patient(number + 1000)
    born = date(1930 + number % 90, 1 + number % 12, 1 + number % 28)
    return Patient(NHSNumber.parse(f"{digits}{check}"), "Testcase", "Alex", born, host_id="77")


def record(number: int) -> Record:
    """That patient's record."""
    return make_record(patient(number), host=HOST, practice_name="Host Surgery", today=TODAY)


def answering(whose: Patient = ALEX) -> Answering:
    """The practice's system, about to answer."""
    practice = Organisation(ods=HOST, name="Host Surgery", host_id="1")
    return Answering(
        "trace-1", patients.write(whose, organisation_id="1"), write_organisation(practice), HOST.value, NOW
    )


def bundle(of: Record, query: RecordQuery = WHOLE) -> dict[str, Any]:
    """The record as its practice's system would answer."""
    return writer.write(of, query, answering(of.patient))


def fullest() -> Record:
    """Of many records the one with most sections filled."""
    return max(map(record, range(60)), key=lambda each: sum(bool(section.entries) for section in each.sections))
