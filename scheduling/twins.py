"""Twins: a request that was sent twice at the same moment, as proxies do. The later one waits shortly for what becomes
of the first, and answers by that; no transaction is open while it waits."""

import time

from sqlalchemy import select

from scheduling import bookings
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.results import BookingView
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef

_BETWEEN_LOOKS = 0.05  # seconds


class Patience:
    """How much longer a request waits for its twin."""

    def __init__(self, desk: Desk) -> None:
        self._until = time.monotonic() + desk.settings.twin_patience.total_seconds()

    def wait(self) -> bool:
        """Wait for the next look; False when there is none left."""
        if time.monotonic() >= self._until:
            return False
        time.sleep(_BETWEEN_LOOKS)
        return True


def awaited(desk: Desk, ref: BookingRef) -> BookingView:
    """The booking once nobody asks the host about it this moment, or as it is when the patience ends."""
    patience = Patience(desk)
    while True:
        view, being_asked = _look(desk, ref)
        if not being_asked or not patience.wait():
            return view


def _look(desk: Desk, ref: BookingRef) -> tuple[BookingView, bool]:
    with desk.work.read() as tx:
        view = bookings.view(tx, ref)
        lease_until = tx.scalar(select(BookingRow.lease_until).where(BookingRow.ref == ref.value))
    if view is None:
        raise RuntimeError("a booking vanished")
    now = desk.clock.now()
    if view.state is BookingState.REQUESTED:  # an old one was abandoned: nobody is at it but the sweep
        return view, now < view.requested_at + desk.settings.abandoned_after
    return view, view.state is BookingState.CANCELLING and lease_until is not None and now < lease_until
