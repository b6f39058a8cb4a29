"""The parameters of a search for free slots: built by a consumer, parsed by a provider."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gp_connect import names
from gp_connect.elements import Unreadable
from gp_connect.moments import read_date, read_moment, write_moment
from vocabulary.identifiers import OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.times import Window, at_london, london

INCLUDE_SCHEDULE = ("_include", "Slot:schedule")
INCLUDE_PRACTITIONER = ("_include:recurse", "Schedule:actor:Practitioner")
INCLUDE_LOCATION = ("_include:recurse", "Schedule:actor:Location")
INCLUDE_ORGANISATION = ("_include:recurse", "Location:managingOrganization")


class Missing(Unreadable):
    """A parameter that every search must have is not there at all."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who searches or books, as far as slot restrictions care: practice code and organisation type, each optional."""

    ods: OdsCode | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """What a consumer asked for. `asked_days` is the span between the two values as the calendar in England counts."""

    window: Window
    asked_days: timedelta
    asker: Asker
    with_practitioners: bool
    with_locations: bool


def query(window: Window, booking_practice: OdsCode, *, kind: str = names.GP_PRACTICE) -> list[tuple[str, str]]:
    """The parameters of a search on behalf of this practice: its own code, never the host's, or nothing comes back."""
    return [
        ("status", "free"),
        ("start", f"ge{write_moment(window.start)}"),
        ("end", f"le{write_moment(window.end)}"),
        INCLUDE_SCHEDULE,
        INCLUDE_PRACTITIONER,
        INCLUDE_LOCATION,
        INCLUDE_ORGANISATION,
        ("searchFilter", f"{names.ODS_CODE}|{booking_practice.value}"),
        *([("searchFilter", f"{names.ORGANISATION_TYPE}|{kind}")] if kind else []),
    ]


def parse(parameters: Iterable[tuple[str, str]]) -> SlotSearch:
    """Read a search's parameters. Raises Unreadable (Missing) naming the one at fault; unknown ones are ignored."""
    pairs = list(parameters)
    for name in ("status", "start", "end"):
        if not _values(pairs, name):
            raise Missing(f"the parameter {name} is missing")
    if INCLUDE_SCHEDULE not in pairs:
        raise Missing("the parameter _include=Slot:schedule is missing")
    if _values(pairs, "status") != ["free"]:
        raise Unreadable("the parameter status must be there, once, and be free")
    start_text, end_text = _bound(pairs, "start", "ge"), _bound(pairs, "end", "le")
    window = _window(_first_moment(start_text), _last_moment(end_text))
    return SlotSearch(
        window=window,
        asked_days=_wall_clock(end_text) - _wall_clock(start_text),
        asker=_asker(_values(pairs, "searchFilter")),
        with_practitioners=INCLUDE_PRACTITIONER in pairs,
        with_locations=INCLUDE_LOCATION in pairs,
    )


def _window(first: datetime, last: datetime) -> Window:
    """A search from a moment to the same moment is allowed and finds nothing: no slot is as short as its window."""
    if last < first:
        raise Unreadable("the parameter end lies before start")
    return Window(first, max(last, first + timedelta(seconds=1)))


def _values(pairs: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in pairs if key == name]


def _bound(pairs: Sequence[tuple[str, str]], name: str, prefix: str) -> str:
    values = _values(pairs, name)
    if len(values) != 1 or not values[0].startswith(prefix):
        raise Unreadable(f"the parameter {name} must be there, once, with the prefix {prefix}")
    return values[0].removeprefix(prefix)


def _is_date(value: str) -> bool:
    return "T" not in value


def _first_moment(value: str) -> datetime:
    return at_london(read_date(value), time()) if _is_date(value) else read_moment(value)


def _last_moment(value: str) -> datetime:
    """The end of the day where only a date was sent: slots that end on that day are asked for."""
    if not _is_date(value):
        return read_moment(value)
    day = read_date(value)
    if day == date.max:
        raise Unreadable("the parameter end is beyond the calendar")
    return at_london(day + timedelta(days=1), time())


def _wall_clock(value: str) -> datetime:
    if _is_date(value):
        return datetime.combine(read_date(value), time())
    return london(read_moment(value)).replace(tzinfo=None)


def _asker(filters: Sequence[str]) -> Asker:
    """The first filter of each system we know. Filters of other systems must be ignored, not refused."""
    known: dict[str, str] = {}
    for item in filters:
        system, _, code = item.partition("|")
        if code:
            known.setdefault(system, code)
    try:
        ods = OdsCode.parse(known[names.ODS_CODE]) if names.ODS_CODE in known else None
    except InvalidValue as error:
        raise Unreadable("the parameter searchFilter holds no readable ODS code") from error
    return Asker(ods=ods, kind=known.get(names.ORGANISATION_TYPE, ""))
