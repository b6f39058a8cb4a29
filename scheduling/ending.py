"""What is booked when an agreement stops: each booking still to come is kept, or put on its booking practice's list to
be moved, in the transaction in which the agreement stops. Whatever is chosen, it can be given back (ADR 9)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from scheduling import attention
from scheduling.consequences import AffectedBooking, BookingGroup, stranded
from scheduling.desk import Desk
from scheduling.problems import NoSuchAgreement
from sharing_agreements.deeds import Deed
from sharing_agreements.drafting import Ref
from sharing_agreements.gate import Gate
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.register import AtStop, Register, Stop
from sharing_agreements.stopping import Ending
from storage.ledger import LedgerEvent, LedgerRow, record_all
from vocabulary.agreements import AtEnd
from vocabulary.people import Caller
from vocabulary.times import london, london_date

CAN_BE_CARRIED_OUT = frozenset({ProposalKind.END, ProposalKind.SUSPEND, ProposalKind.LEAVE})
"""The rest are amendments: they are drafted and signed."""
_CHOSEN = "agreement.booking-chosen"


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done: every booking that was affected, by what becomes of it."""

    kept: tuple[AffectedBooking, ...]
    to_move: tuple[AffectedBooking, ...]
    agreements: tuple[str, ...] = ()  # as cited, where a practice left all of its own


@dataclass(slots=True)
class _Listing:
    """Sees to the bookings of one act; `moves`, where a person chose by group, decides instead of the agreement."""

    gate: Gate
    moves: Collection[str] | None = None
    kept: list[AffectedBooking] = field(default_factory=list)
    to_move: list[AffectedBooking] = field(default_factory=list)

    def __call__(self, deed: Deed, stop: Stop) -> AtEnd:
        found = stranded(deed.tx, self.gate.standing(deed.tx), stop.proposal, now=deed.at)
        chosen = _chosen_before(deed, stop, found) if stop.by_itself else frozenset[str]()
        for group in found:
            choice = self._choice(group, stop)
            bookings = [booking for booking in group.bookings if booking.ref.value not in chosen]
            (self.to_move if choice is AtEnd.MOVE else self.kept).extend(bookings)
            _list(deed, stop, bookings, choice)
        if self.moves is None:
            return stop.choice
        return AtEnd.MOVE if self.to_move and not self.kept else AtEnd.KEEP

    def _choice(self, group: BookingGroup, stop: Stop) -> AtEnd:
        if self.moves is None:
            return stop.choice
        return AtEnd.MOVE if group.key in self.moves else AtEnd.KEEP


def lists_bookings(gate: Gate) -> AtStop:
    """For the register: every booking left behind is kept or listed as the agreement says, whoever or whatever stops
    it."""
    return lambda deed, stop: _Listing(gate)(deed, stop)


def carry_out(
    desk: Desk, proposal: Proposal, ref: Ref | None, *, reason: str, moves: Collection[str], caller: Caller
) -> Carried:
    """Do it, in one transaction. `moves` names the groups of bookings to be moved; all others are kept. Without `ref`,
    the caller's practice leaves all of its agreements.

    Raises what the register's verbs raise, and NoSuchAgreement; nothing was changed then.
    """
    _check(desk, proposal, ref, caller)
    register, listing = Register(desk.work, desk.clock), _Listing(desk.gate, moves)
    left: tuple[Ref, ...] = ()
    if ref is None:
        left = register.leave_all(reason, caller=caller, at_stop=listing)
    elif proposal.kind is ProposalKind.END:
        later = proposal.at if proposal.at > desk.clock.now() else None
        register.end(ref, Ending(reason, AtEnd.KEEP, later), caller=caller, at_stop=listing)
    elif proposal.kind is ProposalKind.SUSPEND:
        register.suspend(ref, reason, caller=caller, at_stop=listing)
    else:
        register.leave(ref, reason, caller=caller, at_stop=listing)
    return Carried(tuple(listing.kept), tuple(listing.to_move), tuple(each.label for each in left))


def _check(desk: Desk, proposal: Proposal, ref: Ref | None, caller: Caller) -> None:
    if proposal.kind not in CAN_BE_CARRIED_OUT or (ref is None) != (proposal.agreement_id is None):
        raise NoSuchAgreement(
            "That change has to be drafted and signed.", next_step="Draft the agreement's next version."
        )
    if proposal.kind is ProposalKind.LEAVE and proposal.practice != caller.practice:
        raise NoSuchAgreement(
            "A practice leaves by its own manager or Caldicott Guardian.", next_step="Ask them, or end the agreement."
        )
    if proposal.kind is not ProposalKind.END and proposal.at > desk.clock.now():
        raise NoSuchAgreement(
            "Only an end can be set for later: suspending and leaving take effect at once.",
            next_step="Choose no day, and look again at what would follow.",
        )


def _chosen_before(deed: Deed, stop: Stop, groups: Iterable[BookingGroup]) -> frozenset[str]:
    """What was kept or listed when the end was planned is not listed again."""
    refs = [booking.ref.value for group in groups for booking in group.bookings]
    told = select(LedgerRow.booking_ref).where(
        LedgerRow.booking_ref.in_(refs), LedgerRow.act == _CHOSEN, LedgerRow.agreement == stop.label
    )
    return frozenset(deed.tx.scalars(told)) if refs else frozenset()


def _list(deed: Deed, stop: Stop, bookings: Collection[AffectedBooking], choice: AtEnd) -> None:
    """Put each on the list of the practice that booked it, and account for every choice by reference."""
    if choice is AtEnd.MOVE:
        listed = [(each.ref.value, each.host, each.booking_practice, _words(stop, each)) for each in bookings]
        attention.raise_for_bookings(deed.tx, attention.AGREEMENT_STOPS, listed, at=deed.at)
    events = [
        LedgerEvent(
            _CHOSEN,
            host=booking.host,
            booking_ref=booking.ref.value,
            agreement=stop.label,
            detail={"choice": choice.value},
        )
        for booking in bookings
    ]
    record_all(deed.tx, events, caller=deed.caller, at=deed.at)


def _words(stop: Stop, booking: AffectedBooking) -> str:
    """Which appointment, why, and under what it was booked where that is another agreement."""
    day, starts = london_date(stop.proposal.at), london(booking.starts)
    booked = f" It was booked under {booking.agreement}." if booking.agreement not in ("", stop.label) else ""
    return (
        f"The appointment on {starts.day}/{starts.month}/{starts.year} at {starts:%H:%M} is to be moved: {stop.label}, "
        f"which allows it, stops on {day.day}/{day.month}/{day.year}.{booked} Book another time or cancel it, and tell "
        "the patient."
    )
