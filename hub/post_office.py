"""What the post room works with, made from the hub: for the pages and the worker."""

from pathlib import Path

from connectors.mesh.folder import FolderMailbox
from connectors.mesh.port import Mailbox
from hub.wiring import Hub
from messaging.office import Office
from messaging.safe import Safe
from vocabulary.identifiers import OdsCode
from vocabulary.messages import Way


def office_of(hub: Hub) -> Office:
    """The room's dependencies."""
    config = hub.config
    safe = Safe((config.secret_key.reveal(), config.secret_key_former.reveal()))

    def way_to(practice: OdsCode) -> Way:
        return Way.MESH if practice.value in config.mesh_practices else Way.INBOX

    return Office(hub.work, hub.gate, hub.tracing, hub.clock, safe, way_to=way_to)


def mailbox_of(hub: Hub) -> Mailbox | None:
    """Our mailbox at the national exchange; None where there is none."""
    if not hub.config.mesh_folder:
        return None
    return FolderMailbox(Path(hub.config.mesh_folder), name=hub.config.mesh_mailbox)
