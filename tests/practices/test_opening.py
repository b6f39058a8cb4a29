"""Core hours in England: what is closed at a moment, and until when; both changes of the clocks and bank holidays."""

from datetime import UTC, datetime

import pytest

from practices.opening import opens_again


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 11, 24, 17, 55, tzinfo=UTC), None),  # a Tuesday
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), None),
        (datetime(2026, 11, 24, 7, 59, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC)),
        (datetime(2026, 11, 24, 18, 30, tzinfo=UTC), datetime(2026, 11, 25, 8, tzinfo=UTC)),
        (datetime(2026, 11, 22, 8, 24, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC)),  # a Sunday
        (datetime(2026, 3, 27, 19, 0, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)),  # over the change in spring
        (datetime(2026, 10, 23, 17, 45, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC)),  # and in autumn
        (datetime(2026, 4, 2, 18, 0, tzinfo=UTC), datetime(2026, 4, 7, 7, tzinfo=UTC)),  # Good Friday to Easter Monday
        (datetime(2026, 12, 24, 19, 0, tzinfo=UTC), datetime(2026, 12, 29, 8, tzinfo=UTC)),  # Boxing Day on a Saturday
    ],
)
def test_when_practices_open_again(now: datetime, opens: datetime | None) -> None:
    assert opens_again(now) == opens
