"""The guardian's reviews with their verdicts, and legal holds: set, looked at again, lifted."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from accountability import reviews as reviews_of
from accountability.concerns import Verdict
from accountability.legal_holds import HOLDERS, READERS
from accountability.problems import NothingThere, NotYoursToSee, SettledAlready, WordsMissing
from hub.auth.access import current_caller, requires
from hub.schemas.fields import FormFault, faults_of
from hub.schemas.overseeing import HoldSchema
from hub.schemas.plain import printable
from hub.web import wording
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.navigation import reviewed_something
from hub.web.oversight.account_words import role_words, stamp
from hub.web.oversight.overseeing import overseeing
from hub.web.oversight.sittings import in_sittings
from hub.web.oversight.why_words import CONCERNS, VERDICTS
from hub.wiring import current_hub
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import Problem


@blueprint.get("/reviews")
@requires(roles=reviews_of.READERS)
def reviews() -> ResponseReturnValue:
    """What waits, those due first; or what was found."""
    return _reviews_page()


def _reviews_page(
    *, faults: tuple[FormFault, ...] = (), open_item: int = 0, problem: Problem | None = None, status: int = 200
) -> ResponseReturnValue:
    caller = current_caller()
    settled = request.args.get("settled") == "1"
    items = overseeing().queue(caller, settled=settled)
    page = render_template(
        "reviews.html",
        items=items,
        settled=settled,
        may_settle=caller.role is UserRole.CALDICOTT_GUARDIAN,
        concerns=CONCERNS,
        verdicts=VERDICTS,
        roles=role_words,
        stamp=stamp,
        names=practice_names(),
        faults=faults,
        typed=request.form,
        open_item=open_item,
        problem=problem,
    )
    return page, status


@blueprint.get("/reviews/<int:review>")
@requires(roles={UserRole.CALDICOTT_GUARDIAN})
def review(review: int) -> ResponseReturnValue:
    """One of them, with the appointment and what was done around it."""
    found, names = overseeing().review(review, current_caller()), practice_names()
    return render_template(
        "review.html",
        found=found,
        sittings=in_sittings(found.lines, names, of_one_patient=found.view.nhs_number is not None),
        may_settle=True,
        concerns=CONCERNS,
        verdicts=VERDICTS,
        roles=role_words,
        stamp=stamp,
        names=names,
        channels=wording.CHANNELS,
        states=wording.STATES,
        typed={},
        open_item=review,
        faults=(),
    )


@blueprint.post("/reviews/<int:review>")
@requires(roles={UserRole.CALDICOTT_GUARDIAN})
def settle_review(review: int) -> ResponseReturnValue:
    """A verdict, with how one knows."""
    words = printable(request.form.get("words", ""))
    try:
        verdict = Verdict(request.form.get("verdict", ""))
    except ValueError:
        fault = FormFault(f"verdict-{review}", "Choose what you found.")
        return _reviews_page(faults=(fault,), open_item=review, status=422)
    try:
        overseeing().settle(review, verdict, words, current_caller())
    except WordsMissing as missing:
        fault = FormFault(f"{missing.field}-{review}", missing.message)
        return _reviews_page(faults=(fault,), open_item=review, status=422)
    except (NothingThere, SettledAlready, NotYoursToSee) as problem:
        return _reviews_page(problem=problem, status=409)
    reviewed_something(current_caller())
    return redirect(url_for("web.reviews", done=1), 303)


@blueprint.get("/legal-holds")
@requires(roles=READERS)
def legal_holds() -> ResponseReturnValue:
    """Standing and lifted ones."""
    return _holds_page()


def _holds_page(
    *, faults: tuple[FormFault, ...] = (), open_item: int = 0, problem: Problem | None = None, status: int = 200
) -> ResponseReturnValue:
    caller = current_caller()
    found = overseeing().holds(caller)
    page = render_template(
        "legal_holds.html",
        standing=[hold for hold in found if hold.lifted_at is None],
        lifted=[hold for hold in found if hold.lifted_at is not None],
        may_hold=caller.role in HOLDERS,
        everywhere=caller.role is UserRole.FEDERATION_ADMIN,
        practices=current_hub().address_book.practices(),
        names=practice_names(),
        faults=faults,
        typed=request.form,
        open_item=open_item,
        problem=problem,
    )
    return page, status


@blueprint.post("/legal-holds")
@requires(roles=HOLDERS)
def set_legal_hold() -> ResponseReturnValue:
    """From now on nothing it covers is deleted by a job."""
    caller = current_caller()
    try:
        sent = HoldSchema().load(request.form.to_dict())
        chosen = caller.practice
        if caller.role is UserRole.FEDERATION_ADMIN:
            chosen = OdsCode.parse(sent["ods"])
        overseeing().set_hold(
            chosen,
            caller,
            reason=sent["reason"],
            look_again_on=sent["look_again_on"],
            nhs_number=sent["nhs_number"],
        )
    except ValidationError as error:
        return _holds_page(faults=faults_of(error), status=422)
    except WordsMissing as missing:
        return _holds_page(faults=(FormFault(missing.field, missing.message),), status=422)
    except Problem as problem:
        return _holds_page(problem=problem, status=422)
    return redirect(url_for("web.legal_holds", done="set"), 303)


@blueprint.post("/legal-holds/<int:hold>/lift")
@requires(roles=HOLDERS)
def lift_legal_hold(hold: int) -> ResponseReturnValue:
    """Ordinary retention goes on."""
    try:
        overseeing().lift_hold(hold, current_caller(), reason=printable(request.form.get("reason", "")))
    except WordsMissing as missing:
        return _holds_page(faults=(FormFault(missing.field, missing.message),), open_item=hold, status=422)
    except NothingThere as problem:
        return _holds_page(problem=problem, status=409)
    return redirect(url_for("web.legal_holds", done="lifted"), 303)
