"""What was typed into a long form and reached the hub when its session was locked, or from before it was: kept sealed
in the session's row until its writer is back, under a key of which half lies in that browser's cookie alone.

So neither the database, nor a copy of it, nor SECRET_KEY opens it, and once the cookie has gone nobody does. It goes
with the session's other contents: at sign-out, when somebody else signs in, after twelve hours (docs/adr/0016).
"""

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Response, request

from hub.auth import cookies
from hub.auth.sessions import WebSession
from hub.wiring import current_hub

KEPT = "typed "
"""What the session's keys of kept forms begin with; the form's path follows."""
_MARK = "hub_keeps_typed"
_AT_MOST = 3  # forms of one person, the latest ones
_PURPOSE = b"practice-hub typed 1"
WRITER_FIELD = "writer"
"""Says in the form for whom it was drawn: the browser may be another person's by the time it comes back."""
_NOT_TYPED = frozenset({"csrf", "do", WRITER_FIELD})
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was typed, and when it reached the hub."""

    fields: dict[str, str]
    at: datetime

    def __repr__(self) -> str:
        return "Typed(hidden)"


def keeps_typed(*fields: str) -> Callable[[_View], _View]:
    """Mark a view that takes a long form: it is kept when it comes too late, if one of these fields says anything. The
    page at the same path asks `kept()`, and the view `forget()`s."""

    def mark(view: _View) -> _View:
        setattr(view, _MARK, fields)
        return view

    return mark


def said(view: Callable[..., Any] | None) -> tuple[str, ...]:
    """What was typed into this request's long form, for the page that says why nothing comes of it."""
    found = request.form if is_kept(view) else {}
    return tuple(found[field] for field in getattr(view, _MARK, ()) if found.get(field, "").strip())


def is_kept(view: Callable[..., Any] | None) -> bool:
    """Whether this request brings something typed that must not be lost."""
    fields: tuple[str, ...] = getattr(view, _MARK, ())
    return request.method == "POST" and any(request.form.get(field, "").strip() for field in fields)


def writer(session: WebSession) -> str:
    """A mark of the person signed in and the practice they act for, for a form that may be kept."""
    whose = f"{session.user_id}\0{session.acting_ods}".encode()
    return hmac.new(current_hub().config.secret_key.reveal().encode(), _PURPOSE + whose, "sha256").hexdigest()[:32]


def is_theirs(session: WebSession) -> bool:
    """Whether this request's form was drawn for whoever's session it comes with."""
    return hmac.compare_digest(request.form.get(WRITER_FIELD, "").encode(), writer(session).encode())


def keep(session: WebSession, answer: Response) -> Response:
    """Seal this request's form into the session, and give the browser its half of the key with this answer. What
    somebody else typed, before this person signed in here, is left alone: it would come back in their name."""
    if not is_theirs(session):
        return answer
    config = current_hub().config
    half = cookies.typed_key(config) or secrets.token_urlsafe(32)
    said = {
        "user": session.user_id,
        "practice": session.acting_ods,
        "path": request.path,
        "at": current_hub().clock.now().timestamp(),
        "fields": {name: value for name, value in request.form.items() if name not in _NOT_TYPED},
    }
    others = [name for name in kept_names(session) if name != KEPT + request.path]
    for older in others[: 1 - _AT_MOST]:
        session.drop(older)
    sealed = _sealer(half).encrypt(json.dumps(said).encode()).decode()
    session.put(KEPT + request.path, {"at": said["at"], "sealed": sealed})
    cookies.keep_typed_key(answer, config, half)
    return answer


def kept(session: WebSession | None) -> Typed | None:
    """What was typed at this path by this person for this practice; None: nothing, or not in this browser."""
    half = cookies.typed_key(current_hub().config)
    found = session.data.get(KEPT + request.path) if session is not None else None
    if session is None or not half or not found:
        return None
    try:
        said = json.loads(_sealer(half).decrypt(found["sealed"].encode()))
    except InvalidToken:
        return None
    whose = (session.user_id, session.acting_ods, request.path)
    if (said["user"], said["practice"], said["path"]) != whose:
        return None
    return Typed(said["fields"], datetime.fromtimestamp(said["at"], UTC))


def forget(session: WebSession | None) -> None:
    """The form is here again, or was sent, or is not wanted any more."""
    if session is not None:
        session.drop(KEPT + request.path)


def kept_names(session: WebSession) -> list[str]:
    """The session's keys under which something is kept, the oldest first."""
    names = [name for name in session.data if name.startswith(KEPT)]
    return sorted(names, key=lambda name: float(session.data[name]["at"]))


def _sealer(half: str) -> Fernet:
    """Both halves make the key: the browser's, and the hub's own."""
    whole = half.encode() + b"\0" + current_hub().config.secret_key.reveal().encode()
    return Fernet(base64.urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(whole)))
