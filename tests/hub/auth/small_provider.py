"""A tiny OpenID Connect provider: just enough to be signed in by, and to be lied to by, in a thread of the test."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.hub.served import served

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class SmallProvider:
    """What it says can be changed between two requests: `claims` and `person` overlay the truth."""

    issuer: str = ""
    key: RSAKey = field(default_factory=new_key)
    published: list[RSAKey] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    roles: list[dict[str, str]] = field(default_factory=list)
    key_fetches: int = 0
    token_requests: list[dict[str, str]] = field(default_factory=list)
    down: bool = False
    client_key: RSAKey | None = None  # registered for the hub: it must then prove itself by private_key_jwt
    seen_assertions: set[str] = field(default_factory=set)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.published = [self.key]
        self.roles = [{"role_code": "S8000:G8001:R8009", "org_code": "Y90001", "person_roleid": "555020010001"}]

    def rotate(self) -> None:
        """A new key signs; the old one is not published any more."""
        self.key = new_key()
        self.published = [self.key]

    def authorize(self, url: str) -> dict[str, str]:
        """What somebody choosing to sign in leads to: the parameters of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def asked(self, url: str) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def sign(self, claims: dict[str, Any], *, kind: str = "JWT", key: RSAKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": kind}, claims, key)

    def logout_token(self, *, kind: str = "logout+jwt", key: RSAKey | None = None, **changes: Any) -> str:
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": "practice-hub",
            "sub": "555010010001",
            "sid": "provider-session",
            "iat": int(time.time()),
            "jti": secrets.token_hex(8),
            "events": {LOGOUT_EVENT: {}},
            **changes,
        }
        return self.sign({name: value for name, value in claims.items() if value is not None}, kind=kind, key=key)

    def id_claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": "practice-hub",
            "sub": "555010010001",
            "sid": "provider-session",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
        }
        return {**claims, **self.claims}

    def _proves_itself(self, form: dict[str, str], key: RSAKey) -> bool:
        """As RFC 7523 wants: signed by the registered key, by and about the client, for this endpoint, fresh, once."""
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return False
        try:
            proof = jwt.decode(form["client_assertion"], key, algorithms=["RS512"])
        except (JoseError, KeyError, ValueError):
            return False
        claims, now = proof.claims, time.time()
        fresh = now < claims.get("exp", 0) <= now + 305 and claims.get("iat", now) <= now + 5
        whose = (claims.get("iss"), claims.get("sub"), claims.get("aud"))
        jti = str(claims.get("jti", ""))
        if not fresh or whose != ("practice-hub", "practice-hub", f"{self.issuer}/token"):
            return False
        if not jti or jti in self.seen_assertions:
            return False
        self.seen_assertions.add(jti)
        return True

    def app(self) -> Flask:
        app = Flask("small_provider")

        @app.before_request
        def perhaps_down() -> Any:
            return ("down", 503) if self.down else None

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Any:
            return jsonify(
                issuer=self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                userinfo_endpoint=f"{self.issuer}/userinfo",
                jwks_uri=f"{self.issuer}/jwks",
                end_session_endpoint=f"{self.issuer}/end-session",
            )

        @app.get("/jwks")
        def jwks() -> Any:
            self.key_fetches += 1
            return jsonify(keys=[key.as_dict(private=False) for key in self.published])

        @app.post("/token")
        def token() -> Any:
            form = request.form.to_dict()
            self.token_requests.append(form)
            if self.client_key is not None and not self._proves_itself(form, self.client_key):
                return jsonify(error="invalid_client"), 401
            asked = self._codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
                return jsonify(error="invalid_grant"), 400
            return jsonify(
                access_token="access", token_type="Bearer", id_token=self.sign(self.id_claims(asked)), expires_in=300
            )

        @app.get("/userinfo")
        def userinfo() -> Any:
            said = {
                "sub": "555010010001",
                "name": "Rita Okafor",
                "nhsid_useruid": "555010010001",
                "nhsid_nrbac_roles": self.roles,
                **self.person,
            }
            return app.response_class(json.dumps(said), mimetype="application/json")

        return app


@contextmanager
def running() -> Iterator[SmallProvider]:
    """A provider on a free port."""
    provider = SmallProvider()
    with served(provider.app()) as address:
        provider.issuer = address
        yield provider
