"""`settle`: the one way a booking leaves requested, in doubt or cancelling, whoever learned what happened."""

from datetime import datetime, timedelta

from scheduling import attention, bookings, claims, pool, seeing, telling
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.outcomes import (
    Absent,
    Booked,
    Cancelled,
    CancelUnanswered,
    Declined,
    Doubtful,
    NotCancelled,
    Outcome,
    Unanswered,
)
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller, UserRole

_WAITING = (BookingState.REQUESTED, BookingState.IN_DOUBT)


def settle(
    desk: Desk, ref: BookingRef, outcome: Outcome, *, caller: Caller, patient_host_id: str = ""
) -> BookingRef | None:
    """Write what became of a booking, if it still waits to know. Returns the booking to cancel next, after a move.

    Safe to call twice and from several workers: it locks the row and acts only from a state that waits.
    """
    with desk.work.begin() as tx:
        row = bookings.locked(tx, ref)
        if row is None:
            return None
        row.lease_until = None
        row.patient_host_id = patient_host_id or row.patient_host_id
        settler = _Settler(desk, tx, row, caller)
        return settler.act(outcome)


class _Settler:
    """One settlement in one transaction."""

    def __init__(self, desk: Desk, tx: Tx, row: BookingRow, caller: Caller) -> None:
        self.desk, self.tx, self.row, self.caller = desk, tx, row, caller
        self.now = desk.clock.now()
        self.state = BookingState(row.state)
        self.ref = BookingRef(row.ref)
        self.host = OdsCode(row.host_ods)
        self.host_name = str(row.facts["host_name"])

    def act(self, outcome: Outcome) -> BookingRef | None:
        if self.state in _WAITING:
            return self._waiting(outcome)
        if self.state is BookingState.CANCELLING:
            self._cancelling(outcome)
        elif self.state is BookingState.REFUSED and self.row.next_look_at is not None:
            self._given_up(outcome)
        return None

    def _waiting(self, outcome: Outcome) -> BookingRef | None:
        match outcome:
            case Booked(receipt, words):
                self.row.appointment_id, self.row.appointment_version = receipt.appointment_id, receipt.version
                self._close(BookingState.BOOKED, words or f"{self.host_name} has the appointment.")
                return self._give_up_replaced()
            case Declined(code, words, slot_lost):
                self._refuse(code, words, slot_lost=slot_lost)
            case Doubtful(words):
                self._doubt(words)
                self._look_again(at=self.row.requested_at + self.desk.settings.looks[0])
            case Absent():
                self._absent()
            case Unanswered(words):
                self._doubt(words)
                self._unanswered(attention.IN_DOUBT, "whether this was booked")
            case _:
                raise RuntimeError(f"{outcome} does not settle a booking that is {self.state}")
        return None

    def _close(self, state: BookingState, words: str) -> None:
        self.row.settled_at = self.now
        self.row.next_look_at = None
        bookings.move_to(self.tx, self.row, state, caller=self.caller, at=self.now, words=words)
        by = attention.BY_HUB if self.caller.role is UserRole.SYSTEM else self.caller.user_id
        attention.settle_for(self.tx, self.row.ref, by=by, settlement=words, at=self.now)

    def _refuse(self, code: str, words: str, *, slot_lost: bool = False) -> None:
        promised = BookingState(self.row.state) is BookingState.IN_DOUBT and self.caller.role is UserRole.SYSTEM
        self.row.refusal_code, self.row.refusal_words = code, words
        self._close(BookingState.REFUSED, words)
        if promised:
            self._ring_patient()
        if slot_lost:  # in this commit, or it would be the first thing offered again
            mine = OdsCode(self.row.booking_ods)
            seeing.unsee(self.tx, claims.slot_ids(self.tx, self.ref), booking_practice=mine)
        claims.release(self.tx, self.ref, at=self.now)

    def _ring_patient(self) -> None:
        """The patient was told that we ring if it did not work, and no page may be open: somebody must keep that."""
        standing = f" The old booking {BookingRef(self.row.replaces).spoken} stands." if self.row.replaces else ""
        attention.raise_item(
            self.tx,
            attention.RING_PATIENT,
            host=self.host,
            owner=OdsCode(self.row.booking_ods),
            booking_ref=self.row.ref,
            words=f"It was not known for a while, and now it is: nothing is booked at {self.host_name}.{standing} "
            "The patient was told that we ring if it did not work: ring them, and offer another time.",
            at=self.now,
        )

    def _doubt(self, words: str) -> None:
        if self.state is BookingState.REQUESTED:
            bookings.move_to(self.tx, self.row, BookingState.IN_DOUBT, caller=self.caller, at=self.now, words=words)

    def _absent(self) -> None:
        """An answered, empty look: after the last of the schedule the booking is refused, and looked for later."""
        looks = self.desk.settings.looks
        self._doubt(f"{self.host_name} does not show the appointment (yet).")
        self.row.looks += 1
        if self.row.looks < len(looks):
            self._look_again(at=self.row.requested_at + looks[self.row.looks])
            return
        self._refuse("not-at-host", f"{self.host_name} never confirmed it and does not show the appointment.")
        self.row.looks = 0
        self.row.next_look_at = self._next_ghost_look()

    def _next_ghost_look(self) -> datetime | None:
        settled = self.row.settled_at or self.now
        times = [settled + wait for wait in self.desk.settings.ghost_looks]
        times.append(self.row.start_at - timedelta(hours=1))
        ahead = [at for at in times if self.now < at < self.row.start_at]
        return min(ahead, default=None)

    def _unanswered(self, kind: str, what: str) -> None:
        """Ask again, ever less often; past the last step of the schedule, or at the start, a person must know."""
        patience = self.desk.settings.looks[-1]
        waited = self.now - (self.row.cancel_asked_at or self.row.requested_at)
        again = self.now + min(max(waited / 2, self.desk.settings.looks[0]), patience)
        if waited >= patience or again >= self.row.start_at:
            attention.raise_item(
                self.tx,
                kind,
                host=self.host,
                owner=OdsCode(self.row.booking_ods),
                booking_ref=self.row.ref,
                words=f"{self.host_name} does not answer, so we do not know {what}. "
                "Ring them, then write down what they say under “Needs attention”.",
                at=self.now,
            )
        if self.now >= self.row.start_at:  # GP Connect cannot read past appointments: only a person can settle it
            self.row.next_look_at = None
        else:
            self._look_again(at=min(again, self.row.start_at))

    def _look_again(self, *, at: datetime) -> None:
        at = max(at, self.now + timedelta(seconds=1))
        self.row.next_look_at = at
        self.desk.wake(self.tx, self.ref, at)

    def _give_up_replaced(self) -> BookingRef | None:
        """A move: in the same commit that makes the new booking firm, the old one goes to cancelling."""
        if self.row.replaces is None:
            return None
        old = bookings.locked(self.tx, BookingRef(self.row.replaces))
        if old is None or old.state != BookingState.BOOKED.value:
            return None
        ask_to_cancel(self.tx, old, CancellationReason.MOVED, desk=self.desk, caller=self.caller, at=self.now)
        return BookingRef(old.ref)

    def _cancelling(self, outcome: Outcome) -> None:
        match outcome:
            case Cancelled(version, words):
                self.row.appointment_version = version or self.row.appointment_version
                self._close(BookingState.CANCELLED, words or f"{self.host_name} has cancelled it.")
                telling.tell_who_booked(self.tx, self.row, at=self.now)
                # what was seen free before it was booked says nothing now: offered again when seen free
                seeing.unsee(self.tx, claims.slot_ids(self.tx, self.ref), booking_practice=None)
                claims.release(self.tx, self.ref, at=self.now)
            case NotCancelled(words):
                self._not_cancelled(f"{self.host_name} has not cancelled it: {words}")
            case CancelUnanswered():
                self._unanswered(attention.CANCEL_STUCK, "whether the cancellation has reached them")
            case _:  # a look that began while this was in doubt: somebody else was quicker
                return

    def _not_cancelled(self, words: str) -> None:
        """The appointment stands. Whoever asked sees it on the page; what a job or a move learned, a person is told."""
        unseen = self.caller.role is UserRole.SYSTEM or self.row.cancel_reason == CancellationReason.MOVED.value
        self._close(BookingState.BOOKED, words)
        self.row.cancel_reason, self.row.cancel_asked_at = "", None
        if unseen:
            attention.raise_item(
                self.tx,
                attention.CANCEL_STUCK,
                host=self.host,
                owner=OdsCode(self.row.booking_ods),
                booking_ref=self.row.ref,
                words=f"{words} The appointment still stands: ring them.",
                at=self.now,
            )

    def _given_up(self, outcome: Outcome) -> None:
        """A look after we had given up: finding it makes a ghost, which a person must deal with at once."""
        if isinstance(outcome, Unanswered):  # it says nothing: the same look again, until the start
            again = self.now + self.desk.settings.looks[-1]
            self.row.next_look_at = again if again < self.row.start_at else None
            return
        if not isinstance(outcome, Booked):
            self.row.next_look_at = self._next_ghost_look()
            return
        self.row.next_look_at = None
        words = (
            f"{self.host_name} has this appointment after all, although we had said it was not booked. "
            "Ring the patient: keep it, or cancel it."
        )
        attention.settle_for(
            self.tx, self.row.ref, by=attention.BY_HUB, settlement=words, at=self.now
        )  # not "nothing is booked"
        attention.raise_item(
            self.tx,
            attention.GHOST,
            host=self.host,
            owner=OdsCode(self.row.booking_ods),
            booking_ref=self.row.ref,
            appointment_id=outcome.receipt.appointment_id,
            words=words,
            at=self.now,
        )
        if claim_again(self.tx, self.row, at=self.now):
            self.row.appointment_id = outcome.receipt.appointment_id
            self.row.appointment_version = outcome.receipt.version
            self.row.settled_at = None
            bookings.move_to(self.tx, self.row, BookingState.IN_DOUBT, caller=self.caller, at=self.now, words=words)


def claim_again(tx: Tx, row: BookingRow, *, at: datetime) -> bool:
    """Claim a booking's slots anew, all or none; False when somebody else has one by now."""
    ref = BookingRef(row.ref)
    slots = pool.slots_by_id(tx, claims.slot_ids(tx, ref))
    claimant = claims.Claimant(ref, row.created_by, OdsCode(row.booking_ods))
    attempt = tx.begin_nested()
    if slots and claims.take(tx, claimant, slots, now=at, expires_at=None):
        attempt.commit()
        return True
    attempt.rollback()
    return False


def ask_to_cancel(
    tx: Tx,
    row: BookingRow,
    reason: CancellationReason,
    *,
    desk: Desk,
    caller: Caller,
    at: datetime,
    note: str = "",
) -> None:
    """Take a booked appointment to cancelling; the claim stays until the host confirms."""
    row.cancel_reason = reason.value
    row.cancel_by, row.cancel_by_name, row.cancel_asked_at = caller.user_id, caller.name, at
    row.looks = 0
    row.next_look_at = at + desk.settings.abandoned_after
    words = f"{reason.words}. {note}".strip()
    bookings.move_to(tx, row, BookingState.CANCELLING, caller=caller, at=at, words=words)
