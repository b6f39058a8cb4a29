"""The federation's rows in the hub's database: practices, sites, links, mappings, places, grants, agreements."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from demo.federation.agreements import SeedAgreement, agreement_of
from demo.federation.choices import choices_made
from demo.federation.geography import AREAS, NEIGHBOURS, POSTCODES
from demo.federation.looks import write_looks
from demo.federation.network import Practice
from demo.federation.size import FULL, Size
from demo.federation.staff import local_grants, manager_of
from demo.federation.wordings import mapping
from practices.admin import PASSED
from practices.models import (
    ClusterRow,
    GPSystemLinkRow,
    PlaceRow,
    PracticeRow,
    SiteRow,
    SlotTypeMappingRow,
    StaffGrantRow,
)
from sharing_agreements.document import canonical, digest
from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from sharing_agreements.refusing_models import PatientChoiceRow
from storage.base import Base
from storage.work import Tx, Work
from vocabulary.times import london_date

_SYSTEMS = ("emis", "tpp")
_PATH = "STU3/1/gpconnect"
_Rows = Iterable[dict[str, Any]]


def is_filled(tx: Tx) -> bool:
    """Whether the address book holds any practice."""
    return bool(tx.scalar(select(select(PracticeRow.ods).exists())))


def write_database(work: Work, size: Size, *, simulator_url: str, now: datetime) -> int:
    """Write all rows in one transaction; how many there were."""
    written = 0
    with work.begin() as tx:
        for table, rows in _tables(size, simulator_url, now):
            written += _insert(tx, table, rows)
        for cluster in size.clusters:
            written += _insert_agreement(tx, agreement_of(cluster, now=now))
        if size is FULL:  # tests begin with an empty ledger
            written += write_looks(tx, now=now)
    return written


def follow_simulator(work: Work, *, simulator_url: str) -> int:
    """Point the links of the federation's practices at where the simulator is now; how many had to be changed."""
    row = GPSystemLinkRow
    address = func.concat(f"{simulator_url.rstrip('/')}/", row.ods, f"/{_PATH}")
    stale = update(row).where(row.system.in_(_SYSTEMS), row.ods.like("Y9%"), row.address != address)
    with work.begin() as tx:
        return len(tx.scalars(stale.values(address=address).returning(row.ods)).all())


def _tables(size: Size, simulator_url: str, now: datetime) -> Iterator[tuple[type[Base], _Rows]]:
    practices = size.practices
    yield ClusterRow, ({"code": cluster.code, "name": cluster.name} for cluster in size.clusters)
    yield PracticeRow, (_practice(practice) for practice in practices)
    yield SiteRow, (row for practice in practices for row in _sites(practice))
    yield GPSystemLinkRow, (_link(practice, simulator_url, now) for practice in practices)
    yield SlotTypeMappingRow, (row for practice in practices for row in _mappings(practice))
    yield PlaceRow, _places()
    yield PatientChoiceRow, choices_made(size, now=now)
    there = {practice.ods for practice in practices}
    today = london_date(now)
    yield (
        StaffGrantRow,
        (
            {
                "user_id": grant.user_id,
                "user_name": grant.name,
                "role": grant.role.value,
                "ods": grant.practice.value,
                "starts_on": today - timedelta(days=30),
                "ends_on": today + timedelta(days=730),
                "granted_by": "demo",
            }
            for grant in local_grants()
            if grant.practice in there
        ),
    )


def _insert(tx: Tx, table: type[Base], rows: _Rows) -> int:
    listed = list(rows)
    if listed:
        tx.execute(insert(table), listed)
    return len(listed)


def _practice(practice: Practice) -> dict[str, Any]:
    main = practice.sites[0]
    return {
        "ods": practice.ods.value,
        "name": practice.name,
        "address": list(main.address),
        "postcode": main.postcode,
        "latitude": main.place.latitude,
        "longitude": main.place.longitude,
        "phone": practice.phone,
        "bypass_phone": practice.bypass_phone,
        "list_size": practice.list_size,
        "supplier": practice.system.upper(),
        "cluster_code": practice.cluster,
    }


def _sites(practice: Practice) -> Iterator[dict[str, Any]]:
    for site in practice.sites:
        yield {
            "ods": practice.ods.value,
            "location_id": site.location_id,
            "name": site.name,
            "address": list(site.address),
            "postcode": site.postcode,
            "latitude": site.place.latitude,
            "longitude": site.place.longitude,
            "access": list(site.access),
            "directions": site.directions,
        }


def _link(practice: Practice, simulator_url: str, now: datetime) -> dict[str, Any]:
    manager = manager_of(practice.ods)
    return {
        "ods": practice.ods.value,
        "system": practice.system,
        "address": f"{simulator_url.rstrip('/')}/{practice.ods}/{_PATH}",
        "provider_asid": practice.provider_asid,
        "consumer_asid": practice.consumer_asid,
        "pooling_live": True,
        "booking_live": True,
        "pooling_by": manager.user_id,
        "pooling_by_name": manager.name,
        "pooling_since": now - timedelta(days=28),
        "tested_at": now - timedelta(days=29),
        "test_outcome": PASSED,
    }


def _mappings(practice: Practice) -> Iterator[dict[str, Any]]:
    for wording, meaning in mapping(practice).items():
        role = meaning.role.value if meaning.role else ""
        yield {"ods": practice.ods.value, "wording": wording, "service": meaning.service.value, "role": role}


def _places() -> Iterator[dict[str, Any]]:
    named = {area.outcode: area.place for area in AREAS.values()} | dict(NEIGHBOURS)
    named |= {postcode.code: postcode.place for postcodes in POSTCODES.values() for postcode in postcodes}
    for code, place in named.items():
        yield {"code": code, "latitude": place.latitude, "longitude": place.longitude}


def _insert_agreement(tx: Tx, agreement: SeedAgreement) -> int:
    values = {
        "code": agreement.code,
        "version": agreement.version,
        "title": agreement.title,
        "status": agreement.status,
        "cluster_code": agreement.cluster,
        "starts_at": agreement.starts_at,
        "ends_at": agreement.ends_at,
        "review_on": agreement.review_on,
        "suspended_at": agreement.suspended_at,
        "status_reason": agreement.reason,
        "document": canonical(agreement.document).decode(),
        "digest": digest(agreement.document),
        "in_force_since": agreement.starts_at,
    }
    number = tx.scalars(insert(AgreementRow).values(**values).returning(AgreementRow.id)).one()
    parties = [{"agreement_id": number, "ods": ods.value} for ods in agreement.parties]
    grants = [
        {
            "agreement_id": number,
            "clause": grant.clause,
            "scope": grant.scope.value,
            "purpose": grant.purpose.value,
            "giver_ods": grant.giver.value if grant.giver else "",
            "receiver_ods": grant.receiver.value if grant.receiver else "",
            "roles": sorted(role.value for role in grant.roles),
        }
        for grant in agreement.grants
    ]
    signatures = [
        {
            "agreement_id": number,
            "ods": signature.ods.value,
            "signed_by": signature.name,
            "signed_as": signature.signed_as,
            "signed_at": signature.at,
            "digest": digest(agreement.document),
        }
        for signature in agreement.signatures
    ]
    written = _insert(tx, PartyRow, parties) + _insert(tx, GrantRow, grants) + _insert(tx, SignatureRow, signatures)
    return written + 1
