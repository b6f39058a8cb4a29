"""The hold: four minutes to talk, then confirm. The booking's reference is the hold's, so a double click books once."""

from dataclasses import dataclass, replace
from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, requires
from hub.schemas.booking import BookSchema
from hub.schemas.fields import FormFault, faults_of
from hub.web import faults as form_faults
from hub.web import presenters
from hub.web.blueprint import blueprint
from hub.web.booking import clashes, offer_words
from hub.web.booking.desk import the_desk
from hub.web.booking.held import forget_hold, note_hold, note_last_booking
from hub.web.booking.on_the_phone import current_patient, hang_up, note_booking, patient_mark
from hub.web.booking.searching import Alert, last_search, read_moving, render_search, search_of_query
from hub.web.navigation import settled_something
from hub.web.problems import PatientChanged
from hub.wiring import current_hub
from scheduling import rules
from scheduling.commands import TakeHold
from scheduling.lifecycle import SETTLED_BY_HAND
from scheduling.problems import (
    HoldLost,
    HoldUsed,
    InvalidBooking,
    NotBookable,
    PatientClash,
    PatientDiffers,
    SlotsDoNotJoin,
    SlotTaken,
    SlotUnknown,
    TooManyHolds,
)
from scheduling.results import BookingView, HoldView
from vocabulary.appointments import DESCRIPTION_LIMIT
from vocabulary.identifiers import BookingRef
from vocabulary.problems import Problem
from vocabulary.purposes import Scope

_STAY_ON_RESULTS = (SlotTaken, SlotUnknown, SlotsDoNotJoin, TooManyHolds, NotBookable)


@blueprint.post("/holds")
@requires(Scope.BOOK)
def take_hold() -> ResponseReturnValue:
    """Somebody chose a time. Whatever goes wrong, they stay on the results, with the nearest other times on top."""
    wanted = offer_words.chosen(request.form.get("slots", ""))
    moving = read_moving(request.form.get("moving", ""))
    asked = search_of_query(request.form.get("query", ""))
    patient = current_patient()
    if patient is not None and patient.deceased:
        return render_search(asked, moving=moving, alert=Alert(_died()), status=422)
    shown_for = request.form.get("shown_for", "")
    if patient is not None and shown_for not in ("", patient_mark()):
        return render_search(asked, moving=moving, alert=Alert(_shown_for_another()), status=409)
    try:
        held = the_desk().take(TakeHold(wanted.slot_ids, any_equal=True), current_caller())
    except _STAY_ON_RESULTS as problem:
        return render_search(asked, moving=moving, alert=Alert(problem, wanted), status=409)
    note_hold(held)
    return redirect(url_for("web.hold", ref=held.ref.value, moving=moving.value if moving else None), 303)


def _shown_for_another() -> PatientChanged:
    """Another tab put another patient through: these times, and the way to them, were looked at for somebody else."""
    return PatientChanged(
        "The patient on the phone changed since these times were shown, so nothing is held.",
        next_step="Check the name at the top of the page: the times below are for that patient. Choose again.",
    )


def _died() -> NotBookable:
    return NotBookable(
        "The national record says that this patient has died, so nothing can be booked and nothing is held.",
        next_step="If that is wrong, the patient's own practice must have the national record corrected.",
    )


@dataclass(frozen=True, slots=True)
class FormState:
    """The booking form as it is shown again: what was typed, and what stands against it."""

    typed: dict[str, str]
    faults: tuple[FormFault, ...] = ()
    problem: Problem | None = None


@blueprint.get("/holds/<ref>")
@requires(Scope.BOOK)
def hold(ref: str) -> ResponseReturnValue:
    """The hold with its countdown, the facts, and the form."""
    return _hold_page(BookingRef.parse(ref), read_moving(request.args.get("moving", "")), FormState({}))


def _hold_page(
    ref: BookingRef, moving: BookingRef | None, state: FormState, *, status: int = 200
) -> ResponseReturnValue:
    try:
        held = the_desk().show(ref, current_caller())
    except HoldUsed:
        return redirect(url_for("web.outcome", ref=ref.value), 303)
    except HoldLost as lost:
        forget_hold(ref)
        why: Problem = state.problem if isinstance(state.problem, PatientChanged) else lost
        return render_search(last_search(), moving=moving, alert=Alert(why), status=409)
    now, patient = current_hub().clock.now(), current_patient()
    old = the_desk().booking(moving, current_caller()) if moving is not None else None
    clash = state.problem if isinstance(state.problem, PatientClash) else None
    ahead = clash or (
        the_desk().clash(held.facts.window, patient.number, current_caller(), replaces=moving) if patient else None
    )
    differs = state.problem if isinstance(state.problem, PatientDiffers) else None
    page = render_template(
        "hold.html",
        held=held,
        facts=presenters.slot_facts(held.facts, now),
        seconds_left=max(0, int((held.expires_at - now).total_seconds())),
        moving=moving,
        old=old,
        typed={"phone": patient.phone if patient else "", **_as_before(old), **state.typed},
        patient_mark=patient_mark(),
        faults=_of_the_tick(state.faults, own=_is_own(held)),
        problem=state.problem,
        clash=clash,
        ahead=ahead,
        in_the_way=clashes.in_the_way(ahead, now=now, patience=_patience()) if ahead else None,
        other_facts=presenters.slot_facts(clash.other.facts, now)[:1] if clash else (),
        differs=differs,
        own=_is_own(held),
        told_words=told_words(held, own=_is_own(held)),
        limits={"description": DESCRIPTION_LIMIT, "comment": rules.note_room(patient.interpreter if patient else "")},
        form={},
    )
    return page, status


def _patience() -> timedelta:
    """How long after asking the hub knows what became of a booking, if its host answers at all."""
    return timedelta(seconds=current_hub().config.looks[-1])


def _as_before(old: BookingView | None) -> dict[str, str]:
    """What the booking that is moved says: nobody should have to type it again."""
    if old is None:
        return {}
    return {"description": old.description, "comment": old.comment, "phone": old.phone}


def _is_own(held: HoldView) -> bool:
    return held.facts.host == current_caller().practice


def told_words(held: HoldView, *, own: bool) -> str:
    """What whoever books confirms having said (GP Connect asks for it at another practice)."""
    if own:
        return "I have told the patient when and where it is"
    return f"I have told the patient that staff at {held.facts.host_name} will see limited details about them"


@blueprint.post("/holds/<ref>/book")
@requires(Scope.BOOK)
def book(ref: str) -> ResponseReturnValue:
    """Confirm. Sent twice, it is one booking: the reference is in the address."""
    known = BookingRef.parse(ref)
    patient, form = current_patient(), request.form.to_dict()
    moving = read_moving(form.get("replaces", ""))
    if form.get("shown_for", "") != patient_mark():
        return _hold_page(known, moving, FormState({}, problem=_changed()), status=409)
    if patient is None:
        return _hold_page(known, moving, FormState(form), status=422)
    try:
        command = BookSchema().command(form, ref=known, nhs_number=patient.number)
        booked = the_desk().book(command, current_caller())
    except ValidationError as error:
        return _hold_page(known, moving, FormState(form, faults_of(error)), status=422)
    except InvalidBooking as problem:
        return _hold_page(known, moving, FormState(form, form_faults.of_booking(problem)), status=422)
    except HoldLost as problem:
        forget_hold(known)
        return render_search(last_search(), moving=moving, alert=Alert(problem), status=409)
    except Problem as problem:
        return _hold_page(known, moving, FormState(form, problem=problem), status=422)
    forget_hold(known)
    note_booking(booked)
    note_last_booking(booked)
    if booked.state in SETTLED_BY_HAND:
        settled_something(current_caller())  # “Needs attention” has one more
    return redirect(url_for("web.outcome", ref=booked.ref.value), 303)


def _changed() -> PatientChanged:
    """Another tab cleared the patient or put another one through: what was typed must reach nobody else's booking."""
    if current_patient() is None:
        return PatientChanged(
            "The patient was cleared since this form was shown, so nothing was booked.",
            next_step="What you typed was for them and is not kept. Look them up again, then choose a time.",
        )
    return PatientChanged(
        "The patient on the phone changed since this form was shown, so nothing was booked.",
        next_step="What you typed was for the patient before and is not kept. Check the name at the top of the page: "
        "what you choose and fill in now is for that patient.",
    )


def _of_the_tick(faults: tuple[FormFault, ...], *, own: bool) -> tuple[FormFault, ...]:
    """What is wrong with the form; of the tick, in the words beside it, which differ at the own practice."""
    return tuple(
        replace(fault, message=untold_words(own=own)) if fault.field == "patient_told" else fault for fault in faults
    )


def untold_words(*, own: bool) -> str:
    """The tick is missing: what to say to the patient first."""
    if own:
        return "Tell the patient when and where it is, then tick the box."
    return "Tell the patient that staff at the other practice will see limited details about them, then tick the box."


@blueprint.get("/holds/<ref>/book")
@requires(Scope.BOOK)
def book_again(ref: str) -> ResponseReturnValue:
    """The address of a form that was refused, loaded anew: back to the hold."""
    moving = read_moving(request.args.get("moving", ""))
    return redirect(url_for("web.hold", ref=BookingRef.parse(ref).value, moving=moving.value if moving else None), 303)


@blueprint.post("/holds/<ref>/release")
@requires(Scope.BOOK)
def release_hold(ref: str) -> ResponseReturnValue:
    """Stop holding it, back to the results."""
    known = BookingRef.parse(ref)
    the_desk().release(known, current_caller())
    forget_hold(known)
    if request.form.get("then") == "clear":
        hang_up()
        return redirect(url_for("web.home"), 303)
    moving = read_moving(request.form.get("moving", ""))
    return redirect(url_for("web.search", moving=moving.value if moving else None), 303)
