"""Rows of the address book. Controller: the federation. Retention: while a practice is a member, and its history.

No table here names patients; StaffGrant names staff.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class ClusterRow(Base):
    """Practices pooling their slots (a PCN)."""

    __tablename__ = "cluster"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class PracticeRow(Base):
    """An organisation with an ODS code."""

    __tablename__ = "practice"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'closed', 'dormant')", name="status"),
        CheckConstraint("list_size >= 0", name="list_size"),
        Index(None, "cluster_code"),
    )

    ods: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    address: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    postcode: Mapped[str] = mapped_column(server_default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str] = mapped_column(server_default="")
    bypass_phone: Mapped[str] = mapped_column(server_default="")  # staff only: not the patients' queue
    list_size: Mapped[int] = mapped_column(server_default="0")
    supplier: Mapped[str] = mapped_column(server_default="")
    commissioner: Mapped[str] = mapped_column(server_default="")
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    cluster_code: Mapped[str | None] = mapped_column(ForeignKey("cluster.code"))


class SiteRow(Base):
    """A building where a practice holds clinics; matched to a host's Location by `location_id` or by name."""

    __tablename__ = "site"
    __table_args__ = (Index(None, "ods"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    location_id: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str]
    address: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    postcode: Mapped[str] = mapped_column(server_default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    access: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")  # step-free, parking, hearing-loop…
    directions: Mapped[str] = mapped_column(server_default="")


class GPSystemLinkRow(Base):
    """A practice's connection settings and its go-live switches, off until a test booking there and back passed."""

    __tablename__ = "gp_system_link"

    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    system: Mapped[str]
    address: Mapped[str]  # as typed; empty where the national directory says it (LinkEndpointRow)
    provider_asid: Mapped[str] = mapped_column(server_default="")
    consumer_asid: Mapped[str] = mapped_column(server_default="")  # the practice's own id when it books elsewhere
    secret_name: Mapped[str] = mapped_column(server_default="")
    pooling_live: Mapped[bool] = mapped_column(server_default="false")  # its slots are pooled, it sees the pool
    booking_live: Mapped[bool] = mapped_column(server_default="false")  # others may book here
    pooling_by: Mapped[str] = mapped_column(server_default="")  # who switched pooling on: background calls name them
    pooling_by_name: Mapped[str] = mapped_column(server_default="")
    pooling_since: Mapped[datetime | None]
    tested_at: Mapped[datetime | None]  # the last test booking there and back
    test_outcome: Mapped[str] = mapped_column(server_default="")


class LinkEndpointRow(Base):
    """What the national directory said of one message set of a practice when it was last looked up."""

    __tablename__ = "link_endpoint"
    __table_args__ = (
        CheckConstraint(
            "message_set IN ('foundations', 'appointments', 'structured-record', 'documents')", name="message_set"
        ),
        CheckConstraint("enabled = (address <> '')", name="enabled"),
    )

    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    message_set: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    address: Mapped[str] = mapped_column(server_default="")
    asid: Mapped[str] = mapped_column(server_default="")
    party_key: Mapped[str] = mapped_column(server_default="")
    looked_up_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class SystemReportRow(Base):
    """What a practice's system last said of itself (its capability statement), and when it last failed to."""

    __tablename__ = "system_report"

    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    took_ms: Mapped[int] = mapped_column(server_default="0")
    standard: Mapped[str] = mapped_column(server_default="")
    software: Mapped[str] = mapped_column(server_default="")
    software_version: Mapped[str] = mapped_column(server_default="")
    interactions: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    failure: Mapped[str] = mapped_column(server_default="")  # empty when the last question was answered
    record_standard: Mapped[str] = mapped_column(server_default="")  # what its record service says of itself
    record_failure: Mapped[str] = mapped_column(server_default="")
    documents_standard: Mapped[str] = mapped_column(server_default="")  # and what its document service says of itself
    documents_failure: Mapped[str] = mapped_column(server_default="")


class SlotTypeMappingRow(Base):
    """A practice's own slot-type wording to a hub service (and role); service "none" hides it on purpose."""

    __tablename__ = "slot_type_mapping"

    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    wording: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="")


class PlaceRow(Base):
    """Where a postcode or an outward code is, for distances."""

    __tablename__ = "place"

    code: Mapped[str] = mapped_column(primary_key=True)
    latitude: Mapped[float]
    longitude: Mapped[float]


class StaffGrantRow(Base):
    """A role at a practice given locally, until a date, to somebody whose sign-in does not carry it."""

    __tablename__ = "staff_grant"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[str]
    user_name: Mapped[str]
    role: Mapped[str]
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    granted_by: Mapped[str]
