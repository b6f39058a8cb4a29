"""What the worker does for the post room: bring up what nobody has in hand, and seal anew after a change of key."""

from hub.post_office import office_of
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub
from hub.worker import Chore, stopping
from messaging.chasing import AT_ONCE, chase, seal_again
from messaging.office import Office

_ROUNDS = 20


def posting_chores(hub: Hub) -> tuple[Chore, ...]:
    """Once a minute."""
    return (Chore("messages", "* * * * *", HOUSEKEEPING, lambda: _bring_up(office_of(hub))),)


def _bring_up(office: Office) -> None:
    for _ in range(_ROUNDS):
        if chase(office) < AT_ONCE or stopping():
            break
    seal_again(office)
