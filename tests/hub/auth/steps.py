"""Signing in, step by step, as several tests do it."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from tests.hub.auth.small_provider import SmallProvider
from tests.hub.web.shop import Shop

RECEPTION = {"role_code": "S8000:G8001:R8009", "org_code": "Y90001", "person_roleid": "1"}
ELSEWHERE = {"role_code": "S8000:G8001:R8009", "org_code": "Y90002", "person_roleid": "2"}


def sign_in(browser: FlaskClient, provider: SmallProvider, *, back: str = "/", again: bool = False) -> Any:
    """Click "Sign in", choose oneself at the provider, come back."""
    start = browser.get("/sign-in/start", query_string={"back": back, **({"again": 1} if again else {})})
    assert start.status_code == 303
    return browser.get("/sign-in/return", query_string=provider.authorize(start.headers["Location"]))


def csrf_of(shop: Shop) -> str:
    (session,) = shop.sessions.open.values()
    return session.csrf


def lock(shop: Shop) -> None:
    """Sixteen idle minutes; the provider's clock cannot be moved, so the session's last use is."""
    for session in shop.sessions.open.values():
        session.seen_at -= timedelta(minutes=16)
