"""Whom a slot is open to: restriction by organisation type and code, embargo and booking window."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gp_connect.slot_search import Asker
from vocabulary.identifiers import OdsCode


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a practice has set on a clinic session.

    Empty sets restrict nothing. `embargo` hides a slot until that long before its start; `closes` hides it from
    that long before its start on; together they are the booking window.
    """

    bookable: bool = True  # ticked for GP Connect at all
    kinds: frozenset[str] = frozenset()
    ods_codes: frozenset[OdsCode] = frozenset()
    embargo: timedelta | None = None
    closes: timedelta = timedelta()


def admits(restriction: Restriction, asker: Asker) -> bool:
    """Each restriction that is set must be met by a value that was sent; what was not sent meets nothing."""
    by_kind = not restriction.kinds or asker.kind in restriction.kinds
    by_code = not restriction.ods_codes or (asker.ods is not None and asker.ods in restriction.ods_codes)
    return restriction.bookable and by_kind and by_code


def open_at(restriction: Restriction, start: datetime, now: datetime) -> bool:
    """Whether a slot with this start lies in the booking window now. A past slot stays visible, as some systems do."""
    if start <= now:
        return True
    ahead = start - now
    return ahead >= restriction.closes and (restriction.embargo is None or ahead <= restriction.embargo)
