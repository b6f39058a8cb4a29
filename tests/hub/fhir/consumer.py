"""Another system at the hub's GP Connect door: its requests are as the standard wants them, unless a test says not."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gp_connect import appointments, audit_token, headers, interactions, names, patients, slot_search
from gp_connect.elements import Resource, parse
from gp_connect.interactions import Interaction
from hub.config import FhirDoor
from hub.fhir.visits import ROOT
from tests.gp_connect.published.checker import mistakes
from tests.hub.rig import CONFIG, Rig
from tests.scheduling.world import HOME, HOST, World, caller
from vocabulary.appointments import BookingRequest
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.people import Caller
from vocabulary.slots import Slot
from vocabulary.times import Window, london_date

OPEN = replace(CONFIG, fhir=FhirDoor.DEMO)


def open_rig(world: World, **changes: Any) -> Rig:
    """The hub with its GP Connect door open."""
    return Rig(world, replace(OPEN, **changes))


@dataclass
class Consumer:
    """A system that asks one host on behalf of a person at a practice."""

    client: FlaskClient
    world: World
    host: OdsCode = HOST
    who: Caller = field(default_factory=lambda: caller(HOME, user="ext-1"))

    @property
    def root(self) -> str:
        return f"/{self.host}/{ROOT}"

    @property
    def audience(self) -> str:
        return f"{CONFIG.hub_url}{self.root}"

    def headers(self, interaction: Interaction, *, version: str = "", trace_id: str = "") -> dict[str, str]:
        token = audit_token.build(
            self.who,
            self.audience,
            issuer="https://consumer.example",
            now=self.world.clock.now(),
            scope=interaction.scope,
        )
        return headers.write(
            interaction,
            token,
            trace_id=trace_id or str(uuid4()),
            sender="200000000001",
            recipient="200000000002",
            version=version,
        )

    def ask(
        self,
        interaction: Interaction,
        logical_id: str = "",
        *,
        params: Any = (),
        body: Resource | bytes | None = None,
        more: Mapping[str, str | None] | None = None,
        **about: str,
    ) -> TestResponse:
        """Send it; `more` replaces headers, None takes one away."""
        sent: dict[str, str | None] = {**self.headers(interaction, **about), **(more or {})}
        answer = self.client.open(
            f"{self.root}{interaction.url(logical_id)}",
            method=interaction.verb,
            query_string=list(params),
            data=json.dumps(body) if isinstance(body, dict) else body,
            headers={name: value for name, value in sent.items() if value is not None},
        )
        if answer.headers.get("Content-Encoding") == "gzip":
            answer.set_data(gzip.decompress(answer.get_data()))
        if answer.get_data() and "json" in answer.content_type:
            assert mistakes(parse(answer.get_data())) == [], "an answer against the published definitions"
        return answer

    def find(self, number: NHSNumber) -> TestResponse:
        return self.ask(interactions.FIND_PATIENT, params=patients.find_query(number))

    def register(self, patient: Patient) -> TestResponse:
        return self.ask(interactions.REGISTER_PATIENT, body=patients.registration(patient))

    def slots(self, window: Window | None = None, *, ods: OdsCode | None = None, kind: str = names.GP_PRACTICE) -> Any:
        """The answer to a search of the next days in the consumer's own name, unless told otherwise."""
        now = self.world.clock.now()
        query = slot_search.query(window or Window(now, now + timedelta(days=13)), ods or self.who.practice, kind=kind)
        return self.ask(interactions.FREE_SLOTS, params=query)

    def free(self, **search: Any) -> list[Resource]:
        """The free slots of that answer."""
        return [each for each in resources(self.slots(**search)) if each["resourceType"] == "Slot"]

    def booking(self, *slots: Slot, patient_id: str, **changes: Any) -> Resource:
        """The body of a booking of these slots."""
        request = BookingRequest(
            ref=BookingRef.from_number(7),
            host=self.host,
            slots=slots,
            nhs_number=NHSNumber("9990000018"),
            patient_host_id=patient_id,
            booking_practice=self.who.practice,
            booking_practice_name=self.who.practice_name,
            booking_practice_phone=self.who.practice_phone,
            description="Extended access appointment",
            comment="Needs a ramp",
            created=self.world.clock.now(),
        )
        return {**appointments.booking(request), "comment": "Needs a ramp", **changes}

    def book(self, *slots: Slot, patient_id: str, trace_id: str = "", **changes: Any) -> TestResponse:
        body = self.booking(*slots, patient_id=patient_id, **changes)
        return self.ask(interactions.BOOK, body=body, trace_id=trace_id)

    def of_patient(self, patient_id: str, *, days: int = 13) -> TestResponse:
        today: date = london_date(self.world.clock.now())
        starts = [("start", f"ge{today}"), ("start", f"le{today + timedelta(days=days)}")]
        return self.ask(interactions.PATIENT_APPOINTMENTS, patient_id, params=starts)

    def read(self, appointment_id: str) -> TestResponse:
        return self.ask(interactions.READ_APPOINTMENT, appointment_id)

    def amend(self, held: Resource, *, version: str = "", **changes: str) -> TestResponse:
        body = appointments.amended_form(held, **{"description": "Changed", "comment": "", **changes})
        return self.ask(interactions.AMEND, held["id"], body=body, version=version or held["meta"]["versionId"])

    def cancel(self, held: Resource, reason: str = "No longer needed", *, version: str = "") -> TestResponse:
        body = appointments.cancelled_form(held, reason)
        return self.ask(interactions.CANCEL, held["id"], body=body, version=version or held["meta"]["versionId"])


def resources(answer: TestResponse) -> list[Resource]:
    """What a searchset holds."""
    assert answer.status_code == 200, answer.text
    bundle = answer.get_json(force=True)
    assert bundle["resourceType"] == "Bundle"
    return [entry["resource"] for entry in bundle.get("entry", [])]


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Status and Spine code of an OperationOutcome."""
    said = answer.get_json(force=True)
    assert said["resourceType"] == "OperationOutcome", said
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, said["issue"][0]["details"]["coding"][0]["code"]
