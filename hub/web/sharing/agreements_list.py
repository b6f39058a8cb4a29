"""The agreements as one reads them: the list with its timeline, and what runs out."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.sharing import agreement_lines
from hub.wiring import current_hub
from sharing_agreements.register import AgreementView, sees_all
from vocabulary.people import UserRole

LOOKERS = frozenset({UserRole.FEDERATION_ADMIN, UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
"""Who answers for agreements, and may ask what they do and what a change would do."""

_STATES = {
    "current": ("In force, suspended or waiting", ("in-force", "suspended", "proposed", "draft")),
    "soon": ("Running out within 90 days", ("in-force", "suspended")),
    "in-force": ("In force", ("in-force",)),
    "suspended": ("Suspended", ("suspended",)),
    "waiting": ("Draft or waiting for signatures", ("draft", "proposed")),
    "over": ("Ended or expired", ("ended", "expired")),
    "all": ("All of them", ()),
}


@blueprint.get("/agreements")
@requires()
def agreements() -> ResponseReturnValue:
    """The agreements one may read, those that somebody must do something about first; by state and practice."""
    hub, caller = current_hub(), current_caller()
    names, now = practice_names(), hub.clock.now()
    every = hub.address_book.agreements(caller)
    chosen = request.args.get("state", "current")
    state = chosen if chosen in _STATES else "current"
    practice = request.args.get("practice", "")
    shown = [view for view in every if _fits(view, state, practice, agreement_lines.state_of(view, now))]
    lines = agreement_lines.lines(shown, names, caller.practice, now)
    if state == "soon":
        lines = tuple(line for line in lines if line.deadline is not None)
    every_line = agreement_lines.lines(every, names, caller.practice, now)
    parties = {ods for view in every for ods in view.terms.parties}
    return render_template(
        "agreements.html",
        lines=lines,
        total=len(every),
        soon=sorted((one for one in every_line if one.deadline), key=lambda one: one.deadline.days),
        scale=agreement_lines.timeline(agreement_lines.span_of(shown, now), now) if shown else None,
        states={key: words for key, (words, _) in _STATES.items()},
        state=state,
        practice=practice,
        practices=sorted((names.get(ods.value, ods.value), ods.value) for ods in parties),
        all_of_them=sees_all(caller),
        may_ask=caller.role in LOOKERS,
    )


def _fits(view: AgreementView, state: str, practice: str, now_in: str) -> bool:
    wanted = _STATES[state][1]
    named = not practice or practice in {ods.value for ods in view.terms.parties}
    return named and (not wanted or now_in in wanted)
