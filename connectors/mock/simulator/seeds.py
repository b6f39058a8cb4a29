"""What a simulated federation starts with: practices with their sessions, patients and appointments.

People in the national service are vocabulary.patients.TracedPatient, as tracing answers with them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.mock.simulator.manners import Settings
from gp_connect.provider_rules.restrictions import Restriction
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.record_parts import RecordSection
from vocabulary.slots import ClinicSession, Slot


class Standing(StrEnum):
    """How a practice's own record of a patient stands. Only active ones are found through GP Connect."""

    ACTIVE = "active"
    UNTRACED = "untraced"  # active, but their NHS number was never verified: traced nationally before they are found
    INACTIVE = "inactive"  # left, or a temporary registration that lapsed: registering makes it active again
    SENSITIVE = "sensitive"  # looks like not found
    DECEASED = "deceased"


class RecordTrait(StrEnum):
    """What may be special about somebody's record."""

    DISSENT = "dissent"  # the patient does not want it shared
    CONFIDENTIAL = "confidential"  # some items are left out, and a warning says so
    IN_TRANSIT = "in-transit"  # registered lately: the previous practice's record has not come yet
    AWAITING_FILING = "awaiting-filing"
    EMPTY = "empty"  # nothing is recorded
    RICH = "rich"  # whatever somebody of their age may have, something in every section


@dataclass(frozen=True, slots=True)
class SeedSession:
    """One clinic session with its slots; every slot's `host` and `session` must be this one's.

    `most` is how many of its slots one other organisation may book; None for all.
    """

    session: ClinicSession
    slots: tuple[Slot, ...]
    restriction: Restriction = field(default_factory=Restriction)
    most: int | None = None


@dataclass(frozen=True, slots=True)
class SeedPatient:
    """A patient on a practice's list. An empty `patient.host_id` lets the loader choose the practice's own id."""

    patient: Patient
    standing: Standing = Standing.ACTIVE
    temporary: bool = False
    record: frozenset[RecordTrait] = frozenset()  # what is special about their record


@dataclass(frozen=True, slots=True)
class SeedAppointment:
    """An appointment that is there already. Without `booked_by` the practice booked it itself.

    The patient must be on the practice's list and the slots in its diary. An empty `appointment_id` lets the loader
    choose; give one where the hub must know it too.
    """

    nhs_number: NHSNumber
    slot_ids: tuple[str, ...]
    created: datetime
    description: str
    comment: str = ""
    booked_by: OdsCode | None = None
    booked_by_name: str = ""
    booked_by_phone: str = ""
    cancellation_reason: str = ""  # set: the appointment is cancelled and its slots are free
    appointment_id: str = ""


@dataclass(frozen=True, slots=True)
class SeedPractice:
    """One practice's GP system. With an `asid`, requests must carry it in Ssp-To.

    A practitioner without a national user id is given one. `record_off` is what it gives out of nobody's record.
    """

    ods: OdsCode
    name: str
    phone: str
    address: tuple[str, ...] = ()
    postcode: str = ""
    asid: str = ""
    sessions: tuple[SeedSession, ...] = ()
    patients: tuple[SeedPatient, ...] = ()
    appointments: tuple[SeedAppointment, ...] = ()
    settings: Settings = field(default_factory=Settings)
    record_off: tuple[RecordSection, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load wrote."""

    practices: int = 0
    sessions: int = 0
    slots: int = 0
    patients: int = 0
    appointments: int = 0
    people: int = 0
