"""What a practice's own front desk does to its diary, behind the hub's back."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.mock.simulator import rows
from connectors.mock.simulator.diary import cancel_row, set_slots
from connectors.mock.simulator.loading import new_id, session_row, slot_row
from connectors.mock.simulator.seeds import SeedSession
from connectors.mock.simulator.store import Store
from gp_connect.names import GP_PRACTICE
from gp_connect.provider_rules.restrictions import Restriction
from gp_connect.roles import CODE_OF_ROLE
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, PractitionerRole, Slot
from vocabulary.times import Clock, Window


class DeskError(Exception):
    """What the desk cannot do, in plain words. `taken` when somebody was quicker."""

    def __init__(self, words: str, *, taken: bool = False) -> None:
        super().__init__(words)
        self.taken = taken


@dataclass(frozen=True, slots=True)
class DiaryLine:
    """One slot in the desk's own diary, with who is in it."""

    slot_id: str
    session_id: str
    session_name: str
    window: Window
    channel: DeliveryChannel
    slot_type: str
    status: str
    appointment_id: str = ""
    patient_name: str = ""
    booked_by: str = ""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session the desk adds: `count` slots of `minutes` from `start` on, in the practice's first location."""

    start: datetime
    count: int
    minutes: int = 10
    name: str = "Added session"
    role: PractitionerRole = PractitionerRole.GP
    channel: DeliveryChannel = DeliveryChannel.IN_PERSON
    slot_type: str = "Extended access"
    ods_codes: frozenset[OdsCode] = frozenset()  # whom it is open to; empty: everybody


class FrontDesk:
    """The front desk of one practice."""

    def __init__(self, store: Store, host: OdsCode, clock: Clock) -> None:
        self._store = store
        self._host = host
        self._clock = clock

    def practice_name(self) -> str:
        """The practice's name. Raises DeskError for a practice that is not played here."""
        with self._store.reading() as connection:
            return str(self._practice(connection)["name"])

    def lines(self, window: Window) -> list[DiaryLine]:
        """The diary in a window, removed slots left out."""
        with self._store.reading() as connection:
            self._practice(connection)
            taken = self._taken(connection, window)
            found = connection.execute(
                "SELECT slot.*, session.name AS session_name FROM slot"
                " JOIN session ON session.ods = slot.ods AND session.id = slot.session_id"
                " WHERE slot.ods = ? AND slot.status <> 'removed' AND starts >= ? AND starts < ?"
                " ORDER BY starts, slot.id",
                (self._host.value, rows.seconds(window.start), rows.seconds(window.end)),
            )
            return [_line(row, taken.get(row["id"])) for row in found]

    def book(self, *, slot_id: str = "", nhs_number: NHSNumber | None = None, description: str = "") -> str:
        """Book a slot locally (without one: the next free one) for a patient on the list; the appointment's id."""
        with self._store.writing() as connection:
            practice = self._practice(connection)
            patient = self._patient(connection, nhs_number)
            slot = self._free_slot(connection, slot_id)
            session = self._session(connection, slot["session_id"])
            appointment_id = new_id()
            set_slots(connection, self._host.value, [slot["id"]], "busy")
            connection.execute(
                f"INSERT INTO appointment VALUES ({', '.join('?' * 21)})",  # noqa: S608
                (
                    self._host.value,
                    appointment_id,
                    1,
                    "booked",
                    patient["id"],
                    slot["starts"],
                    slot["ends"],
                    description or "Booked at the front desk",
                    "",
                    "",
                    rows.seconds(self._clock.now()),
                    slot["session_id"],
                    session["location_id"] or "",
                    session["practitioner_id"] or "",
                    slot["channel"],
                    slot["slot_type"],
                    json.dumps([slot["id"]]),
                    self._host.value,
                    practice["name"],
                    practice["phone"],
                    GP_PRACTICE,
                ),
            )
        return appointment_id

    def cancel_appointment(self, appointment_id: str, reason: str = "Cancelled at the front desk") -> None:
        """Cancel an appointment, whoever booked it; its slots are free again."""
        with self._store.writing() as connection:
            cancel_row(connection, self._booked(connection, appointment_id), reason)

    def move_appointment(self, appointment_id: str, slot_id: str = "") -> None:
        """Move an appointment to another slot (without one: the next free one), whoever booked it. It keeps its id."""
        with self._store.writing() as connection:
            row = self._booked(connection, appointment_id)
            slot = self._free_slot(connection, slot_id)
            connection.execute(
                "UPDATE appointment SET starts = ?, ends = ?, session_id = ?, channel = ?, slot_type = ?, slot_ids = ?,"
                " version = version + 1 WHERE ods = ? AND id = ?",
                (
                    *(slot[name] for name in ("starts", "ends", "session_id", "channel", "slot_type")),
                    json.dumps([slot["id"]]),
                    self._host.value,
                    appointment_id,
                ),
            )
            set_slots(connection, self._host.value, json.loads(row["slot_ids"]), "free")
            set_slots(connection, self._host.value, [slot["id"]], "busy")

    def add_session(self, new: NewSession) -> str:
        """Add a session with its slots; the session's id."""
        if new.count < 1 or new.minutes < 1:
            raise DeskError("A session needs at least one slot of at least one minute.")
        with self._store.writing() as connection:
            self._practice(connection)
            place = connection.execute(
                "SELECT * FROM location WHERE ods = ? ORDER BY id LIMIT 1", (self._host.value,)
            ).fetchone()
            if place is None:
                raise DeskError("This practice has no location to hold a session at.")
            held_at = Location(host_id=place["id"], name=place["name"])
            session = ClinicSession(new_id(), new.name, held_at, None, CODE_OF_ROLE.get(new.role, ("", ""))[0])
            restriction = Restriction(ods_codes=new.ods_codes)
            seed = SeedSession(session, tuple(self._slots_of(new, session)), restriction)
            _insert(connection, "session", [session_row(self._host.value, seed)])
            _insert(connection, "slot", [slot_row(slot, "free") for slot in seed.slots])
        return session.host_id

    def cancel_session(self, session_id: str, reason: str = "Session cancelled") -> list[str]:
        """Cancel a session: its slots go, its appointments are cancelled; the ids of those that were booked."""
        with self._store.writing() as connection:
            self._session(connection, session_id)
            booked = connection.execute(
                "SELECT * FROM appointment WHERE ods = ? AND session_id = ? AND status = 'booked'",
                (self._host.value, session_id),
            ).fetchall()
            for row in booked:
                cancel_row(connection, row, reason, slots_become="removed")
            connection.execute(
                "UPDATE slot SET status = 'removed' WHERE ods = ? AND session_id = ?", (self._host.value, session_id)
            )
            connection.execute(
                "UPDATE session SET cancelled = 1 WHERE ods = ? AND id = ?", (self._host.value, session_id)
            )
        return [row["id"] for row in booked]

    def _slots_of(self, new: NewSession, session: ClinicSession) -> list[Slot]:
        length = timedelta(minutes=new.minutes)
        starts = [new.start + position * length for position in range(new.count)]
        return [
            Slot(self._host, new_id(), Window(start, start + length), new.channel, new.slot_type, session)
            for start in starts
        ]

    def _practice(self, connection: sqlite3.Connection) -> sqlite3.Row:
        row = connection.execute("SELECT * FROM practice WHERE ods = ?", (self._host.value,)).fetchone()
        if row is None:
            raise DeskError("This simulator plays no such practice.")
        return row  # type: ignore[no-any-return]

    def _patient(self, connection: sqlite3.Connection, nhs_number: NHSNumber | None) -> sqlite3.Row:
        row = connection.execute(
            "SELECT id FROM patient WHERE ods = ? AND standing = 'active' AND (? = '' OR nhs_number = ?) LIMIT 1",
            (self._host.value, *[nhs_number.value if nhs_number else ""] * 2),
        ).fetchone()
        if row is None:
            raise DeskError("No such active patient is on this practice's list.")
        return row  # type: ignore[no-any-return]

    def _free_slot(self, connection: sqlite3.Connection, slot_id: str) -> sqlite3.Row:
        now = rows.seconds(self._clock.now())
        if slot_id:
            row = connection.execute(
                "SELECT * FROM slot WHERE ods = ? AND id = ?", (self._host.value, slot_id)
            ).fetchone()
        else:
            row = connection.execute(
                "SELECT * FROM slot WHERE ods = ? AND status = 'free' AND starts > ? ORDER BY starts, id LIMIT 1",
                (self._host.value, now),
            ).fetchone()
        if row is None or row["status"] == "removed":
            raise DeskError("There is no such slot in this diary." if slot_id else "Nothing is free in this diary.")
        if row["status"] == "busy":
            raise DeskError("That slot is taken.", taken=True)
        return row  # type: ignore[no-any-return]

    def _booked(self, connection: sqlite3.Connection, appointment_id: str) -> sqlite3.Row:
        row = connection.execute(
            "SELECT * FROM appointment WHERE ods = ? AND id = ?", (self._host.value, appointment_id)
        ).fetchone()
        if row is None or row["status"] != "booked":
            raise DeskError("There is no such booked appointment here.")
        return row  # type: ignore[no-any-return]

    def _session(self, connection: sqlite3.Connection, session_id: str) -> sqlite3.Row:
        row = connection.execute(
            "SELECT * FROM session WHERE ods = ? AND id = ? AND cancelled = 0", (self._host.value, session_id)
        ).fetchone()
        if row is None:
            raise DeskError("There is no such session in this diary.")
        return row  # type: ignore[no-any-return]

    def _taken(self, connection: sqlite3.Connection, window: Window) -> dict[str, sqlite3.Row]:
        """The booked appointment in each slot of a window."""
        found = connection.execute(
            "SELECT appointment.id, appointment.slot_ids, appointment.booked_by, patient.family, patient.given"
            " FROM appointment JOIN patient ON patient.ods = appointment.ods AND patient.id = appointment.patient_id"
            " WHERE appointment.ods = ? AND status = 'booked' AND ends > ? AND starts < ?",
            (self._host.value, rows.seconds(window.start), rows.seconds(window.end)),
        )
        return {slot_id: row for row in found for slot_id in json.loads(row["slot_ids"])}


def _line(row: sqlite3.Row, booked: sqlite3.Row | None) -> DiaryLine:
    return DiaryLine(
        slot_id=row["id"],
        session_id=row["session_id"],
        session_name=row["session_name"],
        window=Window(rows.moment(row["starts"]), rows.moment(row["ends"])),
        channel=DeliveryChannel(row["channel"]),
        slot_type=row["slot_type"],
        status=row["status"],
        appointment_id=booked["id"] if booked else "",
        patient_name=f"{booked['given']} {booked['family']}" if booked else "",
        booked_by=booked["booked_by"] if booked else "",
    )


def _insert(connection: sqlite3.Connection, table: str, lines: Sequence[tuple[object, ...]]) -> None:
    places = ", ".join("?" * len(lines[0]))
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", lines)  # noqa: S608  # our own names
