"""Synthetic people and practices for the connectors' tests."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from connectors.admission import Act, Pass
from vocabulary.appointments import BookingRequest
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller, UserRole
from vocabulary.slots import Gender, Slot

HOST = OdsCode("L81001")
BOOKING_PRACTICE = OdsCode("L81002")
STRANGER = OdsCode("L81003")

RECEPTIONIST = Caller(
    user_id="u-17",
    name="Morgan Example",
    role=UserRole.RECEPTIONIST,
    practice=BOOKING_PRACTICE,
    practice_name="Riverside Surgery",
    trace_id="trace-1",
    practice_phone="0117 496 0002",
)
OUTSIDER = replace(RECEPTIONIST, practice=STRANGER, practice_name="Elsewhere Surgery")

ALEX = Patient(
    nhs_number=NHSNumber.parse("999 000 0018"),
    family="Testcase",
    given="Alex",
    birth_date=date(1980, 2, 29),
    gender=Gender.FEMALE,
    postcode="BS1 4DJ",
    address=("2 Example Street", "Bristol"),
    phone="07700 900123",
)
SAM = replace(ALEX, nhs_number=NHSNumber.parse("999 000 0026"), given="Sam", gender=Gender.MALE)


def request_for(
    *slots: Slot, patient: Patient, ref: BookingRef | None = None, host: OdsCode = HOST, comment: str = ""
) -> BookingRequest:
    """A booking request of the booking practice's for a patient the host knows."""
    return BookingRequest(
        ref=ref or BookingRef.from_number(4711),
        host=host,
        slots=slots,
        nhs_number=patient.nhs_number,
        patient_host_id=patient.host_id,
        booking_practice=BOOKING_PRACTICE,
        booking_practice_name="Riverside Surgery",
        booking_practice_phone="0117 496 0002",
        description="Extended access appointment",
        comment=comment,
        created=datetime(2026, 1, 5, 9, tzinfo=UTC),
    )


@dataclass(frozen=True, slots=True)
class Slip:
    """What a permit is to the guard."""

    host: OdsCode
    caller: Caller = RECEPTIONIST


def admit_all(_slip: Pass, _act: Act) -> None:
    """The word of a gate that lets everything through: for tests of what else the guard does."""
