"""A mailbox as a folder: `out` is what a MESH client picks up (a .dat and its .ctl), `in` is where it puts what came,
`aside` what came and is nothing of the hub's.

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

_ID, _CODE = re.compile(r"[0-9A-Za-z-]{1,64}"), re.compile(r"[0-9A-Z-]{1,10}")
_LARGEST_ANSWER = 1_000_000  # bytes


class FolderMailbox:
    """The mailbox of this name in this folder."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._name = name
        self._out, self._in, self._aside = folder / "out", folder / "in", folder / "aside"

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
        """The oldest name first, each once its control file is there: it is the last that a client writes. What cannot
        be read is told as empty."""
        found = sorted(self._in.glob("*.ctl")) if self._in.is_dir() else []
        return tuple(_told(path) for path in found)

    def settle(self, received: Received) -> None:
        """Gone from the folder. The control file last, so that half of it done is done again."""
        for suffix in (".dat", ".ctl"):
            (self._in / f"{received.id}{suffix}").unlink(missing_ok=True)

    def put_aside(self, received: Received) -> None:
        """Into the folder `aside`, beside `in`."""
        self._aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        for suffix in (".dat", ".ctl"):
            path = self._in / f"{received.id}{suffix}"
            if path.exists():
                path.replace(self._aside / path.name)

    def _control(self, parcel: Parcel) -> str:
        # LocalId is ours and not the sender's ODS code, which newer guides want there: it is all that the exchange's
        # report of something undelivered tells us by (docs/gp-connect.md).
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


def _told(control: Path) -> Received:
    said = control.read_text(encoding="utf-8", errors="replace")
    if (field_of(said, "MessageType"), field_of(said, "Status")) == ("Report", "ERROR"):
        code = field_of(said, "StatusCode")
        return Received(control.stem, {}, field_of(said, "LocalId"), code if _CODE.fullmatch(code) else "")
    return Received(control.stem, _body(control.with_suffix(".dat")))


def field_of(control: str, name: str) -> str:
    """What a control file says under this name; empty where it does not."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", control)
    return found[1].strip() if found else ""


def _body(path: Path) -> dict[str, Any]:
    """Empty for what is no answer: those are small, and JSON."""
    try:
        if path.stat().st_size > _LARGEST_ANSWER:
            return {}
        said = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and readable for its owner only."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
