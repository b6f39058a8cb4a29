"""Who watches the wire: each exchange of a call is told to whoever stands in the context, for the wire trace.

Telling costs next to nothing and can fail nothing: what is made of it happens elsewhere, later.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import structlog

_log = structlog.get_logger("connectors.witness")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One request and what came back, as it went over the wire: bodies, parameters and all. Redact before keeping."""

    interaction: str
    message_set: str
    method: str
    path: str  # the template: no ids
    status: int  # 0 when no answer came
    outcome: str  # "ok", "refused", or the fault's class name
    detail: str
    ms: float
    attempt: int
    trace_id: str
    request_id: str
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sent: Mapping[str, Any] | None = field(default=None, repr=False)
    received: Mapping[str, Any] | None = field(default=None, repr=False)


Witness = Callable[[Exchanged], None]
_watching: ContextVar[Witness | None] = ContextVar("watching", default=None)


@contextmanager
def watched(by: Witness | None) -> Iterator[None]:
    """Every exchange inside is told to this witness."""
    token = _watching.set(by)
    try:
        yield
    finally:
        _watching.reset(token)


def somebody_watches() -> bool:
    """Whether it is worth putting an exchange together."""
    return _watching.get() is not None


def tell(exchanged: Exchanged) -> None:
    """Tell whoever watches. A witness that fails must not lose a booking that was made."""
    witness = _watching.get()
    if witness is None:
        return
    try:
        witness(exchanged)
    except Exception as mistake:
        _log.error("witness_mistake", kind=type(mistake).__name__)
