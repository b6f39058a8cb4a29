"""Offers: the pool's free slots that fit, equal ones shown once with a count, picked and ordered by the database."""

import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    String,
    Values,
    and_,
    column,
    func,
    null,
    select,
    true,
    type_coerce,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from scheduling import claims, pool
from scheduling.commands import FindSlots
from scheduling.joining import Piece, runs
from scheduling.models import ClinicSessionRow, SlotClaimRow, SlotRow, SlotSightRow
from scheduling.results import Offer
from scheduling.scene import Scene
from storage.base import AnySelect
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller
from vocabulary.times import Window


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


@dataclass(frozen=True, slots=True)
class _Pick:
    """An offer before its facts are read."""

    slot_ids: tuple[int, ...]
    count: int
    miles: float | None


def fitting(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> Found:
    """Offers that fit, in the stated order, at most `command.limit` of them."""
    if not scene.open_hosts():
        return Found((), 0)
    if command.minutes:
        picks, total = _joined(tx, scene, command, caller)
    else:
        picks, total = _single(tx, scene, command, caller)
    return Found(_with_facts(tx, scene, picks), total)


def per_host(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> dict[OdsCode, HostCount]:
    """For each host, how many free slots this practice is shown in the window and how many fit."""
    hosts = scene.open_hosts()
    if not hosts:
        return {}
    fits = and_(true(), *_filters(scene, command))
    query = _free(command.window, caller, hosts, scene).add_columns(
        SlotRow.host_ods, func.count(), func.count().filter(fits)
    )
    rows = tx.execute(query.group_by(SlotRow.host_ods))
    return {OdsCode(host): HostCount(visible, fitting) for host, visible, fitting in rows}


def _free(window: Window, caller: Caller, hosts: list[OdsCode], scene: Scene) -> AnySelect:
    """Slots shown to the caller's practice, starting in the window, not claimed by anybody."""
    claimed = (
        select(SlotClaimRow.id)
        .where(
            SlotClaimRow.host_ods == SlotRow.host_ods,
            SlotClaimRow.host_slot_id == SlotRow.host_slot_id,
            claims.blocks(scene.now),
        )
        .exists()
    )
    return (
        select()
        .select_from(SlotSightRow)
        .join(SlotRow, SlotRow.id == SlotSightRow.slot_id)
        .join(ClinicSessionRow, ClinicSessionRow.id == SlotRow.clinic_session_id)
        .where(
            SlotSightRow.booking_ods == caller.practice.value,
            SlotSightRow.start_at >= max(window.start, scene.now),
            SlotSightRow.start_at < window.end,
            SlotSightRow.host_ods.in_([host.value for host in hosts]),
            ~claimed,
        )
    )


def _filters(scene: Scene, command: FindSlots) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if command.roles:
        found.append(SlotRow.role.in_([role.value for role in command.roles]))
    if command.channels:
        found.append(SlotRow.channel.in_([channel.value for channel in command.channels]))
    if command.hosts:
        found.append(SlotRow.host_ods.in_([host.value for host in command.hosts]))
    if command.site_location_id:
        found.append(ClinicSessionRow.location_id == command.site_location_id)
    if command.access_needs or command.within_miles is not None:
        found.append(_site_key().in_([f"{ods} {location}" for ods, location in _sites_that_fit(scene, command)]))
    return found


def _site_key() -> ColumnElement[str]:
    return SlotRow.host_ods + " " + ClinicSessionRow.location_id


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


def _single(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> tuple[list[_Pick], int]:
    """Single slots, grouped, picked and ordered by the database."""
    seed = _seed(caller)
    alike: list[Any] = [
        SlotRow.start_at,
        SlotRow.end_at,
        SlotRow.host_ods,
        ClinicSessionRow.location_id,
        SlotRow.role,
        SlotRow.channel,
        SlotRow.service,
    ]
    query = _free(command.window, caller, scene.open_hosts(), scene).where(*_filters(scene, command))
    miles: ColumnElement[Any] = null()
    if scene.miles:
        distances = _distances(scene)
        query = query.outerjoin(distances, distances.c.site == _site_key())
        miles = distances.c.miles
        alike.append(miles)
    by_hash = aggregate_order_by(SlotRow.id, func.hashint8extended(SlotRow.id, seed))
    picked = type_coerce(func.array_agg(by_hash), ARRAY(BigInteger))[1]
    spread = func.hashtextextended(SlotRow.host_ods + ClinicSessionRow.location_id + SlotRow.role, seed)
    nearest = [func.round(miles).nulls_last()] if scene.miles else []
    rows = tx.execute(
        query.add_columns(picked, func.count(), miles, func.count().over())
        .group_by(*alike)
        .order_by(SlotRow.start_at, *nearest, spread, SlotRow.end_at, SlotRow.channel, SlotRow.service)
        .limit(command.limit)
    ).all()
    return [_Pick((row[0],), row[1], row[2]) for row in rows], rows[0][3] if rows else 0


def _distances(scene: Scene) -> Values:
    rows = [(f"{ods} {location}", miles) for (ods, location), miles in scene.miles.items()]
    return values(column("site", String), column("miles", Double), name="distances").data(rows)


def _joined(tx: Tx, scene: Scene, command: FindSlots, caller: Caller) -> tuple[list[_Pick], int]:
    """Runs of adjacent slots that are long enough together, in the same order as single ones."""
    query = (
        _free(command.window, caller, scene.open_hosts(), scene)
        .where(*_filters(scene, command))
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
    by_id = {row.id: row for row in tx.execute(query)}
    alike: dict[tuple[Any, ...], list[tuple[Piece, ...]]] = defaultdict(list)
    for run in runs([Piece(row.id, pool.link_of(row)) for row in by_id.values()], minutes=command.minutes):
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
    return [pick for _, pick in picks[: command.limit]], len(picks)


def _hash(value: object, seed: int) -> int:
    return zlib.crc32(repr(value).encode(), seed)


def _with_facts(tx: Tx, scene: Scene, picks: list[_Pick]) -> tuple[Offer, ...]:
    rows = {row.id: row for row in pool.slots_by_id(tx, [slot_id for pick in picks for slot_id in pick.slot_ids])}
    offers = []
    for pick in picks:
        facts = pool.facts_of([rows[slot_id] for slot_id in pick.slot_ids])
        decision, known = scene.decisions[facts.host], scene.known[facts.host]
        offers.append(
            Offer(
                slot_ids=pick.slot_ids,
                facts=facts,
                count=pick.count,
                miles=pick.miles,
                seen_at=known.asked_at or scene.now,
                agreement=decision.agreement,
                clause=decision.clause,
            )
        )
    return tuple(offers)
