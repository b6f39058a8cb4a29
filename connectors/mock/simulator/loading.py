"""Writes a federation straight into the simulator's file, before the process starts or while it runs."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from connectors.mock.simulator import manners
from connectors.mock.simulator.seeds import LoadCounts, SeedAppointment, SeedPatient, SeedPractice, SeedSession
from connectors.mock.simulator.store import Store
from gp_connect.names import GP_PRACTICE
from vocabulary.patients import Patient, TracedPatient
from vocabulary.slots import Practitioner, Slot

_Row = tuple[object, ...]


class LoadError(ValueError):
    """A seed that contradicts itself or what is there already; the message names the practice and what to mend."""


def load(data: Path, practices: Iterable[SeedPractice], people: Iterable[TracedPatient] = ()) -> LoadCounts:
    """Write practices and people into the folder that the server is given as --data. All or nothing.

    A practice or person that is there already is an error: load once, or use a new folder. A superseded person's
    `patient.nhs_number` is the old number, which then answers with the record of `superseded_by`.
    """
    store = Store(data)
    try:
        return load_into(store, practices, people)
    finally:
        store.close()


def load_into(store: Store, practices: Iterable[SeedPractice], people: Iterable[TracedPatient] = ()) -> LoadCounts:
    """The same, into an open store."""
    totals = dict.fromkeys(LoadCounts.__dataclass_fields__, 0)
    with store.writing() as connection:
        for practice in practices:
            try:
                _load_practice(connection, practice)
            except sqlite3.IntegrityError as error:
                raise LoadError(f"{practice.ods}: loaded already, or an id stands there twice ({error})") from error
            totals["practices"] += 1
            totals["sessions"] += len(practice.sessions)
            totals["slots"] += sum(len(each.slots) for each in practice.sessions)
            totals["patients"] += len(practice.patients)
            totals["appointments"] += len(practice.appointments)
        try:
            totals["people"] = _insert(connection, "person", (person_row(person) for person in people))
        except sqlite3.IntegrityError as error:
            raise LoadError("a person with one of these NHS numbers is there already") from error
    return LoadCounts(**totals)


def _load_practice(connection: sqlite3.Connection, practice: SeedPractice) -> None:
    ods = practice.ods.value
    address, settings = json.dumps(practice.address), manners.write(practice.settings)
    row = (ods, practice.name, practice.phone, address, practice.postcode, practice.asid, settings)
    _insert(connection, "practice", [row])
    sessions = [each.session for each in practice.sessions]
    places = {place.host_id: place for session in sessions if (place := session.location)}
    people = {person.host_id: person for session in sessions if (person := session.practitioner)}
    _insert(
        connection,
        "location",
        [
            (ods, each.host_id, each.name, json.dumps(each.address), each.postcode, each.phone)
            for each in places.values()
        ],
    )
    _insert(
        connection,
        "practitioner",
        [practitioner_row(ods, each) for each in people.values()],
    )
    _insert(connection, "session", (session_row(ods, each) for each in practice.sessions))
    slots = {slot.host_id: slot for each in practice.sessions for slot in each.slots}
    ids = _patient_ids(practice)
    busy: set[str] = set()
    appointments = [_appointment_row(practice, each, slots, ids, busy) for each in practice.appointments]
    _insert(connection, "appointment", appointments)
    _insert(connection, "slot", _slot_rows(practice, busy))
    _insert(connection, "patient", _patient_rows(practice, ids))
    _insert(
        connection,
        "record_trait",
        [(ods, each.patient.nhs_number.value, trait.value) for each in practice.patients for trait in each.record],
    )
    _insert(connection, "record_off", [(ods, section.value) for section in practice.record_off])


def _slot_rows(practice: SeedPractice, busy: set[str]) -> Iterator[_Row]:
    for each in practice.sessions:
        for slot in each.slots:
            if slot.host != practice.ods or slot.session.host_id != each.session.host_id:
                raise LoadError(f"{practice.ods}: slot {slot.host_id} names another practice or session")
            yield slot_row(slot, "busy" if slot.host_id in busy else "free")


def _patient_ids(practice: SeedPractice) -> dict[str, str]:
    return {
        each.patient.nhs_number.value: each.patient.host_id or str(position)
        for position, each in enumerate(practice.patients, start=1)
    }


def _patient_rows(practice: SeedPractice, ids: dict[str, str]) -> Iterator[_Row]:
    for each in practice.patients:
        yield patient_row(practice.ods.value, ids[each.patient.nhs_number.value], each)


def _appointment_row(
    practice: SeedPractice,
    seed: SeedAppointment,
    slots: dict[str, Slot],
    ids: dict[str, str],
    busy: set[str],
) -> _Row:
    missing = [slot_id for slot_id in seed.slot_ids if slot_id not in slots]
    if not seed.slot_ids or missing or seed.nhs_number.value not in ids:
        raise LoadError(f"{practice.ods}: an appointment names a slot or patient that the practice does not have")
    if not seed.cancellation_reason:
        if busy.intersection(seed.slot_ids):
            raise LoadError(f"{practice.ods}: two appointments in slot {seed.slot_ids[0]}")
        busy.update(seed.slot_ids)
    first, last = slots[seed.slot_ids[0]], slots[seed.slot_ids[-1]]
    session = first.session
    return (
        practice.ods.value,
        seed.appointment_id or new_id(),
        1,
        "cancelled" if seed.cancellation_reason else "booked",
        ids[seed.nhs_number.value],
        int(first.window.start.timestamp()),
        int(last.window.end.timestamp()),
        seed.description,
        seed.comment,
        seed.cancellation_reason,
        int(seed.created.timestamp()),
        session.host_id,
        session.location.host_id if session.location else "",
        session.practitioner.host_id if session.practitioner else "",
        first.channel.value,
        first.slot_type,
        json.dumps(seed.slot_ids),
        (seed.booked_by or practice.ods).value,
        seed.booked_by_name or practice.name,
        seed.booked_by_phone or practice.phone,
        GP_PRACTICE,
    )


def new_id() -> str:
    """A logical id for something new: opaque, at most 64 characters."""
    return uuid4().hex


def practitioner_row(ods: str, practitioner: Practitioner) -> _Row:
    """A practitioner as stored; without a national id of their own they get one of twelve digits, always the same."""
    digest = hashlib.sha256(f"{ods}/{practitioner.host_id}".encode()).digest()
    made_up = f"555{int.from_bytes(digest[:4]) % 10**9:09d}"
    sds_user_id = practitioner.sds_user_id or made_up
    return (ods, practitioner.host_id, practitioner.name, practitioner.gender.value, sds_user_id)


def session_row(ods: str, seed: SeedSession) -> _Row:
    """A session with its restriction as stored."""
    session, restriction = seed.session, seed.restriction
    return (
        ods,
        session.host_id,
        session.name,
        session.location.host_id if session.location else None,
        session.practitioner.host_id if session.practitioner else None,
        session.role_code,
        restriction.bookable,
        json.dumps(sorted(restriction.kinds)),
        json.dumps(sorted(code.value for code in restriction.ods_codes)),
        _seconds(restriction.embargo),
        _seconds(restriction.closes),
        False,
        seed.most,
    )


def slot_row(slot: Slot, status: str) -> _Row:
    """A slot as stored."""
    return (
        slot.host.value,
        slot.host_id,
        slot.session.host_id,
        int(slot.window.start.timestamp()),
        int(slot.window.end.timestamp()),
        slot.channel.value,
        slot.slot_type,
        status,
    )


def patient_row(ods: str, patient_id: str, seed: SeedPatient) -> _Row:
    """A practice's patient as stored."""
    return (ods, patient_id, *_demographics(seed.patient), seed.standing.value, seed.temporary, 1)


def person_row(person: TracedPatient) -> _Row:
    """A person in the national service as stored."""
    return (
        *_demographics(person.patient),
        person.home_practice.value if person.home_practice else "",
        person.restricted,
        person.deceased,
        person.superseded_by.value if person.superseded_by else "",
        person.interpreter,
        json.dumps(person.access_needs),
        person.patient.family.casefold(),
    )


def _demographics(patient: Patient) -> _Row:
    return (
        patient.nhs_number.value,
        patient.family,
        patient.given,
        patient.birth_date.isoformat(),
        patient.gender.value,
        patient.postcode,
        json.dumps(patient.address),
        patient.phone,
    )


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


_COLUMNS = {
    "practice": 7,
    "location": 6,
    "practitioner": 5,
    "session": 13,
    "slot": 8,
    "patient": 13,
    "record_trait": 3,
    "record_off": 2,
    "appointment": 21,
    "person": 15,
}


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[_Row]) -> int:
    places = ", ".join("?" * _COLUMNS[table])
    return connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows).rowcount  # noqa: S608  # our own names
