"""Comparing patients, what is printed of them, and the small words of appointments and roles."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from vocabulary.appointments import (
    COMMENT_LIMIT,
    COMMENT_ROOM,
    Appointment,
    AppointmentStatus,
    BookingRequest,
    CancellationReason,
    Receipt,
)
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Difference, Patient, TracedPatient, compare, lives_elsewhere
from vocabulary.slots import ClinicSession, DeliveryChannel, Gender, Slot
from vocabulary.times import Window

ANN = Patient(NHSNumber("9990000018"), "O'Brien-Smith", "Ann Mary", date(1980, 2, 29), Gender.FEMALE)
HOST = OdsCode("Y90003")
EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "differences", "blocks"),
    [
        ({}, (), False),
        ({"family": "  o'BRIEN-smith "}, (), False),
        ({"given": "ann   mary"}, (), False),
        ({"gender": Gender.UNKNOWN}, (), False),
        ({"postcode": "BS1 4DJ", "phone": "07700 900123", "host_id": "7"}, (), False),
        ({"family": "OBrien"}, (Difference.FAMILY,), False),
        ({"given": "Anne Mary"}, (Difference.GIVEN,), False),
        ({"gender": Gender.MALE}, (Difference.GENDER,), False),
        ({"birth_date": date(1980, 2, 28)}, (Difference.BIRTH_DATE,), True),
        ({"nhs_number": NHSNumber("9990000026")}, (Difference.NHS_NUMBER,), True),
        (
            {"birth_date": date(1981, 2, 28), "family": "Else", "gender": Gender.OTHER},
            (Difference.BIRTH_DATE, Difference.FAMILY, Difference.GENDER),
            True,
        ),
    ],
)
def test_two_records_of_one_patient_are_compared(
    change: dict[str, object], differences: tuple[Difference, ...], blocks: bool
) -> None:
    theirs = replace(ANN, **change)  # type: ignore[arg-type]
    for match in (compare(ANN, theirs), compare(theirs, ANN)):
        assert (match.differences, match.blocks) == (differences, blocks)


def test_no_patient_is_printed() -> None:
    traced = TracedPatient(ANN, HOST)
    appointment = Appointment(
        Receipt(HOST, "a1"), AppointmentStatus.BOOKED, "p1", ("s1",), Window(EIGHT, EIGHT + timedelta(hours=1)), "Itch"
    )
    printed = f"{ANN} {ANN!r} {traced} {traced!r} {appointment!r} {[traced]}"
    for secret in ("O'Brien", "Ann", "1980", "9990000018", "p1", "Itch"):
        assert secret not in printed


def _slot(number: int) -> Slot:
    start = EIGHT + number * timedelta(minutes=15)
    window = Window(start, start + timedelta(minutes=15))
    return Slot(HOST, f"s{number}", window, DeliveryChannel.VIDEO, "EA", ClinicSession("c1", "Evening surgery"))


def _request(comment: str) -> BookingRequest:
    return BookingRequest(
        ref=BookingRef.from_number(7),
        host=HOST,
        slots=(_slot(0), _slot(1)),
        nhs_number=ANN.nhs_number,
        patient_host_id="p1",
        booking_practice=HOST,
        booking_practice_name="Practice Y90003",
        booking_practice_phone="0117 4960100",
        description="Review",
        comment=comment,
        created=EIGHT,
    )


def test_the_reference_leads_the_comment_and_the_longest_comment_still_fits() -> None:
    request = _request("x" * COMMENT_ROOM)
    assert request.comment_on_the_wire.startswith(f"[{request.ref.spoken}] x")
    assert len(request.comment_on_the_wire) == COMMENT_LIMIT
    assert _request("").comment_on_the_wire == f"[{request.ref.spoken}]"


def test_joined_slots_are_one_window() -> None:
    assert _request("").window == Window(EIGHT, EIGHT + timedelta(minutes=30))


def test_every_reason_to_cancel_has_words_that_a_host_keeps() -> None:
    assert all(0 < len(reason.words) <= 150 for reason in CancellationReason)
    assert len({reason.words for reason in CancellationReason}) == len(CancellationReason)


@pytest.mark.parametrize(
    ("postcode", "address", "elsewhere"),
    [
        ("BS1 4DJ", ("14 Saffron Road", "Bristol"), False),
        ("bs14dj", ("14, SAFFRON ROAD", "Bath"), False),
        ("", (), False),
        ("BS1 4DJ", (), False),
        ("", ("16 Saffron Road",), True),
        ("BS3 1AA", ("14 Saffron Road",), True),
        ("BS3 1AA", (), True),
    ],
)
def test_two_records_put_a_patient_at_two_places(postcode: str, address: tuple[str, ...], elsewhere: bool) -> None:
    ours = replace(ANN, postcode="BS1 4DJ", address=("14 Saffron Road", "Bristol"))
    theirs = replace(ANN, postcode=postcode, address=address)
    assert lives_elsewhere(ours, theirs) is lives_elsewhere(theirs, ours) is elsewhere
    assert compare(ours, theirs).differences == (), "people move: it stops no booking"
