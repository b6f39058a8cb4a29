"""Offers: the pool's free slots that fit, equal ones shown once with a count, picked and ordered by the database."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    String,
    TableValuedAlias,
    and_,
    bindparam,
    column,
    func,
    null,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from scheduling import claims, pool
from scheduling.commands import FindSlots
from scheduling.joining import Piece, runs
from scheduling.models import ClinicSessionRow, SlotClaimRow, SlotRow, SlotSightRow
from scheduling.results import Offer
from scheduling.scene import Scene
from storage.base import AnyRow, AnySelect, among
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller


@dataclass(frozen=True, slots=True)
class Found:
    """The first offers in order, and how many there are."""

    offers: tuple[Offer, ...]
    total: int


@dataclass(frozen=True, slots=True)
class HostCount:
    """Free slots of one host in the window: those shown to this practice, and those of them that fit the search."""

    visible: int
    fitting: int


def fitting(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> Found:
    """Offers that fit, in the stated order, at most `command.limit` of them."""
    if not scene.open_hosts():
        return Found((), 0)
    if command.minutes:
        return _joined(tx, scene, command, caller)
    return _single(tx, scene, command, caller)


def per_host(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> dict[OdsCode, HostCount]:
    """For each host, how many free slots this practice is shown in the window and how many fit.

    Of slots to be joined, those fit with which an appointment can begin that is long enough.
    """
    if not scene.open_hosts():
        return {}
    wishes = {} if command.minutes else _wishes(scene, command)
    rows = tx.execute(_counting(frozenset(wishes)), _asked(scene, command, caller) | wishes)
    counts = {OdsCode(host): HostCount(visible, fitting) for host, visible, fitting in rows}
    if command.minutes:
        long_enough = Counter(run[0].link.host for run in _runs(_pieces(tx, scene, command, caller), command))
        counts = {host: HostCount(count.visible, long_enough[host]) for host, count in counts.items()}
    return counts


def _asked(scene: Scene, command: FindSlots, caller: Caller) -> dict[str, Any]:
    """The parameters of every query here."""
    return {
        "asker": caller.practice.value,
        "start": max(command.window.start, scene.now),
        "end": command.window.end,
        "open_hosts": [host.value for host in scene.open_hosts()],
        "now": scene.now,
    }


# Statements are made once for every combination of wishes, and differ in nothing else: making and compiling one takes
# as long as running it.


def _free() -> AnySelect:
    """Sights of this practice, starting in the window, of slots that nobody has claimed."""
    now: Any = bindparam("now", type_=SlotSightRow.start_at.type)
    claimed = select(SlotClaimRow.id).where(SlotClaimRow.slot_id == SlotSightRow.slot_id, claims.blocks(now)).exists()
    return (
        select()
        .select_from(SlotSightRow)
        .where(
            SlotSightRow.booking_ods == bindparam("asker"),
            SlotSightRow.start_at >= bindparam("start"),
            SlotSightRow.start_at < bindparam("end"),
            among(SlotSightRow.host_ods, "open_hosts"),
            ~claimed,
        )
    )


def _free_slots() -> AnySelect:
    """The same, with the slots and their sessions. Past slots that were booked stay in the table, and are most of it:
    the slots' own times keep the database from reading them."""
    return (
        _free()
        .join(SlotRow, SlotRow.id == SlotSightRow.slot_id)
        .join(ClinicSessionRow, ClinicSessionRow.id == SlotRow.clinic_session_id)
        .where(SlotRow.start_at >= bindparam("start"), SlotRow.start_at < bindparam("end"))
    )


@cache
def _counting(wishes: frozenset[str]) -> AnySelect:
    host = SlotSightRow.host_ods
    if not wishes:
        return _free().add_columns(host, func.count(), func.count()).group_by(host)
    fits = func.count().filter(and_(true(), *_conditions(wishes)))
    return _free_slots().add_columns(host, func.count(), fits).group_by(host)


def _site_key() -> ColumnElement[str]:
    return SlotRow.host_ods + " " + ClinicSessionRow.location_id


def _conditions(wishes: frozenset[str]) -> list[ColumnElement[bool]]:
    every: Mapping[str, ColumnElement[bool]] = {
        "roles": among(SlotRow.role, "roles"),
        "channels": among(SlotRow.channel, "channels"),
        "hosts": among(SlotRow.host_ods, "hosts"),
        "location": ClinicSessionRow.location_id == bindparam("location"),
        "sites": among(_site_key(), "sites"),
    }
    return [every[wish] for wish in sorted(wishes)]


def _wishes(scene: Scene, command: FindSlots) -> dict[str, Any]:
    """What the search was narrowed down to, as parameters of `_conditions`."""
    found: dict[str, Any] = {}
    if command.roles:
        found["roles"] = [role.value for role in command.roles]
    if command.channels:
        found["channels"] = [channel.value for channel in command.channels]
    if command.hosts:
        found["hosts"] = [host.value for host in command.hosts]
    if command.site_location_id:
        found["location"] = command.site_location_id
    if command.access_needs or command.within_miles is not None:
        found["sites"] = [f"{ods} {location}" for ods, location in _sites_that_fit(scene, command)]
    return found


def _sites_that_fit(scene: Scene, command: FindSlots) -> list[tuple[OdsCode, str]]:
    fitting = []
    for site in scene.sites:
        key = (site.ods, site.location_id)
        near = command.within_miles is None or scene.miles.get(key, float("inf")) <= command.within_miles
        if near and command.access_needs <= site.access:
            fitting.append(key)
    return fitting


def _seed(caller: Caller) -> int:
    """Spreads equal choices over users, steadily for one user: everyone shown the same first slot races for it."""
    return zlib.crc32(caller.user_id.encode())


def _single(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> Found:
    """Single slots, grouped, picked and ordered by the database."""
    wishes = _wishes(scene, command)
    asked = _asked(scene, command, caller) | wishes
    asked |= {
        "seed": _seed(caller),
        "most": command.limit,
        "distant_sites": [f"{ods} {location}" for ods, location in scene.miles],
        "distances": list(scene.miles.values()),
    }
    rows = tx.execute(_picking(frozenset(wishes), bool(scene.miles)), asked).all()
    offers = tuple(_offer(scene, [row], count=row.alike, miles=row.miles) for row in rows)
    return Found(offers, rows[0].total if rows else 0)


@cache
def _picking(wishes: frozenset[str], with_miles: bool) -> AnySelect:
    """The first offers in order with their facts, how many are equal, how far, and how many offers there are."""
    seed = bindparam("seed", type_=BigInteger)
    alike: list[Any] = [
        SlotRow.start_at,
        SlotRow.end_at,
        SlotRow.host_ods,
        ClinicSessionRow.location_id,
        SlotRow.role,
        SlotRow.channel,
        SlotRow.service,
    ]
    query = _free_slots().where(*_conditions(wishes))
    miles: ColumnElement[Any] = null()
    if with_miles:
        distances = _distances()
        query = query.outerjoin(distances, distances.c.site == _site_key())
        miles = distances.c.miles
        alike.append(miles)
    by_hash = aggregate_order_by(SlotRow.id, func.hashint8extended(SlotRow.id, seed))
    picked = type_coerce(func.array_agg(by_hash), ARRAY(BigInteger))[1]
    spread = func.hashtextextended(SlotRow.host_ods + ClinicSessionRow.location_id + SlotRow.role, seed)

    def order(miles: ColumnElement[Any], spread: ColumnElement[Any]) -> list[Any]:
        nearest = [func.round(miles).nulls_last()] if with_miles else []
        return [SlotRow.start_at, *nearest, spread, SlotRow.end_at, SlotRow.channel, SlotRow.service]

    picks = (
        query.add_columns(
            picked.label("slot_id"),
            func.count().label("alike"),
            miles.label("miles"),
            func.count().over().label("total"),
            spread.label("spread"),
        )
        .group_by(*alike)
        .order_by(*order(miles, spread))
        .limit(bindparam("most"))
        .subquery("picks")
    )
    return (
        pool.slot_query()
        .join(picks, picks.c.slot_id == SlotRow.id)
        .add_columns(picks.c.alike, picks.c.miles, picks.c.total)
        .order_by(*order(picks.c.miles, picks.c.spread))
    )


def _distances() -> TableValuedAlias:
    """How far each site is, out of two arrays: a list of values would be another statement for every patient."""
    sites = bindparam("distant_sites", type_=ARRAY(String))
    miles = bindparam("distances", type_=ARRAY(Double))
    table = func.unnest(sites, miles).table_valued(column("site", String), column("miles", Double))
    return table.render_derived(name="distances")


def _joined(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> Found:
    """Runs of adjacent slots that are long enough together, in the same order as single ones."""
    by_id = {row.id: row for row in _pieces(tx, scene, command, caller)}
    alike: dict[tuple[Any, ...], list[tuple[Piece, ...]]] = defaultdict(list)
    for run in _runs(by_id.values(), command):
        first = by_id[run[0].id]
        key = (first.start_at, run[-1].link.window.end, first.host_ods, first.location_id)
        alike[(*key, first.role, first.channel, first.service)].append(run)
    seed = _seed(caller)
    picks = []
    for key, same in alike.items():
        chosen = min(same, key=lambda run: _hash(run[0].id, seed))
        miles = scene.miles.get((OdsCode(key[2]), key[3]))
        order = (key[0], float("inf") if miles is None else round(miles), _hash(key[2:5], seed), key[1:])
        picks.append((order, _Pick(tuple(piece.id for piece in chosen), len(same), miles)))
    picks.sort(key=lambda pair: pair[0])
    return Found(_with_facts(tx, scene, [pick for _, pick in picks[: command.limit]]), len(picks))


def _runs(rows: Iterable[AnyRow], command: FindSlots) -> list[tuple[Piece, ...]]:
    return runs([Piece(row.id, pool.link_of(row)) for row in rows], minutes=command.minutes)


def _pieces(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> list[AnyRow]:
    """Every slot that fits but for its length."""
    wishes = _wishes(scene, command)
    return list(tx.execute(_fitting_slots(frozenset(wishes)), _asked(scene, command, caller) | wishes))


@cache
def _fitting_slots(wishes: frozenset[str]) -> AnySelect:
    return (
        _free_slots()
        .where(*_conditions(wishes))
        .add_columns(
            SlotRow.id,
            SlotRow.host_ods,
            ClinicSessionRow.host_session_id,
            ClinicSessionRow.location_id,
            SlotRow.role,
            SlotRow.channel,
            SlotRow.service,
            SlotRow.slot_type,
            SlotRow.start_at,
            SlotRow.end_at,
        )
    )


@dataclass(frozen=True, slots=True)
class _Pick:
    """An offer of joined slots before its facts are read."""

    slot_ids: tuple[int, ...]
    count: int
    miles: float | None


def _hash(value: object, seed: int) -> int:
    return zlib.crc32(repr(value).encode(), seed)


def _with_facts(tx: Tx, scene: Scene, picks: list[_Pick]) -> tuple[Offer, ...]:
    rows = {row.id: row for row in pool.slots_by_id(tx, [slot_id for pick in picks for slot_id in pick.slot_ids])}
    return tuple(
        _offer(scene, [rows[slot_id] for slot_id in pick.slot_ids], count=pick.count, miles=pick.miles)
        for pick in picks
    )


def _offer(scene: Scene, rows: Sequence[AnyRow], *, count: int, miles: float | None) -> Offer:
    facts = pool.facts_of(rows)
    decision, known = scene.decisions[facts.host], scene.known[facts.host]
    return Offer(
        slot_ids=tuple(row.id for row in rows),
        facts=facts,
        count=count,
        miles=miles,
        seen_at=known.asked_about(facts.window.start) or scene.now,
        agreement=decision.agreement,
        clause=decision.clause,
    )
