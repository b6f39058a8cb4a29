"""Words and looks for the vocabulary's enums: one table each, every member named (a test keeps it so)."""

from collections.abc import Mapping

from scheduling.results import Freshness
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole

ROLES: Mapping[PractitionerRole, str] = {
    PractitionerRole.GP: "GP",
    PractitionerRole.NURSE: "Nurse",
    PractitionerRole.PHYSIOTHERAPIST: "Physiotherapist",
    PractitionerRole.PHARMACIST: "Pharmacist",
    PractitionerRole.MENTAL_HEALTH_NURSE: "Mental health nurse",
    PractitionerRole.HEALTHCARE_ASSISTANT: "Healthcare assistant",
    PractitionerRole.OTHER: "Other clinician",
}

CHANNELS: Mapping[DeliveryChannel, str] = {
    DeliveryChannel.IN_PERSON: "In person",
    DeliveryChannel.TELEPHONE: "Telephone",
    DeliveryChannel.VIDEO: "Video",
    DeliveryChannel.OTHER: "Other",
}

GENDERS: Mapping[Gender, str] = {
    Gender.FEMALE: "Female",
    Gender.MALE: "Male",
    Gender.OTHER: "Other",
    Gender.UNKNOWN: "Not recorded",
}

STATES: Mapping[BookingState, tuple[str, str]] = {
    BookingState.REQUESTED: ("Being booked", "blue"),
    BookingState.BOOKED: ("Booked", "green"),
    BookingState.REFUSED: ("Not booked", "red"),
    BookingState.IN_DOUBT: ("Not known yet", "yellow"),
    BookingState.CANCELLING: ("Being cancelled", "orange"),
    BookingState.CANCELLED: ("Cancelled", "grey"),
    BookingState.ATTENDED: ("Attended", "green"),
    BookingState.MISSED: ("Did not attend", "orange"),
}
"""A booking's state in words, and the colour of its tag; the words alone say everything."""

FRESHNESS: Mapping[Freshness, str] = {
    Freshness.FRESH: "Answering",
    Freshness.STALE: "Slow to answer",
    Freshness.UNREACHABLE: "Not answering",
    Freshness.NEVER: "Not asked yet",
}

USER_ROLES: Mapping[UserRole, str] = {
    UserRole.RECEPTIONIST: "Receptionist",
    UserRole.CLINICIAN: "Clinician",
    UserRole.PRACTICE_MANAGER: "Practice manager",
    UserRole.FEDERATION_ADMIN: "Federation admin",
    UserRole.CALDICOTT_GUARDIAN: "Caldicott Guardian",
    UserRole.ANALYST: "Analyst",
    UserRole.SYSTEM: "Background job",
}

SCOPES: Mapping[Scope, str] = {
    Scope.SEE_SLOTS: "see free appointments of",
    Scope.BOOK: "book, change and cancel appointments at",
    Scope.VIEW_RECORD: "see the shared record of patients of",
    Scope.SEND_TASK: "send tasks to",
    Scope.ANALYSE: "use figures without names from",
}
"""As in "Beechwood may … Fallodon Way"."""

CANCELLATIONS: Mapping[CancellationReason, str] = {
    CancellationReason.PATIENT_ASKED: "The patient asked",
    CancellationReason.NO_LONGER_NEEDED: "It is no longer needed",
    CancellationReason.BOOKED_IN_ERROR: "It was booked in error",
    CancellationReason.PRACTICE_ASKED: "A practice asked",
    CancellationReason.MOVED: "Moved to another time",
    CancellationReason.OTHER_SYSTEM: "Cancelled from the other practice’s own system",
    CancellationReason.LATE: "The patient cancelled late",
    CancellationReason.HOST_CANCELLED: "The practice that was to see the patient cancelled it",
}

ACCESS: Mapping[str, str] = {
    "step-free": "Step-free access",
    "parking": "Parking",
    "blue-badge-parking": "Blue Badge parking",
    "accessible-toilet": "Accessible toilet",
    "hearing-loop": "Hearing loop",
    "lift": "Lift",
    "wheelchair": "Wheelchair access",
    "changing-place": "Changing Places toilet",
    "hoist": "Hoist",
    "quiet-room": "Quiet room",
    "large-print": "Large print",
    "bsl": "British Sign Language",
}


def back_words(path: str) -> str:
    """What a link back to a page of ours says."""
    if path.startswith("/holds/"):
        return "Back to the slot you hold"
    return "Back to the booking" if path.startswith("/bookings/") else "Back to where you were"


def counted(number: float, noun: str) -> str:
    """1 mile, 3 miles, 2.5 miles: for nouns that take an s."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def access_words(code: str) -> str:
    """An access need or a site's access in words; an unknown code is shown readably."""
    return ACCESS.get(code, code.replace("-", " ").capitalize())
