"""Frozen read models: what verbs answer, and all that doors ever see of the diary desk."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduling.host_words import AtHost
from sharing_agreements.terms import Why
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole, Slot
from vocabulary.times import Window


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot as shown to people: what GP Connect requires on display, and where it is. Times are UTC."""

    host: OdsCode
    host_name: str
    host_phone: str
    host_bypass_phone: str
    window: Window
    channel: DeliveryChannel
    role: PractitionerRole
    service: str
    slot_type: str
    session_name: str
    practitioner_name: str
    practitioner_gender: Gender
    site_name: str
    site_address: tuple[str, ...]
    site_postcode: str
    site_phone: str
    site_access: frozenset[str]
    site_directions: str
    location_id: str

    @property
    def minutes(self) -> int:
        """How long it is, in minutes."""
        return int(self.window.length.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice on the page: equal times in one place shown once with a count, one concrete slot behind it."""

    slot_ids: tuple[int, ...]  # the pool's ids, several when adjacent slots are joined
    facts: SlotFacts
    count: int  # how many equal ones there are, this included
    miles: float | None
    seen_at: datetime  # when the host was last asked
    agreement: str  # label and clause under which it may be booked; empty at the own practice
    clause: str


class Freshness(StrEnum):
    """How fresh what we know of a host is."""

    FRESH = "fresh"
    STALE = "stale"  # older than the timetable promises
    UNREACHABLE = "unreachable"  # the last asks failed
    NEVER = "never"  # not asked yet


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """One host in a search: how many it offers and, when none, why, as far as the wire can tell."""

    host: OdsCode
    name: str
    phone: str
    bypass_phone: str
    offered: int
    freshness: Freshness
    asked_at: datetime | None
    explanation: str  # plain words; empty when slots are offered and fresh
    why: Why


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Offers in the stated order, every host's answer, and never a bare "none"."""

    offers: tuple[Offer, ...]
    total: int  # offers found, of which `offers` are the first
    hosts: tuple[HostAnswer, ...]
    window: Window
    next_after: Offer | None  # the soonest fitting offer outside the window, when it holds none
    searched_until: datetime  # how far ahead the pool reaches
    order: str  # the rule of the order, in words


class Recheck(StrEnum):
    """What the host said when a hold was taken."""

    FREE = "free"
    COULD_NOT_CHECK = "could-not-check"


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold: the slots are the caller's until it expires."""

    ref: BookingRef
    facts: SlotFacts
    expires_at: datetime
    recheck: Recheck
    checked_at: datetime | None
    recheck_words: str
    slot_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking as every door shows it."""

    ref: BookingRef
    state: BookingState
    facts: SlotFacts
    booking_practice: OdsCode
    booking_practice_name: str
    home_practice: OdsCode | None
    nhs_number: NHSNumber
    family: str
    given: str
    birth_date: date
    phone: str
    interpreter: str
    access_needs: tuple[str, ...]
    description: str
    comment: str
    clash_reason: str
    agreement: str
    clause: str
    created_by_name: str
    requested_at: datetime
    settled_at: datetime | None
    host_reference: str  # the host's own appointment id
    refusal_code: str
    refusal_words: str
    replaces: BookingRef | None
    replaced_by: BookingRef | None
    cancel_reason: CancellationReason | None
    cancel_asked_at: datetime | None
    next_look_at: datetime | None
    needs_person: str  # why a person must look at it; empty when nobody must
    cancelled_by: str = ""
    came_at: datetime | None = None  # cancelled by the host, and put down as here all the same
    at_host: AtHost | None = None  # None: nothing is known to differ there

    @property
    def not_come(self) -> bool:
        """The patient is down as not having come, whether or not they had said so."""
        late = self.state is BookingState.CANCELLED and self.cancel_reason is CancellationReason.LATE
        return self.state is BookingState.MISSED or late

    def __repr__(self) -> str:
        return f"BookingView({self.ref} {self.state})"


@dataclass(frozen=True, slots=True)
class HostedBooking:
    """A booking as another system is shown it: what the wire wants beside the view, by the host's own ids."""

    view: BookingView
    version: int  # grows with every change
    changed_at: datetime
    patient_id: str
    slots: tuple[Slot, ...]
    booking_practice_phone: str
    cancel_words: str = ""


@dataclass(frozen=True, slots=True)
class BookingEvent:
    """One line of a booking's history."""

    at: datetime
    from_state: str
    to_state: BookingState
    by_name: str
    words: str


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """Something a person must settle, or (a notice) should know; with as much of the booking as tells it apart."""

    id: int
    kind: str
    booking_ref: BookingRef | None
    host: OdsCode
    host_name: str
    owner: OdsCode
    appointment_id: str
    words: str
    raised_at: datetime
    booking_waits: bool = False  # the booking itself must be settled: the item goes with it
    notice: bool = False  # off the list once seen
    family: str = ""  # of the patient; empty where the hub has no booking
    given: str = ""
    start: datetime | None = None  # as the patient was told

    def __repr__(self) -> str:
        return f"AttentionItem({self.id}, {self.kind})"


@dataclass(frozen=True, slots=True)
class HostHealth:
    """One host on the health page, as this practice's asks found it."""

    host: OdsCode
    name: str
    phone: str
    bypass_phone: str
    freshness: Freshness
    asked_at: datetime | None
    failed_at: datetime | None
    failure: str
    took_ms: int
    slots_seen: int
    unmapped_slots: int
