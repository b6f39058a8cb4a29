"""Bearer tokens of the JSON door: who they say the caller is, verified against the issuer's published keys."""

from collections.abc import Mapping
from typing import Any

import requests

from hub.address_book import AddressBook
from hub.auth.keys import BadToken, KeysUnavailable, RemoteKeys
from hub.auth.problems import SignInUnavailable, TokenRefused
from hub.config import Config
from hub.whereabouts import current_device, current_interaction
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.problems import InvalidValue
from vocabulary.times import Clock

_TIMEOUT = (2.0, 5.0)
_MEND = "Ask for a new token where you got this one."


class BearerTokens:
    """Turns an Authorization header into a Caller."""

    def __init__(self, config: Config, address_book: AddressBook, clock: Clock) -> None:
        self._config = config
        self._address_book = address_book
        self._clock = clock
        self._keys = RemoteKeys(self._fetch)

    def caller(self, authorization: str, *, trace_id: str) -> Caller:
        """Who is asking. Raises TokenRefused."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise TokenRefused(
                "This address needs a bearer token, and none was sent.",
                next_step="Send the header “Authorization: Bearer …”.",
            )
        return self._caller_of(self._claims(token.strip()), trace_id)

    def _claims(self, token: str) -> dict[str, Any]:
        if not self._config.api_issuer or not self._config.api_jwks_url:
            raise TokenRefused("This hub accepts no bearer tokens: API_ISSUER and API_JWKS_URL are not set.")
        try:
            return self._keys.read(
                token,
                issuer=self._config.api_issuer,
                audience=self._config.api_audience,
                now=self._clock.now().timestamp(),
            )
        except BadToken:
            raise TokenRefused(
                "The bearer token is malformed, expired or not meant for this hub.", next_step=_MEND
            ) from None
        except KeysUnavailable:
            raise SignInUnavailable(
                "The service whose keys prove bearer tokens does not answer.",
                next_step="Try again in a minute; nothing was done.",
            ) from None

    def _caller_of(self, claims: Mapping[str, Any], trace_id: str) -> Caller:
        try:
            practice = OdsCode.parse(str(claims.get("practice", "")))
            role = UserRole(str(claims.get("role", "")))
        except (InvalidValue, ValueError):
            role, practice = UserRole.SYSTEM, OdsCode("UNK")
        if role is UserRole.SYSTEM:
            raise TokenRefused(
                "The bearer token names no role and practice that the hub knows (claims “role” and “practice”).",
                next_step=_MEND,
            )
        known = self._address_book.practice(practice)
        if known is None or not known.is_open:
            raise TokenRefused(f"The hub does not know an open practice {practice}.", next_step=_MEND)
        user_id = str(claims["sub"])
        return Caller(
            user_id=user_id,
            name=str(claims.get("name") or user_id),
            role=role,
            practice=practice,
            practice_name=known.name,
            trace_id=trace_id,
            via="api",
            practice_phone=known.phone,
            sds_user_id=str(claims.get("nhsid_useruid") or user_id),
            sds_role_profile_id=str(claims.get("role_profile") or "UNK"),
            device=current_device(),
            interaction=current_interaction(),
        )

    def _fetch(self) -> Mapping[str, Any]:
        answer = requests.get(self._config.api_jwks_url, timeout=_TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document
