"""A small GP Connect consumer for the simulator's tests: real HTTP, every header, nothing of the hub's own client."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import requests

from gp_connect import appointments, audit_token, headers, interactions, patients, slot_search, slots
from gp_connect.interactions import Interaction
from vocabulary.appointments import BookingRequest
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller, UserRole
from vocabulary.problems import InvalidValue
from vocabulary.slots import Gender, Slot
from vocabulary.times import Window

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)  # where the simulator's clock stands
BOOKING_PRACTICE = OdsCode("Y90001")
ALEX = Patient(
    NHSNumber.parse("9990000018"),
    "Testcase",
    "Alex",
    date(1980, 2, 29),
    Gender.FEMALE,
    "BS1 4DJ",
    ("2 Example Street", "Bristol"),
    "07700 900123",
)
_refs = count(1)
_numbers = count(999_100_000)


def fresh_number() -> NHSNumber:
    """A synthetic NHS number that no other test uses."""
    for number in _numbers:
        for check in range(10):
            with suppress(InvalidValue):
                return NHSNumber.parse(f"{number}{check}")
    raise AssertionError("out of numbers")


@dataclass
class Answer:
    """A response, read."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """The Spine code of a refusal."""
        return str(self.body["issue"][0]["details"]["coding"][0]["code"])

    @property
    def diagnostics(self) -> str:
        """What a refusal says about the element at fault."""
        return str(self.body["issue"][0].get("diagnostics", ""))


@dataclass
class Consumer:
    """Asks one practice's system on behalf of one booking practice."""

    url: str
    ods: str
    practice: OdsCode = BOOKING_PRACTICE
    now: datetime = NOW
    timeout: float = 20.0
    line: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.line.trust_env = False

    @property
    def root(self) -> str:
        return f"{self.url}/{self.ods}/STU3/1/gpconnect"

    def headers(self, interaction: Interaction, *, version: str = "") -> dict[str, str]:
        caller = Caller("u-1", "Sam Carter", UserRole.RECEPTIONIST, self.practice, "Riverside Surgery", "t")
        token = audit_token.build(
            caller, self.root, issuer="https://hub.example", now=self.now, scope=interaction.scope
        )
        return headers.write(interaction, token, trace_id=str(uuid4()), sender="200", recipient="918", version=version)

    def ask(
        self,
        interaction: Interaction,
        *,
        logical_id: str = "",
        params: Iterable[tuple[str, str]] = (),
        body: Any = None,
        version: str = "",
        extra: dict[str, str] | None = None,
    ) -> Answer:
        response = self.line.request(
            interaction.verb,
            self.root + interaction.url(logical_id),
            params=list(params),
            data=None if body is None else json.dumps(body),
            headers={**self.headers(interaction, version=version), **(extra or {})},
            timeout=self.timeout,
        )
        read = json.loads(response.content) if response.content.startswith(b"{") else response.content
        return Answer(response.status_code, read, response.headers)

    def free(self, days: int = 7) -> tuple[Slot, ...]:
        window = Window(self.now, self.now + timedelta(days=days))
        answer = self.ask(interactions.FREE_SLOTS, params=slot_search.query(window, self.practice))
        assert answer.status == 200, answer.body
        return slots.read(answer.body, OdsCode(self.ods))

    def find(self, nhs_number: NHSNumber = ALEX.nhs_number) -> Answer:
        return self.ask(interactions.FIND_PATIENT, params=patients.find_query(nhs_number))

    def request(self, *found: Slot, patient_id: str = "1", comment: str = "") -> BookingRequest:
        return BookingRequest(
            ref=BookingRef.from_number(next(_refs)),
            host=OdsCode(self.ods),
            slots=found,
            nhs_number=ALEX.nhs_number,
            patient_host_id=patient_id,
            booking_practice=self.practice,
            booking_practice_name="Riverside Surgery",
            booking_practice_phone="0117 496 0002",
            description="Extended access",
            comment=comment,
            created=self.now,
        )

    def book(self, *found: Slot, patient_id: str = "1") -> Answer:
        return self.ask(interactions.BOOK, body=appointments.booking(self.request(*found, patient_id=patient_id)))

    def cancel(self, resource: Any, *, version: str = "", reason: str = "Booked in error") -> Answer:
        body = appointments.cancelled_form(resource, reason)
        return self.ask(interactions.CANCEL, logical_id=resource["id"], body=body, version=version)

    def retrieve(self, patient_id: str = "1", days: int = 14) -> Answer:
        window = Window(self.now, self.now + timedelta(days=days))
        params = appointments.retrieve_query(window)
        return self.ask(interactions.PATIENT_APPOINTMENTS, logical_id=patient_id, params=params)


@dataclass
class Control:
    """The control API."""

    url: str

    def call(self, verb: str, path: str, body: Any = None, **params: str) -> Any:
        response = requests.request(
            verb, f"{self.url}/control/{path}", json=body, params=params, timeout=20, proxies={"http": ""}
        )
        if "ndjson" in response.headers["Content-Type"]:
            return [json.loads(line) for line in response.text.splitlines()]
        said = response.json()
        return said | {"status_code": response.status_code} if not response.ok else said

    def fault(self, kind: str, **order: Any) -> Any:
        return self.call("POST", "faults", {"kind": kind, **order})

    def appointments(self, practice: str, status: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "appointments", practice=practice, status=status)
        return found
