"""Frozen read models of the address book."""

from dataclasses import dataclass
from datetime import datetime

from vocabulary.identifiers import OdsCode


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
