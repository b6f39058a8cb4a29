"""What makes an appointment a reason to look. Pure."""

from datetime import timedelta

import pytest

from records.room import LookSettings, care_link, needs_reason
from tests.hub.web.fakes import booking_view
from vocabulary.appointments import BookingState, CancellationReason

VISIT = booking_view()
START = VISIT.facts.window.start


@pytest.mark.parametrize(
    ("state", "came", "late", "by_itself", "with_reason"),
    [
        (BookingState.BOOKED, False, False, True, True),
        (BookingState.ATTENDED, False, False, True, True),
        (BookingState.MISSED, False, False, False, True),
        (BookingState.CANCELLED, False, True, False, True),
        (BookingState.CANCELLED, False, False, False, False),
        (BookingState.CANCELLED, True, False, True, True),
        (BookingState.IN_DOUBT, False, False, False, False),
    ],
)
def test_who_did_not_come_is_looked_at_for_a_reason_and_who_came_all_the_same_is_seen_like_anybody(
    state: BookingState, came: bool, late: bool, by_itself: bool, with_reason: bool
) -> None:
    reason = CancellationReason.LATE if late else CancellationReason.HOST_CANCELLED
    booking = booking_view(state=state, came_at=START if came else None, cancel_reason=reason)
    now, settings = START + timedelta(minutes=10), LookSettings()
    assert care_link(booking, now, settings) is by_itself
    assert care_link(booking, now, settings, why="A result has come in") is with_reason
    assert needs_reason(booking, now, settings) is (with_reason and not by_itself)
