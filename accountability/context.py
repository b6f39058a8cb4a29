"""What is known around one review: the appointments that may have been the reason, and what the person did about this
patient in the hour before and after, refusals and what was shown included."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from accountability.concerns import ReviewView
from accountability.lines import Line, as_told
from accountability.models import AccessReviewRow
from accountability.oversight import Oversight
from accountability.problems import NothingThere, NotYoursToSee
from accountability.reviews import as_view
from scheduling import bookings
from scheduling.models import BookingRow
from scheduling.results import BookingView
from storage.ledger import LedgerEvent, LedgerRow, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber
from vocabulary.people import Caller, UserRole

AROUND = timedelta(hours=1)
_BEFORE, _AFTER = timedelta(days=7), timedelta(days=30)
_MOST_LINES = 300


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """A review, the patient's appointments with the practice that looked, and the lines of the ledger around it."""

    view: ReviewView
    appointments: tuple[BookingView, ...]
    lines: tuple[Line, ...]

    def __repr__(self) -> str:
        return f"ReviewContext({self.view.id})"


def around(oversight: Oversight, review: int, caller: Caller) -> ReviewContext:
    """One review of the guardian's own practice with what is known around it. Raises NotYoursToSee, NothingThere."""
    if caller.role is not UserRole.CALDICOTT_GUARDIAN:
        raise NotYoursToSee("Only the Caldicott Guardian opens a review.", next_step="Ask the practice’s guardian.")
    row = AccessReviewRow
    with oversight.work.begin() as tx:
        found = tx.scalar(select(row).where(row.id == review, row.owner_ods == caller.practice.value))
        if found is None:
            raise NothingThere("Your practice has no such review.", next_step="Look at the list.")
        event = LedgerEvent(
            "review.opened",
            host=caller.practice,
            nhs_number=NHSNumber(found.nhs_number) if found.nhs_number else None,
            detail={"review": review, "about": found.user_id},
        )
        record(tx, event, caller=caller, at=oversight.clock.now())
        return ReviewContext(as_view(found), _appointments(tx, found), _lines(tx, found))


def _appointments(tx: Tx, found: AccessReviewRow) -> tuple[BookingView, ...]:
    row, looker = BookingRow, found.acting_ods
    if not found.nhs_number:
        return ()
    return bookings.views(
        tx,
        row.nhs_number == found.nhs_number,
        or_(row.host_ods == looker, row.booking_ods == looker, row.home_ods == looker),
        row.start_at >= found.first_at - _BEFORE,
        row.start_at < found.last_at + _AFTER,
    )


def _lines(tx: Tx, found: AccessReviewRow) -> tuple[Line, ...]:
    """The latest first. Of a review about many patients the looks themselves, without whose they were."""
    row = LedgerRow
    asked = select(row).where(
        row.user_id == found.user_id,
        row.acting_for == found.acting_ods,
        row.at >= found.first_at - AROUND,
        row.at <= found.last_at + AROUND,
        row.via != "job",
        row.nhs_number == found.nhs_number if found.nhs_number else row.nhs_number != "",
    )
    told = tx.scalars(asked.order_by(row.at.desc(), row.id.desc()).limit(_MOST_LINES))
    return tuple(as_told(line, show=bool(found.nhs_number)) for line in told)
