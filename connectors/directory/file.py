"""The directory's twin on a file: the same two steps over a CSV, for test environments and for working offline."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.directory.port import ASKED_FOR, Registration
from connectors.faults import Unsupported
from connectors.port import MessageSet
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue

COLUMNS = ("ods", "message_set", "address", "party_key", "asid")
_SETS = {interaction: message_set.value for message_set, interaction in ASKED_FOR.items()}


@dataclass(frozen=True, slots=True)
class _Entry:
    address: str
    party_key: str
    asid: str


def create(path: Path) -> "FileDirectory":
    """The directory in this file, read once. Raises Unsupported naming the line that cannot be used.

    Columns: ods, message_set (foundations, appointments, structured-record, documents), address, party_key, asid.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise _unusable(f"its first line must be {','.join(COLUMNS)}")
            return FileDirectory(dict(_entry(number, row) for number, row in enumerate(reader, start=2)))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(f"it cannot be read ({type(error).__name__})") from None


@dataclass(frozen=True, slots=True)
class FileDirectory:
    """What the file listed, by practice and message set."""

    entries: Mapping[tuple[str, str], _Entry]

    def registration(self, ods: OdsCode, interaction_id: str) -> Registration | None:
        """Step one."""
        found = self.entries.get((ods.value, _SETS.get(interaction_id, "")))
        return Registration(found.address, found.party_key) if found else None

    def asid(self, ods: OdsCode, interaction_id: str, party_key: str) -> str | None:
        """Step two."""
        found = self.entries.get((ods.value, _SETS.get(interaction_id, "")))
        return found.asid if found and found.party_key == party_key else None


def _entry(number: int, row: Mapping[str, str | None]) -> tuple[tuple[str, str], _Entry]:
    said = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        ods = OdsCode.parse(said["ods"])
    except InvalidValue:
        raise _unusable(f"line {number}: “{said['ods']}” is no ODS code") from None
    if said["message_set"] not in tuple(MessageSet):
        raise _unusable(f"line {number}: the message set must be one of {', '.join(MessageSet)}")
    missing = [name for name in ("address", "party_key", "asid") if not said[name]]
    if missing:
        raise _unusable(f"line {number}: {' and '.join(missing)} missing")
    return (ods.value, said["message_set"]), _Entry(said["address"].rstrip("/"), said["party_key"], said["asid"])


def _unusable(reason: str) -> Unsupported:
    return Unsupported(f"The directory file cannot be used: {reason}.", detail="directory file")
