"""private_key_jwt: the hub proves to the sign-in service who it is with a key of its own, and sends no secret."""

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.hub.auth.small_provider import SmallProvider
from tests.hub.auth.steps import sign_in
from tests.hub.web.shop import Shop, TurningClock, open_shop


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def shop(tmp_path: Path, provider: SmallProvider, key: RSAKey) -> Shop:
    """A hub with a private key, at a provider where its public half is registered."""
    pem = tmp_path / "hub.pem"
    pem.write_bytes(key.as_pem(private=True))
    provider.client_key = RSAKey.import_key(key.as_pem(private=False))
    opened = open_shop(tmp_path, oidc_issuer=provider.issuer, oidc_private_key=str(pem))
    assert isinstance(opened.clock, TurningClock)
    opened.clock.at = TurningClock.machine()
    return opened


def test_the_hub_signs_in_with_its_key_and_sends_no_secret(shop: Shop, provider: SmallProvider) -> None:
    for _ in range(2):
        assert sign_in(shop.client(), provider).status_code == 303
    assert len(shop.sessions.open) == 2
    first, second = provider.token_requests
    assert first["client_assertion"] != second["client_assertion"], "each proof is used once"
    assert "shh" not in str(provider.token_requests) and "client_secret" not in first


def test_a_proof_cannot_be_used_again(shop: Shop, provider: SmallProvider) -> None:
    start = shop.client().get("/sign-in/start")
    sign_in(shop.client(), provider)
    (sent,) = provider.token_requests
    again = {**sent, "code": provider.authorize(start.headers["Location"])["code"]}
    answer = requests.post(f"{provider.issuer}/token", data=again, timeout=5)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_the_provider_refuses_another_key(shop: Shop, provider: SmallProvider) -> None:
    provider.client_key = RSAKey.generate_key(2048, private=False)
    done = sign_in(shop.client(), provider)
    assert done.status_code == 401 and "did not accept the sign-in" in done.text
    assert shop.sessions.open == {}


def test_a_hub_whose_clock_is_behind_has_no_valid_proof(shop: Shop, provider: SmallProvider) -> None:
    assert isinstance(shop.clock, TurningClock)
    browser = shop.client()
    shop.clock.at -= timedelta(minutes=6)
    done = sign_in(browser, provider)
    assert done.status_code == 401 and shop.sessions.open == {}
    assert len(provider.token_requests) == 1


def test_a_hub_with_a_secret_only_is_refused_where_a_key_is_registered(
    tmp_path: Path, provider: SmallProvider, key: RSAKey
) -> None:
    provider.client_key = RSAKey.import_key(key.as_pem(private=False))
    opened = open_shop(tmp_path, oidc_issuer=provider.issuer)
    assert isinstance(opened.clock, TurningClock)
    opened.clock.at = TurningClock.machine()
    assert sign_in(opened.client(), provider).status_code == 401
    assert provider.token_requests[0]["client_secret"] == "shh"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "https://elsewhere.example/token"},
        {"iss": "another-hub"},
        {"sub": "another-hub"},
        {"exp": 1},
        {"jti": ""},
    ],
)
def test_the_provider_of_these_tests_really_reads_the_proof(
    shop: Shop, provider: SmallProvider, key: RSAKey, change: dict[str, object]
) -> None:
    sign_in(shop.client(), provider)
    (sent,) = provider.token_requests
    claims = jwt.decode(sent["client_assertion"], key, algorithms=["RS512"]).claims
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti"}

    def code_of(**changed: object) -> int:
        proof = jwt.encode(
            {"alg": "RS512"}, {**claims, "jti": secrets.token_hex(8), **changed}, key, algorithms=["RS512"]
        )
        code = provider.authorize(shop.client().get("/sign-in/start").headers["Location"])["code"]
        form = {**sent, "code": code, "client_assertion": proof}
        return requests.post(f"{provider.issuer}/token", data=form, timeout=5).status_code

    assert code_of() == 400, "the proof is good; only the code belongs to another attempt"
    assert code_of(**change) == 401
