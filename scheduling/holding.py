"""Hold: the slot is the caller's for four minutes while they talk; granted first, then checked with the host."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import and_, bindparam, func, or_, select

from connectors.faults import Fault
from connectors.patience import within
from practices import directory
from scheduling import claims, pool, rules, seeing
from scheduling.commands import Asking, TakeHold
from scheduling.desk import Desk
from scheduling.models import ClinicSessionRow, SlotClaimRow, SlotRow, SlotSightRow
from scheduling.problems import HoldLost, HoldUsed, HostSlow, SlotTaken, SlotUnknown, TooManyHolds
from scheduling.references import new_ref
from scheduling.results import HoldView, Recheck, SlotFacts
from sharing_agreements.gate import Permit
from sharing_agreements.problems import NotPermitted, after_a_withdrawal
from storage.base import AnyRow, among
from storage.ledger import LedgerEvent, record
from storage.work import Tx, one_at_a_time
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope

_EQUALS_TRIED = 4
_SHOWN = select(SlotSightRow.slot_id).where(
    SlotSightRow.booking_ods == bindparam("practice"), among(SlotSightRow.slot_id, "ids")
)


def take(desk: Desk, command: TakeHold, caller: Caller, permit: Permit | None = None) -> HoldView:
    """Hold these slots, all or none, then ask the host within two seconds whether they are still free (`command.asking`
    may say otherwise). `permit`: one to book there that the same act was given already.

    Raises SlotTaken (ask `search.alternatives` for others like its `lost`), SlotUnknown, SlotsDoNotJoin, TooManyHolds,
    NotBookable and NotPermitted. Taking what one holds already answers with that hold.
    """
    rows = _visible(desk, command, caller)
    facts = pool.facts_of(rows)
    refusal = rules.joins([pool.link_of(row) for row in rows]) or rules.still_ahead(facts.window, desk.clock.now())
    if refusal:
        raise refusal
    permit = permit or desk.gate.permit(caller, facts.host, Scope.BOOK, giver_name=facts.host_name)
    try:
        return _hold(desk, rows, caller, permit, command.asking)
    except SlotTaken as lost:
        taken = lost
    for equal in _equals(desk, rows[0], caller) if command.any_equal and len(rows) == 1 else []:
        with suppress(SlotTaken):
            return _hold(desk, [equal], caller, permit, command.asking)
    taken.lost = facts
    raise taken


def _hold(desk: Desk, rows: Sequence[AnyRow], caller: Caller, permit: Permit, asking: Asking) -> HoldView:
    """Claim these slots, then check them with the host. Raises SlotTaken, and HostSlow when the host had to answer."""
    facts = pool.facts_of(rows)
    ref = _claim(desk, rows, facts, caller, permit, outright=asking is not Asking.AFTERWARDS)
    checked = None if asking is Asking.NO else _recheck(desk, rows, facts, permit)
    if checked is None and asking is Asking.MUST:
        release(desk, ref, caller)
        raise HostSlow(f"{facts.host_name}'s system is not answering. Nothing is held.", next_step="Try again soon.")
    if checked is False and _gone(desk, ref, rows, caller):
        raise SlotTaken(
            f"{facts.host_name} has just filled that slot. Nothing is held.", next_step="Choose another time below."
        )
    with desk.work.begin() as tx:
        if checked:
            claims.seen_free(tx, ref, desk.clock.now())
        return _shown(tx, ref, caller)


def _equals(desk: Desk, lost: AnyRow, caller: Caller) -> list[AnyRow]:
    """Free slots shown to this practice that were one offer with the lost one; a few, in an order of the caller's.

    One that the caller holds already comes first: a double click is one hold here too.
    """
    now = desk.clock.now()
    mine = and_(SlotClaimRow.holder_id == caller.user_id, SlotClaimRow.booking_ods == caller.practice.value)
    held = select(SlotClaimRow.slot_id).where(claims.LIVE, mine, SlotClaimRow.expires_at > now)
    claimed = select(SlotClaimRow.slot_id).where(claims.blocks(now))
    query = (
        pool.slot_query()
        .join(SlotSightRow, SlotSightRow.slot_id == SlotRow.id)
        .where(
            SlotSightRow.booking_ods == caller.practice.value,
            SlotRow.id != lost.id,
            or_(SlotRow.id.in_(held), SlotRow.id.not_in(claimed)),
            SlotRow.host_ods == lost.host_ods,
            SlotRow.start_at == lost.start_at,
            SlotRow.end_at == lost.end_at,
            SlotRow.role == lost.role,
            SlotRow.channel == lost.channel,
            SlotRow.service == lost.service,
            ClinicSessionRow.location_id == lost.location_id,
        )
        .order_by(SlotRow.id.in_(held).desc(), func.hashtextextended(caller.user_id, SlotRow.id))
        .limit(_EQUALS_TRIED)
    )
    with desk.work.read() as tx:
        return list(tx.execute(query))


def show(desk: Desk, ref: BookingRef, caller: Caller) -> HoldView:
    """The caller's hold as it stands. Raises HoldUsed when it was confirmed, HoldLost when it ran out and was
    overtaken or was never theirs."""
    with desk.work.read() as tx:
        return _shown(tx, ref, caller)


def _shown(tx: Tx, ref: BookingRef, caller: Caller) -> HoldView:
    held = claims.held_by(tx, ref)
    if not held or held[0].holder_id != caller.user_id or held[0].booking_ods != caller.practice.value:
        raise HoldLost(
            "That slot is no longer held for you: the time ran out, or you stopped holding it. Nothing was booked.",
            next_step="Search again and choose a time.",
        )
    first = held[0]
    if first.expires_at is None:
        raise HoldUsed(f"This hold was confirmed: it is booking {ref.spoken} now.", next_step="Look at the booking.")
    slots = pool.slots_by_id(tx, [claim.slot_id for claim in held])
    facts = pool.facts_of(slots)
    words = f"{facts.host_name} did not answer in time, so this could not be checked with them."
    return HoldView(
        ref=ref,
        facts=facts,
        expires_at=first.expires_at,
        recheck=Recheck.FREE if first.seen_free_at else Recheck.COULD_NOT_CHECK,
        checked_at=first.seen_free_at,
        recheck_words="" if first.seen_free_at else words,
        slot_ids=tuple(slot.id for slot in slots),
    )


def release(desk: Desk, ref: BookingRef, caller: Caller) -> None:
    """Let a hold go; no error when it is gone already, nothing happens when it is somebody else's or booked."""
    with desk.work.begin() as tx:
        held = claims.held_by(tx, ref, lock=True)
        if held and held[0].holder_id == caller.user_id and held[0].expires_at is not None:
            now = desk.clock.now()
            claims.release(tx, ref, at=now)
            record(tx, LedgerEvent("hold.released", booking_ref=ref.value), caller=caller, at=now)


def _visible(desk: Desk, command: TakeHold, caller: Caller) -> list[AnyRow]:
    """The slots, all shown to this practice when it last asked (or its own); or about to be shown by the host."""
    slot_ids = command.slot_ids
    with desk.work.read() as tx:
        rows = pool.slots_by_id(tx, slot_ids)
        asked = {"practice": caller.practice.value, "ids": list(slot_ids)}
        shown = set(tx.connection().scalars(_SHOWN, asked))
    missing = set(slot_ids) - (shown if command.asking is not Asking.MUST else {row.id for row in rows})
    if not slot_ids or len(rows) != len(set(slot_ids)) or missing:
        raise SlotUnknown(
            "That slot is no longer offered to your practice.", next_step="Search again: the list has changed."
        )
    return rows


def _claim(
    desk: Desk, rows: Sequence[AnyRow], facts: SlotFacts, caller: Caller, permit: Permit, *, outright: bool
) -> BookingRef:
    """The hold. `outright`: for a booking that follows at once, so it is nobody's second click and no hoard."""
    ids = [row.id for row in rows]
    with desk.work.begin() as tx:
        # one user's clicks one after the other: a double click is one hold, and the cap is a cap
        one_at_a_time(tx, caller.user_id, kind=2)
        now = desk.clock.now()
        mine = claims.live_hold_on(tx, caller.user_id, ids, booking_practice=caller.practice, now=now)
        if outright and mine is not None:  # another request of theirs is at it: never two bookings' one hold
            raise SlotTaken("That slot is being booked this moment. Nothing is held.", next_step="Search again.")
        if mine is not None:
            return mine
        if not outright:
            _refuse_hoarding(desk, tx, caller)
        closed = rules.open_for_booking(live=directory.booking_is_live(tx, facts.host), host_name=facts.host_name)
        if closed:
            raise closed
        if not desk.gate.stands(tx, permit):
            raise NotPermitted(
                f"The agreement with {facts.host_name} was withdrawn a moment ago. Nothing is held.",
                next_step=after_a_withdrawal(caller.role),
                decision=permit.decision,
            )
        ref = new_ref()
        claimant = claims.Claimant(ref, caller.user_id, caller.practice)
        if not claims.take(tx, claimant, rows, now=now, expires_at=now + desk.settings.hold):
            raise SlotTaken(
                "Somebody else took that slot a moment ago. Nothing is held.", next_step="Choose another time below."
            )
        event = LedgerEvent(
            "hold.taken",
            host=facts.host,
            booking_ref=ref.value,
            agreement=permit.decision.agreement,
            clause=permit.decision.clause,
            detail={"slots": len(rows), "start": facts.window.start.isoformat()},
        )
        record(tx, event, caller=caller, at=now)
    return ref


def _refuse_hoarding(desk: Desk, tx: Tx, caller: Caller) -> None:
    limit = desk.settings.holds_per_caller
    if claims.count_holds(tx, caller.user_id, now=desk.clock.now()) >= limit:
        raise TooManyHolds(
            f"You are holding {limit} {'slot' if limit == 1 else 'slots'} already, and each keeps others out.",
            next_step="Book one of them, or stop holding it, then try again.",
        )


def _recheck(desk: Desk, rows: Sequence[AnyRow], facts: SlotFacts, permit: Permit) -> bool | None:
    """True: still free. False: gone. None: the host did not say within the budget."""
    wanted = {row.host_slot_id for row in rows}
    try:
        with within(desk.settings.recheck_budget.total_seconds()):
            free = desk.connect(permit).free_slots(facts.window)
    except Fault:
        return None
    return wanted <= {slot.host_id for slot in free}


def _gone(desk: Desk, ref: BookingRef, rows: Sequence[AnyRow], caller: Caller) -> bool:
    """Let the hold go. False when it was booked in the meantime: then the slot is gone because it is ours."""
    with desk.work.begin() as tx:
        held = claims.held_by(tx, ref, lock=True)
        if held and held[0].expires_at is None:
            return False
        now = desk.clock.now()
        claims.release(tx, ref, at=now)
        seeing.unsee(tx, [row.id for row in rows], booking_practice=caller.practice)
        event = LedgerEvent(
            "hold.gone", outcome="refused", host=OdsCode(rows[0].host_ods), booking_ref=ref.value, reason="slot-taken"
        )
        record(tx, event, caller=caller, at=now)
    return True
