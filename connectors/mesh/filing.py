"""Filing a document by MESH: GP Connect Send Document put into our mailbox, once however often it is asked for."""

from pathlib import Path

from connectors.faults import Unreachable, Unsupported
from connectors.mesh.folder import FolderMailbox
from connectors.mesh.port import Parcel
from connectors.port import Filing, Postbox
from gp_connect import send_document
from vocabulary.documents import RecordDocument


def send(postbox: Postbox | None, document: RecordDocument) -> Filing:
    """Put it out. The name of the parcel is the document's own: again, it replaces what has not been taken yet, and
    whoever has taken it knows the message by its id. Raises Unsupported and Unreachable."""
    if postbox is None:
        raise Unsupported("The practice takes no documents from this hub.", detail="no postbox")
    parcel = Parcel(
        id=str(document.id),
        to=send_document.address(document),
        workflow=send_document.WORKFLOW,
        subject=send_document.subject(document),
        body=send_document.message(document, mailbox=postbox.name),
    )
    try:
        FolderMailbox(Path(postbox.folder), name=postbox.name).send(parcel)
    except OSError as error:  # a client takes nothing before the control file, which is written last
        raise Unreachable(
            "The hub’s mailbox at the national exchange cannot be written to.", detail=type(error).__name__
        ) from None
    return Filing.SENT
