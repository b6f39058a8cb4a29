"""Rows of the simulator's file, read into the vocabulary and into GP Connect resources."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from gp_connect import appointments
from gp_connect.appointments import CONTAINED_ID, ShownBeside
from gp_connect.elements import Resource
from gp_connect.organisations import Organisation, write_practitioner
from gp_connect.provider_rules.restrictions import Restriction
from vocabulary.appointments import Appointment, AppointmentStatus, Receipt
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.slots import ClinicSession, DeliveryChannel, Gender, Location, Practitioner, Slot
from vocabulary.times import Window

ORGANISATION_ID = "1"  # the logical id of every practice's own Organization
UNKNOWN_PLACE_ID = "visit"  # the Location that a visit names, since where it takes place is not told


@dataclass(frozen=True, slots=True)
class Session:
    """A clinic session with whom it is open to, and how many of its slots one organisation may book."""

    session: ClinicSession
    restriction: Restriction
    most: int | None = None


SESSION_COLUMNS = """
  session.id, session.name, session.role_code, session.bookable, session.kinds, session.ods_codes, session.embargo,
  session.closes, session.most, location_id, location.name AS location_name, location.address AS location_address,
  location.postcode AS location_postcode, location.phone AS location_phone, practitioner_id,
  practitioner.name AS practitioner_name, practitioner.gender AS practitioner_gender,
  practitioner.sds_user_id AS sds_user_id
"""
SESSION_TABLES = """
  session
  LEFT JOIN location ON location.ods = session.ods AND location.id = session.location_id
  LEFT JOIN practitioner ON practitioner.ods = session.ods AND practitioner.id = session.practitioner_id
"""


def moment(seconds: int) -> datetime:
    """A stored time."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> int:
    """A time as stored."""
    return int(at.timestamp())


def organisation(row: sqlite3.Row) -> Organisation:
    """A practice as its own Organization."""
    return Organisation(
        ods=OdsCode(row["ods"]),
        name=row["name"],
        phone=row["phone"],
        host_id=ORGANISATION_ID,
        address=tuple(json.loads(row["address"])),
        postcode=row["postcode"],
    )


def location(row: sqlite3.Row) -> Location:
    """A place of this practice."""
    return Location(row["id"], row["name"], tuple(json.loads(row["address"])), row["postcode"], row["phone"])


def practitioner_resource(row: sqlite3.Row) -> Resource:
    """A practitioner as the wire has them, with their national id."""
    held = Practitioner(row["id"], row["name"], Gender(row["gender"] or "unknown"), row["sds_user_id"])
    return write_practitioner(held)


def session(row: sqlite3.Row) -> Session:
    """A session selected with SESSION_COLUMNS."""
    place = None
    if row["location_id"] is not None:
        place = Location(
            host_id=row["location_id"],
            name=row["location_name"] or "",
            address=tuple(json.loads(row["location_address"] or "[]")),
            postcode=row["location_postcode"] or "",
            phone=row["location_phone"] or "",
        )
    held_by = None
    if row["practitioner_id"] is not None:
        held_by = Practitioner(
            host_id=row["practitioner_id"],
            name=row["practitioner_name"] or "",
            gender=Gender(row["practitioner_gender"] or "unknown"),
            sds_user_id=row["sds_user_id"] or "",
        )
    held = ClinicSession(row["id"], row["name"], place, held_by, row["role_code"])
    return Session(held, _restriction(row), row["most"])


def _restriction(row: sqlite3.Row) -> Restriction:
    return Restriction(
        bookable=bool(row["bookable"]),
        kinds=frozenset(json.loads(row["kinds"])),
        ods_codes=frozenset(OdsCode(code) for code in json.loads(row["ods_codes"])),
        embargo=None if row["embargo"] is None else timedelta(seconds=row["embargo"]),
        closes=timedelta(seconds=row["closes"]),
    )


def slot(row: sqlite3.Row, host: OdsCode, held_in: ClinicSession) -> Slot:
    """A slot of this practice and session."""
    return Slot(
        host=host,
        host_id=row["id"],
        window=Window(moment(row["starts"]), moment(row["ends"])),
        channel=DeliveryChannel(row["channel"]),
        slot_type=row["slot_type"],
        session=held_in,
    )


def patient(row: sqlite3.Row, host_id: str = "") -> Patient:
    """The demographics in a patient or person row."""
    return Patient(
        nhs_number=NHSNumber(row["nhs_number"]),
        family=row["family"],
        given=row["given"],
        birth_date=date.fromisoformat(row["birth_date"]),
        gender=Gender(row["gender"]),
        postcode=row["postcode"],
        address=tuple(json.loads(row["address"])),
        phone=row["phone"],
        host_id=host_id,
    )


def person(row: sqlite3.Row) -> TracedPatient:
    """A person of the national service."""
    return TracedPatient(
        patient=patient(row),
        home_practice=OdsCode(row["home_practice"]) if row["home_practice"] else None,
        restricted=bool(row["restricted"]),
        deceased=bool(row["deceased"]),
        superseded_by=NHSNumber(row["superseded_by"]) if row["superseded_by"] else None,
        interpreter=row["interpreter"],
        access_needs=tuple(json.loads(row["access_needs"])),
    )


def appointment(row: sqlite3.Row, host: OdsCode) -> Appointment:
    """An appointment of this practice."""
    return Appointment(
        receipt=Receipt(host, row["id"], str(row["version"])),
        status=AppointmentStatus(row["status"]),
        patient_host_id=row["patient_id"],
        slot_ids=tuple(json.loads(row["slot_ids"])),
        window=Window(moment(row["starts"]), moment(row["ends"])),
        description=row["description"],
        comment=row["comment"],
        cancellation_reason=row["cancellation_reason"],
        booked_by=OdsCode(row["booked_by"]),
    )


APPOINTMENT_SELECT = """
  SELECT appointment.*, session.name AS session_name, session.role_code AS role_code
  FROM appointment LEFT JOIN session ON session.ods = appointment.ods AND session.id = appointment.session_id
"""


def appointment_resource(row: sqlite3.Row, host: OdsCode, *, joins_texts: bool = False) -> Resource:
    """An appointment selected with APPOINTMENT_SELECT, as the wire has it.

    A system that `joins_texts` shows both texts as one, and no comment.
    """
    held = appointment(row, host)
    if joins_texts:
        held = replace(held, description=f"{held.description} {held.comment}".strip(), comment="")
    channel = DeliveryChannel(row["channel"])
    booked_by = Organisation(
        ods=OdsCode(row["booked_by"]),
        name=row["booked_by_name"],
        phone=row["booked_by_phone"],
        kind=row["booked_by_kind"],
        host_id=CONTAINED_ID,
    )
    beside = ShownBeside(
        created=moment(row["created"]),
        booked_by=booked_by,
        location_id=UNKNOWN_PLACE_ID if channel is DeliveryChannel.OTHER else row["location_id"],
        practitioner_id=row["practitioner_id"],
        channel=channel,
        role_code=row["role_code"] or "",
        slot_type=row["slot_type"],
        session_name=row["session_name"] or "",
    )
    return appointments.write(held, beside)
