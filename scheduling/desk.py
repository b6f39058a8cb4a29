"""What the desk's verbs work with, put together once by hub/wiring.py: verbs are functions (desk, command, caller)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.admission import PermittedConnect
from connectors.port import Able, Capability
from connectors.tracing import Tracing
from scheduling.visit_rules import VisitSettings
from sharing_agreements.gate import Gate
from storage.work import Tx, Work
from vocabulary.identifiers import BookingRef, OdsCode
from vocabulary.people import Caller
from vocabulary.times import Clock


def _unable(_host: OdsCode, _caller: Caller) -> frozenset[Capability]:
    """The default: nothing is known of what systems can do."""
    return frozenset()


def _nobody_waits(_tx: Tx, _ref: BookingRef, _at: datetime) -> None:
    """The default: the sweep finds everything that waits; waking it early is a courtesy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The desk's numbers; all are configuration, none is a law of nature."""

    hold: timedelta = timedelta(minutes=4)
    holds_per_caller: int = 3
    recheck_budget: timedelta = timedelta(seconds=2)
    send_within: timedelta = timedelta(seconds=8)
    looks: tuple[timedelta, ...] = (
        timedelta(seconds=15),
        timedelta(minutes=1),
        timedelta(minutes=3),
        timedelta(minutes=10),
    )
    ghost_looks: tuple[timedelta, ...] = (timedelta(hours=1),)  # after a refusal by silence; and 1 h before the start
    abandoned_after: timedelta = timedelta(seconds=60)
    lease: timedelta = timedelta(seconds=45)
    twin_patience: timedelta = timedelta(seconds=4)
    near: timedelta = timedelta(hours=72)
    near_every: timedelta = timedelta(minutes=2)
    far_every: timedelta = timedelta(minutes=15)
    horizon: timedelta = timedelta(days=14)
    search_limit: int = 200
    follow_near: timedelta = timedelta(minutes=3)  # how often a booking that begins within `soon` is looked at
    follow_far: timedelta = timedelta(minutes=20)  # and one that begins later, until the end of tomorrow
    soon: timedelta = timedelta(hours=3)
    follow_at_once: int = 12  # looks at one host a round; the others wait for the next
    follow_budget: timedelta = timedelta(seconds=20)  # and how long a round may take there
    report_pauses: tuple[timedelta, ...] = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
    visits: VisitSettings = field(default_factory=VisitSettings)


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's dependencies."""

    work: Work
    gate: Gate
    connect: PermittedConnect
    tracing: Tracing
    clock: Clock
    settings: Settings = field(default_factory=Settings)
    wake: Callable[[Tx, BookingRef, datetime], None] = _nobody_waits
    able: Able = _unable
