"""Whole requests as a provider gets them, good ones of every interaction, and a provider that only checks."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gp_connect import appointments, audit_token, headers, interactions, media, names, patients
from gp_connect.elements import parse
from gp_connect.interactions import Interaction
from gp_connect.media import Format
from gp_connect.provider_rules import access, booking, changing, negotiation, reading, registering, searching, versions
from gp_connect.slot_search import query
from tests.gp_connect.test_appointments import BESIDE, HELD, a_request
from tests.gp_connect.test_patients import ALEX
from tests.gp_connect.test_slots import diary
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.slots import Slot
from vocabulary.times import Window, london_date

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ROOT = "https://host.example/Y90003/STU3/1/gpconnect"
ASID = "918999198993"
SAM = Caller("u-17", "Sam Carter", UserRole.RECEPTIONIST, OdsCode("Y90001"), "Riverside Surgery", "trace-1")
HELD_RESOURCE = parse(json.dumps(appointments.write(HELD, BESIDE)))
_IDS = {
    "Patient": "2",
    "Practitioner": "15",
    "Organization": "23",
    "Location": "17",
    "Appointment": HELD.receipt.appointment_id,
}
_QUERIES = {
    interactions.FIND_PATIENT: [("identifier", f"{names.NHS_NUMBER}|{ALEX.nhs_number.value}")],
    interactions.FIND_PRACTITIONER: [("identifier", f"{names.SDS_USER_ID}|111122223333")],
    interactions.FIND_ORGANISATION: [("identifier", f"{names.ODS_CODE}|Y90003")],
    interactions.PATIENT_APPOINTMENTS: [("start", "ge2026-06-01"), ("start", "le2026-06-14")],
    interactions.FREE_SLOTS: query(Window(NOW, datetime(2026, 6, 14, tzinfo=UTC)), SAM.practice),
}
_BODIES: dict[Interaction, Callable[[], dict[str, Any]]] = {
    interactions.BOOK: lambda: appointments.booking(a_request()),
    interactions.AMEND: lambda: appointments.amended_form(HELD_RESOURCE, description="New", comment=""),
    interactions.CANCEL: lambda: appointments.cancelled_form(HELD_RESOURCE, "Booked in error"),
    interactions.REGISTER_PATIENT: lambda: patients.registration(ALEX),
}


@dataclass(frozen=True)
class Request:
    """One request. `held` and `slots` are what the provider's diary holds."""

    interaction: Interaction
    headers: dict[str, str]
    path: str
    parameters: list[tuple[str, str]]
    body: bytes = b""
    now: datetime = NOW
    held: dict[str, Any] = field(default_factory=lambda: HELD_RESOURCE)
    slots: tuple[Slot, ...] = field(default_factory=lambda: diary(2))

    @property
    def resource(self) -> dict[str, Any]:
        """The body as JSON."""
        return parse(self.body)

    def with_body(self, change: Callable[[dict[str, Any]], object]) -> "Request":
        """The same with a changed body."""
        resource = self.resource
        change(resource)
        return replace(self, body=json.dumps(resource).encode())

    def with_headers(self, **changes: str | None) -> "Request":
        """The same with other headers (None: left out)."""
        merged = {**self.headers, **{name.replace("_", "-"): value for name, value in changes.items()}}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})

    def with_claims(self, **changes: Any) -> "Request":
        """The same with other claims in its token (None: left out)."""
        first, second, _ = self.headers["Authorization"].removeprefix("Bearer ").split(".")
        claims = {**json.loads(base64.urlsafe_b64decode(second + "==")), **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        body = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode().rstrip("=")
        return self.with_headers(Authorization=f"Bearer {first}.{body}.")

    def with_parameters(self, **changes: str | None) -> "Request":
        """The same with other parameters (None: left out)."""
        kept = [pair for pair in self.parameters if pair[0] not in changes]
        return replace(self, parameters=kept + [(name, each) for name, each in changes.items() if each is not None])


def good(interaction: Interaction) -> Request:
    """A request that passes."""
    kind = interaction.path.split("/")[1]
    token = audit_token.build(SAM, ROOT, issuer="https://hub.example", now=NOW, scope=interaction.scope)
    made = headers.write(
        interaction, token, trace_id="4f", sender="200000000359", recipient=ASID, version="3" if kind == "x" else ""
    )
    body = json.dumps(_BODIES[interaction]()).encode() if interaction in _BODIES else b""
    return Request(interaction, made, interaction.url(_IDS.get(kind, "")), list(_QUERIES.get(interaction, [])), body)


def answered(request: Request, *, offered: frozenset[Format] = media.JSON_ONLY) -> access.Access:
    """What a provider checks of a request, all of it. Raises Rejected."""
    passed = access.check(
        request.headers,
        request.interaction.verb,
        request.path,
        asid=ASID,
        audiences=[ROOT],
        now=request.now,
        parameters=request.parameters,
        offered=offered,
    )
    _judge(request, passed)
    return passed


def _judge(request: Request, passed: access.Access) -> None:
    searches: dict[Interaction, Callable[[], object]] = {
        interactions.FREE_SLOTS: lambda: searching.free_slots(request.parameters),
        interactions.FIND_PATIENT: lambda: searching.nhs_number(request.parameters),
        interactions.FIND_PRACTITIONER: lambda: searching.sds_user_id(request.parameters),
        interactions.FIND_ORGANISATION: lambda: searching.ods_code(request.parameters),
        interactions.PATIENT_APPOINTMENTS: lambda: searching.appointments(request.parameters, request.now),
        interactions.READ_APPOINTMENT: lambda: reading.check_readable(request.held, request.now),
    }
    if passed.interaction in searches:
        searches[passed.interaction]()
    if passed.interaction not in _BODIES:
        return
    sent, version = negotiation.body(request.body, passed.terms), versions.expected(request.headers)
    if passed.interaction == interactions.BOOK:
        booking.check_slots(booking.read(sent), request.slots, request.now)
    elif passed.interaction == interactions.AMEND:
        changing.amended_texts(sent, request.held, version=version, now=request.now)
    elif passed.interaction == interactions.CANCEL:
        changing.cancellation_reason(sent, request.held, version=version, now=request.now)
    else:
        registering.check(sent)


def days(offset: int) -> str:
    """A date so many days from NOW's."""
    return london_date(NOW).replace(day=1 + offset).isoformat()
