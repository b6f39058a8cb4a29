"""Somebody else's published signing keys (a JWKS), fetched when needed, and again when a token names a new one."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256"]  # asymmetric only: never "none", never a shared secret
_REFETCH_AT_MOST_EVERY = 5.0  # seconds: tokens with invented key ids must not become requests to somebody else
_KEPT_FOR = 3600.0


class KeysUnavailable(Exception):
    """The keys cannot be fetched just now."""


class BadToken(Exception):
    """The token is malformed, or nobody we trust signed it, or its claims are not what they must be."""


class RemoteKeys:
    """One issuer's keys. `fetch` gets the JWKS document; any exception of its own means unavailable."""

    def __init__(self, fetch: Callable[[], Mapping[str, Any]]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched_at = 0.0

    def read(
        self,
        token: str,
        *,
        issuer: str,
        audience: str,
        now: float,
        essential: tuple[str, ...] = ("exp", "iat", "sub"),
        types: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """The claims of a token of this issuer for this audience. Raises BadToken or KeysUnavailable."""
        try:
            header = jws.extract_compact(token.encode()).headers()
            if types and str(header.get("typ", "")).lower() not in types:
                raise BadToken("a token of another kind")
            keys = self._keys_with(str(header.get("kid", "")))
            claims = dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
            demanded: dict[str, Any] = {name: {"essential": True} for name in essential}
            demanded |= {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": audience}}
            jwt.JWTClaimsRegistry(now=int(now), leeway=30, **demanded).validate(claims)
        except (JoseError, ValueError) as error:
            raise BadToken(type(error).__name__) from None
        return claims

    def _keys_with(self, kid: str) -> KeySet:
        with self._lock:
            age = time.monotonic() - self._fetched_at
            stale = self._keys is None or age > _KEPT_FOR
            unknown = self._keys is not None and bool(kid) and kid not in {key.kid for key in self._keys.keys}
            if stale or (unknown and age > _REFETCH_AT_MOST_EVERY):
                self._refetch()
            if self._keys is None:
                raise KeysUnavailable
            return self._keys

    def _refetch(self) -> None:
        try:
            document = dict(self._fetch())
            self._keys = KeySet.import_key_set({"keys": list(document["keys"])})
            self._fetched_at = time.monotonic()
        except Exception as error:
            if self._keys is None:
                raise KeysUnavailable from error
