"""The patient on the phone: traced nationally, with their bookings that this practice has a part in."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_

from connectors.faults import Fault, PatientUnknown, Refused
from practices import directory
from scheduling import bookings
from scheduling.desk import Desk
from scheduling.models import BookingRow
from scheduling.problems import HostSlow, PatientNotFound
from scheduling.results import BookingView
from storage.ledger import LedgerEvent, record
from storage.work import Tx
from vocabulary.identifiers import NHSNumber
from vocabulary.patients import TracedPatient
from vocabulary.people import Caller
from vocabulary.slots import Gender


@dataclass(frozen=True, slots=True)
class PatientCard:
    """A patient as the banner shows them. `traced` is None while tracing is down: then read the number back."""

    nhs_number: NHSNumber
    traced: TracedPatient | None
    tracing_down: bool
    home_practice_name: str
    superseded: bool  # the number asked for was replaced by `nhs_number`
    deceased: bool
    bookings: tuple[BookingView, ...]  # still ahead, that the caller's practice has a part in

    def __repr__(self) -> str:
        return "PatientCard(hidden)"


def look_up(desk: Desk, nhs_number: NHSNumber, caller: Caller) -> PatientCard:
    """The person with this number. Raises PatientNotFound, also for one whom the national record restricts."""
    _account(desk, caller, "patient.looked-up", nhs_number)
    try:
        traced = desk.tracing.trace(nhs_number, caller=caller)
    except PatientUnknown:
        raise _nobody() from None
    except Fault:
        return _untraced(desk, nhs_number, caller)
    if traced.restricted:
        raise _nobody()
    if traced.superseded_by is not None:
        return _card(desk, traced.superseded_by, traced, caller, superseded=True)
    return _card(desk, nhs_number, traced, caller, superseded=traced.patient.nhs_number != nhs_number)


def search(
    desk: Desk,
    caller: Caller,
    *,
    family: str,
    birth_date: date,
    given: str = "",
    gender: Gender | None = None,
    postcode: str = "",
) -> tuple[PatientCard, ...]:
    """People who fit these details; several when they do not single one out. Restricted people are left out."""
    _account(desk, caller, "patient.searched", None)
    try:
        found = desk.tracing.search(
            family=family, given=given, birth_date=birth_date, gender=gender, postcode=postcode, caller=caller
        )
    except Refused as refused:
        raise PatientNotFound(refused.words, next_step="Add the postcode, or use the NHS number.") from None
    except Fault:
        raise HostSlow(
            "The national demographics service is not answering, so names cannot be searched.",
            next_step="Use the patient's NHS number and read their name and date of birth back to them.",
        ) from None
    shown = [traced for traced in found if not traced.restricted]
    if not shown:
        raise PatientNotFound(
            "Nobody fits those details.",
            next_step="Check the spelling and the date of birth, leave out the first name, or use the NHS number. If "
            "everything is right, book by phone: ring the practice that holds the clinic.",
        )
    return tuple(_card(desk, traced.patient.nhs_number, traced, caller, superseded=False) for traced in shown)


def _nobody() -> PatientNotFound:
    """For a number that nobody has and for a restricted patient's: the same words, so that neither is given away."""
    return PatientNotFound(
        "The hub finds nobody with that NHS number.",
        next_step="Check the number with the patient, or search by name and date of birth. If it is right, book by "
        "phone: ring the practice that holds the clinic.",
    )


def _card(desk: Desk, nhs_number: NHSNumber, traced: TracedPatient, caller: Caller, *, superseded: bool) -> PatientCard:
    with desk.work.read() as tx:
        home = directory.practice(tx, traced.home_practice) if traced.home_practice else None
        ahead = _ahead(desk, tx, nhs_number, caller)
    return PatientCard(
        nhs_number=nhs_number,
        traced=traced,
        tracing_down=False,
        home_practice_name=home.name if home else str(traced.home_practice or ""),
        superseded=superseded,
        deceased=traced.deceased,
        bookings=ahead,
    )


def _untraced(desk: Desk, nhs_number: NHSNumber, caller: Caller) -> PatientCard:
    with desk.work.read() as tx:
        ahead = _ahead(desk, tx, nhs_number, caller)
    return PatientCard(nhs_number, None, True, "", False, False, ahead)


def _ahead(desk: Desk, tx: Tx, nhs_number: NHSNumber, caller: Caller) -> tuple[BookingView, ...]:
    mine = caller.practice.value
    return bookings.views(
        tx,
        BookingRow.nhs_number == nhs_number.value,
        BookingRow.end_at > desk.clock.now(),
        BookingRow.state.not_in(("refused", "cancelled")),
        or_(BookingRow.booking_ods == mine, BookingRow.home_ods == mine, BookingRow.host_ods == mine),
    )


def _account(desk: Desk, caller: Caller, act: str, nhs_number: NHSNumber | None) -> None:
    """Before anything is fetched: who asked for whose details."""
    with desk.work.begin() as tx:
        event = LedgerEvent(act, nhs_number=nhs_number, purpose="direct-care")
        record(tx, event, caller=caller, at=desk.clock.now())
