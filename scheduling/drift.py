"""Drift: where the hub and a host tell different stories about future bookings, each difference owned by somebody."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from connectors.faults import Fault, PatientUnknown
from connectors.port import GPSystem
from practices import directory
from scheduling import asking, attention, following, heeding, onbehalf
from scheduling.desk import Desk
from scheduling.host_words import HostSays, says, to_do
from scheduling.models import BookingRow
from scheduling.onbehalf import Deal
from scheduling.outcomes import BY_PHONE, Seen
from vocabulary.appointments import Appointment, AppointmentStatus, BookingState
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.times import Window

_EXPECTED = (BookingState.BOOKED.value,)
_UNEXPECTED = (BookingState.REFUSED.value, BookingState.CANCELLED.value)
_SINCE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference."""

    kind: str
    ref: BookingRef
    words: str


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What checking one host found; `unanswered` bookings could not be compared and say nothing."""

    host: OdsCode
    host_name: str
    compared: int
    unanswered: int
    found: tuple[Drift, ...]


def check(desk: Desk, host: OdsCode) -> DriftReport:
    """Compare every future booking at one host with its diary, asking on behalf of who booked it.

    GP Connect lists appointments by patient only, so what a host holds that the hub never heard of cannot be seen;
    what the hub gave up or cancelled and the host still holds can.
    """
    refs = _refs(desk, host)
    with desk.work.read() as tx:
        practice = directory.practice(tx, host)
    name = practice.name if practice else host.value
    found, unanswered = [], 0
    for ref in refs:
        drift = _compare(desk, ref, name)
        if drift is None:
            unanswered += 1
        elif drift.kind:
            found.append(drift)
    return DriftReport(host, name, len(refs), unanswered, tuple(found))


def check_all(desk: Desk) -> tuple[DriftReport, ...]:
    """Every host with future bookings; a host that does not answer is counted, not waited for."""
    future = select(BookingRow.host_ods).where(BookingRow.start_at > desk.clock.now()).distinct()
    with desk.work.read() as tx:
        hosts = sorted(tx.scalars(future))
    return tuple(check(desk, OdsCode(host)) for host in hosts)


def _refs(desk: Desk, host: OdsCode) -> list[BookingRef]:
    now = desk.clock.now()
    query = (
        select(BookingRow.ref)
        .where(
            BookingRow.host_ods == host.value,
            BookingRow.start_at > now,
            BookingRow.appointment_id != BY_PHONE,
            BookingRow.requested_at > now - _SINCE,
            BookingRow.state.in_((*_EXPECTED, *_UNEXPECTED)),
        )
        .order_by(BookingRow.start_at)
    )
    with desk.work.read() as tx:
        return [BookingRef(ref) for ref in tx.scalars(query)]


def _compare(desk: Desk, ref: BookingRef, host_name: str) -> Drift | None:
    """The difference of one booking (an empty kind when they agree), None when the host did not say."""
    with desk.work.read() as tx:
        row = tx.get_one(BookingRow, ref.value)
        deal, state, told = onbehalf.deal(tx, row), BookingState(row.state), Window(row.start_at, row.end_at)
    sent_at = desk.clock.now()
    try:
        system = desk.connect(onbehalf.permit(desk, deal, finding_out=True))
        there = _there(system, deal)
    except Fault:
        return None
    if state is BookingState.BOOKED:
        return _heeded(desk, deal, told, Seen(there, deal.receipt.appointment_id if deal.receipt else "", sent_at))
    if there is None or there.status is AppointmentStatus.CANCELLED:
        return Drift("", ref, "")
    drift = Drift(attention.GHOST, ref, f"{host_name} holds this appointment, which is {state} here. Ring them.")
    _raise(desk, drift, deal, there)
    return drift


def _heeded(desk: Desk, deal: Deal, told: Window, seen: Seen) -> Drift:
    """What differs from what the patient was told: written down as when it is found during the day."""
    ref, there = deal.request.ref, seen.there
    found = says(there, told)
    heeding.heed(desk, ref, seen, caller=deal.caller)
    if found is HostSays.STANDS:
        return Drift("", ref, "")
    with desk.work.read() as tx:
        host_name = str(tx.get_one(BookingRow, ref.value).facts["host_name"])
    return Drift(heeding.KINDS[found], ref, to_do(found, host_name, told, there.window if there else None))


def _there(system: GPSystem, deal: Deal) -> Appointment | None:
    """What the host holds: by receipt when there is one, else by looking."""
    if deal.receipt is not None:
        return following.standing_there(system, deal.receipt)
    try:
        return asking.find_booking(system, deal.request)
    except PatientUnknown:
        if deal.request.patient_host_id:  # known there once and hidden now: that says nothing of the appointment
            raise
        return None


def _raise(desk: Desk, drift: Drift, deal: Deal, there: Appointment) -> None:
    with desk.work.begin() as tx:
        attention.raise_item(
            tx,
            drift.kind,
            host=deal.request.host,
            owner=deal.caller.practice,
            booking_ref=drift.ref.value,
            appointment_id=there.receipt.appointment_id,
            words=drift.words,
            at=desk.clock.now(),
        )
