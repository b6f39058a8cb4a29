"""Searches: free slots over two weeks at most, appointments from today on, and one person or place by identifier."""

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from gp_connect import slot_search
from gp_connect.elements import Unreadable
from gp_connect.moments import read_date
from gp_connect.names import NHS_NUMBER, ODS_CODE, SDS_USER_ID
from gp_connect.outcomes import Rejected
from gp_connect.slot_search import Missing, SlotSearch
from gp_connect.spine_codes import (
    BAD_REQUEST,
    INVALID_IDENTIFIER_SYSTEM,
    INVALID_IDENTIFIER_VALUE,
    INVALID_NHS_NUMBER,
    INVALID_PARAMETER,
)
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.problems import InvalidValue
from vocabulary.times import Window, at_london, london_date

# Two weeks, say the standard; 14 days and an hour when the clocks go back, says its own test suite.
_TOO_LONG = timedelta(days=15)
_USER_ID = re.compile(r"[A-Za-z0-9\-]{1,64}", re.ASCII)


def free_slots(parameters: Iterable[tuple[str, str]]) -> SlotSearch:
    """A search for free slots. Past ranges may be searched."""
    try:
        search = slot_search.parse(parameters)
    except Missing as error:
        raise Rejected(BAD_REQUEST, str(error)) from error
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
    """The NHS number of Find a patient."""
    value = _identifier(parameters, NHS_NUMBER, "NHS numbers")
    try:
        parsed = NHSNumber.parse(value)
    except InvalidValue as error:
        raise Rejected(INVALID_NHS_NUMBER, "identifier is no valid NHS number") from error
    if parsed.value != value:
        raise Rejected(INVALID_NHS_NUMBER, "identifier must be ten digits and nothing else")
    return parsed


def ods_code(parameters: Iterable[tuple[str, str]]) -> OdsCode:
    """The ODS code of Find an organisation."""
    try:
        return OdsCode.parse(_identifier(parameters, ODS_CODE, "ODS codes of organisations"))
    except InvalidValue as error:
        raise Rejected(INVALID_IDENTIFIER_VALUE, "identifier is no ODS code") from error


def sds_user_id(parameters: Iterable[tuple[str, str]]) -> str:
    """The SDS user id of Find a practitioner."""
    value = _identifier(parameters, SDS_USER_ID, "SDS user ids")
    if not _USER_ID.fullmatch(value):
        raise Rejected(INVALID_IDENTIFIER_VALUE, "identifier is no SDS user id")
    return value


def _identifier(parameters: Iterable[tuple[str, str]], system: str, what: str) -> str:
    """The value of the one identifier sent. Half of it missing is INVALID_PARAMETER, as the official suite expects;
    a system that is not ours is INVALID_IDENTIFIER_SYSTEM, as the standard says.
    """
    values = [value for name, value in parameters if name == "identifier"]
    if len(values) != 1:
        raise Rejected(BAD_REQUEST, "identifier must be there, once")
    sent_system, _, value = (part.strip() for part in values[0].partition("|"))
    if not sent_system or not value:
        raise Rejected(INVALID_PARAMETER, "identifier must be of the form system|value")
    if sent_system != system:
        raise Rejected(INVALID_IDENTIFIER_SYSTEM, f"identifier must be of the system for {what}")
    return value
