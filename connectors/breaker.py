"""A circuit breaker: after several failures in a row a line rests, then one read at a time tries whether it is back."""

import time
from collections.abc import Callable
from enum import StrEnum
from threading import Lock


class BreakerState(StrEnum):
    """Closed: calls pass. Open: none do. Half-open: one probe may."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Safe to share between threads. Every admitted call must end in exactly one of succeeded, failed or abandoned."""

    def __init__(
        self,
        *,
        failures: int = 5,
        rest: float = 15.0,
        longest_rest: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._shortest = rest
        self._longest = longest_rest
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._rest = rest
        self._open_until: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Where it stands now."""
        with self._lock:
            return self._state()

    @property
    def rests_for(self) -> float:
        """Seconds until a probe may try again; zero unless open."""
        with self._lock:
            return max(0.0, (self._open_until or 0.0) - self._clock()) if self._open_until is not None else 0.0

    def admit(self, *, may_probe: bool) -> bool:
        """May this call go out? Only reads probe: a write must not be what finds out that a host is still down."""
        with self._lock:
            state = self._state()
            if state is BreakerState.CLOSED:
                return True
            if state is BreakerState.OPEN or self._probing or not may_probe:
                return False
            self._probing = True
            return True

    def succeeded(self) -> None:
        """The host gave a proper answer, were it a refusal."""
        with self._lock:
            self._failures = 0
            self._rest = self._shortest
            self._open_until = None
            self._probing = False

    def failed(self) -> None:
        """The host gave no answer, or none that can be read."""
        with self._lock:
            self._failures += 1
            if self._probing:
                self._rest = min(self._rest * 2, self._longest)
            if self._probing or self._failures >= self._limit:
                self._open_until = self._clock() + self._rest
            self._probing = False

    def abandoned(self) -> None:
        """The call ended without telling anything about the host."""
        with self._lock:
            self._probing = False

    def _state(self) -> BreakerState:
        if self._open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._open_until else BreakerState.HALF_OPEN
