"""A mailbox as a folder: `out` is what a MESH client picks up (a .dat and its .ctl), `in` is where it puts what came.

The same folder without a client is the twin that demo and tests work with. What lies in it is not encrypted, so the
folder belongs to the hub and the client alone: the files are readable for their owner only.
"""

import json
import os
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from connectors.mesh.port import Parcel, Received

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class FolderMailbox:
    """The mailbox of this name in this folder."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._name = name
        self._out, self._in = folder / "out", folder / "in"

    def __repr__(self) -> str:
        return f"FolderMailbox({self._name})"

    @property
    def name(self) -> str:
        """Its id at the exchange."""
        return self._name

    def send(self, parcel: Parcel) -> None:
        """The control file last: a client takes a message when it sees that one."""
        if not _ID.fullmatch(parcel.id):
            raise ValueError("a parcel's id is letters, digits and dashes")
        self._out.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._out / f"{parcel.id}.dat", json.dumps(parcel.body, ensure_ascii=False))
        _write(self._out / f"{parcel.id}.ctl", self._control(parcel))

    def received(self) -> tuple[Received, ...]:
        """The oldest name first. What cannot be read is told as empty, so that it can be put aside."""
        found = sorted(self._in.glob("*.dat")) if self._in.is_dir() else []
        return tuple(Received(path.stem, _body(path)) for path in found)

    def settle(self, received: Received) -> None:
        """Gone from the folder."""
        for suffix in (".ctl", ".dat"):
            (self._in / f"{received.id}{suffix}").unlink(missing_ok=True)

    def _control(self, parcel: Parcel) -> str:
        said = {
            "Version": "1.0",
            "AddressType": "DTS",
            "MessageType": "Data",
            "From_DTS": self._name,
            "To_DTS": parcel.to,
            "Subject": parcel.subject,
            "LocalId": parcel.id,
            "Compress": "Y",
            "Encrypted": "N",
            "WorkflowId": parcel.workflow,
        }
        lines = "".join(f"  <{name}>{escape(value)}</{name}>\n" for name, value in said.items())
        return f"<DTSControl>\n{lines}</DTSControl>\n"


def _body(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        return {}
    return said if isinstance(said, dict) else {}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and readable for its owner only."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
