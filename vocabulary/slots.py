"""Clinic sessions and slots as any GP system offers them, in the hub's own words."""

from dataclasses import dataclass
from enum import StrEnum

from vocabulary.identifiers import OdsCode
from vocabulary.times import Window


class DeliveryChannel(StrEnum):
    """How patient and clinician meet (GP Connect DeliveryChannel; an open code list in practice)."""

    IN_PERSON = "in-person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    OTHER = "other"


class PractitionerRole(StrEnum):
    """Who holds the clinic: the six staff types of the network, and the rest."""

    GP = "gp"
    NURSE = "nurse"
    PHYSIOTHERAPIST = "physiotherapist"
    PHARMACIST = "pharmacist"
    MENTAL_HEALTH_NURSE = "mental-health-nurse"
    HEALTHCARE_ASSISTANT = "healthcare-assistant"
    OTHER = "other"


class Gender(StrEnum):
    """Administrative gender as FHIR STU3 codes it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Location:
    """A site where a clinic is held, as the host describes it; the address may be missing."""

    host_id: str
    name: str
    address: tuple[str, ...] = ()
    postcode: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Who holds the clinic, as the host describes them."""

    host_id: str
    name: str
    gender: Gender = Gender.UNKNOWN
    sds_user_id: str = ""  # the national user id, where the host told it


@dataclass(frozen=True, slots=True)
class ClinicSession:
    """A run of slots (FHIR Schedule). `role_code` is the national job role (R0260…), empty when the host sent none."""

    host_id: str
    name: str
    location: Location | None = None
    practitioner: Practitioner | None = None
    role_code: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A bookable interval in a host practice's diary; its identity is (host, host_id), opaque and the host's own."""

    host: OdsCode
    host_id: str
    window: Window
    channel: DeliveryChannel
    slot_type: str  # the practice's own wording; a mapping turns it into a service
    session: ClinicSession
