"""What the provider remembers between two requests: sign-ins begun, codes handed out, sessions open. In memory only."""

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from demo.people import Person

REQUEST_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=1)
SESSION_LIFE = timedelta(hours=12)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """A valid authorization request that waits for somebody to be chosen."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One sign-in of one person; `sid` is what back-channel logout names."""

    sid: str
    person: Person
    signed_in_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code, and then an access token, stands for."""

    request: SignInRequest
    session: OpenSession


class Shelf(Generic[_T]):
    """Things kept under an unguessable key until they expire."""

    def __init__(self, life: timedelta) -> None:
        self._life = life
        self._kept: dict[str, tuple[datetime, _T]] = {}
        self._lock = threading.Lock()

    def put(self, thing: _T, *, now: datetime, key: str | None = None) -> str:
        key = key or secrets.token_urlsafe(32)
        with self._lock:
            self._kept = {k: kept for k, kept in self._kept.items() if kept[0] > now}
            self._kept[key] = (now + self._life, thing)
        return key

    def get(self, key: str, *, now: datetime) -> _T | None:
        with self._lock:
            expires, thing = self._kept.get(key, (now, None))
        return thing if expires > now else None

    def take(self, key: str, *, now: datetime) -> _T | None:
        """Like get, but only once."""
        with self._lock:
            expires, thing = self._kept.pop(key, (now, None))
        return thing if expires > now else None

    def everything(self, *, now: datetime) -> tuple[_T, ...]:
        with self._lock:
            return tuple(thing for expires, thing in self._kept.values() if expires > now)


def challenge_for(verifier: str) -> str:
    """PKCE's S256: what the authorization request carried, from what the token request proves."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def proves(verifier: str, challenge: str) -> bool:
    return hmac.compare_digest(challenge_for(verifier), challenge)


def half_hash(token: str) -> str:
    """OpenID Connect's at_hash for RS256: the left half of the token's SHA-256."""
    digest = hashlib.sha256(token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
