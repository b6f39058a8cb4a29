"""Reading the pool: slots by id with everything people are shown of them."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import and_, select

from practices.models import PracticeRow, SiteRow
from scheduling.models import ClinicSessionRow, SlotRow
from scheduling.results import SlotFacts
from scheduling.rules import SlotLink
from storage.base import AnyRow, AnySelect, among
from storage.work import Tx
from vocabulary.identifiers import OdsCode
from vocabulary.slots import (
    ClinicSession,
    DeliveryChannel,
    Gender,
    Location,
    Practitioner,
    PractitionerRole,
    Slot,
)
from vocabulary.times import Window


@cache
def slot_query() -> AnySelect:
    """Every column that slot facts and the wire need, for slots to be chosen by the caller. Made once: it is long."""
    return (
        select(
            SlotRow.id,
            SlotRow.host_ods,
            SlotRow.host_slot_id,
            SlotRow.start_at,
            SlotRow.end_at,
            SlotRow.channel,
            SlotRow.slot_type,
            SlotRow.service,
            SlotRow.role,
            ClinicSessionRow.host_session_id,
            ClinicSessionRow.name.label("session_name"),
            ClinicSessionRow.role_code,
            ClinicSessionRow.practitioner_id,
            ClinicSessionRow.practitioner_name,
            ClinicSessionRow.practitioner_gender,
            ClinicSessionRow.location_id,
            ClinicSessionRow.location_name,
            ClinicSessionRow.location_address,
            ClinicSessionRow.location_postcode,
            ClinicSessionRow.location_phone,
            PracticeRow.name.label("host_name"),
            PracticeRow.phone.label("host_phone"),
            PracticeRow.bypass_phone.label("host_bypass_phone"),
            SiteRow.access,
            SiteRow.directions,
        )
        .join_from(SlotRow, ClinicSessionRow, SlotRow.clinic_session_id == ClinicSessionRow.id)
        .join(PracticeRow, PracticeRow.ods == SlotRow.host_ods)
        .outerjoin(
            SiteRow,
            and_(SiteRow.ods == SlotRow.host_ods, SiteRow.location_id == ClinicSessionRow.location_id),
        )
    )


def slots_by_id(tx: Tx, ids: Sequence[int]) -> list[AnyRow]:
    """The slots with these ids, by start; fewer rows than ids when some are unknown."""
    return list(tx.connection().execute(_by_id(), {"ids": list(ids)}))


@cache
def _by_id() -> AnySelect:
    return slot_query().where(among(SlotRow.id, "ids")).order_by(SlotRow.start_at, SlotRow.id)


def facts_of(rows: Sequence[AnyRow]) -> SlotFacts:
    """The facts of one slot, or of several joined ones as one stretch."""
    first = rows[0]
    return SlotFacts(
        host=OdsCode(first.host_ods),
        host_name=first.host_name,
        host_phone=first.host_phone,
        host_bypass_phone=first.host_bypass_phone,
        window=Window(first.start_at, rows[-1].end_at),
        channel=DeliveryChannel(first.channel),
        role=PractitionerRole(first.role),
        service=first.service,
        slot_type=first.slot_type,
        session_name=first.session_name,
        practitioner_name=first.practitioner_name,
        practitioner_gender=Gender(first.practitioner_gender),
        site_name=first.location_name,
        site_address=tuple(first.location_address),
        site_postcode=first.location_postcode,
        site_phone=first.location_phone,
        site_access=frozenset(first.access or ()),
        site_directions=first.directions or "",
        location_id=first.location_id,
    )


def link_of(row: AnyRow) -> SlotLink:
    """What decides whether this slot joins another."""
    return SlotLink(
        OdsCode(row.host_ods), row.host_session_id, row.channel, row.slot_type, Window(row.start_at, row.end_at)
    )


def wire_slot(row: AnyRow) -> Slot:
    """The slot as the port knows it, for asking the host about it."""
    location = None
    if row.location_id:
        location = Location(
            row.location_id,
            row.location_name,
            tuple(row.location_address),
            row.location_postcode,
            row.location_phone,
        )
    practitioner = None
    if row.practitioner_id:
        practitioner = Practitioner(row.practitioner_id, row.practitioner_name, Gender(row.practitioner_gender))
    session = ClinicSession(row.host_session_id, row.session_name, location, practitioner, row.role_code)
    return Slot(
        OdsCode(row.host_ods),
        row.host_slot_id,
        Window(row.start_at, row.end_at),
        DeliveryChannel(row.channel),
        row.slot_type,
        session,
    )
