"""Rows of the agreement register. Controller: the parties jointly. Retention: permanently. Names no patients."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class AgreementRow(Base):
    """A data-sharing agreement, one row a version."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'proposed', 'in-force', 'suspended', 'ended', 'expired')",
            name="status",
        ),
        CheckConstraint("ends_at > starts_at", name="dates"),
        CheckConstraint("version >= 1", name="version"),
        Index(None, "code", "version", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str]  # such as DSA-AVON-01, the same across versions
    version: Mapped[int] = mapped_column(server_default="1")
    title: Mapped[str]
    status: Mapped[str]
    cluster_code: Mapped[str | None] = mapped_column(ForeignKey("cluster.code"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    review_on: Mapped[date | None]
    suspended_at: Mapped[datetime | None]
    status_reason: Mapped[str] = mapped_column(server_default="")


class PartyRow(Base):
    """A practice named in an agreement; it binds and benefits only when its signature is there."""

    __tablename__ = "agreement_party"

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)


class GrantRow(Base):
    """A clause: (scope, purpose, direction). An empty giver or receiver means every signed party."""

    __tablename__ = "agreement_grant"
    __table_args__ = (Index(None, "agreement_id", "clause", unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    clause: Mapped[str]  # such as "2.1"
    scope: Mapped[str]
    purpose: Mapped[str]
    giver_ods: Mapped[str] = mapped_column(server_default="")  # whose slots, patients or records
    receiver_ods: Mapped[str] = mapped_column(server_default="")  # who may use them
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))


class SignatureRow(Base):
    """A party's signature: who signed for it, as what, when."""

    __tablename__ = "agreement_signature"

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    signed_by: Mapped[str]
    signed_as: Mapped[str]
    signed_at: Mapped[datetime]
