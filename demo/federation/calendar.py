"""The rotas laid out over real days: clinic sessions and slots, with ids that depend on nothing but day and place.

The same day comes out the same whenever it is made, so a calendar can be carried on weeks later.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from connectors.mock.simulator import SeedSession
from demo.federation.network import Practice, clusters
from demo.federation.rota import EVENING, Clinic, rota
from demo.federation.wordings import wording
from gp_connect.provider_rules.restrictions import Restriction
from practices.opening import is_bank_holiday
from vocabulary.identifiers import OdsCode
from vocabulary.slots import ClinicSession, Location, Slot
from vocabulary.times import Window, at_london

WEEKS_BACK, WEEKS_AHEAD = 1, 7  # calendar weeks, the current one being the first of those ahead
_LONGEST_ROTA = 100  # clinics a week; keeps session ids of one day apart


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, the first and the last included."""

    first: date
    last: date

    @classmethod
    def around(cls, today: date, *, weeks_back: int = WEEKS_BACK, weeks_ahead: int = WEEKS_AHEAD) -> "Span":
        """From a Monday to a Sunday."""
        monday = today - timedelta(days=today.weekday())
        return cls(monday - timedelta(weeks=weeks_back), monday + timedelta(weeks=weeks_ahead, days=-1))

    def __iter__(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += timedelta(days=1)


def sessions(practice: Practice, days: Iterable[date]) -> tuple[SeedSession, ...]:
    """A practice's clinic sessions on these days. Bank holidays have none."""
    return tuple(
        _session(practice, clinic, day)
        for day in days
        if not is_bank_holiday(day)
        for clinic in rota(practice.ods)
        if clinic.weekday == day.weekday()
    )


def _session(practice: Practice, clinic: Clinic, day: date) -> SeedSession:
    number = day.toordinal() * _LONGEST_ROTA + clinic.number
    session = ClinicSession(
        host_id=str(number),
        name=_name(clinic),
        location=_location(practice, clinic.site),
        practitioner=clinic.practitioner,
        role_code=clinic.role_code,
    )
    return SeedSession(session, tuple(_slots(practice, clinic, session, day)), _restriction(practice, clinic))


def _name(clinic: Clinic) -> str:
    when = "Evening" if clinic.begins == EVENING[0] else "Saturday"
    return f"{when} clinic, {clinic.practitioner.name}"


@cache
def _location(practice: Practice, site: int) -> Location:
    at = practice.sites[site]
    return Location(at.location_id, at.name, at.address, at.postcode, at.phone)


def _slots(practice: Practice, clinic: Clinic, session: ClinicSession, day: date) -> Iterator[Slot]:
    starts = at_london(day, clinic.begins)
    length = timedelta(minutes=clinic.minutes)
    for position in range(clinic.slots):
        channel = clinic.channel_of(position)
        yield Slot(
            host=practice.ods,
            host_id=f"{session.host_id}{position:02d}",
            window=Window(starts + position * length, starts + (position + 1) * length),
            channel=channel,
            slot_type=wording(practice, clinic.role, channel, special=clinic.special),
            session=session,
        )


def _restriction(practice: Practice, clinic: Clinic) -> Restriction:
    codes = _cluster_codes(practice.cluster) if clinic.cluster_only else frozenset()
    return Restriction(ods_codes=codes, embargo=clinic.embargo, closes=clinic.closes)


@cache
def _cluster_codes(code: str) -> frozenset[OdsCode]:
    members = next(cluster.practices for cluster in clusters() if cluster.code == code)
    return frozenset(member.ods for member in members)
