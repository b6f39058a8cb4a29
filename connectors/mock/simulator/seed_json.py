"""A federation as JSON: what --seed files and POST /control/load hold (connectors/mock/README.md shows the shape)."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from connectors.mock.simulator import manners
from connectors.mock.simulator.loading import LoadError
from connectors.mock.simulator.manners import Settings
from connectors.mock.simulator.seeds import SeedAppointment, SeedPatient, SeedPractice, SeedSession, Standing
from connectors.port import MessageSet
from gp_connect.elements import Resource, Unreadable, child, children, required, strings, text
from gp_connect.moments import read_date, read_moment
from gp_connect.organisations import read_gender
from gp_connect.provider_rules.restrictions import Restriction
from vocabulary.identifiers import NHSNumber, OdsCode
from vocabulary.patients import Patient, TracedPatient
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, Practitioner, Slot
from vocabulary.times import Window

Read = TypeVar("Read")


def practices(document: Resource) -> list[SeedPractice]:
    """The practices of a document. Raises LoadError saying which one cannot be read and why."""
    return [
        _reading(f"practice {position}", lambda item=item: _practice(item))  # type: ignore[misc]
        for position, item in enumerate(children(document, "practices"), start=1)
    ]


def people(document: Resource) -> list[TracedPatient]:
    """The people of a document."""
    return [
        _reading(f"person {position}", lambda item=item: _person(item))  # type: ignore[misc]
        for position, item in enumerate(children(document, "people"), start=1)
    ]


def _reading(what: str, read: Callable[[], Read]) -> Read:
    try:
        return read()
    except (Unreadable, ValueError) as error:
        raise LoadError(f"{what} cannot be read: {error}") from error


def _practice(item: Resource) -> SeedPractice:
    ods = OdsCode.parse(required(item, "ods"))
    return SeedPractice(
        ods=ods,
        name=required(item, "name"),
        phone=text(item, "phone"),
        address=strings(item, "address"),
        postcode=text(item, "postcode"),
        asid=text(item, "asid"),
        sessions=tuple(_session(each, ods) for each in children(item, "sessions")),
        patients=tuple(_patient(each) for each in children(item, "patients")),
        appointments=tuple(_appointment(each) for each in children(item, "appointments")),
        settings=settings(item, Settings()),
    )


def settings(item: Resource, held: Settings) -> Settings:
    """A practice's settings as they are after what a document says of them."""
    return Settings(
        manner=manners.manner_named(text(item, "manner") or held.manner.name),
        off=_switched(child(item, "enabled"), held.off),
        unlisted=_switched(child(item, "listed"), held.unlisted),
        traces=held.traces if "traces" not in item else item["traces"] is True,
    )


def settings_json(held: Settings) -> Resource:
    """The same document, complete."""
    return {
        "manner": held.manner.name,
        "enabled": {each.value: each not in held.off for each in MessageSet},
        "listed": {each.value: each not in held.unlisted for each in MessageSet},
        "traces": held.traces,
    }


def _switched(switches: Resource, off: frozenset[MessageSet]) -> frozenset[MessageSet]:
    """What is off after these switches: `{"appointments": false}` puts one off, true on again."""
    for name, on in switches.items():
        if name not in set(MessageSet) or not isinstance(on, bool):
            raise Unreadable(f"{name} must be one of {', '.join(MessageSet)}, and true or false")
        off = off - {MessageSet(name)} if on else off | {MessageSet(name)}
    return off


def _session(item: Resource, host: OdsCode) -> SeedSession:
    session = ClinicSession(
        host_id=required(item, "id"),
        name=text(item, "name"),
        location=_location(child(item, "location")),
        practitioner=_practitioner(child(item, "practitioner")),
        role_code=text(item, "role_code"),
    )
    slots = tuple(_slot(each, host, session) for each in children(item, "slots"))
    most = child(item, "restriction").get("most")
    return SeedSession(
        session, slots, _restriction(child(item, "restriction")), most if isinstance(most, int) else None
    )


def _location(item: Resource) -> Location | None:
    if not item:
        return None
    return Location(
        required(item, "id"), text(item, "name"), strings(item, "address"), text(item, "postcode"), text(item, "phone")
    )


def _practitioner(item: Resource) -> Practitioner | None:
    if not item:
        return None
    return Practitioner(required(item, "id"), text(item, "name"), read_gender(item), text(item, "sds_user_id"))


def _slot(item: Resource, host: OdsCode, session: ClinicSession) -> Slot:
    return Slot(
        host=host,
        host_id=required(item, "id"),
        window=Window(read_moment(required(item, "start")), read_moment(required(item, "end"))),
        channel=DeliveryChannel(text(item, "channel") or "in-person"),
        slot_type=text(item, "slot_type"),
        session=session,
    )


def _restriction(item: Resource) -> Restriction:
    return Restriction(
        bookable=item.get("bookable") is not False,
        kinds=frozenset(strings(item, "kinds")),
        ods_codes=frozenset(OdsCode.parse(code) for code in strings(item, "ods_codes")),
        embargo=_hours(item, "embargo_hours"),
        closes=_hours(item, "closes_hours") or timedelta(),
    )


def _hours(item: Resource, name: str) -> timedelta | None:
    value = item.get(name)
    return timedelta(hours=float(value)) if isinstance(value, int | float) else None


def _patient(item: Resource) -> SeedPatient:
    standing = Standing(text(item, "standing") or "active")
    return SeedPatient(_demographics(item), standing, temporary=item.get("temporary") is True)


def _demographics(item: Resource) -> Patient:
    return Patient(
        nhs_number=NHSNumber.parse(required(item, "nhs_number")),
        family=required(item, "family"),
        given=text(item, "given"),
        birth_date=read_date(required(item, "birth_date")),
        gender=read_gender(item),
        postcode=text(item, "postcode"),
        address=strings(item, "address"),
        phone=text(item, "phone"),
        host_id=text(item, "id"),
    )


def _appointment(item: Resource) -> SeedAppointment:
    return SeedAppointment(
        nhs_number=NHSNumber.parse(required(item, "nhs_number")),
        slot_ids=strings(item, "slots"),
        created=read_moment(required(item, "created")),
        description=required(item, "description"),
        comment=text(item, "comment"),
        booked_by=OdsCode.parse(text(item, "booked_by")) if text(item, "booked_by") else None,
        booked_by_name=text(item, "booked_by_name"),
        booked_by_phone=text(item, "booked_by_phone"),
        cancellation_reason=text(item, "cancellation_reason"),
        appointment_id=text(item, "id"),
    )


def _person(item: Resource) -> TracedPatient:
    home, current = text(item, "home_practice"), text(item, "superseded_by")
    return TracedPatient(
        patient=_demographics(item),
        home_practice=OdsCode.parse(home) if home else None,
        restricted=item.get("restricted") is True,
        deceased=item.get("deceased") is True,
        superseded_by=NHSNumber.parse(current) if current else None,
        interpreter=text(item, "interpreter"),
        access_needs=strings(item, "access_needs"),
    )
