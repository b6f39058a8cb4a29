"""The holds a session took and neither confirmed nor gave up, so that somebody who has too many can give one up."""

from datetime import datetime
from typing import Any

from hub.auth.access import current_session
from hub.web import presenters
from hub.wiring import current_hub
from scheduling.results import HoldView
from vocabulary.identifiers import BookingRef

_HOLDS = "holds"


def my_holds() -> list[dict[str, str]]:
    """Reference, words and expiry of each; one may have run out meanwhile."""
    session = current_session()
    kept: list[dict[str, str]] = session.data.get(_HOLDS, []) if session else []
    return kept


def standing_holds() -> list[dict[str, Any]]:
    """Those that have not run out, with the moment until which each is held."""
    now = current_hub().clock.now()
    kept: list[dict[str, Any]] = [{**line, "until": datetime.fromisoformat(line["expires"])} for line in my_holds()]
    return [line for line in kept if line["until"] > now]


def note_hold(held: HoldView) -> None:
    """A hold was taken."""
    session = current_session()
    if session is None:
        return
    now = current_hub().clock.now()
    words = presenters.hold_words(held.facts, now)
    line = {"ref": held.ref.value, "words": words, "expires": held.expires_at.isoformat()}
    others = [other for other in my_holds() if other["ref"] != held.ref.value]
    standing = [other for other in others if datetime.fromisoformat(other["expires"]) > now]
    session.put(_HOLDS, [*standing, line])


def forget_hold(ref: BookingRef) -> None:
    """A hold was confirmed, given up or lost."""
    session = current_session()
    if session is not None:
        session.put(_HOLDS, [other for other in my_holds() if other["ref"] != ref.value])
