"""Signing in, choosing a role, locking and signing out, in the browser."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.auth import cookies, step_up, typed
from hub.auth.access import (
    caller_of,
    current_session,
    doorkeepers,
    public,
)
from hub.auth.cookies import OutagePass
from hub.auth.problems import DatabaseAway, SignInFailed
from hub.auth.provider import Attempt, Identity, SignInService
from hub.auth.roles import ABILITIES, Post, posts_of, selected_post
from hub.auth.sessions import WebSession
from hub.wiring import current_hub
from vocabulary.purposes import Scope

blueprint = Blueprint("auth", __name__)
EXTENSION = "hub_sign_in"
_AWAY = (OperationalError, PoolTimeout)
_KEPT_OVER_A_LOCK = ("patient", "last_search", step_up.MEANWHILE)


def service() -> SignInService:
    """The running application's sign-in service."""
    found: SignInService = current_app.extensions[EXTENSION]
    return found


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The front page of somebody who is not signed in."""
    session = current_session()
    if session is not None and not session.locked(current_hub().clock.now()):
        return redirect(safe_way_back(request.args.get("back", "")), 303)
    return render_template("sign_in.html", back=safe_way_back(request.args.get("back", "")))


@blueprint.get("/sign-in/start")
@public
def start() -> ResponseReturnValue:
    """Off to the sign-in service."""
    config, attempt = current_hub().config, Attempt()
    again, strongly = "again" in request.args, request.args.get("again") == "step-up"
    address = service().authorize_url(attempt, return_url=_return_url(), again=again, strongly=strongly)
    response = redirect(address, 303)
    answer = make_response(response)
    cookies.keep_attempt(answer, config, attempt, back=safe_way_back(request.args.get("back", "")), again=again)
    return answer


@blueprint.get("/sign-in/return")
@public
def come_back() -> ResponseReturnValue:
    """Back from the sign-in service, with a code or a refusal."""
    config, state = current_hub().config, request.args.get("state", "")
    kept = cookies.kept_attempt(config, state)
    if kept is None:
        raise SignInFailed(
            "This sign-in was not begun in this browser, or it took longer than 15 minutes.",
            next_step="Start again from the sign-in page.",
        )
    if "error" in request.args or not request.args.get("code"):
        raise SignInFailed("The sign-in was not completed.", next_step="Start again from the sign-in page.")
    identity = service().complete(kept.attempt, code=request.args["code"], return_url=_return_url())
    if kept.again:
        _check_proved_anew(identity)
    answer = make_response(_let_in(identity, kept.back))
    cookies.drop_attempt(answer, config, state)
    return answer


def _let_in(identity: Identity, back: str) -> ResponseReturnValue:
    try:
        grants = current_hub().address_book.staff_grants(identity.user_id)
        posts = posts_of(identity.claims, grants)
        if not posts:
            return _no_role(identity)
        return _begin(identity, posts, back)
    except _AWAY:
        return _let_in_without_database(identity)


def _begin(identity: Identity, posts: tuple[Post, ...], back: str) -> Response:
    keepers, config = doorkeepers(), current_hub().config
    before = current_session()
    same_person = before is not None and before.user_id == identity.user_id
    data: dict[str, Any] = {
        "id_token": identity.id_token,
        "sds_user_id": identity.sds_user_id,
        "posts": [_kept(post) for post in posts],
        step_up.KEY: step_up.proof_from(identity.claims),
    }
    post = posts[0] if len(posts) == 1 else selected_post(identity.claims, posts)
    if before is not None and same_person:
        kept = (*_KEPT_OVER_A_LOCK, *typed.kept_names(before))
        data |= {key: before.data[key] for key in kept if key in before.data}
        post = post_named(posts, f"{before.acting_role}@{before.acting_ods}") or post
    if before is not None:
        keepers.sessions.end(before.id, by="signed in again" if same_person else "somebody else signed in")
    token = keepers.sessions.begin(identity.user_id, identity.name, sid=identity.sid, data=data)
    if post is not None:
        session = keepers.sessions.find(token)
        if session is not None:
            take_post(session, post)
        target = back
    else:
        target = url_for("auth.choose_role", back=back)
    answer = make_response(redirect(target, 303))
    cookies.set_session_cookie(answer, config, token)
    if not same_person:
        cookies.drop_typed_key(answer, config)
    return answer


def take_post(session: WebSession, post: Post) -> None:
    """Act in this role for this practice from now on; the ledger is told."""
    practice = current_hub().address_book.practice(post.practice)
    session.acting_ods, session.acting_role = post.practice.value, post.role.value
    session.drop("pass_at")  # the outage pass of the practice before is replaced with the next page
    session.put(
        "acting",
        {
            "practice_name": practice.name if practice else post.practice.value,
            "practice_phone": practice.phone if practice else "",
            "role_profile_id": post.role_profile_id,
        },
    )
    doorkeepers().sessions.save(session, seen=True, act="session.role-taken", caller=caller_of(session))


def _let_in_without_database(identity: Identity) -> Response:
    """The database is away: nobody can be signed in, but tonight's last copy can be shown to who may see it."""
    posts = [post for post in posts_of(identity.claims, ()) if Scope.BOOK in ABILITIES[post.role]]
    if not posts:
        raise DatabaseAway("The hub’s own database does not answer.", next_step="Wait a minute and sign in again.")
    hub, at = current_hub(), current_hub().clock.now().timestamp()
    held = OutagePass(
        identity.user_id, identity.name, tuple((post.practice.value, post.practice.value) for post in posts), at, at
    )
    answer = make_response(redirect(url_for("web.last_copy"), 303))
    cookies.keep_pass(answer, hub.config, held)
    return answer


def _no_role(identity: Identity) -> ResponseReturnValue:
    page = render_template("no_role.html", name=identity.name)
    return make_response(page, 403)


def _check_proved_anew(identity: Identity) -> None:
    """After a lock, an old sign-in at the service must not open it again by itself."""
    proved_at = identity.claims.get("auth_time")
    if isinstance(proved_at, int | float) and current_hub().clock.now().timestamp() - proved_at > 15 * 60:
        raise SignInFailed("The sign-in service did not ask who you are.", next_step="Sign out there, then sign in.")


def safe_way_back(address: str) -> str:
    """A path of our own, or the front page: an address from outside must not lead people away."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and "\n" not in address
    return address if ours and not address.startswith("/sign-") else "/"


def _return_url() -> str:
    return current_hub().config.hub_url + url_for("auth.come_back")


def _kept(post: Post) -> dict[str, str]:
    return {
        "role": post.role.value,
        "practice": post.practice.value,
        "role_profile_id": post.role_profile_id,
        "until": post.until.isoformat() if post.until else "",
    }


def post_named(posts: tuple[Post, ...], key: str) -> Post | None:
    return next((post for post in posts if post.key == key), None)
