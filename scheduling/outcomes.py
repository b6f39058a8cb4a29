"""What came of asking a host, as settling reads it: one frozen value each, PURE, with the reading of faults."""

from dataclasses import dataclass
from datetime import datetime

from connectors.faults import Fault, PatientUnknown, Refused, SlotGone, Unreachable, Unsupported
from vocabulary.appointments import Appointment, AppointmentStatus, Receipt


@dataclass(frozen=True, slots=True)
class Booked:
    """The host has it; `words` say how we know, when a person told us."""

    receipt: Receipt
    words: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """Surely not booked. With `slot_lost`, what was seen of its slots before says nothing: they must be seen anew."""

    code: str
    words: str
    slot_lost: bool = False


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something was sent and no readable answer came: unknown."""

    words: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A look was answered and the host showed no such appointment."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A look was not answered: it says nothing."""

    words: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The host has it as cancelled; `words` say how we know, when a person told us."""

    version: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class NotCancelled:
    """The host refused to cancel: the appointment stands."""

    words: str


@dataclass(frozen=True, slots=True)
class CancelUnanswered:
    """Not known to be cancelled yet: asked again later, since cancelling is safe to repeat."""

    words: str


BY_PHONE = "by-phone"
"""The host's reference of an appointment that a person settled without one: it cannot be asked for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answered look at what the hub has as booked under this id; `there` is None where the host showed nothing."""

    there: Appointment | None
    appointment_id: str
    sent_at: datetime


Outcome = Booked | Declined | Doubtful | Absent | Unanswered | Cancelled | NotCancelled | CancelUnanswered


def of_booking_fault(fault: Fault, host_name: str) -> Declined | Doubtful:
    """What a fault from `book` means (house table): refused when surely nothing happened, else in doubt."""
    match fault:
        case Unsupported():
            return Declined("host-cannot", f"{host_name} was not asked. {_whole(fault)}")
        case Unreachable():
            return Declined("host-unreachable", f"{host_name}'s system cannot be reached, so nothing was booked.")
        case SlotGone():
            words = f"{host_name} has just given this slot to somebody else."
            return Declined("slot-taken", words, slot_lost=True)
        case Refused():
            return Declined(fault.code or "host-refused", _refusal_words(fault, host_name), slot_lost=True)
    return Doubtful(f"{host_name}'s system was asked but gave no clear answer: {fault.words}")


_TIME_IS_GONE = frozenset({"slot-taken", "cancelled-at-host", "NO_RECORD_FOUND", "REFERENCE_NOT_FOUND"})
_NOT_OPEN_TO_US = frozenset({"ACCESS DENIED", "ACCESS_DENIED", "NO_ORGANISATIONAL_CONSENT", "ASID_CHECK_FAILED"})
_SET_UP_WRONG = frozenset(  # what refusals.py recognised, and what the directory says: somebody has to set it up
    {
        "SENDER_NOT_ENABLED",
        "HOST_NOT_ENABLED",
        "PAIR_NOT_ALLOWED",
        "ADDRESS_MOVED",
        "GP_CONNECT_OFF",
        "SERVICE_TYPE_DISABLED",
        "host-cannot",
    }
)
_ABOUT_THE_PATIENT = frozenset(
    {
        "INVALID_NHS_NUMBER",
        "INVALID_PATIENT_DEMOGRAPHICS",
        "PATIENT_NOT_FOUND",
        "patient-unknown",
        "patient-cannot-be-found-or-registered",
        "registration-refused",
    }
)
_NO_ANSWER = frozenset({"host-unreachable", "host-unavailable", "too-slow"})


def _refusal_words(fault: Refused, host_name: str) -> str:
    """What happened, as one says it at a desk."""
    if fault.code in _TIME_IS_GONE:
        return f"{host_name} no longer has this slot: it was taken, or their clinic was changed, a moment ago."
    if fault.code in _NOT_OPEN_TO_US:
        return f"{host_name}'s system does not let your practice book at the moment. {fault.whose}".strip()
    return f"{host_name} did not take the booking. {_whole(fault)}"


def _whole(fault: Fault) -> str:
    """Its words and whose it is to put right; what to do meanwhile is `next_step`'s to say."""
    return f"{fault.words} {fault.whose}".strip()


def next_step(code: str, host_name: str, phone: str) -> str:
    """What to do after a booking was refused with this code."""
    ring = f"ring {host_name} on {phone}" if phone else f"ring {host_name}"
    if code in _TIME_IS_GONE:
        return f"Choose another slot. This one is offered again only if {host_name} shows it as free."
    if code in _NOT_OPEN_TO_US | _SET_UP_WRONG:
        return f"Choose another practice, or {ring}. Tell your practice manager, who can have it put right."
    if code in _ABOUT_THE_PATIENT:
        return f"Check the patient's details with them. If they are right, {ring} to book by phone."
    if code in _NO_ANSWER:
        return f"Try again in a few minutes, choose another practice, or {ring}."
    if code == "not-at-host":
        return "If the patient is no longer on the phone, ring them; then choose another slot."
    return f"Choose another slot. If it happens again, {ring}."


def of_preparation_fault(fault: Fault, host_name: str) -> Declined:
    """What a fault from `find_patient` or `register_patient` means: nothing was booked; the next try finds first."""
    if isinstance(fault, PatientUnknown):
        return Declined("patient-unknown", f"{host_name}'s system does not show this patient.")
    if isinstance(fault, Refused) and fault.status == 409:  # an empty find, then "already there": the known deadlock
        return Declined(
            "patient-cannot-be-found-or-registered",
            f"{host_name} already holds this patient in a way its system does not show, so the booking must be made "
            "by phone.",
        )
    if isinstance(fault, Refused):
        return Declined(
            fault.code or "registration-refused", f"{host_name} could not register the patient: {_whole(fault)}"
        )
    if isinstance(fault, Unsupported):
        return Declined("host-cannot", f"{host_name} was not asked. {_whole(fault)}")
    return Declined("host-unavailable", f"{host_name}'s system did not answer while the patient was being looked up.")


def of_look(found: Appointment | None, host_name: str) -> Booked | Absent | Declined:
    """What a look at the host's diary means."""
    if found is None:
        return Absent()
    if found.status is AppointmentStatus.CANCELLED:
        return Declined("cancelled-at-host", f"{host_name} has this appointment as cancelled.", slot_lost=True)
    return Booked(found.receipt)
