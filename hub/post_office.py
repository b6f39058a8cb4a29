"""What the post room works with, made from the hub: for the pages and the worker."""

from pathlib import Path

from connectors.mesh.folder import FolderMailbox
from connectors.mesh.port import Mailbox
from hub.tasks import HOUSEKEEPING
from hub.wiring import Hub
from messaging.office import Office
from messaging.safe import Safe
from storage.jobs import defer
from storage.work import Tx

DELIVER = "deliver-messages"


def office_of(hub: Hub) -> Office:
    """The room's dependencies."""
    config = hub.config
    safe = Safe((config.secret_key.reveal(), config.secret_key_former.reveal()))

    return Office(hub.work, hub.gate, hub.connect, hub.able, hub.tracing, hub.clock, safe, wake=wake)


def wake(tx: Tx) -> None:
    """Office.wake: one job at most waits; the timetable finds what is due anyhow."""
    defer(tx, DELIVER, queue=HOUSEKEEPING, once=DELIVER)


def mailbox_of(hub: Hub) -> Mailbox | None:
    """Our mailbox at the national exchange; None where there is none."""
    if not hub.config.mesh_folder:
        return None
    return FolderMailbox(Path(hub.config.mesh_folder), name=hub.config.mesh_mailbox)
