"""What the worker does for accountability: judging new looks, making evidence packs, tidying them away."""

from accountability import evidence
from accountability.oversight import Oversight
from accountability.watching import AT_ONCE, watch
from hub.evidence import TASK, make, make_all_waiting
from hub.oversight import oversight_of
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub
from hub.worker import Chore, Errand, stopping

_ROUNDS = 20


def overseeing_chores(hub: Hub) -> tuple[Chore, ...]:
    """The watch every five minutes, with it packs whose job was lost; packs past their week once an hour."""
    return (
        Chore("watch", "*/5 * * * *", HOUSEKEEPING, lambda: _watch(hub, oversight_of(hub))),
        Chore("packs", "50 * * * *", HOUSEKEEPING, lambda: evidence.tidy(oversight_of(hub))),
    )


def overseeing_errands(hub: Hub) -> tuple[Errand, ...]:
    """What verbs defer."""
    return (Errand(TASK, lambda pack: make(hub, pack)),)


def _watch(hub: Hub, oversight: Oversight) -> None:
    for _ in range(_ROUNDS):
        if watch(oversight) < AT_ONCE or stopping():
            break
    make_all_waiting(hub)
