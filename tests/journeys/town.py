"""The town that journeys happen in: the running product, the practices' own front desks, and what is really true.

Receptionists see the hub through its doors only; the town is what stands round them, and the test's own eyes.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from itertools import count

import requests
from sqlalchemy import text

from connectors.mock.simulator import SeedPatient
from connectors.mock.simulator.loading import patient_row
from demo.data_folder import database_folder
from demo.postgres_home import cluster_in, left_home
from demo.supervisor import Federation
from hub.wiring import Hub
from scheduling import following, syncing
from tests.journeys.people import FAMILY, Person, number_from, numbers
from tests.journeys.words import Clinic
from tests.race.field import open_beside
from vocabulary.identifiers import OdsCode
from vocabulary.patients import Patient
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import at_london, london_date

HOME, NEIGHBOUR, NEXT_DOOR = OdsCode("Y90001"), OdsCode("Y90002"), OdsCode("Y90005")
_NEAR = timedelta(hours=71)
_FIRST_DAY, _DAYS = 4, 8  # all of them in the far stretch of the sync, all of them inside the hub's horizon
_FIRST_HOUR, _LAST_HOUR = 5, 22
_INSERT_PATIENT = "INSERT INTO patient VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BORN = date(1967, 11, 23)
_GIVEN = ("Mabel", "Ernest", "Olive", "Percy", "Winifred", "Cecil", "Hilda", "Wilfred", "Edna", "Horace")


class Town:
    """One running federation and everything a journey may do to it behind the hub's back."""

    def __init__(self, federation: Federation) -> None:
        self.federation = federation
        self.data = federation.logs.parent
        self.people: list[Person] = []
        self.jobs: set[str] = set()
        self.eyes: Hub = open_beside(federation)
        self._http = requests.Session()
        self._numbers = numbers()
        self._clinics = count()
        self._early = count()

    def settle_in(self) -> None:
        """Wait until the worker has asked every practice for the first time."""
        never = "SELECT count(*) AS asks FROM pool_ask WHERE booking_ods = :home AND asked_at IS NULL"
        ever = "SELECT count(*) AS asks FROM pool_ask WHERE booking_ods = :home"
        until(
            lambda: self.rows(ever, home=HOME.value)[0]["asks"] and not self.rows(never, home=HOME.value)[0]["asks"],
            within=60,
            what="the hub asks every practice",
        )

    def close(self) -> None:
        """Close the test's own eyes."""
        self.eyes.work.engine.dispose()
        self._http.close()

    # --- Patients.

    def somebody(self, *, restricted: bool = False, home: OdsCode = HOME, phone: str = "07700 900321") -> Person:
        """A planted patient nobody has met yet, as the national record has them."""
        number = next(found for found in map(number_from, self._numbers) if found is not None)
        which = len(self.people)  # no two alike, so that a name and a birthday single one out
        person = Person(number, _GIVEN[which % len(_GIVEN)], _BORN + timedelta(days=which), phone=phone)
        self.people.append(person)
        record = {
            "nhs_number": number.value,
            "family": person.family,
            "given": person.given,
            "birth_date": person.born.isoformat(),
            "gender": person.gender.value,
            "postcode": person.postcode,
            "address": ["14 Saffron Road", "Bristol"],
            "phone": phone,
            "home_practice": home.value,
            "restricted": restricted,
        }
        self._control("POST", "/load", {"people": [record]})
        return person

    def becomes_restricted(self, person: Person) -> None:
        """From now on the national record says so, and hides where they are registered."""
        self._in_the_simulator("UPDATE person SET restricted = 1 WHERE nhs_number = ?", person.nhs_number.value)

    def registered(self, person: Person, at: OdsCode) -> None:
        """A practice has this person as its patient for good, and so keeps their record."""
        self.known_differently(person, at, family=person.family, temporary=False)

    def known_differently(
        self,
        person: Person,
        host: OdsCode,
        *,
        family: str = FAMILY,
        born: date | None = None,
        temporary: bool = True,
    ) -> None:
        """A practice has a record of its own of this person, and it says something else."""
        theirs = Patient(
            nhs_number=person.nhs_number,
            family=family,
            given=person.given,
            birth_date=born or person.born,
            gender=person.gender,
            postcode=person.postcode,
        )
        seed = SeedPatient(theirs, temporary=temporary)
        row = patient_row(host.value, f"planted-{person.nhs_number.value[-4:]}", seed)
        self._in_the_simulator(_INSERT_PATIENT, *row)

    # --- Their records.

    def keeps_a_record(self, person: Person, words: str, *traits: str, home: OdsCode = HOME) -> None:
        """The patient's practice has a rich record of them in which these words stand everywhere."""
        self.registered(person, home)
        number = {"nhs_number": person.nhs_number.value}
        self._control("PUT", f"/records/{home}/traits", {**number, "traits": ["rich", *traits]})
        self._control("PUT", f"/records/{home}/words", {**number, "words": words})

    def is_called_otherwise(self, person: Person, at: OdsCode, *, family: str) -> None:
        """In the practice's own system the patient has another family name."""
        renamed = "UPDATE patient SET family = ? WHERE ods = ? AND nhs_number = ?"
        self._in_the_simulator(renamed, family, at.value, person.nhs_number.value)

    def dissents_in_the_hub(self, person: Person, home: OdsCode = HOME) -> None:
        """It is written down in the hub that the patient wants no other practice to see their record."""
        written = (
            "INSERT INTO patient_choice (nhs_number, choice, recorded_by, recorded_by_name, recorded_for, recorded_at)"
            " VALUES (:number, 'dissent-to-sharing', 'journey', 'Journey', :home, now())"
        )
        with self.eyes.work.begin() as tx:
            tx.execute(text(written), {"number": person.nhs_number.value, "home": home.value})

    @contextmanager
    def gives_nothing_out_of(self, *parts: str, home: OdsCode = HOME) -> Iterator[None]:
        """The practice has switched off these parts of all records, until the end of the block."""
        self._control("PUT", f"/records/{home}/off", {"off": list(parts)})
        try:
            yield
        finally:
            self._control("PUT", f"/records/{home}/off", {"off": []})

    # --- The practices' own diaries.

    def open_clinic(
        self,
        host: OdsCode = NEIGHBOUR,
        *,
        slots: int = 4,
        channel: DeliveryChannel = DeliveryChannel.IN_PERSON,
        role: PractitionerRole = PractitionerRole.GP,
        at: datetime | None = None,
    ) -> Clinic:
        """A new clinic at a practice, at a time no other journey uses, which the hub has seen."""
        practice = self.eyes.address_book.practice(host)
        assert practice is not None
        start = at or self._free_moment()
        body = {
            "start": start.isoformat(),
            "count": slots,
            "minutes": 10,
            "name": "Evening clinic",
            "channel": channel.value,
            "role": role.value,
        }
        session = self._control("POST", f"/desk/{host}/add-session", body)["session"]
        clinic = Clinic(host, practice.name, str(session), start, 10, slots, channel, role)
        self.look_at(clinic)
        return clinic

    def open_clinic_soon(self, *, slots: int) -> Clinic:
        """A clinic tomorrow evening: near enough to be a reason to look at a record."""
        tomorrow = london_date(self.eyes.clock.now()) + timedelta(days=1)
        return self.open_clinic(at=at_london(tomorrow, clock_time(19)), slots=slots)

    def later_that_day(self, clinic: Clinic) -> Clinic:
        """Another clinic of the same practice, when that one has ended."""
        return self.open_clinic(clinic.host, slots=1, at=clinic.end)

    def at_the_same_time(self, clinic: Clinic, host: OdsCode) -> Clinic:
        """Another practice's clinic at the very same time."""
        return self.open_clinic(host, slots=1, at=clinic.start)

    def open_nurse_clinic_after_a_day_without_one(self) -> Clinic:
        """Nobody holds clinics on Sundays; this nurse does, very early on the Monday after."""
        today = london_date(self.eyes.clock.now())
        sunday = today + timedelta(days=_FIRST_DAY + (6 - today.weekday() - _FIRST_DAY) % 7)
        early = at_london(sunday + timedelta(days=1), clock_time(2, 10 * next(self._early)))
        return self.open_clinic(slots=1, role=PractitionerRole.NURSE, at=early)

    def the_day_before(self, clinic: Clinic) -> Clinic:
        """What somebody looks for who wants that clinic's like a day earlier."""
        return replace(clinic, start=clinic.start - timedelta(days=1), count=1)

    def loses_touch_with(self, host: OdsCode) -> None:
        """The hub has asked twice and heard nothing."""
        for _ in range(2):
            assert not syncing.sync_one(self.eyes.desk, host, HOME, "near")

    def is_in_touch_with(self, host: OdsCode) -> None:
        """The hub has asked and been answered."""
        assert syncing.sync_one(self.eyes.desk, host, HOME, "near")

    def look_at(self, clinic: Clinic, *, on_behalf_of: OdsCode = HOME) -> bool:
        """Have the hub ask the practice now instead of when its turn comes."""
        near = clinic.start - self.eyes.clock.now() < _NEAR
        return syncing.sync_one(self.eyes.desk, clinic.host, on_behalf_of, "near" if near else "far")

    def front_desk_books(self, clinic: Clinic, start: datetime) -> None:
        """Somebody walks up to the practice's own desk and gets this time."""
        for slot in self._lines("/slots", practice=clinic.host.value, status="free"):
            if slot["session"] == clinic.session and datetime.fromisoformat(str(slot["start"])) == start:
                self._control("POST", f"/desk/{clinic.host}/book", {"slot": slot["id"]})
                return
        raise AssertionError("the time was not free at the practice")

    def front_desk_cancels(self, ref: str, host: OdsCode) -> None:
        """The practice's own desk cancels what the hub had booked there."""
        (there,) = self.appointments(ref, host)
        self._control("POST", f"/desk/{host}/cancel-appointment", {"appointment": there["id"]})

    def front_desk_moves(self, ref: str, host: OdsCode, to: datetime) -> None:
        """The practice's own desk moves what the hub had booked there to another free time of its clinic."""
        (there,) = self.appointments(ref, host)
        for slot in self._lines("/slots", practice=host.value, status="free"):
            if datetime.fromisoformat(str(slot["start"])) == to:
                body = {"appointment": there["id"], "slot": slot["id"]}
                self._control("POST", f"/desk/{host}/move-appointment", body)
                return
        raise AssertionError("the time was not free at the practice")

    def looks_again(self, ref: str, says: str) -> None:
        """The hub asks the practice now what became of it, instead of when its turn comes, until it has heard this."""
        due = text("UPDATE host_look SET next_at = now(), lease_until = NULL WHERE ref = :ref")

        def heard() -> bool:
            with self.eyes.work.begin() as tx:
                tx.execute(due, {"ref": ref})
            following.follow_due(self.eyes.desk)
            return bool(self.rows("SELECT 1 FROM host_look WHERE ref = :ref AND says = :says", ref=ref, says=says))

        until(heard, within=30, what=f"the hub hears that it is {says}")

    def time_has_come(self, ref: str, *, since: timedelta) -> date:
        """The appointment began so long ago; the day on whose list it is now. Nobody can book what has begun."""
        start = self.eyes.clock.now() - since
        began = text("UPDATE booking SET end_at = :start + (end_at - start_at), start_at = :start WHERE ref = :ref")
        with self.eyes.work.begin() as tx:
            tx.execute(began, {"start": start, "ref": ref})
        return london_date(start)

    def appointments(self, ref: str, host: OdsCode) -> list[dict[str, object]]:
        """What a practice's own diary holds under this reference."""
        mark = f"[{ref[:4]}-{ref[4:]}]"
        return [
            one for one in self._lines("/appointments", practice=host.value) if str(one["comment"]).startswith(mark)
        ]

    # --- Faults.

    @contextmanager
    def trouble(self, kind: str, host: OdsCode, *interactions: str, **how: object) -> Iterator[None]:
        """The practice's system misbehaves until the end of the block."""
        for interaction in interactions or ("*",):
            self._control("POST", "/faults", {"kind": kind, "practice": host.value, "interaction": interaction, **how})
        try:
            yield
        finally:
            self._control("DELETE", f"/faults?practice={host}")

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """`kill -9` PostgreSQL and keep it down, as if its disk had gone, until the end of the block.

        The supervisor starts it again at once; without PG_VERSION in its folder every such start fails, and the next
        one after the file is back succeeds. Nothing else is touched, so nothing can be lost.
        """
        home = left_home(database_folder(self.data))
        assert home is not None
        mark = cluster_in(home) / "PG_VERSION"
        aside = mark.with_name("PG_VERSION.away")
        mark.rename(aside)
        try:
            self.federation.kill("database")
            yield
        finally:
            aside.rename(mark)
            self.federation.wait_ready()
            until(self.is_ready, within=40, what="the hub finds its database again")

    def is_ready(self) -> bool:
        """What whoever watches the hub is told."""
        return self._http.get(f"{self.federation.hub_url}/health/ready", timeout=30).ok

    # --- What is true.

    def rows(self, statement: str, **values: object) -> list[dict[str, object]]:
        """Rows of the hub's own database."""
        with self.eyes.work.read() as tx:
            return [dict(row._mapping) for row in tx.execute(text(statement), values)]

    def note_jobs(self) -> None:
        """Remember what the jobs that wait now were told: finished ones leave no trace."""
        for job in self.rows("SELECT task_name, args::text, lock, queueing_lock FROM procrastinate_jobs"):
            self.jobs.add(" ".join(str(value) for value in job.values()))

    def _in_the_simulator(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.data / "simulator" / "simulator.sqlite3", timeout=20) as store:
            store.execute(statement, values)
        store.close()

    def _free_moment(self) -> datetime:
        number = next(self._clinics)
        hours = _FIRST_HOUR + number // _DAYS
        assert hours <= _LAST_HOUR, "the town's days are full: let journeys share clinics"
        day = london_date(self.eyes.clock.now()) + timedelta(days=_FIRST_DAY + number % _DAYS)
        return at_london(day, clock_time(hours))

    def _lines(self, path: str, **query: str) -> Iterable[dict[str, object]]:
        answer = self._http.get(f"{self.federation.simulator_url}/control{path}", params=query, timeout=20)
        answer.raise_for_status()
        return [json.loads(line) for line in answer.text.splitlines()]

    def _control(self, method: str, path: str, body: object = None) -> dict[str, object]:
        answer = self._http.request(method, f"{self.federation.simulator_url}/control{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return dict(answer.json())


def until(true: Callable[[], object], *, within: float, what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"waited {within:.0f} s in vain: {what}"
        time.sleep(0.1)
