"""The address book's questions, asked inside the caller's transaction: a fixed number of plain selects each.

What is returned is frozen (practices/results.py); rows stay in this room.
"""

from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import aliased

from connectors.port import Link
from practices.linking import DIRECT, Passage, Secrets, links, no_secrets
from practices.models import (
    ClusterRow,
    GPSystemLinkRow,
    PlaceRow,
    PracticeRow,
    SiteRow,
    SlotTypeMappingRow,
    StaffGrantRow,
)
from practices.places import place_codes
from practices.results import LiveLink, Place, PracticeView, SiteView, StaffGrant
from practices.slot_types import Service, SlotTypeMeaning, SlotTypes, tidy_wording
from storage.base import among
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.slots import PractitionerRole


def practice(tx: Tx, ods: OdsCode) -> PracticeView | None:
    """One practice, open or not; None when the address book does not know it."""
    row = tx.execute(_practices().where(PracticeRow.ods == ods.value)).one_or_none()
    return _practice_view(row) if row else None


def practices(
    tx: Tx, ods: Collection[OdsCode] | None = None, *, cluster: str = "", open_only: bool = False
) -> tuple[PracticeView, ...]:
    """Practices by name: all, or these, or one cluster's."""
    wanted = _practices().order_by(PracticeRow.name, PracticeRow.ods)
    if ods is not None:
        wanted = wanted.where(among(PracticeRow.ods, _codes(ods)))
    if cluster:
        wanted = wanted.where(PracticeRow.cluster_code == cluster)
    if open_only:
        wanted = wanted.where(PracticeRow.status == "open")
    return tuple(map(_practice_view, tx.execute(wanted)))


def clusters(tx: Tx) -> dict[str, str]:
    """The clusters' names by code."""
    named = select(ClusterRow.code, ClusterRow.name).order_by(ClusterRow.code)
    return {code: name for code, name in tx.execute(named)}  # noqa: C416 - dict() does not know what a row is


def cluster_mates(tx: Tx, ods: OdsCode) -> tuple[PracticeView, ...]:
    """The open practices of this practice's cluster, itself left out, by name."""
    own = aliased(PracticeRow)
    wanted = (
        _practices()
        .join(own, own.cluster_code == PracticeRow.cluster_code)
        .where(own.ods == ods.value, PracticeRow.ods != ods.value, PracticeRow.status == "open")
        .order_by(PracticeRow.name, PracticeRow.ods)
    )
    return tuple(map(_practice_view, tx.execute(wanted)))


def sites(tx: Tx, ods: Iterable[OdsCode]) -> tuple[SiteView, ...]:
    """Where these practices hold clinics, each practice's main site first."""
    columns = (
        SiteRow.ods,
        SiteRow.location_id,
        SiteRow.name,
        SiteRow.address,
        SiteRow.postcode,
        SiteRow.latitude,
        SiteRow.longitude,
        SiteRow.access,
        SiteRow.directions,
    )
    rows = tx.execute(select(*columns).where(among(SiteRow.ods, _codes(ods))).order_by(SiteRow.ods, SiteRow.id))
    return tuple(
        SiteView(
            ods=OdsCode(row.ods),
            location_id=row.location_id,
            name=row.name,
            address=tuple(row.address),
            postcode=row.postcode,
            place=_place(row.latitude, row.longitude),
            access=frozenset(row.access),
            directions=row.directions,
        )
        for row in rows
    )


def link(tx: Tx, ods: OdsCode, *, secrets: Secrets = no_secrets, passage: Passage = DIRECT) -> Link | None:
    """How to reach a practice's GP system, whether it is live or not; None when no link is set."""
    return links(tx, [ods], secrets=secrets, passage=passage).get(ods)


def live_links(tx: Tx, *, secrets: Secrets = no_secrets) -> tuple[LiveLink, ...]:
    """Every open practice whose pooling is live, with its link, by code."""
    live = (
        select(GPSystemLinkRow.ods)
        .join(PracticeRow, PracticeRow.ods == GPSystemLinkRow.ods)
        .where(GPSystemLinkRow.pooling_live, PracticeRow.status == "open")
    )
    found = links(tx, [OdsCode(ods) for ods in tx.scalars(live)], secrets=secrets)
    views = practices(tx, found)
    return tuple(LiveLink(view, found[view.ods]) for view in sorted(views, key=lambda view: view.ods))


def booking_is_live(tx: Tx, ods: OdsCode) -> bool:
    """True when the practice is open and lets others book, now."""
    return bool(tx.connection().scalar(_BOOKING_LIVE, {"host": ods.value}))


_BOOKING_LIVE = (
    select(GPSystemLinkRow.booking_live)
    .join(PracticeRow, PracticeRow.ods == GPSystemLinkRow.ods)
    .where(GPSystemLinkRow.ods == bindparam("host"), PracticeRow.status == "open")
)


def mapping(tx: Tx, ods: OdsCode) -> SlotTypes:
    """One practice's slot-type wordings (tidied) and what they mean; see `slot_types.map_slot_type`."""
    return mappings(tx, [ods])[ods]


def mappings(tx: Tx, ods: Iterable[OdsCode]) -> dict[OdsCode, SlotTypes]:
    """The same for many practices at once; a practice without any has an empty one."""
    wanted = list(ods)
    row = SlotTypeMappingRow
    found: dict[OdsCode, dict[str, SlotTypeMeaning]] = {code: {} for code in wanted}
    chosen = select(row.ods, row.wording, row.service, row.role).where(among(row.ods, _codes(wanted)))
    for code, wording, service, role in tx.execute(chosen):
        meaning = SlotTypeMeaning(Service(service), PractitionerRole(role) if role else None)
        found[OdsCode(code)][tidy_wording(wording)] = meaning
    return dict(found)


def place_of(tx: Tx, postcode: str) -> Place | None:
    """Where a postcode is: the full postcode if we know it, else the middle of its outward code, else None."""
    codes = place_codes(postcode)
    if not codes:
        return None
    rows = tx.execute(select(PlaceRow.code, PlaceRow.latitude, PlaceRow.longitude).where(among(PlaceRow.code, codes)))
    known = {code: Place(latitude, longitude) for code, latitude, longitude in rows}
    return next((known[code] for code in codes if code in known), None)


def staff_grants(tx: Tx, user_id: str, today: date) -> tuple[StaffGrant, ...]:
    """The roles this user was given locally that are in force today (first and last day included)."""
    row = StaffGrantRow
    chosen = (
        select(row.role, row.ods, row.ends_on, row.granted_by)
        .where(row.user_id == user_id, row.starts_on <= today, row.ends_on >= today)
        .order_by(row.ods, row.role)
    )
    return tuple(
        StaffGrant(UserRole(role), OdsCode(ods), ends_on, granted_by)
        for role, ods, ends_on, granted_by in tx.execute(chosen)
    )


@cache
def _practices() -> Select[*tuple[Any, ...]]:
    of, line = PracticeRow, GPSystemLinkRow
    return select(
        of.ods,
        of.name,
        of.status,
        of.address,
        of.postcode,
        of.latitude,
        of.longitude,
        of.phone,
        of.bypass_phone,
        of.list_size,
        of.cluster_code,
        line.system,
        line.pooling_live,
        line.booking_live,
        line.pooling_by,
        line.pooling_by_name,
        line.tested_at,
    ).outerjoin(line, line.ods == of.ods)


def _practice_view(row: Row[*tuple[Any, ...]]) -> PracticeView:
    return PracticeView(
        ods=OdsCode(row.ods),
        name=row.name,
        is_open=row.status == "open",
        address=tuple(row.address),
        postcode=row.postcode,
        place=_place(row.latitude, row.longitude),
        phone=row.phone,
        bypass_phone=row.bypass_phone,
        list_size=row.list_size,
        cluster=row.cluster_code or "",
        system=row.system or "",
        pooling_live=bool(row.pooling_live),
        booking_live=bool(row.booking_live),
        pooling_by=row.pooling_by or "",
        pooling_by_name=row.pooling_by_name or "",
        tested_at=row.tested_at,
    )


def _place(latitude: float | None, longitude: float | None) -> Place | None:
    return None if latitude is None or longitude is None else Place(latitude, longitude)


def _codes(ods: Iterable[OdsCode]) -> list[str]:
    return sorted({code.value for code in ods})
