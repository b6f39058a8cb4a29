"""Frozen read models of the address book."""

from dataclasses import dataclass
from datetime import date, datetime

from connectors.port import Link, MessageSet
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import UserRole


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the earth, degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SiteView:
    """A building where a practice holds clinics."""

    ods: OdsCode
    location_id: str
    name: str
    address: tuple[str, ...]
    postcode: str
    place: Place | None
    access: frozenset[str]
    directions: str


@dataclass(frozen=True, slots=True)
class PracticeView:
    """A practice as other rooms see it."""

    ods: OdsCode
    name: str
    is_open: bool
    address: tuple[str, ...]
    postcode: str
    place: Place | None
    phone: str
    bypass_phone: str
    list_size: int
    cluster: str
    system: str  # the link's system name, empty when there is no link
    pooling_live: bool
    booking_live: bool
    pooling_by: str = ""
    pooling_by_name: str = ""
    tested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LiveLink:
    """A practice whose slots are pooled now, and how to reach its GP system."""

    practice: PracticeView
    link: Link


@dataclass(frozen=True, slots=True)
class EndpointView:
    """What is known of one message set of a practice; `looked_up_at` None where nobody has asked the directory."""

    message_set: MessageSet
    enabled: bool
    asid: str = ""
    party_key: str = ""
    looked_up_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SystemReport:
    """What a practice's system last said of itself; `failure` says why it did not when last asked."""

    asked_at: datetime
    answered_at: datetime | None
    took_ms: int
    standard: str
    software: str
    software_version: str
    interactions: tuple[str, ...]
    failure: str
    record_standard: str = ""  # of its record service, which has an address of its own
    record_failure: str = ""  # both empty: no such address is known
    documents_standard: str = ""  # of its document service, likewise
    documents_failure: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a practice is connected, for those who look after it. It shows no address and no secret."""

    ods: OdsCode
    name: str
    system: str
    from_directory: bool  # its addresses come from the national directory
    endpoints: tuple[EndpointView, ...]
    report: SystemReport | None


@dataclass(frozen=True, slots=True)
class StaffGrant:
    """A role at a practice given locally, in force on the day asked about."""

    role: UserRole
    practice: OdsCode
    ends_on: date
    granted_by: str


@dataclass(frozen=True, slots=True)
class FutureBooking:
    """A booking still to come at a practice, as an import lists it when that practice has closed. Names no patient."""

    ref: BookingRef
    starts: datetime
    booking_practice: OdsCode
