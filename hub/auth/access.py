"""Who may reach which view: a mark on every view, one guard before every request, and default deny.

Views say `@public`, `@signed_in` or `@requires(...)`. A view without a mark is a mistake that no request gets past.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, has_request_context, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from hub.auth import typed
from hub.auth.cookies import OutagePass, drop_pass, keep_pass, outage_pass, pass_needs_renewal
from hub.auth.problems import DatabaseAway, FormFromElsewhere, NotSignedIn, RoleForbids, RoleNotChosen, SessionLocked
from hub.auth.roles import ABILITIES
from hub.auth.sessions import SessionStore, WebSession
from hub.auth.tokens import BearerTokens
from hub.trace import current_trace_id
from hub.whereabouts import current_device, current_interaction
from hub.wiring import current_hub
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope

API_PREFIX = "/api/"
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MARK = "hub_access"
_AnyView = Callable[..., Any]
_View = TypeVar("_View", bound=_AnyView)


class Level(StrEnum):
    """How far in somebody has to be."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"  # the role may not be chosen yet, the session may be locked
    WORKING = "working"  # acting for a practice in a role, not locked
    OUTAGE = "outage"  # working, or while the database is away holding an outage pass (hub/auth/cookies.py)


@dataclass(frozen=True, slots=True)
class Access:
    """What a view demands."""

    level: Level
    scopes: frozenset[Scope] = frozenset()
    roles: frozenset[UserRole] = frozenset()
    quiet: bool = False  # asked by the page itself, not by a person: no sign of life
    own_proof: bool = False  # proves its caller otherwise than by form token (back-channel logout)


def public(view: _View) -> _View:
    """Anybody may ask."""
    return _mark(view, Access(Level.PUBLIC))


def proved_by_itself(view: _View) -> _View:
    """Another server asks, and its message proves who sent it."""
    return _mark(view, Access(Level.PUBLIC, own_proof=True))


def signed_in(view: _View) -> _View:
    """Somebody signed in, whether or not a role is chosen yet."""
    return _mark(view, Access(Level.SIGNED_IN))


def readable_in_an_outage(view: _View) -> _View:
    """Somebody working, or who was just before the database went away; the view asks `current_pass()`."""
    return _mark(view, Access(Level.OUTAGE, frozenset({Scope.BOOK})))


def requires(*scopes: Scope, roles: Iterable[UserRole] = (), quiet: bool = False) -> Callable[[_View], _View]:
    """Somebody acting for a practice whose role has all these scopes and, with `roles`, is one of them."""
    access = Access(Level.WORKING, frozenset(scopes), frozenset(roles), quiet)

    def mark(view: _View) -> _View:
        return _mark(view, access)

    return mark


def _mark(view: _View, access: Access) -> _View:
    setattr(view, _MARK, access)
    return view


def access_of(view: Callable[..., Any], method: str) -> Access | None:
    """The mark of a view, of its class, or of the class's method for this HTTP method."""
    view_class = getattr(view, "view_class", None)
    of_method = getattr(view_class, "get" if method == "HEAD" else method.lower(), None)
    for marked in (view, of_method, view_class):
        found = getattr(marked, _MARK, None)
        if isinstance(found, Access):
            return found
    return None


@dataclass(frozen=True, slots=True)
class Doorkeepers:
    """What the guard works with; made once in create_app."""

    sessions: SessionStore
    tokens: BearerTokens
    lock_page: str = field(default="auth.lock")
    role_page: str = field(default="auth.choose_role")
    sign_in_page: str = field(default="auth.sign_in")


EXTENSION = "hub_doorkeepers"


def doorkeepers() -> Doorkeepers:
    """The running application's."""
    found: Doorkeepers = current_app.extensions[EXTENSION]
    return found


def register(app: Flask, keepers: Doorkeepers) -> None:
    """Put the guard before every request."""
    app.extensions[EXTENSION] = keepers
    public(app.view_functions["static"])
    app.before_request(guard)
    app.after_request(_save_session)


def current_caller() -> Caller:
    """Who is asking, in which role, for which practice. Raises NotSignedIn outside a guarded view."""
    caller = g.get("caller")
    if caller is None:
        raise NotSignedIn("Nobody is signed in.", next_step="Sign in first.")
    return caller  # type: ignore[no-any-return]


def current_caller_or_none() -> Caller | None:
    """Who is asking, if anybody does: for what every page shows, signed in or not."""
    caller: Caller | None = g.get("caller") if has_request_context() else None
    return caller


def current_session() -> WebSession | None:
    """The browser's session, if there is one and it was asked for."""
    return g.get("web_session") if has_request_context() else None


def current_pass() -> OutagePass:
    """Who may read last copies, of which practices. Raises NotSignedIn outside a view readable in an outage."""
    held = g.get("outage_pass")
    if held is None:
        raise NotSignedIn("Nobody is signed in.", next_step="Sign in first.")
    return held  # type: ignore[no-any-return]


def forget_session() -> None:
    """The session ended in this request: nothing is written to it, and no pass is renewed, afterwards."""
    g.web_session = g.caller = None


def may(scope: Scope) -> bool:
    """Whether the caller's role has this scope: for leaving out links that would only refuse."""
    caller = g.get("caller")
    return caller is not None and scope in ABILITIES[caller.role]


def guard() -> ResponseReturnValue | None:
    """Let a request through, send the person to sign in, or raise the refusal."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None  # no such page or method: the error pages answer
    access = access_of(view, request.method)
    if access is None:
        if request.method == "OPTIONS":
            return None
        raise RuntimeError(f"the view {request.endpoint} says nothing about who may reach it")
    g.access = access
    if request.path.startswith(API_PREFIX):
        _guard_api(access)
        return None
    return _guard_page(access, view)


def _guard_api(access: Access) -> None:
    if access.level is Level.PUBLIC:
        return
    keepers = doorkeepers()
    g.caller = keepers.tokens.caller(request.headers.get("Authorization", ""), trace_id=current_trace_id())
    _check_role(access, g.caller)


def _guard_page(access: Access, view: _AnyView) -> ResponseReturnValue | None:
    if access.own_proof or request.endpoint == "static":
        return None
    if access.level is Level.OUTAGE:
        return _guard_last_copy(access, view)
    session = _find_session(needed=access.level is not Level.PUBLIC)
    g.web_session = session
    if access.level is Level.PUBLIC:
        return None
    if session is None:
        return _away(NotSignedIn("You are not signed in, or your session has ended."), doorkeepers().sign_in_page)
    locked = session.locked(current_hub().clock.now())
    if locked and access.level is Level.WORKING:
        away = _away(SessionLocked("Your session is locked after 15 minutes without use."), doorkeepers().lock_page)
        return typed.keep(session, make_response(away)) if typed.is_kept(view) else away
    caller = caller_of(session)
    if not locked:
        g.caller = caller
    if (asked_back := _check_form_of(session, view)) is not None:
        return asked_back
    if access.level is Level.WORKING:
        if caller is None:
            return _away(RoleNotChosen("Choose a role first."), doorkeepers().role_page)
        _check_role(access, caller)
    return None


def _guard_last_copy(access: Access, view: _AnyView) -> ResponseReturnValue | None:
    """The session counts while the database can be asked; only when it cannot, the pass does."""
    hub = current_hub()
    try:
        answer = _guard_page(replace(access, level=Level.WORKING), view)
    except DatabaseAway:
        held = outage_pass(hub.config, hub.clock.now())
        if held is None:
            raise
        g.database_away = True  # the page must not ask it anything
        g.outage_pass = held.used(hub.clock.now())
        return None
    if g.get("caller") is not None:
        g.outage_pass = _pass_for(g.caller)
    return answer


def _pass_for(caller: Caller) -> OutagePass:
    at = current_hub().clock.now().timestamp()
    session = current_session()
    began = session.created_at.timestamp() if session else at
    return OutagePass(caller.user_id, caller.name, ((caller.practice.value, caller.practice_name),), began, at)


def _find_session(*, needed: bool) -> WebSession | None:
    config = current_hub().config
    token = request.cookies.get(config.cookie_name, "")
    try:
        return doorkeepers().sessions.find(token)
    except (OperationalError, PoolTimeout):
        if not needed:
            return None
        raise DatabaseAway(
            "The hub’s own database does not answer.",
            next_step="Wait a minute and try again. Tonight’s list can still be read from its last copy.",
        ) from None


def check_form(session: WebSession) -> None:
    """Refuse a change that does not carry this session's token. Raises FormFromElsewhere."""
    if request.method in _SAFE:
        return
    sent = request.form.get(CSRF_FIELD, "") or request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise FormFromElsewhere(
            "This form has expired.",
            next_step="You have probably signed in again since it was opened. Go back to where you were, check what "
            "the page says, and send it again.",
        )


def _check_form_of(session: WebSession, view: _AnyView) -> ResponseReturnValue | None:
    """As check_form; of a long form nothing is lost: one from before the person signed in again comes back to be looked
    over, and one sent by the lock's button is locked away with the session."""
    try:
        check_form(session)
    except FormFromElsewhere:
        if not typed.is_kept(view) or not typed.is_theirs(session):
            raise
        return typed.keep(session, make_response(redirect(way_back(), 303)))
    if request.method != "POST" or request.form.get("do") != "lock":
        return None
    session.put("locked", value=True)
    answer = make_response(redirect(url_for(doorkeepers().lock_page, back=way_back()), 303))
    drop_pass(answer, current_hub().config)
    return typed.keep(session, answer) if typed.is_kept(view) else answer


def caller_of(session: WebSession) -> Caller | None:
    """The caller of a session with a role chosen; None before."""
    if not session.acting_ods:
        return None
    acting = session.data.get("acting", {})
    return Caller(
        user_id=session.user_id,
        name=session.user_name,
        role=UserRole(session.acting_role),
        practice=OdsCode(session.acting_ods),
        practice_name=str(acting.get("practice_name", session.acting_ods)),
        trace_id=current_trace_id(),
        via="web",
        practice_phone=str(acting.get("practice_phone", "")),
        sds_user_id=str(session.data.get("sds_user_id") or "UNK"),
        sds_role_profile_id=str(acting.get("role_profile_id") or "UNK"),
        device=current_device(),
        interaction=current_interaction(),
    )


def _check_role(access: Access, caller: Caller) -> None:
    lacks = access.scopes - ABILITIES[caller.role]
    if lacks or (access.roles and caller.role not in access.roles):
        raise RoleForbids(
            "Your role does not let you do this.",
            next_step="Ask a colleague whose role has it, or change your role if you have another one.",
        )


def _away(problem: NotSignedIn | SessionLocked | RoleNotChosen, endpoint: str) -> ResponseReturnValue:
    """Send a browser to another page, and back afterwards; a fragment is told to reload the whole page.

    With `undone`, that page says that what was sent has changed nothing.
    """
    target = url_for(endpoint, back=way_back(), undone=None if request.method in _SAFE else 1)
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return redirect(target, 303)


def way_back() -> str:
    """Where to return to: this page; for a change, the page whose form it was. No address of ours holds a patient."""
    if request.method in _SAFE and not request.headers.get("HX-Request"):
        return request.full_path.rstrip("?")
    source = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    root = request.host_url.rstrip("/")
    if source.startswith(root + "/"):
        return source.removeprefix(root)
    return request.path if _can_be_read(request.path) else "/"


def _can_be_read(path: str) -> bool:
    """Whether an address that a form was sent to is a page as well."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True


def _save_session(response: Response) -> Response:
    session, access = current_session(), g.get("access")
    if session is not None and access is not None:
        seen = g.get("caller") is not None and not access.quiet
        # As the session is now, not as the request found it: it may have changed its practice or been locked.
        caller = None if session.locked(current_hub().clock.now()) else caller_of(session)
        if seen and caller is not None and Scope.BOOK in ABILITIES[caller.role]:
            _renew_pass(response, session, caller)
        doorkeepers().sessions.save(session, seen=seen)
    elif g.get("outage_pass") is not None:
        keep_pass(response, current_hub().config, g.outage_pass)
    return response


def _renew_pass(response: Response, session: WebSession, caller: Caller) -> None:
    """The pass goes to one address only, so what it said last is noted in the session."""
    hub = current_hub()
    noted = session.data.get("pass_at", 0.0)
    if pass_needs_renewal(noted, hub.clock.now()):
        keep_pass(response, hub.config, _pass_for(caller))
        session.put("pass_at", hub.clock.now().timestamp())
