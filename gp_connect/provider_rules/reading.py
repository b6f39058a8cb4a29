"""Reading one resource by its id: which code says that it is not there, and which appointments may be read."""

from datetime import datetime

from gp_connect.elements import Resource, Unreadable, text
from gp_connect.interactions import Interaction
from gp_connect.moments import read_moment
from gp_connect.outcomes import Rejected
from gp_connect.spine_codes import (
    INTERNAL_SERVER_ERROR,
    INVALID_RESOURCE,
    NO_RECORD_FOUND,
    ORGANISATION_NOT_FOUND,
    PATIENT_NOT_FOUND,
    PRACTITIONER_NOT_FOUND,
)

_MISSING = {
    "Patient": PATIENT_NOT_FOUND,
    "Organization": ORGANISATION_NOT_FOUND,
    "Practitioner": PRACTITIONER_NOT_FOUND,
    "Location": NO_RECORD_FOUND,
    "Appointment": NO_RECORD_FOUND,
}


def not_found(kind: str) -> Rejected:
    """The refusal for a resource of this type that is not there (or must look as if it were not)."""
    return Rejected(_MISSING.get(kind, NO_RECORD_FOUND), f"{kind}: there is none with this id")


def not_found_for(interaction: Interaction) -> Rejected:
    """The refusal for the resource that an interaction's address names."""
    return not_found(interaction.path.split("/")[1])


def check_readable(appointment: Resource, now: datetime) -> None:
    """Only future appointments may be read; retrieving also shows those of earlier today."""
    try:
        start = read_moment(text(appointment, "start"))
    except Unreadable as error:
        raise Rejected(INTERNAL_SERVER_ERROR, "the appointment held here has no readable start") from error
    if start <= now:
        raise Rejected(INVALID_RESOURCE, "start lies in the past; only future appointments can be read")
