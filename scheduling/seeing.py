"""What a practice was shown: the pool's rows and sights, written from one host's answer in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from gp_connect.roles import role_of
from practices import directory
from practices.slot_types import SlotTypeMeaning, map_slot_type
from scheduling.models import ClinicSessionRow, PoolAskRow, SlotClaimRow, SlotRow, SlotSightRow
from storage.work import Tx, one_at_a_time
from vocabulary.identifiers import OdsCode
from vocabulary.slots import ClinicSession, PractitionerRole, Slot
from vocabulary.times import Window


@dataclass(frozen=True, slots=True)
class Observation:
    """One complete answer: what a host offered one practice in one window, asked for at `sent_at`.

    A `look` is one out of turn that the timetable does not note: each slot keeps that it was seen then.
    """

    host: OdsCode
    booking_practice: OdsCode
    window: Window
    sent_at: datetime
    slots: tuple[Slot, ...]
    look: bool = False


def write(tx: Tx, seen: Observation) -> bool:
    """Make the pool show exactly this in the window; False when later answers cover all of it. What they cover of it in
    part is left as they have it.

    Slots of a wording the practice mapped to "none" are left out. Rows are never deleted here, only sights.
    """
    pair = f"{seen.host}>{seen.booking_practice}"
    one_at_a_time(tx, pair, kind=1)
    news = _still_news(tx, seen)
    if news is None:
        return False
    seen = news
    offered = _offered(tx, seen)
    shown = _shown(tx, seen)
    gone = [slot_id for host_id, (slot_id, _) in shown.items() if host_id not in offered]
    if gone:
        unsee(tx, gone, booking_practice=seen.booking_practice)
    if offered:
        ids = _write_slots(tx, seen, list(offered.values()))
        as_shown = {host_id: window for host_id, (_, window) in shown.items()}
        changed = [host_id for host_id, (slot, _) in offered.items() if as_shown.get(host_id) != slot.window]
        _write_sights(tx, seen, [ids[host_id] for host_id in changed])
    return True


def keep(tx: Tx, seen: Observation) -> tuple[int, ...]:
    """Keep the slots of an answer without showing them to anybody: it was given to somebody of another kind than the
    timetable asks for. Their ids in the pool."""
    offered = _offered(tx, seen)
    return tuple(_write_slots(tx, seen, list(offered.values())).values()) if offered else ()


def _offered(tx: Tx, seen: Observation) -> dict[str, tuple[Slot, SlotTypeMeaning | None]]:
    """The answer's slots in the window by the host's id, less those of a wording that is hidden on purpose."""
    meanings = directory.mapping(tx, seen.host)
    offered = {}
    for slot in seen.slots:
        meaning = map_slot_type(meanings, slot.slot_type)
        if not (meaning and meaning.hidden) and seen.window.contains(slot.window):
            offered[slot.host_id] = (slot, meaning)
    return offered


def unsee(tx: Tx, slot_ids: Sequence[int], *, booking_practice: OdsCode | None) -> None:
    """Stop showing these, to this practice or (None) to anybody, until an answer shows them again."""
    gone = delete(SlotSightRow).where(SlotSightRow.slot_id.in_(slot_ids))
    if booking_practice is not None:
        gone = gone.where(SlotSightRow.booking_ods == booking_practice.value)
    tx.execute(gone)


def _still_news(tx: Tx, seen: Observation) -> Observation | None:
    """The observation less what answers to later requests say about its window; None when they cover all of it.

    Both stretches are asked at once, and the near one's window slides: an answer about the far one, sent a moment
    before, must not be thrown away for the moments by which they overlap.
    """
    columns: tuple[Any, ...] = (PoolAskRow.asked_at, PoolAskRow.window_start, PoolAskRow.window_end)
    later = select(*columns).where(
        PoolAskRow.host_ods == seen.host.value,
        PoolAskRow.booking_ods == seen.booking_practice.value,
        PoolAskRow.asked_at > seen.sent_at,
        PoolAskRow.window_start < seen.window.end,
        PoolAskRow.window_end > seen.window.start,
    )
    start, end = seen.window.start, seen.window.end
    for asked_at, covered_from, covered_until in tx.execute(later):
        if covered_from <= max(start, asked_at):  # what was past when it was asked is nobody's news
            start = max(start, covered_until)
        else:
            end = min(end, covered_from)
    return replace(seen, window=Window(start, end)) if start < end else None


def _shown(tx: Tx, seen: Observation) -> dict[str, tuple[int, Window]]:
    """What this practice is shown of this host in the window now: host's id to the pool's and the time shown. Not what
    was seen free later than this was asked: an older answer must not take that away."""
    query = (
        select(SlotRow.host_slot_id, SlotRow.id, SlotSightRow.start_at, SlotSightRow.end_at)
        .join(SlotSightRow, SlotSightRow.slot_id == SlotRow.id)
        .where(
            SlotSightRow.booking_ods == seen.booking_practice.value,
            SlotSightRow.host_ods == seen.host.value,
            SlotSightRow.start_at >= seen.window.start,
            SlotSightRow.end_at <= seen.window.end,
            SlotRow.observed_at <= seen.sent_at,
        )
    )
    return {host_id: (slot_id, Window(start, end)) for host_id, slot_id, start, end in tx.execute(query)}


def _write_slots(tx: Tx, seen: Observation, offered: Sequence[tuple[Slot, SlotTypeMeaning | None]]) -> dict[str, int]:
    """Upsert sessions and slots in a fixed order (no deadlocks between workers); the host's ids to the pool's.

    A row is only rewritten when something about it changed or it was looked at, and never from an older answer.
    """
    sessions = {slot.session.host_id: slot.session for slot, _ in offered}
    session_ids = _write_sessions(tx, seen.host, [sessions[key] for key in sorted(sessions)])
    values = [
        {
            "host_ods": seen.host.value,
            "host_slot_id": slot.host_id,
            "clinic_session_id": session_ids[slot.session.host_id],
            "start_at": slot.window.start,
            "end_at": slot.window.end,
            "channel": slot.channel.value,
            "slot_type": slot.slot_type,
            "service": meaning.service.value if meaning else "",
            "role": _role(slot, meaning).value,
            "observed_at": seen.sent_at,
        }
        for slot, meaning in sorted(offered, key=lambda pair: pair[0].host_id)
    ]
    statement = insert(SlotRow).values(values)
    new = statement.excluded
    changing = (
        "clinic_session_id",
        "start_at",
        "end_at",
        "channel",
        "slot_type",
        "service",
        "role",
    )
    old_values = func.row(*(getattr(SlotRow, name) for name in changing))
    new_values = func.row(*(new[name] for name in changing))
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["host_ods", "host_slot_id"],
            set_={name: new[name] for name in (*changing, "observed_at")},
            where=and_(
                SlotRow.observed_at <= new.observed_at, or_(literal(seen.look), old_values.is_distinct_from(new_values))
            ),
        )
    )
    found = select(SlotRow.host_slot_id, SlotRow.id).where(
        SlotRow.host_ods == seen.host.value, SlotRow.host_slot_id.in_([slot.host_id for slot, _ in offered])
    )
    return dict(tx.execute(found).all())


def _role(slot: Slot, meaning: SlotTypeMeaning | None) -> PractitionerRole:
    return (meaning.role if meaning else None) or role_of(slot.session.role_code)


def _write_sessions(tx: Tx, host: OdsCode, sessions: Sequence[ClinicSession]) -> dict[str, int]:
    values = [_session_values(host, session) for session in sessions]
    statement = insert(ClinicSessionRow).values(values)
    new = statement.excluded
    changing = [name for name in values[0] if name not in ("host_ods", "host_session_id")]
    old_values = func.row(*(getattr(ClinicSessionRow, name) for name in changing))
    new_values = func.row(*(new[name] for name in changing))
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["host_ods", "host_session_id"],
            set_={name: new[name] for name in changing},
            where=old_values.is_distinct_from(new_values),
        )
    )
    found = select(ClinicSessionRow.host_session_id, ClinicSessionRow.id).where(
        ClinicSessionRow.host_ods == host.value,
        ClinicSessionRow.host_session_id.in_([session.host_id for session in sessions]),
    )
    return dict(tx.execute(found).all())


def _session_values(host: OdsCode, session: ClinicSession) -> dict[str, object]:
    location, practitioner = session.location, session.practitioner
    return {
        "host_ods": host.value,
        "host_session_id": session.host_id,
        "name": session.name,
        "role_code": session.role_code,
        "practitioner_id": practitioner.host_id if practitioner else "",
        "practitioner_name": practitioner.name if practitioner else "",
        "practitioner_gender": practitioner.gender.value if practitioner else "unknown",
        "location_id": location.host_id if location else "",
        "location_name": location.name if location else "",
        "location_address": list(location.address) if location else [],
        "location_postcode": location.postcode if location else "",
        "location_phone": location.phone if location else "",
    }


def _write_sights(tx: Tx, seen: Observation, slot_ids: Sequence[int]) -> None:
    """Show these to the practice, at the times the pool has them.

    Not those that somebody gave up after the question was sent, refused or cancelled: the answer may be from before.
    """
    if not slot_ids:
        return
    who = literal(seen.booking_practice.value)
    since = select(SlotClaimRow.id).where(SlotClaimRow.slot_id == SlotRow.id, SlotClaimRow.released_at > seen.sent_at)
    as_pooled = (
        select(who, SlotRow.id, SlotRow.host_ods, SlotRow.start_at, SlotRow.end_at)
        .where(SlotRow.id.in_(slot_ids), ~since.exists())
        .order_by(SlotRow.id)
    )
    statement = insert(SlotSightRow).from_select(
        ["booking_ods", "slot_id", "host_ods", "start_at", "end_at"], as_pooled
    )
    new = statement.excluded
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["booking_ods", "slot_id"], set_={"start_at": new.start_at, "end_at": new.end_at}
        )
    )
