"""A practice's kill switches: what each stops, who pulled it and why; for its manager and guardian, and admins."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth import step_up
from hub.auth.access import current_caller, requires
from hub.auth.problems import StepUpNeeded
from hub.schemas.fields import FormFault
from hub.schemas.plain import printable
from hub.web.blueprint import blueprint
from hub.wiring import current_hub
from sharing_agreements import switches
from sharing_agreements.switches import LONGEST_REASON, PULLERS, ReasonNeeded
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.purposes import Scope

WORDS = {
    Scope.SEE_SLOTS: (
        "Seeing free times",
        "Other practices stop seeing this practice’s free times, and its own staff stop seeing theirs. The background "
        "asking for free times stops within seconds.",
        "Appointments already booked stand, and can be cancelled.",
    ),
    Scope.BOOK: (
        "Booking",
        "Nobody else can hold or book a time at this practice, and its own staff can book nowhere else.",
        "Appointments already booked stand, and can be cancelled. What was asked of a practice and is not answered "
        "yet is still found out.",
    ),
    Scope.VIEW_RECORD: (
        "Viewing records",
        "Nobody else can view a record that this practice holds, and its own staff can view no other’s.",
        "The practice’s own work with its own records is not affected.",
    ),
    Scope.SEND_TASK: (
        "Sending tasks",
        "No task comes in from other practices, and none goes out to them.",
        "What has arrived already stays.",
    ),
    Scope.ANALYSE: (
        "Analytics",
        "This practice’s activity is left out of other practices’ figures, and it is shown none of theirs.",
        "Figures made before stay as they are.",
    ),
}


@blueprint.get("/switches")
@requires(roles=PULLERS)
def kill_switches() -> ResponseReturnValue:
    """The page of one's own practice; a federation admin's of any."""
    return _page(_asked(request.args.get("ods", "")))


@blueprint.post("/switches/pull")
@requires(roles=PULLERS)
def pull_switch() -> ResponseReturnValue:
    """Stop it."""
    return _turn(pulling=True)


@blueprint.post("/switches/release")
@requires(roles=PULLERS)
def release_switch() -> ResponseReturnValue:
    """Let it go on."""
    return _turn(pulling=False)


def _turn(*, pulling: bool) -> ResponseReturnValue:
    hub, caller, ods = current_hub(), current_caller(), _named(request.form.get("ods", ""))
    sent = request.form.get("scope", "")
    if sent not in set(Scope):
        raise InvalidValue("There is no such switch.", next_step="Use the buttons on the page.")
    scope, reason = Scope(sent), printable(request.form.get("reason", ""))
    turn = switches.pull if pulling else switches.release
    try:
        if not pulling:  # data flow again; pulling only protects, so it is at hand
            step_up.require_fresh()
        turn(hub.work, ods, scope, reason, caller=caller, clock=hub.clock)
    except ReasonNeeded as problem:
        return _page(ods, faults=(FormFault(f"reason-{scope.value}", problem.message),), status=422)
    except StepUpNeeded as problem:
        return _page(ods, faults=(FormFault("maincontent", f"{problem.message} {problem.next_step}"),), status=422)
    where = ods.value if ods != caller.practice else None
    return redirect(url_for("web.kill_switches", ods=where, done="pulled" if pulling else "released"), 303)


def _asked(sent: str) -> OdsCode:
    caller = current_caller()
    if sent.strip() and caller.role is UserRole.FEDERATION_ADMIN:
        return OdsCode.parse(sent)
    return caller.practice


def _named(sent: str) -> OdsCode:
    """Whose switch the form names; that it is another practice's is for the verb to refuse, not to be read as one's
    own."""
    return OdsCode.parse(sent) if sent.strip() else current_caller().practice


def _page(ods: OdsCode, *, faults: tuple[FormFault, ...] = (), status: int = 200) -> ResponseReturnValue:
    hub, caller = current_hub(), current_caller()
    known = hub.address_book.practice(ods)
    pulled = {each.scope: each for each in hub.address_book.switches_of(ods)}
    page = render_template(
        "switches.html",
        ods=ods.value,
        name=known.name if known else ods.value,
        lines=[(scope, WORDS[scope], pulled.get(scope)) for scope in Scope],
        any_pulled=bool(pulled),
        practices=hub.address_book.practices() if caller.role is UserRole.FEDERATION_ADMIN else (),
        typed=printable(request.form.get("reason", "")),
        typed_for=request.form.get("scope", ""),
        longest=LONGEST_REASON,
        proof_page="" if step_up.fresh() else step_up.proof_page(url_for("web.kill_switches", ods=ods.value)),
        faults=faults,
        done=request.args.get("done", ""),
    )
    return page, status
