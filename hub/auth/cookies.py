"""The hub's cookies: the session's opaque id, a sign-in under way, the outage pass, and half a key (hub/auth/typed.py).
None holds a patient."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from hub.auth.provider import Attempt
from hub.auth.sessions import IDLE, LONGEST
from hub.config import Config
from vocabulary.identifiers import OdsCode

_ATTEMPT_LIFE = 15 * 60  # seconds between leaving for the sign-in service and coming back
_PASS_PATH = "/tonight/last-copy"  # noqa: S105 - an address
_PASS_RENEWED_EVERY = 60  # seconds


def set_session_cookie(response: Response, config: Config, token: str) -> None:
    """Give the browser the session's id; it forgets it when it closes."""
    _set(response, config, config.cookie_name, token)


def drop_session_cookies(response: Response, config: Config) -> None:
    """Take the session's id and the outage pass away."""
    response.delete_cookie(config.cookie_name, secure=config.secure, httponly=True, samesite="Lax")
    drop_typed_key(response, config)
    drop_pass(response, config)


def keep_typed_key(response: Response, config: Config, half: str) -> None:
    """Give the browser its half of the key to what was typed; it forgets it when it closes."""
    _set(response, config, _typed_name(config), half)


def drop_typed_key(response: Response, config: Config) -> None:
    """Somebody else is at this browser now: what was sealed with its half stays shut for good."""
    response.delete_cookie(_typed_name(config), secure=config.secure, httponly=True, samesite="Lax")


def typed_key(config: Config) -> str:
    """The half that this browser has; empty: none."""
    return request.cookies.get(_typed_name(config), "")


def drop_pass(response: Response, config: Config) -> None:
    """Take the outage pass away."""
    response.delete_cookie(_pass_name(config), path=_PASS_PATH, secure=config.secure, httponly=True, samesite="Lax")


def keep_attempt(response: Response, config: Config, attempt: Attempt, *, back: str, again: bool) -> None:
    """Remember a sign-in under way; one cookie each, so that two tabs do not trip over one another."""
    kept = {**asdict(attempt), "back": back, "again": again}
    _set(response, config, _attempt_name(config, attempt.state), _signer(config, "sign-in").dumps(kept), _ATTEMPT_LIFE)


@dataclass(frozen=True, slots=True)
class KeptAttempt:
    """A sign-in under way, and where to go afterwards."""

    attempt: Attempt
    back: str
    again: bool


def kept_attempt(config: Config, state: str) -> KeptAttempt | None:
    """The sign-in that this state belongs to, if this browser began it within the last 15 minutes."""
    kept = _read(config, "sign-in", request.cookies.get(_attempt_name(config, state), ""), _ATTEMPT_LIFE)
    if kept is None or kept["state"] != state:
        return None
    return KeptAttempt(Attempt(kept["state"], kept["nonce"], kept["verifier"]), kept["back"], kept["again"])


def drop_attempt(response: Response, config: Config, state: str) -> None:
    """Forget a sign-in that is over."""
    response.delete_cookie(_attempt_name(config, state), secure=config.secure, httponly=True, samesite="Lax")


@dataclass(frozen=True, slots=True)
class OutagePass:
    """Lets somebody who was signed in read tonight's last copy while the database is away: who, and which practices.

    It is signed, sent to one address only, lives 15 minutes past its last use and 12 hours at most. What it cannot
    know is a session ended from elsewhere during the outage; docs/sign-in.md says so.
    """

    user_id: str
    name: str
    practices: tuple[tuple[str, str], ...]  # ODS code and name
    began: float
    seen: float

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Self:
        """As read from the cookie."""
        practices = tuple((str(ods), str(name)) for ods, name in kept["practices"])
        return cls(kept["user_id"], kept["name"], practices, float(kept["began"]), float(kept["seen"]))

    def used(self, now: datetime) -> Self:
        """The same, used just now."""
        return replace(self, seen=now.timestamp())

    def holds(self, now: datetime) -> bool:
        """Whether it still lets somebody in."""
        at = now.timestamp()
        return at - self.seen <= IDLE.total_seconds() and at - self.began <= LONGEST.total_seconds()

    def covers(self, practice: OdsCode) -> bool:
        """Whether it lets its holder read this practice's list."""
        return practice.value in dict(self.practices)


def outage_pass(config: Config, now: datetime) -> OutagePass | None:
    """The pass this browser holds, if it still counts."""
    kept = _read(config, "outage", request.cookies.get(_pass_name(config), ""), int(LONGEST.total_seconds()))
    found = OutagePass.from_kept(kept) if kept else None
    return found if found is not None and found.holds(now) else None


def keep_pass(response: Response, config: Config, held: OutagePass) -> None:
    """Give the browser this pass."""
    _set(
        response,
        config,
        _pass_name(config),
        _signer(config, "outage").dumps(asdict(held)),
        int(IDLE.total_seconds()),
        path=_PASS_PATH,
    )


def pass_needs_renewal(last: float, now: datetime) -> bool:
    """Whether a pass last given then should be given again: not with every request."""
    return now.timestamp() - last > _PASS_RENEWED_EVERY


def _set(
    response: Response, config: Config, name: str, value: str, max_age: int | None = None, *, path: str = "/"
) -> None:
    response.set_cookie(name, value, max_age=max_age, path=path, secure=config.secure, httponly=True, samesite="Lax")


def _read(config: Config, salt: str, value: str, max_age: int) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = _signer(config, salt).loads(value, max_age=max_age)
    except BadSignature:
        return None
    return kept


def _signer(config: Config, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(config.secret_key.reveal(), salt=f"hub.{salt}")


def _attempt_name(config: Config, state: str) -> str:
    marker = "".join(sign for sign in state[:8] if sign.isalnum())
    return f"{config.cookie_name}_signin_{marker}"


def _typed_name(config: Config) -> str:
    return f"{config.cookie_name}_typed"


def _pass_name(config: Config) -> str:
    return f"{config.cookie_name}_outage"
