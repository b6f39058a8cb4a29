"""The verb that imports practices: reads the files, plans, and with `apply` writes all of it in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from practices.importing import epraccur, list_sizes, outcodes, suppliers
from practices.importing.lines import Lines, Progress, silently
from practices.importing.notes import CannotImport, Note, Outcome, PracticeSummary, count
from practices.importing.plan import Entry, Plan, Published, make_plan
from practices.models import GPSystemLinkRow, PlaceRow, PracticeRow
from practices.results import FutureBooking, Place
from storage.ledger import LedgerEvent, record
from storage.work import Tx, Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import Clock

FutureBookings = Callable[[Tx, OdsCode], Sequence[FutureBooking]]
"""Answers which bookings are still to come at a practice; the diary desk above this room knows."""

_LOCK = 4_601_001  # any number nobody else locks: two imports at once would each plan against the other's past


@dataclass(frozen=True, slots=True)
class PracticeFiles:
    """The published files. Without a list-size, supplier or places file, those facts stay as they are."""

    epraccur: Path
    list_sizes: Path | None = None
    suppliers: Path | None = None
    places: Path | None = None


def no_bookings(_tx: Tx, _ods: OdsCode) -> tuple[FutureBooking, ...]:
    """For a hub in which nothing was ever booked."""
    return ()


def import_practices(
    work: Work,
    files: PracticeFiles,
    *,
    only: str = "",
    apply: bool = False,
    caller: Caller,
    clock: Clock,
    future_bookings: FutureBookings = no_bookings,
    progress: Progress = silently,
) -> PracticeSummary:
    """Import practices, of the commissioner `only` or of all. Without `apply` nothing is written.

    A practice that has closed is closed here and its live switches go off; nothing is deleted. Raises CannotImport
    when a file as a whole is not what it should be.
    """
    published, notes = _read(files, only, progress)
    with work.begin() if apply else work.read() as tx:
        if apply:
            tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        plan = make_plan(published, _held(tx), _known_places(tx), only=only)
        closing = sorted(plan.closing)
        bookings = tuple((ods.value, tuple(future_bookings(tx, ods))) for ods in closing)
        summary = _summary(plan, notes, bookings, only=only, applied=apply)
        if apply and not summary.changes_nothing:
            _write(tx, plan)
            record(tx, _event(summary), caller=caller, at=clock.now())
    return summary


def _read(files: PracticeFiles, only: str, progress: Progress) -> tuple[Published, list[Note]]:
    practice_lines = Lines(files.epraccur, epraccur.KIND, progress=progress)
    practices = epraccur.read_practices(practice_lines)
    if only and not any(practice.commissioner == only for practice in practices.values()):
        raise CannotImport(
            f"The practice file has no line of the commissioner {only}.",
            next_step="Check the code: it is the sub-ICB location in column 15, such as 15C.",
        )
    notes = practice_lines.notes

    def opened(path: Path | None, kind: str) -> Lines | None:
        return Lines(path, kind, progress=progress) if path else None

    sizes, supplied, placed = (
        opened(files.list_sizes, list_sizes.KIND),
        opened(files.suppliers, suppliers.KIND),
        opened(files.places, outcodes.KIND),
    )
    published = Published(
        practices,
        list_sizes.read_list_sizes(sizes) if sizes else None,
        suppliers.read_suppliers(supplied) if supplied else None,
        outcodes.read_places(placed) if placed else None,
    )
    for lines in (sizes, supplied, placed):
        notes += lines.notes if lines else []
    return published, notes


def _held(tx: Tx) -> dict[OdsCode, Entry]:
    row = PracticeRow
    chosen = select(
        row.ods,
        row.name,
        row.status,
        row.address,
        row.postcode,
        row.latitude,
        row.longitude,
        row.phone,
        row.list_size,
        row.supplier,
        row.commissioner,
        row.opened_on,
        row.closed_on,
    )
    return {
        OdsCode(held.ods): Entry(
            name=held.name,
            status=held.status,
            address=tuple(held.address),
            postcode=held.postcode,
            place=None if held.latitude is None or held.longitude is None else Place(held.latitude, held.longitude),
            phone=held.phone,
            list_size=held.list_size,
            supplier=held.supplier,
            commissioner=held.commissioner,
            opened_on=held.opened_on,
            closed_on=held.closed_on,
        )
        for held in tx.execute(chosen)
    }


def _known_places(tx: Tx) -> dict[str, Place]:
    rows = tx.execute(select(PlaceRow.code, PlaceRow.latitude, PlaceRow.longitude))
    return {code: Place(latitude, longitude) for code, latitude, longitude in rows}


def _write(tx: Tx, plan: Plan) -> None:
    if plan.create:
        tx.execute(insert(PracticeRow), [{"ods": ods.value, **_columns(entry)} for ods, entry in plan.create.items()])
    for ods, entry in plan.change.items():
        tx.execute(update(PracticeRow).where(PracticeRow.ods == ods.value).values(**_columns(entry)))
    if plan.closing:
        closed = [ods.value for ods in plan.closing]
        off = update(GPSystemLinkRow).where(GPSystemLinkRow.ods.in_(closed))
        tx.execute(off.values(pooling_live=False, booking_live=False))
    if plan.places:
        statement = upsert(PlaceRow)
        given = {"latitude": statement.excluded.latitude, "longitude": statement.excluded.longitude}
        tx.execute(
            statement.on_conflict_do_update(index_elements=[PlaceRow.code], set_=given),
            [
                {"code": code, "latitude": place.latitude, "longitude": place.longitude}
                for code, place in plan.places.items()
            ],
        )


def _columns(entry: Entry) -> Mapping[str, Any]:
    return {
        "name": entry.name,
        "status": entry.status,
        "address": list(entry.address),
        "postcode": entry.postcode,
        "latitude": entry.place.latitude if entry.place else None,
        "longitude": entry.place.longitude if entry.place else None,
        "phone": entry.phone,
        "list_size": entry.list_size,
        "supplier": entry.supplier,
        "commissioner": entry.commissioner,
        "opened_on": entry.opened_on,
        "closed_on": entry.closed_on,
    }


def _summary(
    plan: Plan,
    read_notes: list[Note],
    bookings: tuple[tuple[str, tuple[FutureBooking, ...]], ...],
    *,
    only: str,
    applied: bool,
) -> PracticeSummary:
    notes = tuple(sorted([*read_notes, *plan.notes], key=lambda note: (_ORDER.index(note.file), note.line, note.code)))
    standing = [
        entry for entry in plan.after.values() if entry.status == "open" and (not only or entry.commissioner == only)
    ]
    return PracticeSummary(
        applied=applied,
        only=only,
        created=len(plan.create),
        changed=len(plan.change) - len(plan.closing),
        closed=len(plan.closing),
        unchanged=count(notes, Outcome.UNCHANGED),
        skipped=count(notes, Outcome.SKIPPED),
        warnings=count(notes, Outcome.WARNING),
        elsewhere=plan.elsewhere,
        open_practices=len(standing),
        patients=sum(entry.list_size for entry in standing),
        places_created=plan.places_new,
        places_changed=len(plan.places) - plan.places_new,
        notes=notes,
        future_bookings=bookings,
    )


_ORDER = (epraccur.KIND, list_sizes.KIND, suppliers.KIND, outcodes.KIND)


def _event(summary: PracticeSummary) -> LedgerEvent:
    detail = {
        "only": summary.only,
        "created": summary.created,
        "changed": summary.changed,
        "closed": [ods for ods, _ in summary.future_bookings],
        "patients": summary.patients,
        "places_created": summary.places_created,
        "places_changed": summary.places_changed,
    }
    return LedgerEvent("practices.imported", detail=detail)
