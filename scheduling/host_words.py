"""PURE: what a host says of an appointment that the hub has as booked, beside what the patient was told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vocabulary.appointments import Appointment, AppointmentStatus
from vocabulary.times import Window, london, london_date, time_words


class HostSays(StrEnum):
    """The last answered look, in one word."""

    STANDS = "stands"
    MOVED = "moved"  # the same appointment, at another time
    ABSENT = "absent"  # the host shows no such appointment
    CANCELLED = "cancelled"
    HELD = "held"  # it had cancelled it, that was acted on here, and now it shows it again


@dataclass(frozen=True, slots=True)
class AtHost:
    """Where the host's diary and the booking differ: since when it is known here, and what was done about it."""

    says: HostSays
    since: datetime
    window: Window | None  # when the host has it, if it moved it
    handled: str  # what whoever booked wrote down about it; empty while nobody has


def says(there: Appointment | None, told: Window) -> HostSays:
    """What the host says of it. A status that is neither booked nor cancelled (arrived, say) is one that stands."""
    if there is None:
        return HostSays.ABSENT
    if there.status is AppointmentStatus.CANCELLED:
        return HostSays.CANCELLED
    return HostSays.STANDS if there.window == told else HostSays.MOVED


def when(window: Window, told: Window) -> str:
    """The host's time as said beside the one that was told: with the day where that is another."""
    start, at = london(window.start), time_words(window.start)
    if london_date(window.start) == london_date(told.start):
        return at
    return f"{at} on {start.day} {start:%B}"


def said_words(host_name: str, what: str, at: datetime) -> str:
    """What was said of the visit in the host's own system, for the booking's history."""
    return f"{host_name} said so in its own system at {time_words(at)}: {what}."


def came_words(host_name: str, at: datetime) -> str:
    """Whom the host had cancelled is here."""
    came = f"The patient came at {time_words(at)} although {host_name} had cancelled"
    return f"{came}: do not ring them to offer another time."


def here_words(host_name: str, status: str, since: datetime) -> str:
    """The host cancelled an appointment whose patient it had down as there."""
    return f"The patient was there, down as “{status}” since {time_words(since)} at {host_name}: do not ring them."


def words(found: HostSays, host_name: str, told: Window, window: Window | None) -> str:
    """What happened, for the booking's history."""
    match found:
        case HostSays.CANCELLED:
            return f"{host_name} cancelled it in its own system, as the hub found."
        case HostSays.ABSENT:
            return f"{host_name} no longer shows this appointment, as the hub found."
        case HostSays.MOVED:
            return f"{host_name} moved it in its own system{to(window, told)}, as the hub found."
        case HostSays.HELD:
            return f"{host_name} shows this appointment again, which it had cancelled."
        case _:
            return f"{host_name} shows it again as it was booked."


def to_do(found: HostSays, host_name: str, told: Window, window: Window | None) -> str:
    """What whoever booked is asked to do about it."""
    match found:
        case HostSays.CANCELLED:
            return f"{host_name} has cancelled this appointment. Tell the patient and offer another time."
        case HostSays.ABSENT:
            return f"{host_name} no longer shows this appointment. Ring them, then tell the patient."
        case HostSays.MOVED:
            return (
                f"{host_name} shows this appointment at another time{to(window, told)}. The patient was told "
                f"{when(told, told)}. Ring the patient: they come at the new time, or it is moved or cancelled here."
            )
        case HostSays.HELD:
            return (
                f"{host_name} holds this appointment again, which it had cancelled, and somebody here has acted on "
                "that. Ring them."
            )
        case _:
            return (
                f"{host_name} had changed this appointment and shows it again as it was booked. Somebody here had "
                "dealt with the change: ring the patient, who may have been told of it."
            )


def to(window: Window | None, told: Window) -> str:
    """Where it was moved to, if that is known."""
    return f", to {when(window, told)}" if window is not None else ""
