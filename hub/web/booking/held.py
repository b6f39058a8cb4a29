"""What a session remembers of its own doings: the holds it neither confirmed nor gave up, and its last booking."""

from datetime import datetime
from typing import Any

from hub.auth.access import current_session
from hub.web import presenters, wording
from hub.wiring import current_hub
from scheduling.results import BookingView, HoldView
from vocabulary.identifiers import BookingRef

_HOLDS = "holds"
_LAST = "last_booking"


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


def note_last_booking(booking: BookingView) -> None:
    """It was asked for just now: a key pressed too often on its page must not take the reference away for good."""
    session = current_session()
    if session is not None:
        now = current_hub().clock.now()
        session.put(
            _LAST,
            {
                "ref": booking.ref.value,
                "spoken": booking.ref.spoken,
                "words": presenters.hold_words(booking.facts, now),
                "state": wording.STATES[booking.state][0].lower(),
                "at": now.isoformat(),
            },
        )


def follow_last_booking(booking: BookingView) -> None:
    """It was looked at again: what is remembered of it says how it stands now."""
    last = last_booking()
    if last is not None and last["ref"] == booking.ref.value:
        note_last_booking(booking)


def last_booking() -> dict[str, Any] | None:
    """Reference, words, and how it stood when; it names nobody."""
    session = current_session()
    kept: dict[str, Any] | None = session.data.get(_LAST) if session else None
    return {**kept, "at": datetime.fromisoformat(kept["at"])} if kept else None
