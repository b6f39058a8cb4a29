"""Where EMIS differs from what the standard leads one to expect; the sources stand in README.md."""

from connectors.port import Capability

CANCELLATION_REASON_LIMIT = 150  # what is longer is cut off, so we send no more

# Free-slot searches return slots that have begun already; nobody can book those.
RETURNS_PAST_SLOTS = True

CAPABILITIES = frozenset(
    {
        Capability.FREE_SLOTS,
        Capability.FIND_PATIENT,
        Capability.REGISTER_PATIENT,
        Capability.BOOK,
        Capability.BOOK_ADJACENT,
        Capability.FIND_BOOKING,
        Capability.AMEND,
        Capability.CANCEL,
    }
)
