"""The hub that is measured: the real application and database; only hosts, tracing and the token issuer are ours."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Self

from flask import Flask
from joserfc import jwt
from joserfc.jwk import RSAKey

from connectors.guard import Guard
from hub import api, database
from hub.app import create_app
from hub.auth.access import doorkeepers
from hub.config import Config, Mode
from hub.web.booking.on_the_phone import OnThePhone
from hub.wiring import Hub, open_hub
from storage.work import idle
from tests.bench.calling import Request
from tests.bench.federation import ASKER, USER
from tests.bench.hosts import InstantHosts, InstantTracing
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.slots import Slot
from vocabulary.times import Window

PAGE = 50


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs bearer tokens, and where it publishes its keys."""

    url: str
    key: RSAKey

    def token(self, *, now: datetime, user: str = USER) -> str:
        """A receptionist's token, good for an hour."""
        at = int(now.timestamp())
        claims = {
            "iss": self.url,
            "aud": "hub-api",
            "sub": user,
            "name": "Beth Bench",
            "role": UserRole.RECEPTIONIST.value,
            "practice": ASKER.value,
            "iat": at,
            "exp": at + 3600,
        }
        return jwt.encode({"alg": "RS256", "kid": "bench"}, claims, self.key)


@contextmanager
def issuer() -> Iterator[Issuer]:
    """One on a free port of this machine."""
    key = RSAKey.generate_key(2048, {"kid": "bench"}, private=True)
    published = json.dumps({"keys": [key.as_dict(private=False)]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(published)))
            self.end_headers()
            self.wfile.write(published)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Issuer(f"http://127.0.0.1:{server.server_port}", key)
    finally:
        server.shutdown()
        server.server_close()


def config(database_url: str, issuer_url: str) -> Config:
    """As from the environment."""
    return Config.from_env(environment(database_url, issuer_url))


def environment(database_url: str, issuer_url: str) -> dict[str, str]:
    """What a hub with this database and issuer is started with."""
    return {
        "HUB_MODE": Mode.TEST.value,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "only-for-the-benchmark-and-nothing-else",
        "HUB_URL": "http://127.0.0.1:8080",
        "API_ISSUER": issuer_url,
        "API_JWKS_URL": f"{issuer_url}/jwks",
    }


@dataclass(frozen=True, slots=True)
class HubSide:
    """The application, and what callers of it need."""

    app: Flask
    hub: Hub
    headers: Mapping[str, str]  # of the JSON door
    cookie: Mapping[str, str]  # of the pages
    issuer: Issuer

    def as_user(self, user: str) -> Self:
        """The same for another receptionist, by program."""
        token = self.issuer.token(now=self.hub.clock.now(), user=user)
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"})

    def search(self, window: Window) -> Request:
        """A page of offers of all roles, channels and practices, from the JSON door."""
        query = {"from": window.start.isoformat(), "to": window.end.isoformat(), "limit": PAGE}
        return Request("GET", "/api/v1/slots", query, self.headers)

    def search_page(self) -> Request:
        """The same as a page for people."""
        return Request("GET", "/search", {"when": "week"}, self.cookie)

    def hold(self, slot_id: int, key: str) -> Request:
        """Keep a slot."""
        return Request("POST", "/api/v1/holds", headers=self._once(key), body={"slot_ids": [slot_id]})

    def book(self, ref: str, number: str, key: str) -> Request:
        """Confirm it."""
        body = {
            "hold": ref,
            "nhs_number": number,
            "description": "Blood pressure review",
            "phone": "07700 900101",
            "patient_told": True,
        }
        return Request("POST", "/api/v1/bookings", headers=self._once(key), body=body)

    def _once(self, key: str) -> dict[str, str]:
        return {**self.headers, "Idempotency-Key": key}


def hub_side(settings: Config, by: Issuer, slots: Mapping[OdsCode, tuple[Slot, ...]]) -> HubSide:
    """The application as create_app makes it, over hosts that answer at once."""
    made: list[Flask] = []
    hub = open_hub(settings, engine=lambda: database.engine_of(made[0])())
    guard = Guard(is_idle=idle, admit=hub.gate.admit)
    connect, tracing = guard.connect(InstantHosts(slots).connect), guard.tracing(InstantTracing())
    hub = replace(hub, connect=connect, tracing=tracing, desk=replace(hub.desk, connect=connect, tracing=tracing))
    app = create_app(settings, hub=hub)
    made.append(app)
    if "api_docs" not in app.blueprints:
        api.register(app)
    now = hub.clock.now()
    headers = {"Authorization": f"Bearer {by.token(now=now)}", "Accept": "application/json"}
    with app.app_context():
        cookie = {"Cookie": f"{settings.cookie_name}={_signed_in(hub)}", "Accept": "text/html"}
    return HubSide(app, hub, headers, cookie, by)


def _signed_in(hub: Hub) -> str:
    """A browser's session of a receptionist who has chosen the role; the secret of its cookie."""
    sessions = doorkeepers().sessions
    token = sessions.begin(USER, "Beth Bench", sid="bench", data={})
    session = sessions.find(token)
    assert session is not None
    session.acting_ods, session.acting_role = ASKER.value, UserRole.RECEPTIONIST.value
    session.put("acting", {"practice_name": "Bench Surgery", "practice_phone": "0117 496 0101"})
    session.put("patient", asdict(_on_the_phone()))
    sessions.save(session, seen=True)
    return token


def _on_the_phone() -> OnThePhone:
    """Whoever the receptionist is talking to: distances are measured from their postcode."""
    return OnThePhone(
        "9990000018", traced=True, family="Example", given="Ann", birth_date="1980-02-29", postcode="BS3 1AA"
    )


def week(work_now: datetime) -> Window:
    """The seven days that are searched."""
    start = work_now.replace(microsecond=0) + timedelta(minutes=1)
    return Window(start, start + timedelta(days=7))
