"""How the hub proves itself to the demographics service: an access token for a signed assertion, kept while it is good.

The assertion (RFC 7523) is signed with RS512. It names the application, the token address it is meant for, an id that
is used once, and an end within five minutes.
"""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from connectors.faults import Fault, NoAnswer, Unsupported
from connectors.line import Ask, Line, LineSettings
from gp_connect.spine_codes import Owner

SUBJECT = "The national sign-in of applications"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME = 300  # seconds; the longest the service allows
_RENEW_BEFORE = 30.0  # seconds before its end, so that none runs out on the way


class Access(Protocol):
    """Whatever gives requests their Authorization header."""

    def header(self) -> str:
        """The header's value; empty where none is asked for."""
        ...

    def refused(self, header: str) -> bool:
        """The service did not take this one any more; whether there may be a better one now."""
        ...


class NoAccess:
    """For a service that asks for none, such as the simulator."""

    def header(self) -> str:
        """None."""
        return ""

    def refused(self, header: str) -> bool:
        """There is no better one."""
        return False


@dataclass(slots=True)
class SignedAccess:
    """Safe to share between threads: whoever needs a token first gets it for all."""

    line: Line
    address: str  # the token address, as the assertion names it
    api_key: str
    key_id: str
    key: RSAKey = field(repr=False)
    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _header: str = field(default="", init=False, repr=False)
    _good_until: float = field(default=0.0, init=False)

    def header(self) -> str:
        """A bearer token that is good for a while yet. Raises NoAnswer when none can be got: then nothing was asked."""
        with self._lock:
            if self.clock() >= self._good_until:
                self._header, self._good_until = self._fetch()
            return self._header

    def refused(self, header: str) -> bool:
        """Forget this token, unless another thread has replaced it already."""
        with self._lock:
            if header == self._header:
                self._good_until = 0.0
            return True

    def _fetch(self) -> tuple[str, float]:
        began = self.clock()

        def form() -> dict[str, str]:
            return {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION,
                "client_assertion": self._assertion(began),
            }

        try:
            answer = self.line.ask(Ask("POST", "/", "", form=form), trace_id=str(uuid.uuid4()))
        except Fault as fault:
            raise _no_token(fault.detail) from None
        body = answer.body or {}
        token, lifetime = body.get("access_token"), body.get("expires_in")
        seconds = float(str(lifetime)) if str(lifetime).isdecimal() else 0.0
        if not isinstance(token, str) or not token:
            raise _no_token("no token in the answer")
        return f"Bearer {token}", began + max(seconds - _RENEW_BEFORE, 0.0)

    def _assertion(self, now: float) -> str:
        header = {"alg": "RS512", "typ": "JWT", "kid": self.key_id}
        claims = {
            "iss": self.api_key,
            "sub": self.api_key,
            "aud": self.address,
            "jti": str(uuid.uuid4()),
            "iat": int(now),
            "exp": int(now) + _LIFETIME,
        }
        return jwt.encode(header, claims, self.key, algorithms=["RS512"])


def signed(
    token_url: str, *, api_key: str, key_id: str, private_key: Path, settings: LineSettings | None = None
) -> SignedAccess:
    """Access by signed assertion. Raises Unsupported when the key cannot be read."""
    try:
        key = RSAKey.import_key(private_key.read_bytes())
    except (OSError, ValueError, JoseError) as error:
        raise Unsupported(
            "The hub cannot read the key that signs its requests to the demographics service.",
            detail=f"PDS_PRIVATE_KEY: {type(error).__name__}",
            owner=Owner.HUB,
        ) from None
    if not urlsplit(token_url).path.strip("/"):
        raise Unsupported("PDS_TOKEN_URL has no path.", detail="token address", owner=Owner.HUB)
    line = Line(token_url, name="pds-token", subject=SUBJECT, settings=settings)
    return SignedAccess(line, token_url, api_key, key_id, key)


def _no_token(detail: str) -> NoAnswer:
    return NoAnswer(
        "The national demographics service did not let the hub in.",
        detail=f"no access token: {detail}",
        owner=Owner.HUB,
        next_step="Go on with the NHS number if you have it, and tell whoever runs the hub.",
    )
