"""Appointments on the wire: the booking request, the appointment as a host holds it, and its changed forms."""

import copy
from dataclasses import dataclass, replace
from datetime import datetime

from gp_connect import bundles, names
from gp_connect.elements import (
    Resource,
    Unreadable,
    child,
    children,
    expect,
    extension,
    meta,
    reference,
    required,
    text,
    version,
    without_empty,
)
from gp_connect.moments import write_moment
from gp_connect.organisations import Organisation, read_organisation, write_organisation
from gp_connect.roles import channel_code
from gp_connect.slots import read_window, write_role
from vocabulary.appointments import Appointment, AppointmentStatus, BookingRequest, Receipt
from vocabulary.identifiers import OdsCode
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window, london_date

CONTAINED_ID = "1"
_STATUSES = {"booked": AppointmentStatus.BOOKED, "cancelled": AppointmentStatus.CANCELLED}


def booking(request: BookingRequest, *, kind: str = names.GP_PRACTICE) -> Resource:
    """The resource to POST. `kind` must be the organisation type that the search for slots sent, if any."""
    session = request.slots[0].session
    if session.location is None:
        raise Unreadable("the clinic session names no location, and a booking must name one")
    participants = [f"Patient/{request.patient_host_id}", f"Location/{session.location.host_id}"]
    if session.practitioner:
        participants.append(f"Practitioner/{session.practitioner.host_id}")
    booked_by = Organisation(
        ods=request.booking_practice,
        name=request.booking_practice_name,
        phone=request.booking_practice_phone,
        kind=kind,
        host_id=CONTAINED_ID,
    )
    return without_empty(
        {
            **_head("", ""),
            "contained": [write_organisation(booked_by, version="")],
            "extension": [_booked_by_extension()],
            "status": "booked",
            "description": request.description,
            **_times(request.window),
            "slot": [{"reference": f"Slot/{slot.host_id}"} for slot in request.slots],
            "created": write_moment(request.created),
            "comment": request.comment_on_the_wire,
            "participant": [_participant(who) for who in participants],
        }
    )


def read(resource: Resource, host: OdsCode) -> Appointment:
    """An appointment as the host holds it. Slots may be missing (some systems drop them on cancelling)."""
    expect(resource, "Appointment")
    actors = [child(participant, "actor") for participant in children(resource, "participant")]
    patient = next((found for actor in actors if (found := reference(actor, "Patient"))), "")
    if not patient:
        raise Unreadable("Appointment.participant names no patient")
    booked_by = read_booked_by(resource)
    return Appointment(
        receipt=Receipt(host=host, appointment_id=required(resource, "id"), version=version(resource)),
        status=_STATUSES.get(text(resource, "status"), AppointmentStatus.OTHER),
        patient_host_id=patient,
        slot_ids=slot_ids(resource),
        window=read_window(resource),
        description=text(resource, "description"),
        comment=text(resource, "comment"),
        cancellation_reason=text(extension(resource, names.CANCELLATION_REASON), "valueString"),
        booked_by=booked_by.ods if booked_by else None,
    )


def read_all(bundle: Resource, host: OdsCode) -> tuple[Appointment, ...]:
    """The appointments of a Retrieve answer."""
    return tuple(read(resource, host) for resource in bundles.of_type(bundle, "Appointment"))


def slot_ids(resource: Resource) -> tuple[str, ...]:
    """The logical ids of an appointment's slots, in its order."""
    found = (reference(item, "Slot") for item in children(resource, "slot"))
    return tuple(slot_id for slot_id in found if slot_id)


def read_booked_by(resource: Resource) -> Organisation | None:
    """The contained organisation that the booking-organisation extension points at."""
    pointer = text(child(extension(resource, names.BOOKING_ORGANISATION), "valueReference"), "reference")
    for contained in children(resource, "contained"):
        if contained.get("resourceType") == "Organization" and f"#{text(contained, 'id').lstrip('#')}" == pointer:
            return read_organisation(contained)
    return None


def retrieve_query(window: Window) -> list[tuple[str, str]]:
    """The parameters of Retrieve a patient's appointments: whole days, both ends included."""
    first, last = london_date(window.start), london_date(window.end)
    return [("start", f"ge{first.isoformat()}"), ("start", f"le{last.isoformat()}")]


def cancelled_form(resource: Resource, reason: str) -> Resource:
    """The full resource to PUT back: only status and reason differ, as the standard demands."""
    changed = copy.deepcopy(resource)
    changed["status"] = "cancelled"
    kept = [item for item in children(changed, "extension") if item.get("url") != names.CANCELLATION_REASON]
    changed["extension"] = [*kept, {"url": names.CANCELLATION_REASON, "valueString": reason}]
    return changed


def amended_form(resource: Resource, *, description: str, comment: str) -> Resource:
    """The full resource to PUT back: only the two texts differ; an empty comment is left out."""
    changed = copy.deepcopy(resource)
    changed.pop("comment", None)
    changed["description"] = description
    if comment:
        changed["comment"] = comment
    return changed


@dataclass(frozen=True, slots=True)
class ShownBeside:
    """What a provider shows beside the vocabulary's Appointment."""

    created: datetime
    booked_by: Organisation
    location_id: str
    practitioner_id: str = ""
    channel: DeliveryChannel = DeliveryChannel.IN_PERSON
    role_code: str = ""
    slot_type: str = ""
    session_name: str = ""


def write(appointment: Appointment, beside: ShownBeside) -> Resource:
    """The Appointment resource a provider answers with."""
    participants = [f"Patient/{appointment.patient_host_id}", f"Location/{beside.location_id}"]
    if beside.practitioner_id:
        participants.append(f"Practitioner/{beside.practitioner_id}")
    extensions: list[Resource] = [
        _booked_by_extension(),
        *write_role(beside.role_code),
        {"url": names.DELIVERY_CHANNEL, "valueCode": channel_code(beside.channel)},
    ]
    if appointment.cancellation_reason:
        extensions.append({"url": names.CANCELLATION_REASON, "valueString": appointment.cancellation_reason})
    return without_empty(
        {
            **_head(appointment.receipt.appointment_id, appointment.receipt.version),
            "contained": [write_organisation(replace(beside.booked_by, host_id=CONTAINED_ID), version="")],
            "extension": extensions,
            "status": _wire_status(appointment.status),
            "serviceCategory": without_empty({"text": beside.session_name}),
            "serviceType": [{"text": beside.slot_type}] if beside.slot_type else [],
            "description": appointment.description,
            **_times(appointment.window),
            "slot": [{"reference": f"Slot/{slot_id}"} for slot_id in appointment.slot_ids],
            "created": write_moment(beside.created),
            "comment": appointment.comment,
            "participant": [_participant(who) for who in participants],
        }
    )


def _wire_status(status: AppointmentStatus) -> str:
    if status is AppointmentStatus.OTHER:
        raise ValueError("an appointment of another status has no single code on the wire")
    return status.value


def _head(appointment_id: str, version_id: str) -> Resource:
    return {"resourceType": "Appointment", "id": appointment_id, "meta": meta(names.APPOINTMENT, version_id)}


def _times(window: Window) -> Resource:
    return {"start": write_moment(window.start), "end": write_moment(window.end)}


def _participant(who: str) -> Resource:
    return {"actor": {"reference": who}, "status": "accepted"}


def _booked_by_extension() -> Resource:
    return {"url": names.BOOKING_ORGANISATION, "valueReference": {"reference": f"#{CONTAINED_ID}"}}
