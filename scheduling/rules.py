"""PURE: what may be held and booked. Every rule is here once; verbs gather the facts, doors only show the words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from scheduling.commands import BookSlots
from scheduling.problems import InvalidBooking, NotBookable, SlotsDoNotJoin
from vocabulary.appointments import COMMENT_ROOM, DESCRIPTION_LIMIT
from vocabulary.identifiers import OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.problems import Problem
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, london_date

_PHONE = re.compile(r"[+(]?[0-9][0-9 ()-]{8,18}")


@dataclass(frozen=True, slots=True)
class SlotLink:
    """What decides whether two slots can be one appointment."""

    host: OdsCode
    session: str
    channel: str
    slot_type: str
    window: Window


def joins(slots: Sequence[SlotLink]) -> SlotsDoNotJoin | None:
    """Why these slots, in order, cannot be one appointment (GP Connect: same session, channel and type, touching)."""
    for before, after in pairwise(slots):
        reason = _why_not(before, after)
        if reason:
            return SlotsDoNotJoin(
                f"Those slots cannot be one appointment: {reason}.",
                next_step="Choose slots that follow each other in the same clinic, or one longer slot.",
            )
    return None


def _why_not(before: SlotLink, after: SlotLink) -> str:
    if before.host != after.host or before.session != after.session:
        return "they belong to different clinics"
    if before.channel != after.channel:
        return "one is not held in the same way as the other (in person, telephone, video)"
    if before.slot_type != after.slot_type:
        return "the practice gives them different slot types"
    if before.window.end != after.window.start:
        return "one does not start when the other ends"
    return ""


def still_ahead(window: Window, now: datetime) -> Problem | None:
    """Only the future can be booked."""
    if window.start <= now:
        return NotBookable(
            "That appointment has already started.", next_step="Search again for a later time: nothing was booked."
        )
    return None


def open_for_booking(*, live: bool, host_name: str) -> Problem | None:
    """The host practice's own switch: off beats every agreement."""
    if live:
        return None
    return NotBookable(
        f"{host_name} has switched booking by other practices off.",
        next_step="Choose another practice, or ring them. Nothing was booked.",
    )


def interpreter_words(interpreter: str) -> str:
    """What the note to the host begins with, when the patient needs an interpreter: the wire has no other place."""
    return f"Interpreter: {interpreter}. " if interpreter else ""


def note_room(interpreter: str) -> int:
    """How many characters the note may have, so that the interpreter is never left out."""
    return COMMENT_ROOM - len(interpreter_words(interpreter))


def note_refusal(note: str, interpreter: str) -> InvalidBooking | None:
    """The note leaves no room for the interpreter whom the national record asks for."""
    room = note_room(interpreter)
    if len(note.strip()) <= room:
        return None
    return InvalidBooking(
        f"Shorten the note to {room} characters: the hub adds that the patient needs an interpreter.", field="comment"
    )


def form_refusals(command: BookSlots, channel: DeliveryChannel) -> list[InvalidBooking]:
    """What is wrong with the form, every fault at once, each naming its field."""
    found = []
    if not command.description.strip():
        found.append(InvalidBooking("Enter a reason for the appointment.", field="description"))
    elif len(command.description) > DESCRIPTION_LIMIT:
        found.append(
            InvalidBooking(f"The reason must be {DESCRIPTION_LIMIT} characters or fewer.", field="description")
        )
    if len(command.comment) > COMMENT_ROOM:
        found.append(InvalidBooking(f"The note must be {COMMENT_ROOM} characters or fewer.", field="comment"))
    phone = command.phone.strip()
    if phone and not _PHONE.fullmatch(phone):
        found.append(InvalidBooking("Enter a telephone number, such as 07700 900123.", field="phone"))
    if channel is DeliveryChannel.TELEPHONE and not phone and not command.phone_at_host:
        found.append(InvalidBooking("Enter the number to ring: this is a telephone appointment.", field="phone"))
    if not command.patient_told:
        found.append(
            InvalidBooking(
                "Tell the patient that limited details will be visible at the other practice, then tick the box.",
                field="patient_told",
            )
        )
    return found


def patient_refusal(traced: TracedPatient) -> Problem | None:
    """Why the national record stops a booking. A restricted patient is handled apart, and neutrally."""
    if traced.superseded_by is not None:
        return NotBookable(
            "That NHS number has been replaced by a newer one.",
            next_step="Look the patient up again: the hub shows the number now in use. Nothing was booked.",
        )
    if traced.deceased:
        return NotBookable(
            "The national record says that this patient has died, so nothing can be booked.",
            next_step="If that is wrong, the patient's own practice must have the national record corrected.",
        )
    return None


@dataclass(frozen=True, slots=True)
class OtherBooking:
    """Another booking of the same patient that still stands."""

    ref: str
    window: Window


@dataclass(frozen=True, slots=True)
class Clash:
    """A clash with another booking; overlapping ones cannot be overridden, same-day ones can, with a reason."""

    ref: str
    overridable: bool


def clash(window: Window, others: Iterable[OtherBooking], *, clash_reason: str) -> Clash | None:
    """The clash that stops this booking, if any: an overlap always does, the same day does until a reason is given."""
    same_day = None
    for other in others:
        if other.window.overlaps(window):
            return Clash(other.ref, overridable=False)
        if london_date(other.window.start) == london_date(window.start) and not clash_reason.strip():
            same_day = same_day or Clash(other.ref, overridable=True)
    return same_day
