"""“Proof”: the ledger's signed roots and one's own practice's chain, and its acts as a file to take away."""

from datetime import date, timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from hub.audit import LEAVE_OUT, current_audit, short_key
from hub.auth.access import current_caller, requires
from hub.web.blueprint import blueprint
from hub.wiring import current_hub
from vocabulary.people import UserRole
from vocabulary.problems import InvalidValue
from vocabulary.times import Window, london_date

EXPORTERS = frozenset({UserRole.PRACTICE_MANAGER, UserRole.CALDICOTT_GUARDIAN})
_SHOWN = 40
_LONGEST = timedelta(days=400)


@blueprint.get("/proof")
@requires()
def proof() -> ResponseReturnValue:
    """The roots, newest first, and how to check them."""
    hub, caller = current_hub(), current_caller()
    audit = current_audit()
    today = london_date(hub.clock.now())
    return render_template(
        "proof.html",
        roots=audit.roots(limit=_SHOWN),
        standing=audit.standing(caller.practice),
        short_key=short_key,
        may_export=caller.role in EXPORTERS,
        first=today - timedelta(days=7),
        last=today,
    )


@blueprint.post("/proof/export")
@requires(roles=EXPORTERS)
def export_acts() -> ResponseReturnValue:
    """One's own practice's acts of some days, streamed."""
    caller = current_caller()
    first, last = _day("first", "From"), _day("last", "To")
    if last < first or last - first > _LONGEST:
        raise InvalidValue(
            "The last day has to be on or after the first, and within 400 days of it.",
            next_step="Go back and choose other days.",
        )
    period = Window.of_days(first, last)
    leave_out = frozenset(name for group in request.form.getlist("without") for name in LEAVE_OUT.get(group, ()))
    lines = current_audit().export(caller.practice, caller, start=period.start, end=period.end, leave_out=leave_out)
    name = f"acts-{caller.practice}-{first}-{last}.jsonl"
    answer = Response(lines, mimetype="application/jsonl")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _day(name: str, label: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise InvalidValue(f"“{label}” is not a date.", next_step="Enter it as in 2026-11-24.") from None
