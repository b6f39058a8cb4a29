"""What came of asking a host, as settling reads it: one frozen value each, PURE, with the reading of faults."""

from dataclasses import dataclass

from connectors.faults import Fault, PatientUnknown, Refused, SlotGone, Unreachable, Unsupported
from vocabulary.appointments import Appointment, AppointmentStatus, Receipt


@dataclass(frozen=True, slots=True)
class Booked:
    """The host has it; `words` say how we know, when a person told us."""

    receipt: Receipt
    words: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """Surely not booked."""

    code: str
    words: str


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


Outcome = Booked | Declined | Doubtful | Absent | Unanswered | Cancelled | NotCancelled | CancelUnanswered


def of_booking_fault(fault: Fault, host_name: str) -> Declined | Doubtful:
    """What a fault from `book` means (house table): refused when surely nothing happened, else in doubt."""
    match fault:
        case Unreachable() | Unsupported():
            return Declined("host-unreachable", f"{host_name}'s system could not be reached, so nothing was booked.")
        case SlotGone():
            return Declined("slot-taken", f"{host_name} says that slot is no longer free.")
        case Refused():
            return Declined(fault.code or "host-refused", f"{host_name} refused the booking: {fault.words}")
    return Doubtful(f"{host_name}'s system was asked but gave no clear answer: {fault.words}")


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
            fault.code or "registration-refused", f"{host_name} could not register the patient: {fault.words}"
        )
    return Declined("host-unavailable", f"{host_name}'s system did not answer while the patient was being looked up.")


def of_look(found: Appointment | None, host_name: str) -> Booked | Absent | Declined:
    """What a look at the host's diary means."""
    if found is None:
        return Absent()
    if found.status is AppointmentStatus.CANCELLED:
        return Declined("cancelled-at-host", f"{host_name} has this appointment as cancelled.")
    return Booked(found.receipt)
