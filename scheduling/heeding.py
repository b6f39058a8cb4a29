"""Heed: write what a look at a host showed of a booking that the hub has as booked, if it is news.

The host's diary is the truth of what was cancelled, so the booking follows. A booking that was moved there, or that is
no longer shown, stays as the patient was told and is marked: somebody has to ring. Nothing changes without a line of
history, an event in the ledger, and somebody at the booking practice who is asked to act. Where the host's system has a
place for it, what its own staff said of the visit is written too: of that, nobody has to be told.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from scheduling import attention, bookings, claims, lifecycle, reporting, seeing, visit_events, visit_news
from scheduling.desk import Desk, Settings
from scheduling.host_words import HostSays, here_words, said_words, says, to_do, words
from scheduling.models import BookingRow, HostLookRow
from scheduling.outcomes import Seen
from scheduling.settling import claim_again
from scheduling.visit_rules import HERE, SPOKEN_OF, visit_of
from storage.work import Tx
from vocabulary.appointments import Appointment, BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller
from vocabulary.times import Window

CHANGED = "booking.changed-at-host"
SAID = "visit.said-at-host"
KINDS = {
    HostSays.CANCELLED: attention.CANCELLED_AT_HOST,
    HostSays.ABSENT: attention.NOT_AT_HOST,
    HostSays.MOVED: attention.DIFFERS,
    HostSays.HELD: attention.GHOST,
    HostSays.STANDS: attention.BACK_AT_HOST,
}


def heed(desk: Desk, ref: BookingRef, outcome: Seen, *, caller: Caller) -> HostSays | None:
    """What the host says now; None when the look says nothing any more: a later one was quicker, or the booking is not
    one that waits to happen. Safe to call twice and from several workers: it locks the row."""
    with desk.work.begin() as tx:
        row = bookings.locked(tx, ref)
        if row is None or row.appointment_id != outcome.appointment_id:
            return None
        look = look_row(tx, ref, at=desk.clock.now())
        if look.asked_at is not None and look.asked_at >= outcome.sent_at:
            return None
        look.asked_at, look.failures, look.lease_until = outcome.sent_at, 0, None
        look.next_at = next_look(row.start_at, outcome.sent_at, settings=desk.settings)
        return _Heeder(desk, tx, row, look, caller).heed(outcome)


def look_row(tx: Tx, ref: BookingRef, *, at: datetime) -> HostLookRow:
    """The booking's row of looks, locked until this transaction ends."""
    tx.execute(insert(HostLookRow).values(ref=ref.value, next_at=at).on_conflict_do_nothing())
    return tx.scalars(select(HostLookRow).where(HostLookRow.ref == ref.value).with_for_update()).one()


def next_look(starts: datetime, now: datetime, *, settings: Settings) -> datetime:
    """When to look again: often in the hours around the start, else now and then."""
    return now + (settings.follow_near if abs(starts - now) <= settings.soon else settings.follow_far)


def said_gone(desk: Desk, tx: Tx, row: BookingRow, by_words: str, *, caller: Caller) -> None:
    """A person rang about a booking that its host no longer shows, and heard that it does not stand."""
    look = look_row(tx, BookingRef(row.ref), at=desk.clock.now())
    _Heeder(desk, tx, row, look, caller).cancelled(by_words, by=caller.name)


def stands_after_all(desk: Desk, tx: Tx, row: BookingRow) -> None:
    """A person rang about such a booking and heard that it stands, under another reference of the host's perhaps."""
    now = desk.clock.now()
    look = look_row(tx, BookingRef(row.ref), at=now)
    look.says, look.says_since = HostSays.STANDS.value, now


class _Heeder:
    """One look's news in one transaction."""

    def __init__(self, desk: Desk, tx: Tx, row: BookingRow, look: HostLookRow, caller: Caller) -> None:
        self.tx, self.row, self.look, self.caller = tx, row, look, caller
        self.now = desk.clock.now()
        self.told = Window(row.start_at, row.end_at)
        self.host_name = str(row.facts["host_name"])

    def heed(self, outcome: Seen) -> HostSays | None:
        found = says(outcome.there, self.told)
        there = outcome.there.window if outcome.there is not None else None
        if self.row.state == BookingState.BOOKED.value:
            if found is not HostSays.ABSENT or outcome.sent_at < self.told.start:  # what is past need not be shown
                self._booked(found, there)
        elif not self._was_cancelled_there():
            self._said(outcome.there)
            return None
        elif found in (HostSays.STANDS, HostSays.MOVED):
            found = self._again(found, there)
        elif self.look.says == HostSays.HELD.value:
            self._gone_once_more()
        self._said(outcome.there)
        return found

    def cancelled(self, said: str, *, by: str) -> None:
        """The booking follows; its claim goes, and its slots are offered again only when seen free."""
        self.row.cancel_reason = CancellationReason.HOST_CANCELLED.value
        self.row.cancel_by, self.row.cancel_by_name = "", by
        self.row.cancel_asked_at = self.row.settled_at = self.now
        self._now_says(HostSays.CANCELLED, None)
        bookings.move_to(self.tx, self.row, BookingState.CANCELLED, caller=self.caller, at=self.now, words=said)
        attention.settle_for(self.tx, self.row.ref, by=attention.BY_HUB, settlement=said, at=self.now)
        ref = BookingRef(self.row.ref)
        seeing.unsee(self.tx, claims.slot_ids(self.tx, ref), booking_practice=None)
        claims.release(self.tx, ref, at=self.now)

    def _said(self, there: Appointment | None) -> None:
        """What the host's own staff said of the visit, if it is news. Whose word counts: visit_news.py."""
        if there is None or there.visit is None or not self._has_a_visit():
            return
        heard = visit_events.read(self.tx, [self.row.ref])[self.row.ref]
        said = visit_news.news(there.visit, heard, read_at=self.now)
        if said is None or said.at is None:
            return
        visit_events.say_there(self.tx, self.row.ref, said.status, said_at=said.at, at=self.now)
        visit_events.follow(
            self.tx,
            self.row,
            said.status,
            caller=self.caller,
            by=self.host_name,
            at=self.now,
            words=said_words(self.host_name, said.status.words, said.at),
            act=SAID,
            detail={"status": said.status.value, "said_at": said.at.isoformat()},
        )
        reporting.overtaken(self.tx, self.row.ref)

    def _has_a_visit(self) -> bool:
        late = self.row.cancel_reason == CancellationReason.LATE.value
        return BookingState(self.row.state) in SPOKEN_OF or (self.row.state == BookingState.CANCELLED.value and late)

    def _booked(self, found: HostSays, there: Window | None) -> None:
        if found is HostSays.CANCELLED:
            visit = visit_of(visit_events.read(self.tx, [self.row.ref])[self.row.ref])
            said = words(found, self.host_name, self.told, there)
            if visit.status in HERE and visit.since is not None:
                here = here_words(self.host_name, visit.status.words, visit.since)
                self.cancelled(f"{said} {here}", by=self.host_name)
                self.row.came_at = visit.since  # nobody is rung to stay away, and whoever sees them goes on
                return
            self.cancelled(said, by=self.host_name)
            self._ask(found, there)
        elif found is HostSays.STANDS:
            self._stands()
        elif not self._known(found, there):
            self._mark(found, there)

    def _known(self, found: HostSays, there: Window | None) -> bool:
        if self.look.says != found.value:
            return False
        return found is not HostSays.MOVED or (there is not None and self.look.there_start == there.start)

    def _mark(self, found: HostSays, there: Window | None) -> None:
        self._now_says(found, there)
        said = words(found, self.host_name, self.told, there)
        self._note(said)
        self._settle_older(said)
        self._ask(found, there)

    def _stands(self) -> None:
        """As booked. If that is news, whoever dealt with the change before has to hear of it."""
        was, self.look.says = self.look.says, self.look.says or HostSays.STANDS.value
        if was in ("", HostSays.STANDS.value):
            return
        self._now_says(HostSays.STANDS, None)
        said = words(HostSays.STANDS, self.host_name, self.told, None)
        self._note(said)
        if not self._settle_older(said):
            self._ask(HostSays.STANDS, None)

    def _was_cancelled_there(self) -> bool:
        return (
            self.row.state == BookingState.CANCELLED.value
            and self.row.cancel_reason == CancellationReason.HOST_CANCELLED.value
        )

    def _again(self, found: HostSays, there: Window | None) -> HostSays:
        """The host took its cancellation back. While nobody has acted on that, the booking follows; else a person."""
        if self.look.says == HostSays.HELD.value:
            return HostSays.HELD
        open_still = attention.is_open(self.tx, self.row.ref, attention.CANCELLED_AT_HOST)
        came = self.row.came_at is not None  # the practice puts its own diary right
        untold = came or (open_still and not self._booked_since())
        said = words(HostSays.HELD, self.host_name, self.told, there)
        if not untold or not claim_again(self.tx, self.row, at=self.now):
            self._now_says(HostSays.HELD, None)
            self._note(said)
            self._settle_older(said)
            self._ask(HostSays.HELD, None)
            return HostSays.HELD
        self.row.cancel_reason, self.row.cancel_by_name, self.row.cancel_asked_at = "", "", None
        self.row.settled_at, self.row.came_at = self.now, None
        bookings.move_to(self.tx, self.row, BookingState.BOOKED, caller=self.caller, at=self.now, words=said)
        self._settle_older(said)
        if found is HostSays.MOVED:
            self._mark(found, there)
        else:
            self._now_says(HostSays.STANDS, None)
        return found

    def _gone_once_more(self) -> None:
        self._now_says(HostSays.CANCELLED, None)
        said = words(HostSays.CANCELLED, self.host_name, self.told, None)
        attention.settle_kinds(
            self.tx, self.row.ref, [attention.GHOST], by=attention.BY_HUB, settlement=said, at=self.now
        )

    def _booked_since(self) -> bool:
        """Whether somebody has booked something else for this patient since, and only not written it down yet."""
        others = select(BookingRow.ref).where(
            BookingRow.nhs_number == self.row.nhs_number,
            BookingRow.ref != self.row.ref,
            BookingRow.state.in_(lifecycle.STANDING),
            BookingRow.requested_at >= self.row.settled_at,
        )
        return self.tx.scalars(others).first() is not None

    def _now_says(self, found: HostSays, there: Window | None) -> None:
        moved = there if found is HostSays.MOVED else None
        self.look.says, self.look.says_since = found.value, self.now
        self.look.there_start = moved.start if moved else None
        self.look.there_end = moved.end if moved else None

    def _note(self, said: str) -> None:
        bookings.note(self.tx, self.row, self.row.state, caller=self.caller, at=self.now, words=said, act=CHANGED)

    def _settle_older(self, said: str) -> bool:
        return attention.settle_kinds(
            self.tx, self.row.ref, attention.HOST_CHANGES, by=attention.BY_HUB, settlement=said, at=self.now
        )

    def _ask(self, found: HostSays, there: Window | None) -> None:
        attention.raise_item(
            self.tx,
            KINDS[found],
            host=OdsCode(self.row.host_ods),
            owner=OdsCode(self.row.booking_ods),
            booking_ref=self.row.ref,
            appointment_id=self.row.appointment_id if found is HostSays.HELD else "",
            words=to_do(found, self.host_name, self.told, there),
            at=self.now,
        )
