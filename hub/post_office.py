"""What the post room works with, made from the hub: for the pages and the worker."""

from hub.wiring import Hub
from messaging.office import Office
from messaging.safe import Safe


def office_of(hub: Hub) -> Office:
    """The room's dependencies."""
    config = hub.config
    safe = Safe((config.secret_key.reveal(), config.secret_key_former.reveal()))
    return Office(hub.work, hub.gate, hub.tracing, hub.clock, safe)
