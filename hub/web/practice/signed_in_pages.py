"""Who is signed in, and ending a session from here: for practice managers at their practice, admins everywhere."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth.access import current_caller, current_session, doorkeepers, requires
from hub.web import wording
from hub.web.blueprint import blueprint
from hub.web.naming import practice_names
from hub.web.navigation import SESSION_ENDERS
from hub.wiring import current_hub
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole


@blueprint.get("/sessions")
@requires(roles=SESSION_ENDERS)
def sessions() -> ResponseReturnValue:
    """Open sessions, the latest used first."""
    mine, now = current_session(), current_hub().clock.now()
    names = practice_names()
    lines = [
        {
            "id": found.id,
            "name": found.user_name,
            "practice": names.get(found.acting_ods, found.acting_ods) or "no role chosen yet",
            "role": wording.USER_ROLES[UserRole(found.acting_role)] if found.acting_role else "",
            "began": found.created_at,
            "seen": found.seen_at,
            "locked": found.locked(now),
            "mine": mine is not None and found.id == mine.id,
        }
        for found in doorkeepers().sessions.open_sessions(practice=_reach())
    ]
    return render_template("sessions.html", lines=lines, ended=request.args.get("ended", ""))


@blueprint.post("/sessions/<session_id>/end")
@requires(roles=SESSION_ENDERS)
def end_session(session_id: str) -> ResponseReturnValue:
    """End one; only one that the list shows."""
    caller, store = current_caller(), doorkeepers().sessions
    known = {found.id for found in store.open_sessions(practice=_reach())}
    if session_id in known:
        store.end(session_id, by=caller.name, caller=caller)
    return redirect(url_for("web.sessions", ended="1" if session_id in known else "0"), 303)


def _reach() -> OdsCode | None:
    caller = current_caller()
    return None if caller.role is UserRole.FEDERATION_ADMIN else caller.practice
