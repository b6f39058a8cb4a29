"""What the worker does for the post room: bring up what nobody has in hand, and seal anew after a change of key."""

from connectors.mesh.port import Mailbox
from hub.post_office import mailbox_of, office_of
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub
from hub.worker import Chore, stopping
from messaging.chasing import AT_ONCE, chase, seal_again
from messaging.delivering import collect, deliver
from messaging.office import Office

_ROUNDS = 20


def posting_chores(hub: Hub) -> tuple[Chore, ...]:
    """Once a minute; by MESH only where there is a mailbox."""
    mailbox = mailbox_of(hub)
    chores = [Chore("messages", "* * * * *", HOUSEKEEPING, lambda: _bring_up(office_of(hub)))]
    if mailbox is not None:
        chores.append(Chore("mesh", "* * * * *", HOUSEKEEPING, lambda: _exchange(office_of(hub), mailbox)))
    return tuple(chores)


def _exchange(office: Office, mailbox: Mailbox) -> None:
    collect(office, mailbox)
    deliver(office, mailbox)


def _bring_up(office: Office) -> None:
    for _ in range(_ROUNDS):
        if chase(office) < AT_ONCE or stopping():
            break
    seal_again(office)
