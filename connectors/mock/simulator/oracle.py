"""What is really in the store, for a test's oracle: every appointment and slot, streamed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.mock.simulator import rows
from connectors.mock.simulator.front_desk import DiaryLine
from connectors.mock.simulator.store import Store
from gp_connect.moments import write_moment


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of one practice, of one status; empty for all."""

    practice: str = ""
    status: str = ""


def counts(store: Store) -> dict[str, object]:
    """How much there is, and how many slots and appointments in each status."""
    with store.reading() as connection:
        totals: dict[str, object] = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # our own names
            for table in ("practice", "session", "slot", "patient", "appointment", "person")
        }
        for table in ("slot", "appointment"):
            found = connection.execute(f"SELECT status, count(*) FROM {table} GROUP BY status")  # noqa: S608
            totals[f"{table}_status"] = {row[0]: row[1] for row in found}
    return totals


def appointments(store: Store, wanted: Wanted) -> Iterator[dict[str, object]]:
    """Every appointment, oldest practice first."""
    with store.reading() as connection:
        found = connection.execute(
            "SELECT appointment.*, patient.nhs_number FROM appointment"
            " JOIN patient ON patient.ods = appointment.ods AND patient.id = appointment.patient_id"
            " WHERE (? = '' OR appointment.ods = ?) AND (? = '' OR status = ?)"
            " ORDER BY appointment.ods, starts, appointment.id",
            (wanted.practice, wanted.practice, wanted.status, wanted.status),
        )
        for row in found:
            yield {
                "practice": row["ods"],
                "id": row["id"],
                "version": row["version"],
                "status": row["status"],
                "nhs_number": row["nhs_number"],
                "patient": row["patient_id"],
                "slots": json.loads(row["slot_ids"]),
                "session": row["session_id"],
                "start": write_moment(rows.moment(row["starts"])),
                "end": write_moment(rows.moment(row["ends"])),
                "description": row["description"],
                "comment": row["comment"],
                "cancellation_reason": row["cancellation_reason"],
                "created": write_moment(rows.moment(row["created"])),
                "booked_by": row["booked_by"],
            }


def slots(store: Store, wanted: Wanted) -> Iterator[dict[str, object]]:
    """Every slot."""
    with store.reading() as connection:
        found = connection.execute(
            "SELECT * FROM slot WHERE (? = '' OR ods = ?) AND (? = '' OR status = ?) ORDER BY ods, starts, id",
            (wanted.practice, wanted.practice, wanted.status, wanted.status),
        )
        for row in found:
            yield {
                "practice": row["ods"],
                "id": row["id"],
                "session": row["session_id"],
                "start": write_moment(rows.moment(row["starts"])),
                "end": write_moment(rows.moment(row["ends"])),
                "channel": row["channel"],
                "slot_type": row["slot_type"],
                "status": row["status"],
            }


def diary_line(line: DiaryLine) -> dict[str, object]:
    """A line of the desk's diary."""
    return {
        "slot": line.slot_id,
        "session": line.session_id,
        "session_name": line.session_name,
        "start": write_moment(line.window.start),
        "end": write_moment(line.window.end),
        "channel": line.channel.value,
        "slot_type": line.slot_type,
        "status": line.status,
        "appointment": line.appointment_id,
        "booked_by": line.booked_by,
    }
