"""What the worker does for accountability: judging new looks in the ledger."""

from accountability.oversight import Oversight
from accountability.watching import AT_ONCE, watch
from hub.oversight import oversight_of
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub
from hub.worker import Chore, stopping

_ROUNDS = 20


def overseeing_chores(hub: Hub) -> tuple[Chore, ...]:
    """The watch, every five minutes."""
    return (Chore("watch", "*/5 * * * *", HOUSEKEEPING, lambda: _watch(oversight_of(hub))),)


def _watch(oversight: Oversight) -> None:
    for _ in range(_ROUNDS):
        if watch(oversight) < AT_ONCE or stopping():
            return
