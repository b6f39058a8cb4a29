"""The patient banner's words. Pure but for the clock, which is passed in."""

from dataclasses import dataclass
from datetime import date, datetime

from hub.web import clock_words as clock
from hub.web import wording
from hub.web.booking.on_the_phone import OnThePhone
from hub.web.presenters import full_name
from vocabulary.appointments import BookingState


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about the patient; urgent ones stop or change the call."""

    words: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class BannerBooking:
    """A booking still ahead."""

    ref: str
    words: str


def name(patient: OnThePhone) -> str:
    """PRITCHARD, Joan."""
    return full_name(patient.family, patient.given)


def age_words(patient: OnThePhone, today: date) -> str:
    """How old they are, if that is known."""
    return clock.age_words(patient.born, today) if patient.born else ""


def notes(patient: OnThePhone) -> tuple[Note, ...]:
    """What whoever is on the phone must know, the urgent first."""
    found = []
    if patient.deceased:
        found.append(Note("The national record says that this patient has died: nothing can be booked", urgent=True))
    if not patient.traced:
        found.append(
            Note(
                "The national record does not answer: read the NHS number back. Name and birth date cannot be checked",
                urgent=True,
            )
        )
    if patient.superseded:
        found.append(Note("The NHS number you typed has been replaced by this one", urgent=True))
    if patient.interpreter:
        found.append(Note(f"Interpreter: {patient.interpreter}"))
    found += [Note(wording.access_words(need)) for need in patient.access_needs]
    if patient.traced and not patient.phone:
        found.append(Note("No telephone number on record: ask for one"))
    return tuple(found)


def bookings(patient: OnThePhone, now: datetime) -> tuple[BannerBooking, ...]:
    """Bookings still ahead, one line each."""
    lines = []
    for line in patient.bookings:
        state = BookingState(line.state)
        when = clock.short_moment_words(datetime.fromisoformat(line.starts), now)
        words = f"{when}, {line.host_name}"
        if state is not BookingState.BOOKED:
            words += f" ({wording.STATES[state][0].lower()})"
        lines.append(BannerBooking(line.ref, words))
    return tuple(lines)
