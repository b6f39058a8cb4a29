"""Drift: where the hub and a host tell different stories about future bookings, each difference owned by somebody."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from connectors.faults import Fault, PatientUnknown, Refused
from connectors.port import GPSystem
from practices import directory
from scheduling import asking, attention, onbehalf
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.onbehalf import Deal
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
    try:
        system = desk.connect(onbehalf.permit(desk, deal, finding_out=True))
        there = _there(system, deal)
    except Fault:
        return None
    drift = _difference(ref, state, told, there, host_name)
    if drift.kind:
        _raise(desk, drift, deal, there)
    return drift


def _there(system: GPSystem, deal: Deal) -> Appointment | None:
    """What the host holds: by receipt when there is one, else by looking."""
    try:
        if deal.receipt is not None:
            return system.read(deal.receipt)
        return asking.find_booking(system, deal.request)
    except PatientUnknown:
        if deal.request.patient_host_id:  # known there once and hidden now: that says nothing of the appointment
            raise
        return None
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def _difference(ref: BookingRef, state: BookingState, told: Window, there: Appointment | None, host_name: str) -> Drift:
    """What differs from our record; `told` is the time that the patient was told."""
    standing = there is not None and there.status is not AppointmentStatus.CANCELLED
    if state is BookingState.BOOKED:
        if there is None:
            return Drift(attention.NOT_AT_HOST, ref, f"{host_name} no longer shows this appointment. Ring them.")
        if not standing:
            words = f"{host_name} has cancelled this appointment. Tell the patient and offer another time."
            return Drift(attention.CANCELLED_AT_HOST, ref, words)
        if there.window != told:
            return Drift(attention.DIFFERS, ref, f"{host_name} shows this appointment at another time. Ring them.")
    elif standing:
        return Drift(attention.GHOST, ref, f"{host_name} holds this appointment, which is {state} here. Ring them.")
    return Drift("", ref, "")


def _raise(desk: Desk, drift: Drift, deal: Deal, there: Appointment | None) -> None:
    with desk.work.begin() as tx:
        attention.raise_item(
            tx,
            drift.kind,
            host=deal.request.host,
            owner=deal.caller.practice,
            booking_ref=drift.ref.value,
            appointment_id=there.receipt.appointment_id if there else "",
            words=drift.words,
            at=desk.clock.now(),
        )
