"""What may be changed about an appointment: its two texts (amend), or its status with a reason (cancel)."""

from datetime import datetime

from gp_connect import names
from gp_connect.elements import Resource, Unreadable, child, children, extension, reference, text
from gp_connect.moments import read_moment
from gp_connect.organisations import read_address, read_phone
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules.booking import check_is_appointment, check_texts
from gp_connect.roles import channel_of
from gp_connect.spine_codes import INVALID_RESOURCE, VERSION_CONFLICT
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window


def amended_texts(sent: Resource, held: Resource, *, version: str, now: datetime) -> tuple[str, str]:
    """Description and comment of an acceptable amendment of the appointment that is `held`. `version` is If-Match's,
    empty where none came (the standard demands it of consumers, live systems do not).
    """
    _check_common(sent, held, version=version, now=now)
    if text(held, "status") != "booked":
        raise _invalid("status: a cancelled appointment cannot be amended")
    if text(sent, "status") != "booked":
        raise _invalid("status must not change when amending")
    if extension(sent, names.CANCELLATION_REASON):
        raise _invalid("the cancellation reason must not be sent when amending")
    return check_texts(sent)


def cancellation_reason(sent: Resource, held: Resource, *, version: str, now: datetime) -> str:
    """The reason in an acceptable cancellation. An appointment that is cancelled already is refused."""
    _check_common(sent, held, version=version, now=now)
    if text(held, "status") != "booked":
        raise _invalid("status: the appointment is cancelled already")
    if text(sent, "status") != "cancelled":
        raise _invalid("status must be cancelled")
    reason = text(extension(sent, names.CANCELLATION_REASON), "valueString")
    if not reason.strip():
        raise _invalid("the cancellation reason is missing")
    for name in ("description", "comment"):
        if text(sent, name) != text(held, name):
            raise _invalid(f"{name} must not change when cancelling")
    return reason


def _check_common(sent: Resource, held: Resource, *, version: str, now: datetime) -> None:
    check_is_appointment(sent)
    if version and version != text(child(held, "meta"), "versionId"):
        raise Rejected(VERSION_CONFLICT, "If-Match is not the current version")
    try:
        start = read_moment(text(held, "start"))
        same_times = _window(sent) == _window(held)
    except Unreadable as error:
        raise _invalid(f"start and end must be times with an offset: {error}") from error
    if start <= now:
        raise _invalid("start lies in the past; only future appointments can be changed")
    if channel_of(text(extension(held, names.DELIVERY_CHANNEL), "valueCode")) is DeliveryChannel.OTHER:
        raise _invalid("visits cannot be changed")
    if not same_times:
        raise _invalid("start and end must not change")
    for name in ("reason", "specialty"):
        if sent.get(name):
            raise _invalid(f"{name} must not be sent")
    for name, shape in _UNCHANGED:
        if shape(sent) != shape(held):
            raise _invalid(f"{name} must not change")


def _window(resource: Resource) -> Window:
    try:
        return Window(read_moment(text(resource, "start")), read_moment(text(resource, "end")))
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable("the appointment ends before it starts") from error


def _slots(resource: Resource) -> object:
    return [reference(item, "Slot") for item in children(resource, "slot")]


def _participants(resource: Resource) -> object:
    return sorted(text(child(item, "actor"), "reference") for item in children(resource, "participant"))


def _organisations(resource: Resource) -> object:
    """What counts of the contained organisation: formatting may differ after a round trip, its content may not."""
    return [
        (
            item.get("identifier"),
            item.get("type"),
            text(item, "name"),
            read_phone(item),
            read_address(child(item, "address")),
        )
        for item in children(resource, "contained")
    ]


def _created(resource: Resource) -> object:
    try:
        return read_moment(text(resource, "created"))
    except Unreadable:
        return text(resource, "created")


def _identity(resource: Resource) -> object:
    return text(resource, "id")


# serviceType and serviceCategory in a request are ignored, says the standard.
_UNCHANGED = (
    ("id", _identity),
    ("slot", _slots),
    ("participant", _participants),
    ("contained", _organisations),
    ("created", _created),
)


def _invalid(diagnostics: str) -> Rejected:
    return Rejected(INVALID_RESOURCE, diagnostics)
