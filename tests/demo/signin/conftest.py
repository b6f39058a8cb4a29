"""A provider with a clock one can move, a hub that takes back-channel logouts, and the steps of a sign-in."""

import http.server
import shutil
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from demo.signin.app import create_app
from demo.signin.grants import challenge_for
from demo.signin.keys import KeyRing
from demo.signin.logout import LogoutCaller
from demo.signin.provider import Client, Provider

ISSUER = "http://127.0.0.1:9999"
VERIFIER = "a-verifier-long-enough-to-be-allowed-by-the-standard"


@dataclass
class MovableClock:
    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class FakeHub:
    url: str
    logouts: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # statuses to give before 200


@dataclass
class Desk:
    """The provider as the hub and a browser use it."""

    browser: FlaskClient
    clock: MovableClock
    hub: FakeHub
    provider: Provider
    caller: LogoutCaller

    def asking(self, **changes: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "practice-hub",
            "redirect_uri": f"{self.hub.url}/sign-in/callback",
            "scope": "openid profile nationalrbacaccess selectedrole",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": challenge_for(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in asked.items() if value is not None}

    def begin(self, **changes: str | None) -> str:
        """Ask for a sign-in; returns the key of the page where one chooses."""
        response = self.browser.get("/authorize", query_string=self.asking(**changes))
        return answers_in(response.location)["request"]

    def choose(self, person: str, **changes: str | None) -> dict[str, str]:
        """Sign somebody in; returns what the hub is redirected with."""
        response = self.browser.post("/choose", data={"request": self.begin(**changes), "person": person})
        assert response.status_code == 303
        return answers_in(response.location)

    def redeem(self, code: str, **changes: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.hub.url}/sign-in/callback",
            "code_verifier": VERIFIER,
        } | changes
        return self.browser.post("/token", data=form, auth=("practice-hub", "s3cret"))

    def tokens(self, person: str, **changes: str | None) -> dict[str, Any]:
        tokens: dict[str, Any] = self.redeem(self.choose(person, **changes)["code"]).get_json()
        return tokens

    def verified(self, token: str) -> jwt.Token:
        """A token read with the keys that are published now."""
        keys = KeySet.import_key_set(self.browser.get("/jwks").get_json())
        return jwt.decode(token, keys, algorithms=["RS256"])


def answers_in(address: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))


@pytest.fixture
def fake_hub() -> Iterator[FakeHub]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = hub.answers.pop(0) if hub.answers else 200
            if status == 200:
                hub.logouts.append(urllib.parse.parse_qs(body)["logout_token"][0])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub = FakeHub(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once a session: making them is the slow part."""
    file = tmp_path_factory.mktemp("signin") / "keys.json"
    KeyRing(file)
    return file


@pytest.fixture
def desk(tmp_path: Path, fake_hub: FakeHub, made_keys: Path) -> Desk:
    shutil.copy(made_keys, tmp_path / "keys.json")
    clock = MovableClock()
    provider = Provider(
        issuer=ISSUER,
        client=Client("practice-hub", "s3cret", fake_hub.url),
        keys=KeyRing(tmp_path / "keys.json"),
        clock=clock,
    )
    caller = LogoutCaller(provider, f"{fake_hub.url}/sign-in/back-channel-logout", sleep=lambda _: None)
    app = create_app(provider, caller, practice_names={"Y90001": "Cote & Sons"})
    browser = app.test_client()
    browser.environ_base["HTTP_HOST"] = "127.0.0.1:9999"
    return Desk(browser, clock, fake_hub, provider, caller)
