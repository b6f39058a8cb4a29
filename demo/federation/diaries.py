"""The practices' diaries, lists and appointments as the simulator takes them, and the people whom tracing knows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from connectors.mock.simulator import LoadCounts, SeedAppointment, SeedPatient, SeedPractice, Standing, load
from connectors.mock.simulator.manners import Settings, manner_named
from demo.federation.calendar import Span, sessions
from demo.federation.demand import days_before, is_taken, pick
from demo.federation.memorable import MEMORABLE, RECORDS_OFF, Memorable
from demo.federation.network import Practice
from demo.federation.patients import Enrolment, enrol
from demo.federation.size import Size
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import TracedPatient
from vocabulary.slots import Slot
from vocabulary.times import london_date

TEXTS = ("Booked at reception", "Booked by telephone", "Booked online", "Booked by the practice")


def write_diaries(folder: Path, size: Size, *, now: datetime) -> LoadCounts:
    """Write everything into the simulator's folder, all or nothing."""
    span = size.span(london_date(now))
    enrolled = {practice.ods: enrol(practice, at_most=size.patients_a_practice) for practice in size.practices}
    known = memorable_among(size)
    practices = (seed_practice(each, span, enrolled[each.ods], known, now=now) for each in size.practices)
    return load(folder, practices, people(enrolled.values(), known))


def memorable_among(size: Size) -> tuple[Memorable, ...]:
    """The memorable patients whose home practice is there (or who have none)."""
    there = {practice.ods for practice in size.practices} | {None}
    return tuple(each for each in MEMORABLE if each.person.home_practice in there)


def people(enrolled: Iterable[Iterable[Enrolment]], known: Iterable[Memorable]) -> Iterator[TracedPatient]:
    """Everybody tracing knows, memorable ones first."""
    yield from (each.person for each in known)
    yield from (each.person for practice in enrolled for each in practice)


def seed_practice(
    practice: Practice,
    span: Span,
    enrolled: Sequence[Enrolment],
    known: Sequence[Memorable],
    *,
    now: datetime,
) -> SeedPractice:
    """One practice's system: who is on its list, its clinics, and which slots its own reception has given away."""
    held = [record for each in known for ods, record in each.held if ods == practice.ods]
    ordinary = [each.at_home for each in enrolled if each.at_home is not None]
    diary = sessions(practice, span)
    return SeedPractice(
        ods=practice.ods,
        name=practice.name,
        phone=practice.phone,
        address=practice.sites[0].address,
        postcode=practice.sites[0].postcode,
        asid=practice.provider_asid,
        sessions=diary,
        patients=(*held, *ordinary),
        appointments=tuple(
            _appointments((slot for session in diary for slot in session.slots), _bookable(ordinary), now=now)
        ),
        settings=Settings(manner_named(practice.system)),
        record_off=RECORDS_OFF.get(practice.ods, ()),
    )


def booked_at(host: OdsCode, slot_id: str, *, start: datetime, now: datetime) -> datetime:
    """When a slot given away was booked: some days before, and never in the future."""
    return min(start - timedelta(days=days_before(host, slot_id), hours=4), now)


def _bookable(patients: Iterable[SeedPatient]) -> tuple[NHSNumber, ...]:
    return tuple(each.patient.nhs_number for each in patients if each.standing is Standing.ACTIVE)


def _appointments(slots: Iterable[Slot], patients: Sequence[NHSNumber], *, now: datetime) -> Iterator[SeedAppointment]:
    today = london_date(now)
    for slot in slots:
        day: date = london_date(slot.window.start)
        if is_taken(slot.host, slot.host_id, day=day, today=today):
            position = pick(slot.host, slot.host_id, len(patients))
            yield SeedAppointment(
                nhs_number=patients[position],
                slot_ids=(slot.host_id,),
                created=booked_at(slot.host, slot.host_id, start=slot.window.start, now=now),
                description=TEXTS[position % len(TEXTS)],
            )
