"""Server-side sessions: begun at sign-in, locked when idle, over after twelve hours, ended from anywhere."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, cast, delete, false, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from hub.auth.models import WebSessionRow
from storage.holds import not_held
from storage.ledger import LedgerEvent, record
from storage.work import Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import Clock

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
KEPT = timedelta(days=90)
KEPT_FOR = timedelta(days=90)  # who was signed in when, without what they did; that is in the ledger
_TOUCH_EVERY = timedelta(seconds=20)  # not a write for every request


@dataclass(slots=True)
class WebSession:
    """A session as one request sees it. Change `data` with put and drop; `SessionStore.save` writes what changed."""

    id: str
    user_id: str
    user_name: str
    sid: str
    created_at: datetime
    seen_at: datetime
    data: dict[str, Any]
    acting_ods: str = ""
    acting_role: str = ""
    _put: dict[str, Any] = field(default_factory=dict)
    _dropped: set[str] = field(default_factory=set)

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return str(self.data["csrf"])

    def locked(self, now: datetime) -> bool:
        """True after fifteen minutes without use, or when its owner locked it."""
        return bool(self.data.get("locked")) or now - self.seen_at > IDLE

    def put(self, key: str, value: Any) -> None:
        """Keep a value (of JSON's kinds) under a key."""
        self.data[key] = value
        self._put[key] = value
        self._dropped.discard(key)

    def drop(self, key: str) -> None:
        """Forget what is kept under a key."""
        if self.data.pop(key, None) is not None:
            self._put.pop(key, None)
            self._dropped.add(key)

    def changes(self) -> tuple[dict[str, Any], set[str]]:
        """What to write: values put and keys dropped since it was read or saved."""
        return self._put, self._dropped

    def saved(self) -> None:
        """Everything changed so far is written."""
        self._put, self._dropped = {}, set()


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as the sessions page lists it."""

    id: str
    user_id: str
    user_name: str
    acting_ods: str
    acting_role: str
    created_at: datetime
    seen_at: datetime
    left_locked: bool = False  # by its owner

    def locked(self, now: datetime) -> bool:
        """True after fifteen minutes without use, or when its owner locked it."""
        return self.left_locked or now - self.seen_at > IDLE


class SessionStore:
    """Sessions in the table web_session, in short transactions of their own."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    def begin(self, user_id: str, user_name: str, *, sid: str, data: dict[str, Any]) -> str:
        """A new session; returns the secret for the cookie, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        with self._work.begin() as tx:
            tx.execute(
                insert(WebSessionRow).values(
                    id=_hash(token),
                    user_id=user_id,
                    user_name=user_name,
                    sid=sid,
                    data={**data, "csrf": secrets.token_urlsafe(24)},
                    created_at=now,
                    seen_at=now,
                )
            )
        return token

    def find(self, token: str) -> WebSession | None:
        """The open session this cookie belongs to, locked ones included; None when there is none (any more)."""
        if not token:
            return None
        columns = (
            WebSessionRow.id,
            WebSessionRow.user_id,
            WebSessionRow.user_name,
            WebSessionRow.sid,
            WebSessionRow.created_at,
            WebSessionRow.seen_at,
            WebSessionRow.data,
            WebSessionRow.acting_ods,
            WebSessionRow.acting_role,
        )
        chosen = select(*columns).where(
            WebSessionRow.id == _hash(token),
            WebSessionRow.ended_at.is_(None),
            WebSessionRow.created_at > self._clock.now() - LONGEST,
        )
        with self._work.begin() as tx:
            row = tx.execute(chosen).one_or_none()
        return WebSession(*row) if row else None

    def save(self, session: WebSession, *, seen: bool, act: str = "", caller: Caller | None = None) -> None:
        """Write what changed, merging with what other tabs changed meanwhile; `seen` counts as use.

        With `act`, the ledger is told in the same commit.
        """
        put, dropped = session.changes()
        now = self._clock.now()
        stale = seen and now - session.seen_at > _TOUCH_EVERY
        if not put and not dropped and not stale:
            return
        data: ColumnElement[Any] = cast(WebSessionRow.data, JSONB)
        for key in sorted(dropped):
            data = data.op("-")(key)
        if put:
            data = data.op("||")(cast(put, JSONB))
        values: dict[str, Any] = {"data": data, "acting_ods": session.acting_ods, "acting_role": session.acting_role}
        if seen:
            values["seen_at"] = now
        with self._work.begin() as tx:
            tx.execute(
                update(WebSessionRow)
                .where(WebSessionRow.id == session.id, WebSessionRow.ended_at.is_(None))
                .values(values)
            )
            if act and caller is not None:
                record(tx, LedgerEvent(act=act), caller=caller, at=now)
        session.saved()

    def end(self, session_id: str, *, by: str, caller: Caller | None = None) -> OpenSession | None:
        """End one session; None when it was over already. With `caller`, the ledger is told who ended whose."""
        ended = self._end(WebSessionRow.id == session_id, by=by, caller=caller)
        return ended[0] if ended else None

    def end_sid(self, sid: str, *, by: str) -> int:
        """End the sessions that belong to one session of the sign-in service; how many."""
        return len(self._end(WebSessionRow.sid == sid, by=by)) if sid else 0

    def end_user(self, user_id: str, *, by: str, caller: Caller | None = None) -> int:
        """End all of somebody's sessions; how many."""
        return len(self._end(WebSessionRow.user_id == user_id, by=by, caller=caller))

    def open_sessions(self, *, practice: OdsCode | None = None) -> tuple[OpenSession, ...]:
        """Sessions not over yet, the latest used first: all, or those acting for one practice."""
        row = WebSessionRow
        chosen = (
            select(*_LISTED)
            .where(row.ended_at.is_(None), row.created_at > self._clock.now() - LONGEST)
            .order_by(row.seen_at.desc())
        )
        if practice is not None:
            chosen = chosen.where(row.acting_ods == practice.value)
        with self._work.read() as tx:
            return tuple(OpenSession(*found) for found in tx.execute(chosen))

    def tidy(self) -> int:
        """End and empty every session past its twelve hours, forget those that ended long ago; how many ended. The
        worker calls this every hour."""
        now = self._clock.now()
        with self._work.begin() as tx:
            over = WebSessionRow.ended_at <= now - KEPT_FOR
            tx.execute(delete(WebSessionRow).where(over, not_held(WebSessionRow.acting_ods)))
        return len(self._end(WebSessionRow.created_at <= now - LONGEST, by="twelve hours"))

    def _end(self, which: ColumnElement[bool], *, by: str, caller: Caller | None = None) -> list[OpenSession]:
        now = self._clock.now()
        ending = (
            update(WebSessionRow)
            .where(which, WebSessionRow.ended_at.is_(None))
            .values(ended_at=now, ended_by=by, data={})
            .returning(*_LISTED)
        )
        with self._work.begin() as tx:
            ended = [OpenSession(*row) for row in tx.execute(ending)]
            for session in ended:
                if caller is None:
                    break
                whose = {"user_id": session.user_id, "user_name": session.user_name, "began": str(session.created_at)}
                record(tx, LedgerEvent(act="session.ended", reason=by, detail=whose), caller=caller, at=now)
        return ended


_LISTED = (
    WebSessionRow.id,
    WebSessionRow.user_id,
    WebSessionRow.user_name,
    WebSessionRow.acting_ods,
    WebSessionRow.acting_role,
    WebSessionRow.created_at,
    WebSessionRow.seen_at,
    func.coalesce(cast(WebSessionRow.data, JSONB)["locked"].as_boolean(), false()),
)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
