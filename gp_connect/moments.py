"""Dates and times on the wire: any offset is read, the seasonal one of England is written."""

import re
from datetime import UTC, date, datetime

from gp_connect.elements import Unreadable
from vocabulary.times import LONDON

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_moment(value: str) -> datetime:
    """The moment in UTC. Suppliers have sent `Z` and out-of-season offsets, so any offset counts; none is refused."""
    if not _MOMENT.fullmatch(value):
        raise Unreadable("a time is not of the form yyyy-mm-ddThh:mm:ss with an offset")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable("a time that no calendar has") from error


def read_date(value: str) -> date:
    """A whole calendar date; FHIR's partial dates are refused."""
    if not _DATE.fullmatch(value):
        raise Unreadable("a date is not of the form yyyy-mm-dd")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Unreadable("a date that no calendar has") from error


def write_moment(moment: datetime) -> str:
    """Local time in England with its seasonal offset, to the second."""
    return moment.astimezone(LONDON).isoformat(timespec="seconds")
