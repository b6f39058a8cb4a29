"""A practice's pooled clinics as other systems are offered them: what is free, what an id stands for, who holds what.

What the pool knows was asked for as a GP practice. Whoever asks as something else, or for somebody the timetable does
not ask for, is answered by the host itself, then and there, less what is claimed in the hub.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select

from connectors.faults import Fault, Refused
from connectors.port import LONGEST_SEARCH
from practices import directory
from practices.results import PracticeView
from scheduling import at_host, claims, pool, seeing
from scheduling.desk import Desk
from scheduling.models import ClinicSessionRow, SlotClaimRow, SlotRow, SlotSightRow
from scheduling.problems import BookingUnknown, HostRefused, HostSlow, NotOffered
from scheduling.results import Freshness
from scheduling.scene import Scene, set_scene
from scheduling.seeing import Observation
from sharing_agreements.gate import Permit
from sharing_agreements.terms import Decision, Why
from storage.base import AnySelect, among
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.slots import Gender, Location, Practitioner, Slot
from vocabulary.times import Window

POOLED_AS = "gp-practice"  # the kind of organisation that the timetable asks as


def host(desk: Desk, ods: OdsCode) -> PracticeView:
    """The practice behind an address of ours. Raises BookingUnknown for a code that no open practice has."""
    with desk.work.read() as tx:
        found = directory.practice(tx, ods)
    if found is None or not found.is_open:
        raise BookingUnknown("There is no such practice here.", next_step="Check the ODS code in the address.")
    return found


def open_host(desk: Desk, ods: OdsCode) -> PracticeView:
    """The same, if it has switched pooling and booking on. Raises NotOffered."""
    found = host(desk, ods)
    check_open(found)
    return found


def check_open(found: PracticeView) -> None:
    """Raises NotOffered where the practice has not switched pooling and booking on."""
    if not (found.pooling_live and found.booking_live):
        raise NotOffered(
            f"{found.name} does not offer its clinics to other systems.", next_step="Ring the practice instead."
        )


def permit(desk: Desk, practice: PracticeView, caller: Caller) -> Permit:
    """The permit to be told who works at a practice and where. Raises NotPermitted."""
    return desk.gate.permit(caller, practice.ods, Scope.SEE_SLOTS, giver_name=practice.name)


def free_slots(desk: Desk, ods: OdsCode, window: Window, caller: Caller, *, named: bool = True) -> tuple[Slot, ...]:
    """The slots that the caller's practice may book there now, by start.

    None where no agreement opens the practice to the caller's, or (`named` False) where the caller did not say for
    which organisation it asks: an agreement is a restriction to the organisations that are in it.
    """
    now = desk.clock.now()
    with desk.work.begin() as tx:
        scene = set_scene(desk, tx, caller)
        decision = scene.decisions.get(ods, Decision(allowed=False, why=Why.NO_AGREEMENT))
        shown = decision.allowed and named
        _account(tx, ods, window, caller, decision, shown=shown, at=now)
        if not shown or ods not in scene.open_hosts() or window.end <= now:
            return ()
        ahead = replace(window, start=max(window.start, now))
        if _pool_knows(scene, ods, caller, ahead):
            return _in_pool(tx, ods, ahead, caller, now)
        asked_for = caller.organisation_type == POOLED_AS and scene.known[ods].freshness is not Freshness.NEVER
    return _at_the_host(desk, ods, ahead, caller, keep_sights=asked_for)


def named(desk: Desk, permit: Permit, slot_ids: Sequence[str]) -> tuple[tuple[int, Slot], ...]:
    """The slots with these ids of the host's, in this order, with the pool's ids; those that are unknown left out."""
    with desk.work.read() as tx:
        rows = tx.execute(_by_host_id(), {"host": permit.host.value, "slots": list(slot_ids)}).all()
    known = {row.host_slot_id: row for row in rows}
    return tuple((known[each].id, pool.wire_slot(known[each])) for each in slot_ids if each in known)


def location(desk: Desk, permit: Permit, location_id: str) -> Location | None:
    """Where clinics of the practice are held, by the host's own id."""
    row = _session(desk, permit, ClinicSessionRow.location_id, location_id)
    if row is None:
        return None
    return Location(
        row.location_id, row.location_name, tuple(row.location_address), row.location_postcode, row.location_phone
    )


def practitioner(desk: Desk, permit: Permit, practitioner_id: str) -> Practitioner | None:
    """Who holds clinics of the practice, by the host's own id."""
    row = _session(desk, permit, ClinicSessionRow.practitioner_id, practitioner_id)
    if row is None:
        return None
    return Practitioner(row.practitioner_id, row.practitioner_name, Gender(row.practitioner_gender))


def find_practitioner(desk: Desk, permit: Permit, sds_user_id: str) -> Practitioner | None:
    """Who has this national user id at the practice, as its own system says; None where it cannot tell."""
    try:
        return at_host.reading(desk, permit).find_practitioner(sds_user_id)
    except Fault:
        return None


def _session(desk: Desk, permit: Permit, column: object, value: str) -> ClinicSessionRow | None:
    newest = (
        select(ClinicSessionRow)
        .where(ClinicSessionRow.host_ods == permit.host.value, column == value)  # type: ignore[arg-type]
        .order_by(ClinicSessionRow.id.desc())
        .limit(1)
    )
    with desk.work.read() as tx:
        return tx.scalars(newest).one_or_none()


def _pool_knows(scene: Scene, ods: OdsCode, caller: Caller, window: Window) -> bool:
    """Whether the pool was asked in the caller's own words, lately, about all of the window."""
    known = scene.known[ods]
    reaches = known.near_until is not None and (window.end <= known.near_until or known.far_asked_at is not None)
    return caller.organisation_type == POOLED_AS and known.freshness is Freshness.FRESH and reaches


def _in_pool(tx: Tx, ods: OdsCode, window: Window, caller: Caller, now: datetime) -> tuple[Slot, ...]:
    sights = select(SlotSightRow.slot_id).where(
        SlotSightRow.booking_ods == caller.practice.value, SlotSightRow.host_ods == ods.value
    )
    return _unclaimed(tx, pool.slot_query().where(SlotRow.id.in_(sights)), window, now)


def _at_the_host(desk: Desk, ods: OdsCode, window: Window, caller: Caller, *, keep_sights: bool) -> tuple[Slot, ...]:
    """What the host shows now. `keep_sights`: the timetable asks in these words too, so its pages may show it; what
    nobody asks for again would be shown for ever."""
    allowed = desk.gate.permit(caller, ods, Scope.SEE_SLOTS)
    sent_at = desk.clock.now()
    try:
        system = desk.connect(allowed)
        found = [slot for part in window.split(LONGEST_SEARCH) for slot in system.free_slots(part)]
    except Refused as refused:
        raise HostRefused(refused.words, next_step="Ring the practice instead.") from None
    except Fault as fault:
        raise HostSlow(fault.words, next_step="Try again in a moment, or ring the practice.") from None
    seen = Observation(ods, caller.practice, window, sent_at, tuple(found), look=True)
    with desk.work.begin() as tx:
        if keep_sights:
            seeing.write(tx, seen)
        ids = seeing.keep(tx, seen)
        return _unclaimed(tx, pool.slot_query().where(among(SlotRow.id, ids)), window, sent_at)


def _unclaimed(tx: Tx, query: AnySelect, window: Window, now: datetime) -> tuple[Slot, ...]:
    """Of these slots, those wholly inside the window, still ahead, that nobody holds or has booked through the hub."""
    claimed = select(SlotClaimRow.id).where(SlotClaimRow.slot_id == SlotRow.id, claims.blocks(now)).exists()
    rows = tx.execute(
        query.where(
            SlotRow.start_at >= window.start, SlotRow.end_at <= window.end, SlotRow.start_at > now, ~claimed
        ).order_by(SlotRow.start_at, SlotRow.id)
    )
    return tuple(pool.wire_slot(row) for row in rows)


def _by_host_id() -> AnySelect:
    return pool.slot_query().where(SlotRow.host_ods == bindparam("host"), among(SlotRow.host_slot_id, "slots"))


def _account(
    tx: Tx, ods: OdsCode, window: Window, caller: Caller, decision: Decision, *, shown: bool, at: datetime
) -> None:
    event = LedgerEvent(
        "slots.searched",
        outcome="done" if shown else "refused",
        host=ods,
        purpose="direct-care",
        agreement=decision.agreement,
        clause=decision.clause,
        reason=decision.why.value if not decision.allowed else "",
        detail={"from": window.start.isoformat(), "to": window.end.isoformat(), "as": caller.organisation_type},
    )
    record(tx, event, caller=caller, at=at)
