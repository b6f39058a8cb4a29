"""A practice's part of the ledger as an export: a few lines at a time, with the signed roots that vouch for it.

An export runs from where one root saw the chain before the period to where another saw it after; what lies outside the
period is there in hashes only. So neither end can be cut off unnoticed. docs/audit.md describes its lines.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text

from storage.chain import FORMAT, NOTHING_BEFORE, PLAIN, VEILED, canonical, stamp, write_down
from storage.roots import Root, RootRow, by_number, link_at
from storage.sealing import heads
from storage.work import Tx

PATIENTS = ("nhs_number", "booking_ref", "reason", "detail")
"""What says, or may say, which patient an act was about."""
PEOPLE = ("user_id", "user_name", "authority", "device", "trace_id")
"""What says which member of staff did it."""
_A_FEW = 500


@dataclass(frozen=True, slots=True)
class Extent:
    """Which acts an export holds: of this practice, from `start` up to `end`, without these fields."""

    practice: str
    start: datetime
    end: datetime
    leave_out: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = self.leave_out - set(VEILED)
        if unknown:
            raise ValueError(f"these cannot be left out: {', '.join(sorted(unknown))}")


def export(tx: Tx, extent: Extent, *, at: datetime, practice_name: str = "") -> Iterator[dict[str, Any]]:
    """The lines, read as they are asked for: `tx` has to stay open until the last."""
    vouching = _roots(tx, extent)
    (first, previous), last = _beginning(tx, extent, vouching), _last(tx, extent, vouching)
    yield {
        "kind": "export",
        "format": FORMAT,
        "practice": extent.practice,
        "practice_name": practice_name,
        "from": stamp(extent.start),
        "to": stamp(extent.end),
        "made_at": stamp(at),
        "left_out": sorted(extent.leave_out),
        "first": first,
        "last": last,
        "previous": previous,
        "roots": [vouching[0].number, vouching[-1].number] if vouching else [],
    }
    for root in vouching:
        yield {"kind": "root", **root.published()}
    count = 0
    for line in _events(tx, extent, first, last):
        count += 1
        yield line
    yield {"kind": "end", "acts": count}


def as_text(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """The same as a file has them, one a line."""
    for line in lines:
        yield canonical(line) + b"\n"


def _roots(tx: Tx, extent: Extent) -> list[Root]:
    """Those that vouch: from the last before the period that knows the chain as it is, to the first after the period.
    Where that one knows another chain, to the newest: some later one declares what was lost."""
    before = tx.scalars(select(RootRow.number).where(RootRow.made_at <= extent.start).order_by(RootRow.number.desc()))
    start = next((number for number in before if _fits(tx, extent, by_number(tx, number))), 1)
    after = tx.scalars(select(func.min(RootRow.number)).where(RootRow.made_at >= extent.end)).one()
    numbers = tx.scalars(select(RootRow.number).where(RootRow.number >= start).order_by(RootRow.number))
    found = [root for number in numbers.all() if (root := by_number(tx, number))]
    vouching = [root for root in found if after is None or root.number <= after]
    return vouching if not vouching or _fits(tx, extent, vouching[-1]) else found


def _fits(tx: Tx, extent: Extent, root: Root | None) -> bool:
    if root is None:
        return False
    sequence, link = root.head(extent.practice)
    return sequence == 0 or link_at(tx, extent.practice, sequence) == link


def _beginning(tx: Tx, extent: Extent, vouching: list[Root]) -> tuple[int, str]:
    if vouching and vouching[0].made_at <= extent.start:
        sequence, link = vouching[0].head(extent.practice)
        if sequence:
            return sequence + 1, link
    return 1, NOTHING_BEFORE.hex()


def _last(tx: Tx, extent: Extent, vouching: list[Root]) -> int:
    if vouching and vouching[-1].made_at >= extent.end and _fits(tx, extent, vouching[-1]):
        return vouching[-1].head(extent.practice)[0]
    head = heads(tx, [extent.practice]).get(extent.practice)
    return head.sequence if head else 0


def _events(tx: Tx, extent: Extent, first: int, last: int) -> Iterator[dict[str, Any]]:
    found = tx.connection().execute(
        _SEALED,
        {"practice": extent.practice, "first": first, "last": last},
        execution_options={"yield_per": _A_FEW},
    )
    for row in found:
        yield _line(row, extent)


def acts_of(tx: Tx, practice: str) -> Iterator[dict[str, Any]]:
    """Every act in a practice's chain, whole, for checking the database itself."""
    head = heads(tx, [practice]).get(practice)
    everything = Extent(practice, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    yield from _events(tx, everything, 1, head.sequence if head else 0)


def _line(row: Any, extent: Extent) -> dict[str, Any]:
    line: dict[str, Any] = {
        "kind": "event",
        "sequence": row.sequence,
        "sealed_at": stamp(row.sealed_at),
        "link": bytes(row.link).hex(),
    }
    if row.id is None:
        return line | {"gone": row.event_id}  # the seal is there and the event is not
    written = write_down(row)
    inside = extent.start <= row.at < extent.end
    left_out: Collection[str] = extent.leave_out if inside else VEILED
    return line | {
        "event": written.plain,
        "shown": {
            name: [written.salt_of(name), value] for name, value in written.veiled.items() if name not in left_out
        },
        "hidden": {name: written.commitment(name) for name in written.veiled if name in left_out},
    }


_NAMES = ", ".join(f"event.{name}" for name in ("id", "at", "salt", *PLAIN, *VEILED))
_SEALED = text(
    f"SELECT seal.sequence, seal.sealed_at, seal.link, seal.event_id, {_NAMES} "  # noqa: S608 - our own column names
    "FROM ledger_seal AS seal LEFT JOIN ledger_event AS event ON event.id = seal.event_id "
    "WHERE seal.practice = :practice AND seal.sequence BETWEEN :first AND :last ORDER BY seal.sequence"
)
