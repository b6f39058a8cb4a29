"""Carrying the calendar on when the demo is started days later: new weeks of clinics, and near days filled up.

A note beside the simulator's file says how far the calendar reaches and when it was last filled, so that a second
start on the same day costs nothing.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from connectors.mock.simulator import SeedSession
from connectors.mock.simulator.loading import practitioner_row, session_row, slot_row
from connectors.mock.simulator.store import Store
from demo.federation.calendar import Span, sessions
from demo.federation.demand import is_taken, pick
from demo.federation.diaries import TEXTS, booked_at
from demo.federation.size import SIZES, Size
from gp_connect.names import GP_PRACTICE
from vocabulary.identifiers import OdsCode
from vocabulary.times import london_date

_NOTE = "federation.json"
_FIRST_ORDINARY = "9990010000"  # the memorable patients' numbers lie below: reception never books for them
_LOOK_BACK = timedelta(days=21)  # slots older than this stay as they are


@dataclass(frozen=True, slots=True)
class Note:
    """How far the calendar reaches."""

    size: str
    last: str  # the last day with clinics
    filled_on: str


@dataclass(frozen=True, slots=True)
class Added:
    """What a top-up did."""

    sessions: int = 0
    slots: int = 0
    appointments: int = 0


def note(folder: Path) -> Note | None:
    """What the note says; None when the folder was not filled by the seed."""
    try:
        return Note(**json.loads((folder / _NOTE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_note(folder: Path, size: Size, *, last: date, filled_on: date) -> None:
    """Keep how far the calendar reaches."""
    fresh = folder / f"{_NOTE}.new"
    fresh.write_text(json.dumps(asdict(Note(size.name, last.isoformat(), filled_on.isoformat()))), encoding="utf-8")
    fresh.replace(folder / _NOTE)


def top_up(folder: Path, *, now: datetime) -> Added | None:
    """Carry the calendar on to today; None when that was done today already (or there is nothing to carry on)."""
    kept, today = note(folder), london_date(now)
    if kept is None or today <= date.fromisoformat(kept.filled_on):
        return None
    size = SIZES[kept.size]
    # After a long pause the weeks in between are not made up: nobody was there.
    begins = max(date.fromisoformat(kept.last) + timedelta(days=1), size.span(today).first)
    last = max(size.span(today).last, date.fromisoformat(kept.last))
    store = Store(folder)
    try:
        with store.writing() as connection:
            made, slots = _add_sessions(connection, size, Span(begins, last))
            booked = _fill(connection, today=today, now=now)
    finally:
        store.close()
    write_note(folder, size, last=last, filled_on=today)
    return Added(made, slots, booked)


def _add_sessions(connection: sqlite3.Connection, size: Size, span: Span) -> tuple[int, int]:
    made = slots = 0
    for practice in size.practices:
        added = sessions(practice, span)
        _insert_people_and_places(connection, practice.ods, added)
        ods = practice.ods.value
        _insert(connection, "session", (session_row(ods, each) for each in added))
        _insert(connection, "slot", (slot_row(slot, "free") for each in added for slot in each.slots))
        made += len(added)
        slots += sum(len(each.slots) for each in added)
    return made, slots


def _insert_people_and_places(connection: sqlite3.Connection, ods: OdsCode, added: Sequence[SeedSession]) -> None:
    places = {place.host_id: place for each in added if (place := each.session.location)}
    people = {person.host_id: person for each in added if (person := each.session.practitioner)}
    _insert(
        connection,
        "location",
        (
            (ods.value, each.host_id, each.name, json.dumps(each.address), each.postcode, each.phone)
            for each in places.values()
        ),
    )
    _insert(
        connection,
        "practitioner",
        (practitioner_row(ods.value, each) for each in people.values()),
    )


def _fill(connection: sqlite3.Connection, *, today: date, now: datetime) -> int:
    """Give away the free slots that reception would have given away by now."""
    patients = _patients(connection)
    since = int((now - _LOOK_BACK).timestamp())
    free = connection.execute(
        "SELECT slot.*, session.location_id, session.practitioner_id, practice.name, practice.phone FROM slot"
        " JOIN session ON session.ods = slot.ods AND session.id = slot.session_id"
        " JOIN practice ON practice.ods = slot.ods"
        " WHERE slot.status = 'free' AND slot.starts >= ? AND NOT session.cancelled",
        (since,),
    ).fetchall()
    taken = []
    for row in free:
        host, start = OdsCode(row["ods"]), datetime.fromtimestamp(row["starts"], UTC)
        among = patients.get(row["ods"], ())
        if among and is_taken(host, row["id"], day=london_date(start), today=today):
            position = pick(host, row["id"], len(among))
            taken.append(_appointment(row, among[position], TEXTS[position % len(TEXTS)], start=start, now=now))
    connection.executemany(
        "INSERT INTO appointment (ods, id, version, status, patient_id, starts, ends, description, comment,"
        " cancellation_reason, created, session_id, location_id, practitioner_id, channel, slot_type, slot_ids,"
        " booked_by, booked_by_name, booked_by_phone, booked_by_kind)"
        " VALUES (:ods, :id, 1, 'booked', :patient_id, :starts, :ends, :description, '', '', :created, :session_id,"
        " :location_id, :practitioner_id, :channel, :slot_type, :slot_ids, :ods, :name, :phone, :kind)",
        taken,
    )
    connection.executemany("UPDATE slot SET status = 'busy' WHERE ods = :ods AND id = :slot_id", taken)
    return len(taken)


def _patients(connection: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        "SELECT ods, id FROM patient WHERE standing = 'active' AND NOT temporary AND nhs_number >= ? ORDER BY ods, id",
        (_FIRST_ORDINARY,),
    )
    for ods, patient_id in rows:
        found.setdefault(ods, []).append(patient_id)
    return found


def _appointment(row: sqlite3.Row, patient_id: str, text: str, *, start: datetime, now: datetime) -> dict[str, object]:
    host = OdsCode(row["ods"])
    return {
        "ods": row["ods"],
        "id": uuid4().hex,
        "patient_id": patient_id,
        "starts": row["starts"],
        "ends": row["ends"],
        "description": text,
        "created": int(booked_at(host, row["id"], start=start, now=now).timestamp()),
        "session_id": row["session_id"],
        "location_id": row["location_id"] or "",
        "practitioner_id": row["practitioner_id"] or "",
        "channel": row["channel"],
        "slot_type": row["slot_type"],
        "slot_ids": json.dumps([row["id"]]),
        "slot_id": row["id"],
        "name": row["name"],
        "phone": row["phone"],
        "kind": GP_PRACTICE,
    }


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608  # names of our own
