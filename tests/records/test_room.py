"""What makes an appointment a reason to look. Pure."""

from datetime import timedelta

import pytest

from records.room import LookSettings, care_link, needs_reason
from tests.hub.web.fakes import booking_view
from vocabulary.appointments import BookingState

VISIT = booking_view()
START = VISIT.facts.window.start


@pytest.mark.parametrize(
    ("state", "came", "by_itself", "with_reason"),
    [
        (BookingState.BOOKED, False, True, True),
        (BookingState.ATTENDED, False, True, True),
        (BookingState.MISSED, False, False, True),
        (BookingState.CANCELLED, False, False, False),
        (BookingState.CANCELLED, True, True, True),
        (BookingState.IN_DOUBT, False, False, False),
    ],
)
def test_who_did_not_come_is_looked_at_for_a_reason_and_who_came_all_the_same_is_seen_like_anybody(
    state: BookingState, came: bool, by_itself: bool, with_reason: bool
) -> None:
    booking = booking_view(state=state, came_at=START if came else None)
    now, settings = START + timedelta(minutes=10), LookSettings()
    assert care_link(booking, now, settings) is by_itself
    assert care_link(booking, now, settings, why="A result has come in") is with_reason
    assert needs_reason(booking, now, settings) is (with_reason and not by_itself)
