"""Rows of the review queue, of what tells own records apart, and of evidence packs.

Controller: the practice that owns the row. Names patients (NHS number): access_review, yes; staff_mark, no (keyed
digests of staff's own numbers and addresses); evidence_pack, only a pack asked for with identifiers.
Retention: reviews permanently, with the ledger; marks while somebody works here; packs seven days, or while held.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class AccessReviewRow(Base):
    """Something about somebody's access that a guardian must look at, and what they found."""

    __tablename__ = "access_review"
    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (verdict = '')", name="settled"),
        CheckConstraint(
            "verdict IN ('', 'appropriate', 'mistake', 'concern-upheld')",
            name="verdict",
        ),
        Index(
            "uq_access_review_once",
            "concern",
            "user_id",
            "acting_ods",
            "nhs_number",
            "day",
            "event_id",
            unique=True,
            postgresql_where="concern <> 'break-glass'",
        ),
        Index("ix_access_review_open", "owner_ods", "due_at", postgresql_where="settled_at IS NULL"),
        Index(None, "owner_ods", "raised_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    concern: Mapped[str]  # accountability.concerns.Concern
    owner_ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))  # whose guardian must look at it
    acting_ods: Mapped[str]
    user_id: Mapped[str]
    user_name: Mapped[str]
    user_role: Mapped[str]
    nhs_number: Mapped[str] = mapped_column(server_default="")  # empty: about many patients
    day: Mapped[date]  # in England
    event_id: Mapped[int] = mapped_column(server_default="0")  # the one ledger event it is about, if it is one
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    looks: Mapped[int] = mapped_column(server_default="1")
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    reason: Mapped[str] = mapped_column(server_default="")  # what the person said, where they said something
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(server_default="")
    settled_by_name: Mapped[str] = mapped_column(server_default="")
    verdict: Mapped[str] = mapped_column(server_default="")
    words: Mapped[str] = mapped_column(server_default="")


class WatchMarkRow(Base):
    """How far in the ledger the search for unusual access has come."""

    __tablename__ = "watch_mark"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_event: Mapped[int]


class StaffMarkRow(Base):
    """What tells somebody's own record and household from others': keyed digests, from which nothing can be read."""

    __tablename__ = "staff_mark"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    user_name: Mapped[str]
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    number_mark: Mapped[str]
    home_mark: Mapped[str] = mapped_column(server_default="")
    told_by: Mapped[str]
    told_by_name: Mapped[str]
    told_at: Mapped[datetime]


class EvidencePackRow(Base):
    """A pack asked for, how far its making has come, and the pack itself until it is past its time."""

    __tablename__ = "evidence_pack"
    __table_args__ = (
        CheckConstraint("until >= since", name="days"),
        Index(None, "asked_for", "asked_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    asked_for: Mapped[str]  # a practice's ODS code, or empty for the whole federation
    since: Mapped[date]
    until: Mapped[date]
    identifiers: Mapped[bool]
    asked_by: Mapped[str]
    asked_by_name: Mapped[str]
    asked_by_role: Mapped[str]
    asked_ods: Mapped[str]  # the practice the asker acted for
    asked_at: Mapped[datetime]
    step: Mapped[str] = mapped_column(server_default="")  # in words, for the page
    done: Mapped[int] = mapped_column(server_default="0")
    of: Mapped[int] = mapped_column(server_default="0")
    finished_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(server_default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(server_default="0")
