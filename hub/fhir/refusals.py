"""Which Spine code says what a verb refused, where the kind of the refusal alone does not say it well enough."""

from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import (
    BY_CODE,
    DUPLICATE_REJECTED,
    INVALID_PATIENT_DEMOGRAPHICS,
    INVALID_RESOURCE,
    NO_RECORD_FOUND,
    REFERENCE_NOT_FOUND,
    VERSION_CONFLICT,
    SpineCode,
)
from scheduling.problems import (
    AskedBefore,
    BookingUnknown,
    HostSlow,
    InvalidBooking,
    PatientClash,
    PatientDiffers,
    PatientNotFound,
    SlotTaken,
    SlotUnknown,
    WrongState,
)
from scheduling.results import BookingView
from vocabulary.problems import Problem

_NO_ANSWER = frozenset({"host-unreachable", "host-unavailable", "too-slow", "host-cannot"})
_OF_A_REFUSED_BOOKING = {
    "slot-taken": DUPLICATE_REJECTED,
    "cancelled-at-host": DUPLICATE_REJECTED,
    "patient-unknown": REFERENCE_NOT_FOUND,
    "patient-cannot-be-found-or-registered": INVALID_PATIENT_DEMOGRAPHICS,
}


def of_booking(problem: Problem) -> Rejected | Problem:
    """What to raise for a booking that was refused before anything was asked of the host."""
    match problem:
        case AskedBefore():
            return Rejected(DUPLICATE_REJECTED, f"{problem.message} {problem.next_step}")
        case SlotTaken():
            return Rejected(DUPLICATE_REJECTED, "slot: a slot is no longer free")
        case SlotUnknown():
            return Rejected(INVALID_RESOURCE, "slot: there is no such slot for the booking organisation")
        case PatientClash():
            return Rejected(INVALID_RESOURCE, "the patient has another appointment at that time")  # never says where
        case PatientDiffers():
            return Rejected(INVALID_PATIENT_DEMOGRAPHICS, "this patient cannot be booked over GP Connect")
        case PatientNotFound():
            return Rejected(REFERENCE_NOT_FOUND, "participant: there is no such active patient")
        case InvalidBooking():
            return Rejected(INVALID_RESOURCE, f"{problem.field}: {problem.message}")
        case WrongState():
            return Rejected(DUPLICATE_REJECTED, "slot: a slot is no longer free")
    return problem


def of_refused(view: BookingView) -> Rejected | Problem:
    """What to raise for a booking that the host, or the way to it, refused."""
    words = view.refusal_words or "the practice did not take the booking"
    if view.refusal_code in _NO_ANSWER:
        return HostSlow(words)
    code: SpineCode = _OF_A_REFUSED_BOOKING.get(
        view.refusal_code, BY_CODE.get(view.refusal_code.replace("_DENIED", " DENIED"), INVALID_RESOURCE)
    )
    return Rejected(code, words)


def of_change(problem: Problem) -> Rejected | Problem:
    """What to raise for a change that was refused."""
    match problem:
        case BookingUnknown():
            return Rejected(NO_RECORD_FOUND, problem.message)
        case WrongState():
            return Rejected(VERSION_CONFLICT, problem.message)
        case InvalidBooking():
            return Rejected(INVALID_RESOURCE, f"{problem.field}: {problem.message}")
    return problem
