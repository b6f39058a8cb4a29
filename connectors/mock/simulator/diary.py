"""One practice's diary as GP Connect may see and change it: free slots, booking, appointments."""

import json
import sqlite3
from collections.abc import Iterable

from connectors.mock.simulator import manners, rows
from connectors.mock.simulator.loading import new_id
from connectors.mock.simulator.rows import Session
from connectors.mock.simulator.store import Store
from gp_connect import bundles, slots
from gp_connect.elements import Resource
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import booking, changing, reading
from gp_connect.provider_rules.restrictions import admits, open_at
from gp_connect.slot_search import Asker, SlotSearch
from gp_connect.slots import Includes
from gp_connect.spine_codes import (
    DUPLICATE_REJECTED,
    INVALID_RESOURCE,
    ORGANISATION_NOT_FOUND,
    PATIENT_NOT_FOUND,
    REFERENCE_NOT_FOUND,
    SpineCode,
)
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel, Slot
from vocabulary.times import Clock, Window

_VISIT = DeliveryChannel.OTHER.value  # visits can neither be found nor booked, only retrieved and read


class Diary:
    """The diary of one practice; every method is one transaction."""

    def __init__(self, store: Store, host: OdsCode, clock: Clock) -> None:
        self._store = store
        self._host = host
        self._clock = clock

    def free_slots(self, search: SlotSearch) -> Resource:
        """The bundle of slots this asker may book now: free, wholly inside the window, restrictions met."""
        now = self._clock.now()
        with self._store.reading() as connection:
            practice = self._practice(connection)
            found = connection.execute(
                "SELECT id, session_id, starts, ends, channel, slot_type FROM slot WHERE ods = ? AND status = 'free'"
                " AND channel <> ? AND starts >= ? AND starts < ? AND ends <= ? ORDER BY starts, id",
                (self._host.value, _VISIT, *_bounds(search.window), rows.seconds(search.window.end)),
            ).fetchall()
            sessions = self._sessions(connection, {row["session_id"] for row in found})
            full = {each for each, held in sessions.items() if self._is_full(connection, held, search.asker)}
        past_too = manners.read(practice["settings"]).manner.shows_past_slots
        shown = []
        for row in found:
            held = sessions[row["session_id"]]
            slot = rows.slot(row, self._host, held.session)
            seen = admits(held.restriction, search.asker) and open_at(held.restriction, slot.window.start, now)
            if seen and row["session_id"] not in full and (past_too or slot.window.start > now):
                shown.append(slot)
        includes = Includes(rows.organisation(practice), search.with_practitioners, search.with_locations)
        return slots.write(shown, includes)

    def book(self, resource: Resource, *, over: bool = False) -> Resource:
        """Book, or raise Rejected. `over` books even a taken slot: a fault that real systems have shown."""
        asked = booking.read(resource)
        with self._store.writing() as connection:
            practice = self._practice(connection)
            self._active_patient(connection, asked.patient_id)
            held, wanted, taken = self._wanted(connection, asked.slot_ids)
            if taken and not over:
                raise Rejected(DUPLICATE_REJECTED, "slot: a slot is no longer free")
            booking.check_slots(asked, wanted, self._clock.now())
            self._check_open(connection, held, asked, wanted)
            if held.session.location is None or asked.location_id != held.session.location.host_id:
                raise Rejected(INVALID_RESOURCE, "participant: the location is not the session's")
            appointment_id = new_id()
            self._set_slots(connection, asked.slot_ids, "busy")
            connection.execute(
                f"INSERT INTO appointment VALUES ({', '.join('?' * 21)})",  # noqa: S608
                (
                    self._host.value,
                    appointment_id,
                    1,
                    "booked",
                    asked.patient_id,
                    *_bounds(asked.window),
                    asked.description,
                    asked.comment,
                    "",
                    rows.seconds(asked.created),
                    held.session.host_id,
                    asked.location_id,
                    asked.practitioner_id,
                    wanted[0].channel.value,
                    wanted[0].slot_type,
                    json.dumps(asked.slot_ids),
                    asked.booked_by.ods.value,
                    asked.booked_by.name,
                    asked.booked_by.phone,
                    asked.booked_by.kind,
                ),
            )
            return self._resource(self._appointment(connection, appointment_id), practice)

    def of_patient(self, patient_id: str, window: Window) -> Resource:
        """Every appointment of a patient that starts in the window, whoever booked it, cancelled ones too."""
        with self._store.reading() as connection:
            practice = self._practice(connection)
            self._active_patient(connection, patient_id, missing=PATIENT_NOT_FOUND)
            found = connection.execute(
                f"{rows.APPOINTMENT_SELECT} WHERE appointment.ods = ? AND patient_id = ? AND starts >= ? AND starts < ?"
                " ORDER BY starts, appointment.id",
                (self._host.value, patient_id, *_bounds(window)),
            ).fetchall()
        return bundles.searchset(self._resource(row, practice) for row in found)

    def read(self, appointment_id: str) -> Resource:
        """One future appointment; a past one is refused."""
        with self._store.reading() as connection:
            practice = self._practice(connection)
            held = self._resource(self._appointment(connection, appointment_id), practice)
        reading.check_readable(held, self._clock.now())
        return held

    def amend(self, appointment_id: str, sent: Resource, version: str) -> Resource:
        """Change the two texts."""
        with self._store.writing() as connection:
            practice = self._practice(connection)
            held = self._resource(self._appointment(connection, appointment_id), practice)
            description, comment = changing.amended_texts(sent, held, version=version, now=self._clock.now())
            connection.execute(
                "UPDATE appointment SET description = ?, comment = ?, version = version + 1 WHERE ods = ? AND id = ?",
                (description, comment, self._host.value, appointment_id),
            )
            return self._resource(self._appointment(connection, appointment_id), practice)

    def cancel(self, appointment_id: str, sent: Resource, version: str) -> Resource:
        """Cancel; the slots are free again."""
        with self._store.writing() as connection:
            practice = self._practice(connection)
            row = self._appointment(connection, appointment_id)
            held = self._resource(row, practice)
            reason = changing.cancellation_reason(sent, held, version=version, now=self._clock.now())
            cancel_row(connection, row, reason[: manners.read(practice["settings"]).manner.longest_reason])
            return self._resource(self._appointment(connection, appointment_id), practice)

    def _resource(self, row: sqlite3.Row, practice: sqlite3.Row) -> Resource:
        manner = manners.read(practice["settings"]).manner
        return rows.appointment_resource(row, self._host, joins_texts=manner.joins_texts)

    def _practice(self, connection: sqlite3.Connection) -> sqlite3.Row:
        row = connection.execute("SELECT * FROM practice WHERE ods = ?", (self._host.value,)).fetchone()
        if row is None:
            raise Rejected(ORGANISATION_NOT_FOUND, "this simulator plays no such practice")
        return row  # type: ignore[no-any-return]

    def _sessions(self, connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Session]:
        found = connection.execute(
            f"SELECT {rows.SESSION_COLUMNS} FROM {rows.SESSION_TABLES}"  # noqa: S608
            " WHERE session.ods = ? AND session.id IN (SELECT value FROM json_each(?))",
            (self._host.value, json.dumps(list(ids))),
        )
        return {row["id"]: rows.session(row) for row in found}

    def _wanted(self, connection: sqlite3.Connection, ids: tuple[str, ...]) -> tuple[Session, list[Slot], bool]:
        """The slots in the order asked, their first session, and whether any is taken."""
        found = {
            row["id"]: row
            for row in connection.execute(
                "SELECT * FROM slot WHERE ods = ? AND status <> 'removed' AND id IN (SELECT value FROM json_each(?))",
                (self._host.value, json.dumps(ids)),
            )
        }
        if len(found) != len(ids):
            raise Rejected(INVALID_RESOURCE, "slot: no such slot")
        sessions = self._sessions(connection, {row["session_id"] for row in found.values()})
        wanted = [rows.slot(found[each], self._host, sessions[found[each]["session_id"]].session) for each in ids]
        taken = any(row["status"] != "free" for row in found.values())
        return sessions[found[ids[0]]["session_id"]], wanted, taken

    def _check_open(
        self, connection: sqlite3.Connection, held: Session, asked: booking.Asked, wanted: list[Slot]
    ) -> None:
        now = self._clock.now()
        if not admits(held.restriction, asked.asker):
            raise Rejected(INVALID_RESOURCE, "slot: not open to the booking organisation")
        if not all(open_at(held.restriction, slot.window.start, now) for slot in wanted):
            raise Rejected(INVALID_RESOURCE, "slot: outside the booking window")
        if self._is_full(connection, held, asked.asker, wants=len(wanted)):
            raise Rejected(INVALID_RESOURCE, "slot: the booking organisation has all the slots it may have here")

    def _is_full(self, connection: sqlite3.Connection, held: Session, asker: Asker, *, wants: int = 1) -> bool:
        """Whether the asker would hold more of this session's slots than one organisation may."""
        if held.most is None:
            return False
        (booked,) = connection.execute(
            "SELECT coalesce(sum(json_array_length(slot_ids)), 0) FROM appointment"
            " WHERE ods = ? AND session_id = ? AND status = 'booked' AND booked_by = ?",
            (self._host.value, held.session.host_id, asker.ods.value if asker.ods else ""),
        ).fetchone()
        return int(booked) + wants > held.most

    def _active_patient(
        self, connection: sqlite3.Connection, patient_id: str, missing: SpineCode = REFERENCE_NOT_FOUND
    ) -> None:
        row = connection.execute(
            "SELECT 1 FROM patient WHERE ods = ? AND id = ? AND standing = 'active'", (self._host.value, patient_id)
        ).fetchone()
        if row is None:
            raise Rejected(missing, "no such active patient")

    def _appointment(self, connection: sqlite3.Connection, appointment_id: str) -> sqlite3.Row:
        row = connection.execute(
            f"{rows.APPOINTMENT_SELECT} WHERE appointment.ods = ? AND appointment.id = ?",
            (self._host.value, appointment_id),
        ).fetchone()
        if row is None:
            raise reading.not_found("Appointment")
        return row  # type: ignore[no-any-return]

    def _set_slots(self, connection: sqlite3.Connection, ids: Iterable[str], status: str) -> None:
        set_slots(connection, self._host.value, list(ids), status)


def cancel_row(connection: sqlite3.Connection, row: sqlite3.Row, reason: str, *, slots_become: str = "free") -> None:
    """Cancel an appointment in the open transaction; its slots become free (or are removed)."""
    connection.execute(
        "UPDATE appointment SET status = 'cancelled', cancellation_reason = ?, version = version + 1"
        " WHERE ods = ? AND id = ?",
        (reason, row["ods"], row["id"]),
    )
    set_slots(connection, row["ods"], json.loads(row["slot_ids"]), slots_become)


def set_slots(connection: sqlite3.Connection, ods: str, ids: list[str], status: str) -> None:
    """Give slots a status. One that was removed stays removed; one that was booked twice stays busy till both go."""
    connection.execute(
        "UPDATE slot SET status = ? WHERE ods = ? AND status <> 'removed' AND id IN (SELECT value FROM json_each(?))"
        " AND NOT (? = 'free' AND EXISTS (SELECT 1 FROM appointment AS other, json_each(other.slot_ids) AS held"
        " WHERE other.ods = slot.ods AND other.session_id = slot.session_id AND other.status = 'booked'"
        " AND held.value = slot.id))",
        (status, ods, json.dumps(ids), status),
    )


def _bounds(window: Window) -> tuple[int, int]:
    return rows.seconds(window.start), rows.seconds(window.end)
