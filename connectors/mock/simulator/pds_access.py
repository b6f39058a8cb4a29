"""How an application proves itself to the simulator's demographics service, once it is told to demand that.

As the national one: a client assertion signed with RS512 is verified, used once and exchanged for an access token,
which every request then has to bring. Tokens live in memory: after a restart they have to be got again.
"""

import secrets
import threading
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

PATH = "/pds/oauth2/token"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME = 599  # seconds, as the national service says
_LONGEST = 300  # seconds an assertion may be good for


class PdsAccess:
    """With a public key (PEM): only who signs with its other half gets a token. Without: nobody needs one."""

    def __init__(self, public_key: Path | None = None) -> None:
        self._key = RSAKey.import_key(public_key.read_bytes()) if public_key else None
        self._used: set[str] = set()
        self._tokens: dict[str, float] = {}
        self._lock = threading.Lock()

    def admits(self, authorisation: str) -> bool:
        """Whether a request with this Authorization header may ask."""
        if self._key is None:
            return True
        with self._lock:
            return self._tokens.get(authorisation.removeprefix("Bearer "), 0.0) > time.time()

    def blueprint(self) -> Blueprint:
        """The token address."""
        blueprint = Blueprint("pds-access", __name__)

        @blueprint.post(PATH)
        def token() -> tuple[Response, int]:
            problem = self._problem(request.form.to_dict())
            if problem:
                return jsonify(error="invalid_request", error_description=problem), 400
            made = secrets.token_urlsafe(24)
            with self._lock:
                self._tokens[made] = time.time() + _LIFETIME
            return jsonify(access_token=made, expires_in=str(_LIFETIME), token_type="Bearer"), 200  # noqa: S106

        return blueprint

    def _problem(self, form: dict[str, str]) -> str:
        if self._key is None:
            return "this service asks for no token"
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != _ASSERTION:
            return "grant_type must be client_credentials, with a JWT bearer assertion"
        try:
            claims = jwt.decode(form.get("client_assertion", ""), self._key, algorithms=["RS512"]).claims
        except (JoseError, ValueError):
            return "the assertion's signature cannot be verified"
        return self._wrong(claims)

    def _wrong(self, claims: dict[str, Any]) -> str:
        if not claims.get("iss") or claims.get("iss") != claims.get("sub"):
            return "iss and sub must both be the application's key"
        if claims.get("aud") != request.base_url:
            return "aud must be this address"
        ends, now = claims.get("exp"), time.time()
        if not isinstance(ends, int) or not now < ends <= now + _LONGEST + 1:
            return "exp must be within five minutes"
        with self._lock:
            if not claims.get("jti") or claims["jti"] in self._used:
                return "jti must be new"
            self._used.add(claims["jti"])
        return ""
