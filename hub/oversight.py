"""What the accountability room works with, made from the hub: for the pages, the worker and the viewing room."""

from accountability.marks import Marks
from accountability.oversight import Oversight
from hub.wiring import Hub


def oversight_of(hub: Hub) -> Oversight:
    """The room's dependencies."""
    marks = Marks.from_secret(hub.config.secret_key.reveal())
    return Oversight(hub.work, hub.gate, hub.tracing, hub.clock, marks, hub.config.unusual)
