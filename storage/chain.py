"""How an event of the ledger is written down to be sealed: the canonical form, its salted fields, the link of a chain.

docs/audit.md describes it for outsiders; verifier/verify_audit.py reads it without this file.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.base import AnyRow
from vocabulary.times import aware_utc

FORMAT = 1
NOTHING_BEFORE = bytes(32)  # stands where a chain's first event would name the one before it
PLAIN = (
    "act",
    "outcome",
    "user_role",
    "role_profile",
    "acting_for",
    "practice_name",
    "via",
    "interaction",
    "host_ods",
    "purpose",
    "agreement",
    "clause",
)
"""Always shown, besides the event's number and time: they name no person."""
VEILED = (
    "user_id",
    "user_name",
    "authority",
    "device",
    "trace_id",
    "nhs_number",
    "booking_ref",
    "reason",
    "detail",
)
"""Committed to by salted hashes, each with a salt of its own, so that any of them can be left out of an export."""


@dataclass(frozen=True, slots=True)
class Written:
    """An event in its canonical form."""

    plain: Mapping[str, str | int]
    veiled: Mapping[str, str]
    salt: bytes

    def salt_of(self, name: str) -> str:
        """The salt of one field: showing it tells nothing of the others'."""
        return hmac.digest(self.salt, name.encode(), "sha256").hex()

    def commitment(self, name: str) -> str:
        """What stands for a field that may be left out."""
        return hashlib.sha256(bytes.fromhex(self.salt_of(name)) + self.veiled[name].encode()).hexdigest()

    def digest(self) -> str:
        """SHA-256 of the whole event."""
        commitments = {name: self.commitment(name) for name in self.veiled}
        return hashlib.sha256(canonical({"open": self.plain, "veiled": commitments})).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with its keys in order, without spaces, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def stamp(moment: datetime) -> str:
    """A moment in UTC to the microsecond: always the same length, so that texts sort as times do."""
    return aware_utc(moment).isoformat(timespec="microseconds")


def write_down(row: AnyRow) -> Written:
    """An event as stored, in its canonical form."""
    salt = row.salt if isinstance(row.salt, UUID) else UUID(row.salt)
    veiled = {name: str(getattr(row, name)) for name in VEILED if name != "detail"}
    return Written(
        plain={"id": row.id, "at": stamp(row.at), **{name: str(getattr(row, name)) for name in PLAIN}},
        veiled={**veiled, "detail": canonical(row.detail).decode()},
        salt=salt.bytes,
    )


def link(event: Written, *, practice: str, sequence: int, sealed_at: datetime, previous: bytes) -> bytes:
    """SHA-256 of an event in its place: it takes in the link before it, so it stands for all history up to here."""
    body = {
        "format": FORMAT,
        "practice": practice,
        "sequence": sequence,
        "sealed_at": stamp(sealed_at),
        "event": event.digest(),
        "previous": previous.hex(),
    }
    return hashlib.sha256(canonical(body)).digest()
