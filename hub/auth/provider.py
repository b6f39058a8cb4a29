"""The sign-in service as the hub speaks to it: OpenID Connect, code flow with PKCE, as NHS CIS2 wants it."""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from hub.auth.keys import BadToken, KeysUnavailable, RemoteKeys
from hub.auth.problems import SignInFailed, SignInUnavailable
from hub.config import Config
from vocabulary.times import Clock

_TIMEOUT = (3.0, 8.0)
_KEPT_FOR = 3600.0  # seconds the provider's own description is kept
_ASSERTION_LASTS = 300  # seconds the hub's own proof of itself is good for: it is used once, at once
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPES = ("logout+jwt", "jwt", "")
_AGAIN = "Start again from the sign-in page. If it goes on, tell support the number below."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way: what must come back, and what proves that we began it."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in: the verified claims, the sign-in service's session, and the ID token to sign out with."""

    claims: Mapping[str, Any] = field(repr=False)
    sid: str
    id_token: str = field(repr=False)

    @property
    def user_id(self) -> str:
        """The sign-in service's stable name of this person."""
        return str(self.claims["sub"])

    @property
    def name(self) -> str:
        """As shown in the header and in the ledger."""
        parts = (str(self.claims.get("given_name", "")), str(self.claims.get("family_name", "")))
        return str(self.claims.get("name") or " ".join(part for part in parts if part) or self.user_id)

    @property
    def sds_user_id(self) -> str:
        """The Spine Directory Service's id of this person, as GP Connect's audit token wants it."""
        return str(self.claims.get("nhsid_useruid") or self.claims.get("uid") or "UNK")


class SignInService:
    """One issuer: its description is fetched when first needed, its keys again whenever a token names a new one."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._keys = RemoteKeys(self._fetch_keys)
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._about_at = 0.0

    def authorize_url(self, attempt: Attempt, *, return_url: str, again: bool = False, strongly: bool = False) -> str:
        """Where to send the browser; with `again` the person proves anew who they are (after a lock, or for a step-up:
        then also `strongly`, as OIDC_STEP_UP_ACR says)."""
        extra: dict[str, str] = {"nonce": attempt.nonce}
        wanted = (strongly and self._config.oidc_step_up_acr) or self._config.oidc_acr_values
        if wanted:
            extra["acr_values"] = wanted
        if again:
            extra |= {"prompt": "login", "max_age": "0"}
        with self._client(return_url) as client:
            url, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=attempt.state,
                code_verifier=attempt.verifier,
                **extra,
            )
        return str(url)

    def complete(self, attempt: Attempt, *, code: str, return_url: str) -> Identity:
        """Turn the code into who signed in. Raises SignInFailed or SignInUnavailable."""
        tokens = self._redeem(attempt, code, return_url)
        id_token = str(tokens.get("id_token", ""))
        claims = self._read(id_token, essential=("exp", "iat", "sub", "nonce"))
        if not secrets.compare_digest(str(claims["nonce"]), attempt.nonce):
            raise _failed("The answer of the sign-in service belongs to another sign-in.")
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._config.oidc_client_id:
            raise _failed("The answer of the sign-in service was made for another system.")
        person = self._user_info(str(tokens.get("access_token", "")))
        if person and person.get("sub") != claims["sub"]:
            raise _failed("The sign-in service named two different people.")
        return Identity({**person, **claims}, str(claims.get("sid", "")), id_token)

    def ended(self, logout_token: str) -> tuple[str, str]:
        """Whose sign-in a back-channel logout ends: (sid, sub), either may be empty. Raises SignInFailed."""
        claims = self._read(logout_token, essential=("iat", "jti", "events"), types=_LOGOUT_TYPES)
        events = claims["events"]
        sid, sub = str(claims.get("sid", "")), str(claims.get("sub", ""))
        if not isinstance(events, Mapping) or _LOGOUT_EVENT not in events or "nonce" in claims or not (sid or sub):
            raise _failed("That is not a logout token.")
        if self._clock.now().timestamp() - float(claims["iat"]) > 600:
            raise _failed("That logout token is too old.")
        return sid, sub

    def end_session_url(self, id_token: str, *, return_url: str) -> str:
        """Where to send the browser to sign out there too; empty when the service offers no such page."""
        endpoint = str(self._description().get("end_session_endpoint", ""))
        if not endpoint:
            return ""
        asked = {
            "id_token_hint": id_token,
            "post_logout_redirect_uri": return_url,
            "client_id": self._config.oidc_client_id,
        }
        return str(requests.Request("GET", endpoint, params=asked).prepare().url)

    def _redeem(self, attempt: Attempt, code: str, return_url: str) -> Mapping[str, Any]:
        try:
            with self._client(return_url) as client:
                tokens: Mapping[str, Any] = client.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                    timeout=_TIMEOUT,
                )
        except AuthlibBaseError:
            raise _failed("The sign-in service did not accept the sign-in.") from None
        except (requests.RequestException, ValueError):
            raise _unavailable() from None
        return tokens

    def _read(self, token: str, *, essential: tuple[str, ...], types: tuple[str, ...] = ()) -> dict[str, Any]:
        try:
            return self._keys.read(
                token,
                issuer=str(self._description()["issuer"]),
                audience=self._config.oidc_client_id,
                now=self._clock.now().timestamp(),
                essential=essential,
                types=types,
            )
        except BadToken:
            raise _failed("The hub could not verify the answer of the sign-in service.") from None
        except KeysUnavailable:
            raise _unavailable() from None

    def _user_info(self, access_token: str) -> dict[str, Any]:
        endpoint = str(self._description().get("userinfo_endpoint", ""))
        if not endpoint or not access_token:
            return {}
        return self._get(endpoint, {"Authorization": f"Bearer {access_token}"})

    def _client(self, return_url: str) -> OAuth2Session:
        config = self._config
        if config.oidc_private_key:
            client = OAuth2Session(
                config.oidc_client_id,
                Path(config.oidc_private_key).read_text(),
                token_endpoint_auth_method="private_key_jwt",  # noqa: S106 - the method's name
                scope=config.oidc_scopes,
                redirect_uri=return_url,
                code_challenge_method="S256",
            )
            expires = int(self._clock.now().timestamp()) + _ASSERTION_LASTS
            signing = PrivateKeyJWT(self._endpoint("token_endpoint"), claims={"exp": expires}, alg="RS512")
            client.register_client_auth_method(signing)
            return client
        return OAuth2Session(
            config.oidc_client_id,
            config.oidc_client_secret.reveal(),
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the method's name
            scope=config.oidc_scopes,
            redirect_uri=return_url,
            code_challenge_method="S256",
        )

    def _endpoint(self, name: str) -> str:
        try:
            return str(self._description()[name])
        except KeyError:
            raise _unavailable() from None

    def _description(self) -> dict[str, Any]:
        with self._lock:
            if not self._about or time.monotonic() - self._about_at > _KEPT_FOR:
                self._describe()
            return self._about

    def _describe(self) -> None:
        issuer = self._config.oidc_issuer
        if not issuer:
            raise SignInUnavailable(
                "This hub has no sign-in service: OIDC_ISSUER is not set.",
                next_step="Whoever runs the hub sets it (docs/sign-in.md).",
            )
        try:
            about = self._get(f"{issuer}/.well-known/openid-configuration", {})
        except SignInUnavailable:
            if self._about:
                return  # what we knew an hour ago still serves
            raise
        if str(about.get("issuer", "")).rstrip("/") != issuer:
            raise _failed("The sign-in service goes by another name than the hub was told.")
        self._about, self._about_at = about, time.monotonic()

    def _fetch_keys(self) -> dict[str, Any]:
        return self._get(self._endpoint("jwks_uri"), {})

    def _get(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = requests.get(url, headers=dict(headers), timeout=_TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            document: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError):
            raise _unavailable() from None
        return document


def _failed(message: str) -> SignInFailed:
    return SignInFailed(message, next_step=_AGAIN)


def _unavailable() -> SignInUnavailable:
    return SignInUnavailable(
        "The sign-in service does not answer.",
        next_step="Try again in a minute. Tonight’s list can still be read from its last copy.",
    )
