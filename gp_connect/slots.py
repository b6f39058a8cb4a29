"""The answer to a search for free slots: a bundle of Slot, Schedule, Practitioner, Location, read and written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gp_connect import bundles, names
from gp_connect.elements import (
    Resource,
    Unreadable,
    child,
    children,
    extension,
    meta,
    reference,
    required,
    text,
    without_empty,
)
from gp_connect.moments import read_moment, write_moment
from gp_connect.organisations import (
    Organisation,
    read_location,
    read_practitioner,
    write_location,
    write_organisation,
    write_practitioner,
)
from gp_connect.roles import channel_code, channel_of, display_of
from vocabulary.identifiers import OdsCode
from vocabulary.slots import ClinicSession, DeliveryChannel, Location, Practitioner, Slot
from vocabulary.times import Window

_Index = Mapping[tuple[str, str], Resource]


def read(bundle: Resource, host: OdsCode) -> tuple[Slot, ...]:
    """Every free slot in the bundle, in the bundle's order.

    Tolerates what suppliers leave out (practitioner, address, slot type, channel, role) and add. Raises Unreadable
    when a slot lacks id, times or schedule, or the bundle is not whole: half a list must not look like a full diary.
    """
    found = bundles.whole(bundle)
    by_id = bundles.index(each for each in found if each["resourceType"] != "Slot")
    sessions: dict[str, ClinicSession] = {}
    slots = []
    for resource in found:
        if resource["resourceType"] != "Slot" or text(resource, "status") not in ("free", ""):
            continue
        schedule_id = reference(child(resource, "schedule"), "Schedule")
        if not schedule_id:
            raise Unreadable("Slot.schedule is missing")
        session = sessions.get(schedule_id)
        if session is None:
            session = sessions[schedule_id] = _session(schedule_id, by_id)
        slots.append(_slot(resource, host, session))
    return tuple(slots)


def _slot(resource: Resource, host: OdsCode, session: ClinicSession) -> Slot:
    return Slot(
        host=host,
        host_id=required(resource, "id"),
        window=read_window(resource),
        channel=channel_of(text(extension(resource, names.DELIVERY_CHANNEL), "valueCode")),
        slot_type=text(child(resource, "serviceType"), "text"),
        session=session,
    )


def read_window(resource: Resource) -> Window:
    """`start` and `end` of a Slot or Appointment."""
    try:
        return Window(read_moment(required(resource, "start")), read_moment(required(resource, "end")))
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable("it ends before it starts") from error


def _session(schedule_id: str, by_id: _Index) -> ClinicSession:
    schedule = by_id.get(("Schedule", schedule_id), {})
    return ClinicSession(
        host_id=schedule_id,
        name=text(child(schedule, "serviceCategory"), "text"),
        location=_location(schedule, by_id),
        practitioner=_practitioner(schedule, by_id),
        role_code=read_role_code(schedule),
    )


def _location(schedule: Resource, by_id: _Index) -> Location | None:
    location_id = _actor(schedule, "Location")
    if not location_id:
        return None
    resource = by_id.get(("Location", location_id))
    # Booking needs the id even where the details did not come along.
    return read_location(resource) if resource else Location(host_id=location_id, name="")


def _practitioner(schedule: Resource, by_id: _Index) -> Practitioner | None:
    practitioner_id = _actor(schedule, "Practitioner")
    if not practitioner_id:
        return None
    resource = by_id.get(("Practitioner", practitioner_id))
    return read_practitioner(resource) if resource else Practitioner(host_id=practitioner_id, name="")


def _actor(schedule: Resource, kind: str) -> str:
    for actor in children(schedule, "actor"):
        if found := reference(actor, kind):
            return found
    return ""


def read_role_code(resource: Resource) -> str:
    """The national job role on a Schedule or Appointment, whichever of its two code systems it is in."""
    concept = child(extension(resource, names.ROLE_OF_PRACTITIONER), "valueCodeableConcept")
    return text(child(concept, "coding"), "code")


def write_role(role_code: str) -> list[Resource]:
    """The PractitionerRole extension, or nothing."""
    if not role_code:
        return []
    coding = without_empty({"system": names.JOB_ROLES, "code": role_code, "display": display_of(role_code)})
    return [{"url": names.ROLE_OF_PRACTITIONER, "valueCodeableConcept": {"coding": [coding]}}]


@dataclass(frozen=True, slots=True)
class Includes:
    """What goes beside the slots. The organisation always does once there is a slot: an old habit of the standard."""

    organisation: Organisation
    practitioners: bool = True
    locations: bool = True
    horizons: Mapping[str, Window] = field(default_factory=dict)  # session id -> when the session runs


def write(slots: Iterable[Slot], includes: Includes) -> Resource:
    """The bundle a provider answers with: each session, place and person once. Visits are never offered."""
    listed = [slot for slot in slots if slot.channel is not DeliveryChannel.OTHER]
    sessions = {slot.session.host_id: slot.session for slot in listed}
    resources = [write_slot(slot) for slot in listed]
    spans = _spans(listed)
    resources += [
        write_schedule(session, includes.horizons.get(session_id, spans[session_id]))
        for session_id, session in sessions.items()
    ]
    if includes.practitioners:
        people = {held.host_id: held for session in sessions.values() if (held := session.practitioner)}
        resources += [write_practitioner(practitioner) for practitioner in people.values()]
    if includes.locations:
        places = {place.host_id: place for session in sessions.values() if (place := session.location)}
        organisation_id = includes.organisation.host_id
        resources += [write_location(place, organisation_id=organisation_id) for place in places.values()]
    if listed:
        resources.append(write_organisation(includes.organisation))
    return bundles.searchset(resources)


def write_slot(slot: Slot, *, status: str = "free", version: str = "1") -> Resource:
    """A Slot. `serviceType` is left out where the practice gave no wording."""
    resource = {
        "resourceType": "Slot",
        "id": slot.host_id,
        "meta": meta(names.SLOT, version),
        "extension": [{"url": names.DELIVERY_CHANNEL, "valueCode": channel_code(slot.channel)}],
        "schedule": {"reference": f"Schedule/{slot.session.host_id}"},
        "status": status,
        "start": write_moment(slot.window.start),
        "end": write_moment(slot.window.end),
    }
    if slot.slot_type:
        resource["serviceType"] = [{"text": slot.slot_type}]
    return resource


def write_schedule(session: ClinicSession, horizon: Window, *, version: str = "1") -> Resource:
    """A Schedule: where and by whom, and when the session runs."""
    actors = [f"Location/{session.location.host_id}"] if session.location else []
    actors += [f"Practitioner/{session.practitioner.host_id}"] if session.practitioner else []
    return without_empty(
        {
            "resourceType": "Schedule",
            "id": session.host_id,
            "meta": meta(names.SCHEDULE, version),
            "extension": write_role(session.role_code),
            "serviceCategory": without_empty({"text": session.name}),
            "actor": [{"reference": actor} for actor in actors],
            "planningHorizon": {"start": write_moment(horizon.start), "end": write_moment(horizon.end)},
        }
    )


def _spans(slots: Iterable[Slot]) -> dict[str, Window]:
    spans: dict[str, Window] = {}
    for slot in slots:
        known = spans.get(slot.session.host_id, slot.window)
        spans[slot.session.host_id] = Window(min(known.start, slot.window.start), max(known.end, slot.window.end))
    return spans
