"""Is that appointment ours? The hub's reference inside a host's texts, and matching an appointment to a request.

Hosts may move, join or drop the texts they are given, so a missing reference proves nothing and a foreign one does.
"""

import re
from collections.abc import Iterable

from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest
from vocabulary.identifiers import BookingRef
from vocabulary.problems import InvalidValue

_BRACKETED = re.compile(r"\[([0-9A-Z]{4}-[0-9A-Z]{4})\]")


def refs_in(*texts: str) -> frozenset[BookingRef]:
    """Every well-formed hub reference, written [XXXX-XXXX], in these texts."""
    found = set()
    for text in texts:
        for spoken in _BRACKETED.findall(text):
            try:
                found.add(BookingRef.parse(spoken))
            except InvalidValue:
                continue  # brackets that merely look like one
    return frozenset(found)


def with_ref_of(old_texts: str, new_comment: str) -> str:
    """The new comment, led by the reference the old texts carried, so that an amendment does not hide whose it is."""
    kept = refs_in(old_texts) - refs_in(new_comment)
    head = " ".join(f"[{ref.spoken}]" for ref in sorted(kept))
    return f"{head} {new_comment}".strip()


def pick_ours(request: BookingRequest, appointments: Iterable[Appointment]) -> Appointment | None:
    """The appointment this request made: one with our reference first, then a live one without any, then the rest."""
    ours = [appointment for appointment in appointments if _fits(request, appointment)]
    return min(ours, key=lambda appointment: _rank(request, appointment), default=None)


def _fits(request: BookingRequest, appointment: Appointment) -> bool:
    if appointment.patient_host_id != request.patient_host_id:
        return False
    if appointment.slot_ids and set(appointment.slot_ids) != {slot.host_id for slot in request.slots}:
        return False
    if not appointment.slot_ids and appointment.window != request.window:
        return False  # some systems drop the slots of a cancelled appointment: its time must do
    refs = refs_in(appointment.description, appointment.comment)
    if refs:
        return request.ref in refs
    return appointment.booked_by in (None, request.booking_practice)


def _rank(request: BookingRequest, appointment: Appointment) -> tuple[bool, bool]:
    known = request.ref in refs_in(appointment.description, appointment.comment)
    return (not known, appointment.status is not AppointmentStatus.BOOKED)
