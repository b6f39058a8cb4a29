"""What else is ahead for the patient of a visit: seen on one page, and what is not needed any more cancelled there."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, requires
from hub.schemas.booking import CANCELLATION_CHOICES, CancelSchema
from hub.schemas.fields import FormFault, faults_of
from hub.web import presenters, wording
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.naming import practice_names
from hub.web.record.looking import kept_word, never_kept
from hub.wiring import current_hub
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from vocabulary.appointments import BookingState
from vocabulary.choices import Permission
from vocabulary.identifiers import BookingRef
from vocabulary.problems import InvalidValue, Problem
from vocabulary.purposes import Scope

_TOLD = {
    BookingState.CANCELLED.value: "It is cancelled. Tell the patient.",
    BookingState.CANCELLING.value: "The practice has not confirmed it yet; the hub goes on asking.",
}


@blueprint.get("/session/<ref>/appointments")
@requires(Scope.VIEW_RECORD)
def appointments_ahead(ref: str) -> ResponseReturnValue:
    """The patient's other appointments across the cluster."""
    return _page(_ref(ref), said=request.args.get("said", ""))


@blueprint.post("/session/<ref>/appointments/<other>")
@requires(Scope.VIEW_RECORD)
def cancel_ahead(ref: str, other: str) -> ResponseReturnValue:
    """One of them is not needed any more."""
    visit, cancelled, form = _ref(ref), _ref(other), request.form.to_dict()
    try:
        command = CancelSchema().command(form, ref=cancelled)
        found = the_desk().cancel_ahead(visit, command, current_caller())
    except ValidationError as error:
        return _page(visit, chosen=cancelled, faults=faults_of(error), status=422)
    except BookingUnknown:
        raise
    except Problem as problem:
        return _page(visit, chosen=cancelled, problem=problem, status=409)
    return redirect(url_for("web.appointments_ahead", ref=visit.value, said=found.state.value), 303)


def _page(
    visit: BookingRef,
    *,
    said: str = "",
    chosen: BookingRef | None = None,
    faults: tuple[FormFault, ...] = (),
    problem: Problem | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    now, names = current_hub().clock.now(), practice_names()
    found = the_desk().ahead(visit, current_caller())
    page = render_template(
        "ahead.html",
        visit=found.visit,
        patient=presenters.full_name(found.visit.family, found.visit.given),
        others=[
            {
                "booking": one,
                "when": presenters.hold_words(one.facts, now),
                "state": wording.STATES[one.state],
                "reason": one.description if _may_read_why(one, visit) else None,
                "by": names.get(one.booking_practice.value, one.booking_practice.value),
                "can_cancel": one.state is BookingState.BOOKED,
                "open": one.ref == chosen,
            }
            for one in found.others
        ],
        not_shown=found.not_shown,
        told=_TOLD.get(said, ""),
        reasons=[(reason.value, wording.CANCELLATIONS[reason]) for reason in CANCELLATION_CHOICES],
        faults=faults,
        alert=problem,
        show_patient=False,
    )
    return never_kept(make_response(page, status))


def _may_read_why(one: BookingView, visit: BookingRef) -> bool:
    """What an appointment is for tells of the patient's health: to those who have to do with it, and to whom the
    patient has said, for this visit, that they may look."""
    mine, word = current_caller().practice, kept_word(visit)
    allowed = word is not None and word.permission is Permission.GIVEN
    return allowed or mine in (one.booking_practice, one.facts.host, one.home_practice)


def _ref(text: str) -> BookingRef:
    try:
        return BookingRef.parse(text)
    except InvalidValue:
        raise BookingUnknown("There is no such appointment.", next_step="Look at your session again.") from None
