"""What the doors ask for: one frozen command a verb, already parsed, the same from HTML, JSON and FHIR."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vocabulary.appointments import CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import Window


@dataclass(frozen=True, slots=True)
class FindSlots:
    """Search the pool. Empty sets mean "any"; `minutes` joins adjacent slots when one alone is too short."""

    window: Window
    roles: frozenset[PractitionerRole] = frozenset()
    channels: frozenset[DeliveryChannel] = frozenset()
    hosts: frozenset[OdsCode] = frozenset()
    site_location_id: str = ""  # with one host: this site only
    minutes: int = 0
    near_postcode: str = ""  # the patient's, for distances
    within_miles: float | None = None
    access_needs: frozenset[str] = frozenset()
    limit: int = 50


class Asking(StrEnum):
    """Whether the host is asked, when a hold is taken, if the slots are still free."""

    AFTERWARDS = "afterwards"  # the hold is granted first, then the host has two seconds to say
    NO = "no"  # the booking follows at once and will tell
    MUST = "must"  # the pool never showed them to this practice: the host itself has to, or nothing is held


@dataclass(frozen=True, slots=True)
class TakeHold:
    """Hold these slots (ids of the pool, from an Offer) for the caller; all or none.

    With `any_equal`, a single slot that was just lost is made good by an equal one (same time, place, role, channel
    and service), as an offer that counts several promises.
    """

    slot_ids: tuple[int, ...]
    any_equal: bool = False
    asking: Asking = Asking.AFTERWARDS


@dataclass(frozen=True, slots=True)
class BookSlots:
    """Confirm a hold for a patient. The reference is the hold's: sending it twice is the same booking."""

    ref: BookingRef
    nhs_number: NHSNumber
    description: str
    comment: str = ""
    phone: str = ""
    patient_told: bool = False
    clash_reason: str = ""  # why, when the patient has another booking that day
    replaces: BookingRef | None = None  # a move: the booking given up once this one is firm
    differences_seen: bool = False  # the user has seen and accepted differing demographics that do not block
    phone_at_host: bool = False  # the number to ring is the one in the host's own record


@dataclass(frozen=True, slots=True)
class BookOutright:
    """Book for another system, without a hold first: slots and patient named by the host's own ids."""

    host: OdsCode
    slot_ids: tuple[str, ...]
    patient_id: str
    description: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AmendBooking:
    """Change the two texts of a booking; with `version`, only if that is still its version (see HostedBooking)."""

    ref: BookingRef
    description: str
    comment: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """Cancel a booking; `note` says who asked, when it was not the patient."""

    ref: BookingRef
    reason: CancellationReason
    note: str = ""


@dataclass(frozen=True, slots=True)
class SettleByHand:
    """A person says what became of a booking the machine could not settle."""

    ref: BookingRef
    was_booked: bool
    why: str
    appointment_id: str = ""


@dataclass(frozen=True, slots=True)
class ListBookings:
    """Which bookings to list: exactly one of the first three, and the time."""

    nhs_number: NHSNumber | None = None
    at_host: OdsCode | None = None
    by_practice: OdsCode | None = None
    window: Window | None = None
    since: datetime | None = None
