"""Who does a task, and who did before: a colleague who takes it over is not the end of it for whoever had it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from vocabulary.people import Caller

Entry = Mapping[str, Any]
"""As the row keeps one: `by`, `name`, `at`, and `told`: whether they know that it is somebody else's by now."""


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who said “I do it”, and since when."""

    name: str
    at: datetime


def takers(kept: Sequence[Entry]) -> tuple[Taker, ...]:
    """In order; the last one does it."""
    return tuple(Taker(one["name"], datetime.fromisoformat(one["at"])) for one in kept)


def taken(kept: Sequence[Entry], caller: Caller, now: datetime) -> list[dict[str, Any]]:
    """With the caller as the one who does it from now on. Whoever takes it back knows that they had lost it."""
    before = [{**one, "told": one["told"] or one["by"] == caller.user_id} for one in kept]
    return [*before, {"by": caller.user_id, "name": caller.name, "at": now.isoformat(), "told": False}]


def taken_from(kept: Sequence[Entry], user_id: str) -> Taker | None:
    """Who took it over from this person, who has not opened it since; None: nobody did, or they know."""
    for one, after in pairwise(kept):
        if one["by"] == user_id and not one["told"] and kept[-1]["by"] != user_id:
            return takers([after])[0]
    return None


def told(kept: Sequence[Entry], user_id: str) -> list[dict[str, Any]]:
    """They have opened it, and so know who does it."""
    *before, last = kept
    return [*({**one, "told": one["told"] or one["by"] == user_id} for one in before), dict(last)]
