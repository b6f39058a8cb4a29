"""What may be changed about an appointment: its two texts (amend), or its status with a reason (cancel)."""

from collections.abc import Callable
from datetime import datetime

from gp_connect import names
from gp_connect.elements import Resource, Unreadable, child, children, extension, text
from gp_connect.moments import read_moment
from gp_connect.organisations import read_address, read_phone
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import versions
from gp_connect.provider_rules.booking import check_forbidden, check_is_appointment, check_references, check_texts
from gp_connect.roles import channel_of
from gp_connect.slots import read_window
from gp_connect.spine_codes import INVALID_PARAMETER, INVALID_RESOURCE
from vocabulary.slots import DeliveryChannel

# What the standard says to ignore in a request, and what says nothing about the appointment itself
_IGNORED = {"resourceType", "meta", "serviceType", "serviceCategory", "text", "language", "implicitRules"}
_TEXTS = {"description", "comment"}
# What the provider adds to an appointment by itself: the published requests leave it out, so it may be missing
_ADDED_BY_PROVIDER = {names.DELIVERY_CHANNEL, names.ROLE_OF_PRACTITIONER}


def amended_texts(sent: Resource, held: Resource, *, version: str, now: datetime) -> tuple[str, str]:
    """Description and comment of an acceptable amendment of the appointment that is `held`. `version` is If-Match's,
    empty where none came (the standard demands it of consumers, live systems do not).
    """
    _check_common(sent, held, version=version, now=now)
    if text(held, "status") != "booked":
        raise _invalid("status: a cancelled appointment cannot be amended")
    if text(sent, "status") != "booked":
        raise _invalid("status must not change when amending")
    if _sent_extensions(sent).get(names.CANCELLATION_REASON):
        raise _invalid("the cancellation reason must not be sent when amending")
    _check_unchanged(sent, held, but=_TEXTS)
    return check_texts(sent)


def cancellation_reason(sent: Resource, held: Resource, *, version: str, now: datetime) -> str:
    """The reason in an acceptable cancellation. An appointment that is cancelled already is refused."""
    _check_common(sent, held, version=version, now=now)
    if text(held, "status") != "booked":
        raise _invalid("status: the appointment is cancelled already")
    if text(sent, "status") != "cancelled":
        raise _invalid("status must be cancelled")
    found = _sent_extensions(sent).get(names.CANCELLATION_REASON)
    if found is None:
        raise _invalid("the cancellation reason is missing")
    reason = text(found, "valueString")
    if not reason.strip():
        # The one place where the official suite wants this code for a resource
        raise Rejected(INVALID_PARAMETER, "the cancellation reason is empty")
    _check_unchanged(sent, held, but={"status"})
    return reason


def _check_common(sent: Resource, held: Resource, *, version: str, now: datetime) -> None:
    check_is_appointment(sent)
    versions.check(version, held)
    try:
        start = read_moment(text(held, "start"))
        same_times = read_window(sent) == read_window(held)
    except Unreadable as error:
        raise _invalid(f"start and end: {error}") from error
    if start <= now:
        raise _invalid("start lies in the past; only future appointments can be changed")
    if channel_of(text(extension(held, names.DELIVERY_CHANNEL), "valueCode")) is DeliveryChannel.OTHER:
        raise _invalid("visits cannot be changed")
    if not same_times:
        raise _invalid("start and end must not change")
    check_references(sent)
    check_forbidden(sent)


def _check_unchanged(sent: Resource, held: Resource, *, but: set[str]) -> None:
    """Everything that is not ignored and not `but` must be as it is held."""
    for name, shape in _SHAPES.items():
        if name not in but and shape(sent) != shape(held):
            raise _invalid(f"{name} must not change")
    for name in sorted((sent.keys() | held.keys()) - _SHAPES.keys() - _IGNORED - but - {"extension"}):
        # What a provider shows of itself (a priority, say) may be left out, but not be added or altered.
        if name in sent and sent[name] != held.get(name):
            raise _invalid(f"{name} must not change")
    _check_extensions(_sent_extensions(sent), _sent_extensions(held))


def _check_extensions(sent: dict[str, Resource], held: dict[str, Resource]) -> None:
    for url in (sent.keys() | held.keys()) - {names.CANCELLATION_REASON}:
        missing = url not in sent and url in _ADDED_BY_PROVIDER
        if not missing and _meaning(sent.get(url)) != _meaning(held.get(url)):
            raise _invalid("extension must not change, but for the cancellation reason")


def _meaning(found: Resource | None) -> object:
    """An extension without the words beside its codes, which may differ after a round trip."""
    coding = child(child(found or {}, "valueCodeableConcept"), "coding")
    return text(coding, "code") if coding else found


def _sent_extensions(resource: Resource) -> dict[str, Resource]:
    return {text(item, "url"): item for item in children(resource, "extension")}


def _slots(resource: Resource) -> object:
    return [text(item, "reference") for item in children(resource, "slot")]


def _participants(resource: Resource) -> object:
    """Who takes part, in any order, and as what."""
    return sorted(
        (
            text(child(item, "actor"), "reference"),
            text(item, "status"),
            text(item, "required"),
            str(item.get("type", "")),
        )
        for item in children(resource, "participant")
    )


def _organisations(resource: Resource) -> object:
    """What counts of the contained organisation: formatting may differ after a round trip, its content may not."""
    return [
        (
            text(item, "id"),
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


def _text_of(name: str) -> Callable[[Resource], object]:
    return lambda resource: text(resource, name)


def _times(resource: Resource) -> object:
    return read_window(resource)


# How elements are compared whose writing may differ while they say the same
_SHAPES: dict[str, Callable[[Resource], object]] = {
    "id": _text_of("id"),
    "status": _text_of("status"),
    "description": _text_of("description"),
    "comment": _text_of("comment"),
    "start": _times,
    "end": _times,
    "slot": _slots,
    "participant": _participants,
    "contained": _organisations,
    "created": _created,
}


def _invalid(diagnostics: str) -> Rejected:
    return Rejected(INVALID_RESOURCE, diagnostics)
