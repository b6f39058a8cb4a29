"""Booking rows: made, moved along the life-cycle table with their history and ledger event, and read as views."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import aliased

from practices.models import PracticeRow
from scheduling import lifecycle
from scheduling.attention import BY_HUB, CAME, CANCELLED_AT_HOST, DIFFERS, GHOST, HOST_CHANGES, NOTICES, RING_PATIENT
from scheduling.host_words import AtHost, HostSays
from scheduling.models import AttentionRow, BookingEventRow, BookingRow, HostLookRow
from scheduling.results import BookingView, SlotFacts
from storage.base import AnyRow, AnySelect, among
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole
from vocabulary.times import Window

THE_HUB = "The hub"  # in a history: a job acts for the person who booked, and that person did not do it
_Replacement = aliased(BookingRow)
_NOTING = insert(BookingEventRow).inline()
_LOCKED = select(BookingRow).where(BookingRow.ref == bindparam("wanted")).with_for_update()
_NEEDING_PERSON = (
    select(AttentionRow.booking_ref, AttentionRow.words)
    .where(
        AttentionRow.settled_at.is_(None),
        # where the patient is to be rung, or nobody
        AttentionRow.kind.not_in((RING_PATIENT, CANCELLED_AT_HOST, DIFFERS, CAME, *NOTICES)),
        among(AttentionRow.booking_ref, "refs"),
    )
    .order_by(AttentionRow.raised_at)
)
_DIFFERING = (HostSays.MOVED.value, HostSays.ABSENT.value, HostSays.CANCELLED.value, HostSays.HELD.value)
_HANDLED = (
    select(AttentionRow.booking_ref, AttentionRow.settled_by, AttentionRow.settlement)
    .where(AttentionRow.kind.in_((*HOST_CHANGES, GHOST)), among(AttentionRow.booking_ref, "refs"))
    .order_by(AttentionRow.id)
)


def locked(tx: Tx, ref: BookingRef) -> BookingRow | None:
    """The booking's row, locked until this transaction ends."""
    return tx.scalars(_LOCKED, {"wanted": ref.value}).one_or_none()


def move_to(
    tx: Tx,
    row: BookingRow,
    state: BookingState,
    *,
    caller: Caller,
    at: datetime,
    words: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Take a booking to another state with its event and its ledger entry. Raises RuntimeError off the table."""
    before = BookingState(row.state)
    if not lifecycle.allowed(before, state):
        raise RuntimeError(f"no transition from {before} to {state}")
    row.state = state.value
    note(tx, row, before.value, caller=caller, at=at, words=words, detail=detail)


def note(
    tx: Tx,
    row: BookingRow,
    before: str,
    *,
    caller: Caller,
    at: datetime,
    words: str = "",
    detail: Mapping[str, Any] | None = None,
    act: str = "",
) -> None:
    """Write that a booking is now as it is: one line of history, one ledger event (`act` for a change of another kind
    than its state's)."""
    tx.flush()
    tx.connection().execute(
        _NOTING,
        {
            "ref": row.ref,
            "at": at,
            "from_state": before,
            "to_state": row.state,
            "by_user": caller.user_id,
            "by_name": THE_HUB if caller.role is UserRole.SYSTEM else caller.name,
            "words": words,
        },
    )
    event = LedgerEvent(
        act=act or f"booking.{row.state}",
        host=OdsCode(row.host_ods),
        nhs_number=NHSNumber(row.nhs_number),
        booking_ref=row.ref,
        purpose="direct-care",
        agreement=row.agreement,
        clause=row.clause,
        reason=words,
        detail=detail or {},
    )
    record(tx, event, caller=caller, at=at)


def facts_json(facts: SlotFacts) -> dict[str, Any]:
    """Facts as kept with the booking: the slot as it was shown when booked."""
    return {
        "host_name": facts.host_name,
        "host_phone": facts.host_phone,
        "host_bypass_phone": facts.host_bypass_phone,
        "channel": facts.channel.value,
        "role": facts.role.value,
        "service": facts.service,
        "slot_type": facts.slot_type,
        "session_name": facts.session_name,
        "practitioner_name": facts.practitioner_name,
        "practitioner_gender": facts.practitioner_gender.value,
        "site_name": facts.site_name,
        "site_address": list(facts.site_address),
        "site_postcode": facts.site_postcode,
        "site_phone": facts.site_phone,
        "site_access": sorted(facts.site_access),
        "site_directions": facts.site_directions,
        "location_id": facts.location_id,
    }


def facts_from(row: AnyRow) -> SlotFacts:
    """The facts kept with a booking."""
    kept = row.facts
    return SlotFacts(
        host=OdsCode(row.host_ods),
        host_name=kept["host_name"],
        host_phone=kept["host_phone"],
        host_bypass_phone=kept["host_bypass_phone"],
        window=Window(row.start_at, row.end_at),
        channel=DeliveryChannel(kept["channel"]),
        role=PractitionerRole(kept["role"]),
        service=kept["service"],
        slot_type=kept["slot_type"],
        session_name=kept["session_name"],
        practitioner_name=kept["practitioner_name"],
        practitioner_gender=Gender(kept["practitioner_gender"]),
        site_name=kept["site_name"],
        site_address=tuple(kept["site_address"]),
        site_postcode=kept["site_postcode"],
        site_phone=kept["site_phone"],
        site_access=frozenset(kept["site_access"]),
        site_directions=kept["site_directions"],
        location_id=kept["location_id"],
    )


def views(tx: Tx, *conditions: Any) -> tuple[BookingView, ...]:
    """Bookings that meet these conditions on BookingRow, by start."""
    return _views(tx, _viewing().where(*conditions), {})


def view(tx: Tx, ref: BookingRef) -> BookingView | None:
    """One booking."""
    found = _views(tx, _viewing_one(), {"wanted": ref.value})
    return found[0] if found else None


def _views(tx: Tx, query: AnySelect, wanted: Mapping[str, str]) -> tuple[BookingView, ...]:
    rows = list(tx.connection().execute(query, wanted))
    open_items = _needing_person(tx, [row.ref for row in rows])
    differing = [row.ref for row in rows if row.there_says in _DIFFERING]
    handled = _handled(tx, differing) if differing else {}
    return tuple(_view(row, open_items.get(row.ref, ""), handled.get(row.ref, "")) for row in rows)


@cache
def _viewing() -> AnySelect:
    return (
        select(
            BookingRow,
            PracticeRow.name.label("booking_practice_name"),
            _Replacement.ref.label("replaced_by_ref"),
            HostLookRow.says.label("there_says"),
            HostLookRow.says_since.label("there_since"),
            HostLookRow.there_start,
            HostLookRow.there_end,
        )
        .join(PracticeRow, PracticeRow.ods == BookingRow.booking_ods)
        .outerjoin(HostLookRow, HostLookRow.ref == BookingRow.ref)
        .outerjoin(
            _Replacement,
            (_Replacement.replaces == BookingRow.ref)
            & _Replacement.state.not_in((BookingState.REFUSED.value, BookingState.CANCELLED.value)),
        )
        .order_by(BookingRow.start_at, BookingRow.ref)
    )


@cache
def _viewing_one() -> AnySelect:
    return _viewing().where(BookingRow.ref == bindparam("wanted"))


def _needing_person(tx: Tx, refs: Collection[str]) -> dict[str, str]:
    if not refs:
        return {}
    rows = tx.connection().execute(_NEEDING_PERSON, {"refs": list(refs)})
    return {row.booking_ref: row.words for row in rows}


def _handled(tx: Tx, refs: Collection[str]) -> dict[str, str]:
    """What people wrote down about the last change at the host; empty while nobody has."""
    rows = tx.connection().execute(_HANDLED, {"refs": list(refs)})
    return {row.booking_ref: row.settlement if row.settled_by != BY_HUB else "" for row in rows}


def _at_host(row: AnyRow, handled: str) -> AtHost | None:
    if row.there_says not in _DIFFERING:
        return None
    moved = Window(row.there_start, row.there_end) if row.there_start else None
    return AtHost(HostSays(row.there_says), row.there_since, moved, handled)


def _view(row: AnyRow, needs_person: str, handled: str) -> BookingView:
    return BookingView(
        ref=BookingRef(row.ref),
        state=BookingState(row.state),
        facts=facts_from(row),
        booking_practice=OdsCode(row.booking_ods),
        booking_practice_name=row.booking_practice_name,
        home_practice=OdsCode(row.home_ods) if row.home_ods else None,
        nhs_number=NHSNumber(row.nhs_number),
        family=row.family,
        given=row.given,
        birth_date=row.birth_date,
        phone=row.phone,
        interpreter=row.interpreter,
        access_needs=tuple(row.access_needs),
        description=row.description,
        comment=row.comment,
        clash_reason=row.clash_reason,
        agreement=row.agreement,
        clause=row.clause,
        created_by_name=row.created_by_name,
        requested_at=row.requested_at,
        settled_at=row.settled_at,
        host_reference=row.appointment_id,
        refusal_code=row.refusal_code,
        refusal_words=row.refusal_words,
        replaces=BookingRef(row.replaces) if row.replaces else None,
        replaced_by=BookingRef(row.replaced_by_ref) if row.replaced_by_ref else None,
        cancel_reason=CancellationReason(row.cancel_reason) if row.cancel_reason else None,
        cancel_asked_at=row.cancel_asked_at,
        next_look_at=row.next_look_at,
        needs_person=needs_person,
        cancelled_by=row.cancel_by_name,
        came_at=row.came_at,
        at_host=_at_host(row, handled),
    )
