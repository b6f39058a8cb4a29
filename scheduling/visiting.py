"""Visit: what is said on the day about a patient who is expected, by whoever works at the host practice.

It is kept here, and told to the practice's own system where that has a place for it (reporting.py); on the national
wire none has (GP Connect 1.2 knows booked and cancelled appointments only), and the page says so. The booking follows:
attended, missed, or back to booked when that was a mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert

from scheduling import attention, bookings, reporting, views, visit_events, visit_rules
from scheduling.desk import Desk
from scheduling.host_words import HostSays, came_words, to_do
from scheduling.models import BookingRow, HostLookRow, VisitEventRow
from scheduling.problems import BookingUnknown, NotSure, WrongState
from scheduling.reporting import VisitReport
from scheduling.results import BookingView
from scheduling.visit_rules import BOOKING_STATES, Visit, VisitEvent, VisitFacts, visit_of
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, time_words
from vocabulary.visits import CallOutcome, VisitStatus


@dataclass(frozen=True, slots=True)
class NoteVisit:
    """Say one thing about a visit: a status, how a call ended, that it goes on face to face, or that the last thing
    said was a mistake. `seen` is the last event that the page showed: what somebody else said meanwhile comes first.
    """

    ref: BookingRef
    seen: int
    status: VisitStatus | None = None
    call: CallOutcome | None = None
    in_person: bool = False
    undo: bool = False
    sure: bool = False  # said again after it was asked whether it is meant

    def __post_init__(self) -> None:
        if sum((self.status is not None, self.call is not None, self.in_person, self.undo)) != 1:
            raise ValueError("one thing is said at a time")


@dataclass(frozen=True, slots=True)
class ExpectedVisit:
    """A line of the day's list: the booking, where its visit stands, and what may be said of it now."""

    booking: BookingView
    visit: Visit
    steps: tuple[VisitStatus, ...]
    can_call: bool
    can_go_in_person: bool
    undoable: VisitEvent | None
    opens_at: datetime | None = None  # when something can first be said of it; None: it can, or never can
    report: VisitReport | None = None  # None: nothing was said, or its system cannot hear of it


def note(desk: Desk, command: NoteVisit, caller: Caller) -> Visit:
    """Say it. Saying again what stands already is no error (a double click).

    Raises BookingUnknown (not at the caller's practice), WrongState (the rules forbid it, or somebody else said
    something meanwhile) and NotSure (it is asked first); nothing was noted then.
    """
    hears = reporting.hears(desk, caller)
    with desk.work.begin() as tx:
        row = _at_my_practice(tx, command.ref, caller)
        before, facts = visit_of(visit_events.read(tx, [row.ref])[row.ref]), _facts(tx, row)
        here = not facts.cancelled_there or facts.came
        if command.status is not None and command.status is before.status and before.last and here:
            return before
        if command.seen != before.last:
            raise WrongState(
                f"{before.by_name or 'Somebody'} said something about this visit meanwhile: the patient is down as "
                f"“{before.words}”. Nothing was changed.",
                next_step="Look at the list again, then say it once more if it is still so.",
            )
        now = desk.clock.now()
        event = _permitted(desk, before, command, facts)
        asked = visit_rules.doubt(
            before, facts, status=command.status, call=command.call, now=now, settings=desk.settings.visits
        )
        if asked and not command.sure:
            raise NotSure(asked, next_step="Nothing was noted yet.")
        tx.execute(
            insert(VisitEventRow).values(
                ref=row.ref,
                at=now,
                by_user=caller.user_id,
                by_name=caller.name,
                status=command.status.value if command.status else "",
                call=command.call.value if command.call else "",
                in_person=command.in_person,
                undoes=event.id if event else None,
            )
        )
        after = visit_of(visit_events.read(tx, [row.ref])[row.ref])
        if facts.cancelled_there:
            _came(tx, row, command, after, caller=caller, at=now)
        else:
            _account(tx, row, command, after, caller=caller, desk=desk)
        if hears and after.status is not before.status and not facts.cancelled_there:
            reporting.want(tx, row.ref, after.last, at=now)
        return after


def expected(desk: Desk, day: date, caller: Caller) -> tuple[ExpectedVisit, ...]:
    """Everybody booked at the caller's practice on one day in England, by time, and where each visit stands; with who
    was cancelled lately."""
    return _lines(desk, views.expected_on(desk, day, caller))


def expected_for_copy(desk: Desk, day: date, caller: Caller) -> tuple[ExpectedVisit, ...]:
    """The same list for the practice's last copy: nobody looked."""
    return _lines(desk, views.expected_for_copy(desk, day, caller))


def _lines(desk: Desk, shown: Sequence[BookingView]) -> tuple[ExpectedVisit, ...]:
    with desk.work.read() as tx:
        refs = [booking.ref.value for booking in shown]
        said, told = visit_events.read(tx, refs), reporting.reports(tx, refs)
    return tuple(
        _line(desk, booking, visit_of(said[booking.ref.value]), told.get(booking.ref.value)) for booking in shown
    )


def _line(desk: Desk, booking: BookingView, visit: Visit, report: VisitReport | None) -> ExpectedVisit:
    now, settings = desk.clock.now(), desk.settings.visits
    moved_to = booking.at_host.window if booking.at_host else None
    facts = VisitFacts(
        booking.state,
        booking.facts.window,
        booking.facts.channel,
        moved_to,
        booking.cancel_reason,
        came=booking.came_at is not None,
    )
    return ExpectedVisit(
        booking,
        visit,
        steps=tuple(visit_rules.steps_open(visit, facts, now=now, settings=settings)),
        can_call=not visit_rules.call_refusal(visit, facts, now=now, settings=settings),
        can_go_in_person=not visit_rules.in_person_refusal(visit, facts, now=now, settings=settings),
        undoable=None if visit_rules.undo_refusal(facts) else visit.undoable(now),
        opens_at=visit_rules.opens_at(facts, now=now, settings=settings),
        report=report,
    )


def _at_my_practice(tx: Tx, ref: BookingRef, caller: Caller) -> BookingRow:
    row = bookings.locked(tx, ref)
    if row is None or row.host_ods != caller.practice.value:
        raise BookingUnknown(
            "Nobody with that reference is expected at your practice.", next_step="Look at the day’s list again."
        )
    return row


def _facts(tx: Tx, row: BookingRow) -> VisitFacts:
    window, channel = Window(row.start_at, row.end_at), DeliveryChannel(row.facts["channel"])
    look = tx.get(HostLookRow, row.ref)
    moved_to = Window(look.there_start, look.there_end) if look and look.there_start and look.there_end else None
    cancelled = CancellationReason(row.cancel_reason) if row.cancel_reason else None
    return VisitFacts(BookingState(row.state), window, channel, moved_to, cancelled, came=row.came_at is not None)


def _permitted(desk: Desk, visit: Visit, command: NoteVisit, facts: VisitFacts) -> VisitEvent | None:
    """The event to take back, if that is what is asked. Raises WrongState with the rule's own words."""
    now, settings = desk.clock.now(), desk.settings.visits
    if command.undo and not visit_rules.undo_refusal(facts):
        undoable = visit.undoable(now)
        if undoable is None:
            raise WrongState(
                "There is nothing that can be taken back here: that is possible on the same day only, and "
                "what was said in your own system is taken back there.",
                next_step="Take it back in your own system, or tell your practice manager.",
            )
        return undoable
    if command.undo:
        why = visit_rules.undo_refusal(facts)
    elif command.status is not None:
        why = visit_rules.step_refusal(visit, command.status, facts, now=now, settings=settings)
    elif command.call is not None:
        why = visit_rules.call_refusal(visit, facts, now=now, settings=settings)
    else:
        why = visit_rules.in_person_refusal(visit, facts, now=now, settings=settings)
    if why:
        raise WrongState(why, next_step="Nothing was changed. Look at the list again.")
    return None


def _account(tx: Tx, row: BookingRow, command: NoteVisit, after: Visit, *, caller: Caller, desk: Desk) -> None:
    """The booking's own state and history follow the visit; every word said is in the ledger."""
    now = desk.clock.now()
    if BOOKING_STATES.get(after.status, BookingState.BOOKED).value != row.state:
        visit_events.follow(tx, row, after.status, caller=caller, by=caller.name, at=now, words=after.status.words)
    event = LedgerEvent(
        act=_act(command),
        host=OdsCode(row.host_ods),
        nhs_number=NHSNumber(row.nhs_number),
        booking_ref=row.ref,
        purpose="direct-care",
        detail={"status": after.status.value, "calls": len(after.calls)},
    )
    record(tx, event, caller=caller, at=now)


def _came(tx: Tx, row: BookingRow, command: NoteVisit, after: Visit, *, caller: Caller, at: datetime) -> None:
    """Somebody whose appointment the host had cancelled is here. It stays cancelled there; whoever was asked to ring
    the patient hears of it, one way or the other."""
    assert row.settled_at is not None  # noqa: S101 - it was cancelled at some time
    was, row.came_at = row.came_at, visit_rules.came_at(after, row.settled_at)
    words = after.status.words if row.came_at else "Not here after all."
    if was is None and row.came_at is not None:
        words = came_words(str(row.facts["host_name"]), row.came_at)
        if not attention.settle_kinds(
            tx, row.ref, [attention.CANCELLED_AT_HOST], by=attention.BY_HUB, settlement=words, at=at
        ):
            _ask(tx, row, attention.CAME, f"{words} Cancel what else you booked for them, if they need it no more.", at)
    elif was is not None and row.came_at is None:
        attention.settle_kinds(tx, row.ref, [attention.CAME], by=attention.BY_HUB, settlement=words, at=at)
        told = Window(row.start_at, row.end_at)
        said = to_do(HostSays.CANCELLED, str(row.facts["host_name"]), told, None)
        said = f"{said} At {time_words(at)} they said that the patient had not come."
        _ask(tx, row, attention.CANCELLED_AT_HOST, said, at)
    bookings.note(
        tx,
        row,
        row.state,
        caller=caller,
        at=at,
        words=words,
        act=_act(command),
        detail={"status": after.status.value, "calls": len(after.calls), "came": row.came_at is not None},
    )


def _ask(tx: Tx, row: BookingRow, kind: str, words: str, at: datetime) -> None:
    owner, host = OdsCode(row.booking_ods), OdsCode(row.host_ods)
    attention.raise_item(tx, kind, host=host, owner=owner, booking_ref=row.ref, words=words, at=at)


def _act(command: NoteVisit) -> str:
    if command.undo:
        return "visit.taken-back"
    if command.in_person:
        return "visit.in-person"
    return "visit.called" if command.call is not None else "visit.noted"
