"""One answer a key: a POST sent twice with the same Idempotency-Key is done once and answered twice alike.

Controller: the acting-for practice. `answer` may name the patient of that request. Retention: 24 hours.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, LargeBinary, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from storage.base import Base
from storage.work import Work
from vocabulary.people import Caller
from vocabulary.problems import Problem, ProblemKind
from vocabulary.times import Clock

KEPT_FOR = timedelta(hours=24)
# Longer than any request may take (gunicorn.conf.py ends one after 60 s): who has not answered by then never will.
LEASE = timedelta(seconds=75)


class IdempotencyKeyRow(Base):
    """A key as one user sent it, and the first answer once there is one. Status 0: that first try still runs."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index(None, "started_at"),)

    user_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    started_at: Mapped[datetime]
    status: Mapped[int] = mapped_column(server_default="0")
    headers: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    answer: Mapped[bytes] = mapped_column(LargeBinary, server_default="")


class KeyReused(Problem):
    """The same key came with another request: one of the two is a mistake."""

    code = "idempotency-key-reused"
    kind = ProblemKind.INVALID


class KeyInUse(Problem):
    """The first request with this key has not been answered yet. `retry_after` is in seconds."""

    code = "idempotency-key-in-use"
    kind = ProblemKind.CONFLICT
    retry_after = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was first given."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def final(self) -> bool:
        """False for answers that ask to try again: those are not kept."""
        return self.status < 500 and self.status != 429


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to do the work of one key; `started_at` tells it from a later taker of the same key."""

    user_id: str
    key: str
    started_at: datetime


def fingerprint(caller: Caller, method: str, path: str, body: bytes) -> str:
    """What must be the same for two requests to be one: acting-for practice, role, method, path and body."""
    parts = (caller.practice.value.encode(), caller.role.value.encode(), method.encode(), path.encode(), body)
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


class Keys:
    """The keys in the table idempotency_key, in short transactions of their own."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    def begin(self, caller: Caller, key: str, mark: str) -> Ticket | Answer:
        """A ticket for the first request with this key, the kept answer for a later one.

        Raises KeyReused for another request under the same key, KeyInUse while the first one runs. A first one that
        crashed blocks until its lease is over, and an answer older than a day is forgotten.
        """
        now = self._clock.now()
        asked = {"user_id": caller.user_id, "key": key}
        fresh = {"fingerprint": mark, "started_at": now, "status": 0, "headers": {}, "answer": b""}
        limits = {"forgotten": now - KEPT_FOR, "given_up": now - LEASE}
        with self._work.begin() as tx:
            won = tx.connection().execute(_BEGINNING, asked | fresh | limits).one_or_none()
            if won is not None:
                return Ticket(caller.user_id, key, now)
            found = tx.execute(_ASKING, asked).one()
        if found.fingerprint != mark:
            raise KeyReused(
                "This Idempotency-Key was used for another request.",
                next_step="Make a new key for a new request; repeat a request with exactly the same body.",
            )
        if found.status == 0:
            raise KeyInUse(
                "The first request with this Idempotency-Key is still being worked on.",
                next_step="Send the same request again in a few seconds.",
            )
        return Answer(found.status, found.headers, bytes(found.answer))

    def finish(self, ticket: Ticket, answer: Answer) -> None:
        """Keep a final answer; drop the key after one that asks to try again."""
        if not answer.final:
            self.give_up(ticket)
            return
        with self._work.begin() as tx:
            tx.connection().execute(
                _FINISHING,
                _of(ticket) | {"new_status": answer.status, "headers": dict(answer.headers), "answer": answer.body},
            )

    def give_up(self, ticket: Ticket) -> None:
        """Free the key: the request may be sent again."""
        with self._work.begin() as tx:
            tx.connection().execute(_GIVING_UP, _of(ticket))

    def tidy(self) -> int:
        """Delete what is older than a day; how many. An hourly job calls this."""
        with self._work.begin() as tx:
            old = delete(IdempotencyKeyRow).where(IdempotencyKeyRow.started_at <= self._clock.now() - KEPT_FOR)
            return len(tx.execute(old.returning(IdempotencyKeyRow.key)).all())


def _of(ticket: Ticket) -> dict[str, Any]:
    return {"its_user": ticket.user_id, "its_key": ticket.key, "its_start": ticket.started_at}


def _beginning() -> ReturningInsert[str]:
    """Take a key that is new, whose answer is old, or whose first taker never came back."""
    row, statement = IdempotencyKeyRow, insert(IdempotencyKeyRow)
    new = statement.excluded
    changing = ("fingerprint", "started_at", "status", "headers", "answer")
    abandoned = (row.status == 0) & (row.started_at <= bindparam("given_up")) & (row.fingerprint == new.fingerprint)
    return statement.on_conflict_do_update(
        index_elements=["user_id", "key"],
        set_={name: new[name] for name in changing},
        where=(row.started_at <= bindparam("forgotten")) | abandoned,
    ).returning(row.key)


# Made once: every POST with a key begins and finishes one.
_BEGINNING = _beginning()
_ASKING = select(
    IdempotencyKeyRow.fingerprint, IdempotencyKeyRow.status, IdempotencyKeyRow.headers, IdempotencyKeyRow.answer
).where(IdempotencyKeyRow.user_id == bindparam("user_id"), IdempotencyKeyRow.key == bindparam("key"))
_MINE = (
    IdempotencyKeyRow.user_id == bindparam("its_user"),
    IdempotencyKeyRow.key == bindparam("its_key"),
    IdempotencyKeyRow.started_at == bindparam("its_start"),
    IdempotencyKeyRow.status == 0,
)
_FINISHING = (
    update(IdempotencyKeyRow)
    .where(*_MINE)
    .values(status=bindparam("new_status"), headers=bindparam("headers"), answer=bindparam("answer"))
)
_GIVING_UP = delete(IdempotencyKeyRow).where(*_MINE)
