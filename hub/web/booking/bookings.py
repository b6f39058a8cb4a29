"""Bookings: find one, look at it, see how a new one ended, cancel it, begin to move it."""

from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, requires
from hub.schemas.booking import CANCELLATION_CHOICES, CancelSchema, FindSchema
from hub.schemas.fields import FormFault, faults_of
from hub.web import presenters, wording
from hub.web.blueprint import blueprint
from hub.web.booking import clashes, offer_words
from hub.web.booking.desk import the_desk
from hub.web.booking.held import follow_last_booking
from hub.web.booking.on_the_phone import UpcomingBooking, current_patient, note_booking, note_change, put_through
from hub.web.clinic.session_words import Notice, booking_notice, host_notice
from hub.wiring import current_hub
from scheduling import outcomes
from scheduling.commands import ListBookings
from scheduling.problems import PatientNotFound
from scheduling.results import BookingView, Offer
from vocabulary.appointments import BookingState
from vocabulary.identifiers import BookingRef
from vocabulary.problems import Problem
from vocabulary.purposes import Scope
from vocabulary.times import Window

_AHEAD = timedelta(days=60)
_BEHIND = timedelta(days=90)
_ANOTHER = FormFault(
    "other_patient_seen",
    "Check whose booking this is: the patient on the phone is somebody else. Tick the box if you mean it.",
)
_OPEN = (BookingState.REQUESTED, BookingState.IN_DOUBT, BookingState.CANCELLING)


@blueprint.get("/bookings")
@requires(Scope.BOOK)
def bookings() -> ResponseReturnValue:
    """Find by reference; the patient's bookings; what this practice booked that is still to come."""
    return _bookings_page(typed="", faults=())


def _bookings_page(*, typed: str, faults: tuple[FormFault, ...], status: int = 200) -> ResponseReturnValue:
    now, caller, patient = current_hub().clock.now(), current_caller(), current_patient()
    desk = the_desk()
    theirs: tuple[BookingView, ...] = ()
    ours: tuple[BookingView, ...] = ()
    if patient is not None:
        theirs = desk.listed(
            ListBookings(nhs_number=patient.number, window=Window(now - _BEHIND, now + _AHEAD)), caller
        )
    else:
        ours = desk.listed(ListBookings(by_practice=caller.practice, window=Window(now, now + _AHEAD)), caller)
    page = render_template(
        "bookings.html",
        typed=typed,
        faults=faults,
        listed=presenters.booking_lists(theirs if patient is not None else ours, now),
    )
    return page, status


@blueprint.post("/bookings/find")
@requires(Scope.BOOK)
def find_booking() -> ResponseReturnValue:
    """By reference, as read out over the telephone."""
    form = request.form.to_dict()
    try:
        ref = FindSchema().ref(form)
    except ValidationError as error:
        return _bookings_page(typed=form.get("reference", ""), faults=faults_of(error), status=422)
    return redirect(url_for("web.booking", ref=ref.value), 303)


@blueprint.get("/bookings/<ref>")
@requires(Scope.BOOK)
def booking(ref: str) -> ResponseReturnValue:
    """One booking with its history, and what can be done with it."""
    found, now = _booking(ref), current_hub().clock.now()
    note_change(found)
    follow_last_booking(found)
    ahead = found.facts.window.start > now
    return render_template(
        "booking.html",
        booking=found,
        tag=presenters.booking_tag(found),
        facts=presenters.slot_facts(found.facts, now),
        about=presenters.booking_facts(found, now),
        history=the_desk().history(found.ref, current_caller()),
        can_change=found.state is BookingState.BOOKED and ahead,
        script=presenters.read_out(found, _replaced(found)) if found.state is BookingState.BOOKED and ahead else (),
        next_step=_after_refusal(found),
        patient_words=presenters.full_name(found.family, found.given),
        other_patient=_is_of_another(found),
        now_say=presenters.cancelled_words(found) if ahead else "",
        notice=_notice(found),
    )


def _notice(found: BookingView) -> Notice | None:
    """What the practice changed in its own system, as said to its own staff or to whoever booked."""
    said = host_notice if current_caller().practice == found.facts.host else booking_notice
    return said(found, current_hub().clock.now()) if found.at_host is not None else None


def _is_of_another(found: BookingView) -> bool:
    """Somebody is on the phone, and this booking is not theirs: nothing of it is changed unasked.

    A booking may be under a number that was replaced since: the national record says whose that is now.
    """
    patient = current_patient()
    if patient is None or patient.nhs_number == found.nhs_number.value:
        return False
    if patient.born != found.birth_date:
        return True
    try:
        return the_desk().look_up(found.nhs_number, current_caller()).nhs_number != patient.number
    except PatientNotFound:
        return True


@blueprint.get("/bookings/<ref>/outcome")
@requires(Scope.BOOK)
def outcome(ref: str) -> ResponseReturnValue:
    """How it ended: booked, not known yet (the page changes by itself), or not booked with other times."""
    found, now = _booking(ref), current_hub().clock.now()
    note_booking(found)
    follow_last_booking(found)
    old = _replaced(found)
    others: tuple[Offer, ...] = ()
    if found.state is BookingState.REFUSED and found.facts.window.start > now:
        others = the_desk().alternatives(found.facts, current_caller())
    return render_template(
        "outcome.html",
        booking=found,
        facts=presenters.slot_facts(found.facts, now),
        script=presenters.read_out(found, old),
        alternatives=tuple(offer_words.offer_line(offer, now, _taken(found)) for offer in others),
        next_step=_after_refusal(found),
        is_open=found.state in _OPEN,
        old=old,
        patient_words=presenters.full_name(found.family, found.given),
        asked=None,
        moving=found.replaces,
        query="",
    )


def _taken(refused: BookingView) -> tuple[UpcomingBooking, ...]:
    """What else the patient has, when the refused booking's patient is on the phone."""
    patient = current_patient()
    mine = patient is not None and patient.nhs_number == refused.nhs_number.value
    return clashes.known_bookings(patient, refused.replaces) if mine else ()


def _after_refusal(booking: BookingView) -> str:
    facts = booking.facts
    return outcomes.next_step(booking.refusal_code, facts.host_name, facts.host_bypass_phone or facts.host_phone)


def _replaced(found: BookingView) -> BookingView | None:
    """The booking that this one was moved from."""
    if found.replaces is None:
        return None
    old = the_desk().booking(found.replaces, current_caller())
    note_change(old)
    return old


@blueprint.get("/bookings/<ref>/state")
@requires(Scope.BOOK, quiet=True)
def state(ref: str) -> ResponseReturnValue:
    """What a waiting page asks every few seconds; tells it to load anew once there is news."""
    found = _booking(ref)
    if found.state in _OPEN:
        return render_template("parts/checking.html", booking=found)
    return "", 200, {"HX-Refresh": "true"}


@blueprint.get("/bookings/<ref>/cancel")
@requires(Scope.BOOK)
def cancel_form(ref: str) -> ResponseReturnValue:
    """Who asked, and why; not for what is cancelled already."""
    found = _booking(ref)
    if found.state in (BookingState.CANCELLED, BookingState.CANCELLING):
        return redirect(url_for("web.booking", ref=found.ref.value), 303)
    return _cancel_page(found, {}, ())


def _cancel_page(
    found: BookingView,
    typed: dict[str, str],
    faults: tuple[FormFault, ...],
    *,
    problem: Problem | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    now, other = current_hub().clock.now(), _is_of_another(found)
    page = render_template(
        "cancel.html",
        booking=found,
        when=presenters.hold_words(found.facts, now),
        patient_words=presenters.full_name(found.family, found.given),
        reasons=_reasons(focus=not faults and problem is None and not other),
        other_patient=other,
        typed=typed,
        faults=faults,
        problem=problem,
    )
    return page, status


def _reasons(*, focus: bool) -> list[dict[str, Any]]:
    """None is chosen beforehand; the focus is on the first, so that Space and Enter cancel as the patient asked."""
    found: list[dict[str, Any]] = [
        {"value": reason.value, "text": wording.CANCELLATIONS[reason]} for reason in CANCELLATION_CHOICES
    ]
    if focus:
        found[0]["attributes"] = {"autofocus": "autofocus"}
    return found


@blueprint.post("/bookings/<ref>/cancel")
@requires(Scope.BOOK)
def cancel(ref: str) -> ResponseReturnValue:
    """Cancel it; when the host does not confirm at once, the booking's page says so."""
    known, form = BookingRef.parse(ref), request.form.to_dict()
    try:
        command = CancelSchema().command(form, ref=known)
        if form.get("other_patient_seen") != "yes" and _is_of_another(found := _booking(ref)):
            return _cancel_page(found, form, (_ANOTHER,), status=422)
        found = the_desk().cancel(command, current_caller())
    except ValidationError as error:
        return _cancel_page(_booking(ref), form, faults_of(error), status=422)
    except Problem as problem:
        return _cancel_page(_booking(ref), form, (), problem=problem, status=422)
    note_booking(found)
    return redirect(url_for("web.booking", ref=known.value), 303)


@blueprint.get("/bookings/<ref>/move")
@requires(Scope.BOOK)
def move_again(ref: str) -> ResponseReturnValue:
    """The address of a move, loaded anew: back to the booking."""
    return redirect(url_for("web.booking", ref=BookingRef.parse(ref).value), 303)


@blueprint.post("/bookings/<ref>/move")
@requires(Scope.BOOK)
def move(ref: str) -> ResponseReturnValue:
    """Search for another time; the old one is kept until the new one is booked. Nobody is put on the phone unasked."""
    found = _booking(ref)
    if _is_of_another(found) and request.form.get("change_patient") != "yes":
        return redirect(url_for("web.booking", ref=found.ref.value), 303)
    put_through(the_desk().look_up(found.nhs_number, current_caller()))
    facts = found.facts
    return redirect(
        url_for("web.search", moving=found.ref.value, when="week", role=facts.role.value, channel=facts.channel.value),
        303,
    )


@blueprint.post("/bookings/<ref>/patient")
@requires(Scope.BOOK)
def put_patient_through(ref: str) -> ResponseReturnValue:
    """The patient of this booking is on the phone."""
    put_through(the_desk().look_up(_booking(ref).nhs_number, current_caller()))
    return redirect(url_for("web.search" if request.form.get("then") == "search" else "web.bookings"), 303)


def _booking(ref: str) -> BookingView:
    return the_desk().booking(BookingRef.parse(ref), current_caller())
