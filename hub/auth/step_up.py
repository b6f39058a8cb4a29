"""Step-up: proving anew who one is, just before an act that binds a practice, such as signing an agreement.

A page whose form needs it asks `fresh()` first, and shows `proof_page(back)` as a link while it is None: nothing typed
is lost on the way. The view that takes the form calls `require_fresh()`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import url_for

from hub.auth.access import current_session
from hub.auth.problems import StepUpNeeded
from hub.wiring import current_hub

GOOD_FOR = timedelta(minutes=5)
KEY = "proof"
MEANWHILE = "meanwhile"
"""What was typed into a form that came too late for its proof: kept in the session until the person is back."""
_SKEW = timedelta(minutes=1)  # the sign-in service's clock may be a little ahead of ours


def proof_from(claims: Mapping[str, Any]) -> dict[str, Any]:
    """What a session keeps of a sign-in's proof: when the person proved who they are, and how strongly (`acr`).

    A service that does not say when has proved nothing anew: it may have let in somebody who signed in this morning.
    """
    proved_at = claims.get("auth_time")
    if isinstance(proved_at, bool) or not isinstance(proved_at, int | float):
        return {}
    return {"at": float(proved_at), "acr": str(claims.get("acr", ""))}


def fresh() -> datetime | None:
    """When the person at this browser proved who they are, if that is at most five minutes ago and strong enough."""
    session = current_session()
    proof = session.data.get(KEY) if session is not None else None
    if not proof:
        return None
    hub, at = current_hub(), datetime.fromtimestamp(proof["at"], UTC)
    strong_enough = hub.config.oidc_step_up_acr.split()
    if strong_enough and proof["acr"] not in strong_enough:
        return None
    return at if -_SKEW <= hub.clock.now() - at <= GOOD_FOR else None


def require_fresh() -> datetime:
    """The same, or the refusal. Raises StepUpNeeded: nothing was done."""
    at = fresh()
    if at is None:
        raise StepUpNeeded(
            "You have not proved who you are within the last five minutes, so nothing was done.",
            next_step="Go back, choose “Prove who you are”, and send the form again.",
        )
    return at


def proof_page(back: str) -> str:
    """Where a person proves anew who they are; afterwards they are back at this path of ours."""
    return url_for("auth.start", back=back, again="step-up")
