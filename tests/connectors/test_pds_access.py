"""A signed assertion for an access token, against a server that verifies it: kept while good, renewed when refused."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from connectors.faults import NoAnswer, Refused, Unsupported
from connectors.line import LineSettings
from connectors.pds import tracing as pds
from connectors.pds.access import SignedAccess, signed
from tests.connectors.people import ALEX, RECEPTIONIST
from tests.connectors.stub_server import Behaviour, StubServer, answer, drop
from tests.connectors.test_pds import PERSON

QUICK = LineSettings(silence=0.4, budget=0.9)
API_KEY, KEY_ID = "the-application", "hub-1"


@dataclass
class TokenServer:
    """Gives a token for a proper assertion and takes it at the service; everything else is refused."""

    public: RSAKey
    lifetime: int = 600
    now: float = 1_800_000_000.0
    used: set[str] = field(default_factory=set)
    given: list[str] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def behave(self, server: StubServer) -> Behaviour:
        def behaviour(connection: socket.socket) -> bool:
            seen = server.seen[-1]
            if seen.line.startswith("POST /oauth2/token "):
                problem = self._check(parse_qs(seen.body.decode()), f"{server.url}/oauth2/token")
                if problem:
                    self.refusals.append(problem)
                    return answer({"error": "invalid_request", "error_description": problem}, status=400)(connection)
                self.given.append(f"token-{len(self.given) + 1}")
                body = {"access_token": self.given[-1], "expires_in": str(self.lifetime), "token_type": "Bearer"}
                return answer(body)(connection)
            token = seen.header("Authorization").removeprefix("Bearer ")
            if token not in self.given or token in self.withdrawn:
                return answer({"resourceType": "OperationOutcome", "issue": []}, status=401)(connection)
            return answer(PERSON)(connection)

        return behaviour

    def _check(self, form: dict[str, list[str]], audience: str) -> str:
        if form.get("grant_type") != ["client_credentials"]:
            return "grant type"
        if form.get("client_assertion_type") != ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]:
            return "assertion type"
        try:
            token = jwt.decode(form["client_assertion"][0], self.public, algorithms=["RS512"])
        except (JoseError, ValueError) as error:
            return type(error).__name__
        claims = token.claims
        if token.header.get("kid") != KEY_ID or claims["iss"] != API_KEY or claims["sub"] != API_KEY:
            return "who"
        if claims["aud"] != audience:
            return "audience"
        if not self.now < claims["exp"] <= self.now + 300:
            return "time"
        if claims["jti"] in self.used:
            return "used twice"
        self.used.add(claims["jti"])
        return ""


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def national(key: RSAKey) -> TokenServer:
    return TokenServer(key)


@pytest.fixture
def server(national: TokenServer) -> Iterator[StubServer]:
    server = StubServer([])
    server.behaviours.append(national.behave(server))
    with server:
        yield server


def access(server: StubServer, national: TokenServer, key: RSAKey, tmp_path: Path) -> SignedAccess:
    path = tmp_path / "key.pem"
    path.write_bytes(key.as_pem(private=True))
    made = signed(f"{server.url}/oauth2/token", api_key=API_KEY, key_id=KEY_ID, private_key=path, settings=QUICK)
    made.clock = lambda: national.now
    return made


Make = Callable[[], SignedAccess]


@pytest.fixture
def make(server: StubServer, national: TokenServer, key: RSAKey, tmp_path: Path) -> Make:
    return lambda: access(server, national, key, tmp_path)


def test_one_token_serves_until_shortly_before_its_end(national: TokenServer, make: Make) -> None:
    ours = make()
    assert [ours.header() for _ in range(3)] == ["Bearer token-1"] * 3
    national.now += 569
    assert ours.header() == "Bearer token-1"
    national.now += 2
    assert ours.header() == "Bearer token-2"
    assert national.refusals == []
    assert len(national.used) == 2


def test_a_trace_brings_the_token_and_renews_one_that_is_taken_no_more(
    server: StubServer, national: TokenServer, make: Make
) -> None:
    tracing = pds.create(server.url, access=make(), settings=QUICK)
    assert tracing.trace(ALEX.nhs_number, caller=RECEPTIONIST).patient.nhs_number == ALEX.nhs_number
    national.withdrawn.add("token-1")
    assert tracing.trace(ALEX.nhs_number, caller=RECEPTIONIST).patient.nhs_number == ALEX.nhs_number
    assert national.given == ["token-1", "token-2"]


def test_a_service_that_takes_no_token_is_asked_twice_and_no_more(
    server: StubServer, national: TokenServer, make: Make
) -> None:
    national.withdrawn.update({"token-1", "token-2"})
    tracing = pds.create(server.url, access=make(), settings=QUICK)
    with pytest.raises(Refused, match="did not let the hub in") as caught:
        tracing.trace(ALEX.nhs_number, caller=RECEPTIONIST)
    assert caught.value.mended_by == "whoever runs the hub"
    assert national.given == ["token-1", "token-2"]


def test_another_key_and_a_wrong_clock_get_no_token_and_nothing_is_traced(
    server: StubServer, national: TokenServer, make: Make, tmp_path: Path
) -> None:
    stranger = access(server, national, RSAKey.generate_key(2048), tmp_path)
    slow, fast = make(), make()
    slow.clock, fast.clock = (lambda: national.now - 600), (lambda: national.now + 600)
    for wrong in (stranger, slow, fast):
        with pytest.raises(NoAnswer, match="did not let the hub in"):
            pds.create(server.url, access=wrong, settings=QUICK).trace(ALEX.nhs_number, caller=RECEPTIONIST)
    assert national.refusals == ["BadSignatureError", "time", "time"]
    assert not [seen for seen in server.seen if seen.line.startswith("GET")]


@pytest.mark.parametrize("behaviour", [drop, answer(b"<html>"), answer({"expires_in": 5}), answer({}, status=503)])
def test_a_token_that_cannot_be_got_is_no_answer(behaviour: Behaviour, key: RSAKey, tmp_path: Path) -> None:
    with StubServer([behaviour]) as server:
        ours = access(server, TokenServer(key), key, tmp_path)
        with pytest.raises(NoAnswer):
            ours.header()


def test_a_token_lost_on_the_way_is_asked_for_with_another_assertion(
    server: StubServer, national: TokenServer, make: Make
) -> None:
    server.behaviours.insert(0, drop)
    assert make().header() == "Bearer token-1"
    sent = [parse_qs(seen.body.decode())["client_assertion"] for seen in server.seen]
    assert len(sent) == 2
    assert sent[0] != sent[1]


def test_threads_share_one_token(national: TokenServer, make: Make) -> None:
    ours = make()
    threads = [Thread(target=ours.header) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert national.given == ["token-1"]


def test_a_key_that_cannot_be_read_is_said_and_never_shown(tmp_path: Path, make: Make) -> None:
    (tmp_path / "bad.pem").write_text("not a key")
    details: dict[str, Any] = {"api_key": API_KEY, "key_id": KEY_ID}
    for path in (tmp_path / "bad.pem", tmp_path / "none.pem"):
        with pytest.raises(Unsupported, match="cannot read the key") as caught:
            signed("https://x.example/oauth2/token", private_key=path, **details)
        assert str(tmp_path) not in f"{caught.value.words}{caught.value.detail}"
    ours = make()
    ours.header()
    assert "token-1" not in repr(ours)
    assert json.dumps(repr(ours)).count("BEGIN") == 0
