"""What makes a booking request acceptable: its form, then its slots."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from gp_connect import names, structures
from gp_connect.appointments import read_booked_by, slot_ids
from gp_connect.elements import Resource, Unreadable, child, children, expect, extension, reference, strings, text
from gp_connect.moments import read_moment
from gp_connect.organisations import Organisation
from gp_connect.outcomes import Rejected
from gp_connect.slot_search import Asker
from gp_connect.slots import read_window
from gp_connect.spine_codes import BAD_REQUEST, INVALID_RESOURCE
from vocabulary.appointments import COMMENT_LIMIT, DESCRIPTION_LIMIT
from vocabulary.slots import DeliveryChannel, Slot
from vocabulary.times import Window

FORBIDDEN = (
    "reason",
    "specialty",
    "appointmentType",
    "indication",
    "supportingInformation",
    "incomingReferral",
    "requestedPeriod",
)


# `Slot/1` or `Slot/1/_history/3`
_RELATIVE = re.compile(r"[A-Za-z]{1,64}/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A well-formed booking request, as a provider reads it."""

    slot_ids: tuple[str, ...]
    patient_id: str
    location_id: str
    practitioner_id: str
    window: Window
    created: datetime
    description: str
    comment: str
    booked_by: Organisation

    @property
    def asker(self) -> Asker:
        """Who books, for the restrictions on the slots: they are checked again at booking."""
        return Asker(ods=self.booked_by.ods, kind=self.booked_by.kind)


def read(resource: Resource) -> Asked:
    """The form of a booking request: everything that can be told without the diary."""
    check_is_appointment(resource)
    check_references(resource)
    if resource.get("id"):
        raise Rejected(BAD_REQUEST, "Appointment.id must not be sent when booking")
    if resource.get("status") != "booked":
        raise _invalid("status must be booked")
    check_forbidden(resource)
    if extension(resource, names.CANCELLATION_REASON):
        raise _invalid("the cancellation reason must not be sent when booking")
    slots = slot_ids(resource)
    if not slots or len(slots) != len(children(resource, "slot")) or len(set(slots)) != len(slots):
        raise _invalid("slot must name one or more slots, each once")
    try:
        window = read_window(resource)
        created = read_moment(text(resource, "created"))
    except Unreadable as error:
        raise _invalid(f"start, end and created: {error}") from error
    patient, location, practitioner = _who_and_where(resource)
    return Asked(
        slot_ids=slots,
        patient_id=patient,
        location_id=location,
        practitioner_id=practitioner,
        window=window,
        created=created,
        description=check_texts(resource)[0],
        comment=text(resource, "comment"),
        booked_by=_booked_by(resource),
    )


def check_slots(asked: Asked, slots: Sequence[Slot], now: datetime) -> None:
    """The slots as the diary has them, in the order asked: adjacent, alike, in the future, and the times agree."""
    for before, after in pairwise(slots):
        if before.window.end != after.window.start:
            raise _invalid("slot: the slots are not adjacent")
        alike = (
            before.session.host_id == after.session.host_id,
            before.channel is after.channel,
            before.slot_type == after.slot_type,
        )
        if not all(alike):
            raise _invalid("slot: adjacent slots must share schedule, delivery channel and service type")
    window = Window(slots[0].window.start, slots[-1].window.end)
    if window.start <= now:
        raise _invalid("start lies in the past; only future appointments can be booked")
    if any(slot.channel is DeliveryChannel.OTHER for slot in slots):
        raise _invalid("slot: visits cannot be booked")
    if window != asked.window:
        raise _invalid("start and end do not match the slots")


def check_is_appointment(resource: Resource) -> None:
    """An Appointment that names its profile and holds nothing that STU3 does not know."""
    try:
        expect(resource, "Appointment")
    except Unreadable as error:
        raise _invalid(str(error)) from error
    mistake = structures.mistake(resource)
    if mistake:
        raise _invalid(mistake)
    if names.APPOINTMENT not in strings(child(resource, "meta"), "profile"):
        raise _invalid("meta.profile must name GPConnect-Appointment-1")


def check_references(resource: Resource) -> None:
    """References must be relative: to other servers' resources this one has no access."""
    for name in ("slot", "participant"):
        for item in children(resource, name):
            target = text(item if name == "slot" else child(item, "actor"), "reference")
            if not _RELATIVE.fullmatch(target):
                raise _invalid(f"{name}: a reference must be of the form Type/id")


def check_forbidden(resource: Resource) -> None:
    """What the profile and the standard's text forbid in an appointment, whoever sends it."""
    for name in FORBIDDEN:
        if resource.get(name):
            raise _invalid(f"{name} must not be sent")
    for identifier in children(resource, "identifier"):
        if {"use", "type", "period", "assigner"} & identifier.keys():
            raise _invalid("identifier may hold system and value only")
        if not text(identifier, "system") or not text(identifier, "value"):
            raise _invalid("identifier must hold system and value")


def check_texts(resource: Resource) -> tuple[str, str]:
    """Description and comment within their limits: a provider refuses, it never truncates."""
    description, comment = text(resource, "description"), text(resource, "comment")
    if not description.strip():
        raise _invalid("description is missing")
    if len(description) > DESCRIPTION_LIMIT:
        raise _invalid(f"description is longer than {DESCRIPTION_LIMIT} characters")
    if len(comment) > COMMENT_LIMIT:
        raise _invalid(f"comment is longer than {COMMENT_LIMIT} characters")
    return description, comment


def _who_and_where(resource: Resource) -> tuple[str, str, str]:
    found: dict[str, list[str]] = {"Patient": [], "Location": [], "Practitioner": []}
    for participant in children(resource, "participant"):
        actor = child(participant, "actor")
        if not text(actor, "reference"):
            raise _invalid("every participant needs an actor reference")
        if text(participant, "status") != "accepted":
            raise _invalid("participant.status must be accepted")
        for kind, ids in found.items():
            if logical_id := reference(actor, kind):
                ids.append(logical_id)
    if len(found["Patient"]) != 1 or len(found["Location"]) != 1 or len(found["Practitioner"]) > 1:
        raise _invalid("participant must name one patient, one location and at most one practitioner")
    return found["Patient"][0], found["Location"][0], "".join(found["Practitioner"])


def _booked_by(resource: Resource) -> Organisation:
    organisation = read_booked_by(resource)
    if organisation is None:
        raise _invalid("the booking organisation must point at a contained Organization with an ODS code")
    if len(children(resource, "contained")) != 1:
        raise _invalid("contained must hold the booking organisation and nothing else")
    if names.ORGANISATION not in strings(child(child(resource, "contained"), "meta"), "profile"):
        raise _invalid("contained: meta.profile must name CareConnect-GPC-Organization-1")
    if not organisation.name or not organisation.phone:
        raise _invalid("the contained Organization must have a name and a telephone number")
    return organisation


def _invalid(diagnostics: str) -> Rejected:
    return Rejected(INVALID_RESOURCE, diagnostics)
