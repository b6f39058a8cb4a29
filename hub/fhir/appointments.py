"""Appointments: free slots, book, retrieve, read, amend and cancel, through the diary desk's verbs."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from gp_connect import appointments as wire
from gp_connect import bundles, headers, slots
from gp_connect.appointments import CONTAINED_ID, ShownBeside
from gp_connect.elements import Resource
from gp_connect.organisations import Organisation
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import booking as booking_rules
from gp_connect.provider_rules import changing, reading, searching
from gp_connect.provider_rules.booking import Asked
from gp_connect.slots import Includes
from gp_connect.spine_codes import INVALID_RESOURCE, PATIENT_NOT_FOUND
from hub.fhir import foundations, refusals
from hub.fhir.visits import ROOT, Reply, Visit
from hub.schemas.plain import printable
from scheduling import amending, cancelling, hosted, hosted_bookings, outright, twins
from scheduling.commands import AmendBooking, BookOutright, CancelBooking
from scheduling.problems import HostRefused, OutcomeUnknown, PatientNotFound
from scheduling.results import BookingView, HostedBooking
from vocabulary.appointments import Appointment, AppointmentStatus, BookingState, CancellationReason, Receipt
from vocabulary.identifiers import BookingRef
from vocabulary.problems import InvalidValue, Problem
from vocabulary.slots import Slot

_UNFIT = "\N{REPLACEMENT CHARACTER}"  # what a character that FHIR forbids was read as
_NOT_ASKED_FOR = (  # the hub's own words for what it did, or found
    CancellationReason.MOVED,
    CancellationReason.HOST_CANCELLED,
    CancellationReason.LATE,
)
_REASONS = {reason.words: reason for reason in CancellationReason if reason not in _NOT_ASKED_FOR}


def free_slots(visit: Visit) -> Reply:
    """What the consumer's organisation may book; a search in another's name, or in nobody's, finds nothing."""
    search = searching.free_slots(visit.parameters)
    caller = visit.as_kind(search.asker.kind)
    found = hosted.free_slots(
        visit.hub.desk, visit.host.ods, search.window, caller, named=search.asker.ods == visit.caller.practice
    )
    includes = Includes(foundations.as_organisation(visit.host), search.with_practitioners, search.with_locations)
    return Reply(slots.write(found, includes))


def book(visit: Visit) -> Reply:
    """Hold and book in one. 201 once the practice has it; a doubt is told as one, and Retrieve tells how it ended."""
    asked = booking_rules.read(visit.body())
    _check_printable(asked.description, asked.comment)
    command = BookOutright(visit.host.ods, asked.slot_ids, asked.patient_id, asked.description, asked.comment)
    check = partial(_check_asked, visit, asked)
    try:
        view = outright.book(visit.hub.desk, visit.host, command, visit.as_kind(asked.booked_by.kind), check=check)
    except Problem as problem:
        raise refusals.of_booking(problem) from None
    if view.state is BookingState.REFUSED:
        raise refusals.of_refused(view)
    if view.state is not BookingState.BOOKED:
        raise OutcomeUnknown(
            "The practice has not said whether it was booked. Retrieve the patient's appointments in a minute; until "
            "that is answered, book nothing for them.",
        )
    return _shown(visit, hosted_bookings.made(visit.hub.desk, view), created=True)


def of_patient(visit: Visit) -> Reply:
    """The patient's appointments made through this service, cancelled ones too."""
    window = searching.appointments(visit.parameters, visit.hub.clock.now())
    try:
        found = hosted_bookings.of_patient(visit.hub.desk, visit.host, visit.logical_id, window, visit.caller)
    except PatientNotFound as problem:
        raise Rejected(PATIENT_NOT_FOUND, problem.message) from None
    return Reply(bundles.searchset(_resource(each) for each in found))


def read(visit: Visit) -> Reply:
    """One appointment that is still ahead."""
    held = _held(visit, _ref(visit))
    reading.check_readable(_resource(held), visit.hub.clock.now())
    return _shown(visit, held)


def amend(visit: Visit) -> Reply:
    """Change the two texts."""
    sent, held = visit.body(), _held(visit, _ref(visit))
    now = visit.hub.clock.now()
    description, comment = changing.amended_texts(sent, _resource(held), version=visit.version, now=now)
    _check_printable(description, comment)
    command = AmendBooking(held.view.ref, description, comment, held.version)
    try:
        amending.amend(visit.hub.desk, command, visit.caller)
    except Problem as problem:
        raise refusals.of_change(problem) from None
    return _shown(visit, _held(visit, held.view.ref), changed=True)


def cancel(visit: Visit) -> Reply:
    """Cancel, with a reason in the consumer's own words."""
    sent, held = visit.body(), _held(visit, _ref(visit))
    now = visit.hub.clock.now()
    words = changing.cancellation_reason(sent, _resource(held), version=visit.version, now=now).strip()
    reason = _REASONS.get(words, CancellationReason.OTHER_SYSTEM)
    command = CancelBooking(held.view.ref, reason, words if reason is CancellationReason.OTHER_SYSTEM else "")
    try:
        cancelling.cancel(visit.hub.desk, command, visit.caller)
        view = twins.awaited(visit.hub.desk, held.view.ref)  # the same, sent twice, is told once it is known
    except Problem as problem:
        raise refusals.of_change(problem) from None
    _check_cancelled(view)
    return _shown(visit, _held(visit, held.view.ref), changed=True)


def _check_printable(description: str, comment: str) -> None:
    """Refused, not cleaned as on the pages: a provider never changes the texts it is sent."""
    for name, sent in (("description", description), ("comment", comment)):
        if printable(sent) != sent or _UNFIT in sent:
            raise _invalid(f"{name} holds control characters, or signs that turn the direction of writing")


def _check_cancelled(view: BookingView) -> None:
    if view.state is BookingState.CANCELLING:
        raise OutcomeUnknown(
            "The practice has not confirmed the cancellation yet; the hub goes on asking. Read the appointment again "
            "in a minute.",
        )
    if view.state is not BookingState.CANCELLED:
        raise HostRefused("The practice did not cancel it: the appointment stands.")


def _check_asked(visit: Visit, asked: Asked, found: Sequence[Slot]) -> None:
    """What must hold between a booking and the diary, by the rules of the standard."""
    if asked.booked_by.ods != visit.caller.practice:
        raise _invalid("the booking organisation is not the one that the audit token names")
    if len(found) != len(asked.slot_ids):
        raise _invalid("slot: there is no such slot")
    booking_rules.check_slots(asked, tuple(found), visit.hub.clock.now())
    place = found[0].session.location
    if place is None or place.host_id != asked.location_id:
        raise _invalid("participant: the location is not the session's")


def _ref(visit: Visit) -> BookingRef:
    try:
        ref = BookingRef.parse(visit.logical_id)
    except InvalidValue:
        raise reading.not_found("Appointment") from None
    if ref.value != visit.logical_id:
        raise reading.not_found("Appointment")
    return ref


def _held(visit: Visit, ref: BookingRef) -> HostedBooking:
    try:
        return hosted_bookings.one(visit.hub.desk, visit.host, ref, visit.caller)
    except Problem as problem:
        raise refusals.of_change(problem) from None


def _shown(visit: Visit, held: HostedBooking, *, created: bool = False, changed: bool = False) -> Reply:
    resource = _resource(held)
    root = f"{visit.hub.config.hub_url.rstrip('/')}/{visit.host.ods}/{ROOT}"
    about = headers.of_stored(resource, root, modified=held.changed_at, created=created)
    return Reply(resource, 201 if created else 200, about, changed=created or changed)


def _resource(held: HostedBooking) -> Resource:
    view, first = held.view, held.slots[0]
    cancelled = view.state is BookingState.CANCELLED
    appointment = Appointment(
        receipt=Receipt(view.facts.host, view.ref.value, str(held.version)),
        status=AppointmentStatus.CANCELLED if cancelled else AppointmentStatus.BOOKED,
        patient_host_id=held.patient_id,
        slot_ids=tuple(slot.host_id for slot in held.slots),
        window=view.facts.window,
        description=view.description,
        comment=view.comment,
        cancellation_reason=held.cancel_words,
        booked_by=view.booking_practice,
    )
    return wire.write(appointment, _beside(held, first.session.role_code))


def _beside(held: HostedBooking, role_code: str) -> ShownBeside:
    view, session = held.view, held.slots[0].session
    created: datetime = view.requested_at
    return ShownBeside(
        created=created,
        booked_by=Organisation(
            ods=view.booking_practice,
            name=view.booking_practice_name,
            phone=held.booking_practice_phone,
            host_id=CONTAINED_ID,
        ),
        location_id=session.location.host_id if session.location else view.facts.location_id,
        practitioner_id=session.practitioner.host_id if session.practitioner else "",
        channel=view.facts.channel,
        role_code=role_code,
        slot_type=view.facts.slot_type,
        session_name=view.facts.session_name,
    )


def _invalid(diagnostics: str) -> Rejected:
    return Rejected(INVALID_RESOURCE, diagnostics)
