"""Bookings and appointments: what is asked of a host, what it answers, and the states a booking goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.slots import Slot
from vocabulary.times import Window
from vocabulary.visits import VisitThere

DESCRIPTION_LIMIT = 100  # characters; GP Connect 1.2, Book an appointment
COMMENT_LIMIT = 500
COMMENT_ROOM = COMMENT_LIMIT - len("[XXXX-XXXX] ")  # what is left beside the hub's reference


class BookingState(StrEnum):
    """Where the hub's record of a booking stands; scheduling/lifecycle.py holds the transitions."""

    REQUESTED = "requested"
    BOOKED = "booked"
    REFUSED = "refused"
    IN_DOUBT = "in-doubt"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    MISSED = "missed"


class CancellationReason(StrEnum):
    """Why a booking is cancelled, and by that who asked."""

    PATIENT_ASKED = "patient-asked"
    NO_LONGER_NEEDED = "no-longer-needed"
    BOOKED_IN_ERROR = "booked-in-error"
    PRACTICE_ASKED = "practice-asked"
    MOVED = "moved"
    OTHER_SYSTEM = "other-system"  # asked for over GP Connect, in words of their own
    LATE = "late"  # said of a visit that had begun: nothing is asked of the host
    HOST_CANCELLED = "host-cancelled"  # nobody asked the hub: a look at the host showed it

    @property
    def words(self) -> str:
        """As sent to the host and shown to users; EMIS keeps 150 characters at most."""
        return _CANCELLATION_WORDS[self]


_CANCELLATION_WORDS = {
    CancellationReason.PATIENT_ASKED: "The patient asked to cancel",
    CancellationReason.NO_LONGER_NEEDED: "No longer needed",
    CancellationReason.BOOKED_IN_ERROR: "Booked in error",
    CancellationReason.PRACTICE_ASKED: "The practice asked to cancel",
    CancellationReason.MOVED: "Moved to another time",
    CancellationReason.OTHER_SYSTEM: "Cancelled from the other practice's own system",
    CancellationReason.LATE: "The patient cancelled after the appointment had begun",
    CancellationReason.HOST_CANCELLED: "Cancelled by the practice that was to see the patient",
}


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What a host is asked to book: one slot, or several adjacent ones of one session, channel and type.

    `patient_host_id` is the host's own id of the patient (from find or register). The hub's reference travels at
    the head of `comment`, so that `find_booking` can recognise its own.
    """

    ref: BookingRef
    host: OdsCode
    slots: tuple[Slot, ...]
    nhs_number: NHSNumber
    patient_host_id: str
    booking_practice: OdsCode
    booking_practice_name: str
    booking_practice_phone: str
    description: str
    comment: str
    created: datetime

    @property
    def window(self) -> Window:
        """From the first slot's start to the last one's end."""
        return Window(self.slots[0].window.start, self.slots[-1].window.end)

    @property
    def comment_on_the_wire(self) -> str:
        """The comment with the hub's reference in front; fits COMMENT_LIMIT when `comment` fits COMMENT_ROOM."""
        return f"[{self.ref.spoken}] {self.comment}".strip()


@dataclass(frozen=True, slots=True)
class Receipt:
    """How the host knows an appointment: its own id, and the version last seen."""

    host: OdsCode
    appointment_id: str
    version: str = ""


class AppointmentStatus(StrEnum):
    """The state of an appointment at the host, reduced to what the hub acts on."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment as the host holds it."""

    receipt: Receipt
    status: AppointmentStatus
    patient_host_id: str
    slot_ids: tuple[str, ...]
    window: Window
    description: str = ""
    comment: str = ""
    cancellation_reason: str = ""
    booked_by: OdsCode | None = None
    visit: VisitThere | None = None  # None: the host's system has no place for it

    def __repr__(self) -> str:
        return f"Appointment({self.receipt.host} {self.receipt.appointment_id} {self.status})"
