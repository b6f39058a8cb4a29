"""The patient on the phone: kept in the server's session, never in an address, until cleared or somebody else rings."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Self

from flask import current_app

from hub.auth.access import current_session
from scheduling.patients import PatientCard
from scheduling.results import BookingView
from vocabulary.appointments import BookingState
from vocabulary.identifiers import NHSNumber
from vocabulary.times import Window

_KEY = "patient"
_CANDIDATES = "candidates"


@dataclass(frozen=True, slots=True)
class UpcomingBooking:
    """A line of the banner."""

    ref: str
    starts: str
    host_name: str
    state: str
    ends: str = ""  # empty in a session begun before it was kept

    @property
    def window(self) -> Window | None:
        """The time it takes."""
        return Window(datetime.fromisoformat(self.starts), datetime.fromisoformat(self.ends)) if self.ends else None


@dataclass(frozen=True, slots=True)
class OnThePhone:
    """What the banner shows and what booking needs; everything else stays with the national record."""

    nhs_number: str
    traced: bool
    family: str = ""
    given: str = ""
    birth_date: str = ""
    street: str = ""  # the address's first line, to tell people of one name apart
    postcode: str = ""
    phone: str = ""
    home_practice: str = ""
    home_practice_name: str = ""
    interpreter: str = ""
    access_needs: tuple[str, ...] = ()
    deceased: bool = False
    superseded: bool = False
    bookings: tuple[UpcomingBooking, ...] = ()

    @property
    def number(self) -> NHSNumber:
        """As verbs want it."""
        return NHSNumber.parse(self.nhs_number)

    @property
    def born(self) -> date | None:
        """None while tracing is down."""
        return date.fromisoformat(self.birth_date) if self.birth_date else None

    @classmethod
    def of(cls, card: PatientCard) -> Self:
        """From a look-up."""
        bookings = tuple(map(booking_line, card.bookings))
        if card.traced is None:
            return cls(card.nhs_number.value, traced=False, bookings=bookings)
        patient = card.traced.patient
        return cls(
            nhs_number=card.nhs_number.value,
            traced=True,
            family=patient.family,
            given=patient.given,
            birth_date=patient.birth_date.isoformat(),
            street=patient.address[0] if patient.address else "",
            postcode=patient.postcode,
            phone=patient.phone,
            home_practice=str(card.traced.home_practice or ""),
            home_practice_name=card.home_practice_name,
            interpreter=card.traced.interpreter,
            access_needs=card.traced.access_needs,
            deceased=card.deceased,
            superseded=card.superseded,
            bookings=bookings,
        )

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Self:
        """From the session."""
        bookings = tuple(UpcomingBooking(**line) for line in kept["bookings"])
        return cls(**{**kept, "access_needs": tuple(kept["access_needs"]), "bookings": bookings})

    def __repr__(self) -> str:
        return "OnThePhone(hidden)"


def booking_line(booking: BookingView) -> UpcomingBooking:
    """A booking as a line of the banner."""
    window = booking.facts.window
    return UpcomingBooking(
        ref=booking.ref.value,
        starts=window.start.isoformat(),
        host_name=booking.facts.host_name,
        state=booking.state.value,
        ends=window.end.isoformat(),
    )


def current_patient() -> OnThePhone | None:
    """Who is on the phone, if anybody."""
    session = current_session()
    kept = session.data.get(_KEY) if session else None
    return OnThePhone.from_kept(kept) if kept else None


def patient_mark() -> str:
    """A mark of who is on the phone, for a form to carry: it names nobody, and another patient has another."""
    patient = current_patient()
    return mark_of(patient.nhs_number, key=str(current_app.config["SECRET_KEY"])) if patient else ""


def mark_of(nhs_number: str, *, key: str) -> str:
    """The mark of one patient: a keyed digest, so that nobody can tell from it who that is."""
    return hmac.new(key.encode(), f"on the phone {nhs_number}".encode(), hashlib.sha256).hexdigest()[:32]


def put_through(card: PatientCard) -> OnThePhone:
    """From now on this patient is on the phone."""
    patient = OnThePhone.of(card)
    _keep(patient)
    return patient


def hang_up() -> None:
    """Nobody is on the phone any more."""
    session = current_session()
    if session is not None:
        session.drop(_KEY)


def note_booking(booking: BookingView) -> None:
    """A booking of the patient on the phone was made or changed: the banner shows it as it is now."""
    patient = current_patient()
    if patient is None or patient.nhs_number != booking.nhs_number.value:
        return
    others = tuple(line for line in patient.bookings if line.ref != booking.ref.value)
    standing = booking.state not in (BookingState.REFUSED, BookingState.CANCELLED)
    lines = (*others, booking_line(booking)) if standing else others
    _keep(replace(patient, bookings=tuple(sorted(lines, key=lambda line: datetime.fromisoformat(line.starts)))))


def note_change(booking: BookingView) -> None:
    """A booking was looked at: what the banner says of it, if anything, is brought up to date."""
    patient = current_patient()
    if patient is not None and any(line.ref == booking.ref.value for line in patient.bookings):
        note_booking(booking)


def _keep(patient: OnThePhone) -> None:
    session = current_session()
    if session is not None:
        session.put(_KEY, asdict(patient))


def keep_candidates(cards: tuple[PatientCard, ...]) -> tuple[OnThePhone, ...]:
    """Several people fit: remember them for the next request, so that choosing one needs no number in a form."""
    people = tuple(map(OnThePhone.of, cards))
    session = current_session()
    if session is not None:
        session.put(_CANDIDATES, [asdict(person) for person in people])
    return people


def take_candidate(number: str) -> OnThePhone | None:
    """The person chosen, by position in the list that was shown; now on the phone."""
    session = current_session()
    kept = session.data.get(_CANDIDATES, []) if session else []
    if session is None or not number.isdecimal() or int(number) >= len(kept):
        return None
    person = OnThePhone.from_kept(kept[int(number)])
    session.drop(_CANDIDATES)
    _keep(person)
    return person
