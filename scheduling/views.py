"""Looking without changing: a booking and its history, lists, tonight, what needs a person, how the hosts are."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update

from practices.models import PracticeRow
from practices.results import FutureBooking
from scheduling import bookings, lifecycle, search
from scheduling.attention import NOT_AT_HOST, NOTICES, OPEN_DOUBT
from scheduling.commands import FindSlots, ListBookings
from scheduling.desk import Desk
from scheduling.models import AttentionRow, BookingEventRow, BookingRow, HostLookRow, SlotRow, SlotSightRow
from scheduling.problems import BookingUnknown, InvalidBooking, WrongState
from scheduling.results import AttentionItem, BookingEvent, BookingView, Freshness, HostHealth, SearchResult
from scheduling.scene import set_scene
from storage.base import AnySelect
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.times import Window, london_date

_WAITS = (
    select(BookingRow.ref)
    .join(AttentionRow, AttentionRow.booking_ref == BookingRow.ref)
    .where(
        AttentionRow.settled_at.is_(None),
        or_(
            BookingRow.state.in_(lifecycle.SETTLED_BY_HAND),
            and_(BookingRow.state == BookingState.BOOKED.value, AttentionRow.kind == NOT_AT_HOST),
        ),
    )
)


def booking(desk: Desk, ref: BookingRef, caller: Caller) -> BookingView:
    """One booking this practice has a part in; looking at it is accounted for. Raises BookingUnknown."""
    with desk.work.begin() as tx:
        found = _mine(tx, ref, caller)
        account(desk, tx, caller, found.nhs_number, ref)
    return found


def history(desk: Desk, ref: BookingRef, caller: Caller) -> tuple[BookingEvent, ...]:
    """What happened to a booking, oldest first."""
    with desk.work.read() as tx:
        _mine(tx, ref, caller)
        rows = tx.scalars(
            select(BookingEventRow).where(BookingEventRow.ref == ref.value).order_by(BookingEventRow.id)
        ).all()
    return tuple(
        BookingEvent(row.at, row.from_state, BookingState(row.to_state), row.by_name, row.words) for row in rows
    )


def listed(desk: Desk, command: ListBookings, caller: Caller) -> tuple[BookingView, ...]:
    """Bookings by patient, by host or by booking practice, of those the caller's practice has a part in."""
    mine = caller.practice.value
    conditions: list[Any] = [
        or_(BookingRow.booking_ods == mine, BookingRow.home_ods == mine, BookingRow.host_ods == mine)
    ]
    if command.nhs_number is not None:
        conditions.append(BookingRow.nhs_number == command.nhs_number.value)
    if command.at_host is not None:
        conditions.append(BookingRow.host_ods == command.at_host.value)
    if command.by_practice is not None:
        conditions.append(BookingRow.booking_ods == command.by_practice.value)
    if command.window is not None:
        conditions += [BookingRow.start_at >= command.window.start, BookingRow.start_at < command.window.end]
    if command.since is not None:
        conditions.append(BookingRow.requested_at >= command.since)
    with desk.work.begin() as tx:
        found = bookings.views(tx, *conditions)
        account(desk, tx, caller, command.nhs_number, None, shown=len(found))
    return found


def expected_on(desk: Desk, day: date, caller: Caller) -> tuple[BookingView, ...]:
    """Everybody booked through the hub at the caller's own practice on one day in England, by time; with whom the host
    moved to that day, and with what was cancelled lately: it would else just vanish from under whoever looks.
    """
    with desk.work.begin() as tx:
        found = _on_day(tx, day, caller)
        account(desk, tx, caller, None, None, shown=len(found))
    return found


def expected_for_copy(desk: Desk, day: date, caller: Caller) -> tuple[BookingView, ...]:
    """The same list for the practice's last copy. Nobody looked, so the ledger says what was done: a copy was made."""
    with desk.work.begin() as tx:
        found = _on_day(tx, day, caller)
        detail = {"day": day.isoformat(), "lines": len(found)}
        event = LedgerEvent("list.copied", host=caller.practice, purpose="direct-care", detail=detail)
        record(tx, event, caller=caller, at=desk.clock.now())
    return found


def board(desk: Desk, day: date, caller: Caller, *, limit: int = 60) -> SearchResult:
    """What can I offer on one day: everything the caller's practice may book, soonest first."""
    window = Window.of_days(day, day)
    return search.find(desk, FindSlots(window, limit=limit), caller)


def today(desk: Desk) -> date:
    """The calendar day in England."""
    return london_date(desk.clock.now())


def attention(desk: Desk, caller: Caller) -> tuple[AttentionItem, ...]:
    """What a person at the caller's practice must settle, oldest first; then its bookings of which the hub still finds
    out what became of them, since somebody waits for a call about each; then what is only to be known. It names
    patients, so that it is accounted for as a list."""
    with desk.work.begin() as tx:
        rows = tx.execute(_items(caller)).all()
        raised = [_item(*row) for row in rows]
        found = (*raised, *map(_open_doubt, tx.scalars(_open_doubts(caller))))
        if found:
            account(desk, tx, caller, None, None, shown=len(found))
    return tuple(sorted(found, key=lambda item: (item.notice, item.kind == OPEN_DOUBT)))


def waiting(desk: Desk, caller: Caller) -> int:
    """How many there are: the number in the menu."""
    with desk.work.read() as tx:
        return sum(
            tx.scalar(select(func.count()).select_from(each.order_by(None).subquery())) or 0
            for each in (_items(caller), _open_doubts(caller))
        )


def _items(caller: Caller) -> AnySelect:
    row = AttentionRow
    return (
        select(row, PracticeRow.name, BookingRow)
        .join(PracticeRow, PracticeRow.ods == row.host_ods)
        .outerjoin(BookingRow, BookingRow.ref == row.booking_ref)
        .where(row.settled_at.is_(None), row.owner_ods == caller.practice.value)
        .order_by(row.raised_at, row.id)
    )


def _open_doubts(caller: Caller) -> AnySelect:
    row, item = BookingRow, AttentionRow
    raised = exists().where(
        item.booking_ref == row.ref, item.settled_at.is_(None), item.owner_ods == caller.practice.value
    )
    return (
        select(row)
        .where(row.booking_ods == caller.practice.value, row.state == BookingState.IN_DOUBT.value, ~raised)
        .order_by(row.requested_at, row.ref)
    )


def _item(row: AttentionRow, host_name: str, about: BookingRow | None) -> AttentionItem:
    state = about.state if about is not None else None
    return AttentionItem(
        id=row.id,
        kind=row.kind,
        booking_ref=BookingRef(row.booking_ref) if row.booking_ref else None,
        host=OdsCode(row.host_ods),
        host_name=host_name,
        owner=OdsCode(row.owner_ods),
        appointment_id=row.appointment_id,
        words=row.words,
        raised_at=row.raised_at,
        booking_waits=state in lifecycle.SETTLED_BY_HAND
        or (state == BookingState.BOOKED.value and row.kind == NOT_AT_HOST),
        notice=row.kind in NOTICES,
        family=about.family if about is not None else "",
        given=about.given if about is not None else "",
        start=about.start_at if about is not None else None,
    )


def _open_doubt(row: BookingRow) -> AttentionItem:
    return AttentionItem(
        id=0,
        kind=OPEN_DOUBT,
        booking_ref=BookingRef(row.ref),
        host=OdsCode(row.host_ods),
        host_name=str(row.facts["host_name"]),
        owner=OdsCode(row.booking_ods),
        appointment_id=row.appointment_id,
        words="No clear answer came when this was booked. The hub is finding out and there is nothing to do yet: "
        "if it did not work, a line here asks you to ring the patient.",
        raised_at=row.requested_at,
        booking_waits=True,
        family=row.family,
        given=row.given,
        start=row.start_at,
    )


def settle_attention(desk: Desk, item: int, settlement: str, caller: Caller) -> None:
    """Take an item off the list, saying what was done.

    Raises WrongState while the booking it is about still waits: `resolving.settle_by_hand` settles both. Struck off the
    list alone, it would wait for ever and nobody would know.
    """
    if not settlement.strip():
        raise InvalidBooking("Say what you did.", field="settlement")
    with desk.work.begin() as tx:
        now = desk.clock.now()
        if tx.scalar(_WAITS.where(AttentionRow.id == item, AttentionRow.owner_ods == caller.practice.value)):
            raise WrongState(
                "The booking itself still waits for an answer.", next_step="Ring them, then say what they told you."
            )
        settled = tx.execute(
            update(AttentionRow)
            .where(
                AttentionRow.id == item,
                AttentionRow.owner_ods == caller.practice.value,
                AttentionRow.settled_at.is_(None),
            )
            .values(settled_at=now, settled_by=caller.user_id, settlement=settlement.strip())
            .returning(AttentionRow.booking_ref)
        ).one_or_none()
        if settled is None:
            raise BookingUnknown(
                "Somebody has dealt with that already, or it is another practice's.", next_step="Reload the list."
            )
        event = LedgerEvent("attention.settled", booking_ref=settled.booking_ref, reason=settlement.strip())
        record(tx, event, caller=caller, at=now)


def hosts(desk: Desk, caller: Caller) -> tuple[HostHealth, ...]:
    """How each host that may show the caller slots answered lately, worst first."""
    unmapped = (
        select(SlotRow.host_ods, func.count())
        .join(SlotSightRow, SlotSightRow.slot_id == SlotRow.id)
        .where(SlotSightRow.booking_ods == caller.practice.value, SlotRow.service == "")
        .group_by(SlotRow.host_ods)
    )
    with desk.work.read() as tx:
        scene = set_scene(desk, tx, caller)
        counts = dict(tx.execute(unmapped).all())
    found = []
    for ods in scene.open_hosts():
        practice, known = scene.hosts[ods], scene.known[ods]
        found.append(
            HostHealth(
                host=ods,
                name=practice.name,
                phone=practice.phone,
                bypass_phone=practice.bypass_phone,
                freshness=known.freshness,
                asked_at=known.asked_at,
                failed_at=known.failed_at,
                failure=known.failure,
                took_ms=known.took_ms,
                slots_seen=known.slots_seen,
                unmapped_slots=counts.get(ods.value, 0),
            )
        )
    order = list(Freshness)
    return tuple(sorted(found, key=lambda host: (-order.index(host.freshness), host.name)))


def future_bookings(tx: Tx, host: OdsCode, *, after: datetime) -> tuple[FutureBooking, ...]:
    """Bookings ahead of one moment at one host: what closing it, or losing it, would leave without a clinic."""
    standing = [state.value for state in lifecycle.STANDING]
    query = (
        select(BookingRow.ref, BookingRow.start_at, BookingRow.booking_ods)
        .where(BookingRow.host_ods == host.value, BookingRow.start_at > after, BookingRow.state.in_(standing))
        .order_by(BookingRow.start_at, BookingRow.ref)
    )
    return tuple(FutureBooking(BookingRef(ref), starts, OdsCode(booker)) for ref, starts, booker in tx.execute(query))


def _on_day(tx: Tx, day: date, caller: Caller) -> tuple[BookingView, ...]:
    window = Window.of_days(day, day)
    on_that_day = and_(BookingRow.start_at >= window.start, BookingRow.start_at < window.end)
    moved_to_it = and_(HostLookRow.there_start >= window.start, HostLookRow.there_start < window.end)
    lately = or_(
        BookingRow.settled_at >= window.start,
        BookingRow.cancel_reason == CancellationReason.HOST_CANCELLED.value,
    )
    return bookings.views(
        tx,
        BookingRow.host_ods == caller.practice.value,
        or_(on_that_day, moved_to_it),
        BookingRow.state != BookingState.REFUSED.value,
        or_(BookingRow.state != BookingState.CANCELLED.value, lately),
    )


def _mine(tx: Tx, ref: BookingRef, caller: Caller) -> BookingView:
    found = bookings.view(tx, ref)
    if found is None or caller.practice not in (found.booking_practice, found.home_practice, found.facts.host):
        raise BookingUnknown(
            "There is no booking with that reference at your practice.",
            next_step="Check the reference, or find the booking by NHS number.",
        )
    return found


def account(
    desk: Desk,
    tx: Tx,
    caller: Caller,
    nhs_number: NHSNumber | None,
    ref: BookingRef | None,
    *,
    shown: int = 1,
) -> None:
    """Write down that bookings were looked at: one, a patient's, or a list."""
    event = LedgerEvent(
        "booking.viewed",
        nhs_number=nhs_number,
        booking_ref=ref.value if ref else "",
        purpose="direct-care",
        detail={"shown": shown},
    )
    record(tx, event, caller=caller, at=desk.clock.now())
