"""Needs attention: what the machine could not, each item owned by this practice until a person says what was done; and
what it should know, until a person has seen it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from hub.auth.access import current_caller, requires
from hub.schemas.booking import SettleSchema
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.plain import printable
from hub.web.blueprint import blueprint
from hub.web.booking.desk import the_desk
from hub.web.navigation import counted, settled_something
from scheduling.problems import BookingUnknown, InvalidBooking, WrongState
from vocabulary.identifiers import BookingRef
from vocabulary.problems import Problem
from vocabulary.purposes import Scope


@blueprint.get("/to-settle")
@requires(Scope.BOOK)
def attention() -> ResponseReturnValue:
    """The list, oldest first; notices after all else."""
    return _page()


def _page(
    *,
    typed: dict[str, str] | None = None,
    faults: tuple[FormFault, ...] = (),
    problem: Problem | None = None,
    open_item: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    items = the_desk().attention(current_caller())
    counted(current_caller(), len(items))
    page = render_template(
        "attention.html",
        to_do=[item for item in items if not item.notice],
        to_know=[item for item in items if item.notice],
        titles=_TITLES,
        typed=typed or {},
        faults=faults,
        problem=problem,
        open_item=open_item,
    )
    return page, status


_TITLES = {
    "open-doubt": "The hub is still finding out whether this was booked",
    "ring-patient": "Ring the patient: it was not booked",
    "in-doubt": "We do not know whether this was booked",
    "ghost": "The practice holds an appointment the hub gave up",
    "cancel-stuck": "The practice has not confirmed the cancellation",
    "not-at-host": "The practice no longer shows this appointment",
    "cancelled-at-host": "The practice cancelled this appointment",
    "differs": "The practice moved this appointment",
    "back-at-host": "The practice took its change of this appointment back",
    "came": "The patient came although the practice had cancelled",
    "agreement-stops": "Move this appointment: its agreement stops",
    "cancelled-by-others": "Another practice cancelled this appointment",
}


@blueprint.post("/to-settle/<int:item>")
@requires(Scope.BOOK)
def settle_item(item: int) -> ResponseReturnValue:
    """Take an item off the list, saying what was done."""
    form = request.form.to_dict()
    try:
        the_desk().settle_attention(item, printable(form.get("settlement", "")), current_caller())
    except InvalidBooking as problem:
        fault = FormFault(f"settlement-{item}", problem.message)
        return _page(typed=form, faults=(fault,), open_item=str(item), status=422)
    except (BookingUnknown, WrongState) as problem:
        return _page(problem=problem, status=409)
    settled_something(current_caller())
    return redirect(url_for("web.attention"), 303)


@blueprint.post("/bookings/<ref>/settle")
@requires(Scope.BOOK)
def settle_booking(ref: str) -> ResponseReturnValue:
    """A person rang the practice and says what became of a booking in doubt."""
    known, form = BookingRef.parse(ref), request.form.to_dict()
    try:
        the_desk().settle_by_hand(SettleSchema().command(form, ref=known), current_caller())
    except ValidationError as error:
        faults = tuple(FormFault(f"{fault.field}-{ref}", fault.message) for fault in faults_of(error))
        return _page(typed=form, faults=faults, open_item=ref, status=422)
    except (WrongState, InvalidBooking) as problem:
        return _page(typed=form, problem=problem, open_item=ref, status=409)
    settled_something(current_caller())
    return redirect(url_for("web.booking", ref=known.value), 303)
