"""The other end of a folder mailbox: the exchange's client and the practice's system, for tests and rehearsals.

It takes what lies ready, as a client does, and answers as a practice's system or the exchange would:
`python -m connectors.mesh.twin FOLDER received` (or acknowledged, refused, undelivered).
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from connectors.mesh.folder import field_of
from gp_connect.send_document import FILED, RECEIVED, reply
from vocabulary.record_parts import Hidden


@dataclass(frozen=True, slots=True, repr=False)
class Taken(Hidden):
    """One message that was picked up."""

    id: UUID
    to: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Twin:
    """Works on the same folder as connectors.mesh.folder.FolderMailbox, from the other side."""

    folder: Path

    def take(self) -> tuple[Taken, ...]:
        """Everything that lies ready; it is gone from the folder then."""
        taken = []
        for control in sorted((self.folder / "out").glob("*.ctl")):
            said, data = control.read_text(encoding="utf-8"), control.with_suffix(".dat")
            body = json.loads(data.read_text(encoding="utf-8"))
            taken.append(Taken(UUID(field_of(said, "LocalId")), field_of(said, "To_DTS"), body))
            control.unlink()
            data.unlink()
        return tuple(taken)

    def answers(self, about: UUID, code: str, *, ok: bool = True) -> str:
        """The practice's system says something of it: an ITK3 response. What the files are called."""
        return self.comes_in(json.dumps(reply(about, code=code, ok=ok, header_id=str(uuid4()))))

    def could_not_deliver(self, about: UUID, code: str = "14") -> str:
        """The exchange reports that nobody has taken it, or that it found no practice."""
        said = (
            "<DTSControl><Version>1.0</Version><MessageType>Report</MessageType>"
            f"<LocalId>{about}</LocalId><StatusRecord><Event>TRANSFER</Event><Status>ERROR</Status>"
            f"<StatusCode>{code}</StatusCode></StatusRecord></DTSControl>"
        )
        return self.comes_in(control=said)

    def answers_all(self, how: str) -> int:
        """Take everything and answer it so; how many there were."""
        taken = self.take()
        for one in taken:
            _ANSWERS[how](self, one.id)
        return len(taken)

    def comes_in(self, data: str | None = None, *, control: str = "<DTSControl/>") -> str:
        """Anything at all; the data first and the control file last, as a client puts them."""
        inbox, name = self.folder / "in", str(uuid4())
        inbox.mkdir(parents=True, exist_ok=True)
        if data is not None:
            (inbox / f"{name}.dat").write_text(data, encoding="utf-8")
        (inbox / f"{name}.ctl").write_text(control, encoding="utf-8")
        return name


def _acknowledged(twin: Twin, about: UUID) -> None:
    """By the machine first, and then by somebody."""
    for code in (RECEIVED, FILED):
        twin.answers(about, code)


_ANSWERS: Mapping[str, Callable[[Twin, UUID], object]] = {
    "received": lambda twin, about: twin.answers(about, RECEIVED),
    "acknowledged": _acknowledged,
    "refused": lambda twin, about: twin.answers(about, "30003", ok=False),
    "undelivered": lambda twin, about: twin.could_not_deliver(about),
}


def main(arguments: list[str]) -> int:
    """Answer once; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m connectors.mesh.twin", description=__doc__)
    parser.add_argument("folder", type=Path, help="the mailbox's folder: HUB_MESH_FOLDER")
    parser.add_argument("how", choices=sorted(_ANSWERS), help="what becomes of everything that lies ready")
    options = parser.parse_args(arguments)
    number = Twin(options.folder).answers_all(options.how)
    sys.stdout.write(f"{number} {'message' if number == 1 else 'messages'} {options.how}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
