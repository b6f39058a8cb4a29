"""The provider's own knowledge: its one client, its keys, and the sign-ins under way. No Flask here."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from demo.people import Person
from demo.signin.claims import SCOPES, TOKEN_LIFE, api_claims, user_info
from demo.signin.grants import (
    CODE_LIFE,
    REQUEST_LIFE,
    SESSION_LIFE,
    Grant,
    OpenSession,
    Shelf,
    SignInRequest,
    half_hash,
    proves,
)
from demo.signin.keys import KeyRing
from vocabulary.people import UserRole
from vocabulary.times import Clock


@dataclass(frozen=True, slots=True)
class Client:
    """The hub, as registered here. Redirects may lead only to its own address."""

    id: str
    secret: str = field(repr=False)
    hub_url: str

    def owns(self, address: str) -> bool:
        """Whether an address is one of the hub's."""
        ours, theirs = urlsplit(self.hub_url), urlsplit(address)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc) and not theirs.fragment

    def is_proved_by(self, client_id: str, secret: str) -> bool:
        return hmac.compare_digest(self.id.encode(), client_id.encode()) and hmac.compare_digest(
            self.secret.encode(), secret.encode()
        )


class Refusal(Exception):
    """An OAuth error: its code, and what went wrong in words for the developer who reads it."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


class Provider:
    """Begins, completes and ends sign-ins."""

    def __init__(self, *, issuer: str, client: Client, keys: KeyRing, clock: Clock) -> None:
        self.issuer, self.client, self.keys = issuer, client, keys
        self._clock = clock
        self._requests: Shelf[SignInRequest] = Shelf(REQUEST_LIFE)
        self._codes: Shelf[Grant] = Shelf(CODE_LIFE)
        self._tokens: Shelf[Grant] = Shelf(TOKEN_LIFE)
        self._sessions: Shelf[OpenSession] = Shelf(SESSION_LIFE)

    def begin(self, asked: Mapping[str, str]) -> str:
        """Check an authorization request and keep it; returns the key of the page where one chooses. Raises Refusal."""
        scopes = frozenset(asked.get("scope", "").split())
        if asked.get("response_type") != "code":
            raise Refusal("unsupported_response_type", "only the code flow is offered")
        if "openid" not in scopes:
            raise Refusal("invalid_scope", "the scope must hold openid")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise Refusal("invalid_request", "PKCE with S256 is required")
        if not asked.get("nonce"):
            raise Refusal("invalid_request", "a nonce is required")
        if asked.get("prompt") == "none":
            raise Refusal("login_required", "somebody has to be chosen each time")
        request = SignInRequest(
            redirect_uri=asked["redirect_uri"],
            state=asked.get("state", ""),
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            scopes=scopes & set(SCOPES),
        )
        return self._requests.put(request, now=self._clock.now())

    def waiting(self, key: str) -> SignInRequest | None:
        """The sign-in that waits under this key, if it still does."""
        return self._requests.get(key, now=self._clock.now())

    def choose(self, key: str, person: Person) -> tuple[SignInRequest, str] | None:
        """Sign somebody in to a waiting request; returns it with the code, or None if it waits no longer."""
        now = self._clock.now()
        request = self._requests.take(key, now=now)
        if request is None:
            return None
        opened = OpenSession(secrets.token_urlsafe(16), person, now)
        self._sessions.put(opened, now=now, key=opened.sid)
        return request, self._codes.put(Grant(request, opened), now=now)

    def abandon(self, key: str) -> SignInRequest | None:
        """Give a waiting request up."""
        return self._requests.take(key, now=self._clock.now())

    def redeem(self, code: str, *, redirect_uri: str, verifier: str) -> dict[str, Any]:
        """Turn a code into tokens, once. Raises Refusal."""
        now = self._clock.now()
        grant = self._codes.take(code, now=now)
        if grant is None:
            raise Refusal("invalid_grant", "the code is unknown, used or too old")
        if grant.request.redirect_uri != redirect_uri:
            raise Refusal("invalid_grant", "the redirect_uri is not the one the code was asked with")
        if not proves(verifier, grant.request.challenge):
            raise Refusal("invalid_grant", "the code_verifier does not fit the code_challenge")
        access_token = self._tokens.put(grant, now=now)
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "scope": " ".join(sorted(grant.request.scopes)),
            "id_token": self.keys.sign(self._id_claims(grant, access_token, now)),
        }

    def user_info(self, access_token: str) -> dict[str, Any] | None:
        """What is known of the person an access token stands for, or None."""
        grant = self._tokens.get(access_token, now=self._clock.now())
        return user_info(grant.session.person, grant.request.scopes) if grant else None

    def api_token(self, person: Person, *, role: UserRole | None = None, practice: str | None = None) -> str:
        """A bearer token for the JSON door, in the post asked for (default: the first). Raises Refusal."""
        posts = [post for post in person.posts if role in (None, post.role) and practice in (None, post.practice)]
        if not posts:
            raise Refusal("invalid_request", "this person has no such post")
        claims = api_claims(
            person, posts[0], issuer=self.issuer, token_id=secrets.token_urlsafe(16), now=self._clock.now()
        )
        return self.keys.sign(claims)

    def end(self, id_token: str) -> OpenSession | None:
        """End the session an ID token belongs to; None if the token is not ours or its session is over."""
        claims = self.keys.read(id_token)
        sid = claims.get("sid") if claims else None
        return self._sessions.take(sid, now=self._clock.now()) if isinstance(sid, str) else None

    def end_all(self, person: Person) -> tuple[OpenSession, ...]:
        """End every session of one person."""
        now = self._clock.now()
        ours = [opened for opened in self._sessions.everything(now=now) if opened.person == person]
        return tuple(opened for opened in ours if self._sessions.take(opened.sid, now=now))

    def logout_token(self, opened: OpenSession) -> str:
        """What back-channel logout tells the hub: this sign-in is over."""
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.client.id,
            "sub": opened.person.uid,
            "sid": opened.sid,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(16),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self.keys.sign(claims, kind="logout+jwt")

    def _id_claims(self, grant: Grant, access_token: str, now: datetime) -> dict[str, Any]:
        return {
            "iss": self.issuer,
            "aud": self.client.id,
            "sub": grant.session.person.uid,
            "sid": grant.session.sid,
            "nonce": grant.request.nonce,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "auth_time": int(grant.session.signed_in_at.timestamp()),
            "acr": "AAL2_OR_AAL3_ANY",
            "at_hash": half_hash(access_token),
        }
