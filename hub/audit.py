"""The ledger's proof, for pages, commands and the timetable: seal, sign the day's root, publish it, export, verify."""

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from hub.wiring import Hub
from storage.exporting import PATIENTS, PEOPLE, Extent, as_text, export
from storage.ledger import LedgerEvent, record
from storage.proving import prove
from storage.roots import (
    HistoryLost,
    KeyUnusable,
    Root,
    SigningKey,
    adopt,
    by_number,
    key_id,
    make_root,
    newest,
    read_published,
    roots,
)
from storage.sealing import Head, Sealer, heads
from verifier.verify_audit import Report
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import london_date

LEAVE_OUT = {"patients": PATIENTS, "people": PEOPLE}
"""What a form may ask to leave out of an export."""
short_key = key_id
EXTENSION = "hub_audit"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a practice's chain stands, and how far a root vouches for it."""

    head: Head | None
    vouched: int
    root: Root | None


class Audit:
    """What one can do with the ledger's proof."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._work = hub.work
        self._clock = hub.clock

    def key(self) -> SigningKey:
        """The key that signs. Raises KeyUnusable when none is configured here."""
        if not self._hub.config.audit_key:
            raise KeyUnusable(
                "HUB_AUDIT_KEY is not set here: the signed roots need a key.",
                next_step="Set it to a PEM file with an Ed25519 private key; flask audit new-key makes one.",
            )
        return SigningKey.read(Path(self._hub.config.audit_key))

    def public_key(self) -> str:
        """The public part, hexadecimal: of the key configured here, else of the one that signed the newest root.
        Raises KeyUnusable."""
        if not self._hub.config.audit_key and (made := self.roots(limit=1)):
            return str(made[0].body["key"])
        return self.key().public

    def close_the_day(self) -> Root | None:
        """Sign a root unless one was signed today, and publish what is not published; the timetable asks often."""
        made = None
        if self._hub.config.audit_key and self._is_due():
            made = self.sign(closes_yesterday=True)
        self.publish()
        return made

    def sign(self, *, closes_yesterday: bool = False, next_key: str = "", declare_loss: bool = False) -> Root:
        """Sign the heads as they stand now. Raises HistoryLost, KeyUnusable."""
        key, published = self.key(), self._newest_dropped()
        now = self._clock.now()
        with self._work.begin() as tx:
            first = newest(tx) is None
            day = london_date(now) - timedelta(days=1 if closes_yesterday and not first else 0)
            return make_root(
                tx, key, day=day, at=now, next_key=next_key, published=published, declare_loss=declare_loss
            )

    def publish(self) -> int:
        """Put every root that is not in the drop folder there; how many."""
        folder = self._drop()
        if folder is None:
            return 0
        folder.mkdir(parents=True, exist_ok=True)
        put, before = 0, None
        while some := self.roots(before=before):
            lacking = [root for root in some if not (folder / _name(root)).exists()]
            for root in lacking:
                _write(folder / _name(root), root)
            put, before = put + len(lacking), some[-1].number
            if len(lacking) < len(some):
                break  # older ones were put there before
        return put

    def roots(self, *, limit: int = 400, before: int | None = None) -> tuple[Root, ...]:
        """The newest first."""
        with self._work.read() as tx:
            return roots(tx, limit=limit, before=before)

    def root(self, number: int) -> Root | None:
        """One of them."""
        with self._work.read() as tx:
            return by_number(tx, number)

    def standing(self, practice: OdsCode) -> Standing:
        """Where a practice's chain stands."""
        with self._work.read() as tx:
            head, last = heads(tx, [practice.value]).get(practice.value), newest(tx)
        return Standing(head, last.head(practice.value)[0] if last else 0, last)

    def export(
        self, practice: OdsCode, caller: Caller, *, start: datetime, end: datetime, leave_out: Collection[str]
    ) -> Iterator[bytes]:
        """A practice's acts as a file, piece by piece; that it was made is itself an act."""
        extent = Extent(practice.value, start, end, frozenset(leave_out))
        detail = {"from": start.isoformat(), "to": end.isoformat(), "left_out": sorted(extent.leave_out)}
        now = self._clock.now()
        with self._work.begin() as tx:
            record(tx, LedgerEvent("audit.exported", host=practice, detail=detail), caller=caller, at=now)
        found = self._hub.address_book.practice(practice)
        return self._lines(extent, found.name if found else "", now)

    def _lines(self, extent: Extent, name: str, now: datetime) -> Iterator[bytes]:
        with self._work.read() as tx:
            yield from as_text(export(tx, extent, at=now, practice_name=name))

    def verify(
        self, *, keys: Sequence[str] = (), published: Sequence[Root] = (), practices: Collection[str] = ()
    ) -> Report:
        """Check the database's chains against its roots, and against those published (the drop folder's always)."""
        believed = [*keys, *([self.key().public] if self._hub.config.audit_key else [])]
        kept = [*published, *self._newest_dropped()]
        with self._work.read() as tx:
            return prove(tx, keys=believed, now=self._clock.now(), kept=kept, practices=practices)

    def adopt(self, published: Sequence[Root]) -> int:
        """After a restore: take in the roots published since the backup; how many. Raises HistoryLost."""
        with self._work.begin() as tx:
            return adopt(tx, published)

    def seal(self) -> int:
        """Everything that can be sealed now, by hand; how many events."""
        sealer, total = Sealer(self._work, self._clock), 0
        while sealed := sealer.seal():
            total += sealed
        return total

    def _is_due(self) -> bool:
        with self._work.read() as tx:
            last = newest(tx)
            if last is None:
                return bool(heads(tx))
        return london_date(last.made_at) < london_date(self._clock.now())

    def _drop(self) -> Path | None:
        return Path(self._hub.config.audit_drop) if self._hub.config.audit_drop else None

    def _newest_dropped(self) -> tuple[Root, ...]:
        folder = self._drop()
        files = sorted(folder.glob("root-*.json")) if folder is not None and folder.is_dir() else []
        return read_roots(files[-1]) if files else ()


def current_audit() -> Audit:
    """The running application's."""
    found: Audit = current_app.extensions[EXTENSION]
    return found


def read_roots(file: Path) -> tuple[Root, ...]:
    """Published roots out of a file. Raises HistoryLost when they cannot be read: they may not be passed over."""
    try:
        return read_published(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise HistoryLost(
            f"{file} cannot be read as published roots ({type(error).__name__}).",
            next_step="Fetch them again from /audit/roots.json of the hub, or from a practice that kept them.",
        ) from None


def _name(root: Root) -> str:
    return f"root-{root.number:08d}.json"


def _write(file: Path, root: Root) -> None:
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.write_text(json.dumps(root.published(), indent=1, ensure_ascii=False), encoding="utf-8")
    scratch.replace(file)
