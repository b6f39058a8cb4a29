"""Keeps each practice's last copy of tonight's list fresh, while anybody there uses the hub, behind their back.

An outage announces itself to nobody, so the copy must not depend on somebody having opened the list just before it. The
ledger is told what it is, a copy made by a job (`list.copied`), on behalf of whoever was using the hub.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog
from flask import Response, current_app, g

from hub.auth.access import current_caller_or_none, may
from hub.web.blueprint import blueprint
from hub.web.booking.desk import WebDesk, the_desk
from hub.web.clinic.last_copies import LastCopies, LastCopy
from hub.web.clinic.tonight_lines import TonightLine, tonight_lines
from hub.web.naming import practice_names
from hub.wiring import Hub
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope
from vocabulary.times import london_date

EXTENSION = "hub_copier"
FRESH_FOR = timedelta(minutes=10)
_log = structlog.get_logger("hub.copying")
_BACKGROUND = ThreadPoolExecutor(max_workers=1, thread_name_prefix="last-copy")


def in_the_background(work: Callable[[], None]) -> None:
    """Run it on the one thread kept for this."""
    _BACKGROUND.submit(work)


@dataclass(slots=True)
class Copier:
    """Makes copies. `run` decides where: behind the request's back, or (for tests) at once."""

    hub: Hub
    copies: LastCopies
    run: Callable[[Callable[[], None]], None] = in_the_background
    _under_way: set[OdsCode] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def freshen(self, desk: WebDesk, caller: Caller) -> None:
        """Make a new copy for the caller's practice if the last is older than ten minutes and nobody is at it."""
        age = self.copies.age(caller.practice, self.hub.clock.now())
        if age is not None and age < FRESH_FOR:
            return
        with self._lock:
            if caller.practice in self._under_way:
                return
            self._under_way.add(caller.practice)
        self.run(lambda: self._copy(desk, caller))

    def made(self, caller: Caller, lines: tuple[TonightLine, ...]) -> LastCopy:
        """A copy of today's lines, with the numbers one needs when nothing else works."""
        now = self.hub.clock.now()
        phones = tuple(
            (practice.name, practice.bypass_phone or practice.phone)
            for practice in self.hub.address_book.neighbours(caller.practice)
        )
        return LastCopy(caller.practice.value, caller.practice_name, london_date(now), now, lines, phones)

    def keep(self, copy: LastCopy) -> None:
        """Keep a copy; a full disk is logged and takes nothing else away."""
        try:
            self.copies.keep(copy)
        except OSError as error:
            _log.error("last_copy_not_kept", practice=copy.practice, kind=type(error).__name__)

    def _copy(self, desk: WebDesk, caller: Caller) -> None:
        job = replace(caller, role=UserRole.SYSTEM, via="job")
        try:
            now = self.hub.clock.now()
            day = london_date(now)
            visits, names = desk.expected_for_copy(day, job), practice_names(self.hub)
            self.keep(self.made(caller, tonight_lines(visits, day, now, names)))
        except Exception as error:  # nobody waits for this; the next request tries again
            _log.warning("last_copy_failed", practice=str(caller.practice), kind=type(error).__name__)
        finally:
            with self._lock:
                self._under_way.discard(caller.practice)


def copier() -> Copier:
    """The running application's."""
    found: Copier = current_app.extensions[EXTENSION]
    return found


@blueprint.after_request
def freshen_after(response: Response) -> Response:
    """After a page of somebody who may see the list."""
    caller = current_caller_or_none()
    if caller is not None and may(Scope.BOOK) and response.status_code < 500 and not g.get("database_away"):
        copier().freshen(the_desk(), caller)
    return response
