"""Writes the wire trace beside the work: a bounded queue, one thread, its own transactions; it never fails a call.

What the hub asks of hosts comes from the guard, what others ask of the hub from the GP Connect door.

What comes too fast is dropped and counted: support can do without a line, a booking cannot do without its answer.
"""

import atexit
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from typing import Any

import structlog
from sqlalchemy import delete, insert, text

from connectors.consumer import message_set_of
from connectors.port import MessageSet
from connectors.redaction import redacted, redacted_params, said_of_itself
from connectors.witness import Exchanged
from gp_connect.elements import Resource
from gp_connect.interactions import Interaction
from practices.wire import reading
from practices.wire.models import WireExchangeRow
from practices.wire.reading import WireExchange, WireFilter
from storage.holds import not_held
from storage.work import Work
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import Clock

_WAITING = 1_000
_AT_ONCE = 250
_GATHERING = 0.5  # seconds: what one booking says is written in one go, once it has its answer
_SUCCESSES_OF_JOBS_KEPT = timedelta(hours=2)  # the pool is filled by many a second
_BODIES_KEPT = (MessageSet.FOUNDATIONS, MessageSet.APPOINTMENTS)
_log = structlog.get_logger("practices.wire")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked the hub, as their request says: nothing where it does not. None of it is proved, so it is redacted."""

    practice: str = ""
    user_id: str = ""
    user_name: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class AskedOfUs:
    """One request of another system, in a host's place, and what it was told. Redacted before any of it is kept."""

    host: OdsCode
    asker: Asker
    interaction: Interaction | None  # None: none that the standard knows
    method: str
    status: int
    detail: str  # the Spine code of a refusal, and what was wrong with headers or token
    ms: float
    trace_id: str
    request_id: str
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sent: Resource | None = field(default=None, repr=False)
    received: Resource | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Noted:
    at: datetime
    host: OdsCode
    by: Caller | Asker
    exchanged: Exchanged


class WireTrace:
    """One a process. `note` returns at once; a thread redacts and writes. With `days` 0 nothing is kept."""

    def __init__(self, work: Work, clock: Clock, *, days: int) -> None:
        self._work = work
        self._clock = clock
        self._days = days
        self._start_afresh()
        atexit.register(self.flush, 2.0)

    def note(self, host: OdsCode, caller: Caller, exchanged: Exchanged) -> None:
        """Keep this exchange with a host, if there is room (a connectors.guard.Trace)."""
        self._note(host, caller, exchanged)

    def note_asked_of_us(self, asked: AskedOfUs) -> None:
        """Keep what another system asked of the hub in a host's place, if there is room."""
        self._note(asked.host, asked.asker, _exchanged(asked))

    def _note(self, host: OdsCode, by: Caller | Asker, exchanged: Exchanged) -> None:
        if not self._days:
            return
        if self._process != os.getpid():  # a fork has no thread of its parent's
            self._start_afresh()
        try:
            self._queue.put_nowait(_Noted(self._clock.now(), host, by, exchanged))
        except Full:
            self.dropped += 1
            return
        if not self._running:
            self._start()

    def exchanges(self, ods: OdsCode, chosen: WireFilter, *, caller: Caller) -> tuple[WireExchange, ...]:
        """A page of a practice's exchanges, both ways, the newest first. Raises NotYourPractice."""
        return reading.exchanges(self._work, ods, chosen, caller=caller)

    def exchange(self, ods: OdsCode, serial: int, *, caller: Caller) -> WireExchange | None:
        """One exchange of this practice with what was sent and received; None where there is none (any more)."""
        return reading.exchange(self._work, ods, serial, caller=caller)

    def flush(self, seconds: float = 5.0) -> None:
        """Wait until what was noted is written, or the time is up."""
        ends = time.monotonic() + seconds
        self._hurry.set()
        while self._process == os.getpid() and self._running and self._queue.unfinished_tasks:
            if time.monotonic() >= ends:
                break
            time.sleep(0.01)
        self._hurry.clear()

    def tidy(self) -> int:
        """Delete what is past its time and not under a legal hold; how many rows."""
        row, now = WireExchangeRow, self._clock.now()
        past = row.at < now - timedelta(days=self._days)
        well = (row.via == "job") & (row.outcome == "ok") & (row.at < now - _SUCCESSES_OF_JOBS_KEPT)
        with self._work.begin() as tx:
            return len(
                tx.scalars(
                    delete(row).where(past | well, not_held(row.host_ods, row.booking_ods)).returning(row.id)
                ).all()
            )

    def _start_afresh(self) -> None:
        self._process = os.getpid()
        self._queue: Queue[_Noted] = Queue(_WAITING)
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._running = False
        self.dropped = 0

    def _start(self) -> None:
        with self._lock:
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="wire-trace", daemon=True).start()

    def _run(self) -> None:
        while True:
            noted = [self._queue.get()]
            self._hurry.wait(_GATHERING)
            try:
                while len(noted) < _AT_ONCE:
                    noted.append(self._queue.get_nowait())
            except Empty:
                pass
            try:
                self._write([_row(each) for each in noted])
            except Exception as mistake:  # the database is away, say: the calls themselves went on
                _log.warning("wire_trace_lost", lost=len(noted), kind=type(mistake).__name__)
            finally:
                for _ in noted:
                    self._queue.task_done()

    def _write(self, rows: list[dict[str, Any]]) -> None:
        with self._work.begin() as tx:
            tx.execute(text("SET LOCAL synchronous_commit = off"))  # a crash may lose lines of it; nobody waits for it
            tx.execute(insert(WireExchangeRow), rows)


def _row(noted: _Noted) -> dict[str, Any]:
    exchanged = noted.exchanged
    kept = exchanged.message_set in _BODIES_KEPT
    return {
        "at": noted.at,
        "host_ods": noted.host.value,
        **_by(noted.by),
        "interaction": exchanged.interaction,
        "message_set": exchanged.message_set,
        "method": exchanged.method,
        "path": exchanged.path,
        "status": exchanged.status,
        "outcome": exchanged.outcome,
        "detail": exchanged.detail,
        "ms": exchanged.ms,
        "attempt": exchanged.attempt,
        "trace_id": exchanged.trace_id,
        "request_id": exchanged.request_id,
        "params": redacted_params(exchanged.params),
        "sent": redacted(exchanged.sent) if kept else None,
        "received": redacted(exchanged.received) if kept else None,
    }


def _exchanged(asked: AskedOfUs) -> Exchanged:
    known = asked.interaction
    return Exchanged(
        interaction=known.name if known else "unknown",
        message_set=message_set_of(known) if known else "",
        method=asked.method,
        path=known.path if known else "",
        status=asked.status,
        outcome="ok" if asked.status < 400 else "refused" if asked.status < 500 else "failed",
        detail=asked.detail,
        ms=asked.ms,
        attempt=1,
        trace_id=asked.trace_id,
        request_id=asked.request_id,
        params=asked.params,
        sent=asked.sent,
        received=asked.received,
    )


def _by(by: Caller | Asker) -> dict[str, Any]:
    if isinstance(by, Caller):
        return {
            "asked_of_us": False,
            "booking_ods": by.practice.value,
            "user_id": by.user_id,
            "user_name": by.name,
            "via": by.via,
            "system": "",
        }
    return {
        "asked_of_us": True,
        "booking_ods": said_of_itself(by.practice),
        "user_id": said_of_itself(by.user_id),
        "user_name": said_of_itself(by.user_name),
        "via": "fhir",
        "system": said_of_itself(by.system),
    }
