"""The worker's sealing: a thread that seals what is new, four to ten times a second, whatever becomes of the database.

Every worker has one; a lock in the database sees to it that one seals at a time, and another goes on at once when a
worker is killed.
"""

import threading
from collections.abc import Callable
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.meters import SEALED
from storage.sealing import Sealer

EVERY, WHILE_BUSY = 0.25, 0.1  # seconds
_AFTER_A_FAILURE = 1.0
_STOP_WITHIN = 5.0
_log = structlog.get_logger("hub.sealing")


class Sealing:
    """Runs while it is entered."""

    def __init__(self, sealer: Callable[[], Sealer], *, every: float = EVERY) -> None:
        self._make = sealer
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="sealing", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_STOP_WITHIN)

    def _go_on(self) -> None:
        sealer = self._make()
        while not self._stop.wait(self._once(sealer)):
            pass

    def _once(self, sealer: Sealer) -> float:
        """One pass; how long to wait before the next."""
        try:
            sealed = sealer.seal()
        except SQLAlchemyError as error:
            # The next pass begins afresh: nothing of a broken one is committed, and nothing is forgotten.
            _log.warning("sealing_failed", error=type(error).__name__)
            return _AFTER_A_FAILURE
        except Exception:
            _log.exception("sealing_broke")
            return _AFTER_A_FAILURE
        if not sealed:
            return self._every
        SEALED.inc(sealed)
        return 0.0 if sealed >= sealer.at_once else WHILE_BUSY
