"""Keeping services up: start them in order, restart those that die, stop them in reverse. Knows nothing of the hub.

All of it happens in one thread, the keeper, which lives exactly as long as the services: on Linux a child is ended by
the system when the thread that started it ends, so nothing outlives a supervisor that was killed.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo.children import Roster, Service
from demo.words import CannotStart, Stopped, Teller

_TURN = 0.05
_READY_PATIENCE = 90.0
_DEATHS_ALLOWED = 3  # while starting
_PAUSES = (0.2, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_SETTLED = 30.0  # a child that lived this long starts its pauses afresh


@dataclass
class _Kept:
    service: Service
    began: float
    deaths: int = 0
    start_at: float | None = None  # set while it is down


class Keeper:
    """Runs `prepare`, which starts services through `launch`, then watches over them until told to stop."""

    def __init__(self, roster: Roster, teller: Teller) -> None:
        self._roster, self._teller = roster, teller
        self._kept: list[_Kept] = []
        self._stop, self._hard, self._up = threading.Event(), threading.Event(), threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    @property
    def stopping(self) -> threading.Event:
        """Set once the services are to stop; long preparations watch it."""
        return self._stop

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(kept.service for kept in self._kept)

    def run(self, prepare: Callable[[], None]) -> None:
        """Start everything; returns when all is up, raises what prevented it, after stopping what had started."""
        self._thread = threading.Thread(target=self._live, args=(prepare,), name="keeper")
        self._thread.start()
        while not self._up.wait(0.1):
            if not self._thread.is_alive():
                break
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop every service, the last started first, and wait until all are down."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting; a second call stops at once. Safe in a signal handler."""
        if self._stop.is_set():
            self._hard.set()
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is down."""
        if self._thread is not None:
            self._thread.join(timeout)
            return not self._thread.is_alive()
        return True

    def launch(self, services: Sequence[Service]) -> None:
        """Start services without waiting for them. Only from `prepare`."""
        for service in services:
            service.start()
            self._kept.append(_Kept(service, time.monotonic()))
            self._roster.write(self.services)

    def await_ready(self) -> None:
        """Wait until all launched services are ready. Raises CannotStart, naming the log to look in."""
        deadline = time.monotonic() + _READY_PATIENCE
        while waiting := [kept.service for kept in self._kept if not kept.service.ready()]:
            self.check_stopping()
            self._look_after()
            for kept in self._kept:
                if kept.deaths >= _DEATHS_ALLOWED:
                    name, log = kept.service.name, kept.service.log
                    raise CannotStart(f"The {name} does not start: {kept.service.how_it_ended()}; see {log}.")
            if time.monotonic() > deadline:
                names = ", ".join(service.name for service in waiting)
                raise CannotStart(f"Not ready after {_READY_PATIENCE:.0f} s: {names}; see {waiting[0].log}.")
            self._stop.wait(_TURN)

    def check_stopping(self) -> None:
        """Leave `prepare` early when everything is to stop."""
        if self._stop.is_set():
            raise Stopped

    def _live(self, prepare: Callable[[], None]) -> None:
        try:
            prepare()
            self._up.set()
            while not self._stop.wait(_TURN):
                self._look_after()
        except BaseException as failure:
            self._failure = failure
        finally:
            self._stop_all()
            self._up.set()

    def _look_after(self) -> None:
        """One round: note who died, start again whose pause is over."""
        now = time.monotonic()
        for kept in self._kept:
            if kept.start_at is None and not kept.service.alive():
                self._note_death(kept, now)
            elif kept.start_at is not None and now >= kept.start_at:
                self._start_again(kept, now)

    def _note_death(self, kept: _Kept, now: float) -> None:
        kept.deaths = 1 if now - kept.began > _SETTLED else kept.deaths + 1
        pause = _PAUSES[min(kept.deaths, len(_PAUSES)) - 1]
        kept.start_at = now + pause
        service = kept.service
        self._teller.say(
            f"  The {service.name} {service.how_it_ended()}; starting it again in {pause:g} s (see {service.log})."
        )

    def _start_again(self, kept: _Kept, now: float) -> None:
        kept.start_at, kept.began = None, now
        try:
            kept.service.start()
        except (CannotStart, OSError) as failure:
            self._teller.say(f"  The {kept.service.name} cannot be started again: {failure}")
        else:
            self._teller.say(f"  The {kept.service.name} is started again.")
        self._roster.write(self.services)

    def _stop_all(self) -> None:
        for kept in reversed(self._kept):
            kept.service.stop(hard=self._hard.is_set())
        self._roster.clear()
