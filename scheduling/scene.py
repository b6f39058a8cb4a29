"""What a search must know besides the slots: which hosts are open to the caller, how fresh, how far. A few queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select

from practices import directory
from practices.places import miles_between
from practices.results import PracticeView, SiteView
from scheduling.commands import FindSlots
from scheduling.desk import Desk, Settings
from scheduling.models import PoolAskRow
from scheduling.results import Freshness
from sharing_agreements.reading import Standing
from sharing_agreements.terms import Decision, Question, Why
from storage.base import AnyRow
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.purposes import Scope


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one host on behalf of the caller's practice, judged by its answers about the next days."""

    freshness: Freshness
    asked_at: datetime | None
    failed_at: datetime | None = None
    failure: str = ""
    took_ms: int = 0
    slots_seen: int = 0
    near_until: datetime | None = None  # how far `asked_at` reaches
    far_asked_at: datetime | None = None

    def asked_about(self, moment: datetime) -> datetime | None:
        """When the host was last asked about this moment: the next days and those after are asked about apart."""
        if self.near_until is not None and moment < self.near_until:
            return self.asked_at
        return self.far_asked_at or self.asked_at


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a search needs besides the slots."""

    now: datetime
    hosts: Mapping[OdsCode, PracticeView]
    decisions: Mapping[OdsCode, Decision]
    known: Mapping[OdsCode, Known]
    sites: tuple[SiteView, ...]  # only for a search that depends on them
    miles: Mapping[tuple[OdsCode, str], float]  # by host and location, when a postcode was given and is known
    switched_off: frozenset[OdsCode] = frozenset()  # could be seen, but somebody has switched booking off
    _open: tuple[OdsCode, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        allowed = (ods for ods, decision in self.decisions.items() if decision.allowed)
        object.__setattr__(self, "_open", tuple(ods for ods in allowed if self.is_live(ods)))

    def open_hosts(self) -> tuple[OdsCode, ...]:
        """Hosts whose slots may be shown to the caller now."""
        return self._open

    def is_live(self, ods: OdsCode) -> bool:
        """True when the practice is open, has switched pooling on and lets others book."""
        practice = self.hosts.get(ods)
        return practice is not None and practice.is_open and practice.pooling_live and practice.booking_live


def set_scene(desk: Desk, tx: Tx, caller: Caller, *, command: FindSlots | None = None) -> Scene:
    """Read it: the caller's agreements, every practice they name, what was last heard of each, their sites."""
    now = desk.clock.now()
    standing = desk.gate.standing(tx)
    named = {caller.practice}.union(*(agreement.parties for agreement in standing.naming(caller.practice)))
    decisions = {host: _decide(standing, caller, host, Scope.SEE_SLOTS, now) for host in named}
    booking = {host: _decide(standing, caller, host, Scope.BOOK, now) for host in named if decisions[host].allowed}
    switched_off = {host: decision for host, decision in booking.items() if decision.why in _SWITCHES}
    hosts = {practice.ods: practice for practice in directory.practices(tx, named)}
    sites = directory.sites(tx, named) if command is not None and _asks_where(command) else ()
    miles: dict[tuple[OdsCode, str], float] = {}
    if command is not None and command.near_postcode:
        origin = directory.place_of(tx, command.near_postcode)
        if origin is not None:
            miles = {(site.ods, site.location_id): miles_between(origin, site.place) for site in sites if site.place}
    known = _known(tx, caller.practice, named, now, desk.settings)
    return Scene(now, hosts, {**decisions, **switched_off}, known, sites, miles, frozenset(switched_off))


_SWITCHES = (Why.KILL_SWITCH_YOURS, Why.KILL_SWITCH_THEIRS)
"""A time that nobody can be given is not offered: the list of practices says who has switched booking off."""


def _decide(standing: Standing, caller: Caller, host: OdsCode, scope: Scope, now: datetime) -> Decision:
    return standing.decide(Question(caller.practice, caller.role, host, scope), now)


def _asks_where(command: FindSlots) -> bool:
    """Whether the search depends on where sites are or what they have."""
    return bool(command.near_postcode or command.access_needs) or command.within_miles is not None


def explain_absence(scene: Scene, host: OdsCode, *, visible: int) -> str:
    """Why a host offers nothing, as far as the wire can tell, and no more. Not for hosts refused by agreement."""
    practice = scene.hosts[host]
    if not practice.is_open:
        return f"{practice.name} has closed."
    if not practice.pooling_live:
        return f"{practice.name} has not switched pooling on."
    if not practice.booking_live:
        return f"{practice.name} has not switched booking by other practices on."
    known = scene.known[host]
    if known.freshness is Freshness.NEVER:
        return f"{practice.name} has not been asked yet."
    if known.freshness is Freshness.UNREACHABLE:
        return f"{practice.name}'s system is not answering: {known.failure}"
    if visible:
        return f"{practice.name} has free times, but none that fit this search."
    if why_of(scene, host) is Why.OWN_PRACTICE:
        return f"{practice.name} is your own practice: no clinic in these dates, or its clinics are full."
    return (
        f"{practice.name} offers your practice nothing for these dates: no clinic then, its clinics are full, "
        f"or the times are kept for others or not released yet. Only {practice.name} can tell."
    )


def why_of(scene: Scene, host: OdsCode) -> Why:
    """The agreement's reason for one host; no agreement when none names it."""
    decision = scene.decisions.get(host)
    return decision.why if decision else Why.NO_AGREEMENT


_ASKS = select(
    PoolAskRow.host_ods,
    PoolAskRow.stretch,
    PoolAskRow.asked_at,
    PoolAskRow.failed_at,
    PoolAskRow.failure,
    PoolAskRow.failures,
    PoolAskRow.took_ms,
    PoolAskRow.slots_seen,
    PoolAskRow.window_end,
).where(PoolAskRow.booking_ods == bindparam("asker"))


def _known(
    tx: Tx, booking_practice: OdsCode, hosts: set[OdsCode], now: datetime, settings: Settings
) -> dict[OdsCode, Known]:
    found: dict[str, list[AnyRow]] = {host.value: [] for host in hosts}
    for ask in tx.execute(_ASKS, {"asker": booking_practice.value}):
        found.setdefault(ask[0], []).append(ask)
    return {OdsCode(host): _known_of(asks, now, settings) for host, asks in found.items()}


def _known_of(asks: list[AnyRow], now: datetime, settings: Settings) -> Known:
    near = next((ask for ask in asks if ask.stretch == "near"), None)
    far_asked_at = next((ask.asked_at for ask in asks if ask.stretch == "far"), None)
    if near is None or (near.asked_at is None and near.failed_at is None):
        return Known(Freshness.NEVER, None)
    if near.failures >= 2 or (near.asked_at is None and near.failures):
        freshness = Freshness.UNREACHABLE
    elif now - near.asked_at > 2 * settings.near_every:
        freshness = Freshness.STALE
    else:
        freshness = Freshness.FRESH
    seen = sum(ask.slots_seen for ask in asks)
    return Known(
        freshness=freshness,
        asked_at=near.asked_at,
        failed_at=near.failed_at,
        failure=near.failure,
        took_ms=near.took_ms,
        slots_seen=seen,
        near_until=near.window_end,
        far_asked_at=far_asked_at,
    )
