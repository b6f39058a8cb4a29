"""The field of the race: a running hub, 200 slots nobody else wants, 64 receptionists, a patient for each try."""

import json
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Lock

import requests
from sqlalchemy import create_engine

from demo.signin.keys import KeyRing
from demo.supervisor import Federation
from hub.config import Config
from hub.wiring import Hub, open_hub
from scheduling import pairs, syncing
from vocabulary.identifiers import OdsCode

PRACTICES = tuple(OdsCode(f"Y9000{number}") for number in range(1, 6))
SESSIONS_A_PRACTICE = 10
SLOTS_A_SESSION = 4
_HTTP = requests.Session()


@dataclass
class Field:
    """What the clients share."""

    federation: Federation
    data: Path
    start: datetime
    end: datetime
    patients: list[str]
    lost: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def patient(self) -> str | None:
        """A patient nobody has tried yet."""
        with self.lock:
            return self.patients.pop() if self.patients else None

    def give_back(self, patient: str) -> None:
        """The try came to nothing: somebody else may try for this patient."""
        with self.lock:
            self.patients.insert(0, patient)

    def note(self, what: str) -> None:
        with self.lock:
            self.lost[what] += 1

    def token(self, number: int) -> str:
        """A bearer token for receptionist `number`, signed as the demo's sign-in service signs."""
        keys = KeyRing(self.data / "sign-in" / "signing-keys.json")
        now = int(time.time())
        claims = {
            "iss": self.federation.environment["API_ISSUER"],
            "aud": self.federation.environment["API_AUDIENCE"],
            "sub": f"racer-{number}",
            "name": f"Racer {number}",
            "role": "receptionist",
            "practice": PRACTICES[number % len(PRACTICES)].value,
            "iat": now,
            "exp": now + 1800,
            "jti": secrets.token_hex(8),
        }
        return keys.sign(claims)


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can enter when we are root, and that leaves nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="race-"))
    folder.chmod(0o711)
    try:
        yield folder / "var"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(federation: Federation, data: Path) -> Field:
    """Add the clinics at five in the morning the day after tomorrow, and let the hub see them."""
    start = (datetime.now(UTC) + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)
    for practice in PRACTICES:
        for number in range(SESSIONS_A_PRACTICE):
            body = {
                "start": (start + timedelta(minutes=40 * (number % 5))).isoformat(),
                "count": SLOTS_A_SESSION,
                "minutes": 10,
                "name": f"Race {number}",
            }
            answer = _HTTP.post(
                f"{federation.simulator_url}/control/desk/{practice}/add-session", json=body, timeout=10
            )
            answer.raise_for_status()
    hub = open_beside(federation)
    pairs.plan(hub.desk)
    for host in PRACTICES:
        for booker in PRACTICES:
            syncing.sync_one(hub.desk, host, booker, "near")
    hub.work.engine.dispose()
    with sqlite3.connect(data / "simulator" / "simulator.sqlite3") as store:
        people = store.execute(
            "SELECT nhs_number FROM person WHERE NOT restricted AND NOT deceased AND superseded_by = '' "
            "AND nhs_number NOT IN (SELECT nhs_number FROM patient WHERE standing <> 'active') "
            "AND nhs_number > '9990001000' ORDER BY nhs_number"
        ).fetchall()
    return Field(federation, data, start, start + timedelta(hours=6), [row[0] for row in people])


def open_beside(federation: Federation) -> Hub:
    """A hub in this process over the same database and hosts: the test's own eyes."""
    config = Config.from_env(federation.environment)
    engine = create_engine(config.database_url.reveal(), pool_pre_ping=True)
    return open_hub(config, engine=lambda: engine)


def drop_lines(field_: Field, probability: float) -> None:
    """From now on hosts commit a booking and then say nothing, this often."""
    for number, practice in zip(count(), PRACTICES, strict=False):
        order = {
            "kind": "drop",
            "practice": practice.value,
            "interaction": "book",
            "after_commit": True,
            "probability": probability,
            "seed": number,
        }
        _HTTP.post(f"{field_.federation.simulator_url}/control/faults", json=order, timeout=10).raise_for_status()


def clear_faults(field_: Field) -> None:
    _HTTP.delete(f"{field_.federation.simulator_url}/control/faults", timeout=10).raise_for_status()


def host_appointments(field_: Field) -> list[dict[str, object]]:
    """Every appointment of the race's clinics in the hosts' own store."""
    answer = _HTTP.get(f"{field_.federation.simulator_url}/control/appointments", timeout=30)
    answer.raise_for_status()
    found = (json.loads(line) for line in answer.text.splitlines())
    return [one for one in found if field_.start <= datetime.fromisoformat(str(one["start"])) < field_.end]
