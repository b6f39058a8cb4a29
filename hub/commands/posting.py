"""What the worker does for the post room: bring up what nobody has in hand, file what is due in practices' systems,
hear what they answer, and seal anew after a change of key."""

from hub.post_office import DELIVER, mailbox_of, office_of
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub
from hub.worker import Chore, Errand, stopping
from messaging.chasing import AT_ONCE, chase, seal_again
from messaging.delivering import AT_ONCE as FILED_AT_ONCE
from messaging.delivering import collect, deliver
from messaging.office import Office

_ROUNDS = 20


def posting_chores(hub: Hub) -> tuple[Chore, ...]:
    """Once a minute, whatever was woken in between."""
    return (
        Chore("messages", "* * * * *", HOUSEKEEPING, lambda: _bring_up(office_of(hub))),
        Chore("post", "* * * * *", HOUSEKEEPING, lambda: _exchange(hub)),
    )


def posting_errands(hub: Hub) -> tuple[Errand, ...]:
    """What sending wakes."""
    return (Errand(DELIVER, lambda: _deliver(office_of(hub))),)


def _exchange(hub: Hub) -> None:
    """What goes out first: a mailbox that cannot be read must not keep back what goes another way."""
    _deliver(office_of(hub))
    mailbox = mailbox_of(hub)
    if mailbox is not None:
        collect(office_of(hub), mailbox)


def _deliver(office: Office) -> None:
    for _ in range(_ROUNDS):
        if deliver(office) < FILED_AT_ONCE or stopping():
            return


def _bring_up(office: Office) -> None:
    for _ in range(_ROUNDS):
        if chase(office) < AT_ONCE or stopping():
            break
    seal_again(office)
