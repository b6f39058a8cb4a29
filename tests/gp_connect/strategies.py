"""Vocabulary values for property tests: synthetic, and around both clock changes as often as not."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, Receipt
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.patients import Patient
from vocabulary.problems import InvalidValue
from vocabulary.slots import ClinicSession, DeliveryChannel, Gender, Location, Practitioner, Slot
from vocabulary.times import Window

HOST = OdsCode("Y90003")
BOOKING_PRACTICE = OdsCode("Y90001")
CLOCK_CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))


def _valid(number: int) -> NHSNumber | None:
    for check in range(10):
        try:
            return NHSNumber.parse(f"999{number:06d}{check}")
        except InvalidValue:
            continue
    return None


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
lines = st.lists(words, min_size=1, max_size=4).map(" ".join)
ids = st.from_regex(r"[A-Za-z0-9\-.]{1,20}", fullmatch=True)
nhs_numbers = st.integers(0, 999_999).map(_valid).filter(lambda number: number is not None)
near_changes = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CLOCK_CHANGES),
    st.integers(-1500, 1500),
)
any_time = st.integers(1_577_836_800, 2_208_988_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
moments = near_changes | any_time
windows = st.builds(
    lambda start, minutes: Window(start, start + timedelta(minutes=minutes)), moments, st.integers(1, 180)
)
dates = st.dates(date(1900, 1, 1), date(2026, 1, 1))
genders = st.sampled_from(Gender)
addresses = st.lists(lines, max_size=4).map(tuple)
postcodes = st.sampled_from(["", "BS1 4DJ", "LS1 6AE"])
phones = st.sampled_from(["", "07700 900123", "0117 496 0001"])

locations = st.builds(Location, ids, lines | st.just(""), addresses, postcodes, phones)
practitioners = st.builds(Practitioner, ids, lines, genders)
sessions = st.builds(
    ClinicSession,
    ids,
    lines | st.just(""),
    locations,
    st.none() | practitioners,
    st.sampled_from(["", "R0260", "R0600", "R9999"]),
)
channels = st.sampled_from(DeliveryChannel)
bookable_channels = st.sampled_from([DeliveryChannel.IN_PERSON, DeliveryChannel.TELEPHONE, DeliveryChannel.VIDEO])


@st.composite
def slot_lists(draw: st.DrawFn) -> tuple[Slot, ...]:
    """Slots of one host in a few sessions; places and people with one id are one, as in a real diary."""
    unique = draw(st.lists(sessions, min_size=1, max_size=4, unique_by=lambda session: session.host_id))
    places = {each.location.host_id: each.location for each in unique if each.location}
    people = {each.practitioner.host_id: each.practitioner for each in unique if each.practitioner}
    held = [
        ClinicSession(
            each.host_id,
            each.name,
            places[each.location.host_id] if each.location else None,
            people[each.practitioner.host_id] if each.practitioner else None,
            each.role_code,
        )
        for each in unique
    ]
    slots = st.builds(Slot, st.just(HOST), ids, windows, bookable_channels, lines | st.just(""), st.sampled_from(held))
    return tuple(draw(st.lists(slots, max_size=8, unique_by=lambda slot: slot.host_id)))


@st.composite
def adjacent_slots(draw: st.DrawFn, most: int = 3) -> tuple[Slot, ...]:
    """One to a few adjacent slots that may be booked together."""
    session, channel, kind = draw(sessions), draw(bookable_channels), draw(lines)
    start, minutes, number = draw(moments), draw(st.integers(5, 30)), draw(st.integers(1, most))
    length = timedelta(minutes=minutes)
    return tuple(
        Slot(HOST, f"slot-{each}", Window(start + each * length, start + (each + 1) * length), channel, kind, session)
        for each in range(number)
    )


@st.composite
def requests(draw: st.DrawFn) -> BookingRequest:
    """A booking request that keeps the length limits."""
    slots = draw(adjacent_slots())
    return BookingRequest(
        ref=BookingRef.from_number(draw(st.integers(0, 10**9))),
        host=HOST,
        slots=slots,
        nhs_number=draw(nhs_numbers),
        patient_host_id=draw(ids),
        booking_practice=BOOKING_PRACTICE,
        booking_practice_name=draw(lines),
        booking_practice_phone="0117 496 0002",
        description=draw(lines)[:100],
        comment=draw(lines | st.just("")),
        created=draw(moments),
    )


patients = st.builds(
    Patient,
    nhs_number=nhs_numbers,
    family=lines,
    given=lines,
    birth_date=dates,
    gender=genders,
    postcode=postcodes,
    address=addresses,
    phone=phones,
    host_id=ids,
)

appointments = st.builds(
    Appointment,
    receipt=st.builds(Receipt, st.just(HOST), ids, st.integers(1, 99).map(str)),
    status=st.sampled_from([AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED]),
    patient_host_id=ids,
    slot_ids=st.lists(ids, min_size=1, max_size=3, unique=True).map(tuple),
    window=windows,
    description=lines,
    comment=lines | st.just(""),
    cancellation_reason=lines | st.just(""),
    booked_by=st.just(BOOKING_PRACTICE),
)
