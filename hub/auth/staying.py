"""While one is signed in: the role one acts in, the lock, and the end."""

from datetime import date

from flask import Flask, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.auth import cookies, typed
from hub.auth.access import (
    caller_of,
    current_session,
    doorkeepers,
    forget_session,
    proved_by_itself,
    public,
    requires,
    signed_in,
)
from hub.auth.login import blueprint, post_named, safe_way_back, service, take_post
from hub.auth.problems import RoleForbids, SignInFailed
from hub.auth.roles import Post
from hub.auth.sessions import WebSession
from hub.wiring import current_hub
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.problems import Problem


def register(app: Flask) -> None:
    """Put signing in, and everything here, into an application."""
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in/role")
@signed_in
def choose_role() -> ResponseReturnValue:
    """Which role, for which practice."""
    session = _session()
    posts = [
        {"key": post.key, "role": post.role, "practice": _practice_name(post.practice), "until": post.until}
        for post in _posts(session)
    ]
    current = f"{session.acting_role}@{session.acting_ods}"
    return render_template(
        "choose_role.html", posts=posts, current=current, back=safe_way_back(request.args.get("back", ""))
    )


@blueprint.post("/sign-in/role")
@signed_in
def take_role() -> ResponseReturnValue:
    """The choice. Whoever was on the phone belongs to the practice before, so is cleared."""
    session = _session()
    post = post_named(_posts(session), request.form.get("post", ""))
    if post is None:
        raise RoleForbids("That role is not one of yours.", next_step="Choose one of the roles in the list.")
    if session.locked(current_hub().clock.now()):
        return redirect(url_for("auth.lock"), 303)
    session.drop("patient")
    session.drop("last_search")
    take_post(session, post)
    return redirect(safe_way_back(request.form.get("back", "")), 303)


@blueprint.get("/sign-in/lock")
@signed_in
def lock() -> ResponseReturnValue:
    """The lock: sign in again and go on where one was."""
    session, back = _session(), safe_way_back(request.args.get("back", ""))
    if not session.locked(current_hub().clock.now()):
        return redirect(back, 303)
    return render_template("lock.html", name=session.user_name, back=back, typed=bool(typed.kept_names(session)))


@blueprint.post("/sign-in/lock")
@signed_in
def lock_now() -> ResponseReturnValue:
    """Lock at once: somebody leaves the desk."""
    session = _session()
    session.put("locked", value=True)
    answer = make_response(redirect(url_for("auth.lock", back=safe_way_back(request.form.get("back", ""))), 303))
    cookies.drop_pass(answer, current_hub().config)
    return answer


@blueprint.post("/sign-in/stay")
@requires()
def stay() -> ResponseReturnValue:
    """A sign of life from a page that is being typed in."""
    return "", 204


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End the session here, then at the sign-in service."""
    session, config = _session(), current_hub().config
    id_token = str(session.data.get("id_token", ""))
    doorkeepers().sessions.end(session.id, by="signed out", caller=caller_of(session))
    forget_session()
    done = config.hub_url + url_for("auth.signed_out")
    try:
        target = service().end_session_url(id_token, return_url=done) or done
    except Problem:
        target = url_for("auth.signed_out")
    answer = make_response(redirect(target, 303))
    cookies.drop_session_cookies(answer, config)
    return answer


@blueprint.get("/signed-out")
@public
def signed_out() -> ResponseReturnValue:
    """Goodbye."""
    return render_template("signed_out.html")


@blueprint.post("/sign-in/back-channel-logout")
@proved_by_itself
def back_channel_logout() -> ResponseReturnValue:
    """The sign-in service says that a sign-in is over."""
    try:
        sid, sub = service().ended(request.form.get("logout_token", ""))
    except SignInFailed as refusal:
        return jsonify(error="invalid_request", error_description=refusal.message), 400
    sessions = doorkeepers().sessions
    if sid:
        sessions.end_sid(sid, by="the sign-in service")
    else:
        sessions.end_user(sub, by="the sign-in service")
    return "", 200


def _session() -> WebSession:
    session = current_session()
    assert session is not None  # noqa: S101 - the guard let nobody in without one
    return session


def _posts(session: WebSession) -> tuple[Post, ...]:
    return tuple(
        Post(
            UserRole(kept["role"]),
            OdsCode(kept["practice"]),
            kept["role_profile_id"],
            date.fromisoformat(kept["until"]) if kept["until"] else None,
        )
        for kept in session.data.get("posts", ())
    )


def _practice_name(ods: OdsCode) -> str:
    practice = current_hub().address_book.practice(ods)
    return practice.name if practice else ods.value
