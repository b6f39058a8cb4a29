"""Practices: how the hosts answer, and why one cannot be seen."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, requires
from hub.web import presenters, wording
from hub.web.blueprint import blueprint
from hub.web.booking import offer_words
from hub.web.booking.desk import the_desk
from hub.web.messages.posting import the_post
from hub.wiring import current_hub
from scheduling.drift import DriftReport
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.purposes import Scope

CHECKERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.FEDERATION_ADMIN})


@blueprint.get("/practices")
@requires(Scope.SEE_SLOTS)
def hosts() -> ResponseReturnValue:
    """How each host answered lately, worst first."""
    return _hosts_page()


def _hosts_page(report: DriftReport | None = None) -> ResponseReturnValue:
    caller = current_caller()
    return render_template(
        "hosts.html",
        hosts=the_desk().hosts(caller),
        freshness=wording.FRESHNESS,
        took=presenters.took_words,
        report=report,
        may_check=caller.role in CHECKERS,
        unsettled=the_post().unsettled() if caller.role is UserRole.FEDERATION_ADMIN else (),
    )


@blueprint.get("/practices/why")
@requires(Scope.SEE_SLOTS)
def why() -> ResponseReturnValue:
    """Why can't I see practice X? As far as the wire can tell."""
    asked = request.args.get("host", "")
    try:
        answer = the_desk().explain(OdsCode.parse(asked), current_caller())
    except InvalidValue:
        answer = None
    fragment = request.headers.get("HX-Request")
    return render_template(
        "parts/why.html" if fragment else "why.html",
        answer=answer,
        words=offer_words.why_words(answer, current_hub().clock.now()) if answer else "",
        asked=asked,
    )


@blueprint.post("/practices/<ods>/check")
@requires(Scope.SEE_SLOTS, roles=CHECKERS)
def check_host(ods: str) -> ResponseReturnValue:
    """Compare a host's diary with the hub's bookings there, now rather than tonight."""
    return _hosts_page(the_desk().check_drift(OdsCode.parse(ods)))
