"""The ranges a provider accepts: free slots over two weeks at most, appointments from today on."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from gp_connect import slot_search
from gp_connect.elements import Unreadable
from gp_connect.moments import read_date
from gp_connect.names import NHS_NUMBER
from gp_connect.outcomes import Rejected
from gp_connect.slot_search import SlotSearch
from gp_connect.spine_codes import INVALID_NHS_NUMBER, INVALID_PARAMETER
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue
from vocabulary.times import Window, at_london, london_date

# Two weeks, say the standard; 14 days and an hour when the clocks go back, says its own test suite.
_TOO_LONG = timedelta(days=15)


def free_slots(parameters: Iterable[tuple[str, str]]) -> SlotSearch:
    """A search for free slots. Past ranges may be searched."""
    try:
        search = slot_search.parse(parameters)
    except Unreadable as error:
        raise Rejected(INVALID_PARAMETER, str(error)) from error
    if search.asked_days >= _TOO_LONG:
        raise Rejected(INVALID_PARAMETER, "start and end are more than two weeks apart")
    return search


def appointments(parameters: Iterable[tuple[str, str]], now: datetime) -> Window:
    """The range of a Retrieve: two dates, both from today on; today's elapsed appointments are included."""
    starts = [value for name, value in parameters if name == "start"]
    lower = [value.removeprefix("ge") for value in starts if value.startswith("ge")]
    upper = [value.removeprefix("le") for value in starts if value.startswith("le")]
    if len(starts) != 2 or len(lower) != 1 or len(upper) != 1:
        raise Rejected(INVALID_PARAMETER, "start must be there twice, once with ge and once with le")
    try:
        first, last = read_date(lower[0]), read_date(upper[0])
    except Unreadable as error:
        raise Rejected(INVALID_PARAMETER, "start must be a date without a time") from error
    if first < london_date(now):
        raise Rejected(INVALID_PARAMETER, "start lies in the past; appointments can be retrieved from today on")
    if last < first:
        raise Rejected(INVALID_PARAMETER, "the later start lies before the earlier one")
    try:
        return Window(at_london(first, time()), at_london(last + timedelta(days=1), time()))
    except OverflowError as error:
        raise Rejected(INVALID_PARAMETER, "start is beyond the calendar") from error


def nhs_number(parameters: Iterable[tuple[str, str]]) -> NHSNumber:
    """The NHS number of Find a patient. A wrong system is INVALID_PARAMETER, as the official suite expects."""
    values = [value for name, value in parameters if name == "identifier"]
    if len(values) != 1:
        raise Rejected(INVALID_PARAMETER, "identifier must be there, once")
    system, separator, number = values[0].partition("|")
    if not separator or system != NHS_NUMBER:
        raise Rejected(INVALID_PARAMETER, "identifier must be of the system for NHS numbers")
    try:
        return NHSNumber.parse(number)
    except InvalidValue as error:
        raise Rejected(INVALID_NHS_NUMBER, "identifier is no valid NHS number") from error
