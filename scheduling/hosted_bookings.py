"""Bookings at one host as other systems are shown them: with a version, by the host's own ids, and never a doubt as a
fact. While the hub does not know what became of one, the whole answer is that it does not know."""

from typing import Any

from sqlalchemy import func, or_, select

from practices.models import PracticeRow
from practices.results import PracticeView
from scheduling import at_host, bookings, claims, pool, resolving
from scheduling.desk import Desk
from scheduling.models import BookingEventRow, BookingRow
from scheduling.problems import BookingUnknown, OutcomeUnknown
from scheduling.results import BookingView, HostedBooking
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.people import Caller
from vocabulary.purposes import Scope
from vocabulary.times import Window

_WAITING = (BookingState.REQUESTED, BookingState.IN_DOUBT)


def of_patient(
    desk: Desk, practice: PracticeView, patient_id: str, window: Window, caller: Caller
) -> tuple[HostedBooking, ...]:
    """The patient's bookings there that start in the window and in which the caller's practice has a part, cancelled
    ones too. Raises OutcomeUnknown while one of them is in doubt: an unanswered look is not an empty one."""
    patient = at_host.read(desk, practice, patient_id, caller)
    mine = caller.practice.value
    conditions = (
        BookingRow.nhs_number == patient.nhs_number.value,
        BookingRow.host_ods == practice.ods.value,
        BookingRow.start_at >= window.start,
        BookingRow.start_at < window.end,
        BookingRow.state != BookingState.REFUSED.value,
        or_(BookingRow.booking_ods == mine, BookingRow.home_ods == mine, BookingRow.host_ods == mine),
    )
    for waiting in _views(desk, *conditions):
        if waiting.state in _WAITING:
            resolving.resolve(desk, waiting.ref)
    with desk.work.begin() as tx:
        found = [_hosted(tx, view, patient_id) for view in bookings.views(tx, *conditions)]
        _account(desk, tx, practice, caller, patient.nhs_number, shown=len(found))
    for each in found:
        _refuse_doubt(each.view)
    return tuple(found)


def one(desk: Desk, practice: PracticeView, ref: BookingRef, caller: Caller) -> HostedBooking:
    """One booking there in which the caller's practice has a part. Raises BookingUnknown and OutcomeUnknown."""
    resolving.resolve(desk, ref)
    with desk.work.read() as tx:
        view = bookings.view(tx, ref)
    parts = (view.booking_practice, view.home_practice, view.facts.host) if view else ()
    if view is None or caller.practice not in parts or view.facts.host != practice.ods:
        desk.gate.permit(caller, practice.ods, Scope.BOOK, giver_name=practice.name)  # a stranger is told so
        raise _unknown()
    with desk.work.begin() as tx:
        _account(desk, tx, practice, caller, view.nhs_number, ref=ref)
        hosted = _hosted(tx, view, "")
    if view.state is BookingState.REFUSED:
        raise _unknown()
    _refuse_doubt(view)
    return hosted


def made(desk: Desk, view: BookingView) -> HostedBooking:
    """What has just been booked, for whoever booked it: the booking's own entry in the ledger accounts for it."""
    with desk.work.read() as tx:
        return _hosted(tx, view, "")


def version(tx: Tx, ref: BookingRef) -> int:
    """How many changes a booking has seen."""
    return tx.scalar(select(func.count()).where(BookingEventRow.ref == ref.value)) or 0


def _views(desk: Desk, *conditions: Any) -> tuple[BookingView, ...]:
    with desk.work.read() as tx:
        return bookings.views(tx, *conditions)


def _hosted(tx: Tx, view: BookingView, patient_id: str) -> HostedBooking:
    ref = view.ref.value
    changes, changed_at = tx.execute(
        select(func.count(), func.max(BookingEventRow.at)).where(BookingEventRow.ref == ref)
    ).one()
    at_host_id, phone = tx.execute(
        select(BookingRow.patient_host_id, PracticeRow.phone)
        .join(PracticeRow, PracticeRow.ods == BookingRow.booking_ods)
        .where(BookingRow.ref == ref)
    ).one()
    return HostedBooking(
        view=view,
        version=changes,
        changed_at=changed_at or view.requested_at,
        patient_id=patient_id or at_host_id,
        slots=tuple(pool.wire_slot(row) for row in pool.slots_by_id(tx, claims.slot_ids(tx, view.ref))),
        booking_practice_phone=phone,
        cancel_words=_cancel_words(tx, view),
    )


def _cancel_words(tx: Tx, view: BookingView) -> str:
    """Why it was cancelled, in the words of whoever asked where they used their own."""
    if view.state is not BookingState.CANCELLED or view.cancel_reason is None:
        return ""
    asked = (
        select(BookingEventRow.words)
        .where(BookingEventRow.ref == view.ref.value, BookingEventRow.to_state == BookingState.CANCELLING.value)
        .order_by(BookingEventRow.id.desc())
        .limit(1)
    )
    words = tx.scalar(asked) or ""
    general = view.cancel_reason.words
    told = words.removeprefix(f"{general}. ").strip()
    return told if view.cancel_reason is CancellationReason.OTHER_SYSTEM and told and told != words else general


def _refuse_doubt(view: BookingView) -> None:
    if view.state in _WAITING:
        raise OutcomeUnknown(
            "The practice has not said yet what became of a booking of this patient, so this cannot be answered.",
            next_step="Ask again in a minute, and book nothing for this patient meanwhile.",
        )


def _account(
    desk: Desk,
    tx: Tx,
    practice: PracticeView,
    caller: Caller,
    nhs_number: NHSNumber,
    *,
    ref: BookingRef | None = None,
    shown: int = 1,
) -> None:
    event = LedgerEvent(
        "booking.viewed",
        host=practice.ods,
        nhs_number=nhs_number,
        booking_ref=ref.value if ref else "",
        purpose="direct-care",
        detail={"shown": shown},
    )
    record(tx, event, caller=caller, at=desk.clock.now())


def _unknown() -> BookingUnknown:
    return BookingUnknown("There is no such appointment here.", next_step="Look at the patient's appointments.")
