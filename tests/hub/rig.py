"""The hub over the diary desk's small world, with tokens signed by an issuer of the tests' own."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from hub import api, health, metrics
from hub.address_book import AddressBook
from hub.app import create_app
from hub.auth.access import doorkeepers
from hub.config import Config, Mode, Secret
from hub.wiring import Hub
from practices.wire.recorder import WireTrace
from records.sensitive import SensitiveCodes
from records.viewing import ViewingRoom
from sharing_agreements.register import Register
from tests.scheduling.world import HOME, RITA, World
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole

ISSUER = "https://issuer.example"
_KEY = RSAKey.generate_key(2048, {"kid": "tests"}, private=True)
CONFIG = Config(
    mode=Mode.TEST,
    database_url=Secret("postgresql+psycopg://nobody@127.0.0.1:1/none"),
    database_owner_url=Secret("postgresql+psycopg://nobody@127.0.0.1:1/none"),
    secret_key=Secret("only-for-tests"),
    hub_url="http://127.0.0.1:8080",
    api_issuer=ISSUER,
    api_jwks_url=f"{ISSUER}/jwks",
)


SENSITIVE = SensitiveCodes("2026-10", "a test", frozenset({"86406008"}))


@dataclass
class Rig:
    """The world, the hub over it, and programs that call it."""

    world: World
    config: Config = CONFIG
    hub: Hub = field(init=False)
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        desk, work, clock = self.world.desk, self.world.work, self.world.clock
        book = AddressBook(work, clock, secrets=str)
        wire = WireTrace(work, clock, days=0)
        room = ViewingRoom(work, desk.gate, desk.connect, desk.tracing, clock, SENSITIVE)
        self.hub = Hub(
            config=self.config,
            clock=clock,
            work=work,
            gate=desk.gate,
            register=Register(work, clock),
            connect=desk.connect,
            able=self.world.able,
            tracing=desk.tracing,
            desk=desk,
            address_book=book,
            wire=wire,
            viewing=room,
        )
        self.app = create_app(self.config, hub=self.hub)
        for door in (api, metrics):
            if "api_docs" not in self.app.blueprints or (door is metrics and "metrics" not in self.app.blueprints):
                door.register(self.app)
        if "health" not in self.app.blueprints:
            self.app.register_blueprint(health.blueprint)
        with self.app.app_context():
            keys = doorkeepers().tokens._keys
        keys._fetch = lambda: {"keys": [_KEY.as_dict(private=False)]}

    def program(self, practice: OdsCode = HOME, *, user: str = RITA, **claims: Any) -> "Program":
        return Program(self.app.test_client(), self.token(practice, user=user, **claims))

    def token(self, practice: OdsCode = HOME, *, user: str = RITA, **claims: Any) -> str:
        now = int(self.world.clock.now().timestamp())
        said = {
            "iss": ISSUER,
            "aud": "hub-api",
            "sub": user,
            "name": "Rita Reception",
            "role": UserRole.RECEPTIONIST.value,
            "practice": practice.value,
            "iat": now,
            "exp": now + int(timedelta(hours=1).total_seconds()),
            **claims,
        }
        return jwt.encode({"alg": "RS256", "kid": "tests"}, said, _KEY)

    def forged(self) -> str:
        """A token nobody signed."""
        parts = [{"alg": "none"}, {"iss": ISSUER, "aud": "hub-api", "sub": "x", "exp": 2**33, "iat": 0}]
        coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
        return f"{coded[0]}.{coded[1]}."


@dataclass
class Program:
    """A client of the JSON door with a token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers())

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> TestResponse:
        more = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1{path}", json=body or {}, headers={**self._headers(), **more})

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(f"/api/v1{path}", headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
