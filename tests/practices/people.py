"""Who acts, and when, in the tests of the address book."""

from datetime import UTC, datetime

from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.times import FixedClock

AT = datetime(2025, 6, 4, 9, 30, tzinfo=UTC)
CLOCK = FixedClock(AT)
A, B, C = OdsCode("Y90001"), OdsCode("Y90002"), OdsCode("Y90003")


def caller(role: UserRole = UserRole.FEDERATION_ADMIN, practice: OdsCode = A) -> Caller:
    return Caller(
        user_id="u1",
        name="Ada Tester",
        role=role,
        practice=practice,
        practice_name="Ashcombe Surgery",
        trace_id="trace-1",
        via="command",
    )
