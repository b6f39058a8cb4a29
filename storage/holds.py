"""Legal holds: while one stands on a practice, no tidying up deletes what could be evidence there.

Controller: the practice. Names patients: may, where a hold is about one patient. Retention: permanently.
The room that deletes asks `not_held` in the DELETE itself; who may set a hold is in accountability/legal_holds.py.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Identity, Index, exists, or_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from storage.base import Base


class LegalHoldRow(Base):
    """A hold on everything of a practice, or on what concerns one patient there. It stands until it is lifted."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by = '')", name="lifted"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_legal_hold_standing", "ods", postgresql_where="lifted_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ods: Mapped[str] = mapped_column(ForeignKey("practice.ods"))
    nhs_number: Mapped[str] = mapped_column(server_default="")  # empty: all of the practice's
    reason: Mapped[str]
    look_again_on: Mapped[date]
    set_by: Mapped[str]
    set_by_name: Mapped[str]
    set_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str] = mapped_column(server_default="")
    lifted_by_name: Mapped[str] = mapped_column(server_default="")
    lift_reason: Mapped[str] = mapped_column(server_default="")


def not_held(*practices: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """For the WHERE of a tidying up: no hold stands on any of the practices that these columns name.

    A hold on one patient keeps what names the patient, and none of that is ever deleted by a job
    (docs/data-protection.md); so only holds on a whole practice count here.
    """
    row = LegalHoldRow
    return ~exists().where(
        row.lifted_at.is_(None), row.nhs_number == "", or_(*(row.ods == practice for practice in practices))
    )
