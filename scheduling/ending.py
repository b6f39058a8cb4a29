"""Carrying out what was foreseen: an agreement is ended or suspended, or a practice leaves, and each booking still to
come is kept or put on its booking practice's list to be moved. Whatever is chosen, it can be given back (ADR 9)."""

from collections.abc import Collection
from dataclasses import dataclass

from scheduling import attention
from scheduling.consequences import AffectedBooking, foresee
from scheduling.desk import Desk
from scheduling.problems import NoSuchAgreement
from sharing_agreements.drafting import Ref
from sharing_agreements.proposals import Proposal, ProposalKind
from sharing_agreements.register import Register
from sharing_agreements.stopping import Ending
from storage.ledger import LedgerEvent, record
from vocabulary.agreements import AtEnd
from vocabulary.people import Caller
from vocabulary.times import london_date

CAN_BE_CARRIED_OUT = frozenset({ProposalKind.END, ProposalKind.SUSPEND, ProposalKind.LEAVE})
"""The rest are amendments: they are drafted and signed."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done: every booking that was affected, by what becomes of it."""

    kept: tuple[AffectedBooking, ...]
    to_move: tuple[AffectedBooking, ...]


def carry_out(
    desk: Desk, register: Register, proposal: Proposal, ref: Ref, *, reason: str, moves: Collection[str], caller: Caller
) -> Carried:
    """Do it. `moves` names the groups of bookings to be moved; all others are kept.

    Raises what the register's verbs raise, and NoSuchAgreement; nothing was changed then.
    """
    if proposal.kind not in CAN_BE_CARRIED_OUT or proposal.agreement_id is None:
        raise NoSuchAgreement(
            "That change has to be drafted and signed.", next_step="Draft the agreement's next version."
        )
    found = foresee(desk, proposal, caller)
    kept = tuple(booking for group in found.groups if group.key not in moves for booking in group.bookings)
    to_move = tuple(booking for group in found.groups if group.key in moves for booking in group.bookings)
    at_end = AtEnd.MOVE if to_move and not kept else AtEnd.KEEP
    if proposal.kind is ProposalKind.END:
        later = proposal.at if proposal.at > desk.clock.now() else None
        register.end(ref, Ending(reason, at_end, later), caller=caller)
    elif proposal.kind is ProposalKind.SUSPEND:
        register.suspend(ref, reason, caller=caller)
    else:
        register.leave(ref, reason, caller=caller, at_end=at_end)
    _list(desk, proposal, ref, to_move, kept, caller)
    return Carried(kept, to_move)


def _list(
    desk: Desk,
    proposal: Proposal,
    ref: Ref,
    to_move: tuple[AffectedBooking, ...],
    kept: tuple[AffectedBooking, ...],
    caller: Caller,
) -> None:
    """Put each on the list of the practice that booked it, and account for every choice by reference."""
    at = desk.clock.now()
    label = f"{ref.code} v{ref.version}"
    day = london_date(proposal.at)
    words = (
        f"{label}, under which this was booked, stops on {day.day}/{day.month}/{day.year}. It was chosen to move such "
        "appointments: book another time or cancel it, and tell the patient."
    )
    with desk.work.begin() as tx:
        for booking in to_move:
            attention.raise_item(
                tx,
                attention.AGREEMENT_STOPS,
                host=booking.host,
                owner=booking.booking_practice,
                words=words,
                at=at,
                booking_ref=booking.ref.value,
            )
        for booking, choice in [(one, AtEnd.MOVE) for one in to_move] + [(one, AtEnd.KEEP) for one in kept]:
            event = LedgerEvent(
                "agreement.booking-chosen",
                host=booking.host,
                booking_ref=booking.ref.value,
                agreement=label,
                detail={"choice": choice.value},
            )
            record(tx, event, caller=caller, at=at)
