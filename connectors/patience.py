"""How long the caller is willing to wait, passed down to the phone lines without a parameter in every method.

`with within(2): system.free_slots(...)` makes every call inside give up (as Unreachable or NoAnswer) in two seconds.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("patience_deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give calls made inside at most this long, in total; an outer, shorter patience still counts."""
    ends = time.monotonic() + seconds
    outer = _deadline.get()
    token = _deadline.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def left(limit: float) -> float:
    """Seconds left of the caller's patience, at most `limit`; zero when it is spent."""
    deadline = _deadline.get()
    if deadline is None:
        return limit
    return max(0.0, min(limit, deadline - time.monotonic()))
