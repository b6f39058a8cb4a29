"""Rows of the agreement register. Controller: the parties jointly. Retention: permanently. Names no patients.

What is signed is the document; parties and grants are its projection, which the gate reads. Triggers of migration 0005
keep both from changing once a signature is there (docs/agreement-file.md).
"""

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
        CheckConstraint("at_end IN ('keep', 'move')", name="at_end"),
        Index(None, "code", "version", unique=True),
        CheckConstraint("digest IN ('', encode(sha256(convert_to(document, 'UTF8')), 'hex'))", name="digest"),
        # One version of an agreement at a time is drafted; a draft may follow a proposal that is not signed by all.
        Index("uq_agreement_drafted", "code", unique=True, postgresql_where="status = 'draft'"),
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
    document: Mapped[str] = mapped_column(server_default="")  # what is signed: canonical JSON, shaped by document.py
    digest: Mapped[str] = mapped_column(server_default="")  # SHA-256 of its canonical form, set when it is proposed
    revision: Mapped[int] = mapped_column(server_default="1")  # counts changes of a draft: two people must not mix
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("agreement.id"))
    at_end: Mapped[str] = mapped_column(server_default="keep")
    created_by: Mapped[str] = mapped_column(server_default="")  # a user id
    created_by_name: Mapped[str] = mapped_column(server_default="")
    created_by_ods: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    in_force_since: Mapped[datetime | None]
    suspended_by_ods: Mapped[str] = mapped_column(server_default="")
    end_planned: Mapped[bool] = mapped_column(server_default="false")  # somebody ended it as of `ends_at`
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]


class PartyRow(Base):
    """A practice named in an agreement; it binds and benefits only when its signature is there, until it leaves."""

    __tablename__ = "agreement_party"

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    role: Mapped[str] = mapped_column(server_default="controller")
    signatory_role: Mapped[str] = mapped_column(server_default="caldicott-guardian")  # a vocabulary.people.UserRole
    must_sign: Mapped[bool] = mapped_column(server_default="true")  # else its signature of the version before holds on
    left_at: Mapped[datetime | None]
    left_reason: Mapped[str] = mapped_column(server_default="")


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
    user_id: Mapped[str] = mapped_column(server_default="")
    digest: Mapped[str] = mapped_column(server_default="")  # of the document that was on the screen
    stepped_up_at: Mapped[datetime | None]  # when the signatory proved again who they are
    carried_from: Mapped[int | None]  # the version signed, where its terms for this party have not changed since


class AttachmentRow(Base):
    """A file of an agreement, such as its DPIA; the document names it by its hash, so it is signed with it."""

    __tablename__ = "agreement_attachment"
    __table_args__ = (
        CheckConstraint("size = octet_length(content) AND size BETWEEN 1 AND 5242880", name="size"),
        Index(None, "agreement_id", "sha256", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes]
    added_by: Mapped[str]
    added_by_name: Mapped[str]
    added_at: Mapped[datetime]


class NoticeRow(Base):
    """A reminder to one party: its agreement ends, or is to be reviewed, in so many days. Raised once each."""

    __tablename__ = "agreement_notice"
    __table_args__ = (CheckConstraint("about IN ('end', 'review', 'signature')", name="about"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"), primary_key=True)
    about: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime]


class NewsRow(Base):
    """What has happened to an agreement, as one practice (or the federation) is told of it, until somebody there has
    seen it. Whoever acted is there too, so that the rows of an agreement are its history."""

    __tablename__ = "agreement_news"
    __table_args__ = (
        Index(None, "told", postgresql_where="seen_at IS NULL"),
        Index(None, "agreement_id"),
        Index(None, "told", "at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    told: Mapped[str]  # a practice's code, or FEDERATION
    act: Mapped[str]  # as in the ledger
    at: Mapped[datetime]
    by_name: Mapped[str]
    by_ods: Mapped[str]  # for which practice, or FEDERATION; empty where it happened by its date
    reason: Mapped[str]
    takes_effect: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str] = mapped_column(server_default="")
