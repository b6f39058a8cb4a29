"""Looking practices up in the national directory of systems: what they are enabled for, and what has changed.

The directory is asked with no transaction open; what it says is written in one, with its ledger event.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.directory.port import Directory, Listing, look_up
from connectors.faults import Fault
from connectors.port import MessageSet
from practices.models import GPSystemLinkRow, LinkEndpointRow, PracticeRow
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.problems import Problem, ProblemKind
from vocabulary.times import Clock, aware_utc

_USABLE = re.compile(r"https://[^\s?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/[^\s?#]*)?")
WORDS = {
    MessageSet.FOUNDATIONS: "Patients and registration",
    MessageSet.APPOINTMENTS: "Appointments",
    MessageSet.STRUCTURED_RECORD: "Record view",
    MessageSet.DOCUMENTS: "Documents",
}
"""What each message set is called on pages and on the terminal."""


class NotLookedUp(Problem):
    """The directory did not answer, or said something that cannot be used: what is known stays as it was."""

    code = "not-looked-up"
    kind = ProblemKind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class LookedUp:
    """One practice as the directory has it now, and what is new, in words; `failure` when it could not be asked."""

    ods: OdsCode
    listings: tuple[Listing, ...] = ()
    changes: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    enabled: bool
    address: str
    asid: str
    party_key: str


def look_up_practice(work: Work, ods: OdsCode, directory: Directory, *, caller: Caller, clock: Clock) -> LookedUp:
    """Ask the directory about one practice and keep what it says. Raises NotLookedUp; then nothing was changed."""
    try:
        listings = look_up(directory, ods)
    except Fault as fault:
        raise NotLookedUp(
            f"{ods} could not be looked up: {fault.words}", next_step=fault.next_step or "Try again later."
        ) from None
    for listing in listings:
        if listing.endpoint is not None and not _USABLE.fullmatch(listing.endpoint.address):
            raise NotLookedUp(
                f"The directory's address of {ods} for {WORDS[listing.message_set].lower()} cannot be used.",
                next_step="It must begin with https://. Tell the practice's system supplier.",
            )
    with work.begin() as tx:
        changes = _keep(tx, ods, listings, clock.now())
        if changes:
            record(
                tx,
                LedgerEvent("practice.endpoints-changed", host=ods, detail={"changes": list(changes)}),
                caller=caller,
                at=clock.now(),
            )
    return LookedUp(ods, listings, changes)


def look_up_all(work: Work, directory: Directory, *, caller: Caller, clock: Clock) -> tuple[LookedUp, ...]:
    """Every open practice whose address comes from the directory. One that cannot be asked does not stop the others."""
    return tuple(_looked_up(work, ods, directory, caller, clock) for ods in _from_directory(work))


def _looked_up(work: Work, ods: OdsCode, directory: Directory, caller: Caller, clock: Clock) -> LookedUp:
    try:
        return look_up_practice(work, ods, directory, caller=caller, clock=clock)
    except NotLookedUp as problem:
        return LookedUp(ods, failure=problem.message)


def _from_directory(work: Work) -> list[OdsCode]:
    row = GPSystemLinkRow
    with work.read() as tx:
        chosen = (
            select(row.ods)
            .join(PracticeRow, PracticeRow.ods == row.ods)
            .where(row.address == "", PracticeRow.status == "open")
            .order_by(row.ods)
        )
        return [OdsCode(ods) for ods in tx.scalars(chosen)]


def _keep(tx: Tx, ods: OdsCode, listings: Sequence[Listing], at: datetime) -> tuple[str, ...]:
    row = LinkEndpointRow
    columns = (row.message_set, row.enabled, row.address, row.asid, row.party_key)
    found = tx.execute(select(*columns).where(row.ods == ods.value).with_for_update()).all()
    known = {each.message_set: _Known(each.enabled, each.address, each.asid, each.party_key) for each in found}
    changes = []
    for listing in listings:
        now = _now(listing)
        changed = _change(WORDS[listing.message_set], known.get(listing.message_set.value), now)
        changes += [changed] if changed else []
        values = {
            "enabled": now.enabled,
            "address": now.address,
            "asid": now.asid,
            "party_key": now.party_key,
            "looked_up_at": aware_utc(at),
            **({"changed_at": aware_utc(at)} if changed else {}),
        }
        keys = {"ods": ods.value, "message_set": listing.message_set.value}
        statement = upsert(row).values(**keys, **{"changed_at": aware_utc(at), **values})
        tx.execute(statement.on_conflict_do_update(index_elements=["ods", "message_set"], set_=values))
    return tuple(changes)


def _now(listing: Listing) -> _Known:
    if listing.endpoint is None:
        return _Known(enabled=False, address="", asid="", party_key="")
    return _Known(
        enabled=True, address=listing.endpoint.address, asid=listing.endpoint.asid, party_key=listing.party_key
    )


def _change(name: str, before: _Known | None, now: _Known) -> str:
    """What is new, in words; empty when nothing is. Addresses are named on the terminal, never on a page."""
    if before == now:
        return ""
    if before is None or before.enabled != now.enabled:
        return f"{name}: {'enabled' if now.enabled else 'not enabled'}"
    parts = [
        words
        for words, old, new in (
            ("its address", before.address, now.address),
            ("its system id (ASID)", before.asid, now.asid),
            ("its party key", before.party_key, now.party_key),
        )
        if old != new
    ]
    return f"{name}: {' and '.join(parts)} changed"
